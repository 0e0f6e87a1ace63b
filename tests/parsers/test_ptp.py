"""Messages written by hand from IEEE 1588-2019 clauses 13 and 15.5; the captures are linuxptp's."""

from __future__ import annotations

import pytest

from parsers.ptp import SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

CLOCK, GRANDMASTER = "02a400fffe000001", "0011220001020304"
SELF = (("ptp.clock_identity", CLOCK), ("ptp.clock_mac", "02:a4:00:00:00:01"), ("ptp.domain", "24"))
STAMP = "0000 65000000 00000000"


def message(kind: int, body: str, *, flags: str = "0000", identity: str = CLOCK, length: int | None = None) -> str:
    size = 34 + len(bytes.fromhex(body)) if length is None else length
    return f"0{kind:x} 02 {size:04x} 18 00 {flags}" + "00" * 8 + "00" * 4 + identity + "0001 0007 00 00" + body


def text(value: str) -> str:
    return bytes([len(value.encode())]).hex() + value.encode().hex()


# reserved stamp, UTC offset 37, priority 128, class 6, accuracy, variance, priority 2, grandmaster, 2 steps, GNSS
ANNOUNCE = STAMP + "0025 00 80 06 21 4e5d 80" + GRANDMASTER + "0002 20"
DESCRIPTION = (
    "8000"
    + text("IEEE 802.3")
    + "0006 02a400000001"
    + "0001 0004 0a180001"
    + "02a400 00"
    + text("Acme Time;GPS-100;GT-004711")
    + text("B2;1.4;3.1.1")
    + text("ZQCANARYMARTIN JEANNE;Plant room 2")
    + "00" * 6
)


def management(action: int, number: str, data: str) -> str:
    size = len(bytes.fromhex(data)) + 2
    return message(13, "ff" * 10 + f"00 00 0{action} 00" + f"0001 {size:04x} {number}" + data)


CASES: dict[str, tuple[str, Heard]] = {
    "a sync": (message(0, STAMP), [about("sender", *SELF, ("ptp.role", "master"))]),
    "a delay request, padded as on Ethernet": (
        message(1, STAMP) + "00" * 4,
        [about("sender", *SELF, ("ptp.role", "slave"))],
    ),
    "peers ask each other: neither is master": (message(2, STAMP + "00" * 10), [about("sender", *SELF)]),
    "an announce; the UTC offset is valid by its flag; the grandmaster is not named after a MAC": (
        message(11, ANNOUNCE, flags="0004"),
        [
            about(
                "sender",
                *SELF,
                ("ptp.role", "master"),
                ("ptp.grandmaster_identity", GRANDMASTER),
                ("ptp.clock_class", "6"),
                ("ptp.priority", "128"),
                ("ptp.utc_offset", "37"),
                ("ptp.steps", "2"),
                ("ptp.time_source", "gnss"),
            )
        ],
    ),
    "an announce without a valid UTC offset, of a clock that tells a time source that is none": (
        message(11, ANNOUNCE[:-2] + "99"),
        [
            about(
                "sender",
                *SELF,
                ("ptp.role", "master"),
                ("ptp.grandmaster_identity", GRANDMASTER),
                ("ptp.clock_class", "6"),
                ("ptp.priority", "128"),
                ("ptp.steps", "2"),
            )
        ],
    ),
    "a clock describes itself": (
        management(2, "0001", DESCRIPTION),
        [
            about(
                "sender",
                *SELF,
                ("ptp.manufacturer", "Acme Time"),
                ("ptp.model", "GPS-100"),
                ("ptp.serial", "GT-004711"),
                ("ptp.hardware_revision", "B2"),
                ("ptp.firmware_revision", "1.4"),
                ("ptp.software_revision", "3.1.1"),
                ("ptp.name", "ZQCANARYMARTIN JEANNE"),  # the person filter takes it: see pcaps/ptp
                ("ptp.location", "Plant room 2"),
            )
        ],
    ),
    "the question for it says nothing of who asks": (management(0, "0001", ""), [about("sender", *SELF)]),
    "another data set (user description alone)": (
        management(2, "0002", text("ZQCANARYMARTIN JEANNE")),
        [about("sender", *SELF)],
    ),
    "a description that is cut in its second length": (
        management(2, "0001", "8000 02 4141 ff"),
        [about("sender", *SELF)],
    ),
    "a description that is cut in its texts": (
        management(2, "0001", "8000 00 0000 0001 0000 02a400 00" + text("A;B;C") + "40 4142"),
        [about("sender", *SELF, ("ptp.manufacturer", "A"), ("ptp.model", "B"), ("ptp.serial", "C"))],
    ),
    "longer than the datagram": (message(0, STAMP, length=60), [odd("ptp.malformed")]),
    "shorter than its kind": (message(11, STAMP), [odd("ptp.malformed")]),
    "SNMP, whose first bytes look alike": ("30 82 0030 02 01 01" + "04" * 41, [odd("ptp.malformed")]),
    "version 1": ("00 01" + "00" * 60, [odd("ptp.malformed")]),
    "no identity": (message(0, STAMP, identity="00" * 8), [odd("ptp.malformed")]),
    "nothing": ("", [odd("ptp.malformed")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: str, expected: Heard) -> None:
    assert heard(SPEC, bytes.fromhex(data)) == expected
    assert SPEC.probe(bytes.fromhex(data)) is (expected != [odd("ptp.malformed")])
