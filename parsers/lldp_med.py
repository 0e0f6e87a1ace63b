"""LLDP-MED: inventory, location and network policy. ANSI/TIA-1057-2006 clause 10.2; RFC 4776, RFC 6225.

1 capabilities 2, device class 1      2 policy: application 1, U T X flags, VLAN 12 bits, priority 3, DSCP 6
3 location: format 1 (1 coordinates, 2 civic address, 3 emergency line number), data
5 to 11 hardware, firmware and software revision, serial number, manufacturer, model, asset id: text
"""

from __future__ import annotations

from parsers.api import TEXT_MAX
from parsers.reading import printable, u16

Field = tuple[str, str]

MED = b"\x00\x12\xbb"
CAPABILITIES, POLICY, LOCATION = 1, 2, 3
INVENTORY = {
    5: "lldp.hardware_revision",
    6: "lldp.firmware_revision",
    7: "lldp.software_revision",
    8: "lldp.serial",
    9: "lldp.manufacturer",
    10: "lldp.model",
    11: "lldp.asset_id",
}
TO_ENDPOINTS = "network connectivity"
CLASSES = {1: "endpoint class 1", 2: "endpoint class 2", 3: "endpoint class 3", 4: TO_ENDPOINTS}
APPLICATIONS = {
    1: "voice",
    2: "voice signalling",
    3: "guest voice",
    4: "guest voice signalling",
    5: "softphone voice",
    6: "video conferencing",
    7: "streaming video",
    8: "video signalling",
}
UNKNOWN_POLICY, TAGGED = 1 << 23, 1 << 22  # of the 24 bits after the application

COORDINATES, CIVIC, EMERGENCY_LINE = 1, 2, 3
CIVIC_PARTS_MAX = 32  # elements of one address: there are about 30 types
# Types of RFC 4776 section 3.4 that say where, from the large to the small: country parts, roads, house, then building,
# unit, floor, room and seat. 23 and 30 to 32 (name of the occupant, postal community, box and code) are never read.
WHERE = (1, 2, 3, 4, 5, 34, 35, 36, 37, 38, 39, 6, 16, 17, 18, 40, 19, 20, 21, 22, 25, 26, 27, 28, 33)


def device_class(value: bytes) -> str:
    """Of an organisation's TLV, if it is the one that tells the class; else ""."""
    return CLASSES.get(value[6], "") if len(value) == 7 and value[:4] == MED + b"\1" else ""


def med(subtype: int, value: bytes, of_switch: bool) -> list[Field]:
    if subtype in INVENTORY:
        return [(INVENTORY[subtype], printable(value))]
    if subtype == CAPABILITIES and len(value) == 3:
        return [("lldp.med_class", CLASSES.get(value[2], ""))]
    if subtype == POLICY and len(value) == 4:
        return [("lldp.network_policy", policy(value))]
    if subtype == LOCATION and value:
        # what a switch sends is where the port's endpoint is (clause 10.2.4.3), which need not be where the switch is
        return [("lldp.port_location" if of_switch else "lldp.location", location(value[0], value[1:]))]
    return []


def policy(value: bytes) -> str:
    """Application and its VLAN; "" where the endpoint asks for one (U flag) or the application is reserved."""
    bits = value[1] << 16 | u16(value, 2)
    application = APPLICATIONS.get(value[0], "")
    if not application or bits & UNKNOWN_POLICY:
        return ""
    return f"{application} vlan {bits >> 9 & 0xFFF}" if bits & TAGGED else f"{application} untagged"


def location(form: int, value: bytes) -> str:
    if form == COORDINATES and len(value) == 16:
        return coordinates(value)
    if form == CIVIC:
        return civic(value)
    if form == EMERGENCY_LINE and 10 <= len(value) <= 25 and value.isdigit():
        return f"ELIN {value.decode()}"
    return ""


def coordinates(value: bytes) -> str:
    """Latitude and longitude in degrees: 6 bits of resolution, then a fixed-point number of 9.25 bits, each (RFC 6225
    section 2.2). A resolution of 0 means unknown."""
    degrees = []
    for at in (0, 5):
        bits = int.from_bytes(value[at : at + 5])
        resolution, number = bits >> 34, bits & (1 << 34) - 1
        if not 0 < resolution <= 34:
            return ""
        degrees.append((number - (1 << 34) if number >> 33 else number) / (1 << 25))
    latitude, longitude = degrees
    return f"{latitude:.5f}, {longitude:.5f}" if abs(latitude) <= 90 and abs(longitude) <= 180 else ""


def civic(value: bytes) -> str:
    """Length, what it is the place of, country 2, then elements: type 1, length 1, text."""
    if len(value) < 4 or value[0] + 1 > len(value):
        return ""
    parts: dict[int, str] = {}
    at, stop = 4, value[0] + 1
    for _ in range(CIVIC_PARTS_MAX):
        if at + 2 > stop or at + 2 + value[at + 1] > stop:
            break
        if value[at] in WHERE:
            parts.setdefault(value[at], printable(value[at + 2 : at + 2 + value[at + 1]]))
        at += 2 + value[at + 1]
    country = printable(value[2:4])
    return ", ".join(filter(None, (country, *(parts.get(kind, "") for kind in WHERE))))[:TEXT_MAX]
