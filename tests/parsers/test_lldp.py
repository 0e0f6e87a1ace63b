"""LLDP frames written by hand from IEEE 802.1AB-2016 clause 8 and ANSI/TIA-1057 clause 10.2."""

from __future__ import annotations

import pytest

from parsers.lldp import SPEC, TLVS_MAX
from tests.parsers.datagrams import Heard, about, heard, odd

MED, IEEE_802_1, PROFINET = "0012bb", "0080c2", "000ecf"


def tlv(kind: int, value: str | bytes) -> str:
    raw = bytes.fromhex(value) if isinstance(value, str) else value
    return (kind << 9 | len(raw)).to_bytes(2, "big").hex() + raw.hex()


def own(organisation: str, subtype: int, value: str | bytes) -> str:
    raw = bytes.fromhex(value) if isinstance(value, str) else value
    return tlv(127, bytes.fromhex(organisation) + bytes([subtype]) + raw)


CHASSIS, PORT = tlv(1, "04 02a100000001"), tlv(2, b"\x05Gi1/0/7")
START = CHASSIS + PORT + tlv(3, "0078")
SELF = (
    ("lldp.chassis_id", "02:a1:00:00:00:01"),
    ("lldp.chassis_type", "mac"),
    ("lldp.port_id", "Gi1/0/7"),
    ("lldp.port_type", "interface name"),
)
END = tlv(0, b"")
CLASS_3, TO_ENDPOINTS = own(MED, 1, "003f 03"), own(MED, 1, "003f 04")


def said(*fields: tuple[str, str]) -> tuple[object, ...]:
    return about("sender", *SELF, *fields)


# RFC 4776 section 3.4: what 1, country FR, then city, building, floor, room; the occupant (23) and the post box (31)
PERSON = b"ZQCANARYMARTIN JEANNE"
CIVIC_PARTS = b"\x03\x04Lyon" + b"\x17" + bytes([len(PERSON)]) + PERSON + b"\x1f\x08ZQCANARY" + b"\x19\x01B\x1c\x03312"
CIVIC = b"\x02" + bytes([3 + len(CIVIC_PARTS)]) + b"\x01FR" + CIVIC_PARTS
# RFC 6225 section 2.2: 34 bits each, 45.5 and -73.25 degrees as 9.25 bits of fixed point
COORDINATES = (
    (34 << 34 | round(45.5 * 2**25)).to_bytes(5, "big") + (34 << 34 | 2**34 - round(73.25 * 2**25)).to_bytes(5, "big")
).hex()

CASES: dict[str, tuple[str, Heard]] = {
    "the least that there can be": (START + END, [said()]),
    "names, description, what is in use of what is there": (
        START
        + tlv(4, b"Room 312")
        + tlv(5, b"sw-ward-3")
        + tlv(6, b"Acme Switch 7.1\nCopyright")
        + tlv(7, "0014 0004")
        + END,
        [
            said(
                ("lldp.port_description", "Room 312"),
                ("lldp.system_name", "sw-ward-3"),
                ("lldp.system_description", "Acme Switch 7.1\nCopyright"),
                ("lldp.capabilities", "bridge"),
            )
        ],
    ),
    "a phone with a switch in it": (START + tlv(7, "0024 0024"), [said(("lldp.capabilities", "bridge,telephone"))]),
    "management addresses of three kinds; interface and object id are skipped": (
        START
        + tlv(8, "05 01 0a150001 02 00000001 00")
        + tlv(8, "11 02 20010db8000000000000000000000001 01 00000000 00")
        + tlv(8, "07 06 02a100000001 01 00000000 00"),
        [
            said(
                ("lldp.management_address", "10.21.0.1"),
                ("lldp.management_address", "2001:db8::1"),
                ("lldp.management_address", "02:a1:00:00:00:01"),
            )
        ],
    ),
    "a management address that nobody has": (START + tlv(8, "05 01 00000000 02 00000001 00"), [said()]),
    "ids of other kinds": (
        tlv(1, b"\x07plc-1") + tlv(2, "04 01 0a150001") + tlv(3, "0078"),
        [
            about(
                "sender",
                ("lldp.chassis_id", "plc-1"),
                ("lldp.chassis_type", "local"),
                ("lldp.port_id", "10.21.0.1"),
                ("lldp.port_type", "network address"),
            )
        ],
    ),
    "a MAC of the wrong length is no id": (tlv(1, "04 02a1000000") + PORT, [about("sender", *SELF[2:])]),
    "a local id that is no text": (
        tlv(1, "07 00ff01") + PORT,
        [about("sender", ("lldp.chassis_id", "00ff01"), ("lldp.chassis_type", "local"), *SELF[2:])],
    ),
    "VLANs of the port (802.1Q annex D)": (
        START + own(IEEE_802_1, 1, "000a") + own(IEEE_802_1, 3, b"\x00\x0a\x05wards") + own(IEEE_802_1, 1, "0000"),
        [said(("lldp.port_vlan", "10"), ("lldp.vlan_name", "10 wards"))],
    ),
    "PROFINET: the chassis' address": (
        START + own(PROFINET, 5, "02a100000009"),
        [said(("lldp.profinet_mac", "02:a1:00:00:00:09"))],
    ),
    "inventory of an endpoint": (
        START
        + CLASS_3
        + own(MED, 5, b"B2")
        + own(MED, 6, b"boot-1.9")
        + own(MED, 7, b"4.2.0")
        + own(MED, 8, b"WP5-004711")
        + own(MED, 9, b"Acme Telecom")
        + own(MED, 10, b"WP-5")
        + own(MED, 11, b"BIOMED-20117"),
        [
            said(
                ("lldp.med_class", "endpoint class 3"),
                ("lldp.hardware_revision", "B2"),
                ("lldp.firmware_revision", "boot-1.9"),
                ("lldp.software_revision", "4.2.0"),
                ("lldp.serial", "WP5-004711"),
                ("lldp.manufacturer", "Acme Telecom"),
                ("lldp.model", "WP-5"),
                ("lldp.asset_id", "BIOMED-20117"),
            )
        ],
    ),
    "policies: tagged VLAN 110, priority 5, DSCP 46; untagged; unknown": (
        START
        + own(MED, 2, "01 40dd6e")
        + own(MED, 2, "06 000000")
        + own(MED, 2, "02 800000")
        + own(MED, 2, "00 40dd6e"),
        [said(("lldp.network_policy", "voice vlan 110"), ("lldp.network_policy", "video conferencing untagged"))],
    ),
    "a civic address, without its occupant": (
        START + CLASS_3 + own(MED, 3, CIVIC),
        [said(("lldp.med_class", "endpoint class 3"), ("lldp.location", "FR, Lyon, B, 312"))],
    ),
    "from a switch it is where the port's endpoint is, whatever the order": (
        START + own(MED, 3, CIVIC) + TO_ENDPOINTS,
        [said(("lldp.port_location", "FR, Lyon, B, 312"), ("lldp.med_class", "network connectivity"))],
    ),
    "an emergency line": (START + own(MED, 3, b"\x030145678901"), [said(("lldp.location", "ELIN 0145678901"))]),
    "an emergency line of letters": (START + own(MED, 3, b"\x03ZQCANARYMARTIN"), [said()]),
    "coordinates": (
        START + own(MED, 3, "01" + COORDINATES + "000000000001"),
        [said(("lldp.location", "45.50000, -73.25000"))],
    ),
    "coordinates of resolution 0 are unknown": (START + own(MED, 3, "01" + "00" * 16), [said()]),
    "another organisation": (START + own("001122", 1, b"ZQCANARY"), [said()]),
    "an organisation without a subtype": (START + tlv(127, "0012bb"), [said()]),
    "what follows the end is not read": (START + END + tlv(5, b"ZQCANARY"), [said()]),
    "a name that was damaged": (START + tlv(5, b"ZQCANARYMART\xff\xff"), [said()]),
    "no end": (START, [said()]),
    "cut in a value; what was before it counts": (START + "0a40" + "41", [odd("lldp.cut"), said()]),
    "the chassis id is not first": (PORT + CHASSIS, [odd("lldp.malformed")]),
    "nothing": ("", [odd("lldp.malformed")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: str, expected: Heard) -> None:
    assert heard(SPEC, bytes.fromhex(data)) == expected


@pytest.mark.parametrize("data", [data for data, _ in CASES.values()], ids=CASES)
def test_what_is_cut_off_says_no_more_than_the_whole(data: str) -> None:
    whole = bytes.fromhex(data)
    known = {field for event in heard(SPEC, whole) if event[0] == "said" for field in event[2]}  # type: ignore[attr-defined]  # a tuple of fields
    for end in range(len(whole)):
        for event in heard(SPEC, whole[:end]):
            if event[0] == "said":
                assert {name for name, _ in event[2]} <= {name for name, _ in known} | {"lldp.location"}  # type: ignore[attr-defined]  # likewise
            assert "ZQCANARY" not in str(event)


def test_the_number_of_tlvs_is_capped() -> None:
    said_first = heard(SPEC, bytes.fromhex(START + tlv(4, b"x") * TLVS_MAX))
    assert said_first == [odd("lldp.too_many_tlvs"), said(("lldp.port_description", "x"))]


def test_probe_wants_a_chassis_id_first() -> None:
    assert SPEC.probe(bytes.fromhex(START)) is True
    assert SPEC.probe(bytes.fromhex(PORT)) is False
    assert SPEC.probe(bytes.fromhex("0207 09 02a100000001")) is False  # a subtype that is reserved
