"""CDP, Cisco's discovery protocol: what a port's owner says of itself, and which port that is. Cisco, "Frame Formats".

  LLC and SNAP aa aa 03 00 00 0c 20 00, then: 0 version 1   1 time to live 1   2 checksum 2   4 fields
  field: type 2, length 2 with these four bytes, value
  1 device id   2 addresses   3 port id   4 capabilities 4   5 software version   6 platform   9 VTP domain
  a native VLAN 2   e voice VLAN: application 1, VLAN 2   14 system name   16 management addresses
  17 location: 1, text   1001 serial number, of HP's access points
  address: protocol type 1, its length 1, protocol, length 2, address

CDP goes from one port to the next (switches that do not speak it hand it on): all of it is about the sender.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from parsers.api import SENDER, DatagramSpec, Event, Odd, Said
from parsers.reading import clean, ip_text, printable, u16, u32

Field = tuple[str, str]

SNAP = b"\xaa\xaa\x03\x00\x00\x0c\x20\x00"
HEAD = len(SNAP) + 4
FIELDS_MAX = 64  # of a frame; what a full switch sends is a third of that
ADDRESSES_MAX = 8  # of one list; a switch has one, a router a few
IPV4_PROTOCOL = b"\x01\x01\xcc"  # an NLPID (ISO/IEC TR 9577): one byte, CC
IPV6_PROTOCOL = b"\x02\x08\xaa\xaa\x03\x00\x00\x00\x86\xdd"  # an LLC header: eight bytes, ethertype 86DD

# bit 0 first
USES = (
    *("router", "transparent bridge", "source route bridge", "switch", "host", "igmp", "repeater", "telephone"),
    *("remotely managed", "cast port", "two-port relay"),
)

SOFTWARE_VERSION = 0x05  # several lines
TEXTS = {
    0x01: "cdp.device_id",
    0x03: "cdp.port_id",
    0x06: "cdp.platform",
    0x09: "cdp.vtp_domain",
    0x14: "cdp.system_name",
    0x1001: "cdp.serial",
}


def probe(first: bytes) -> bool:
    return first[: len(SNAP)] == SNAP and len(first) >= HEAD + 4 and first[len(SNAP)] in (1, 2)


def read(data: bytes) -> Sequence[Event]:
    if not probe(data):
        return (Odd("cdp.malformed"),)
    out: list[Event] = []
    fields: list[Field] = []
    at = HEAD
    for _ in range(FIELDS_MAX):
        if at + 4 > len(data):
            break
        size = u16(data, at + 2)
        if size < 4 or at + size > len(data):
            out.append(Odd("cdp.cut"))
            break
        if read_field := READERS.get(u16(data, at)):
            fields += read_field(data[at + 4 : at + size])
        at += size
    else:
        out.append(Odd("cdp.too_many_fields"))
    said = tuple(dict.fromkeys((name, text) for name, text in fields if text))
    if said:
        out.append(Said(SENDER, said))
    return out


def text_of(observable: str) -> Callable[[bytes], list[Field]]:
    """One line. What is no text is left out: no filter could tell whether it names a person."""
    return lambda value: [(observable, printable(value))]


def software_version(value: bytes) -> list[Field]:
    return [("cdp.software_version", clean(value))]


def addresses(value: bytes) -> list[Field]:
    """Those of IP; of another protocol (AppleTalk, IPX) they are stepped over."""
    found: list[Field] = []
    at = 4
    for _ in range(min(u32(value, 0), ADDRESSES_MAX) if len(value) >= 4 else 0):
        if at + 2 > len(value) or at + 4 + value[at + 1] > len(value):
            break
        protocol = value[at : at + 2 + value[at + 1]]
        at += len(protocol) + 2
        size = u16(value, at - 2)
        raw = value[at : at + size]
        if (protocol, len(raw)) in ((IPV4_PROTOCOL, 4), (IPV6_PROTOCOL, 16)) and any(raw):
            found.append(("cdp.address", ip_text(raw)))
        at += size
    return found


def capabilities(value: bytes) -> list[Field]:
    """What it is in use as, all in one text: only together do they tell a phone from a switch."""
    if len(value) != 4:
        return []
    bits = u32(value, 0)
    return [("cdp.capabilities", ",".join(use for bit, use in enumerate(USES) if bits >> bit & 1))]


def native_vlan(value: bytes) -> list[Field]:
    return [("cdp.native_vlan", str(u16(value, 0)))] if len(value) == 2 else []


def voice_vlan(value: bytes) -> list[Field]:
    return [("cdp.voice_vlan", str(u16(value, 1)))] if len(value) == 3 else []


def location(value: bytes) -> list[Field]:
    return [("cdp.location", printable(value[1:]))]


READERS: dict[int, Callable[[bytes], list[Field]]] = {
    **{kind: text_of(observable) for kind, observable in TEXTS.items()},
    SOFTWARE_VERSION: software_version,
    0x02: addresses,
    0x04: capabilities,
    0x0A: native_vlan,
    0x0E: voice_vlan,
    0x16: addresses,
    0x17: location,
}


SPEC = DatagramSpec(
    name="cdp",
    title="CDP",
    carriers=frozenset({"llc:aaaa"}),
    probe=probe,
    read=read,
    emits={
        "cdp.device_id": 0.8,
        "cdp.system_name": 0.8,
        "cdp.address": 0.7,
        "cdp.port_id": 0.8,
        "cdp.capabilities": 0.7,
        "cdp.software_version": 0.8,
        "cdp.platform": 0.8,
        "cdp.serial": 0.9,
        "cdp.vtp_domain": 0.5,
        "cdp.native_vlan": 0.8,
        "cdp.voice_vlan": 0.7,
        "cdp.location": 0.6,
    },
    never_reads="cluster and power management, wireless network names",
)
