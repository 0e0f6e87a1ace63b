"""Frames built by hand, blocks of them, and captures read by dpkt: what the tests of the kernel are fed with."""

from __future__ import annotations

import ipaddress
import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import dpkt

from sensor.wire import engine as engine_module
from sensor.wire import tables
from sensor.wire.engine import Account, Batch, Endpoint, Engine

START = 1_767_600_000 * 10**9  # 2026-01-05 08:00:00 UTC
MILLISECOND = 10**6
SECOND = 10**9

MAC_A = bytes.fromhex("0009fb000001")
MAC_B = bytes.fromhex("0009fb000002")


class Frame(NamedTuple):
    data: bytes
    time: int = START
    original: int = -1  # as captured
    link: int = 1


class Block(NamedTuple):
    data: bytearray
    records: memoryview
    count: int


def block(frames: Sequence[Frame]) -> Block:
    data = bytearray()
    words: list[int] = []
    for frame in frames:
        data += b"\xee" * 16  # a capture has record headers between its frames
        original = len(frame.data) if frame.original < 0 else frame.original
        words += [frame.time, len(data), len(frame.data), original, frame.link]
        data += frame.data
    return Block(data, memoryview(array("q", words)), len(frames))


def blocks(frames: Sequence[Frame], size: int = 0) -> Iterator[Block]:
    """Blocks of about `size` bytes; 0: one frame each."""
    part: list[Frame] = []
    total = 0
    for frame in frames:
        part.append(frame)
        total += len(frame.data)
        if total >= size:
            yield block(part)
            part, total = [], 0
    if part:
        yield block(part)


# ---- headers ----


def packed(ip: str) -> bytes:
    return ipaddress.ip_address(ip).packed


def ethernet(payload: bytes, kind: int = 0x0800, src: bytes = MAC_A, dst: bytes = MAC_B) -> bytes:
    return dst + src + struct.pack(">H", kind) + payload


def vlan(tag: int, kind: int, payload: bytes) -> bytes:
    """What follows an ethertype 8100: tag control, the next ethertype, payload."""
    return struct.pack(">HH", tag, kind) + payload


def checksum(data: bytes) -> int:
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip4(
    src: str,
    dst: str,
    protocol: int,
    payload: bytes,
    ident: int = 1,
    ttl: int = 64,
    word: int = 0,
    options: bytes = b"",
    total: int = -1,
) -> bytes:
    size = 20 + len(options) + len(payload) if total < 0 else total
    head = struct.pack(
        ">BBHHHBBH4s4s", 0x45 + len(options) // 4, 0, size, ident, word, ttl, protocol, 0, packed(src), packed(dst)
    )
    return head[:10] + struct.pack(">H", checksum(head + options)) + head[12:] + options + payload


def ip6(src: str, dst: str, protocol: int, payload: bytes, ttl: int = 64) -> bytes:
    return struct.pack(">IHBB", 6 << 28, len(payload), protocol, ttl) + packed(src) + packed(dst) + payload


def tcp(sport: int, dport: int, seq: int, payload: bytes = b"", flags: int = 0x18, ack: int = 0) -> bytes:
    """The checksum is that of the payload alone: enough to tell segments apart."""
    return (
        struct.pack(">HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack, 0x50, flags, 8192, checksum(payload), 0)
        + payload
    )


def udp(sport: int, dport: int, payload: bytes = b"", length: int = -1) -> bytes:
    size = 8 + len(payload) if length < 0 else length
    return struct.pack(">HHHH", sport, dport, size, checksum(payload) or 0xFFFF) + payload


FIN, SYN, RST, ACK = 1, 2, 4, 16


class Talk:
    """Both ends of one TCP connection over Ethernet and IPv4, a millisecond between frames, IP ids counted up."""

    def __init__(
        self,
        client: tuple[str, int] = ("10.0.0.1", 40000),
        server: tuple[str, int] = ("10.0.0.2", 104),
        time: int = START,
        isn: tuple[int, int] = (1000, 5000),
    ) -> None:
        self.ends = (client, server)
        self.time = time
        self.ident = 0
        self.base = (isn[0] + 1, isn[1] + 1)

    def segment(self, side: int, at: int, payload: bytes = b"", flags: int = 0x18) -> Frame:
        """From the client (0) or the server (1), at an offset of its stream."""
        (src, sport), (dst, dport) = self.ends[side], self.ends[1 - side]
        self.time += MILLISECOND
        self.ident += 1
        body = tcp(sport, dport, self.base[side] + at, payload, flags)
        macs = (MAC_A, MAC_B)
        return Frame(ethernet(ip4(src, dst, 6, body, self.ident), src=macs[side], dst=macs[1 - side]), self.time)

    def opening(self) -> list[Frame]:
        return [self.segment(0, -1, b"", SYN), self.segment(1, -1, b"", SYN | ACK), self.segment(0, 0, b"", ACK)]


# ---- running ----


def plain(name: str) -> ModuleType:
    """The source of a module of `sensor.wire` as Python, whatever form is imported."""
    path = Path(engine_module.__file__).with_name(f"{name}.py")
    spec = spec_from_file_location(f"plain_{name}", path)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


Row = tuple[Any, ...]
Verdict = tuple[int, int]  # mode, offset


class Seen(NamedTuple):
    """All that came out of an engine, in order, buffers resolved: what must not depend on blocks or compilation."""

    rows: list[Row]
    accounts: list[Account]
    endpoints: list[Endpoint]
    counters: dict[str, int]
    ended: list[tuple[int, int]]


def run(engine: Engine, feed: Iterable[Block]) -> Seen:
    rows: list[Row] = []
    accounts: list[Account] = []
    endpoints: list[Endpoint] = []
    ended: list[tuple[int, int]] = []
    for piece in feed:
        for batch in engine.feed(piece):
            accounts += batch.accounts
            ended += batch.ended
            if batch.day_ends:
                rows.append(("day", batch.day))
                accounts += engine.accounts()
                endpoints += engine.endpoints()
            rows += [resolved(batch, row) for row in batch.rows]
    engine.finish()
    accounts += engine.accounts()
    endpoints += engine.endpoints()
    return Seen(rows, accounts, endpoints, engine.counters(), ended)


def resolved(batch: Batch, row: Row) -> Row:
    """A row with the bytes that its offsets point at, in the same columns, so that buffers do not matter."""
    data = batch.openings if row[tables.R_KIND] == tables.SYN and row[tables.R_AT] == 0 else batch.data
    start, length = row[tables.R_START], row[tables.R_LENGTH]
    assert 0 <= start <= start + length <= len(data)
    sender, receiver = row[tables.R_SENDER], row[tables.R_RECEIVER]
    assert sender == -1 or 0 <= sender <= len(data) - 6
    assert receiver == -1 or 0 <= receiver <= len(data) - 6
    out = list(row)
    out[tables.R_START] = bytes(data[start : start + length])
    out[tables.R_SENDER] = None if sender < 0 else bytes(data[sender : sender + 6])
    out[tables.R_RECEIVER] = None if receiver < 0 else bytes(data[receiver : receiver + 6])
    return tuple(out)


def small(**settings: Any) -> Engine:
    """An engine whose tables are as small as tests like them."""
    return Engine(**{"flows": 1024, "endpoints": 1024, "rows": 64, **settings})


def see(frames: Sequence[Frame], size: int = 1 << 20, **settings: Any) -> Seen:
    return run(small(**settings), blocks(frames, size))


def read(path: Path) -> list[Frame]:
    """Frames of a pcap or pcapng file, as far as dpkt reads it."""
    frames: list[Frame] = []
    with path.open("rb") as file:
        try:
            reader = dpkt.pcap.UniversalReader(file)
            for time, data in reader:
                frames.append(Frame(bytes(data), min(int(time * 10**6) * 1000, 2**63 - 1), -1, reader.datalink()))
        except (ValueError, dpkt.Error, struct.error, IndexError):
            pass
    return frames
