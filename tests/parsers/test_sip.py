"""SIP messages written by hand from RFC 3261; the captures hold what baresip and Kamailio do."""

from __future__ import annotations

import pytest

from parsers import sip_tcp
from parsers.sip import SPEC, probe
from tests.parsers.datagrams import about, heard, odd
from tests.parsers.harness import cut, said

VIA = "Via: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK1"
PEOPLE = (
    'From: "ZQCANARYMARTIN JEANNE" <sip:zqcanary.user@example.org>;tag=1',
    "To: <sip:+33123ZQCANARY@example.org>",
    "Call-ID: ZQCANARY@10.0.0.5",
    "Subject: ZQCANARY",
)


def message(*lines: str, body: str = "") -> bytes:
    return ("\r\n".join((*lines, *PEOPLE, f"Content-Length: {len(body)}", "", "")) + body).encode()


def register(contact: str, *more: str) -> bytes:
    return message("REGISTER sip:example.org SIP/2.0", VIA, f"Contact: {contact}", "User-Agent: Acme IP7 4.2", *more)


@pytest.mark.parametrize(
    ("contact", "host"),
    [
        ("<sip:zqcanary@10.0.0.5:5062;transport=udp>", "10.0.0.5"),
        ('"ZQCANARY <x@y>" <sip:zqcanary@[2001:DB8::5]:5060>;expires=60', "2001:db8::5"),
        ("sip:zqcanary@ward7-phone.example.org;expires=60", "ward7-phone.example.org"),
        ("sips:10.0.0.9", "10.0.0.9"),
    ],
)
def test_a_telephone_registers(contact: str, host: str) -> None:
    assert heard(SPEC, register(contact)) == [about("sender", ("sip.user_agent", "Acme IP7 4.2"), ("sip.host", host))]


@pytest.mark.parametrize("contact", ["*", "<tel:+331ZQCANARY>", "<sip:zqcanary@>", "<sip:a@b c>"])
def test_a_contact_that_names_no_host(contact: str) -> None:
    assert heard(SPEC, register(contact)) == [about("sender", ("sip.user_agent", "Acme IP7 4.2"))]


def test_what_a_proxy_sends_on_is_not_its_own() -> None:
    assert heard(SPEC, register("<sip:x@10.0.0.5>", VIA)) == []
    assert heard(SPEC, message("INVITE sip:x@y SIP/2.0", f"{VIA}, SIP/2.0/UDP 10.0.0.1", "User-Agent: x")) == []


def test_answers() -> None:
    server, realm = "Server: Asterisk PBX 18", 'WWW-Authenticate: Digest algorithm=MD5, realm="ward.example", nonce="7"'
    told = [about("sender", ("sip.server", "Asterisk PBX 18"), ("sip.realm", "ward.example"))]
    assert heard(SPEC, message("SIP/2.0 401 Unauthorized", VIA, server, realm)) == told
    route = "Record-Route: <sip:10.0.0.1;lr>"
    assert heard(SPEC, message("SIP/2.0 200 OK", VIA, route, server)) == []
    assert heard(SPEC, message("SIP/2.0 100 Trying", VIA, route, server)) == [about("sender", told[0][2][0])]  # type: ignore[index]  # a field


def test_broken() -> None:
    assert heard(SPEC, b"REGISTER sip:x SIP/2.0\r\n\r\n") == [odd("sip.no_via")]
    assert heard(SPEC, message("INVITE sip:x@y SIP/2.0", "v: SIP/2.0/UDP 10.0.0.5", "User-Agent: \xff\x01")) == []


def test_over_tcp_each_head_is_handed_on() -> None:
    one = message("OPTIONS sip:x@y SIP/2.0", VIA)
    head = message("INVITE sip:x@y SIP/2.0", VIA, body="v=0 ZQCANARY")
    stream = b"\r\n\r\n" + one + head + one
    expected = [("carried", "sip_tcp", part) for part in (one, head.removesuffix(b"v=0 ZQCANARY"), one)]
    for size in (1, 7, 1000):
        assert said(sip_tcp.SPEC, cut([(0, 0, stream)], size)) == expected


@pytest.mark.parametrize(
    ("stream", "name"),
    [
        (b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 99999999\r\n\r\n", "bad_length"),
        (b"OPTIONS sip:x SIP/2.0\r\nContent-Length: -1\r\n\r\n", "bad_length"),
        (b"GET / HTTP/1.1\r\n\r\n", "no_unit"),
        (b"A" * 20000, "no_unit"),
    ],
)
def test_broken_streams(stream: bytes, name: str) -> None:
    assert said(sip_tcp.SPEC, [(0, 0, stream)]) == [odd(f"sip_tcp.{name}")]


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (register("<sip:x@y>"), True),
        (b"SIP/2.0 200 OK", True),
        (b"REGIS", None),
        (b"SIP", None),
        (b"", None),
        (b"OPTIONS sip:x", None),
        (b"OPTIONS rtsp://x RTSP/1.0\r\n", False),
        (b"OPTIONS / HTTP/1.1\r\n", False),
        (b"SUBSCRIBES x", False),
        (b"INVITE " + b"x" * 2000, False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
