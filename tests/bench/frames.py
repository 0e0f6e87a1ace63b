"""Frames of made-up hosts: Ethernet, VLAN tags, IPv4 and IPv6, UDP, and TCP connections with their accidents."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from random import Random
from typing import NamedTuple

Timed = list[tuple[int, bytes]]  # time in ns, frame

BROADCAST = b"\xff" * 6
MSS = 1460
LINK_NS = 12_000  # a full frame on a gigabit link
DELAY_NS = 180_000  # there and back in one hospital


class Host(NamedTuple):
    """One device, or a server behind the router of the device's network: mac is what its frames show at the tap."""

    mac: bytes
    ip: bytes  # 4 or 16 bytes
    tags: bytes  # VLAN tags of its network, with their EtherTypes
    ttl: int
    stamps: bool  # sends TCP timestamps, as Linux does and Windows does not
    name: str
    number: int


def checksum(data: bytes) -> int:
    """RFC 1071. A sum of 16-bit words with carries brought round is the remainder by 65535."""
    return 0xFFFF - int.from_bytes(data + b"\0" * (len(data) & 1)) % 0xFFFF


def link(source: Host, destination: bytes, kind: int, payload: bytes) -> bytes:
    """A frame, padded to the 60 bytes that a card sends at least."""
    frame = destination + source.mac + source.tags + kind.to_bytes(2) + payload
    return frame if len(frame) >= 60 else frame.ljust(60, b"\0")


def ip(source: Host, destination: bytes, protocol: int, payload: bytes, identity: int = 0) -> bytes:
    if len(source.ip) == 16:
        return struct.pack(">IHBB", 0x60000000, len(payload), protocol, source.ttl) + source.ip + destination + payload
    head = struct.pack(">BBHHHBB", 0x45, 0, 20 + len(payload), identity & 0xFFFF, 0x4000, source.ttl, protocol)
    head_sum = checksum(head + source.ip + destination)
    return head + head_sum.to_bytes(2) + source.ip + destination + payload


def transport_sum(source: bytes, destination: bytes, protocol: int, segment: bytes) -> int:
    return checksum(source + destination + struct.pack(">HH", protocol, len(segment)) + segment)


def datagram(source: Host, mac: bytes, address: bytes, ports: tuple[int, int], payload: bytes) -> bytes:
    head = struct.pack(">HHH", *ports, 8 + len(payload))
    total = transport_sum(source.ip, address, 17, head + b"\0\0" + payload) or 0xFFFF
    packet = ip(source, address, 17, head + total.to_bytes(2) + payload, total)
    return link(source, mac, 0x0800 if len(address) == 4 else 0x86DD, packet)


class Accidents(NamedTuple):
    """Chance per data segment."""

    unseen: float = 0.0005  # the mirror drops it: it never comes
    lost: float = 0.001  # lost before the tap: comes later
    again: float = 0.002  # lost behind the tap, or its acknowledgement was: comes twice
    swapped: float = 0.003  # comes after its successor


class Tcp:
    """A connection seen from between its two ends. Everything it does is returned as timed frames."""

    def __init__(
        self, client: Host, server: Host, ports: tuple[int, int], random: Random, accidents: Accidents, *, seen: bool
    ) -> None:
        self.ends = (client, server)
        self.busy = 0  # until when
        self.seen = seen  # False: it was opened before the capture began
        self.open = False
        self.state = 0  # of whoever uses it
        self._random = random
        self._accidents = accidents
        self._chance = sum(accidents)
        self._next = [random.getrandbits(32), random.getrandbits(32)]
        self._ports = (struct.pack(">HH", *ports), struct.pack(">HH", ports[1], ports[0]))
        self._stamps = client.stamps and server.stamps
        self._size = MSS - 12 * self._stamps
        self._clock = random.getrandbits(30)
        self._pseudo = (client.ip + server.ip, server.ip + client.ip)
        kind = 0x0800 if len(client.ip) == 4 else 0x86DD
        self._link = tuple(
            self.ends[1 - side].mac + self.ends[side].mac + client.tags + kind.to_bytes(2) for side in (0, 1)
        )

    def _segment(
        self, side: int, flags: int, sequence: int, time: int, data: bytes = b"", options: bytes = b""
    ) -> bytes:
        acknowledged = self._next[1 - side] if flags & 16 else 0
        if self._stamps and not options:
            stamp = self._clock + time // 1_000_000
            options = struct.pack(">HBBII", 0x0101, 8, 10, stamp & 0xFFFFFFFF, (stamp - 1) & 0xFFFFFFFF)
        offset = 20 + len(options) << 10
        head = self._ports[side] + struct.pack(
            ">IIHH", sequence & 0xFFFFFFFF, acknowledged & 0xFFFFFFFF, offset | flags, 64240
        )
        packed = head + b"\0\0\0\0" + options + data
        total = checksum(self._pseudo[side] + struct.pack(">HH", 6, len(packed)) + packed)
        packed = head + total.to_bytes(2) + b"\0\0" + options + data
        packet = ip(self.ends[side], self.ends[1 - side].ip, 6, packed, total ^ sequence)
        frame = self._link[side] + packet
        return frame if len(frame) >= 60 else frame.ljust(60, b"\0")

    def handshake(self, time: int) -> Timed:
        """SYN, SYN and ACK, ACK (RFC 9293 section 3.5)."""
        self.open = True
        out: Timed = []
        tail = b"\x01\x03\x03\x07"
        stamps = b"\x04\x02\x08\x0a" + struct.pack(">II", self._clock & 0xFFFFFFFF, 0)
        options = b"\x02\x04" + MSS.to_bytes(2) + (stamps + tail if self._stamps else tail + b"\x01\x01\x04\x02")
        for number, (side, flags) in enumerate(((0, 2), (1, 18), (0, 16))):
            sequence = self._next[side] - (number == 2)
            if number < 2:
                out.append((time, self._segment(side, flags, sequence, time, options=options)))
                self._next[side] += 1
            else:
                out.append((time, self._segment(side, flags, self._next[side], time)))
            time += DELAY_NS // 2
        return out if self.seen else []

    def close(self, time: int) -> Timed:
        self.open = False
        out: Timed = []
        for side in (0, 1):
            out.append((time, self._segment(side, 17, self._next[side], time)))
            self._next[side] += 1
            out.append((time + DELAY_NS // 2, self._segment(1 - side, 16, self._next[1 - side], time)))
            time += DELAY_NS
        return out

    def send(self, time: int, side: int, data: bytes, *, gap: int = LINK_NS) -> tuple[int, Timed]:
        """Data from one side, and the other's acknowledgements of every second segment; when it is through."""
        out: Timed = []
        random, size = self._random.random, self._size
        for count, at in enumerate(range(0, len(data), size), 1):
            piece = data[at : at + size]
            flags = 24 if at + size >= len(data) else 16
            frame = self._segment(side, flags, self._next[side], time, piece)
            self._next[side] += len(piece)
            chance = random()
            if chance < self._chance:
                out += self._accident(chance, time, frame)
            else:
                out.append((time, frame))
            if not count & 1 or flags == 24:
                reply = time + DELAY_NS // 2
                out.append((reply, self._segment(1 - side, 16, self._next[1 - side], reply)))
            time += gap
        return time + DELAY_NS, out

    def _accident(self, chance: float, time: int, frame: bytes) -> Iterable[tuple[int, bytes]]:
        accidents = self._accidents
        if chance < accidents.unseen:
            return ()
        chance -= accidents.unseen
        if chance < accidents.lost:
            return ((time + 2 * DELAY_NS, frame),)
        chance -= accidents.lost
        if chance < accidents.again:
            return ((time, frame), (time + 3 * DELAY_NS, frame))
        return ((time + LINK_NS + LINK_NS // 2, frame),)
