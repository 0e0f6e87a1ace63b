"""ARP frames written by hand from RFC 826 and RFC 5227."""

from __future__ import annotations

import pytest

from parsers.arp import SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

HEAD = "0001 0800 06 04 "  # Ethernet, IPv4, 6 and 4 bytes
MAC_A, MAC_B = "02a000000001 ", "02a000000002 "
IP_A, IP_B = "0a000005 ", "0a000009 "  # 10.0.0.5, 10.0.0.9
NONE_MAC, NONE_IP = "000000000000 ", "00000000 "
A = about("02:a0:00:00:00:01", ("arp.address", "10.0.0.5"))

CASES: dict[str, tuple[str, Heard]] = {
    "a request binds its sender and not the address asked for": (HEAD + "0001" + MAC_A + IP_A + NONE_MAC + IP_B, [A]),
    "a reply binds its sender and not the one that asked": (HEAD + "0002" + MAC_A + IP_A + MAC_B + IP_B, [A]),
    "an announcement: sender and target address equal (RFC 5227 section 3)": (
        HEAD + "0001" + MAC_A + IP_A + NONE_MAC + IP_A,
        [A],
    ),
    "padding of a short frame is not looked at": (HEAD + "0001" + MAC_A + IP_A + NONE_MAC + IP_B + "ff" * 18, [A]),
    "a probe binds nothing (RFC 5227 section 2.1.1)": (HEAD + "0001" + MAC_A + NONE_IP + NONE_MAC + IP_A, []),
    "a group address sends nothing": (
        HEAD + "0002 ffffffffffff" + IP_A + MAC_B + IP_B,
        [odd("arp.impossible_hardware_address")],
    ),
    "a multicast hardware address": (
        HEAD + "0002 01005e000001" + IP_A + MAC_B + IP_B,
        [odd("arp.impossible_hardware_address")],
    ),
    "an empty hardware address": (
        HEAD + "0002" + NONE_MAC + IP_A + MAC_B + IP_B,
        [odd("arp.impossible_hardware_address")],
    ),
    "the broadcast address": (HEAD + "0002" + MAC_A + "ffffffff" + MAC_B + IP_B, [odd("arp.impossible_address")]),
    "a multicast address": (HEAD + "0002" + MAC_A + "e0000001" + MAC_B + IP_B, [odd("arp.impossible_address")]),
    "loopback": (HEAD + "0002" + MAC_A + "7f000001" + MAC_B + IP_B, [odd("arp.impossible_address")]),
    "IEEE 802 hardware type": ("0006 0800 06 04 0002" + MAC_A + IP_A + MAC_B + IP_B, [A]),
    "hardware addresses of 8 bytes": (
        "0018 0800 08 04 0001" + "02a0000000000001" + IP_A + "00" * 8 + IP_B,
        [odd("arp.not_ethernet_ipv4")],
    ),
    "protocol addresses of 16 bytes": (
        "0001 86dd 06 10 0001" + MAC_A + "00" * 16 + MAC_B + "00" * 16,
        [odd("arp.not_ethernet_ipv4")],
    ),
    "inverse ARP, operation 8 (RFC 2390)": (
        HEAD + "0008" + MAC_A + IP_A + MAC_B + NONE_IP,
        [odd("arp.not_ethernet_ipv4")],
    ),
    "cut in the target": (HEAD + "0001" + MAC_A + IP_A + NONE_MAC + "0a00", [odd("arp.cut")]),
    "cut in the head": ("0001 0800 06", [odd("arp.cut")]),
    "nothing": ("", [odd("arp.cut")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: str, expected: Heard) -> None:
    assert heard(SPEC, bytes.fromhex(data)) == expected


def test_probe_looks_at_the_structure() -> None:
    assert SPEC.probe(bytes.fromhex(HEAD + "0001" + MAC_A)) is True
    assert SPEC.probe(bytes.fromhex("0001 0800 06 06 0001")) is False
    assert SPEC.probe(b"GET / HTTP/1.1\r\n") is False
