"""Dräger Infinity monitoring networks: which monitors there are, with model, serial number and firmware, in multicasts.

Big-endian. Written from a program that reads them (wlbaker/mdrepo: InfinityDiscoveryWorker.java, whose comments show
what a Delta says, infinityNet.c, drager_data.ksy); two others in public code agree in groups, ports and blocks. Not
checked with a monitor.

  announcement  0 address 4   4 0004 00000001   10 number 4   14 rest of the head   24 segments until one without 002D
     segment    0 any 2   2 002D   4 length of it all 2   6 kind 1   7 name: characters 1, UTF-16
     kind 1     its name is the monitor's   11 a service   5 the patient: never looked into
     kind 13    8 bytes, 03 01, 1 byte; characters of firmware, model and serial number 1 each; 2 bytes; the three texts
  data          0 kind 2   2 zero 2   4 number 4   8 time 4   12 address 4   24 version 4   29 blocks 1   32 blocks
     block      kind 2, length of it all 2, then the patient's name and place (10), waves (12), measurements (14) ...

A text of an odd number of characters may have a zero behind it. Of data only their head is read: the programs disagree
about where in the first block the bed stands, and the patient's name is there.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsers.api import About, DatagramSpec, Event, Flag, Odd, Said
from parsers.reading import clean, ip_text, u16

Segment = tuple[int, bytes]  # kind, what follows it

ANNOUNCES = bytes.fromhex("000400000001")
ANNOUNCEMENT_HEAD, SEGMENT_HEAD = 24, 7
SEGMENT_MARK = 0x002D
SEGMENTS_MAX = 64  # of an announcement; a Delta has eight
NAME, PATIENT, SERVICE, PRODUCT = 1, 5, 11, 13
PRODUCT_MARK = b"\x03\x01"

DATA_HEAD = 32
BLOCKS_MAX = 64  # of a datagram; there are 21 kinds
BLOCK_KINDS = frozenset((*range(10, 29), 34, 35))


def probe(first: bytes) -> bool:
    """An announcement whose segments, or data whose blocks follow each other up to the end."""
    return bool(segments(first)) or is_data(first)


def is_host(address: bytes) -> bool:
    return 0 < address[0] < 224 and address[0] != 127


def segments(data: bytes) -> list[Segment]:
    """Those of an announcement; none where it is no announcement."""
    if len(data) < ANNOUNCEMENT_HEAD + SEGMENT_HEAD + 1 or data[4:10] != ANNOUNCES or not is_host(data[:4]):
        return []
    found: list[Segment] = []
    at = ANNOUNCEMENT_HEAD
    while at + 4 <= len(data) and u16(data, at + 2) == SEGMENT_MARK and len(found) < SEGMENTS_MAX:
        end = at + u16(data, at + 4) if at + SEGMENT_HEAD < len(data) else 0
        if not at + SEGMENT_HEAD < end <= len(data):
            return []
        found.append((data[at + 6], data[at + SEGMENT_HEAD : end]))
        at = end
    return found if not any(data[at + 2 : at + 4]) else []


def is_data(data: bytes) -> bool:
    if len(data) <= DATA_HEAD or data[2] or data[3] or not is_host(data[12:16]):
        return False
    at, blocks = DATA_HEAD, 0
    while at + 4 <= len(data) and blocks < BLOCKS_MAX and u16(data, at) in BLOCK_KINDS and u16(data, at + 2) > 4:
        at += u16(data, at + 2)
        blocks += 1
    return at == len(data) and blocks in (data[29], data[29] - 1)  # the head may be counted as one


def read(data: bytes) -> Sequence[Event]:
    if announced := segments(data):
        return announcement(About(ip_text(data[:4])), announced)
    if not is_data(data):
        return (Odd("infinity.malformed"),)
    monitor = About(ip_text(data[12:16]))
    return (Said(monitor, (("infinity.role", "monitor"),)), Flag("infinity.patient_multicast", monitor))


def announcement(about: About, announced: Sequence[Segment]) -> list[Event]:
    fields = [("infinity.role", "node")]
    out: list[Event] = []
    for kind, body in announced:
        named = text(body, 1, body[0])
        if kind == NAME and named:
            fields.append(("infinity.name", named[0]))
        elif kind == PRODUCT:
            if told := product(body[named[1] :] if named else b""):
                fields += told
            else:
                out.append(Odd("infinity.other_product"))
        elif kind == PATIENT:
            out.append(Flag("infinity.patient_multicast", about))
    return [Said(about, tuple(dict.fromkeys(field for field in fields if field[1]))), *out]


def product(rest: bytes) -> list[tuple[str, str]]:
    """Firmware, model and serial number, where the three texts are all that is left."""
    if len(rest) < 16 or rest[8:10] != PRODUCT_MARK:
        return []
    at, texts = 16, []
    for count in rest[11:14]:
        found = text(rest, at, count)
        if found is None:
            return []
        texts.append(found[0])
        at = found[1]
    names = ("infinity.firmware", "infinity.model", "infinity.serial")
    return [] if any(rest[at:]) else list(zip(names, texts, strict=True))


def text(data: bytes, at: int, count: int) -> tuple[str, int] | None:
    """So many characters, and where what follows begins; None where they are cut or no text."""
    end = at + 2 * count
    if end > len(data):
        return None
    found = clean(data[at:end], "utf-16-be")
    if not found.isprintable() or "\ufffd" in found:
        return None
    padded = count % 2 == 1 and data[end : end + 2] == b"\0\0"
    return found, end + 2 * padded


SPEC = DatagramSpec(
    name="infinity",
    title="Dräger Infinity network",
    carriers=frozenset({"udp"}),
    ports=frozenset({2050, 2150}),
    probe=probe,
    read=read,
    emits={
        "infinity.role": 0.5,
        "infinity.name": 0.5,
        "infinity.model": 0.6,
        "infinity.serial": 0.6,
        "infinity.firmware": 0.6,
    },
    findings={
        "infinity.patient_multicast": "A monitor multicasts the patient's name and data to its network in clear."
    },
    never_reads=(
        "the patient's name, number and place, alarms, measurements, waves; the layout is from programs that read it, "
        "not from a monitor"
    ),
)
