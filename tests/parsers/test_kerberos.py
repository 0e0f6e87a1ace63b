"""Kerberos messages written by hand from RFC 4120 sections 5.2 to 5.9 and 7.2.2."""

from __future__ import annotations

import pytest

from parsers import kerberos, kerberos_tcp
from tests.parsers.ber_bytes import integer, octets, sequence, tlv
from tests.parsers.datagrams import about, heard, odd
from tests.parsers.harness import cut, said

REALM = "WARDS.EXAMPLE"
TGT = ("krbtgt", REALM)
SECRET = octets("ZQCANARY")


def text(value: str) -> bytes:
    return tlv(0x1B, value.encode())


def at(number: int, *content: bytes) -> bytes:
    return tlv(0xA0 | number, *content)


def principal(*components: str, kind: int = 1) -> bytes:
    return sequence(at(0, integer(kind)), at(1, sequence(*(text(part) for part in components))))


def request(*client: str, service: tuple[str, ...] = TGT, tag: int = 0x6A, addresses: bytes = b"") -> bytes:
    body = sequence(
        at(0, tlv(3, bytes(5))),
        *([at(1, principal(*client))] if client else []),
        at(2, text(REALM)),
        at(3, principal(*service, kind=2)),
        at(5, tlv(0x18, b"20370913024805Z")),
        at(7, integer(4711)),
        at(8, sequence(integer(18), integer(23))),
        *([at(9, addresses)] if addresses else []),
    )
    padata = at(3, sequence(sequence(at(1, integer(2)), at(2, SECRET))))
    return tlv(tag, sequence(at(1, integer(5)), at(2, integer(tag & 0x1F)), padata, at(4, body)))


def reply(*client: str, tag: int = 0x6B) -> bytes:
    ticket = tlv(0x61, sequence(at(0, integer(5)), at(1, text(REALM)), at(2, principal(*TGT)), at(3, SECRET)))
    fields = (at(3, text("USERS.EXAMPLE")), at(4, principal(*client)), at(5, ticket), at(6, SECRET))
    return tlv(tag, sequence(at(0, integer(5)), at(1, integer(tag & 0x1F)), *fields))


def error(*client: str) -> bytes:
    times = (at(4, tlv(0x18, b"20260105081500Z")), at(5, integer(1)), at(6, integer(25)))
    names = (at(7, text(REALM)), at(8, principal(*client)), at(9, text(REALM)), at(10, principal(*TGT)))
    secrets = (at(11, text("ZQCANARY")), at(12, SECRET))
    return tlv(0x7E, sequence(at(0, integer(5)), at(1, integer(30)), *times, *names, *secrets))


OF_REALM = ("kerberos.realm", "wards.example")
OF_KDC = about("sender", ("kerberos.kdc", "yes"), OF_REALM)


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (request("US7-CONSOLE$"), [about("sender", ("kerberos.computer", "US7-CONSOLE"), OF_REALM)]),
        (request("us7-console$"), [about("sender", ("kerberos.computer", "US7-CONSOLE"), OF_REALM)]),
        (request("host", "US7.wards.example"), [about("sender", ("kerberos.fqdn", "us7.wards.example"), OF_REALM)]),
        (request("zqcanary.user"), [about("sender", OF_REALM)]),
        (request("ZQCANARY@wards.example"), [about("sender", OF_REALM)]),
        (request("HTTP", "zqcanary"), [about("sender", OF_REALM)]),
        (
            request(tag=0x6C, service=("cifs", "Files2.wards.example")),
            [about("sender", OF_REALM, ("kerberos.service_host_name", "files2.wards.example"))],
        ),
        (
            request(tag=0x6C, service=("MSSQLSvc", "ris.wards.example:1433")),
            [about("sender", OF_REALM, ("kerberos.service_host_name", "ris.wards.example"))],
        ),
        (request(tag=0x6C, service=("HTTP", "news.example")), [about("sender", OF_REALM)]),
        (request(tag=0x6C, service=("zqcanary.user",)), [about("sender", OF_REALM)]),
        (reply("US7$"), [OF_KDC, about("receiver", ("kerberos.computer", "US7"))]),
        (reply("US7$", tag=0x6D), [OF_KDC, about("receiver", ("kerberos.computer", "US7"))]),
        (reply("zqcanary"), [OF_KDC]),
        (error("US7$"), [OF_KDC, about("receiver", ("kerberos.computer", "US7"))]),
        (error("zqcanary"), [OF_KDC]),
    ],
)
def test_computers_and_services_are_named_and_users_are_not(data: bytes, events: list[tuple[object, ...]]) -> None:
    assert kerberos.probe(data)
    assert heard(kerberos.SPEC, data) == events
    over_tcp = len(data).to_bytes(4, "big") + data
    for size in (1, 7, 1000):
        carried = said(kerberos_tcp.SPEC, cut([(0, 0, over_tcp * 2)], size))
        assert carried == [("carried", "kerberos_tcp", data)] * 2
    assert kerberos_tcp.probe(over_tcp) is True


def test_an_address_may_be_a_netbios_name() -> None:
    addresses = sequence(
        sequence(at(0, integer(2)), at(1, octets(bytes([10, 0, 0, 7])))),
        sequence(at(0, integer(20)), at(1, octets("US7-CONSOLE".ljust(15) + "\x20"))),
    )
    assert heard(kerberos.SPEC, request("zqcanary", addresses=addresses)) == [
        about("sender", OF_REALM, ("kerberos.workstation", "US7-CONSOLE"))
    ]


def test_no_user_leaves_any_message() -> None:
    for data in (request("zqcanary"), reply("zqcanary"), error("zqcanary"), request("zqcanary", "x", "y", "z", "a")):
        assert "zqcanary" not in repr(heard(kerberos.SPEC, data)).lower()


def test_broken_ones_are_odd() -> None:
    version = at(1, integer(5))
    assert heard(kerberos.SPEC, tlv(0x6A, sequence(version))) == [odd("kerberos.malformed")]
    assert heard(kerberos.SPEC, tlv(0x6A, b"")) == [odd("kerberos.malformed")]
    whole = request("US7$")
    for end in range(len(whole)):
        for event in heard(kerberos.SPEC, whole[:end]):
            assert event == odd("kerberos.malformed")


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (tlv(0x6A, sequence(at(1, integer(5)), octets(bytes(20))), b"x"), False),  # a byte too many
        (b"\x6a\x03\x30\x01\0", False),
        (tlv(0x6A, sequence(at(1, integer(4)), octets(bytes(20)))), False),
        (b"\x30\x26\x02\x01\x01\x04\x06public\xa0\x19", False),  # SNMP
        (b"", False),
    ],
)
def test_probe(data: bytes, answer: bool) -> None:
    assert kerberos.probe(data) is answer


@pytest.mark.parametrize(
    ("data", "answer"),
    [(b"", None), (b"\0\0\1", None), (b"\0\0\1\0\x6b", None), (b"\0\0\1\0\x30", False), (b"\1\0\0\0", False)],
)
def test_probe_over_tcp(data: bytes, answer: bool | None) -> None:
    assert kerberos_tcp.probe(data) is answer
