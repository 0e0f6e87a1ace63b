"""Syslog messages written by hand from RFC 3164, RFC 5424 and DICOM PS3.15 annex A.5; framing of RFC 6587."""

from __future__ import annotations

import pytest

from parsers import syslog_tcp
from parsers.syslog import SPEC
from tests.parsers.datagrams import Heard, about, heard, odd
from tests.parsers.harness import cut, one_way, said

AUDIT = "<AuditMessage><ActiveParticipant UserID='ZQCANARYMARTIN'/></AuditMessage>"
NEW, OLD = "2026-11-23T20:07:31.876+01:00", "Nov  3 20:07:31"
ORIGIN = '[origin software="rsyslogd" swVersion="8.2302.0" ip="10.1.1.1"]'


def carried(body: str) -> tuple[object, ...]:
    return ("carried", "syslog:atna", body.encode())


def by(host: str, program: str, *more: tuple[str, str]) -> tuple[object, ...]:
    return about("sender", ("syslog.host", host), ("syslog.program", program), *more)


CASES: dict[str, tuple[str, Heard]] = {
    "RFC 3164": (f"<34>{OLD} ct-7 acquisition[4711]: ZQCANARYMARTIN", [by("ct-7", "acquisition")]),
    "with a time of RFC 3339": (f"<34>{NEW} ct-7 acquisition: ZQCANARYMARTIN", [by("ct-7", "acquisition")]),
    "by an address, which is whom it is about": (
        f"<34>{OLD} 10.71.0.12 acquisition: ZQCANARY",
        [about("10.71.0.12", ("syslog.program", "acquisition"))],
    ),
    "without a host": (f"<34>{OLD} su: 'su root' failed for zqcanary", [about("sender", ("syslog.program", "su"))]),
    "without a program nobody knows what is a host": (f"<13>{OLD} zqcanary martin logged in", []),
    "without a time": ("<13>zqcanary: martin", []),
    "a program that is a number": (f"<13>{OLD} ct-7 0815: x", [about("sender", ("syslog.host", "ct-7"))]),
    "an audit message of old": (f"<85>{OLD} ct-7 audit: {AUDIT}", [by("ct-7", "audit"), carried(AUDIT)]),
    "one with an XML declaration, and no head": (
        f"<85>{OLD} <?xml version='1.0'?>{AUDIT}",
        [carried(f"<?xml version='1.0'?>{AUDIT}")],
    ),
    "RFC 5424": (
        f"<165>1 {NEW} ct-7.wards.example evntslog 42 ID47 - ZQCANARY",
        [by("ct-7.wards.example", "evntslog")],
    ),
    "with elements": (
        f'<165>1 {NEW} ct-7 evntslog - ID47 [user@32473 name="ZQCANARY\\"\\]x" b="1"]{ORIGIN} ZQCANARY',
        [by("ct-7", "evntslog", ("syslog.software", "rsyslogd 8.2302.0"))],
    ),
    "nothing but a message": (f"<165>1 {NEW} - - - - - ZQCANARY", []),
    "by an IPv6 address": (f"<165>1 {NEW} 2001:DB8:0::1 app - - -", [about("2001:db8::1", ("syslog.program", "app"))]),
    "an audit message by its id": (
        f"<85>1 {NEW} ct-7 audit - DICOM+RFC3881 - \ufeff{AUDIT}",
        [by("ct-7", "audit"), carried(AUDIT)],
    ),
    "by that of IHE, whatever it is": (
        f"<85>1 {NEW} ct-7 audit - IHE+RFC-3881 {ORIGIN} x",
        [by("ct-7", "audit", ("syslog.software", "rsyslogd 8.2302.0")), carried("x")],
    ),
    "an audit message that is empty": (f"<85>1 {NEW} ct-7 audit - IHE+RFC-3881 -", [by("ct-7", "audit")]),
    "a host that is none": (f"<85>1 {NEW} zq/canary audit - x - x", [about("sender", ("syslog.program", "audit"))]),
    "elements that are broken": (
        f'<85>1 {NEW} ct-7 audit - DICOM+RFC3881 [x@1 a="b" ZQCANARY',
        [by("ct-7", "audit"), odd("syslog.malformed")],
    ),
    "cut in its head": (f"<85>1 {NEW} zqcanary", [odd("syslog.malformed")]),
    "no priority": ("<192>x", [odd("syslog.malformed")]),
    "nothing": ("", [odd("syslog.malformed")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: str, expected: Heard) -> None:
    assert heard(SPEC, data.encode()) == expected


@pytest.mark.parametrize("data", [data for data, _ in CASES.values()], ids=CASES)
def test_no_message_is_told(data: str) -> None:
    for end in range(len(data) + 1):
        told = [event for event in heard(SPEC, data[:end].encode()) if event[0] != "carried"]
        assert "zqcanary" not in str(told).lower()


@pytest.mark.parametrize(
    ("data", "yes"),
    [(b"<0>x", True), (b"<191>1 ", True), (b"<192>x", False), (b"<01>x", False), (b"<?xml", False), (b"<34>\0", False)],
)
def test_probe(data: bytes, yes: bool) -> None:
    assert SPEC.probe(data) is yes


FIRST, SECOND = f"<34>{OLD} ct-7 a: one".encode(), f"<34>1 {NEW} ct-7 b - - - two\nthree".encode()


def counted(message: bytes) -> bytes:
    return b"%d %s" % (len(message), message)


@pytest.mark.parametrize(
    ("stream", "messages"),
    [
        (FIRST + b"\n" + FIRST + b"\r\n", [FIRST, FIRST]),
        (counted(FIRST) + counted(SECOND), [FIRST, SECOND]),
        (counted(FIRST) + b"\n" + counted(SECOND), [FIRST, SECOND]),
        (FIRST, []),  # without an end
    ],
)
def test_messages_of_a_stream(stream: bytes, messages: list[bytes]) -> None:
    expected = [("carried", "syslog_tcp", message) for message in messages]
    for size in (1, 7, 4096):
        assert said(syslog_tcp.SPEC, cut(one_way(stream), size)) == expected


def test_a_stream_of_something_else_is_given_up() -> None:
    over = b"<34>" + b"x" * syslog_tcp.LINE_MAX
    for stream in (counted(FIRST) + b"GET / HTTP/1.1\r\n", over):
        assert said(syslog_tcp.SPEC, one_way(stream))[-1] == odd("syslog_tcp.no_unit")


@pytest.mark.parametrize(
    ("data", "yes"),
    [
        (b"<34>N", True),
        (b"74 <34>N", True),
        (b"7", None),
        (b"74 ", None),
        (b"74 <34>", None),
        (b"<3", None),
        (b"074 <34>N", False),
        (b"123456 <34>", False),
        (b"74 GET", False),
        (b"<html>", False),
        (b"<1911", False),  # a priority has three digits at most
        (b"220 ftp", False),
    ],
)
def test_probe_of_a_stream(data: bytes, yes: bool | None) -> None:
    assert syslog_tcp.SPEC.probe(data) is yes
