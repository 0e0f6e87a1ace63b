"""Multicast DNS and DNS-SD: what hosts say of themselves, and the services they offer. RFC 6762, RFC 6763.

Responses alone are read. The one described is the owner of the address records in the same message, since reflectors
send for others; the sender only where the message holds no address. Of TXT records a fixed list of keys is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers.api import SENDER, TEXT_MAX, About, DatagramSpec, Event, Odd, Said
from parsers.dns_message import (
    AAAA,
    AUTHORITATIVE,
    COUNTS,
    HEAD,
    HINFO,
    NOTHING,
    PTR,
    RESPONSE,
    SRV,
    TRUNCATED,
    TXT,
    A,
    Labels,
    Name,
    Reader,
    reverse_address,
    skip_name,
)
from parsers.reading import clean, u16

SAID_MAX = 64  # utterances of one message
ADDRESSES_MAX = 8  # of one host name that are named
STRINGS_MAX = 64  # of one TXT record
RECORDS_SANE = 512  # of one section, for the probe
QUESTION_CLASSES = (1, 0x8001, 255, 0x80FF)
READ = frozenset((A, AAAA, PTR, SRV, TXT, HINFO))
TRANSPORTS = ("_tcp", "_udp")
ALL_TYPES = ("_services", "_dns-sd", "_udp")

# Lower case TXT key -> observable. Other values are not decoded: many hold names, tokens or places of persons.
TXT_KEYS = {
    b"ty": "mdns.txt_ty",
    b"product": "mdns.txt_product",
    b"usb_mfg": "mdns.txt_usb_mfg",
    b"usb_mdl": "mdns.txt_usb_mdl",
    b"mfg": "mdns.txt_manufacturer",
    b"manufacturer": "mdns.txt_manufacturer",
    b"vendor": "mdns.txt_manufacturer",
    b"mdl": "mdns.txt_model",
    b"md": "mdns.txt_model",
    b"model": "mdns.txt_model",
    b"am": "mdns.txt_model",
    b"model_number": "mdns.txt_model",  # D-Link
    b"serialnumber": "mdns.txt_serial",
    b"serial": "mdns.txt_serial",
    b"sn": "mdns.txt_serial",
    b"uuid": "mdns.txt_uuid",
    b"macaddress": "mdns.txt_mac",
    b"mac": "mdns.txt_mac",
    b"deviceid": "mdns.txt_mac",
    b"hw": "mdns.txt_hardware",
    b"hwversion": "mdns.txt_hardware",
    b"hardware_ver": "mdns.txt_hardware",
    b"fw": "mdns.txt_firmware",
    b"fv": "mdns.txt_firmware",
    b"fwversion": "mdns.txt_firmware",
    b"firmware": "mdns.txt_firmware",
    b"firmwareversion": "mdns.txt_firmware",
    b"version": "mdns.txt_version",
    b"osxvers": "mdns.txt_osxvers",
}

MAC_SHAPE = re.compile(r"(?:[0-9A-Fa-f]{2}[:-]?){5}[0-9A-Fa-f]{2}")
WORKSTATION = re.compile(r"(.*) \[((?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2})\]", re.DOTALL)  # as Avahi names it

Field = tuple[str, str]


class Service:
    """A service instance, gathered from its PTR, SRV and TXT records."""

    __slots__ = ("fields", "instance", "kind", "port", "target")

    def __init__(self, instance: str, kind: str) -> None:
        self.instance = instance
        self.kind = kind  # "_ipp._tcp"
        self.target: Name = NOTHING
        self.port = 0
        self.fields: tuple[Field, ...] = ()


class Heard:
    """What the records of one message say together. Names are keys in lower case."""

    __slots__ = ("addresses", "kinds", "reverse", "services", "traits", "written")

    def __init__(self) -> None:
        self.addresses: dict[Labels, list[str]] = {}
        self.written: dict[Labels, str] = {}  # host name as written
        self.traits: dict[Labels, tuple[Field, ...]] = {}  # of a host
        self.reverse: list[tuple[str, str]] = []
        self.services: dict[Labels, Service] = {}
        self.kinds: dict[str, None] = {}  # service types that are spoken of without an instance


def probe(first: bytes) -> bool:
    """Id 0 and the flags that RFC 6762 section 18 leaves: a response with authority, or a query for local names."""
    if first[:2] != b"\0\0" or len(first) < HEAD:
        return False
    flags, questions, answers, authorities, additional = COUNTS(first)
    flags &= ~TRUNCATED
    if (
        flags not in (0, RESPONSE | AUTHORITATIVE)
        or questions > RECORDS_SANE
        or answers > RECORDS_SANE
        or authorities > RECORDS_SANE
        or additional > RECORDS_SANE
    ):
        return False
    after = skip_name(first, HEAD)
    if flags:
        if questions:  # Apple's early responders repeat the question
            return 0 < after <= len(first) - 4 and u16(first, after + 2) in QUESTION_CLASSES
        return answers > 0 and 0 < after <= len(first) - 10 and u16(first, after + 2) & 0x7FFF == 1
    if questions and 0 < after <= len(first) - 4:
        local = b"\x05local\0" in first[HEAD:after] or b"\x04arpa\0" in first[HEAD:after]
        return local and u16(first, after + 2) in QUESTION_CLASSES
    return False


def read(data: bytes) -> Sequence[Event]:
    if len(data) < HEAD:
        return (Odd("mdns.cut"),)
    if not data[2] & 0x80:  # a query
        return ()
    reader = Reader(data)
    heard = Heard()
    for _, owner, kind, ttl, at, end in reader.records():
        if ttl and kind in READ:  # 0: goodbye (RFC 6762 section 10.1)
            take(reader, owner, kind, at, end, heard)
    said = utterances(heard)
    out: list[Event] = list(dict.fromkeys(said) if len(said) > 1 else said)
    capped = reader.capped or len(out) > SAID_MAX
    del out[SAID_MAX:]
    if reader.broken:
        out.append(Odd("mdns.malformed"))
    if capped:
        out.append(Odd("mdns.too_many_records"))
    return out


def take(reader: Reader, owner: Name, kind: int, at: int, end: int, heard: Heard) -> None:
    """Adds what one record says."""
    written, key, _ = owner
    if kind in (A, AAAA):
        address = reader.address(kind, at, end)
        known = heard.addresses.setdefault(key, [])
        if address and address not in known and len(known) < ADDRESSES_MAX:
            known.append(address)
            if key not in heard.written:
                heard.written[key] = ".".join(written)
    elif kind == PTR:
        target = reader.whole_name(at, end)
        if target is not None and target[0]:
            pointer(owner, target, heard)
    elif kind == HINFO:
        strings = counted(reader.data[at:end])
        if len(strings) == 2:
            heard.traits[key] = (("mdns.cpu", clean(strings[0])), ("mdns.os", clean(strings[1])))
    else:
        service = heard.services.get(key)
        if service is None:
            if not is_instance(written, key):
                return
            service = heard.services[key] = Service(written[0], f"{written[1]}.{written[2]}")
        if kind == TXT:
            service.fields = txt_fields(reader.data[at:end])
        elif end - at > 6:  # priority, weight, port, target
            target = reader.whole_name(at + 6, end)
            if target is not None and target[0]:
                service.target = target
                service.port = u16(reader.data, at + 4)


def pointer(owner: Name, target: Name, heard: Heard) -> None:
    """A PTR: type -> instance, subtype -> instance, the list of types (RFC 6763 section 9), or address -> name."""
    written, key, _ = target
    if owner[1][-1:] == ("arpa",) and (address := reverse_address(owner[1])):
        heard.reverse.append((address, ".".join(written)))
    elif is_instance(written, key):
        if key not in heard.services:
            heard.services[key] = Service(written[0], f"{written[1]}.{written[2]}")
    elif owner[1][:3] == ALL_TYPES and len(key) > 1 and key[0][:1] == "_" and key[1] in TRANSPORTS:
        heard.kinds[f"{written[0]}.{written[1]}"] = None


def is_instance(written: Labels, key: Labels) -> bool:
    """The name of a service instance: its own, "_service", "_tcp", and a domain."""
    return len(key) >= 4 and key[2] in TRANSPORTS and written[1][:1] == "_" and written[0][:1] != "_"


def txt_fields(raw: bytes) -> tuple[Field, ...]:
    """The wanted pairs; of a repeated key the first counts (RFC 6763 section 6.4). Other values are not decoded."""
    found: dict[str, str] = {}
    for string in counted(raw):
        key, _, value = string.partition(b"=")
        observable = TXT_KEYS.get(key.lower())
        if observable and observable not in found:
            text = clean(value)
            if text and (observable != "mdns.txt_mac" or MAC_SHAPE.fullmatch(text)):
                found[observable] = text
    return tuple(found.items())


def counted(raw: bytes) -> list[bytes]:
    """Strings that are each led by their length."""
    parts: list[bytes] = []
    at, size = 0, len(raw)
    while at < size and len(parts) < STRINGS_MAX:
        start = at + 1
        at = start + raw[at]
        if at > size:
            break
        parts.append(raw[start:at])
    return parts


def utterances(heard: Heard) -> list[Said]:
    out: list[Said] = []
    for host, addresses in heard.addresses.items():
        for address in addresses:
            say(out, About(address), (("mdns.name", heard.written[host]),))
    for address, name in heard.reverse:
        say(out, About(address), (("mdns.name", name),))
    for host, fields in heard.traits.items():
        say(out, described(heard, host), fields)
    for service in heard.services.values():
        target, key, _ = service.target
        about = described(heard, key)
        if about is None:
            continue
        if target and about is SENDER:
            say(out, about, (("mdns.name", ".".join(target)),))
        say(out, about, service_fields(service))
    for kind in heard.kinds:
        say(out, described(heard, ()), (("mdns.service", kind),))
    return out


def service_fields(service: Service) -> list[Field]:
    kind = service.kind
    workstation = WORKSTATION.fullmatch(service.instance) if kind.lower() == "_workstation._tcp" else None
    if workstation:
        fields = [
            ("mdns.service", kind),
            ("mdns.instance", workstation[1]),
            ("mdns.workstation_mac", workstation[2].lower()),
        ]
    else:
        fields = [("mdns.service", kind), ("mdns.instance", service.instance)]
    if service.port:
        fields.append(("mdns.service_port", f"{kind}:{service.port}"))
    fields += service.fields
    return fields


def described(heard: Heard, host: Labels) -> About | None:
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
    for address in addresses:
        if ":" not in address:
            return About(address)
    return About(addresses[0])


def say(out: list[Said], about: About | None, fields: Sequence[Field]) -> None:
    kept = tuple([(name, text[:TEXT_MAX]) for name, text in fields if text and not text.isspace()])
    if about is not None and kept:
        out.append(Said(about, kept))


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
