"""Moxa answers: the examples of M. Davidsaver's notes, and others written by hand after the dissector in Lua."""

from __future__ import annotations

import pytest

from parsers.moxa import SPEC, probe
from tests.parsers.datagrams import about, heard, odd

SEARCH = bytes.fromhex("0100000800000000")
FOUND = bytes.fromhex("8100001800000000005555551a510090e8aaaaaac0a87ffe")  # as in the notes
DEVICE = FOUND[8:20]
NAMED = (("moxa.mac", "00:90:e8:aa:aa:aa"), ("moxa.hardware_id", "511a"))


def message(kind: int, body: bytes, status: int = 0) -> bytes:
    return bytes([kind, status]) + (8 + len(body)).to_bytes(2, "big") + bytes(4) + body


def test_the_example() -> None:
    assert heard(SPEC, SEARCH) == []
    assert heard(SPEC, FOUND) == [about("sender", *NAMED)]


def test_name_and_product() -> None:
    name = message(0x90, DEVICE + b"NP5110A-LAB".ljust(40, b"\0"))
    assert heard(SPEC, name) == [about("sender", *NAMED, ("moxa.host_name", "NP5110A-LAB"))]
    product = message(0x96, DEVICE + bytes.fromhex("00000306000000005a11000000000000"))
    expected = ("moxa.firmware", "06.03"), ("moxa.serial", "4442")  # 115a
    assert heard(SPEC, product) == [about("sender", *NAMED, *expected)]
    assert heard(SPEC, message(0x96, DEVICE + b"\0\0\3")) == [about("sender", *NAMED)]


def test_settings_are_not_read() -> None:
    settings = message(0xA8, DEVICE + bytes(4) + b"ZQCANARY".ljust(40, b"\0") * 4)
    assert heard(SPEC, settings) == [about("sender", *NAMED)]
    assert heard(SPEC, message(0x84 | 0x10, DEVICE, status=4)) == []  # no such request


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (SEARCH, True),
        (FOUND, True),
        (message(0x10, DEVICE), True),
        (SEARCH + b"\0", False),
        (FOUND[:-1], False),
        (message(0x81, DEVICE[:6] + b"\1" + DEVICE[7:]), False),  # a group is no device
        (message(0x02, b""), False),
        (message(0x10, b""), False),
        (b"", False),
    ],
)
def test_probe(first: bytes, answer: bool) -> None:
    assert probe(first) is answer
    if not answer:
        assert heard(SPEC, first) == [odd("moxa.malformed")]
