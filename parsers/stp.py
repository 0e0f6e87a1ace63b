"""Spanning tree (STP, RSTP, MSTP, Cisco's per-VLAN form): which bridge a port belongs to. IEEE 802.1Q-2018 clause 14.

  LLC 42 42 03, or SNAP aa aa 03 00 00 0c 01 0b (per VLAN), then:
  0 protocol 2: 0   2 version 1   3 type 1 (00 configuration, 80 topology change, 02 rapid)
  4 flags 1   5 root id 8   13 cost of the way to it 4   17 bridge id 8   25 port id 2   27 timers 8
  version 3: 35 zero 1   36 length 2   38 format 1   39 name of the region 32   71 revision 2   73 digest 16
  bridge id: priority and system id extension 2, MAC 6

Sent from a port's own address, never forwarded. The bridge's address is that of the whole switch, on all its ports.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsers.api import SENDER, DatagramSpec, Event, Odd, Said
from parsers.reading import clean, mac_text, u16

STP, PER_VLAN = b"\x42\x42\x03", b"\xaa\xaa\x03\x00\x00\x0c\x01\x0b"
CONFIGURATION, RAPID, TOPOLOGY_CHANGE = 0x00, 0x02, 0x80
BPDU = 35  # bytes of a configuration BPDU
REGION = slice(39, 71)
VERSIONS = {0: "stp", 2: "rstp", 3: "mstp"}  # clause 14.4: a higher number reads as the highest one knows


def probe(first: bytes) -> bool:
    at = start(first)
    return at > 0 and len(first) >= at + 4 and first[at] == first[at + 1] == 0 and first[at + 3] in (0, 2, 0x80)


def start(data: bytes) -> int:
    """Where the BPDU begins, or 0."""
    if data[:3] == STP:
        return 3
    return 8 if data[:8] == PER_VLAN else 0


def read(data: bytes) -> Sequence[Event]:
    at = start(data)
    if not probe(data):
        return (Odd("stp.malformed"),)
    bpdu = data[at:]
    if bpdu[3] == TOPOLOGY_CHANGE:
        return ()  # names nobody
    if len(bpdu) < BPDU:
        return (Odd("stp.cut"),)
    root, bridge = bpdu[7:13], bpdu[19:25]
    if impossible(root) or impossible(bridge):
        return (Odd("stp.impossible_bridge"),)
    fields = [
        ("stp.version", "pvst" if at == len(PER_VLAN) else VERSIONS.get(bpdu[2], "mstp")),
        ("stp.bridge_id", mac_text(bridge)),
        ("stp.priority", str(u16(bpdu, 17) & 0xF000)),
        ("stp.port", str(u16(bpdu, 25) & 0x0FFF)),  # the upper four bits are its priority (clause 14.2.7)
        ("stp.root_id", mac_text(root)),
    ]
    if bridge == root:
        fields.append(("stp.root", "yes"))
    if bpdu[2] >= 3 and len(bpdu) >= REGION.stop and (region := clean(bpdu[REGION])):
        fields.append(("stp.region", region))
    return (Said(SENDER, tuple(fields)),)


def impossible(mac: bytes) -> bool:
    return bool(mac[0] & 1) or not any(mac)


SPEC = DatagramSpec(
    name="stp",
    title="Spanning tree (STP, RSTP, MSTP)",
    carriers=frozenset({"llc:4242", "llc:aaaa"}),
    probe=probe,
    read=read,
    emits={
        "stp.version": 0.9,
        "stp.bridge_id": 0.9,
        "stp.priority": 0.5,
        "stp.port": 0.7,
        "stp.root_id": 0.7,
        "stp.root": 0.7,
        "stp.region": 0.4,
    },
)
