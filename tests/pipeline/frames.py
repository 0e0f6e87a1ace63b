"""Frames made by hand: just enough Ethernet, IPv4, TCP and UDP for tests."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

MAC_A, MAC_B = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
SYN, ACK = 0x02, 0x10


def ipv4(source: int, target: int, protocol: int, payload: bytes, *, ident: int = 0, fragment: int = 0) -> bytes:
    """source, target: addresses as numbers. fragment: flags and offset field. The header checksum is left zero."""
    header = struct.pack(
        ">BBHHHBBHII", 0x45, 0, 20 + len(payload), ident & 0xFFFF, fragment, 64, protocol, 0, source, target
    )
    return MAC_B + MAC_A + b"\x08\x00" + header + payload


def tcp(
    source: int, target: int, sport: int, dport: int, seq: int, flags: int, payload: bytes = b"", ident: int = 0
) -> bytes:
    header = struct.pack(">HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, 0, 5 << 4, flags, 8192, ident & 0xFFFF, 0)
    return ipv4(source, target, 6, header + payload, ident=ident)


def udp(source: int, target: int, sport: int, dport: int, payload: bytes, ident: int = 0) -> bytes:
    return ipv4(
        source, target, 17, struct.pack(">HHHH", sport, dport, 8 + len(payload), ident & 0xFFFF) + payload, ident=ident
    )


def write(path: Path, frames: Iterable[bytes], step: int = 1_000) -> Path:
    """A pcap of Ethernet, one frame every `step` microseconds from 2026-01-05 08:00 UTC on."""
    start = 1_767_600_000
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        for number, frame in enumerate(frames):
            time = number * step
            out.write(struct.pack("<IIII", start + time // 1_000_000, time % 1_000_000, len(frame), len(frame)) + frame)
    return path
