"""Bytes on a link: Ethernet, VLAN tags, IPv4, UDP, TCP segments, and capture files. RFC 791, 768, 9293; IEEE 802.1Q."""

from __future__ import annotations

import struct
from pathlib import Path

BROADCAST = b"\xff" * 6
MSS = 1460
PCAP_HEAD = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1)  # nanoseconds, Ethernet
FIN, SYN, RST, PUSH, ACK = 1, 2, 4, 8, 16

Stack = tuple[int, int, bytes]  # initial TTL, window, options of a SYN


def options(*, stamps: bool, scale: int, linux: bool) -> bytes:
    """Options of a SYN in the order in which Linux and Windows write them."""
    size = b"\x02\x04" + MSS.to_bytes(2)
    shift = b"\x03\x03" + bytes((scale,))
    if linux:
        return size + b"\x04\x02" + (b"\x08\x0a" + bytes(8) if stamps else b"") + b"\x01" + shift
    return size + b"\x01" + shift + b"\x01\x01\x04\x02"


STACKS: dict[str, Stack] = {
    "linux": (64, 64240, options(stamps=True, scale=7, linux=True)),
    "windows": (128, 64240, options(stamps=False, scale=8, linux=False)),
    "embedded": (255, 8192, b"\x02\x04" + MSS.to_bytes(2)),
}


def mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def mac_text(raw: bytes) -> str:
    return raw.hex(":")


def ip_text(raw: bytes) -> str:
    return ".".join(map(str, raw))


def checksum(data: bytes) -> int:
    """RFC 1071. A sum of 16-bit words with carries brought round is the remainder by 65535."""
    return 0xFFFF - int.from_bytes(data + b"\0" * (len(data) & 1)) % 0xFFFF


def ethernet(source: bytes, destination: bytes, vlan: int, kind: int, payload: bytes) -> bytes:
    """A frame; vlan 0 is untagged; padded to the 60 bytes that a card sends at least."""
    tag = b"\x81\x00" + vlan.to_bytes(2) if vlan else b""
    return (destination + source + tag + kind.to_bytes(2) + payload).ljust(60, b"\0")


def packet(source: bytes, destination: bytes, ttl: int, protocol: int, payload: bytes, identity: int = 0) -> bytes:
    head = struct.pack(">BBHHHBB", 0x45, 0, 20 + len(payload), identity & 0xFFFF, 0x4000, ttl, protocol)
    return head + checksum(head + source + destination).to_bytes(2) + source + destination + payload


def hop(whole: bytes) -> bytes:
    """The packet as the next router sends it on: TTL less by one."""
    head = whole[:8] + bytes((whole[8] - 1,)) + whole[9:10]
    return head + checksum(head + whole[12:20]).to_bytes(2) + whole[12:]


def udp(source: bytes, destination: bytes, ports: tuple[int, int], payload: bytes) -> bytes:
    head = struct.pack(">HHH", *ports, 8 + len(payload))
    pseudo = source + destination + struct.pack(">HH", 17, 8 + len(payload))
    return head + (checksum(pseudo + head + b"\0\0" + payload) or 0xFFFF).to_bytes(2) + payload


def segment(
    source: bytes,
    destination: bytes,
    ports: tuple[int, int],
    numbers: tuple[int, int],
    flags: int,
    window: int,
    data: bytes = b"",
    opts: bytes = b"",
) -> bytes:
    opts += b"\0" * (-len(opts) % 4)
    head = struct.pack(">HHIIHH", *ports, *(n & 0xFFFFFFFF for n in numbers), (20 + len(opts)) << 10 | flags, window)
    whole = head + b"\0\0\0\0" + opts + data
    total = checksum(source + destination + struct.pack(">HH", 6, len(whole)) + whole)
    return head + total.to_bytes(2) + b"\0\0" + opts + data


def write(path: Path, frames: list[tuple[int, int, bytes]]) -> int:
    """A capture file of (time in ns, order, frame), by time; its size."""
    frames.sort()
    with path.open("wb") as file:
        file.write(PCAP_HEAD)
        pieces: list[bytes] = []
        for time, _, frame in frames:
            seconds, rest = divmod(time, 1_000_000_000)
            pieces += (struct.pack("<IIII", seconds, rest, len(frame), len(frame)), frame)
            if len(pieces) > 1 << 14:
                file.write(b"".join(pieces))
                pieces.clear()
        file.write(b"".join(pieces))
        return file.tell()
