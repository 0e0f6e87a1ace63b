"""ASTM: which analyser sends results. ASTM E1381 / CLSI LIS01 (link layer), E1394 / LIS02 (records); mini VIDAS.

  link      05 asks to send, 06 agrees, 15 refuses, 04 ends
  frame     02 number '0'..'7', text, 03 (record ends) or 17 (goes on), checksum 2 hexadecimal digits, 0D 0A
  checksum  sum of all bytes from the number to 03 or 17, modulo 256 (LIS01 6.3.3)
  mini VIDAS  02, then 1E, two letters, value, '|' for each field, 1D, 2 hexadecimal digits

Some devices leave the link layer out and send the records as lines. Either side may be the TCP server, and the protocol
has no port of its own: what a direction says is about whoever sends the header. `astm_records` reads the records.
"""

from __future__ import annotations

import re

from parsers.api import PROBE_MAX, Event, Odd, StreamParser, StreamSpec
from parsers.astm_records import HEAD, Records, good_header, vidas

STX, EOT, ENQ, ETB, RS = 0x02, 0x04, 0x05, 0x17, 0x1E
LINK = b"\x04\x05\x06\x15\r\n"  # what stands between frames
FRAME_MAX = 64 * 1024  # of a frame: the standard says 247 bytes, analysers of today send a whole message in one
TAIL = 2  # the checksum

_FRAME_END = re.compile(rb"[\x03\x17]")
_VIDAS_END = re.compile(rb"\x1d")
_CONTROL = re.compile(rb"[\0-\x1f]")


def probe(first: bytes) -> bool | None:
    """By structure: a header with its delimiters, in a frame or alone; any frame with the right checksum; the first
    field of a mini VIDAS. Before that, only bytes of the link layer."""
    if not first:
        return None
    begins = first.lstrip(LINK) if first[0] in LINK else first
    if not begins:
        return None if len(first) < PROBE_MAX else False
    if begins[0] == HEAD:
        return good_header(begins)
    if begins[0] != STX:
        return False
    if len(begins) < 2:
        return None
    if begins[1] == RS:
        return begins[2:4] == b"mt" if len(begins) >= 4 else None
    if not 0x30 <= begins[1] <= 0x37:
        return False
    if begins[2:3] == b"H":
        return good_header(begins[2:])
    end = _FRAME_END.search(begins, 2)
    if end is None:
        return None if len(first) < PROBE_MAX else False
    at = end.start()
    return sound(begins, 1, at) if len(begins) >= at + 1 + TAIL else None


def sound(data: bytes | bytearray, start: int, end: int) -> bool:
    """Whether the checksum behind `end` is that of the bytes from `start` to there."""
    return b"%02X" % (sum(data[start : end + 1]) & 0xFF) == data[end + 1 : end + 1 + TAIL].upper()


class Direction(Records):
    """One direction of a connection: frames, lines and what stands between them. Holds one unfinished frame or line."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()
        self._next = -1  # offset of the byte expected next; -1: none seen yet
        self._searched = 0  # bytes of what is held in which no end was found
        self._stepping = False  # over text that is of no use, up to a control character

    def feed(self, data: bytes, at: int) -> list[Event]:
        out: list[Event] = []
        if at != self._next and self._next >= 0:
            out.append(Odd("astm.gap"))
            self._held.clear()
            self._searched, self._stepping = 0, True
            self.lost()
        self._next = at + len(data)
        held = self._held
        held += data
        place = 0
        while place < len(held):
            taken = self._take(held, place, out)
            if not taken:
                break
            place += taken
            self._searched = 0
        if place:
            self._searched = max(0, self._searched - place)
            del held[:place]
        return out

    def end(self) -> list[Event]:
        return []  # what has no end has no checksum either

    def _take(self, held: bytearray, at: int, out: list[Event]) -> int:
        """Takes what begins at this place; gives back its length, or 0 where more bytes are needed."""
        first = held[at]
        if self._stepping and first >= 0x20:
            found = _CONTROL.search(held, at)
            return (found.start() if found else len(held)) - at
        self._stepping = False
        if first == STX:
            return self._frame(held, at, out)
        if first in (ENQ, EOT):
            self.over()
        return 1 if first < 0x20 else self._line(held, at, out)

    def _frame(self, held: bytearray, at: int, out: list[Event]) -> int:
        if len(held) < at + 2:
            return 0
        second = held[at + 1]
        if second == RS:
            end = self._find(_VIDAS_END, held, at, out)
            if end >= at + 2:
                vidas(bytes(held[at + 2 : end]), out)
                return end + 1 - at
            return -end
        if not 0x30 <= second <= 0x37:
            return 1
        end = self._find(_FRAME_END, held, at, out)
        if end < at + 2:
            return -end
        if sound(held, at + 1, end):
            self.text(bytes(held[at + 2 : end]), held[end] == ETB, out)
        else:
            out.append(Odd("astm.checksum"))
            self.lost()
        self._stepping = True  # over the checksum
        return end + 1 - at

    def _find(self, pattern: re.Pattern[bytes], held: bytearray, at: int, out: list[Event]) -> int:
        """Where the frame ends that begins at `at`, with its checksum behind it; or, negated, how many bytes of it are
        given up, none where it is not known yet."""
        found = pattern.search(held, max(at + 2, self._searched))
        end = found.start() if found else len(held)
        if end - at > FRAME_MAX:
            out.append(Odd("astm.frame_too_long"))
            self.lost()
            self._stepping = True
            return -FRAME_MAX
        self._searched = end
        return end if found and end + TAIL < len(held) else 0

    def _line(self, held: bytearray, at: int, out: list[Event]) -> int:
        """Text outside a frame: a record, where a header that stands outside frames came first or is this line."""
        if held[at] != HEAD and not self.unframed:
            self._stepping = True
            return 1
        found = _CONTROL.search(held, max(at, self._searched))
        end = found.start() if found else len(held)
        if end - at > FRAME_MAX:
            out.append(Odd("astm.record_too_long"))
            self._stepping = True
            return FRAME_MAX
        if found is None:
            self._searched = end
            return 0
        self.line(bytes(held[at:end]), out)
        return end - at


def make() -> tuple[StreamParser, StreamParser]:
    return Direction(), Direction()


SPEC = StreamSpec(
    name="astm",
    title="ASTM E1394 / LIS02",
    ports=frozenset(),
    probe=probe,
    make=make,
    budget=None,  # a middleware names another analyser years after it connected
    emits={
        # H-5: the maker writes it, sites may add their own name
        "astm.sending_system": 0.8,
        "astm.receiving_system": 0.5,
        "astm.version": 0.8,
        "astm.sends": 0.8,
        # R-14, O-25: a module of the sender, or an analyser behind it
        "astm.instrument": 0.7,
        # mini VIDAS
        "astm.dialect": 0.8,
        "astm.instrument_id": 0.5,
        "astm.serial": 0.8,
    },
    findings={
        "astm.cleartext": "Patients and their results cross the network in ASTM records without encryption.",
        "astm.password_cleartext": "A password crosses the network in clear in the header of ASTM messages.",
    },
    never_reads="H-4 (password), addresses and telephones, P, C, Q, S, M, L, O but the section, R but the instrument",
)
