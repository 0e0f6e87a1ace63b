"""Oridion Capnostream capnographs behind a serial-to-IP converter: which one it is. Binary, one byte checksum.

Written from one program that reads it (mdpnp/mdpnp Capnostream.java); not checked with a device, so it weighs little.

  message  85, length of what follows but for the checksum 1, code 1, payload, checksum 1: all of them but 85 combined
           by exclusive or; within it 80 escapes: the byte behind it has had its highest bit cleared
  code 4   in an answer: V, version 5, date MM/DD/YYYY, serial number 10, blanks

The host is the converter; the capnograph is behind it.
"""

from __future__ import annotations

import re
from functools import lru_cache, reduce
from operator import xor

from parsers.api import PROBE_MAX, About, Event, Flag, Id, Said, StreamParser, StreamSpec
from parsers.serial_line import TUNNEL, Marked

MARK = b"\x85"
IDENTITY, WAVE, CODE_MAX = 4, 0, 62
FRAME_MAX = 2 * 258  # every byte escaped
PROOF = 2  # messages in a row that are sound
IDENTITIES_KEPT = 256

_ESCAPED = re.compile(rb"\x80(.)", re.DOTALL)
_IDENTITY = re.compile(rb"V(\d\d\.\d\d) \d\d/\d\d/\d{4} ([A-Z]\d[0-9A-Z]{2}\d{6}) *")


def probe(first: bytes) -> bool | None:
    """Two messages in a row whose lengths and checksums are right."""
    if not first:
        return None
    if first[0] != MARK[0]:
        return False
    frames = first.split(MARK, PROOF + 1)[1:]
    if not all(map(message, frames[:-1])):
        return False
    whole = len(frames) > PROOF or (len(frames) == PROOF and message(frames[-1]) != b"")
    return True if whole else None if len(first) < PROBE_MAX and len(frames[-1]) <= FRAME_MAX else False


def message(frame: bytes) -> bytes:
    """Code and payload of a sound message, or nothing. One with a wave may have one zero more."""
    plain = _ESCAPED.sub(lambda found: bytes((found[1][0] | 0x80,)), frame)
    length = plain[0] if plain else 0
    if not length or len(plain) < length + 2 or plain[1] > CODE_MAX:
        return b""
    rest = plain[length + 1 :]
    if len(rest) == 2 and plain[1] == WAVE and rest[0] == 0:
        rest = rest[1:]
    return plain[1 : length + 1] if len(rest) == 1 and reduce(xor, plain[: length + 1]) == rest[0] else b""


class Messages(Marked):
    """One direction. A message lasts until the next begins."""

    protocol, mark, mark_first, unit_max = "capnostream", MARK, True, FRAME_MAX

    def unit(self, data: bytes) -> tuple[Event, ...]:
        return read(data)


def read(frame: bytes) -> tuple[Event, ...]:
    """An identity; no other message is looked into, and one that tells a patient's number is none."""
    if frame[1:2] != bytes((IDENTITY,)):
        return ()
    found = _IDENTITY.fullmatch(message(frame)[1:])
    return said(found[1], found[2]) if found else ()


@lru_cache(maxsize=IDENTITIES_KEPT)
def said(version: bytes, serial: bytes) -> tuple[Event, ...]:
    number = serial.decode("ascii")
    device = About("sender", behind=(Id("serial", number),))
    fields = (
        ("capnostream.model", "Capnostream"),
        ("capnostream.serial", number),
        ("capnostream.software", version.decode("ascii")),
    )
    return (Said(device, fields), Flag("capnostream.serial_tunnel", device))


def make() -> tuple[StreamParser, StreamParser]:
    return Messages(), Messages()


SPEC = StreamSpec(
    name="capnostream",
    title="Oridion Capnostream",
    ports=frozenset(),
    probe=probe,
    make=make,
    budget=None,  # a converter keeps its connection open for months, and another device may be plugged into it
    emits={"capnostream.model": 0.5, "capnostream.serial": 0.6, "capnostream.software": 0.5},
    findings={"capnostream.serial_tunnel": TUNNEL},
    never_reads="patients' numbers, waves, numerics, events, trends; the layout is from one program that reads it",
)
