"""Multicast DNS and DNS-SD: what hosts say of themselves, and the services they offer. RFC 6762, RFC 6763.

Responses alone are read. The one described is the owner of the address records in the same message, since reflectors
send for others; the sender only where the message holds no address. Of TXT records a fixed list of keys is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from parsers.api import SENDER, TEXT_MAX, About, DatagramSpec, Event, Odd, Said
from parsers.dns_message import (
    AAAA,
    AUTHORITATIVE,
    HEAD,
    HINFO,
    PTR,
    RESPONSE,
    SRV,
    TRUNCATED,
    TXT,
    A,
    Name,
    Reader,
    Record,
    reverse_address,
    skip_name,
)
from parsers.reading import clean, u16

SAID_MAX = 64  # utterances of one message
ADDRESSES_MAX = 8  # of one host name that are named
STRINGS_MAX = 64  # of one TXT record
RECORDS_SANE = 512  # of one section, for the probe
QUESTION_CLASSES = (1, 0x8001, 255, 0x80FF)

# Lower case TXT key -> observable. Other values are not decoded: many hold names, tokens or places of persons.
TXT_KEYS = {
    "ty": "mdns.txt_ty",
    "product": "mdns.txt_product",
    "usb_mfg": "mdns.txt_usb_mfg",
    "usb_mdl": "mdns.txt_usb_mdl",
    "mfg": "mdns.txt_manufacturer",
    "manufacturer": "mdns.txt_manufacturer",
    "vendor": "mdns.txt_manufacturer",
    "mdl": "mdns.txt_model",
    "md": "mdns.txt_model",
    "model": "mdns.txt_model",
    "am": "mdns.txt_model",
    "serialnumber": "mdns.txt_serial",
    "serial": "mdns.txt_serial",
    "sn": "mdns.txt_serial",
    "uuid": "mdns.txt_uuid",
    "macaddress": "mdns.txt_mac",
    "mac": "mdns.txt_mac",
    "deviceid": "mdns.txt_mac",
    "hw": "mdns.txt_hardware",
    "hwversion": "mdns.txt_hardware",
    "fw": "mdns.txt_firmware",
    "fv": "mdns.txt_firmware",
    "fwversion": "mdns.txt_firmware",
    "firmware": "mdns.txt_firmware",
    "firmwareversion": "mdns.txt_firmware",
    "version": "mdns.txt_version",
    "osxvers": "mdns.txt_osxvers",
}

MAC_SHAPE = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]?){5}[0-9A-Fa-f]{2}")
WORKSTATION = re.compile(r"(.*) \[((?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2})\]", re.DOTALL)  # as Avahi names it

Field = tuple[str, str]


class Service(Struct):
    """A service instance, gathered from its PTR, SRV and TXT records."""

    kind: str = ""  # "_ipp._tcp"
    instance: str = ""
    target: Name = ()
    port: int = 0
    fields: tuple[Field, ...] = ()


class Heard(Struct):
    """What the records of one message say together. Names are keys in lower case."""

    addresses: dict[Name, list[str]] = {}
    written: dict[Name, str] = {}  # host name as written
    traits: dict[Name, list[Field]] = {}  # of a host
    reverse: list[tuple[str, str]] = []
    services: dict[Name, Service] = {}
    kinds: dict[str, None] = {}  # service types that are spoken of without an instance


def probe(first: bytes) -> bool:
    """Id 0 and the flags that RFC 6762 section 18 leaves: a response with authority, or a query for local names."""
    if len(first) < HEAD or u16(first, 0) != 0 or any(u16(first, at) > RECORDS_SANE for at in (4, 6, 8, 10)):
        return False
    flags = u16(first, 2) & ~TRUNCATED
    if flags == RESPONSE | AUTHORITATIVE:
        after = skip_name(first, HEAD)
        if u16(first, 4):  # Apple's early responders repeat the question
            return 0 < after <= len(first) - 4 and u16(first, after + 2) in QUESTION_CLASSES
        return u16(first, 6) > 0 and 0 < after <= len(first) - 10 and u16(first, after + 2) & 0x7FFF == 1
    if flags == 0 and u16(first, 4):
        after = skip_name(first, HEAD)
        local = b"\x05local\0" in first[HEAD:after] or b"\x04arpa\0" in first[HEAD:after]
        return 0 < after <= len(first) - 4 and local and u16(first, after + 2) in QUESTION_CLASSES
    return False


def read(data: bytes) -> Iterator[Event]:
    if len(data) < HEAD:
        yield Odd("mdns.cut")
        return
    if not u16(data, 2) & RESPONSE:
        return
    reader = Reader(data)
    heard = Heard()
    for record in reader.records():
        if record.ttl and record.kind in (A, AAAA, PTR, SRV, TXT, HINFO):  # 0: goodbye (RFC 6762 section 10.1)
            take(reader, record, heard)
    out = list(dict.fromkeys(utterances(heard)))
    yield from out[:SAID_MAX]
    if reader.broken:
        yield Odd("mdns.malformed")
    if reader.capped or len(out) > SAID_MAX:
        yield Odd("mdns.too_many_records")


def take(reader: Reader, record: Record, heard: Heard) -> None:
    """Adds what one record says."""
    key = lower(record.name)
    if record.kind in (A, AAAA):
        address = reader.address(record)
        known = heard.addresses.setdefault(key, [])
        if address and address not in known and len(known) < ADDRESSES_MAX:
            known.append(address)
            heard.written.setdefault(key, dotted(record.name))
    elif record.kind == PTR:
        target = reader.whole_name(record)
        if target:
            pointer(record.name, target, heard)
    elif record.kind == HINFO:
        strings = list(counted(reader.data[record.at : record.end]))
        if len(strings) == 2:
            heard.traits[key] = [("mdns.cpu", clean(strings[0])), ("mdns.os", clean(strings[1]))]
    else:
        split = instance(record.name)
        if split is None:
            return
        service = heard.services.setdefault(key, Service(split[1], split[0]))
        if record.kind == TXT:
            service.fields = txt_fields(reader.data[record.at : record.end])
        elif record.end - record.at > 6:  # priority, weight, port, target
            target = reader.whole_name(record, skip=6)
            if target:
                service.target = target
                service.port = u16(reader.data, record.at + 4)


def pointer(owner: Name, target: Name, heard: Heard) -> None:
    """A PTR: type -> instance, subtype -> instance, the list of types (RFC 6763 section 9), or address -> name."""
    address = reverse_address(owner)
    if address:
        heard.reverse.append((address, dotted(target)))
        return
    split = instance(target)
    if split is not None:
        heard.services.setdefault(lower(target), Service(split[1], split[0]))
    elif lower(owner[:3]) == ("_services", "_dns-sd", "_udp") and is_kind(target[:2]):
        heard.kinds[".".join(target[:2])] = None


def instance(name: Name) -> tuple[str, str] | None:
    """(instance, "_service._tcp") of the name of a service instance."""
    if len(name) >= 4 and is_kind(name[1:3]) and not name[0].startswith("_"):
        return name[0], f"{name[1]}.{name[2]}"
    return None


def is_kind(labels: Name) -> bool:
    return len(labels) == 2 and labels[0][:1] == "_" and labels[1].lower() in ("_tcp", "_udp")


def txt_fields(raw: bytes) -> tuple[Field, ...]:
    """The wanted pairs; of a repeated key the first counts (RFC 6763 section 6.4). Other values are not decoded."""
    found: dict[str, str] = {}
    for string in counted(raw):
        key, _, value = string[: 4 * TEXT_MAX].partition(b"=")
        observable = TXT_KEYS.get(key.decode("ascii", "replace").lower())
        if observable and observable not in found:
            text = clean(value)
            if text and (observable != "mdns.txt_mac" or MAC_SHAPE.fullmatch(text)):
                found[observable] = text
    return tuple(found.items())


def counted(raw: bytes) -> Iterator[bytes]:
    """Strings that are each led by their length."""
    at = 0
    for _ in range(STRINGS_MAX):
        if at >= len(raw) or at + 1 + raw[at] > len(raw):
            return
        yield raw[at + 1 : at + 1 + raw[at]]
        at += 1 + raw[at]


def utterances(heard: Heard) -> Iterator[Said]:
    for host, addresses in heard.addresses.items():
        for address in addresses:
            yield from said(About(address), ("mdns.name", heard.written.get(host, "")))
    for address, name in heard.reverse:
        yield from said(About(address), ("mdns.name", name))
    for host, fields in heard.traits.items():
        yield from said(owner(heard, host), *fields)
    for service in heard.services.values():
        about = owner(heard, lower(service.target))
        if service.target and about == SENDER:
            yield from said(about, ("mdns.name", dotted(service.target)))
        yield from said(about, *service_fields(service))
    for kind in heard.kinds:
        yield from said(owner(heard, ()), ("mdns.service", kind))


def service_fields(service: Service) -> Iterator[Field]:
    yield "mdns.service", service.kind
    workstation = WORKSTATION.fullmatch(service.instance) if service.kind.lower() == "_workstation._tcp" else None
    if workstation:
        yield "mdns.instance", workstation[1]
        yield "mdns.workstation_mac", workstation[2].lower()
    else:
        yield "mdns.instance", service.instance
    if service.port:
        yield "mdns.service_port", f"{service.kind}:{service.port}"
    yield from service.fields


def owner(heard: Heard, host: Name) -> About | None:
    """Whom a record of `host` describes: the holder of its address here; of the only address here; else the sender.

    None where several hosts are named and none of them is this one: then the sender reflects what others said.
    """
    addresses = heard.addresses.get(host)
    if not addresses:
        if host and heard.addresses:
            return None
        hosts = [found for found in heard.addresses.values() if found]
        if not hosts:
            return SENDER
        if len(hosts) > 1:
            return None
        addresses = hosts[0]
    return About(next((address for address in addresses if ":" not in address), addresses[0]))


def said(about: About | None, *fields: Field) -> Iterator[Said]:
    kept = tuple((name, text[:TEXT_MAX]) for name, text in fields if text.strip())
    if about is not None and kept:
        yield Said(about, kept)


def lower(name: Name) -> Name:
    return tuple(label.lower() for label in name)


def dotted(name: Name) -> str:
    return ".".join(name)


SPEC = DatagramSpec(
    name="mdns",
    title="Multicast DNS",
    carriers=frozenset({"udp"}),
    ports=frozenset({5353}),
    probe=probe,
    read=read,
    emits={
        "mdns.name": 0.8,
        "mdns.service": 0.7,
        "mdns.instance": 0.6,
        "mdns.service_port": 0.6,
        "mdns.workstation_mac": 0.8,
        "mdns.cpu": 0.5,
        "mdns.os": 0.6,
        "mdns.txt_ty": 0.8,
        "mdns.txt_product": 0.7,
        "mdns.txt_usb_mfg": 0.8,
        "mdns.txt_usb_mdl": 0.8,
        "mdns.txt_manufacturer": 0.8,
        "mdns.txt_model": 0.8,
        "mdns.txt_serial": 0.8,
        "mdns.txt_uuid": 0.8,
        "mdns.txt_mac": 0.8,
        "mdns.txt_hardware": 0.6,
        "mdns.txt_firmware": 0.7,
        "mdns.txt_version": 0.5,
        "mdns.txt_osxvers": 0.7,
    },
    never_reads="questions; TXT keys outside the list, among them notes, user names, tokens and places",
)
