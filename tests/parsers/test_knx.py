"""KNXnet/IP: datagrams written by xknx (in seeds/knx), and by hand in its layout."""

from __future__ import annotations

from pathlib import Path

import pytest

from parsers.knx import SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

SEEDS = Path(__file__).parent / "seeds" / "knx"
ROUTER = about(
    "sender",
    ("knx.role", "gateway"),
    ("knx.bus_address", "1.1.10"),
    ("knx.serial", "008312345678"),
    ("knx.mac", "02:ac:00:00:00:20"),
    ("knx.friendly_name", "Gira KNX/IP-Router"),
)
CLIENT = about("sender", ("knx.role", "client"))


@pytest.mark.parametrize(("seed", "events"), [("search", [ROUTER]), ("description", [ROUTER]), ("question", [CLIENT])])
def test_what_another_program_writes(seed: str, events: Heard) -> None:
    data = (SEEDS / f"{seed}.datagram").read_bytes()
    assert SPEC.probe(data)
    assert heard(SPEC, data) == events


def message(service: str, rest: str) -> bytes:
    raw = bytes.fromhex(rest)
    return bytes.fromhex(f"0610 {service} {len(raw) + 6:04x}") + raw


EMPTY = "36 01 02 00 11ff 0000" + "00" * 6 + "e000170c" + "00" * 6 + "00" * 30


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (
            message("0204", "04 02 02 01" + EMPTY),
            [about("sender", ("knx.role", "gateway"), ("knx.bus_address", "1.1.255"))],
        ),
        (message("0204", EMPTY[:61]), [odd("knx.malformed")]),
        (message("0204", "00 01"), [odd("knx.malformed")]),
        (message("0530", b"ZQCANARY".hex()), []),
        (message("0420", b"ZQCANARY".hex()), []),
        (message("ff30", ""), [odd("knx.malformed")]),
        (message("0530", "00") + b"\0", [odd("knx.malformed")]),
        (b"", [odd("knx.malformed")]),
    ],
)
def test_others(data: bytes, events: Heard) -> None:
    assert heard(SPEC, data) == events
