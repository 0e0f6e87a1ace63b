"""One direction of a TCP connection in order: gaps, overlaps, reordering, and bytes that nobody wants.

Offsets are those of the flow table: 0 is the first byte after the SYN, or the first byte seen. What is handed on is
independent of how the capture was cut into blocks: advice to skip is obeyed here at once, whether or not the kernel has
obeyed it yet.
"""

from __future__ import annotations

from msgspec import Struct

HOLD_SEGMENTS = 32  # segments that wait for a missing one; a window's worth at hospital round-trip times
HOLD_BYTES = 64 * 1024  # bytes that wait, per direction; the usual window without scaling


class Voice(Struct, frozen=True, gc=False, eq=False):
    """Who speaks to whom. Compared by identity, so that it is quick to look up; the same ends may have several."""

    sender_mac: str  # "" where the link has none
    sender_ip: str
    receiver_mac: str
    receiver_ip: str
    vlan: int


class Talk(Struct, frozen=True, gc=False):
    """Where and by whom some bytes were sent: what is needed to say later whom they describe."""

    time: int  # ns
    frame: int
    voice: Voice


class Piece(Struct, frozen=True, gc=False):
    """Bytes in order, with the talk that carried them."""

    at: int
    data: bytes
    talk: Talk


class Stream:
    """Puts the segments of one direction in order. The caller handles the common case itself: if a segment begins at
    `next` and nothing is held, it sets `next` past it and uses the bytes as they are. Otherwise: `accept`, then `take`
    until there is no more; a `skip` in between acts at once."""

    __slots__ = ("closing", "gap", "held", "held_bytes", "next")

    def __init__(self, start: int) -> None:
        self.next = start  # offset of the byte wanted next
        self.held: list[Piece] = []  # waiting, sorted by offset
        self.held_bytes = 0
        self.closing = False
        self.gap = 0  # bytes that never came; a hole that was to be skipped is none

    def skip(self, to: int) -> None:
        """No byte before `to` is wanted any more."""
        self.next = max(self.next, to)

    def accept(self, piece: Piece) -> None:
        """Takes a segment. Of bytes that come twice the first copy wins, as at most receivers."""
        if piece.at + len(piece.data) <= self.next:
            return
        place = len(self.held)
        while place and self.held[place - 1].at > piece.at:
            place -= 1
        if place and self.held[place - 1].at == piece.at and len(self.held[place - 1].data) >= len(piece.data):
            return
        self.held.insert(place, piece)
        self.held_bytes += len(piece.data)

    def take(self) -> Piece | None:
        """The next piece that is due. A hole is given up when too much waits behind it, or at the end."""
        while self.held:
            first = self.held[0]
            if first.at > self.next:
                if len(self.held) <= HOLD_SEGMENTS and self.held_bytes <= HOLD_BYTES and not self.closing:
                    return None
                self.gap += first.at - self.next
                self.next = first.at
            del self.held[0]
            self.held_bytes -= len(first.data)
            end = first.at + len(first.data)
            if end <= self.next:
                continue
            start, self.next = self.next, end
            return first if first.at == start else Piece(start, first.data[start - first.at :], first.talk)
        return None
