"""LPD connections written by hand from RFC 1179."""

from __future__ import annotations

import pytest

from parsers.lpd import SPEC, probe
from tests.parsers.datagrams import Heard, about, odd
from tests.parsers.harness import cut, one_way, said

CONTROL = b"Hzqcanary-pc\nPzqcanary.user\nJZQCANARYMARTIN\nldfA001ct7\n"
DOCUMENT = b"%!PS ZQCANARYMARTIN^JEANNE\n"
IN_CLEAR = ("flag", ("receiver", "", ()), "lpd.document_in_clear")


def queue(name: str) -> Heard:
    return [
        about("receiver", ("lpd.role", "server"), ("lpd.printer_name", name)),
        about("sender", ("lpd.role", "client")),
    ]


def control(size: int = len(CONTROL), file: bytes = CONTROL) -> bytes:
    return b"\2%d cfA001ct7\n" % size + file + b"\0"


DATA = b"\3%d dfA001ct7\n" % len(DOCUMENT) + DOCUMENT + b"\0"

CASES: dict[str, tuple[bytes, Heard]] = {
    "a job": (b"\2ward7\n" + control() + DATA, [*queue("ward7"), IN_CLEAR]),
    "the document first": (b"\2ward7\n" + DATA + control(), [*queue("ward7"), IN_CLEAR]),
    "a job that is given up": (b"\2ward7\n\1\n" + DATA, queue("ward7")),
    "what a queue does, and whose jobs": (b"\3ward8 zqcanary.user 17\n", queue("ward8")),
    "a job of a user is removed": (b"\5raw zqcanary.user 17\n", queue("raw")),
    "a queue is printed": (b"\1PASSTHRU\n", queue("PASSTHRU")),
    "a control file of a length that nobody has": (
        b"\2ward7\n" + control(10**9) + DATA,
        [*queue("ward7"), odd("lpd.no_unit")],
    ),
    "no length": (b"\2ward7\n\2zqcanary cfA001\n", [*queue("ward7"), odd("lpd.no_unit")]),
}


@pytest.mark.parametrize(("client", "expected"), CASES.values(), ids=CASES)
def test_case(client: bytes, expected: Heard) -> None:
    for size in (1, 7, len(client)):
        assert said(SPEC, cut(one_way(client), size)) == expected


@pytest.mark.parametrize("client", [client for client, _ in CASES.values()], ids=CASES)
def test_no_person_and_no_job_is_told(client: bytes) -> None:
    for end in range(len(client) + 1):
        assert "zqcanary" not in str(said(SPEC, one_way(client[:end]))).lower()


def test_what_a_server_lists_is_not_read() -> None:
    assert said(SPEC, one_way(b"ward7 is ready\n1st zqcanary.user 17 ZQCANARYMARTIN.pdf\n", side=1)) == []


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (b"\2ward7\n", True),
        (b"\2ward7\n\2", True),  # without waiting
        (b"\3lp \n", True),
        (b"\2war", None),
        (b"", None),
        (b"\2ward7\nmore", False),
        (b"\2ward 7\n", False),  # no list behind this command
        (b"\2\n", False),
        (b"\6ward7\n", False),
        (b"\2R|1|^^^GLU|5.1\r\3", False),  # of an analyser
        (b"\2R|1|^^^GLU|5.1\r\0031F\r\n", False),
        (b"\2" + b"x" * 300, False),
        (b"GET / HTTP/1.1\r\n", False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
