"""PROFINET DCP written by hand; layout as Wireshark's packet-pn-dcp.c has it."""

from __future__ import annotations

import pytest

from parsers.pn_dcp import SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

Field = tuple[str, str]


def frame(kind: str, service: str, blocks: str, length: int = -1) -> bytes:
    raw = bytes.fromhex(blocks)
    return bytes.fromhex(f"{kind} {service} 00000007 0000 {len(raw) if length < 0 else length:04x}") + raw


def named(part: str, text: str, more: str = "0000") -> str:
    raw = bytes.fromhex(more) + text.encode()
    return f"02 {part} {len(raw):04x}" + raw.hex() + "00" * (len(raw) % 2)


def said(*fields: Field) -> list[tuple[object, ...]]:
    return [about("sender", *((f"pn_dcp.{name}", text) for name, text in fields))]


NAME = ("host_name", "ahu-drive-3")
CASES: dict[str, tuple[bytes, Heard]] = {
    "an answer, with padding": (
        frame("feff", "05 01", named("01", "SINAMICS G120") + named("02", "ahu-drive-3") + "02 03 0006 0000 002a 0501")
        + bytes(20),
        said(("model", "SINAMICS G120"), NAME, ("vendor_id", "002a"), ("device_id", "002a:0501")),
    ),
    "role and address": (
        frame("feff", "05 01", "02 04 0004 0000 06 00 01 02 000e 0001 0a510014 ffffff00 00000000"),
        said(("role", "controller"), ("role", "multidevice"), ("address", "10.81.0.20")),
    ),
    "no address yet": (frame("feff", "05 01", "01 02 000e 0000 00000000 00000000 00000000"), []),
    "a hello": (frame("fefc", "06 00", named("02", "ahu-drive-3")), said(NAME)),
    "what is read": (frame("fefd", "03 01", named("02", "ahu-drive-3")), said(NAME)),
    "a question": (frame("fefe", "05 00", named("02", "ZQCANARY", "")), []),
    "a name that is given": (
        frame("fefd", "04 00", named("02", "ZQCANARY")),
        [("flag", ("sender", "", ()), "pn_dcp.sets")],
    ),
    "that it was taken": (frame("fefd", "04 01", "05 04 0003 02 02 00 00"), []),
    "another name of it": (frame("feff", "05 01", named("06", "ZQCANARY")), []),
    "a block that is cut": (frame("feff", "05 01", named("02", "ahu-drive-3") + "02 01 00ff 0000"), said(NAME)),
    "a length that is not there": (frame("feff", "05 01", "", 40), [odd("pn_dcp.malformed")]),
    "values of a plant": (bytes.fromhex("8000") + b"ZQCANARY" * 5, []),
    "nothing": (b"", [odd("pn_dcp.malformed")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: bytes, expected: Heard) -> None:
    assert heard(SPEC, data) == expected
    assert SPEC.probe(data) is (data[:1] == b"\xfe" and expected != [odd("pn_dcp.malformed")])
