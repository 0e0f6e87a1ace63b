"""Setup screens of serial servers over plain TCP: which one it is. What they say is read by `screens`.

A server shows its screen as soon as somebody connects; where it negotiates as Telnet first, `telnet` reads it. Of the
client nothing is read, and of the server nothing behind the first lines.
"""

from __future__ import annotations

import re

from parsers.api import SENDER, Done, Event, Said, StreamParser, StreamSpec
from parsers.reading import printable
from parsers.screens import LINE_MAX, device
from parsers.serial_line import Marked

LINES_MAX = 8  # of a screen; the device is told in the first four
PROBED = 256  # bytes in which a screen of this kind shows
BLANKS = b"\r\n\0 "

_BEGINS = re.compile(
    rb"\*{3} Lantronix [^\r\n]{1,60} \*{3}[\r\n]+(?:Serial Number [^\r\n]{1,20} )?MAC address [0-9A-Fa-f]{12}"
    rb"|(?:-{20,120}[\r\n]+)?Model name +: \S"
)
_STARTS = (b"*** Lantronix ", b"-" * 20, b"Model name ")


def probe(first: bytes) -> bool | None:
    begins = first.lstrip(BLANKS)
    if not begins.startswith(_STARTS):
        return None if len(first) < 32 and any(start.startswith(begins) for start in _STARTS) else False
    if _BEGINS.match(begins):
        return True
    return None if len(first) < PROBED else False


class Client:
    """Types."""

    def feed(self, _data: bytes, _at: int) -> tuple[Event, ...]:
        return (Done(),)

    def end(self) -> tuple[Event, ...]:
        return ()


class Screen(Marked):
    """The server."""

    protocol, mark, unit_max, mark_first = "console", b"\n", LINE_MAX, False

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []

    def unit(self, data: bytes) -> tuple[Event, ...]:
        if len(self._lines) < LINES_MAX:
            self._lines.append(" ".join(printable(data).split()))
        return (*self.end(), Done()) if len(self._lines) == LINES_MAX else ()

    def end(self) -> tuple[Event, ...]:
        fields = device(self._lines, "console")
        self._lines.clear()
        return (Said(SENDER, tuple(fields)),) if fields else ()


def make() -> tuple[StreamParser, StreamParser]:
    return Client(), Screen()


SPEC = StreamSpec(
    name="console",
    title="Setup screens of serial servers",
    ports=frozenset({9999}),
    probe=probe,
    make=make,
    emits={"console.model": 0.8, "console.mac": 0.8, "console.serial": 0.7, "console.firmware": 0.8},
    never_reads="everything that is typed, everything behind the first lines",
)
