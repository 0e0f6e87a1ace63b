"""PTP version 2, the clocks of a site: their identities, who follows whom, and what they are. IEEE 1588-2019.

  0 kind of message 4 bits   1 version 4 bits   2 length 2   4 domain 1   6 flags 2   20 clock identity 8   28 port 2
  30 sequence 2   32 control 1   33 interval 1   34 body (clause 13.3)
  announce (b): 44 UTC offset 2   47 priority 1   48 class 1   53 grandmaster's identity 8   61 steps 2
                63 time source 1 (clause 13.5)
  management (d): 46 action 4 bits   48 type 2: 1   length 2   id 2: 1 is the clock's description (clause 15.5.3)

A clock identity is made from a hardware address of the clock (clause 7.5.2.2): about the sender, as all of it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsers.api import SENDER, DatagramSpec, Event, Odd, Said
from parsers.reading import mac_text, printable, u16

Field = tuple[str, str]

HEAD = 34
VERSIONS = (0x02, 0x12)  # 2.0 and 2.1: the minor version stands before the major one
SDO_MAX = 2  # what the upper half of the first byte may be: 1588, 802.1AS, common link delay (clause 7.1.4)
# kind of message -> bytes at least (clauses 13.6 to 13.12)
SYNC, DELAY_REQUEST, PEER_REQUEST, PEER_RESPONSE, FOLLOW_UP, DELAY_RESPONSE, PEER_FOLLOW_UP = 0, 1, 2, 3, 8, 9, 10
ANNOUNCE, SIGNALLING, MANAGEMENT = 11, 12, 13
SIZES = {
    SYNC: 44,
    DELAY_REQUEST: 44,
    PEER_REQUEST: 54,
    PEER_RESPONSE: 54,
    FOLLOW_UP: 44,
    DELAY_RESPONSE: 54,
    PEER_FOLLOW_UP: 54,
    ANNOUNCE: 64,
    SIGNALLING: 44,
    MANAGEMENT: 48,
}
ROLES = {SYNC: "master", FOLLOW_UP: "master", DELAY_RESPONSE: "master", ANNOUNCE: "master", DELAY_REQUEST: "slave"}
UTC_OFFSET_VALID = 0x04  # second byte of the flags (table 37)
# table 6
TIME_SOURCES = {
    0x10: "atomic clock",
    0x20: "gnss",
    0x30: "radio",
    0x39: "serial time code",
    0x40: "ptp",
    0x50: "ntp",
    0x60: "by hand",
    0x90: "other",
    0xA0: "oscillator",
}
RESPONSE, MANAGEMENT_TLV, CLOCK_DESCRIPTION = 2, 1, 1


def probe(first: bytes) -> bool:
    """Kind and version are known, and the length is that of the message; on Ethernet, padding may follow it."""
    if len(first) < HEAD or first[1] not in VERSIONS or first[0] & 0x0F not in SIZES or first[0] >> 4 > SDO_MAX:
        return False
    return SIZES[first[0] & 0x0F] <= u16(first, 2) <= len(first) and any(first[20:28])


def read(data: bytes) -> Sequence[Event]:
    if not probe(data):
        return (Odd("ptp.malformed"),)
    kind = data[0] & 0x0F
    data = data[: u16(data, 2)]
    fields: list[Field] = [*clock("clock", data[20:28]), ("ptp.domain", str(data[4]))]
    if kind in ROLES:
        fields.append(("ptp.role", ROLES[kind]))
    if kind == ANNOUNCE:
        fields += announce(data)
    elif kind == MANAGEMENT and is_description(data):
        fields += description(data[54 : 52 + u16(data, 50)])
    return (Said(SENDER, tuple(field for field in fields if field[1])),)


def clock(whose: str, identity: bytes) -> list[Field]:
    """An identity, and the hardware address that it was made from: FFFE in the middle, and no bit changed."""
    fields = [(f"ptp.{whose}_identity", identity.hex())]
    if identity[3:5] == b"\xff\xfe" and not identity[0] & 1:
        fields.append((f"ptp.{whose}_mac", mac_text(identity[:3] + identity[5:])))
    return fields


def announce(data: bytes) -> list[Field]:
    fields = [*clock("grandmaster", data[53:61]), ("ptp.clock_class", str(data[48])), ("ptp.priority", str(data[47]))]
    if data[7] & UTC_OFFSET_VALID:
        fields.append(("ptp.utc_offset", str(int.from_bytes(data[44:46], signed=True))))
    return [*fields, ("ptp.steps", str(u16(data, 61))), ("ptp.time_source", TIME_SOURCES.get(data[63], ""))]


def is_description(data: bytes) -> bool:
    """A management message that answers with the clock's description."""
    answers = len(data) >= 54 and data[46] & 0x0F == RESPONSE
    return answers and (u16(data, 48), u16(data, 52)) == (MANAGEMENT_TLV, CLOCK_DESCRIPTION)


def description(value: bytes) -> list[Field]:
    """Clock type 2, physical layer's name, physical address, protocol address, manufacturer's OUI 3, zero 1, then three
    texts: "maker;model;serial number", "hardware;firmware;software", "name;location" (clause 15.5.3.1.2)."""
    at = 2
    for head, size_at in ((1, 0), (2, 0), (4, 2)):  # bytes before a part, and where among them its length ends
        if at + head > len(value):
            return []
        at += head + (value[at] if head == 1 else u16(value, at + size_at))
    at += 4
    fields: list[Field] = []
    for names in (
        ("ptp.manufacturer", "ptp.model", "ptp.serial"),
        ("ptp.hardware_revision", "ptp.firmware_revision", "ptp.software_revision"),
        ("ptp.name", "ptp.location"),
    ):
        if at >= len(value) or at + 1 + value[at] > len(value):
            break
        parts = printable(value[at + 1 : at + 1 + value[at]]).split(";", len(names) - 1)
        fields += [(name, part.strip()) for name, part in zip(names, parts, strict=False)]
        at += 1 + value[at]
    return fields


SPEC = DatagramSpec(
    name="ptp",
    title="PTP",
    carriers=frozenset({"udp", "ethertype:88f7"}),
    ports=frozenset({319, 320}),
    probe=probe,
    read=read,
    emits={
        "ptp.clock_identity": 0.8,
        "ptp.clock_mac": 0.8,
        "ptp.domain": 0.5,
        "ptp.role": 0.6,
        "ptp.grandmaster_identity": 0.6,
        "ptp.grandmaster_mac": 0.6,
        "ptp.clock_class": 0.5,
        "ptp.priority": 0.3,
        "ptp.utc_offset": 0.5,
        "ptp.steps": 0.5,
        "ptp.time_source": 0.5,
        "ptp.manufacturer": 0.8,
        "ptp.model": 0.8,
        "ptp.serial": 0.8,
        "ptp.hardware_revision": 0.7,
        "ptp.firmware_revision": 0.7,
        "ptp.software_revision": 0.7,
        "ptp.name": 0.5,
        "ptp.location": 0.5,
    },
)
