"""Lantronix datagrams written by hand from the XPort and UDS-10 user guides."""

from __future__ import annotations

import pytest

from parsers.lantronix import SPEC, probe
from tests.parsers.datagrams import about, heard

IMAGE = bytes(4) + b"X1" + bytes(10)
RECORD = bytes([10, 32, 0, 23, 0, 0, 8, 0]) + bytes(4) + bytes(108)
SECRET = RECORD[:8] + b"ZQCA" + RECORD[12:]
FIRMWARE = b"\0\0\0\xf7" + IMAGE + bytes([0, 0, 0x11, 0x22])


def test_firmware_of_an_xport_and_of_an_older_device() -> None:
    mac = bytes.fromhex("00204a320023")
    expected = ("lantronix.type", "X1"), ("lantronix.mac", "00:20:4a:32:00:23")
    assert heard(SPEC, FIRMWARE + mac) == [about("sender", *expected)]
    older = FIRMWARE.replace(b"X1", b"3Q")
    assert heard(SPEC, older) == [about("sender", ("lantronix.type", "3Q"))]


def test_setup_with_and_without_a_password() -> None:
    told = about("sender", ("lantronix.answers", "setup"))
    assert heard(SPEC, b"\0\0\0\xf9" + RECORD) == [told]
    readable = ("flag", ("sender", "", ()), "lantronix.password_readable")
    assert heard(SPEC, b"\0\0\0\xf9" + SECRET) == [told, readable]


def test_questions_and_changes() -> None:
    assert heard(SPEC, b"\0\0\0\xf6") == []
    assert heard(SPEC, b"\0\0\0\xf8") == []
    assert heard(SPEC, b"\0\0\0\xfa" + SECRET) == [("flag", ("receiver", "", ()), "lantronix.configured")]


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (b"\0\0\0\xf6", True),
        (FIRMWARE, True),
        (FIRMWARE.replace(b"X1", b"\0\1"), False),
        (FIRMWARE + b"\0", False),
        (b"\0\0\0\xf6\0", False),
        (b"\0\0\1\xf6", False),
        (b"\0\0\0\x03", False),
        (b"", False),
    ],
)
def test_probe(first: bytes, answer: bool) -> None:
    assert probe(first) is answer
