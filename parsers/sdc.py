"""IEEE 11073 SDC: medical devices on the network say what they are and where they stand.

IEEE 11073-20702 (MDPWS), 11073-20701 clauses 9.2 to 9.4 (scopes), 11073-10207 (BICEPS), DPWS 1.1, WS-Discovery 1.1.

  discovery, UDP      Hello, ProbeMatches, ResolveMatches with the type MedicalDevice; Probe for that type: a consumer
     scopes           sdc.ctxt.loc:/<root>/<extension>?fac=..&bldng=..&flr=..&poc=..&rm=..&bed=..    where it stands
                      sdc.cdc.type:/coding system/version/code    what it is    sdc.mds.pkp:oid    its key purpose
  metadata, HTTP      DPWS ThisModel and ThisDevice of a host of type MedicalDevice
  description, HTTP   BICEPS Mds: Type code, MetaData

SDC wants TLS with certificates of both sides, so metadata and descriptions are seen in clear on test benches, and where
somebody switched it off. A device's addresses are those that it announces: a discovery proxy speaks for others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import parse_qsl, unquote

from parsers import soap, ws_discovery_message
from parsers.api import SENDER, TEXT_MAX, About, DatagramSpec, Event, Flag, Id, Odd, Said
from parsers.sdc_names import HOST_TYPES, IS_SYSTEM, MDS, META, META_DATA, SYSTEMS, THIS, TYPE, UDI, WANTED
from parsers.ws_discovery_message import BYE, HELLO, PROBE, PROBE_MATCH, RESOLVE_MATCH, Item

Field = tuple[str, str]

MEDICAL_DEVICE = "{http://standards.ieee.org/downloads/11073/11073-20702-2016}MedicalDevice"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
TYPE_IN_BYTES, BICEPS_IN_BYTES = b"MedicalDevice", b"11073-10207-2017"
MDC = frozenset({"", "urn:oid:1.2.840.10004.1.1.1.0.0.1"})  # coding system of ISO/IEEE 11073-10101, the default

LOCATION, DEVICE_TYPE, KEY_PURPOSE = "sdc.ctxt.loc", "sdc.cdc.type", "sdc.mds.pkp"
PLACES = ("fac", "bldng", "flr", "poc", "rm", "bed")  # 11073-20701 clause 9.4.1.2, from the facility to the bed
HOSTS_MAX = 4  # addresses of one device that are believed; more interfaces than these has no bedside device
DEVICES_MAX = 64  # in one description; a gateway of a ward


def probe(first: bytes) -> bool:
    """XML that names the type of SDC devices, or the namespaces of BICEPS."""
    return soap.looks_like_xml(first) and (TYPE_IN_BYTES in first or BICEPS_IN_BYTES in first)


def read(data: bytes) -> Sequence[Event]:
    if ws_discovery_message.is_discovery(data) and (announced := ws_discovery_message.read(data)) is not None:
        found = [event for item in announced.items if MEDICAL_DEVICE in item.types for event in discovered(item)]
        if found or BICEPS_IN_BYTES not in data:
            return [*found, *odds(announced.whole, announced.capped)]
    message = soap.read(data, WANTED)
    if message is None:
        return (Odd("sdc.malformed"),)
    elements = message.elements
    return [*metadata(elements), *description(elements), *odds(message.whole, message.capped)]


def odds(whole: bool, capped: bool) -> Iterator[Odd]:
    if not whole:
        yield Odd("sdc.malformed")
    if capped:
        yield Odd("sdc.too_many_elements")


# discovery


def discovered(item: Item) -> Iterator[Event]:
    if item.kind == PROBE:
        yield Said(SENDER, (("sdc.role", "consumer"),))
    if item.kind not in (HELLO, BYE, PROBE_MATCH, RESOLVE_MATCH):
        return
    fields: list[Field] = [("sdc.role", "provider")]
    if item.uuid:
        fields.append(("sdc.endpoint_uuid", item.uuid))
    for scope in item.scopes:
        fields += in_scope(scope)
    said = tuple(dict.fromkeys(fields))
    hosts = item.hosts[:HOSTS_MAX]
    for about in [About(host) for host in hosts] or [SENDER]:
        yield Said(about, said)


def in_scope(scope: str) -> Iterator[Field]:
    """One scope. Contexts of operators, ensembles, workflows and means are passed over, and so is any other."""
    kind, _, rest = scope.partition(":")
    if kind == LOCATION:
        query = dict(parse_qsl(rest.partition("?")[2], max_num_fields=None))
        if place := ", ".join(query[name] for name in PLACES if query.get(name)):
            yield "sdc.location", place[:TEXT_MAX]
    elif kind == DEVICE_TYPE:
        parts = [unquote(part) for part in rest.split("/")]
        if len(parts) == 4:
            yield from device_type(parts[1], parts[3])
    elif kind == KEY_PURPOSE and rest:
        yield "sdc.key_purpose", rest[:TEXT_MAX]


def device_type(system: str, code: str) -> Iterator[Field]:
    if system in MDC and code.isascii() and code.isdigit() and len(code) <= 10:
        yield "sdc.mdc_device", code
    elif code:
        yield "sdc.device_type", f"{system}|{code}"[:TEXT_MAX]


# metadata and description, in clear


def metadata(elements: Iterable[soap.Element]) -> Iterator[Event]:
    """DPWS section 5: the sender is the device, if its own types (not those of a service) say that it is medical."""
    medical = False
    fields: list[Field] = []
    for element in elements:
        if element.name == HOST_TYPES:
            medical = medical or MEDICAL_DEVICE in element.qualified()
        elif element.name in THIS and (text := element.line()):
            fields.append((THIS[element.name], text))
    if medical and fields:
        yield Said(SENDER, (("sdc.role", "provider"), *dict.fromkeys(fields)))
        yield Flag("sdc.cleartext", SENDER)


def description(elements: Iterable[soap.Element]) -> Iterator[Event]:
    """BICEPS: one system is the sender, several are devices behind it, told apart by their serial numbers."""
    systems: list[list[Field]] = []
    fields: list[Field] = []
    for element in elements:
        if element.name in SYSTEMS:
            if fields and is_system(element):
                systems.append(list(dict.fromkeys(fields)))
            fields = []
        else:
            fields += of_system(element)
    if len(systems) > DEVICES_MAX:
        yield Odd("sdc.too_many_devices")
    for system in systems[:DEVICES_MAX]:
        about = SENDER if len(systems) == 1 else behind(dict(system))
        if about is not None:
            yield Said(about, tuple(system))
    if systems:
        yield Flag("sdc.cleartext", SENDER)


def is_system(element: soap.Element) -> bool:
    """Not a descriptor of a part or a measurement."""
    return element.name == MDS or IS_SYSTEM in soap.qualified(element.attributes.get(XSI_TYPE, ""), element.namespaces)


def of_system(element: soap.Element) -> Iterator[Field]:
    parents = element.parents
    if element.name == TYPE:
        yield from device_type(element.attributes.get("CodingSystem", ""), element.attributes.get("Code", ""))
    elif element.name in META and of_whole(parents) and (text := element.line()):
        yield META[element.name], text


def of_whole(parents: tuple[str, ...]) -> bool:
    """Within the MetaData, or a Udi in it, of a whole system: modules have their own."""
    above = parents[:-1] if parents[-1:] == (UDI,) else parents
    return above[-1:] == (META_DATA,) and above[-2:-1] != () and above[-2] in SYSTEMS


def behind(system: dict[str, str]) -> About | None:
    serial, maker, model = (system.get(f"sdc.{name}", "") for name in ("serial", "manufacturer", "model"))
    if serial:
        return About("sender", behind=(Id("serial", serial, maker),))
    return About("sender", behind=(Id("model_station", model, maker),)) if model else None


SPEC = DatagramSpec(
    name="sdc",
    title="IEEE 11073 SDC",
    carriers=frozenset({"udp", "http:application/soap+xml"}),
    ports=frozenset({3702}),
    probe=probe,
    read=read,
    emits={
        "sdc.role": 0.7,
        "sdc.endpoint_uuid": 0.8,
        "sdc.location": 0.6,
        "sdc.mdc_device": 0.8,
        "sdc.device_type": 0.7,
        "sdc.key_purpose": 0.7,
        "sdc.manufacturer": 0.8,
        "sdc.model": 0.8,
        "sdc.model_number": 0.8,
        "sdc.friendly_name": 0.5,
        "sdc.firmware": 0.8,
        "sdc.serial": 0.9,
        "sdc.lot": 0.8,
        "sdc.udi": 0.9,
        "sdc.udi_device_identifier": 0.9,
    },
    findings={
        "sdc.cleartext": "It tells SDC consumers what it is and measures without TLS, which the standard demands."
    },
    never_reads="contexts of patients, operators, ensembles, workflows and means; every state and measurement",
)
