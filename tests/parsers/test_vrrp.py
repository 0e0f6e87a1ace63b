"""Advertisements written by hand from RFC 2338, RFC 3768 and RFC 9568 section 5."""

from __future__ import annotations

import pytest

from parsers.vrrp import ADDRESSES_MAX, SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

PASSWORD = b"ZQCANARY".hex()
NONE = "00" * 8
V6 = "fe80000000000000 0000000000000001"
CLEARTEXT = ("flag", ("sender", "", ()), "vrrp.cleartext_password")


def said(version: str, router: str, priority: str, mac: str, *addresses: tuple[str, str]) -> tuple[object, ...]:
    head = (
        ("vrrp.version", version),
        ("vrrp.router_id", router),
        ("vrrp.priority", priority),
        ("vrrp.virtual_mac", mac),
    )
    return about("sender", *head, *addresses)


def shared(*addresses: str) -> list[tuple[str, str]]:
    return [("vrrp.virtual_address", address) for address in addresses]


CASES: dict[str, tuple[str, Heard]] = {
    "version 2 without authentication": (
        "21 07 64 01 00 01 beef 0a160001" + NONE,
        [said("2", "7", "100", "00:00:5e:00:01:07", *shared("10.22.0.1"))],
    ),
    "a password in clear (RFC 2338 section 5.3.6.2)": (
        "21 07 64 01 01 01 beef 0a160001" + PASSWORD,
        [said("2", "7", "100", "00:00:5e:00:01:07", *shared("10.22.0.1")), CLEARTEXT],
    ),
    "priority 255: the addresses are the sender's own (section 5.2.4)": (
        "21 0a ff 02 00 01 beef 0a160002 0a160003" + NONE,
        [
            said(
                "2",
                "10",
                "255",
                "00:00:5e:00:01:0a",
                ("vrrp.owned_address", "10.22.0.2"),
                ("vrrp.owned_address", "10.22.0.3"),
            )
        ],
    ),
    "priority 0: the sender stops, and the address is as shared as before": (
        "31 07 00 01 0064 beef 0a160001",
        [said("3", "7", "0", "00:00:5e:00:01:07", *shared("10.22.0.1"))],
    ),
    "version 3, IPv6: another block of hardware addresses (RFC 9568 section 7.3)": (
        "31 07 64 01 0064 beef" + V6,
        [said("3", "7", "100", "00:00:5e:00:02:07", *shared("fe80::1"))],
    ),
    "version 3, four addresses of IPv4 are not one of IPv6": (
        "31 07 64 04 0064 beef 0a160001 0a160002 0a160003 0a160004",
        [said("3", "7", "100", "00:00:5e:00:01:07", *shared("10.22.0.1", "10.22.0.2", "10.22.0.3", "10.22.0.4"))],
    ),
    "CARP: version 2, type 1, 36 bytes": ("21 07 64 07 00 01 beef" + "ab" * 28, [odd("vrrp.malformed")]),
    "fewer addresses than counted": ("31 07 64 02 0064 beef 0a160001", [odd("vrrp.malformed")]),
    "router id 0 (section 5.2.3)": ("31 00 64 01 0064 beef 0a160001", [odd("vrrp.malformed")]),
    "no address": ("31 07 64 00 0064 beef", [odd("vrrp.malformed")]),
    "nothing": ("", [odd("vrrp.malformed")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: str, expected: Heard) -> None:
    assert heard(SPEC, bytes.fromhex(data)) == expected
    assert SPEC.probe(bytes.fromhex(data)) is (expected != [odd("vrrp.malformed")])


def test_the_number_of_addresses_is_capped() -> None:
    count = ADDRESSES_MAX + 5
    data = bytes.fromhex(f"31 07 64 {count:02x} 0064 beef") + b"".join(bytes([10, 22, 0, n]) for n in range(count))
    ((_, _, fields),) = heard(SPEC, data)
    assert sum(name == "vrrp.virtual_address" for name, _ in fields) == ADDRESSES_MAX  # type: ignore[attr-defined]  # a tuple of fields
