"""Oridion Capnostream capnographs behind a serial-to-IP converter: which one it is. Binary, one byte checksum.

Written from one program that reads it (mdpnp/mdpnp Capnostream.java); not checked with a device, so it weighs little.

  message  85, length of what follows but for the checksum 1, code 1, payload, checksum 1: all of them but 85 combined
           by exclusive or; within it 80 escapes: the byte behind it has had its highest bit cleared
  code 4   in an answer: V, version 5, date MM/DD/YYYY, serial number 10, blanks

The host is the converter; the capnograph is behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache, reduce
from operator import xor

from parsers.api import PROBE_MAX, About, Event, Flag, Id, Odd, Said, StreamParser, StreamSpec

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


class Messages:
    """One direction. Holds one message, until the next begins."""

    def __init__(self) -> None:
        self._next = -1  # offset of the byte expected next; -1: none seen yet
        self._held = bytearray()
        self._lost = True  # before the first mark

    def feed(self, data: bytes, at: int) -> list[Event]:
        out: list[Event] = []
        if self._next >= 0 and at != self._next:
            self._held.clear()
            self._lost = True
            out.append(Odd("capnostream.gap"))
        self._next = at + len(data)
        *ended, rest = data.split(MARK)
        for piece in ended:
            self._hold(piece, out)
            out += self.end()
            self._lost = False
        self._hold(rest, out)
        return out

    def end(self) -> Iterable[Event]:
        frame = b"" if self._lost else bytes(self._held)
        self._held.clear()
        return read(frame)

    def _hold(self, piece: bytes, out: list[Event]) -> None:
        if self._lost:
            return
        self._held += piece
        if len(self._held) > FRAME_MAX:
            self._held.clear()
            self._lost = True
            out.append(Odd("capnostream.message_too_long"))


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
    findings={"capnostream.serial_tunnel": "Its serial line goes over the network in clear, open to whoever connects."},
    never_reads="patients' numbers, waves, numerics, events, trends; the layout is from one program that reads it",
)
