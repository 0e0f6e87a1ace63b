"""Streams made of units that say at their beginning how long they are: the framing, for the parsers that need no more.

A parser gives `measure`, which tells a unit's length from its first bytes, and `unit`, which reads a whole one.
"""

from __future__ import annotations

from collections.abc import Iterable

from parsers.api import Anew, Done, Event, Odd, Skip

UNIT_MAX = 64 * 1024  # bytes of a unit that is read; those that name somebody are under 20 KiB, tickets included


class Units:
    """One direction of a connection. Holds one unit."""

    protocol = ""  # begins the names of what is odd

    def __init__(self) -> None:
        self._next = -1  # offset of the byte expected next; -1: none seen yet
        self._held = bytearray()
        self._over = 0  # bytes of a unit that is not wanted, still to come
        self._done = False
        self.here = 0  # offset in this direction, while one of the methods below is called
        self.head = b""

    # what a protocol adds

    def measure(self, head: bytes | bytearray) -> int:
        """Length of the unit that begins so; 0: more bytes are needed to tell; -1: this is no unit. Once told, the
        answer is the same however many bytes are given."""
        raise NotImplementedError

    def unit(self, data: bytes) -> Iterable[Event]:
        """Reads one; `here` is the offset behind it."""
        raise NotImplementedError

    def stranger(self) -> Iterable[Event]:
        """What begins with `head` at offset `here` is no unit; ends the direction."""
        return (Odd(f"{self.protocol}.no_unit"), Done())

    # framing

    def feed(self, data: bytes, at: int) -> list[Event]:
        out: list[Event] = []
        if self._next >= 0 and at != self._next and not self._done:
            gone = at - self._next
            if not 0 < gone <= self._over:
                self._heed(out, (Odd(f"{self.protocol}.gap"), Done()))
            self._over -= gone
        self._next = at + len(data)
        place = 0
        while place < len(data) and not self._done:
            if self._over:
                step = min(self._over, len(data) - place)
                self._over -= step
                place += step
            else:
                place = self._gather(data, place, out)
        if self._over and not self._done:
            out.append(Skip(self._next + self._over))
        return out

    def end(self) -> Iterable[Event]:
        return ()

    def _gather(self, data: bytes, place: int, out: list[Event]) -> int:
        """Takes bytes up to the end of a unit, at most; gives the place behind them."""
        held = self._held
        size = self.measure(held) if held else 0
        while size == 0 and place < len(data):  # a head is a few bytes
            held.append(data[place])
            place += 1
            size = self.measure(held)
        self.here = self._next - len(data) + place - len(held)
        if size < 0:
            self.head = bytes(held)
            self._heed(out, self.stranger())
        elif size > UNIT_MAX:
            out.append(Odd(f"{self.protocol}.unit_too_long"))
            self._over = size - len(held)
            held.clear()
        elif size:
            missing = size - len(held)
            held += data[place : place + missing]
            place = min(place + missing, len(data))
            if len(held) == size:
                whole = bytes(held)
                held.clear()
                self.here += size
                self._heed(out, self.unit(whole))
        return place

    def _heed(self, out: list[Event], events: Iterable[Event]) -> None:
        for event in events:
            out.append(event)
            if isinstance(event, Done | Anew):
                self._done = True
                self._held.clear()
                return
