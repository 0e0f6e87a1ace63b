"""CDP frames written by hand from Cisco's description of the format and from how tcpdump reads it."""

from __future__ import annotations

import struct

import pytest

from parsers.cdp import ADDRESSES_MAX, FIELDS_MAX, SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

HEAD = "aaaa0300000c2000 02 b4 0000"


def field(kind: int, value: str | bytes) -> str:
    raw = bytes.fromhex(value) if isinstance(value, str) else value
    return (struct.pack(">HH", kind, len(raw) + 4) + raw).hex()


V4, V6 = "01 01 cc 0004 0a150001", "02 08 aaaa0300000086dd 0010 20010db8000000000000000000000001"
APPLETALK = "02 08 aaaa030000 00809b 0003 000102"


def sender(*fields: tuple[str, str]) -> Heard:
    return [about("sender", *fields)]


CASES: dict[str, tuple[str, Heard]] = {
    "a switch": (
        HEAD
        + field(1, b"sw-ward-3")
        + field(5, b"Cisco IOS Software, C3560\nCopyright")
        + field(6, b"cisco WS-C3560-24TS")
        + field(3, b"FastEthernet0/13")
        + field(4, "00000028")
        + field(9, b"hospital")
        + field(0xA, "0001")
        + field(0xB, "01"),
        sender(
            ("cdp.device_id", "sw-ward-3"),
            ("cdp.software_version", "Cisco IOS Software, C3560\nCopyright"),
            ("cdp.platform", "cisco WS-C3560-24TS"),
            ("cdp.port_id", "FastEthernet0/13"),
            ("cdp.capabilities", "switch,igmp"),
            ("cdp.vtp_domain", "hospital"),
            ("cdp.native_vlan", "1"),
        ),
    ),
    "a phone asks for its VLAN and is told": (
        HEAD + field(1, b"SEP02A100000011") + field(4, "00000490") + field(0xE, "01 006e"),
        sender(
            ("cdp.device_id", "SEP02A100000011"),
            ("cdp.capabilities", "host,telephone,two-port relay"),
            ("cdp.voice_vlan", "110"),
        ),
    ),
    "addresses: of IPv4, of another protocol (stepped over), of IPv6": (
        HEAD + field(2, "00000003" + V4 + APPLETALK + V6),
        sender(("cdp.address", "10.21.0.1"), ("cdp.address", "2001:db8::1")),
    ),
    "a management address that is also among the addresses is said once": (
        HEAD + field(2, "00000001" + V4) + field(0x16, "00000001" + V4),
        sender(("cdp.address", "10.21.0.1")),
    ),
    "an address list that counts more than it has": (
        HEAD + field(2, "00000009" + V4) + field(1, b"x"),
        sender(("cdp.address", "10.21.0.1"), ("cdp.device_id", "x")),
    ),
    "system name, location, serial number": (
        HEAD + field(0x14, b"ap-7") + field(0x17, b"\0Building B") + field(0x1001, b"SN-4711"),
        sender(("cdp.system_name", "ap-7"), ("cdp.location", "Building B"), ("cdp.serial", "SN-4711")),
    ),
    "wireless network names and cluster management are not read": (
        HEAD + field(0x1002, b"ZQCANARY") + field(8, b"ZQCANARY") + field(1, b"x"),
        sender(("cdp.device_id", "x")),
    ),
    "a name that was damaged": (
        HEAD + field(1, b"ZQCANARYMART\xff\xff") + field(6, b"y"),
        sender(("cdp.platform", "y")),
    ),
    "cut in a field; those before it count": (
        HEAD + field(1, b"x") + "0005 0040 41",
        [odd("cdp.cut"), *sender(("cdp.device_id", "x"))],
    ),
    "a field shorter than its head": (
        HEAD + field(1, b"x") + "0005 0003" + field(6, b"y"),
        [odd("cdp.cut"), *sender(("cdp.device_id", "x"))],
    ),
    "no more than the head": (HEAD, [odd("cdp.malformed")]),
    "per-VLAN spanning tree has the same LLC and organisation": (
        "aaaa0300000c010b 0000 00 00 00000000",
        [odd("cdp.malformed")],
    ),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: str, expected: Heard) -> None:
    assert heard(SPEC, bytes.fromhex(data)) == expected


def test_the_numbers_of_fields_and_addresses_are_capped() -> None:
    many = heard(SPEC, bytes.fromhex(HEAD + field(1, b"x") * FIELDS_MAX + field(6, b"y")))
    assert many == [odd("cdp.too_many_fields"), *sender(("cdp.device_id", "x"))]
    each = "".join(f"01 01 cc 0004 0a1500{n:02x}" for n in range(1, ADDRESSES_MAX + 3))
    listed = heard(SPEC, bytes.fromhex(HEAD + field(2, f"{ADDRESSES_MAX + 2:08x}" + each)))
    assert listed == sender(*(("cdp.address", f"10.21.0.{n}") for n in range(1, ADDRESSES_MAX + 1)))


def test_probe_takes_cdp_alone() -> None:
    assert SPEC.probe(bytes.fromhex(HEAD + field(1, b"x"))) is True
    assert SPEC.probe(bytes.fromhex("aaaa0300000c2004" + "02b40000" + field(1, b"x"))) is False  # DTP
    assert SPEC.probe(bytes.fromhex("424203" + "00" * 20)) is False
