"""Which objects of which MIBs are read, and what they say. SNMPv2-MIB (RFC 3418), ENTITY-MIB (RFC 6933), Printer-MIB
(RFC 3805), HOST-RESOURCES-MIB (RFC 2790), IF-MIB (RFC 2863), BRIDGE-MIB (RFC 4188), Q-BRIDGE-MIB (RFC 4363), LLDP-MIB
(IEEE 802.1AB clause 11).

Object identifiers are compared as they are encoded: a column's is a prefix of its instances'. What is not listed here
is not decoded; contacts, users, communities and the names of neighbours are among it.
"""

from __future__ import annotations

from collections.abc import Iterable

from parsers.api import About, Said
from parsers.reading import mac_text, printable

ARCS_MAX = 128  # RFC 2578 section 3.5
MACS_MAX = 256  # utterances about third parties in one message; a datagram holds no more

SYSTEM = bytes.fromhex("2b06010201 01")  # 1.3.6.1.2.1.1
ENTITY = bytes.fromhex("2b06010201 2f01010101")  # entPhysicalTable, 1.3.6.1.2.1.47.1.1.1.1
PRINTER = bytes.fromhex("2b06010201 2b050101")  # prtGeneralTable, 1.3.6.1.2.1.43.5.1.1
DEVICE_DESCRIPTION = bytes.fromhex("2b06010201 190302 0103")  # hrDeviceDescr, 1.3.6.1.2.1.25.3.2.1.3
INTERFACE_MAC = bytes.fromhex("2b06010201 0202 0106")  # ifPhysAddress, 1.3.6.1.2.1.2.2.1.6
BRIDGE_MAC = bytes.fromhex("2b06010201 11 010100")  # dot1dBaseBridgeAddress.0, 1.3.6.1.2.1.17.1.1.0
BRIDGE_PORT = bytes.fromhex("2b06010201 11 040301 02")  # dot1dTpFdbPort, 1.3.6.1.2.1.17.4.3.1.2
VLAN_BRIDGE_PORT = bytes.fromhex("2b06010201 11 0701020201 02")  # dot1qTpFdbPort, 1.3.6.1.2.1.17.7.1.2.2.1.2
LLDP_LOCAL = bytes.fromhex("28c462 0101020103")  # lldpLocalSystemData, 1.0.8802.1.1.2.1.3
LLDP_NEIGHBOURS = bytes.fromhex("28c462 01010201040101")  # lldpRemEntry, 1.0.8802.1.1.2.1.4.1.1

LOCATION = 6
SYSTEM_TEXTS = {1: "snmp.sys_descr", 5: "snmp.sys_name", LOCATION: "snmp.sys_location"}
LLDP_CHASSIS_TYPE, LLDP_CHASSIS = 1, 2
LLDP_TEXTS = {3: "snmp.sys_name", 4: "snmp.sys_descr"}
LLDP_MAC = 4  # the chassis id is a hardware address
NEIGHBOUR_TYPE, NEIGHBOUR = b"\x04", b"\x05"  # columns: lldpRemChassisIdSubtype, lldpRemChassisId
PRINTER_TEXTS = {16: "snmp.printer_name", 17: "snmp.serial"}

# Columns of entPhysicalTable
ENTITY_CONTAINED_IN, ENTITY_CLASS = 4, 5
ENTITY_TEXTS = {
    2: "snmp.description",
    8: "snmp.hardware",
    9: "snmp.firmware",
    10: "snmp.software",
    11: "snmp.serial",
    12: "snmp.manufacturer",
    13: "snmp.model",
}
OF_PARTS = {"snmp.serial": "snmp.part_serial", "snmp.model": "snmp.part_model"}
CHASSIS = 3  # PhysicalClass
FIRST = 1  # index of what contains the others, as nearly all agents number it

Field = tuple[str, str]
Bind = tuple[bytes, bytes]  # encoded object identifier, encoded value (strings and addresses alone)
Numbers = dict[bytes, int]  # encoded object identifier -> integer


def arcs(raw: bytes) -> list[int]:
    """Sub-identifiers of (the rest of) an encoded object identifier. ITU-T X.690 clause 8.19."""
    out: list[int] = []
    value = 0
    for octet in raw:
        value = value << 7 | octet & 0x7F
        if value >> 32 or len(out) == ARCS_MAX:
            return []
        if octet < 0x80:
            out.append(value)
            value = 0
    return out


def dotted(raw: bytes) -> str:
    """An encoded object identifier as text, "" for none."""
    found = arcs(raw)
    if not found or not raw or raw[-1] >= 0x80:
        return ""
    first = min(found[0] // 40, 2)
    return ".".join(map(str, (first, found[0] - 40 * first, *found[1:])))


def enterprise(object_id: str) -> str:
    """The number of the enterprise under which an object identifier lies, or ""."""
    return object_id.split(".", 7)[6] if object_id.startswith("1.3.6.1.4.1.") else ""


def station(raw: bytes) -> str:
    """A hardware address that one interface can have, as text, or ""."""
    return mac_text(raw) if len(raw) == 6 and any(raw) and not raw[0] & 1 else ""


def kind_of(object_id: str) -> list[Field]:
    """What sysObjectID says."""
    number = enterprise(object_id)
    return [("snmp.sys_object_id", object_id), *([("snmp.enterprise", number)] if number else [])] if object_id else []


def said(about: About, strings: Iterable[Bind], ids: Iterable[Bind], numbers: Numbers) -> list[Said]:
    """What the variables of one answer or trap say, first of the agent, then of hosts that it knows the places of."""
    fields: list[Field] = []
    for name, value in ids:
        if name == SYSTEM + b"\2\0":
            fields += kind_of(dotted(value))
    for name, value in strings:
        fields += of_string(name, value, numbers)
    kept = tuple(dict.fromkeys(field for field in fields if field[1]))
    return ([Said(about, kept)] if kept else []) + places(numbers) + neighbours(strings, numbers)


def of_string(name: bytes, value: bytes, numbers: Numbers) -> list[Field]:
    if name.startswith(SYSTEM):
        return [(SYSTEM_TEXTS[name[-2]], printable_lines(value))] if scalar(name, SYSTEM) in SYSTEM_TEXTS else []
    if name.startswith(ENTITY):
        return of_entity(name[len(ENTITY) :], value, numbers)
    if name.startswith(PRINTER):
        column = name[len(PRINTER)] if len(name) > len(PRINTER) else 0
        return [(PRINTER_TEXTS[column], printable(value))] if column in PRINTER_TEXTS else []
    if name.startswith(INTERFACE_MAC):
        return [("snmp.interface_mac", station(value))]
    if name.startswith(DEVICE_DESCRIPTION):
        return [("snmp.device_description", printable(value))]
    if name == BRIDGE_MAC:
        return [("snmp.bridge_mac", station(value))]
    if name.startswith(LLDP_LOCAL):
        return of_lldp(scalar(name, LLDP_LOCAL), value, numbers)
    return []


def scalar(name: bytes, group: bytes) -> int:
    """The number of a scalar object of a group: one arc, and the instance 0; 0 for others."""
    return name[-2] if len(name) == len(group) + 2 and name[-1] == 0 and name[-2] < 0x80 else 0


def printable_lines(value: bytes) -> str:
    """Text that may have several lines, as one line."""
    return printable(b" ".join(value.split()))


def of_lldp(item: int, value: bytes, numbers: Numbers) -> list[Field]:
    if item in LLDP_TEXTS:
        return [(LLDP_TEXTS[item], printable_lines(value))]
    if item == LLDP_CHASSIS and numbers.get(LLDP_LOCAL + bytes((LLDP_CHASSIS_TYPE, 0)), LLDP_MAC) == LLDP_MAC:
        return [("snmp.chassis_id", station(value))]
    return []


def of_entity(rest: bytes, value: bytes, numbers: Numbers) -> list[Field]:
    """A column and the index of a physical entity. Only the outermost is the device: cards and fans have serials."""
    observable = ENTITY_TEXTS.get(rest[0]) if rest else None
    if observable is None:
        return []
    index = rest[1:]
    inside = numbers.get(ENTITY + bytes((ENTITY_CONTAINED_IN,)) + index)
    sort = numbers.get(ENTITY + bytes((ENTITY_CLASS,)) + index)
    whole = inside == 0 or sort == CHASSIS or (inside is None and sort is None and index == bytes((FIRST,)))
    if not whole:
        observable = OF_PARTS.get(observable, "")
    return [(observable, printable(value))] if observable else []


def places(numbers: Numbers) -> list[Said]:
    """Which hardware address a switch knows behind which of its ports. The index of the table ends with the address."""
    found: dict[str, int] = {}
    for name, port in numbers.items():
        if port <= 0 or not name.startswith((BRIDGE_PORT, VLAN_BRIDGE_PORT)):
            continue
        index = arcs(name[len(BRIDGE_PORT if name.startswith(BRIDGE_PORT) else VLAN_BRIDGE_PORT) :])[-6:]
        if len(index) == 6 and max(index) < 256 and (mac := station(bytes(index))):
            found.setdefault(mac, port)
    return [Said(About(mac), (("snmp.bridge_port", str(port)),)) for mac, port in list(found.items())[:MACS_MAX]]


def neighbours(strings: Iterable[Bind], numbers: Numbers) -> list[Said]:
    """Which hardware addresses a switch heard by LLDP, so at the other end of the cable, and at which of its ports: the
    second number of the index. The type of a chassis id is mostly not in the same message; a text is no address."""
    found: dict[str, int] = {}
    for name, value in strings:
        if not name.startswith(LLDP_NEIGHBOURS + NEIGHBOUR) or len(value) != 6:
            continue
        index = name[len(LLDP_NEIGHBOURS) + 1 :]
        kind = numbers.get(LLDP_NEIGHBOURS + NEIGHBOUR_TYPE + index, 0 if value.isascii() else LLDP_MAC)
        numbered = arcs(index)
        if kind == LLDP_MAC and len(numbered) == 3 and numbered[1] and (mac := station(value)):
            found.setdefault(mac, numbered[1])
    return [Said(About(mac), (("snmp.lldp_port", str(port)),)) for mac, port in list(found.items())[:MACS_MAX]]
