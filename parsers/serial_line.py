"""What protocols of serial lines have in common, which are found behind converters: units between marks, and a finding.

A mark is one byte that is nowhere in a unit. A parser says which, and gives `unit`, which reads a whole one.
"""

from __future__ import annotations

from collections.abc import Iterable

from parsers.api import Done, Event, Odd

TUNNEL = (
    "Its serial line goes over the network in clear, open to whoever connects."  # what <protocol>.serial_tunnel means
)


class Marked:
    """One direction of a connection. Holds one unfinished unit."""

    protocol = ""  # begins the names of what is odd
    mark = b""
    unit_max = 0  # bytes of a unit
    aside = b""  # bytes that may stand anywhere, and belong to no unit
    mark_first = False  # a mark begins a unit, so that nothing before the first is one

    def __init__(self) -> None:
        self._next = -1  # offset of the byte expected next; -1: none seen yet
        self._held = bytearray()
        self._lost = self.mark_first  # inside a unit whose beginning is not held

    def unit(self, data: bytes) -> Iterable[Event]:
        """Reads one, without its marks."""
        raise NotImplementedError

    def feed(self, data: bytes, at: int) -> list[Event]:
        out: list[Event] = []
        if self._next >= 0 and at != self._next:
            self._held.clear()
            self._lost = True
            out.append(Odd(f"{self.protocol}.gap"))
        self._next = at + len(data)
        *ended, rest = data.translate(None, self.aside).split(self.mark)
        for piece in ended:
            self._hold(piece, out)
            for event in self._whole():
                out.append(event)
                if isinstance(event, Done):
                    return out
            self._lost = False
        self._hold(rest, out)
        return out

    def end(self) -> Iterable[Event]:
        return self._whole() if self.mark_first else ()

    def _whole(self) -> Iterable[Event]:
        unit = b"" if self._lost else bytes(self._held)
        self._held.clear()
        return self.unit(unit) if unit else ()

    def _hold(self, piece: bytes, out: list[Event]) -> None:
        if self._lost:
            return
        self._held += piece
        if len(self._held) > self.unit_max:
            self._held.clear()
            self._lost = True
            out.append(Odd(f"{self.protocol}.unit_too_long"))
