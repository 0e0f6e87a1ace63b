"""LLDP: what a port's owner says of itself, and which port that is. IEEE 802.1AB-2016 clause 8; TIA-1057 (LLDP-MED).

  TLV: type 7 bits, length 9 bits, value; in this order: 1 chassis id, 2 port id, 3 time to live; 0 ends
  1 chassis id   subtype 1, id        2 port id   subtype 1, id        4 port description   5 system name
  6 system description                7 capabilities: those it has 2, those in use 2
  8 management address: length 1 of subtype and address, subtype 1 (1 IPv4, 2 IPv6, 6 MAC), address, interface, OID
  127 organisation 3, subtype 1, value

LLDP is never forwarded (802.1AB clause 7.1), so all of it is about the sender. Where that is a switch, the port id
names the port that this wire, and whoever hangs on it, is plugged into.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from parsers.api import SENDER, DatagramSpec, Event, Odd, Said
from parsers.lldp_med import MED, TO_ENDPOINTS, Field, device_class, med
from parsers.reading import clean, ip_text, mac_text, printable, text_or_hex, u16

END, CHASSIS_ID, PORT_ID, TTL, PORT_DESCRIPTION, SYSTEM_NAME, SYSTEM_DESCRIPTION = range(7)
CAPABILITIES, MANAGEMENT_ADDRESS, ORGANISATION = 7, 8, 127
TLVS_MAX = 128  # of a frame; what a full switch sends is a third of that
IEEE_802_1, PROFINET = b"\x00\x80\xc2", b"\x00\x0e\xcf"

# 802.1AB tables 8-2 and 8-3; ids of the other subtypes are text
CHASSIS_TYPES = {
    1: "chassis component",
    2: "interface alias",
    3: "port component",
    4: "mac",
    5: "network address",
    6: "interface name",
    7: "local",
}
PORT_TYPES = {
    1: "interface alias",
    2: "port component",
    3: "mac",
    4: "network address",
    5: "interface name",
    6: "agent circuit id",
    7: "local",
}
MAC, NETWORK_ADDRESS = "mac", "network address"

# 802.1AB table 8-4, bit 0 first
USES = (
    *("other", "repeater", "bridge", "wlan", "router", "telephone", "docsis", "station"),
    *("c-vlan", "s-vlan", "two-port relay"),
)

NAMES = {PORT_DESCRIPTION: "lldp.port_description", SYSTEM_NAME: "lldp.system_name"}


def probe(first: bytes) -> bool:
    """The chassis id is the first TLV (clause 8.2), of 2 to 256 bytes, and of a subtype that there is."""
    return len(first) >= 4 and first[0] | 1 == 3 and u16(first, 0) & 0x1FF >= 2 and first[2] in CHASSIS_TYPES


def read(data: bytes) -> Sequence[Event]:
    if not probe(data):
        return (Odd("lldp.malformed"),)
    out: list[Event] = []
    fields: list[Field] = []
    organisations: list[bytes] = []
    at = 0
    for _ in range(TLVS_MAX):
        if at + 2 > len(data):
            break  # the end TLV is missing, as some senders leave it
        kind, size = data[at] >> 1, u16(data, at) & 0x1FF
        at += 2
        if kind == END:
            break
        if at + size > len(data):
            out.append(Odd("lldp.cut"))
            break
        if kind == ORGANISATION:
            organisations.append(data[at : at + size])
        elif read_tlv := BASIC.get(kind):
            fields += read_tlv(data[at : at + size])
        at += size
    else:
        out.append(Odd("lldp.too_many_tlvs"))
    of_switch = any(device_class(value) == TO_ENDPOINTS for value in organisations)
    for value in organisations:
        fields += organisation(value, of_switch)
    said = tuple(dict.fromkeys((name, text) for name, text in fields if text))
    if said:
        out.append(Said(SENDER, said))
    return out


def chassis(value: bytes) -> list[Field]:
    return identifier("chassis", CHASSIS_TYPES, value)


def port(value: bytes) -> list[Field]:
    return identifier("port", PORT_TYPES, value)


def identifier(whose: str, types: dict[int, str], value: bytes) -> list[Field]:
    """A subtype and an id: hardware address, network address (family 1, address; clause 8.5.2.3), or text."""
    kind = types.get(value[0], "") if len(value) > 1 else ""
    if kind == MAC:
        text = mac_text(value[1:]) if len(value) == 7 else ""
    elif kind == NETWORK_ADDRESS:
        text = address(value[1:])
    else:
        text = text_or_hex(value[1:]) if kind else ""
    return [(f"lldp.{whose}_id", text), (f"lldp.{whose}_type", kind)] if text else []


def address(value: bytes) -> str:
    """Address family (IANA: 1 IPv4, 2 IPv6, 6 a hardware address) and address; "" for one that nobody can have."""
    family, raw = value[0] if value else 0, value[1:]
    if not any(raw):
        return ""
    if (family, len(raw)) in ((1, 4), (2, 16)):
        return ip_text(raw)
    return mac_text(raw) if (family, len(raw)) == (6, 6) else ""


def management(value: bytes) -> list[Field]:
    return [("lldp.management_address", address(value[1 : 1 + value[0]]))] if value else []


def capabilities(value: bytes) -> list[Field]:
    """What it is in use as, all in one text: only together do they tell a phone from a switch."""
    if len(value) < 4:
        return []
    bits = u16(value, 2)
    return [("lldp.capabilities", ",".join(use for bit, use in enumerate(USES) if bits >> bit & 1))]


def name_of(observable: str) -> Callable[[bytes], list[Field]]:
    """One line. What is no text is left out: no filter could tell whether it names a person."""
    return lambda value: [(observable, printable(value))]


def description(value: bytes) -> list[Field]:
    """Often several lines."""
    return [("lldp.system_description", clean(value))]


BASIC: dict[int, Callable[[bytes], list[Field]]] = {
    CHASSIS_ID: chassis,
    PORT_ID: port,
    CAPABILITIES: capabilities,
    MANAGEMENT_ADDRESS: management,
    SYSTEM_DESCRIPTION: description,
    **{kind: name_of(observable) for kind, observable in NAMES.items()},
}


def organisation(value: bytes, of_switch: bool) -> list[Field]:
    """TLVs of IEEE 802.1 (802.1Q-2018 annex D), LLDP-MED and PROFINET (IEC 61158-6-10); others are skipped."""
    owner, rest = value[:3], value[4:]
    subtype = value[3] if len(value) > 3 else 0
    if owner == MED:
        return med(subtype, rest, of_switch)
    if owner == IEEE_802_1 and subtype == 1 and len(rest) == 2:
        return [("lldp.port_vlan", str(u16(rest, 0)) if any(rest) else "")]
    if owner == IEEE_802_1 and subtype == 3 and len(rest) > 3:
        return [("lldp.vlan_name", f"{u16(rest, 0)} {clean(rest[3 : 3 + rest[2]])}")]
    if owner == PROFINET and subtype == 5 and len(rest) == 6:
        return [("lldp.profinet_mac", mac_text(rest))]
    return []


SPEC = DatagramSpec(
    name="lldp",
    title="LLDP",
    carriers=frozenset({"ethertype:88cc"}),
    probe=probe,
    read=read,
    emits={
        "lldp.chassis_id": 0.8,
        "lldp.chassis_type": 0.5,
        "lldp.port_id": 0.8,
        "lldp.port_type": 0.5,
        "lldp.port_description": 0.4,
        "lldp.system_name": 0.8,
        "lldp.system_description": 0.8,
        "lldp.capabilities": 0.7,
        "lldp.management_address": 0.7,
        "lldp.port_vlan": 0.8,
        "lldp.vlan_name": 0.5,
        "lldp.profinet_mac": 0.8,
        "lldp.med_class": 0.7,
        "lldp.network_policy": 0.7,
        "lldp.location": 0.6,
        "lldp.port_location": 0.6,
        "lldp.hardware_revision": 0.8,
        "lldp.firmware_revision": 0.8,
        "lldp.software_revision": 0.8,
        "lldp.serial": 0.9,
        "lldp.manufacturer": 0.8,
        "lldp.model": 0.8,
        "lldp.asset_id": 0.6,
    },
    never_reads="names of persons and postal data in a civic address, power, protocol identities",
)
