"""WS-Discovery messages: which devices are named, of which types, in which scopes, at which addresses.

OASIS WS-Discovery 1.1 sections 4 to 6 and the draft of 2005/04 that printers and cameras speak; SOAP 1.2.

  Envelope Body  Hello | Bye | Probe | Resolve         one device, or what is looked for
                 ProbeMatches ProbeMatch * | ResolveMatches ResolveMatch
  of each        EndpointReference Address (a stable URI), Types (qualified names), Scopes (URIs), XAddrs (URLs)
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from msgspec import Struct

from parsers import soap

NAMESPACES = (
    "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01",
    "http://schemas.xmlsoap.org/ws/2005/04/discovery",
)
IN_BYTES = tuple(namespace.encode() for namespace in NAMESPACES)
ADDRESSING = ("http://www.w3.org/2005/08/addressing", "http://schemas.xmlsoap.org/ws/2004/08/addressing")
ENVELOPES = ("http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/")

HELLO, BYE, PROBE, RESOLVE, PROBE_MATCH, RESOLVE_MATCH = (
    *("Hello", "Bye", "Probe", "Resolve"),
    *("ProbeMatch", "ResolveMatch"),
)
ITEMS = {f"{{{namespace}}}{kind}": kind for namespace in NAMESPACES for kind in (HELLO, BYE, PROBE, RESOLVE)} | {
    f"{{{namespace}}}{kind}": kind for namespace in NAMESPACES for kind in (PROBE_MATCH, RESOLVE_MATCH)
}
BODIES = frozenset(f"{{{namespace}}}Body" for namespace in ENVELOPES)
REFERENCE = frozenset(f"{{{namespace}}}EndpointReference" for namespace in ADDRESSING)
ADDRESS = frozenset(f"{{{namespace}}}Address" for namespace in ADDRESSING)
TYPES, SCOPES, XADDRS = (
    frozenset(f"{{{namespace}}}{name}" for namespace in NAMESPACES) for name in ("Types", "Scopes", "XAddrs")
)
WANTED = soap.Wanted(frozenset(ITEMS) | ADDRESS | TYPES | SCOPES | XADDRS)

ITEMS_MAX = 16  # devices of one message; a proxy answers with a few
UUID = re.compile(r"(?:urn:)?(?:uuid:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)


class Item(Struct, frozen=True):
    """One device that is announced, or what is looked for. kind: Hello, Bye, Probe, Resolve, ProbeMatch, ResolveMatch.
    address: of its endpoint reference. types: {namespace}local. xaddrs: URLs as they stand."""

    kind: str
    address: str = ""
    types: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    xaddrs: tuple[str, ...] = ()

    @property
    def uuid(self) -> str:
        found = UUID.fullmatch(self.address)
        return found[1].lower() if found else ""

    @property
    def hosts(self) -> tuple[str, ...]:
        """IP addresses of its transport addresses; a loopback address names nobody."""
        found = (host_of(url) for url in self.xaddrs)
        return tuple(dict.fromkeys(host for host in found if host))


class Announcement(Struct, frozen=True):
    items: tuple[Item, ...]
    whole: bool
    capped: bool


def is_discovery(first: bytes) -> bool:
    """XML with one of the namespaces of WS-Discovery near its beginning."""
    return soap.looks_like_xml(first) and any(namespace in first for namespace in IN_BYTES)


def read(data: bytes) -> Announcement | None:
    """The devices of a message, up to where it is broken; None where it is no XML that may be read."""
    message = soap.read(data, WANTED)
    if message is None:
        return None
    items: list[Item] = []
    address = ""
    types: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    xaddrs: tuple[str, ...] = ()
    for element in message.elements:
        name, parents = element.name, element.parents
        if name in ITEMS:
            if not BODIES.isdisjoint(parents):
                items.append(Item(ITEMS[name], address, types, scopes, xaddrs))
            address, types, scopes, xaddrs = "", (), (), ()
        elif len(parents) < 2:
            continue
        elif name in ADDRESS and parents[-1] in REFERENCE and parents[-2] in ITEMS:
            address = element.line()
        elif parents[-1] not in ITEMS:
            continue
        elif name in TYPES:
            types = element.qualified()
        elif name in SCOPES:
            scopes = element.words()
        elif name in XADDRS:
            xaddrs = element.words()
    return Announcement(tuple(items[:ITEMS_MAX]), message.whole, message.capped or len(items) > ITEMS_MAX)


def host_of(url: str) -> str:
    """The IP address in a URL in its canonical form, or ""."""
    try:
        host = urlsplit(url).hostname or ""
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    return "" if address.is_loopback or address.is_unspecified or address.is_multicast else str(address)
