"""IEC 60870-5-104 written by hand from clause 5 and IEC 60870-5-101 clause 7.2."""

from __future__ import annotations

import pytest

from parsers.iec104 import SPEC
from tests.parsers.datagrams import about
from tests.parsers.harness import cut, said

Heard = list[tuple[object, ...]]
START, CONFIRM, TEST, SEEN = "07000000", "0b000000", "43000000", "01000200"
CONTROLLING = about("sender", ("iec104.role", "controlling station"))
CONTROLLED = about("sender", ("iec104.role", "controlled station"))
COMMANDS = ("flag", ("sender", "", ()), "iec104.commands")


def message(control: str, asdu: str = "") -> bytes:
    raw = bytes.fromhex(control + asdu)
    return bytes((0x68, len(raw))) + raw


def asdu(kind: int, cause: int) -> bytes:
    return message("02000400", f"{kind:02x} 01 {cause:02x}00 0a00 010000 00")


def heard(client: bytes = b"", server: bytes = b"") -> Heard:
    segments = [(side, 0, way) for side, way in enumerate((client, server)) if way]
    whole = said(SPEC, segments)
    for size in (1, 5):
        assert said(SPEC, cut(segments, size)) == whole
    return whole


def test_who_controls_whom() -> None:
    assert heard(message(START) * 2 + asdu(100, 6) + message(SEEN), message(CONFIRM) + asdu(13, 3)) == [
        CONTROLLING,
        CONTROLLED,
    ]


@pytest.mark.parametrize(
    ("kind", "cause", "found"),
    [(45, 6, True), (50, 6, True), (105, 6, True), (45, 7, False), (100, 6, False), (1, 3, False)],
)
def test_commands(kind: int, cause: int, found: bool) -> None:
    assert heard(asdu(kind, cause) * 2) == ([COMMANDS] if found else [])


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (message(START), True),
        (message(TEST) + message(SEEN), True),
        (message(SEEN), True),
        (asdu(13, 3), True),
        (b"", None),
        (message(START)[:4], None),
        (message("07000100"), False),
        (message("ff000000"), False),
        (message("02000500"), False),
        (asdu(99, 3), False),
        (asdu(13, 0), False),
        (b"hello world", False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert SPEC.probe(first) is answer
