"""WS-Discovery and the metadata of DPWS: printers, cameras and computers say what they are, and where.

WS-Discovery 1.1 and its draft of 2005/04; DPWS 1.1 section 5 and its draft of 2006/02; ONVIF Core Specification section
7.3 (scopes); MS-PBSD (computers).

  discovery, UDP   Hello, Bye, ProbeMatches, ResolveMatches: endpoint, types, scopes, transport addresses
  metadata, HTTP   ThisModel Manufacturer ModelName ModelNumber, ThisDevice FriendlyName FirmwareVersion SerialNumber,
                   Host Computer "name/Workgroup:..." or "name/Domain:..."

A device's addresses are those that it announces: a discovery proxy speaks for others. SDC devices are read by `sdc`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

from parsers import soap, ws_discovery_message
from parsers.api import SENDER, TEXT_MAX, About, DatagramSpec, Event, Odd, Said
from parsers.ws_discovery_message import BYE, HELLO, PROBE_MATCH, RESOLVE_MATCH, Item

PROFILES = ("http://docs.oasis-open.org/ws-dd/ns/dpws/2009/01", "http://schemas.xmlsoap.org/ws/2006/02/devprof")
IN_BYTES = tuple(namespace.encode() for namespace in PROFILES)
COMPUTER = "{http://schemas.microsoft.com/windows/pub/2005/07}Computer"

THIS = {
    f"{{{namespace}}}{name}": observable
    for namespace in PROFILES
    for name, observable in {
        "Manufacturer": "wsd.manufacturer",
        "ModelName": "wsd.model",
        "ModelNumber": "wsd.model_number",
        "FriendlyName": "wsd.friendly_name",
        "FirmwareVersion": "wsd.firmware",
        "SerialNumber": "wsd.serial",
    }.items()
}
PARENTS = frozenset(f"{{{namespace}}}{name}" for namespace in PROFILES for name in ("ThisModel", "ThisDevice"))
WANTED = soap.Wanted(frozenset((*THIS, COMPUTER)))

ONVIF = {
    "onvif://www.onvif.org/name/": "wsd.name",
    "onvif://www.onvif.org/hardware/": "wsd.hardware",
    "onvif://www.onvif.org/location/": "wsd.location",
}
HOSTS_MAX = 4  # addresses of one device that are believed
TYPES_MAX = 8
_COMPUTER = re.compile(r"([^/\\]{1,63})[/\\](?:Workgroup|(?P<domain>Domain)):(?P<name>.{1,64})")

Field = tuple[str, str]


def probe(first: bytes) -> bool:
    """XML with a namespace of WS-Discovery or DPWS."""
    if not soap.looks_like_xml(first):
        return False
    return ws_discovery_message.is_discovery(first) or any(namespace in first for namespace in IN_BYTES)


def read(data: bytes) -> Sequence[Event]:
    out: list[Event] = []
    if ws_discovery_message.is_discovery(data):
        announced = ws_discovery_message.read(data)
        if announced is None:
            return (Odd("wsd.malformed"),)
        for item in announced.items:
            out += discovered(item)
        if announced.items:
            return [*out, *odds(announced.whole, announced.capped)]
    message = soap.read(data, WANTED)
    if message is None:
        return (Odd("wsd.malformed"),)
    fields = tuple(dict.fromkeys(metadata(message.elements)))
    if fields:
        out.append(Said(SENDER, fields))
    return [*out, *odds(message.whole, message.capped)]


def odds(whole: bool, capped: bool) -> Iterator[Odd]:
    if not whole:
        yield Odd("wsd.malformed")
    if capped:
        yield Odd("wsd.too_many_elements")


def discovered(item: Item) -> Iterator[Said]:
    """What one device announces; what somebody looks for says nothing of him."""
    if item.kind not in (HELLO, BYE, PROBE_MATCH, RESOLVE_MATCH):
        return
    fields: list[Field] = [("wsd.endpoint_uuid", item.uuid)] if item.uuid else []
    fields += [("wsd.type", kind[:TEXT_MAX]) for kind in item.types[:TYPES_MAX]]
    for scope in item.scopes:
        fields += in_scope(scope)
    said = tuple(dict.fromkeys(fields))
    for about in [About(host) for host in item.hosts[:HOSTS_MAX]] or [SENDER]:
        if said:
            yield Said(about, said)


def in_scope(scope: str) -> Iterator[Field]:
    """Name, hardware and location of ONVIF; no other."""
    for start, observable in ONVIF.items():
        if scope.startswith(start):
            text = " ".join(unquote(scope[len(start) :]).replace("_", " ").split())[:TEXT_MAX]
            if text.isprintable() and "\ufffd" not in text and text:
                yield observable, text


def metadata(elements: Iterable[soap.Element]) -> list[Field]:
    """Of a computer only its name and domain: maker, model and number are those of the program that publishes it."""
    fields: list[Field] = []
    for element in elements:
        if element.name == COMPUTER and (found := _COMPUTER.fullmatch(element.line())):
            return [("wsd.computer", found[1]), ("wsd.domain" if found["domain"] else "wsd.workgroup", found["name"])]
        if element.name in THIS and element.parents[-1:] and element.parents[-1] in PARENTS and element.line():
            fields.append((THIS[element.name], element.line()))
    return fields


SPEC = DatagramSpec(
    name="wsd",
    title="WS-Discovery",
    carriers=frozenset({"udp", "http:application/soap+xml"}),
    ports=frozenset({3702}),
    probe=probe,
    read=read,
    emits={
        "wsd.endpoint_uuid": 0.8,
        "wsd.type": 0.7,
        "wsd.name": 0.5,
        "wsd.hardware": 0.7,
        "wsd.location": 0.6,
        "wsd.manufacturer": 0.8,
        "wsd.model": 0.8,
        "wsd.model_number": 0.7,
        "wsd.friendly_name": 0.4,
        "wsd.firmware": 0.8,
        "wsd.serial": 0.8,
        "wsd.computer": 0.8,
        "wsd.domain": 0.7,
        "wsd.workgroup": 0.6,
    },
    never_reads="what is looked for, other scopes, paths of addresses, services",
)
