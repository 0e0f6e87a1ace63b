"""Messages written by hand from RFC 2281 section 5 and, for version 2, from Wireshark's description."""

from __future__ import annotations

import pytest

from parsers.hsrp import PARTS_MAX, SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

DEFAULT, PASSWORD, NONE = b"cisco\0\0\0".hex(), b"ZQCANARY".hex(), "00" * 8
TIMERS_2 = "0000006e 00000bb8 00002710"  # priority 110, hello 3 s, hold 10 s
GROUP_4 = "01 28 02 00 06 04 012c 02a300000001" + TIMERS_2 + "0a170001" + "00" * 12
GROUP_6 = "01 28 02 00 05 06 0005 02a300000002" + TIMERS_2 + "fe80000000000000 0000000000000001"


def flag(name: str) -> tuple[object, ...]:
    return ("flag", ("sender", "", ()), name)


def said(version: str, state: str, group: str, priority: str, mac: str, *more: tuple[str, str]) -> tuple[object, ...]:
    names = ("version", "state", "group", "priority", "virtual_mac")
    head = zip(names, (version, state, group, priority, mac), strict=True)
    return about("sender", *((f"hsrp.{name}", value) for name, value in head), *more)


ACTIVE = said("1", "active", "5", "110", "00:00:0c:07:ac:05", ("hsrp.virtual_address", "10.23.0.1"))
GROUP_4_SAID = said(
    "2",
    "active",
    "300",
    "110",
    "00:00:0c:9f:f1:2c",
    ("hsrp.interface_mac", "02:a3:00:00:00:01"),
    ("hsrp.virtual_address", "10.23.0.1"),
)
CASES: dict[str, tuple[str, Heard]] = {
    "the default password": ("00 00 10 03 0a 6e 05 00" + DEFAULT + "0a170001", [ACTIVE, flag("hsrp.default_password")]),
    "another password": ("00 00 10 03 0a 6e 05 00" + PASSWORD + "0a170001", [ACTIVE, flag("hsrp.cleartext_password")]),
    "MD5: no password, a digest after the message": (
        "00 00 10 03 0a 6e 05 00" + NONE + "0a170001" + "04 1c 01 00 0000 0a170002 00000001" + "ab" * 16,
        [ACTIVE],
    ),
    "an address that is not learnt yet": (
        "00 01 04 03 0a 64 05 00" + NONE + "00000000",
        [said("1", "speak", "5", "100", "00:00:0c:07:ac:05")],
    ),
    "version 2, group 300": (GROUP_4 + "03 08" + PASSWORD, [GROUP_4_SAID, flag("hsrp.cleartext_password")]),
    "version 2 with the default password": (GROUP_4 + "03 08" + DEFAULT, [GROUP_4_SAID, flag("hsrp.default_password")]),
    "version 2 over IPv6, with interface state and MD5": (
        GROUP_6 + "02 04 0001 0000" + "04 1c 01 00 0000 0a170002 00000001" + "ab" * 16,
        [
            said(
                "2",
                "standby",
                "5",
                "110",
                "00:05:73:a0:00:05",
                ("hsrp.interface_mac", "02:a3:00:00:00:02"),
                ("hsrp.virtual_address", "fe80::1"),
            )
        ],
    ),
    "cut after the first part": (GROUP_4 + "03 08 5a51", [GROUP_4_SAID, odd("hsrp.cut")]),
    "nothing but zeros": ("00" * 20, [odd("hsrp.malformed")]),
    "an advertisement of an interface (operation 3) names no address": (
        "00 03 0001 000a 02 00 0001 0000 00000000" + "00" * 4,
        [odd("hsrp.malformed")],
    ),
    "a group as shared address": ("00 00 10 03 0a 6e 05 00" + DEFAULT + "e0000002", [odd("hsrp.malformed")]),
    "nothing": ("", [odd("hsrp.malformed")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: str, expected: Heard) -> None:
    assert heard(SPEC, bytes.fromhex(data)) == expected
    assert SPEC.probe(bytes.fromhex(data)) is (expected != [odd("hsrp.malformed")])


def test_the_number_of_parts_is_capped() -> None:
    assert heard(SPEC, bytes.fromhex(GROUP_4 + "02 00" * PARTS_MAX))[-1] == odd("hsrp.too_many_parts")
