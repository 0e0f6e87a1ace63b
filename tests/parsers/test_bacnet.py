"""BACnet written by hand from ASHRAE 135 clauses 6, 15, 20 and annex J."""

from __future__ import annotations

import random

import pytest

from parsers.bacnet import SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

CANARY = b"ZQCANARY"
I_AM = "10 00 c4 02 00 03 e9 22 05 c4 91 00 21 24"  # device 1001, vendor 36
Field = tuple[str, str]


def bvlc(rest: str, function: str = "0a") -> bytes:
    raw = bytes.fromhex(rest)
    return bytes.fromhex(f"81 {function} {len(raw) + 4:04x}") + raw


def plain(service: str, control: str = "00") -> bytes:
    return bvlc(f"01 {control} {service}")


def text(value: str, charset: int = 0, encoding: str = "utf-8") -> str:
    raw = bytes((charset,)) + value.encode(encoding)
    return (f"75 {len(raw):02x}" if len(raw) > 4 else f"{0x70 + len(raw):02x}") + raw.hex()


def answer(name: str, value: str, device: str = "02 00 03 e9") -> str:
    """ReadProperty: object [0], property [1], value [3]."""
    return f"30 01 0c 0c {device} {name} 3e {value} 3f"


def role(name: str) -> tuple[object, ...]:
    return about("sender", ("bacnet.role", name))


def behind(name: str, *fields: Field) -> tuple[object, ...]:
    return ("said", ("sender", "", (("model_station", name, ""),)), fields)


DEVICE: tuple[Field, ...] = (
    ("bacnet.role", "device"),
    ("bacnet.device_instance", "1001"),
    ("bacnet.vendor_id", "36"),
)
SELF = ("bacnet.device_instance", "1001")
CASES: dict[str, tuple[bytes, Heard]] = {
    "a device": (plain(I_AM, "20 ff ff 00 ff"), [about("sender", *DEVICE)]),
    "a device behind a router": (plain(I_AM, "08 20 01 01 48"), [behind("BACnet address 72 on network 8193", *DEVICE)]),
    "one with an address of the internet protocol": (
        plain(I_AM, "08 00 05 06 0a 46 00 14 ba c0"),
        [about("10.70.0.20", *DEVICE)],
    ),
    "one that another forwards": (
        bvlc("0a 46 00 14 ba c0 01 00" + I_AM, "04"),
        [role("broadcast_manager"), about("10.70.0.20", *DEVICE)],
    ),
    "on Ethernet, with padding": (
        bytes.fromhex("82 82 03 01 00" + I_AM + "00" * 10),
        [about("sender", *DEVICE)],
    ),
    "without a number yet": (
        plain(I_AM.replace("02 00 03 e9", "02 3f ff ff")),
        [about("sender", DEVICE[0], DEVICE[2])],
    ),
    "its name": (
        plain("10 01 c4 02 00 03 e9 c4 02 00 03 e9" + text("AHU-3")),
        [about("sender", DEVICE[0], SELF, ("bacnet.name", "AHU-3"))],
    ),
    "the name of a point": (
        plain("10 01 c4 02 00 03 e9 c4 00 00 00 01" + text("ZQCANARY")),
        [about("sender", DEVICE[0], SELF)],
    ),
    "who is there": (plain("10 08"), [role("client")]),
    "a question": (plain("00 05 01 0c 0c 02 00 03 e9 19 4d"), [role("client")]),
    "a change": (
        plain("00 05 01 0f 0c 00 80 00 01 19 55 3e 75 09 00" + CANARY.hex() + "3f"),
        [role("client"), ("flag", ("sender", "", ()), "bacnet.writes")],
    ),
    "model, with a long number of the property": (
        plain(answer("1a 00 46", text("VAV-80"))),
        [about("sender", SELF, ("bacnet.model", "VAV-80"))],
    ),
    "in UCS-2": (
        plain(answer("19 4d", text("Büro", 4, "utf-16-be"))),
        [about("sender", SELF, ("bacnet.name", "Büro"))],
    ),
    "serial number": (
        plain(answer("1a 01 74", text("AC-4711"))),
        [about("sender", SELF, ("bacnet.serial", "AC-4711"))],
    ),
    "its vendor's number": (plain(answer("19 78", "22 03 e7")), [about("sender", SELF, ("bacnet.vendor_id", "999"))]),
    "a description": (plain(answer("19 1c", text("ZQCANARY"))), []),
    "the name of a point that was asked for": (plain(answer("19 4d", text("ZQCANARY"), "00 80 00 01")), []),
    "several properties of two objects, one with an error": (
        plain(
            "30 01 0e 0c 02 00 03 e9 1e 29 46 4e"
            + text("VAV")
            + "4f 29 3a 5e 91 02 91 20 5f 29 2c 4e"
            + text("1.2")
            + "4f 1f 0c 00 80 00 01 1e 29 4d 4e"
            + text("ZQCANARY")
            + "4f 1f"
        ),
        [about("sender", SELF, ("bacnet.model", "VAV"), ("bacnet.firmware", "1.2"))],
    ),
    "the second part of a long answer": (plain("38 01 01 04 0e" + text("ZQCANARY")), []),
    "a router": (
        plain("01 07 d1 00 0d", "80"),
        [about("sender", ("bacnet.role", "router"), ("bacnet.networks", "2001,13"))],
    ),
    "a foreign device": (bvlc("00 3c", "05"), [role("foreign_device")]),
    "a message to people": (plain("10 05 0c 02 00 00 05 29 00 3d 09 00" + CANARY.hex()), []),
    "an event": (plain("10 03 09 01 cd 09 00" + CANARY.hex()), []),
    "a cut text": (plain("30 01 0c 0c 02 00 03 e9 19 4d 3e 75 20 00 41"), []),
    "a cut address": (plain("", "08 20 01 06 48"), [odd("bacnet.malformed")]),
    "a length that is not": (bytes.fromhex("81 0a 00 20 01 00 10 08"), [odd("bacnet.malformed")]),
    "nothing": (b"", [odd("bacnet.malformed")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: bytes, expected: Heard) -> None:
    assert heard(SPEC, data) == expected


def test_other_traffic_is_not_taken_for_it() -> None:
    rng = random.Random(6)
    assert not any(SPEC.probe(rng.randbytes(60)) for _ in range(5000))
    assert SPEC.probe(plain(I_AM))
