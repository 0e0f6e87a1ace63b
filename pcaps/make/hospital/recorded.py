"""What real programs said, from the sample captures of this repository, between hosts of the made-up hospital."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from pcaps.make.hospital import wire
from pcaps.make.hospital.core import VMWARE, Hospital
from pcaps.make.hospital.network import HOP, START, Card

PCAPS = Path(__file__).parents[2]
SAMPLES = ("http/login", "http/proxied", "tls/tls10", "tls/tls12", "tls/tls13", "tls/tls13-retry")
Segment = tuple[int, bytes, bytes, bytes]  # time in ns, source, target, TCP segment


def segments(capture: Path) -> Iterator[Segment]:
    """The TCP segments over IPv4 in a little-endian pcap file of Ethernet frames."""
    raw = capture.read_bytes()
    magic, *_, link = struct.unpack_from("<IHHiIII", raw)
    unit = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}[magic]
    if link != 1:
        raise ValueError(f"{capture}: link type {link}")
    at = 24
    while at + 16 <= len(raw):
        seconds, rest, size, _ = struct.unpack_from("<IIII", raw, at)
        frame = raw[at + 16 : at + 16 + size]
        at += 16 + size
        if frame[12:14] == b"\x08\x00" and frame[23] == 6:
            packet = frame[14 : 14 + int.from_bytes(frame[16:18])]
            yield seconds * 10**9 + rest * unit, packet[12:16], packet[16:20], packet[(packet[0] & 15) * 4 :]


@lru_cache
def longest_talk(capture: Path) -> tuple[Segment, ...]:
    """The segments between the two hosts that said most, the first of them being the client."""
    pairs: dict[frozenset[bytes], list[Segment]] = {}
    for segment in segments(capture):
        pairs.setdefault(frozenset(segment[1:3]), []).append(segment)
    return tuple(max((len(talk), talk) for talk in pairs.values())[1])


def replayed(h: Hospital) -> None:
    """A PC and a server say what two real programs said, at its pace, under addresses of here."""
    said = longest_talk(PCAPS / f"{h.random.choice(SAMPLES)}.pcap")
    number = h.number()
    client = h.device("recorded", f"client {number}")
    server = h.device("recorded", f"server {number}")
    ends = {
        said[0][1]: h.card(client, h.room("office", seen=True), "001422"),
        said[0][2]: h.card(server, h.room("clinical", seen=True), VMWARE),
    }
    for card in ends.values():
        h.arrive(START, card)
    begin = h.when()
    last = 0
    for time, source, target, segment in said:
        last = max(last + 2 * HOP, begin + time - said[0][0])  # what is routed takes HOP
        h.send(last, ends[source], ends[target], 6, summed(ends[source], ends[target], segment))


def summed(source: Card, target: Card, segment: bytes) -> bytes:
    """The segment with the checksum that its new addresses need."""
    blank = segment[:16] + b"\0\0" + segment[18:]
    total = wire.checksum(source.ip + target.ip + struct.pack(">HH", 6, len(blank)) + blank)
    return segment[:16] + total.to_bytes(2) + segment[18:]


FAMILIES = ((replayed, 0.6),)
