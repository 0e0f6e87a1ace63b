"""LDAP and CLDAP written by hand from RFC 4511, RFC 4512 and MS-ADTS 6.3."""

from __future__ import annotations

import struct

import pytest

from parsers import cldap, ldap, ldap_message
from tests.parsers import datagrams
from tests.parsers.ber_bytes import integer, octets, sequence, tlv
from tests.parsers.datagrams import about, odd, since
from tests.parsers.harness import cut, said
from tests.parsers.test_ntlmssp import authenticate, challenge, negotiate, pair

CLIENT, SERVER = 0, 1
STARTTLS = b"1.3.6.1.4.1.1466.20037"
HELLO = bytes.fromhex("16 0301 0005") + b"hello"
IN_CLEAR = ("flag", ("receiver", "", ()), "ldap.password_in_clear")
Heard = list[tuple[object, ...]]


def message(operation: bytes, *, number: int = 1, long: bool = False, controls: bytes = b"") -> bytes:
    return tlv(0x30, integer(number), operation, controls, long=long)


def bind(authentication: bytes, name: str = "cn=zqcanary,dc=wards,dc=example") -> bytes:
    return message(tlv(0x60, integer(3), octets(name), authentication))


def result(tag: int, *more: bytes, code: int = 0, name: bytes = b"") -> bytes:
    return message(tlv(tag, tlv(10, bytes([code])), octets(name), octets("ZQCANARY"), *more))


def search(
    base: str, *, asks: tuple[str, ...] = (), number: int = 1, filters: bytes = tlv(0x87, b"objectClass")
) -> bytes:
    limits = tlv(10, b"\0") * 2 + integer(0) * 2 + tlv(1, b"\0")
    return message(tlv(0x63, octets(base), limits, filters, sequence(*(octets(each) for each in asks))), number=number)


def entry(name: str, *attributes: tuple[str, tuple[str | bytes, ...]], long: bool = False) -> bytes:
    pairs = (sequence(octets(kind), tlv(0x31, *(octets(v) for v in values))) for kind, values in attributes)
    return message(tlv(0x64, octets(name), sequence(*pairs), long=long), long=long)


def heard(client: bytes = b"", server: bytes = b"") -> Heard:
    segments = [(side, 0, way) for side, way in ((CLIENT, client), (SERVER, server)) if way]
    whole = said(ldap.SPEC, segments)
    for size in (1, 9, 100):
        assert said(ldap.SPEC, cut(segments, size)) == whole
    assert "zqcanary" not in repr(whole).lower()
    return whole


@pytest.mark.parametrize("long", [False, True])
def test_the_root_of_a_directory(long: bool) -> None:
    root = entry(
        "",
        ("dnsHostName", ("DC1.wards.example",)),
        ("defaultNamingContext", ("DC=wards,DC=example",)),
        ("rootDomainNamingContext", ("DC=hospital, DC=example",)),
        ("namingContexts", ("DC=wards,DC=example", "DC=DomainDnsZones,DC=wards,DC=example")),
        ("domainControllerFunctionality", ("7",)),
        ("serverName", ("CN=ZQCANARY,CN=Servers",)),
        ("currentTime", ("20260105081500.0Z",)),
        long=long,
    )
    assert heard(server=root + result(0x65)) == [
        about(
            "sender",
            ("ldap.directory", "yes"),
            ("ldap.host_name", "DC1.wards.example"),
            ("ldap.domain", "wards.example"),
            ("ldap.forest", "hospital.example"),
            ("ldap.functional_level", "7"),
        )
    ]


def test_openldap_and_others() -> None:
    root = entry(
        "",
        ("objectClass", ("top", "OpenLDAProotDSE")),
        ("vendorName", ("389 Project",)),
        ("vendorVersion", ("389-Directory/1.4",)),
        ("namingContexts", ("dc=wards,dc=example", "o=ZQCANARY", "cn=zqcanary,dc=wards")),
    )
    assert heard(server=root) == [
        about(
            "sender",
            ("ldap.directory", "yes"),
            ("ldap.root_class", "OpenLDAProotDSE"),
            ("ldap.vendor", "389 Project"),
            ("ldap.vendor_version", "389-Directory/1.4"),
            ("ldap.domain", "wards.example"),
        )
    ]


@pytest.mark.parametrize(
    ("authentication", "events"),
    [
        (tlv(0x80, b"ZQCANARY"), [IN_CLEAR]),
        (tlv(0x80), []),  # anonymous
        (tlv(0xA3, octets("PLAIN"), octets(b"\0zqcanary\0ZQCANARY")), [IN_CLEAR]),
        (tlv(0xA3, octets("DIGEST-MD5"), octets("username=zqcanary")), []),
        (tlv(0xA3, octets("GSS-SPNEGO"), octets(negotiate())), [about("sender", ("ldap.ntlm_version", "6.1.7601"))]),
        (
            tlv(0x8B, authenticate("US7".encode("utf-16-le"))),
            [about("sender", ("ldap.ntlm_workstation", "US7"), ("ldap.ntlm_version", "6.1.7601"))],
        ),
    ],
)
def test_log_ins(authentication: bytes, events: Heard) -> None:
    assert heard(bind(authentication) + search("ou=zqcanary") + b"\0\0sealed") == events


@pytest.mark.parametrize(
    "answer",
    [
        result(0x61, tlv(0x87, challenge(pair(1, "DC1"))), code=14),
        result(0x61, name=challenge(pair(1, "DC1"))),  # MS-ADTS 5.1.1.1.3: in the place of the matched name
    ],
)
def test_a_challenge_in_the_answer_to_a_bind(answer: bytes) -> None:
    expected = about("sender", ("ldap.ntlm_computer", "DC1"), ("ldap.ntlm_version", "6.1.7601"))
    assert heard(server=answer + b"\0\0\0\x20sealed") == [expected, since("2020-01-15", "ldap.old_windows")]


def test_the_first_operation_on_an_entry_ends_it() -> None:
    client = search("") + search("dc=wards,dc=example") + bind(tlv(0x80, b"ZQCANARY"))
    server = entry("cn=zqcanary", ("dnsHostName", ("zqcanary",))) + entry("", ("dnsHostName", ("late.example",)))
    assert heard(client, server) == []


def test_starttls_begins_another_protocol() -> None:
    client = search("") + message(tlv(0x77, tlv(0x80, STARTTLS)))
    server = result(0x78, tlv(0x8A, STARTTLS))
    assert heard(client + HELLO, server + HELLO) == [("anew", CLIENT, len(client)), ("anew", SERVER, len(server))]


def test_starttls_that_is_refused() -> None:
    client = message(tlv(0x77, tlv(0x80, STARTTLS))) + bind(tlv(0x80, b"ZQCANARY"))
    assert heard(client, result(0x78, code=2) + result(0x61)) == [IN_CLEAR]


def test_what_is_no_message_is_odd() -> None:
    assert heard(b"GET / HTTP/1.1\r\n") == [odd("ldap.no_unit")]
    assert heard(sequence(integer(1))) == [odd("ldap.malformed")]
    assert heard(message(tlv(0x60, integer(3)))) == [odd("ldap.malformed")]


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (search(""), True),
        (bind(tlv(0x80)), True),
        (entry("", long=True), True),
        (search("")[:4], None),
        (b"\x30", None),
        (b"", None),
        (bytes.fromhex("3026020100 0406 7075626c6963 a019"), False),  # SNMP
        (sequence(integer(5), octets("x" * 20)), False),
        (tlv(0x31, integer(1), tlv(0x63)), False),
        (message(tlv(0x63, bytes(300)))[:10] + b"\xff" * 4, False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert ldap_message.probe(first) is answer


# CLDAP


def equal(name: str, value: str | bytes) -> bytes:
    return tlv(0xA3, octets(name), octets(value))


def labels(*parts: str, end: bytes = b"\0") -> bytes:
    return b"".join(bytes([len(part)]) + part.encode() for part in parts) + end


def netlogon(*names: bytes, opcode: int = 23, flags: int = 0x1FD) -> bytes:
    tail = struct.pack("<IHH", 5, 0xFFFF, 0xFFFF)
    return struct.pack("<HHI", opcode, 0, flags) + b"ZQCANARYZQCANARY" + b"".join(names) + tail


NAMES = (
    labels("hospital", "example"),
    labels("wards", end=b"\xc0\x21"),  # "example" is at 24 + 9
    labels("dc1", end=b"\xc0\x2a"),  # the domain is at 24 + 18
    labels("WARDS"),
    labels("DC1"),
    labels("zqcanary"),
    labels("North"),
    labels("South"),
)


def cheard(data: bytes) -> Heard:
    events = datagrams.heard(cldap.SPEC, data)
    assert "zqcanary" not in repr(events).lower()
    return events


def test_a_client_looks_for_a_domain_controller() -> None:
    wanted = (equal("DnsDomain", "wards.example."), equal("Host", "US7"), equal("User", "zqcanary"))
    data = search("", asks=("Netlogon",), filters=tlv(0xA0, *wanted, equal("NtVer", b"\6\0\0\0")))
    assert cldap.probe(data)
    assert cheard(data) == [about("sender", ("cldap.domain", "wards.example"), ("cldap.computer", "US7"))]


def test_a_partition_is_no_domain() -> None:
    data = search("", filters=tlv(0xA0, equal("DnsDomain", "ForestDnsZones.wards.example"), equal("Host", "US7")))
    assert cheard(data) == [about("sender", ("cldap.computer", "US7"))]
    server = entry("", ("Netlogon", (netlogon(*NAMES, flags=0x108),)))
    assert "cldap.domain'" not in repr(cheard(server))


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize("opcode", [23, 25])
def test_a_domain_controller_answers(long: bool, opcode: int) -> None:
    data = entry("", ("Netlogon", (netlogon(*NAMES, opcode=opcode),)), long=long) + result(0x65)
    assert cldap.probe(data)
    assert cheard(data) == [
        about(
            "sender",
            ("cldap.domain_controller", "pdc,gc,ldap,ds,kdc,time,writable"),
            ("cldap.forest", "hospital.example"),
            ("cldap.domain", "wards.example"),
            ("cldap.host_name", "dc1.wards.example"),
            ("cldap.netbios_domain", "WARDS"),
            ("cldap.computer", "DC1"),
            ("cldap.site", "North"),
        ),
        about("receiver", ("cldap.site", "South")),
    ]


def test_a_name_that_leads_into_the_users_is_not_read() -> None:
    place = 24 + sum(map(len, NAMES[:5]))
    for at in (place, place + 3):
        names = (*NAMES[:6], labels("North", end=struct.pack(">H", 0xC000 | at)), NAMES[7])
        fields = [name for name, _ in cheard(entry("", ("Netlogon", (netlogon(*names),))))[0][2]]  # type: ignore[attr-defined]  # pairs
        assert "cldap.site" not in fields
        assert "cldap.host_name" in fields


@pytest.mark.parametrize(
    ("value", "events"),
    [
        (netlogon(*NAMES, opcode=19), []),  # an older form
        (netlogon(*NAMES)[:60], [odd("cldap.cut")]),
        (b"\x17\0", []),
    ],
)
def test_other_answers(value: bytes, events: Heard) -> None:
    assert cheard(entry("", ("Netlogon", (value,)))) == events


def test_a_name_that_leads_to_itself_is_none() -> None:
    names = (b"\xc0\x18", *NAMES[1:])
    fields = dict(cheard(entry("", ("Netlogon", (netlogon(*names),))))[0][2])  # type: ignore[call-overload]  # pairs
    assert "cldap.forest" not in fields
