"""Niagara Fox: stations and workbenches of building automation, which both say what they are when they meet.

  fox a <number> -1 fox hello LF { LF  name=type:value LF ...  };; LF

There is no published standard; the layout is that of nmap's fox-info.nse. Read are the hellos, and of them a few lines.
"""

from __future__ import annotations

import re

from parsers.api import SENDER, Done, Event, Odd, Said, StreamParser, StreamSpec
from parsers.reading import printable

OPENING = b"fox a "
HELLO = re.compile(rb"fox a \d{1,5} -1 fox hello\n\{\n")
HELLO_MAX = 8192  # bytes; some 600 are usual
END = b"};;"
# each once; text alone
WANTED = {
    b"fox.version": "version",
    b"hostName": "host_name",
    b"hostAddress": "address",
    b"app.name": "program",
    b"app.version": "program_version",
    b"vm.name": "vm",
    b"vm.version": "vm_version",
    b"os.name": "os",
    b"os.version": "os_version",
    b"hostId": "host_id",
    b"brandId": "brand",
    b"station.name": "station",
}
LINE = re.compile(rb"\n([A-Za-z.]{1,32})=s:([^\n]{1,512})")


def probe(first: bytes) -> bool | None:
    if first[: len(OPENING)] != OPENING[: len(first)]:
        return False
    if len(first) < len(OPENING):
        return None
    end = first.find(b"\n")
    if end < 0:
        return None if len(first) < 32 else False
    return b" fox " in first[:end]


class Hello:
    """One direction up to the end of its hello."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._next = -1
        self._done = False

    def feed(self, data: bytes, at: int) -> list[Event]:
        if self._done:
            return []
        if self._next not in (-1, at):
            return self._end(Odd("fox.gap"))
        self._next = at + len(data)
        looked = max(0, len(self._held) - len(END))
        self._held += data[: HELLO_MAX - len(self._held)]
        if self._held[: len(OPENING)] != OPENING[: len(self._held)]:
            return self._end(Odd("fox.no_hello"))
        end = self._held.find(END, looked)
        if end >= 0:
            return self._end(*hello(bytes(self._held[:end])))
        return self._end(Odd("fox.hello_too_long")) if len(self._held) == HELLO_MAX else []

    def end(self) -> list[Event]:
        return []

    def _end(self, *events: Event) -> list[Event]:
        self._done = True
        self._held.clear()
        return [*events, Done()]


def hello(text: bytes) -> list[Event]:
    begun = HELLO.match(text)
    if begun is None:
        return [Odd("fox.no_hello")]
    fields: dict[str, str] = {}
    for name, raw in LINE.findall(text, begun.end() - 1):
        value = printable(raw)
        if name in WANTED and value:
            fields.setdefault(f"fox.{WANTED[name]}", value)
    return [Said(SENDER, tuple(fields.items()))] if fields else []


def make() -> tuple[StreamParser, StreamParser]:
    return Hello(), Hello()


SPEC = StreamSpec(
    name="fox",
    title="Niagara Fox",
    ports=frozenset({1911}),
    probe=probe,
    make=make,
    emits={
        "fox.version": 0.5,
        "fox.host_name": 0.8,
        "fox.address": 0.6,
        "fox.program": 0.9,
        "fox.program_version": 0.9,
        "fox.vm": 0.6,
        "fox.vm_version": 0.6,
        "fox.os": 0.9,
        "fox.os_version": 0.8,
        "fox.host_id": 0.8,
        "fox.brand": 0.8,
        "fox.station": 0.6,
    },
    never_reads="log-ins, and all that follows the hello",
)
