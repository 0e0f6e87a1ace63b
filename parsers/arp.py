"""ARP: which hardware address says it holds which IPv4 address. RFC 826, probes and announcements RFC 5227.

  0 hardware type 2   2 protocol type 2   4 hlen 1   5 plen 1   6 operation 2
  8 sender hardware address 6   14 sender protocol address 4
  18 target hardware address 6   24 target protocol address 4

The target of a request is only asked for, and that of a reply is the one that asked: neither is said.
"""

from __future__ import annotations

from functools import lru_cache

from parsers.api import About, DatagramSpec, Event, Odd, Said
from parsers.reading import ip_text, mac_text

LENGTH = 28  # the rest of the frame is padding
HEADS = frozenset(  # Ethernet, or IEEE 802 (6) with the same addresses; IPv4; their lengths; request, reply
    bytes((0, hardware)) + b"\x08\x00\x06\x04\x00" + bytes((operation,)) for hardware in (1, 6) for operation in (1, 2)
)
SENDERS_KEPT = 4096  # whose utterance is kept ready: hosts repeat themselves every minute

NOBODY_IP = b"\0\0\0\0"
LOOPBACK = 127
MULTICAST = 224  # and everything above it: no host's own address


def probe(first: bytes) -> bool:
    return first[:8] in HEADS


def read(data: bytes) -> tuple[Event, ...]:
    if data[:8] not in HEADS:
        return (Odd("arp.not_ethernet_ipv4" if len(data) >= 8 else "arp.cut"),)
    if len(data) < LENGTH:
        return (Odd("arp.cut"),)
    return sender(data[8:18])


@lru_cache(maxsize=SENDERS_KEPT)
def sender(addresses: bytes) -> tuple[Event, ...]:
    """What the sender's two addresses say."""
    mac, ip = addresses[:6], addresses[6:]
    if mac[0] & 1 or not any(mac):
        return (Odd("arp.impossible_hardware_address"),)
    if ip == NOBODY_IP:
        return ()  # a probe: the address is not yet its own (RFC 5227 section 2.1.1)
    if ip[0] in (0, LOOPBACK) or ip[0] >= MULTICAST:
        return (Odd("arp.impossible_address"),)
    return (Said(About(mac_text(mac)), (("arp.address", ip_text(ip)),)),)


SPEC = DatagramSpec(
    name="arp",
    title="ARP",
    carriers=frozenset({"ethertype:0806"}),
    probe=probe,
    read=read,
    emits={"arp.address": 0.9},
)
