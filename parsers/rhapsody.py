"""Rhapsody, an interface engine: what its engine says to whoever connects, before anything is asked.

Written from the pattern of a network scanner (nmap's service probes, "rhapsody"), not checked with an engine: a length
of 4 bytes, R, 8 bytes, and a text of parts with | between them, of which one is "Rhapsody Engine" and its version. Only
a greeting with these very words is recognised, and nothing behind it is read.
"""

from __future__ import annotations

import re

from parsers.api import SENDER, Done, Event, Odd, Said, StreamParser, StreamSpec

GREETING_MAX = 256  # bytes; the one that is known has about 60
BEGINNING = 5  # bytes of length and R

_GREETING = re.compile(rb"\0\0\0[ -\xff]R.{8}[0-9]{1,40}\|Rhapsody Engine ([0-9A-Za-z._-]{1,32})\|", re.DOTALL)


def probe(first: bytes) -> bool | None:
    if first and (first[0] or not bytes(3).startswith(first[:3]) or (len(first) >= BEGINNING and first[4:5] != b"R")):
        return False
    if _GREETING.match(first):
        return True
    return None if len(first) < GREETING_MAX else False


class Client:
    """Not read."""

    def feed(self, _data: bytes, _at: int) -> tuple[Event, ...]:
        return (Done(),)

    def end(self) -> tuple[Event, ...]:
        return ()


class Engine:
    """Holds its greeting."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes, at: int) -> tuple[Event, ...]:
        if at != len(self._held):
            return (Odd("rhapsody.gap"), Done())
        self._held += data
        found = _GREETING.match(self._held, 0, GREETING_MAX)
        if found is not None:
            return (Said(SENDER, (("rhapsody.version", found[1].decode("ascii")),)), Done())
        return (Odd("rhapsody.no_greeting"), Done()) if len(self._held) >= GREETING_MAX else ()

    def end(self) -> tuple[Event, ...]:
        return ()


def make() -> tuple[StreamParser, StreamParser]:
    return Client(), Engine()


SPEC = StreamSpec(
    name="rhapsody",
    title="Rhapsody engine",
    ports=frozenset(),
    probe=probe,
    make=make,
    emits={"rhapsody.version": 0.7},
    never_reads="everything behind the greeting; its layout is from a scanner's pattern, not from an engine",
)
