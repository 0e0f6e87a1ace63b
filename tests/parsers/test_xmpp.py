"""XMPP streams after the examples of RFC 6120 section 9.1, with persons made up."""

from __future__ import annotations

import pytest

from parsers.xmpp import OPENING_MAX, SPEC, probe
from tests.parsers.datagrams import Heard, about
from tests.parsers.harness import cut, said

DECLARED = b"<?xml version='1.0'?>"
ASKS = DECLARED + (
    b"<stream:stream from='zqcanary@im.wards.example' to='im.wards.example' version='1.0' xmlns='jabber:client'"
    b" xmlns:stream='http://etherx.jabber.org/streams'>"
)
ANSWERS = DECLARED + (
    b"<stream:stream from='IM.wards.example' id='t7AMCin9zjMNwQKDnplntZPIDEI=' to='zqcanary@im.wards.example'"
    b" version='1.0'><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"
)
START, PROCEED = (b"<%s xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" % word for word in (b"starttls", b"proceed"))
HELLO = b"\x16\3\1\0\5"
PLAIN = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>WlFDQU5BUlk=</auth>"
DOMAIN = about("sender", ("xmpp.domain", "im.wards.example"))
IN_CLEAR = ("flag", ("receiver", "", ()), "xmpp.password_in_clear")

CASES: dict[str, tuple[bytes, bytes, Heard]] = {
    "TLS": (
        ASKS + START + HELLO,
        ANSWERS + PROCEED + HELLO,
        [("anew", 0, len(ASKS + START)), DOMAIN, ("anew", 1, len(ANSWERS + PROCEED))],
    ),
    "a log-in in clear": (ASKS + PLAIN, ANSWERS, [IN_CLEAR, DOMAIN]),
    "talk without end": (ASKS + b"<a>ZQCANARY</a>" * 2000 + HELLO, ANSWERS, [DOMAIN]),
    "a server that does not say who it is": (ASKS, DECLARED + b"<stream:stream id='1'>", []),
}


@pytest.mark.parametrize(("client", "server", "expected"), CASES.values(), ids=CASES)
def test_case(client: bytes, server: bytes, expected: Heard) -> None:
    segments = [(0, 0, client), (1, 0, server)]
    whole = said(SPEC, segments)
    assert sorted(whole, key=str) == sorted(expected, key=str)
    for size in (1, 7, 1000):
        assert said(SPEC, cut(segments, size)) == whole
    assert "zqcanary" not in str(whole).lower()


def test_tls_is_not_looked_for_for_ever() -> None:
    assert said(SPEC, [(0, 0, ASKS.ljust(OPENING_MAX) + HELLO)]) == []


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (ASKS, True),
        (ASKS[len(DECLARED) :], True),
        (DECLARED, None),
        (DECLARED + b"\n<stream:", None),
        (b"<", None),
        (b"", None),
        (DECLARED + b"<HL7Message>zqcanary", False),
        (b"<?xml" + b" " * 200, False),
        (b"<html>" + b" " * 20, False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
