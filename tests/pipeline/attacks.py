"""Traffic of people who want the sensor to fail: floods, units without an end, lying lengths, mutated captures."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator

from tests.parsers.dicom_bytes import IMPLICIT, VERIFICATION, ac, rq
from tests.parsers.dns_bytes import A, message, name, pointer, record
from tests.pipeline.frames import ACK, SYN, tcp, udp

HERE, THERE = 0x0A000001, 0x0A010001  # 10.0.0.1 and 10.1.0.1
SEGMENT = 1400
LAST = 0xFFFFFFFF  # a SYN with this number makes 0 the number of the first byte

MLLP = b"\x0bMSH|^~\\&|PUMP|ICU|ENGINE|KIS|20260105080000||ORU^R01|1|P|2.6\rOBX|1|ED|"
REQUEST = b"GET /studies HTTP/1.1\r\nHost: pacs\r\nX-Long: "
HANDSHAKE = b"\x16\x03\x01\x40\x00\x01\xff\xff\xff\x03\x03"  # a record of 16 KiB, a hello of 16 MiB
ASSOCIATION = b"\x01\x00\xff\xff\xff\xff\x00\x01\x00\x00" + b"PACS".ljust(16) + b"CT001".ljust(16) + bytes(32)
OBJECT = b"\x04\x00\xff\xff\xff\xff"  # P-DATA of 4 GiB, again and again


def syn_flood(count: int) -> Iterator[bytes]:
    """From everywhere in 10.0.0.0/8 to one archive."""
    for i in range(count):
        yield tcp(0x0A000000 + i * 2654435761 % (1 << 24), THERE, 1024 + i % 60_000, 104, i * 7919, SYN, ident=i)


def lone_datagrams(count: int) -> Iterator[bytes]:
    """Each of another pair of addresses."""
    for i in range(count):
        yield udp(HERE + i // 250, THERE + i % 250, 1024 + i % 60_000, 5000, b"x" * 20, ident=i)


def fragments(count: int) -> Iterator[bytes]:
    """Second pieces whose first ones never come, from a hundred senders."""
    from tests.pipeline.frames import ipv4

    for i in range(count):
        yield ipv4(HERE + i % 100, THERE, 17, b"f" * 600, ident=i // 100, fragment=0x2000 | 75)


def endless(first: bytes, port: int, size: int, *, then: bytes = b"A") -> Iterator[bytes]:
    """One connection that goes on and on with the same."""
    yield tcp(HERE, THERE, 40_000, port, LAST, SYN)
    stream = first + then * (size // len(then))
    for number, at in enumerate(range(0, len(stream), SEGMENT)):
        yield tcp(HERE, THERE, 40_000, port, at, ACK, stream[at : at + SEGMENT], ident=number)


def half_units(first: bytes, port: int, connections: int, segments: int = 2) -> Iterator[bytes]:
    """Many connections that all begin something and never end it."""
    for part in range(segments):
        data = first.ljust(SEGMENT, b"A") if not part else b"A" * SEGMENT
        for i in range(connections):
            yield tcp(HERE + i % 250, THERE + i // 250, 2000, port, 1 + part * SEGMENT, ACK, data, ident=i + part)


def holes(connections: int, segments: int = 2) -> Iterator[bytes]:
    """Many connections in which the first byte never comes: all others wait for it."""
    for i in range(connections):
        yield tcp(HERE + i % 250, THERE + i // 250, 3000, 2575, LAST, SYN, ident=i)
        for part in range(segments):
            yield tcp(
                HERE + i % 250, THERE + i // 250, 3000, 2575, 9 + part * SEGMENT, ACK, b"A" * SEGMENT, ident=i + part
            )


def titles(count: int) -> Iterator[bytes]:
    """One scanner that gives another AE title to each association."""
    for i in range(count):
        port = 10_000 + i % 50_000
        asked = rq({1: (VERIFICATION, [IMPLICIT])}, calling=f"CT{i:06}")
        granted = ac({1: (0, IMPLICIT)}, calling=f"CT{i:06}")
        yield tcp(HERE, THERE, port, 104, LAST, SYN, ident=i)
        yield tcp(HERE, THERE, port, 104, 0, ACK, asked, ident=i + 1)
        yield tcp(THERE, HERE, 104, port, 0, ACK, granted, ident=i)


def lessees(count: int, text: Callable[[int], bytes] = lambda i: b"host-%06d" % i) -> Iterator[bytes]:
    """One DHCP client with another host name in each DISCOVER (RFC 2131, RFC 2132 option 12)."""
    for i in range(count):
        head = struct.pack(">BBBBIHH16s", 1, 1, 6, 0, i, 0, 0, b"") + bytes.fromhex("020000000001").ljust(16, b"\0")
        named = text(i)
        options = b"\x63\x82\x53\x63\x35\x01\x01" + bytes((12, len(named))) + named + b"\xff"
        yield udp(0, 0xFFFFFFFF, 68, 67, head + bytes(192) + options, ident=i)


def announcers(count: int, text: Callable[[int], bytes] = lambda i: b"host-%06d" % i) -> Iterator[bytes]:
    """One host that announces another name for itself in each message (RFC 6762)."""
    for i in range(count):
        owner = name(text(i), b"local")
        answer = record(owner, A, struct.pack(">I", HERE), klass=0x8001)
        yield udp(HERE, 0xE00000FB, 5353, 5353, message(0x8400, answers=(answer,)), ident=i)


def loops(count: int) -> Iterator[bytes]:
    """Names that point at themselves, at each other, and forward (RFC 1035 section 4.1.4)."""
    for i in range(count):
        shapes = (pointer(12), b"\1a" + pointer(12), pointer(14) + pointer(12), b"\1a" + pointer(0x3FFF))
        owner = shapes[i % len(shapes)]
        raw = message(0x8180, ident=i, questions=(name("a", "b") + b"\0\1\0\1",), answers=(record(owner, A, b"abcd"),))
        looping = message(0x8400, answers=(record(owner, A, struct.pack(">I", HERE)),))
        yield udp(THERE, HERE, 53, 40_000 + i % 1000, raw, ident=i)
        yield udp(HERE, 0xE00000FB, 5353, 5353, looping, ident=i)


# Mutated captures. A capture is taken apart into the file's header and its records: record header and frame.

Record = tuple[bytes, bytes]


def taken_apart(raw: bytes) -> tuple[bytes, list[Record]]:
    """A pcap in either byte order; of anything else one record that is the whole file."""
    magic = raw[:4]
    if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\xa1\xb2\x3c\x4d"):
        order = "<" if magic[0] in (0xD4, 0x4D) else ">"
        records: list[Record] = []
        at = 24
        while at + 16 <= len(raw):
            length = struct.unpack_from(order + "I", raw, at + 8)[0]
            records.append((raw[at : at + 16], raw[at + 16 : at + 16 + length]))
            at += 16 + length
        return raw[:24], records
    return raw[:64], [(b"", raw[64:])]


def flipped(records: list[Record], dice: random.Random) -> list[Record]:
    """One byte in a hundred is another."""
    return [(head, _flipped(frame, dice)) for head, frame in records]


def _flipped(frame: bytes, dice: random.Random) -> bytes:
    changed = bytearray(frame)
    for _ in range(max(1, len(frame) // 100)):
        if changed:
            changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def cut_out(records: list[Record], dice: random.Random) -> list[Record]:
    """Bytes are missing inside frames, and their record says so: what follows has moved."""
    out = []
    for head, frame in records:
        start = dice.randrange(len(frame) + 1)
        shorter = frame[:start] + frame[start + dice.randrange(1, 40) :]
        if head:
            captured = len(shorter).to_bytes(4, "little" if head[11] == 0 else "big")
            head = head[:8] + captured + head[12:]
        out.append((head, shorter))
    return out


def dropped(records: list[Record], dice: random.Random) -> list[Record]:
    return [record for record in records if dice.random() > 0.2]


def doubled(records: list[Record], dice: random.Random) -> list[Record]:
    return [record for record in records for _ in range(1 + (dice.random() < 0.2))]


def reordered(records: list[Record], dice: random.Random) -> list[Record]:
    """Each frame up to ten places early or late."""
    places = sorted((number + dice.uniform(-10, 10), number) for number in range(len(records)))
    return [records[number] for _, number in places]


def lied_about(records: list[Record], dice: random.Random) -> list[Record]:
    """Some record headers say another length, time or size."""
    out = []
    for head, frame in records:
        if head and dice.random() < 0.02:
            lying = bytearray(head)
            lying[dice.randrange(len(lying))] ^= 1 << dice.randrange(8)
            head = bytes(lying)
        out.append((head, frame))
    return out


MUTATIONS = (flipped, cut_out, dropped, doubled, reordered, lied_about)


def mutated(raw: bytes, mutation: Callable[[list[Record], random.Random], list[Record]], seed: str) -> bytes:
    start, records = taken_apart(raw)
    changed = mutation(records, random.Random(f"{mutation.__name__} {seed}"))
    return start + b"".join(head + frame for head, frame in changed)
