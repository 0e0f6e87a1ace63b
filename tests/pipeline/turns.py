"""Captures cut by what was said: frames with their flow, side and turn; ports changed to such as hint at nothing.

Ethernet with IPv4 only, as the captures in pcaps/ of TCP and UDP have it. A turn is what one end of a connection sends
until the other sends something; a datagram is a turn of its own.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from msgspec import Struct

GLOBAL, RECORD = 24, 16
ETHERNET = 14
TCP, UDP = 6, 17


class Frame(Struct):
    """flow, side, turn: 0 for the first; turn is -1 for what carries nothing, flow is -1 for what is no TCP or UDP."""

    raw: bytes
    time: bytes
    flow: int = -1
    side: int = 0
    turn: int = -1


def frames(path: Path) -> list[Frame]:
    """A pcap in little-endian byte order, as tcpdump writes it here."""
    data = path.read_bytes()
    found: list[Frame] = []
    flows: dict[tuple[bytes, ...], int] = {}
    said: dict[int, tuple[int, int]] = {}  # flow -> who spoke last, turn
    at = GLOBAL
    while at + RECORD <= len(data):
        (size,) = struct.unpack_from("<I", data, at + 8)
        frame = Frame(data[at + RECORD : at + RECORD + size], data[at : at + 8])
        at += RECORD + size
        found.append(frame)
        raw = frame.raw
        if raw[12:14] != b"\x08\0" or raw[23] not in (TCP, UDP):
            continue
        udp, header = raw[23] == UDP, ETHERNET + (raw[14] & 15) * 4
        ends = (raw[26:30] + raw[header : header + 2], raw[30:34] + raw[header + 2 : header + 4])
        frame.flow = flows.setdefault((raw[23:24], *sorted(ends)), len(flows))
        frame.side = int(ends[0] > ends[1])
        end = ETHERNET + int.from_bytes(raw[16:18], "big")
        if end == header + (8 if udp else (raw[header + 12] >> 4) * 4):
            continue
        last, turn = said.get(frame.flow, (-1, -1))
        frame.turn = turn + (udp or last != frame.side)
        said[frame.flow] = (frame.side, frame.turn)
    return found


def kept(all_of: Iterable[Frame], wanted: Callable[[Frame], bool]) -> list[Frame]:
    return [frame for frame in all_of if wanted(frame)]


def on_other_ports(all_of: Iterable[Frame], ports: Mapping[int, int]) -> list[Frame]:
    """The same with these ports changed. Checksums are as they were; nobody looks at them."""
    out = []
    for frame in all_of:
        raw = bytearray(frame.raw)
        if frame.flow >= 0:
            header = ETHERNET + (raw[14] & 15) * 4
            for at in (header, header + 2):
                port = int.from_bytes(raw[at : at + 2], "big")
                raw[at : at + 2] = ports.get(port, port).to_bytes(2, "big")
        out.append(Frame(bytes(raw), frame.time, frame.flow, frame.side, frame.turn))
    return out


def write(path: Path, all_of: Iterable[Frame]) -> Path:
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        for frame in all_of:
            out.write(frame.time + struct.pack("<II", len(frame.raw), len(frame.raw)) + frame.raw)
    return path
