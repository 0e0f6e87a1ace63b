"""SNMP v1, v2c and v3: what agents answer about themselves. RFC 1157, 3416, 3412, 3414, 3411 (engine ids), 3584.

  SEQUENCE: version INTEGER (0 v1, 1 v2c, 3 v3), then
    v1, v2c   community OCTET STRING, PDU
    v3        SEQUENCE of id, size, flags (OCTET STRING of 1), security model; OCTET STRING with the parameters of the
              model (3, user-based: SEQUENCE of engine id, boots, time, user, two secrets); SEQUENCE of context engine,
              context name, PDU; or the same encrypted as OCTET STRING
  PDU: A0 get, A1 next, A2 response, A3 set, A5 bulk, A6 inform, A7 trap, A8 report: id, status, index, variables
       A4 trap of v1: enterprise, agent's address, generic, specific, time, variables

Variables are read of responses and traps alone; what is asked for may not be there. A community, which is a password,
is compared with the two that everybody knows, and forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsers.api import SENDER, About, DatagramSpec, Event, Flag, Odd, Said
from parsers.ber import (
    INTEGER,
    OCTET_STRING,
    OID,
    SEQUENCE,
    Element,
    element,
    elements,
    extent,
    number,
)
from parsers.reading import ip_text, mac_text, u32
from parsers.snmp_objects import Bind, Field, Numbers, dotted, kind_of, said, station

V1, V2C, V3 = 0, 1, 3
VERSIONS = {V1: "1", V2C: "2c", V3: "3"}
RESPONSE, TRAP_1, INFORM, TRAP_2, REPORT = 0xA2, 0xA4, 0xA6, 0xA7, 0xA8
PDUS = range(0xA0, 0xA9)
IP_ADDRESS = 0x40  # RFC 2578 section 7.1.5
INTEGERS = (INTEGER, 0x41, 0x42)
DEFAULT_COMMUNITIES = (b"public", b"private")
AUTHENTICATED, ENCRYPTED, REPORTABLE = 1, 2, 4  # RFC 3412 section 6.4
USER_BASED = 3  # RFC 3411 section 5: security model
ENTERPRISE_SPECIFIC = 6  # RFC 1157 section 4.1.6: generic traps below it name the kind of the agent
BINDS_MAX = 256
TRAP_ADDRESS = bytes.fromhex("2b060106031201 0300")  # snmpTrapAddress.0, 1.3.6.1.6.3.18.1.3.0 (RFC 3584 section 3.1)

# RFC 3411 section 5, SnmpEngineID: what follows the enterprise where its highest bit is set
BY_IPV4, BY_IPV6, BY_MAC, BY_TEXT = 1, 2, 3, 4
ENGINE_MIN, ENGINE_MAX = 5, 32


def probe(first: bytes) -> bool:
    """A sequence, a version that there is, and what must follow it."""
    if len(first) < 12 or first[0] != SEQUENCE:
        return False
    at = 2 + (first[1] & 0x7F if first[1] > 0x80 else 0)
    if first[at : at + 2] != b"\2\1" or len(first) < at + 4:
        return False
    version, then = first[at + 2], first[at + 3]
    return then == (SEQUENCE if version == V3 else OCTET_STRING) and version in VERSIONS and extent(first) > at + 4


def read(data: bytes) -> Sequence[Event]:
    whole = element(data, 0, len(data)) if probe(data) else None
    if whole is None:
        return (Odd("snmp.malformed"),)
    parts = list(elements(data, whole[1], whole[2]))
    version = number(data, parts[0])
    out: list[Event] = []
    if version == V3:
        version_3(data, parts, out)
    elif len(parts) == 3 and parts[2][0] in PDUS:
        answers = parts[2][0] == RESPONSE
        if answers or parts[2][0] in (TRAP_1, TRAP_2, INFORM):
            out.append(Flag("snmp.cleartext"))
        if answers and data[parts[1][1] : parts[1][2]].lower() in DEFAULT_COMMUNITIES:
            out.append(Flag("snmp.default_community"))
        pdu(data, parts[2], VERSIONS[V2C if version else V1], out)
    else:
        out.append(Odd("snmp.malformed"))
    return out


def version_3(data: bytes, parts: list[Element], out: list[Event]) -> None:
    """The engine id of whoever is authoritative: the receiver of what wants an answer, else the sender (RFC 3414
    section 1.5.1). What the receiver is taken for by others is not read."""
    head = list(elements(data, parts[1][1], parts[1][2])) if len(parts) == 4 else []
    if len(head) != 4 or head[2][2] - head[2][1] != 1:
        out.append(Odd("snmp.malformed"))
        return
    flags, body = data[head[2][1]], parts[3]
    if not flags & REPORTABLE and number(data, head[3]) == USER_BASED:
        fields = engine(engine_id(data, parts[2]))
        if fields:
            out.append(Said(SENDER, tuple(fields)))
    if flags & ENCRYPTED or body[0] != SEQUENCE:
        return
    scoped = list(elements(data, body[1], body[2]))
    if len(scoped) == 3 and scoped[2][0] in PDUS:
        if scoped[2][0] == RESPONSE and not flags & AUTHENTICATED:
            out.append(Flag("snmp.no_authentication"))
        pdu(data, scoped[2], VERSIONS[V3], out)
    else:
        out.append(Odd("snmp.malformed"))


def engine_id(data: bytes, parameters: Element) -> bytes:
    """The first field of the security parameters; the user and the secrets behind it are never looked at."""
    inside = element(data, parameters[1], parameters[2]) if parameters[0] == OCTET_STRING else None
    first = element(data, inside[1], inside[2]) if inside is not None and inside[0] == SEQUENCE else None
    return data[first[1] : first[2]] if first is not None and first[0] == OCTET_STRING else b""


def engine(raw: bytes) -> list[Field]:
    """What an engine id tells. One that is a text was thought up by people, who give the same to many agents."""
    if not ENGINE_MIN <= len(raw) <= ENGINE_MAX or not any(raw[4:]):
        return []
    fields = [("snmp.enterprise", str(u32(raw, 0) & 0x7FFFFFFF))]
    sort, rest = (raw[4], raw[5:]) if raw[0] & 0x80 else (0, b"")
    if sort != BY_TEXT:
        fields.insert(0, ("snmp.engine_id", raw.hex()))
    if sort == BY_MAC and station(rest):
        fields.append(("snmp.engine_mac", mac_text(rest)))
    if (sort, len(rest)) in ((BY_IPV4, 4), (BY_IPV6, 16)) and any(rest):
        fields.append(("snmp.engine_address", ip_text(rest)))
    return fields


def pdu(data: bytes, of: Element, version: str, out: list[Event]) -> None:
    if of[0] == TRAP_1:
        trap_of_v1(data, of, out)
    elif of[0] in (RESPONSE, TRAP_2, INFORM):
        parts = list(elements(data, of[1], of[2]))
        if len(parts) != 4 or parts[3][0] != SEQUENCE:
            out.append(Odd("snmp.malformed"))
            return
        if of[0] == RESPONSE:
            out.append(Said(SENDER, (("snmp.version", version),)))
        variables(data, parts[3], SENDER, out)


def trap_of_v1(data: bytes, of: Element, out: list[Event]) -> None:
    """It names the agent's address itself, so that it may be handed on by others."""
    parts = list(elements(data, of[1], of[2]))
    if len(parts) != 6 or parts[0][0] != OID or parts[1][0] != IP_ADDRESS or parts[5][0] != SEQUENCE:
        out.append(Odd("snmp.malformed"))
        return
    about = agent(data[parts[1][1] : parts[1][2]])
    generic = number(data, parts[2])
    if generic is not None and 0 <= generic < ENTERPRISE_SPECIFIC:
        fields = kind_of(dotted(data[parts[0][1] : parts[0][2]]))
        if fields and fields[0][1] != "1.3.6.1.6.3.1.1.5":  # snmpTraps, which says nothing of the agent
            out.append(Said(about, tuple(fields)))
    variables(data, parts[5], about, out)


def agent(address: bytes) -> About:
    """Whoever has the address that a trap names; the sender where nobody can have it."""
    usable = len(address) == 4 and 0 < address[0] < 224 and address[0] != 127
    return About(ip_text(address)) if usable else SENDER


def variables(data: bytes, of: Element, about: About, out: list[Event]) -> None:
    """The variables of a response or trap: SEQUENCE of SEQUENCE of name and value."""
    strings: list[Bind] = []
    ids: list[Bind] = []
    numbers: Numbers = {}
    end = of[1]
    for count, bind in enumerate(elements(data, of[1], of[2])):
        end = bind[2]
        if count == BINDS_MAX:
            out.append(Odd("snmp.too_many_variables"))
            break
        name = element(data, bind[1], bind[2])
        value = element(data, name[2], bind[2]) if name is not None and name[0] == OID else None
        if name is None or value is None:
            out.append(Odd("snmp.malformed"))
            continue
        of_name, of_value = data[name[1] : name[2]], data[value[1] : value[2]]
        if value[0] == OCTET_STRING:
            strings.append((of_name, of_value))
        elif value[0] == OID:
            ids.append((of_name, of_value))
        elif value[0] in INTEGERS:
            numbers[of_name] = number(data, value) or 0
        elif value[0] == IP_ADDRESS and of_name == TRAP_ADDRESS:
            about = agent(of_value)
    else:
        if end != of[2]:
            out.append(Odd("snmp.cut"))
    out += said(about, strings, ids, numbers)


SPEC = DatagramSpec(
    name="snmp",
    title="SNMP",
    carriers=frozenset({"udp"}),
    ports=frozenset({161, 162}),
    probe=probe,
    read=read,
    emits={
        "snmp.version": 0.9,
        "snmp.sys_descr": 0.9,
        "snmp.sys_object_id": 0.9,
        "snmp.enterprise": 0.8,
        "snmp.sys_name": 0.8,
        "snmp.sys_location": 0.7,
        "snmp.description": 0.8,
        "snmp.hardware": 0.8,
        "snmp.firmware": 0.9,
        "snmp.software": 0.8,
        "snmp.serial": 0.9,
        "snmp.manufacturer": 0.8,
        "snmp.model": 0.8,
        "snmp.part_serial": 0.5,
        "snmp.part_model": 0.5,
        "snmp.printer_name": 0.6,
        "snmp.device_description": 0.7,
        "snmp.interface_mac": 0.8,
        "snmp.bridge_mac": 0.8,
        "snmp.bridge_port": 0.7,
        "snmp.lldp_port": 0.8,
        "snmp.chassis_id": 0.8,
        "snmp.engine_id": 0.9,
        "snmp.engine_mac": 0.8,
        "snmp.engine_address": 0.5,
    },
    findings={
        "snmp.default_community": "Its SNMP agent answers whoever says public or private, as everybody knows.",
        "snmp.cleartext": "Speaks SNMP version 1 or 2c, whose community, a password, crosses the network in clear.",
        "snmp.no_authentication": "Its SNMP version 3 agent answers without authentication.",
    },
    never_reads="communities, users, contacts, secrets; what is asked for; all objects outside the list",
)
