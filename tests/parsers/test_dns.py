"""DNS messages built by hand from RFC 1035; dpkt and tshark as oracles."""

from __future__ import annotations

import socket
import struct

import dpkt
import pytest

from parsers import dns_tcp
from parsers.dns import SAID_MAX, SPEC
from parsers.dns_message import HOPS_MAX, RECORDS_MAX
from tests.parsers.datagrams import Heard, about, heard, odd
from tests.parsers.dns_bytes import AAAA, CNAME, PTR, SRV, TXT, A, message, name, pointer, question, record
from tests.parsers.harness import cut, one_way, said

REPLY = 0x8180  # response, recursion desired and available
AUTHORITY = 0x8400
SERVER = about("sender", ("dns.server", "yes"))
PACS = about("10.0.0.5", ("dns.name", "pacs.wards.example"))
ADDRESS = bytes([10, 0, 0, 5])
Q = (question(name("pacs.wards.example")),)
Q_END = 12 + len(Q[0])


def reply(*answers: bytes, flags: int = REPLY, **rest: tuple[bytes, ...]) -> bytes:
    return message(flags, ident=7, questions=Q, answers=answers, **rest)


CONTROLLERS = "_ldap._tcp.dc._msdcs.Wards.example"
AT_SITE = "_kerberos._tcp.Main._sites.dc._msdcs.wards.example"
HOST = name("dc1.wards.example")
FOUND = record(name(CONTROLLERS), SRV, bytes(4) + b"\1\x85" + HOST)


def asked(text: str, flags: int = 0x0100) -> bytes:
    return message(flags, ident=7, questions=(question(name(text), SRV),))


CASES: dict[str, tuple[bytes, Heard]] = {
    "a member looks for the controllers of its domain": (
        asked(CONTROLLERS),
        [about("sender", ("dns.domain", "wards.example"))],
    ),
    "those of its site": (asked(AT_SITE), [about("sender", ("dns.domain", "wards.example"))]),
    "no domain": (asked("_ldap._tcp.dc._msdcs"), []),
    "another service of LDAP": (asked("_ldap._tcp.zqcanary.example"), []),
    "something that only begins so": (asked("_ldap._tcp.ZQCANARY._sites.gc._msdcs.x"), []),
    "another opcode": (asked(CONTROLLERS, 0x2900), []),
    "which hosts they are": (
        message(REPLY, ident=7, questions=Q, answers=(FOUND,), additional=(record(HOST, A, ADDRESS),)),
        [
            SERVER,
            about("10.0.0.5", ("dns.name", "dc1.wards.example")),
            about("10.0.0.5", ("dns.domain_controller", "wards.example")),
        ],
    ),
    "one whose address is not told": (reply(FOUND), [SERVER]),
    "a host that is asked for": (
        message(0x0100, ident=7, questions=(question(name("Api.dch.DLink.com")),)),
        [about("sender", ("dns.asked", "api.dch.dlink.com"))],
    ),
    "a host of IPv6": (
        message(0x0100, ident=7, questions=(question(name("api.dch.dlink.com"), AAAA),)),
        [about("sender", ("dns.asked", "api.dch.dlink.com"))],
    ),
    "a host of one's own": (message(0x0100, ident=7, questions=(question(name("zqcanary.local")),)), []),
    "a name of one label": (message(0x0100, ident=7, questions=(question(name("zqcanary")),)), []),
    "another type": (message(0x0100, ident=7, questions=(question(name("zqcanary.example"), TXT),)), []),
    "a question that is cut": (message(0x0100, ident=7, questions=(question(name("zqcanary.example")),))[:-5], []),
    "no text": (message(0x0100, ident=7, questions=(question(b"\1\xff\3com\0"),)), []),
    "an address, its owner compressed": (reply(record(pointer(12), A, ADDRESS)), [SERVER, PACS]),
    "case is folded, as resolvers mix it": (
        reply(record(name("PaCs.WARDS.example"), A, ADDRESS)),
        [SERVER, PACS],
    ),
    "an IPv6 address": (
        reply(record(pointer(12), AAAA, socket.inet_pton(socket.AF_INET6, "2001:db8::5"))),
        [SERVER, about("2001:db8::5", ("dns.name", "pacs.wards.example"))],
    ),
    "an alias: both names lead to the address": (
        reply(record(pointer(12), CNAME, name("srv7.wards.example")), record(name("srv7.wards.example"), A, ADDRESS)),
        [
            SERVER,
            about("10.0.0.5", ("dns.name", "srv7.wards.example")),
            about("10.0.0.5", ("dns.alias", "pacs.wards.example")),
        ],
    ),
    "aliases that go round": (
        reply(
            record(name("a.example"), CNAME, name("b.example")),
            record(name("b.example"), CNAME, name("a.example")),
            record(name("a.example"), A, ADDRESS),
        ),
        [
            SERVER,
            about("10.0.0.5", ("dns.name", "a.example")),
            about("10.0.0.5", ("dns.alias", "b.example")),
        ],
    ),
    "a reverse name (RFC 1035 section 3.5)": (
        reply(record(name("5.0.0.10.in-addr.arpa"), PTR, name("pacs.wards.example"))),
        [SERVER, PACS],
    ),
    "a reverse name of IPv6 (RFC 3596 section 2.5)": (
        reply(record(name("5." + "0." * 23 + "8.b.d.0.1.0.0.2.ip6.arpa"), PTR, name("pacs.wards.example"))),
        [SERVER, about("2001:db8::5", ("dns.name", "pacs.wards.example"))],
    ),
    "reverse names that are none": (
        reply(
            record(name("5.0.0.256.in-addr.arpa"), PTR, name("a.example")),
            record(name("0.0.10.in-addr.arpa"), PTR, name("b.example")),
            record(name("_services._dns-sd._udp.local"), PTR, name("c.example")),
        ),
        [SERVER],
    ),
    "glue in the additional section counts, the authority section does not": (
        reply(
            authority=(record(name("ns.example"), A, bytes([10, 0, 0, 9])),),
            additional=(record(pointer(12), A, ADDRESS),),
        ),
        [SERVER, PACS],
    ),
    "other kinds and classes are left alone": (
        reply(record(pointer(12), TXT, b"\x08ZQCANARY"), record(pointer(12), A, ADDRESS, klass=3)),
        [SERVER],
    ),
    "addresses that no host has: a sinkhole, loopback, multicast": (
        reply(*(record(pointer(12), A, bytes(ip)) for ip in ([0, 0, 0, 0], [127, 0, 0, 1], [224, 0, 0, 251]))),
        [SERVER],
    ),
    "no such name: a server all the same": (reply(flags=0x8183), [SERVER]),
    "refused says nothing": (reply(flags=0x8185), []),
    "a host that answers for its .local name with authority only is no name server (RFC 6762 section 6.7)": (
        message(
            AUTHORITY,
            ident=7,
            questions=(question(name("us1.local")),),
            answers=(record(name("us1.local"), A, ADDRESS),),
        ),
        [about("10.0.0.5", ("dns.name", "us1.local"))],
    ),
    "an update is not an answer (opcode 5, RFC 2136)": (reply(record(pointer(12), A, ADDRESS), flags=0xA880), []),
    "an address of three bytes: the record after it is read": (
        reply(record(pointer(12), A, ADDRESS[:3]), record(pointer(12), A, ADDRESS)),
        [PACS, odd("dns.malformed")],
    ),
    "a pointer to itself: the record after it is read": (
        reply(record(pointer(Q_END), A, ADDRESS), record(pointer(12), A, ADDRESS)),
        [PACS, odd("dns.malformed")],
    ),
    "a pointer forward": (
        reply(record(pointer(Q_END + 16), A, ADDRESS), record(pointer(12), A, ADDRESS)),
        [PACS, odd("dns.malformed")],
    ),
    "a pointer into the head": (reply(record(pointer(4), A, ADDRESS)), [odd("dns.malformed")]),
    "a label of a kind that was never defined": (reply(record(b"\x41a\0", A, ADDRESS)), [odd("dns.malformed")]),
    "data longer than the message: those before are said": (
        reply(record(pointer(12), A, ADDRESS), record(pointer(12), A, ADDRESS))[:-1],
        [PACS, odd("dns.malformed")],
    ),
    "fewer records than counted": (
        struct.pack(">HHHHHH", 7, REPLY, 1, 9, 0, 0) + Q[0] + record(pointer(12), A, ADDRESS),
        [PACS, odd("dns.malformed")],
    ),
    "a target that does not fill its record": (
        reply(record(name("5.0.0.10.in-addr.arpa"), PTR, name("pacs.wards.example") + b"x")),
        [odd("dns.malformed")],
    ),
    "a question that leaves the message": (
        struct.pack(">HHHHHH", 7, REPLY, 1, 1, 0, 0) + b"\x3fab",
        [odd("dns.malformed")],
    ),
    "a pointer into data that are no name": (
        reply(record(pointer(12), TXT, b"\x80x"), record(pointer(Q_END + 12), A, ADDRESS)),
        [odd("dns.malformed")],
    ),
    "a pointer into data whose last label leaves the message": (
        reply(record(pointer(12), TXT, b"\x3fx"), record(pointer(Q_END + 12), A, ADDRESS)),
        [odd("dns.malformed")],
    ),
    "a name that is not text is not said": (reply(record(name(b"\xff\xfe", b"example"), A, ADDRESS)), [SERVER]),
    "the root has no name to say": (reply(record(b"\0", A, ADDRESS)), [SERVER]),
    "an alias that is the root has no name to say": (
        reply(record(b"\0", CNAME, pointer(12)), record(pointer(12), A, ADDRESS)),
        [SERVER, PACS],
    ),
    "cut in the head": (b"\0\7\x81\x80\0\1", [odd("dns.cut")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: bytes, expected: Heard) -> None:
    assert heard(SPEC, data) == expected


def test_a_name_over_255_bytes_is_refused() -> None:
    long = name(*(["x" * 63] * 4))  # 4 * 64 + 1 = 257 bytes
    fits = name(*(["x" * 63] * 3), "y" * 61)  # 3 * 64 + 62 + 1 = 255 bytes
    said = heard(SPEC, reply(record(long, A, ADDRESS), record(fits, A, ADDRESS)))
    assert said[0] == about("10.0.0.5", ("dns.name", ".".join(["x" * 63] * 3 + ["y" * 61])))
    assert said[1:] == [odd("dns.malformed")]


def test_a_name_that_a_pointer_makes_too_long_is_refused() -> None:
    tail = b"".join(bytes([63]) + letter * 63 for letter in (b"a", b"b"))  # 128 bytes
    known = record(tail + b"\0", A, ADDRESS)
    said = heard(SPEC, reply(known, record(tail + pointer(Q_END), A, bytes([10, 0, 0, 6]))))
    assert said == [about("10.0.0.5", ("dns.name", f"{'a' * 63}.{'b' * 63}")), odd("dns.malformed")]


@pytest.mark.parametrize(("runs", "is_read"), [(HOPS_MAX, True), (HOPS_MAX + 1, False)])
def test_a_chain_of_pointers_is_followed_a_bounded_number_of_times(runs: int, is_read: bool) -> None:
    chain = [record(name("a"), A, ADDRESS, klass=3)]  # of another class, so that its name is not read on its own
    at = Q_END
    for step in range(1, runs):  # each name is one label and a pointer to the name before it
        before, at = at, at + len(chain[-1])
        owner = bytes([1, 97 + step % 26]) + pointer(before)
        chain.append(record(owner, A, ADDRESS, klass=1 if step == runs - 1 else 3))
    long = ".".join(chr(97 + step % 26) for step in reversed(range(runs)))
    expected = [SERVER, about("10.0.0.5", ("dns.name", long))] if is_read else [odd("dns.malformed")]
    assert heard(SPEC, reply(*chain)) == expected


def test_the_number_of_names_is_capped() -> None:
    answers = [record(pointer(12), A, bytes([10, 0, n // 250, 1 + n % 250])) for n in range(RECORDS_MAX + 10)]
    said = heard(SPEC, reply(*answers))
    assert len(said) == 1 + SAID_MAX + 1
    assert said[-1] == odd("dns.too_many_records")


NETBIOS = question(b"\x20" + b"CA" * 16 + b"\0", kind=32)


@pytest.mark.parametrize(
    ("data", "is_dns"),
    [
        (message(0x0100, ident=7, questions=Q), True),
        (message(0x0120, ident=7, questions=Q, additional=(b"\0\0\x29\x04\xd0" + bytes(6),)), True),  # EDNS, AD
        (reply(record(pointer(12), A, ADDRESS)), True),
        (reply(flags=0x8183), True),
        (reply(flags=0x8000), False),  # LLMNR claims neither authority nor recursion
        (message(0x0110, ident=7, questions=(NETBIOS,)), False),
        (message(0x8500, ident=7, answers=(record(name("a"), A, ADDRESS),)), False),  # no question
        (message(0x0100, ident=7, questions=Q * 2), False),
        (message(0x7900, ident=7, questions=Q), False),  # opcode 15
        (message(0x0140, ident=7, questions=Q), False),  # reserved bit
        (message(0x0100, ident=7, questions=(question(name("a.example"), klass=77),)), False),
        (struct.pack(">HHHHHH", 7, 0x8180, 1, 0xFFFF, 0, 0) + Q[0], False),
        (
            message(0x0120, ident=7, questions=Q, answers=(record(pointer(12), A, ADDRESS),)),
            False,
        ),  # a query that answers
        (bytes(64), False),
        (b"\x16\x03\x01" + bytes(60), False),
        (b"", False),
    ],
)
def test_probe(data: bytes, is_dns: bool) -> None:
    assert SPEC.probe(data) is is_dns


def test_dpkt_writes_what_we_read() -> None:
    made = dpkt.dns.DNS(id=3, qr=1, rd=1, ra=1)
    made.qd = [dpkt.dns.DNS.Q(name="us1.wards.example", type=dpkt.dns.DNS_A)]
    made.an = [
        dpkt.dns.DNS.RR(name="us1.wards.example", type=5, cls=1, ttl=60, cname="x.wards.example"),
        dpkt.dns.DNS.RR(name="x.wards.example", type=1, cls=1, ttl=60, ip=ADDRESS),
    ]
    assert heard(SPEC, bytes(made)) == [
        SERVER,
        about("10.0.0.5", ("dns.name", "x.wards.example")),
        about("10.0.0.5", ("dns.alias", "us1.wards.example")),
    ]


def framed(*messages: bytes) -> bytes:
    return b"".join(struct.pack(">H", len(each)) + each for each in messages)


def test_messages_of_a_stream_are_handed_on_whole() -> None:
    messages = (asked(CONTROLLERS), reply(record(name("a.example"), A, ADDRESS)))
    for size in (1, 5, 1460):
        found = said(dns_tcp.SPEC, cut(one_way(framed(*messages) + b"\0\0"), size))
        assert found == [("carried", "dns_tcp", each) for each in messages]


@pytest.mark.parametrize(
    ("stream", "yes"),
    [
        (framed(asked(CONTROLLERS)), True),
        (framed(asked(CONTROLLERS))[:20], None),
        (framed(asked(CONTROLLERS))[:7], None),
        (framed(message(0x0100)), False),
        (b"\x00\x1d" + bytes(29), False),
    ],
)
def test_probe_of_a_stream(stream: bytes, yes: bool | None) -> None:
    assert dns_tcp.SPEC.probe(stream) is yes
