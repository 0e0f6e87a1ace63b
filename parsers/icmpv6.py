"""IPv6 neighbour discovery: which link-layer address says it holds which IPv6 address, who routes, and what. RFC 4861.

  0 type 1   1 code 1   2 checksum 2
  133 router solicitation       4 reserved 4    8 options
  134 router advertisement      4 hop limit 1   5 M O flags 1   6 lifetime 2   8 timers 8   16 options
  135 neighbour solicitation    4 reserved 4    8 target 16   24 options
  136 neighbour advertisement   4 R S O flags, 4 bytes   8 target 16   24 options
  option: type 1, length 1 in units of 8 bytes, data (section 4.6): 1 source and 2 target link-layer address;
    3 prefix: length 1, flags 1, lifetimes 8, zero 4, prefix 16; 5 MTU: zero 2, 4
    25 DNS servers: zero 2, lifetime 4, addresses; 31 search list: zero 2, lifetime 4, names (RFC 8106 section 5)

The IP header is not given here: what the source of a message says of itself is about the sender. A solicited target is
only asked for, so duplicate address detection (RFC 4862 section 5.4) binds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from parsers.api import SENDER, TEXT_MAX, About, DatagramSpec, Event, Odd, Said
from parsers.reading import ip_text, mac_text, printable, u16, u32

Field = tuple[str, str]
Option = tuple[int, bytes]  # type, data

ROUTER_SOLICITATION, ROUTER_ADVERTISEMENT, NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT = 133, 134, 135, 136
OPTIONS_AT = {
    ROUTER_SOLICITATION: 8,
    ROUTER_ADVERTISEMENT: 16,
    NEIGHBOUR_SOLICITATION: 24,
    NEIGHBOUR_ADVERTISEMENT: 24,
}
SOURCE_LINK, TARGET_LINK, PREFIX, MTU, DNS_SERVERS, SEARCH_LIST = 1, 2, 3, 5, 25, 31
MANAGED, OTHER = 0x80, 0x40  # flags of an advertisement: addresses, or the rest, come from DHCPv6
ROUTER_FLAG = 0x80
OPTIONS_MAX = 32  # a router advertises a handful; more is somebody playing
DNS_SERVERS_MAX = 8  # of one list; a host uses the first ones
LABELS_MAX = 16  # of the first name of a search list

HOLDERS_KEPT = 4096  # whose utterance is kept ready: hosts answer the same again and again
ROUTER = ("nd.router", "yes")
DNS_SERVER = (("nd.dns_server", "yes"),)
NO_ADDRESS, LOOPBACK = bytes(16), bytes(15) + b"\1"


def probe(first: bytes) -> bool:
    return len(first) >= 8 and first[0] in OPTIONS_AT and first[1] == 0


def read(data: bytes) -> Sequence[Event]:
    if not data or data[0] not in OPTIONS_AT:
        return ()  # echo, errors, multicast listeners: they name nobody
    kind = data[0]
    start = OPTIONS_AT[kind]
    if len(data) < start or data[1] != 0:  # section 6.1 and 7.1: the code is 0
        return (Odd("nd.malformed"),)
    out: list[Event] = []
    found = options(data, start, out)
    links = link_addresses(found, out)
    if kind == NEIGHBOUR_ADVERTISEMENT:
        out += advertised(data[8:24], links.get(TARGET_LINK, ""), bool(data[4] & ROUTER_FLAG))
        return out
    fields: list[Field] = [ROUTER] if kind == ROUTER_ADVERTISEMENT else []
    if SOURCE_LINK in links:
        fields.append(("nd.link_address", links[SOURCE_LINK]))
    if kind == ROUTER_ADVERTISEMENT:
        fields += network(data, found)
    if fields:
        out.append(Said(SENDER, tuple(dict.fromkeys(fields))))
    if kind == ROUTER_ADVERTISEMENT:
        out += dns_servers(found)
    return out


def network(data: bytes, found: Sequence[Option]) -> Iterator[Field]:
    """What a router tells of the network that it serves."""
    yield "nd.router_lifetime", str(u16(data, 6))  # seconds; 0: routes, but is nobody's default (section 6.2.3)
    if data[5] & (MANAGED | OTHER):
        yield "nd.dhcpv6", "addresses" if data[5] & MANAGED else "other"
    for kind, value in found:
        if kind == PREFIX and len(value) == 30 and value[0] <= 128 and value[14] != 0xFF and u32(value, 2):
            yield "nd.prefix", f"{ip_text(masked(value[14:], value[0]))}/{value[0]}"
        elif kind == MTU and len(value) == 6:
            yield "nd.mtu", str(u32(value, 2))
        elif kind == SEARCH_LIST and (name := first_name(value[6:])):
            yield "nd.domain", name


def masked(address: bytes, length: int) -> bytes:
    """What follows the prefix means nothing (section 4.6.2)."""
    spare = 128 - length
    return (int.from_bytes(address) >> spare << spare).to_bytes(16)


def first_name(value: bytes) -> str:
    """The first of names in DNS wire format, or ""."""
    labels: list[str] = []
    at = 0
    for _ in range(LABELS_MAX):
        if at >= len(value) or value[at] == 0 or value[at] > 63 or at + 1 + value[at] > len(value):
            break
        labels.append(printable(value[at + 1 : at + 1 + value[at]]))
        at += 1 + value[at]
    return ".".join(labels)[:TEXT_MAX] if at < len(value) and value[at] == 0 and all(labels) else ""


def dns_servers(found: Sequence[Option]) -> Iterator[Said]:
    for kind, value in found:
        if kind == DNS_SERVERS:
            hosts = [value[at : at + 16] for at in range(6, len(value) - 15, 16)][:DNS_SERVERS_MAX]
            yield from (Said(About(ip_text(host)), DNS_SERVER) for host in hosts if host[0] != 0xFF and any(host))


@lru_cache(maxsize=HOLDERS_KEPT)
def advertised(target: bytes, mac: str, router: bool) -> tuple[Event, ...]:
    """The target is the one that answers (section 4.4); without its link-layer address nothing is bound."""
    if target[0] == 0xFF or target in (NO_ADDRESS, LOOPBACK):
        return (Odd("nd.impossible_address"),)
    if not mac:
        return ()
    address = ("nd.address", ip_text(target))
    return (Said(About(mac), (address, ROUTER) if router else (address,)),)


def options(data: bytes, at: int, out: list[Event]) -> list[Option]:
    """Type and data of each option."""
    found: list[Option] = []
    for _ in range(OPTIONS_MAX):
        if at + 2 > len(data):
            return found
        size = data[at + 1] * 8
        if size == 0 or at + size > len(data):
            out.append(Odd("nd.bad_option"))
            return found
        found.append((data[at], data[at + 2 : at + size]))
        at += size
    out.append(Odd("nd.too_many_options"))
    return found


def link_addresses(found: Sequence[Option], out: list[Event]) -> dict[int, str]:
    """The Ethernet addresses among the options of a message."""
    links: dict[int, str] = {}
    for kind, mac in found:
        if kind in (SOURCE_LINK, TARGET_LINK) and len(mac) == 6:  # other links have longer addresses
            if mac[0] & 1 or not any(mac):
                out.append(Odd("nd.impossible_link_address"))
            else:
                links.setdefault(kind, mac_text(mac))
    return links


SPEC = DatagramSpec(
    name="nd",
    title="IPv6 neighbour discovery",
    carriers=frozenset({"ip:58"}),
    probe=probe,
    read=read,
    emits={
        "nd.address": 0.9,
        "nd.link_address": 0.8,
        "nd.router": 0.8,
        "nd.router_lifetime": 0.7,
        "nd.dhcpv6": 0.6,
        "nd.prefix": 0.7,
        "nd.mtu": 0.6,
        "nd.domain": 0.5,
        "nd.dns_server": 0.6,
    },
)
