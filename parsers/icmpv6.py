"""IPv6 neighbour discovery: which link-layer address says it holds which IPv6 address, and who routes. RFC 4861.

  0 type 1   1 code 1   2 checksum 2
  133 router solicitation       4 reserved 4    8 options
  134 router advertisement      4 hop limit 1   5 flags 1   6 lifetime 2   8 timers 8   16 options
  135 neighbour solicitation    4 reserved 4    8 target 16   24 options
  136 neighbour advertisement   4 R S O flags, 4 bytes   8 target 16   24 options
  option: type 1, length 1 in units of 8 bytes, data; 1 source and 2 target link-layer address (section 4.6.1)

The IP header is not given here: what the source of a message says of itself is about the sender. A solicited target is
only asked for, so duplicate address detection (RFC 4862 section 5.4) binds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from parsers.api import SENDER, About, DatagramSpec, Event, Odd, Said
from parsers.reading import ip_text, mac_text

ROUTER_SOLICITATION, ROUTER_ADVERTISEMENT, NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT = 133, 134, 135, 136
OPTIONS_AT = {
    ROUTER_SOLICITATION: 8,
    ROUTER_ADVERTISEMENT: 16,
    NEIGHBOUR_SOLICITATION: 24,
    NEIGHBOUR_ADVERTISEMENT: 24,
}
SOURCE_LINK, TARGET_LINK = 1, 2
ROUTER_FLAG = 0x80
OPTIONS_MAX = 32  # a router advertises a handful; more is somebody playing

HOLDERS_KEPT = 4096  # whose utterance is kept ready: hosts answer the same again and again
ROUTER = ("nd.router", "yes")
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
    links: dict[int, str] = {}
    options(data, start, links, out)
    if kind == NEIGHBOUR_ADVERTISEMENT:
        out += advertised(data[8:24], links.get(TARGET_LINK, ""), bool(data[4] & ROUTER_FLAG))
        return out
    fields = [ROUTER] if kind == ROUTER_ADVERTISEMENT else []
    if SOURCE_LINK in links:
        fields.append(("nd.link_address", links[SOURCE_LINK]))
    if fields:
        out.append(Said(SENDER, tuple(fields)))
    return out


@lru_cache(maxsize=HOLDERS_KEPT)
def advertised(target: bytes, mac: str, router: bool) -> tuple[Event, ...]:
    """The target is the one that answers (section 4.4); without its link-layer address nothing is bound."""
    if target[0] == 0xFF or target in (NO_ADDRESS, LOOPBACK):
        return (Odd("nd.impossible_address"),)
    if not mac:
        return ()
    address = ("nd.address", ip_text(target))
    return (Said(About(mac), (address, ROUTER) if router else (address,)),)


def options(data: bytes, at: int, links: dict[int, str], out: list[Event]) -> None:
    """Collects the Ethernet addresses among the options of a message."""
    for _ in range(OPTIONS_MAX):
        if at + 2 > len(data):
            return
        size = data[at + 1] * 8
        if size == 0 or at + size > len(data):
            out.append(Odd("nd.bad_option"))
            return
        if size == 8 and data[at] in (SOURCE_LINK, TARGET_LINK):  # other links have longer addresses
            mac = data[at + 2 : at + 8]
            if mac[0] & 1 or not any(mac):
                out.append(Odd("nd.impossible_link_address"))
            else:
                links.setdefault(data[at], mac_text(mac))
        at += size
    out.append(Odd("nd.too_many_options"))


SPEC = DatagramSpec(
    name="nd",
    title="IPv6 neighbour discovery",
    carriers=frozenset({"ip:58"}),
    probe=probe,
    read=read,
    emits={"nd.address": 0.9, "nd.link_address": 0.8, "nd.router": 0.8},
)
