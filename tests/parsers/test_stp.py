"""BPDUs written by hand from IEEE 802.1Q-2018 clause 14."""

from __future__ import annotations

import pytest

from parsers.stp import SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

LLC, PER_VLAN = "424203", "aaaa0300000c010b"
ROOT, BRIDGE = "1000 02a100000020", "8001 02a100000030"
TIMERS = "0000 1400 0200 0f00"


def config(kind: str = "0000 00 00", root: str = ROOT, bridge: str = BRIDGE, port: str = "8007") -> str:
    """Protocol, version, type; flags; root, cost, bridge, port; timers."""
    return kind + "00" + root + "00000004" + bridge + port + TIMERS


def fields(version: str, *more: tuple[str, str]) -> Heard:
    return [
        about(
            "sender",
            ("stp.version", version),
            ("stp.bridge_id", "02:a1:00:00:00:30"),
            ("stp.priority", "32768"),  # without the system id extension, here VLAN 1
            ("stp.port", "7"),
            ("stp.root_id", "02:a1:00:00:00:20"),
            *more,
        )
    ]


REGION = b"hospital".ljust(32, b"\0").hex()
CASES: dict[str, tuple[str, Heard]] = {
    "configuration": (LLC + config(), fields("stp")),
    "rapid, with Ethernet's padding": (LLC + config("0000 02 02") + "00" * 8, fields("rstp")),
    "multiple, with its region": (
        LLC + config("0000 03 02") + "00 0040 00" + REGION + "0001" + "ab" * 16 + "00" * 13,
        fields("mstp", ("stp.region", "hospital")),
    ),
    "per VLAN": (PER_VLAN + config("0000 02 02") + "00 0000 0002 0001", fields("pvst")),
    "the root itself": (
        LLC + config(root=BRIDGE),
        [
            about(
                "sender",
                ("stp.version", "stp"),
                ("stp.bridge_id", "02:a1:00:00:00:30"),
                ("stp.priority", "32768"),
                ("stp.port", "7"),
                ("stp.root_id", "02:a1:00:00:00:30"),
                ("stp.root", "yes"),
            )
        ],
    ),
    "a topology change names nobody": (LLC + "0000 00 80", []),
    "cut in the timers": (LLC + config()[:-4], [odd("stp.cut")]),
    "a bridge with a group's address": (LLC + config(bridge="8000 03a100000030"), [odd("stp.impossible_bridge")]),
    "a bridge without an address": (LLC + config(bridge="8000 000000000000"), [odd("stp.impossible_bridge")]),
    "another protocol (GARP)": (LLC + "0001" + "00" * 40, [odd("stp.malformed")]),
    "nothing": ("", [odd("stp.malformed")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: str, expected: Heard) -> None:
    assert heard(SPEC, bytes.fromhex(data)) == expected


def test_probe() -> None:
    assert SPEC.probe(bytes.fromhex(LLC + config())) is True
    assert SPEC.probe(bytes.fromhex("aaaa0300000c2000 02b40000 00010005 78")) is False  # CDP
