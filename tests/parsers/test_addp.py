"""ADDP messages written by hand after public implementations of the protocol."""

from __future__ import annotations

import pytest

from parsers.addp import SPEC, probe
from tests.parsers.datagrams import about, heard, odd

CONFIGURED = ("flag", ("receiver", "", ()), "addp.configured")
SEARCH = b"DIGI\0\1\0\6" + b"\xff" * 6


def answer(*fields: tuple[int, bytes], kind: int = 2) -> bytes:
    body = b"".join(bytes([code, len(value)]) + value for code, value in fields)
    return b"DIGI" + kind.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body


def test_an_answer() -> None:
    fields = (
        (0x01, bytes.fromhex("00409d320021")),
        (0x02, bytes([10, 32, 0, 21])),
        (0x04, b"lab-ts4"),
        (0x08, b"Version 82000747_W 07/21/2008"),
        (0x0D, b"PortServer TS 4"),
        (0x0E, bytes(4)),
        (0x12, b"\x04"),
        (0x1A, bytes.fromhex("00000000000000000040 9dff ff32 0021".replace(" ", ""))),
        (0x99, b"ZQCANARY"),
    )
    assert heard(SPEC, answer(*fields)) == [
        about(
            "sender",
            ("addp.mac", "00:40:9d:32:00:21"),
            ("addp.host_name", "lab-ts4"),
            ("addp.firmware", "Version 82000747_W 07/21/2008"),
            ("addp.model", "PortServer TS 4"),
            ("addp.serial_ports", "4"),
            ("addp.device_id", "00000000-00000000-00409dff-ff320021"),
        )
    ]


def test_a_search_says_nothing_and_a_change_is_found() -> None:
    assert heard(SPEC, SEARCH) == []
    change = b"DIGI\0\3\0\x1b" + bytes(18) + b"\x08ZQCANARY"
    assert heard(SPEC, change) == [CONFIGURED]


def test_a_cut_answer() -> None:
    assert heard(SPEC, answer((0x0D, b"Digi One"))[:-3] + b"") == [odd("addp.malformed")]
    cut = b"DIGI\0\2\0\6\x04\2ab\x0d\x09"
    assert heard(SPEC, cut) == [odd("addp.cut"), about("sender", ("addp.host_name", "ab"))]


@pytest.mark.parametrize(
    ("first", "answer"),
    [(SEARCH, True), (SEARCH[:7], False), (b"DIGI\0\x09\0\0", False), (b"DIGX\0\1\0\0", False), (b"", False)],
)
def test_probe(first: bytes, answer: bool) -> None:
    assert probe(first) is answer
