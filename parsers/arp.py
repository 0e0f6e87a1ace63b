"""ARP: which hardware address says it holds which IPv4 address. RFC 826, probes and announcements RFC 5227.

  0 hardware type 2   2 protocol type 2   4 hlen 1   5 plen 1   6 operation 2
  8 sender hardware address 6   14 sender protocol address 4
  18 target hardware address 6   24 target protocol address 4

The target of a request is only asked for, and that of a reply is the one that asked: neither is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsers.api import About, DatagramSpec, Event, Odd, Said
from parsers.reading import ip_text, mac_text, u16

LENGTH = 28  # the rest of the frame is padding
ETHERNET = (1, 6)  # RFC 826; 6 is IEEE 802, with the same addresses
IPV4 = 0x0800
OPERATIONS = (1, 2)  # request, reply

NOBODY_IP = b"\0\0\0\0"
LOOPBACK = 127
MULTICAST = 224  # and everything above it: no host's own address


def probe(first: bytes) -> bool:
    return (
        len(first) >= 8
        and u16(first, 0) in ETHERNET
        and u16(first, 2) == IPV4
        and first[4:6] == b"\x06\x04"
        and u16(first, 6) in OPERATIONS
    )


def read(data: bytes) -> Iterator[Event]:
    if len(data) < 8:
        yield Odd("arp.cut")
        return
    if not probe(data):
        yield Odd("arp.not_ethernet_ipv4")
        return
    if len(data) < LENGTH:
        yield Odd("arp.cut")
        return
    mac, ip = data[8:14], data[14:18]
    if mac[0] & 1 or not any(mac):
        yield Odd("arp.impossible_hardware_address")
    elif ip == NOBODY_IP:
        pass  # a probe: the address is not yet its own (RFC 5227 section 2.1.1)
    elif ip[0] in (0, LOOPBACK) or ip[0] >= MULTICAST:
        yield Odd("arp.impossible_address")
    else:
        yield Said(About(mac_text(mac)), (("arp.address", ip_text(ip)),))


SPEC = DatagramSpec(
    name="arp",
    title="ARP",
    carriers=frozenset({"ethertype:0806"}),
    probe=probe,
    read=read,
    emits={"arp.address": 0.9},
)
