"""DICOM upper layer framing: PDUs, the PDVs in them, and the messages cut into PDVs. PS3.8 9.3.1, 9.3.5 and annex E.

Data PDVs that nobody wants are stepped over by their headers, and the sensor is told that it may do so by itself.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable

from parsers.api import Done, Event, Odd, Skip
from parsers.dicom_dataset import Head
from parsers.dicom_exchange import AC, RJ, RQ, Pair, Speaker
from parsers.reading import u32

ASSOCIATION_MAX = 64 * 1024  # bytes of an RQ or AC that is held: 128 contexts of ten transfer syntaxes are under 48 KiB
COMMAND_MAX = 4096  # bytes of a command set: 100 to 300 are usual, a long list of N-GET attributes has 1 KiB
PDU_MAX = 256 * 1024 * 1024  # some senders put a whole object in one PDU; beyond this the length is a lie
SEARCH_MAX = 1024 * 1024  # bytes searched for the next PDU header once the chain is lost; PDUs have 16 to 128 KiB

DATA, ABORT = 4, 7
COMMAND_BIT, LAST_BIT = 1, 2

# A P-DATA PDU of one PDV, both below 16 MiB: what a search for the next header looks for. The lengths differ by 4, so
# their upper halves are equal but for one header in sixteen thousand, which the search may miss
_DATA_PDU = re.compile(rb"\x04\x00(\x00.)..\1...[\x00-\x03]", re.DOTALL)


def length_fits(kind: int, length: int) -> bool:
    if kind == DATA:
        return length <= PDU_MAX
    if kind in (RQ, AC):
        return 68 <= length <= SEARCH_MAX
    return RJ <= kind <= ABORT and length == 4


def plausible(data: bytes, at: int) -> bool:
    """A PDU header, judged by all that the standard fixes. 12 bytes must be there for P-DATA, 10 for the others."""
    kind, length = data[at], u32(data, at + 2)
    if data[at + 1] or not length_fits(kind, length):
        return False
    if kind == DATA:
        inner = u32(data, at + 6)
        return 2 <= inner <= length - 4 and bool(data[at + 10] & 1) and data[at + 11] <= 3
    return kind > AC or bool(data[at + 7] & 1)  # protocol version 1 is bit 0


_PDU_HEAD = struct.Struct(">BxL").unpack_from  # type, length
_PDV_HEAD = struct.Struct(">LBB").unpack_from  # length, presentation context, control

_FOOTING, _HEADER, _WHOLE, _PDV, _FRAGMENT, _PASS, _SEARCH, _OVER = range(8)


class Direction:
    """One direction: PDUs, the PDVs in them, and the message that they carry."""

    def __init__(self, pair: Pair, side: int) -> None:
        self._speaker = Speaker(pair, side)
        self._state = _FOOTING
        self._next = -1  # offset of the byte expected next
        self._started = False
        self._held = bytearray()
        self._want = 0  # bytes without which `_held` cannot be read
        self._until = 0  # end of what is passed over, or of the PDV
        self._pdu_end = 0
        self._pdu_start = 0
        self._limit = 0  # where the search gives up
        self._walking = False  # data PDVs are unwanted until something else comes: the kernel may walk them alone
        self._command: bytearray | None = None
        self._context = 0  # of the message
        self._control = 0
        self._head: Head | None = None

    def feed(self, data: bytes, at: int) -> Iterable[Event]:
        if self._state == _OVER:
            return ()
        if at != self._next:
            if not self._started:
                self._started = True
            elif at < self._next:
                if at + len(data) <= self._next:
                    return ()
                data = data[self._next - at :]
                at = self._next
            else:
                self._jump(at)
        self._next = at + len(data)
        if self._held:
            self._held += data
            if len(self._held) < self._want:
                return ()
            data = bytes(self._held)
            at = self._next - len(data)
            self._held.clear()
        out: list[Event] = []
        self._read(data, at, out)
        if self._state == _PASS:
            out.append(Skip(self._until, self._walking and self._until == self._pdu_end))
        elif self._walking and self._state == _HEADER and not self._held:
            out.append(Skip(self._next, True))
        return out

    def end(self) -> Iterable[Event]:
        out: list[Event] = []
        self._speaker.end(out)
        return out

    # -- footing

    def _jump(self, at: int) -> None:
        """Bytes are missing: asked for, walked by the kernel, or lost."""
        if self._state == _PASS and at <= self._until:
            return
        self._held.clear()
        if self._walking and (self._state != _PASS or self._until == self._pdu_end):
            # Nothing but data PDVs in between, or so the kernel vouches: this is a header
            self._state = _HEADER
            return
        self._forget()
        if self._state in (_PDV, _FRAGMENT, _PASS, _WHOLE) and at <= self._pdu_end:
            self._pass(self._pdu_end)
        else:
            self._state = _FOOTING

    def _forget(self) -> None:
        self._command = None
        self._head = None

    def _pass(self, until: int) -> None:
        self._until = until
        self._state = _PASS

    def _lost(self, at: int) -> None:
        self._forget()
        self._walking = False
        self._state = _SEARCH
        self._limit = at + SEARCH_MAX

    # -- framing

    def _read(self, data: bytes, at: int, out: list[Event]) -> None:
        """`at` is the offset of data[0]; p is the place in data of the first byte not read."""
        p, size = 0, len(data)
        while True:
            left = size - p
            state = self._state
            if state == _HEADER:
                if left < 6:
                    self._want = 6
                    break
                kind, length = _PDU_HEAD(data, p)
                self._pdu_start = at + p
                self._pdu_end = at + p + 6 + length
                if kind == DATA and length <= PDU_MAX:
                    p += 6
                    self._state = _PDV
                elif not length_fits(kind, length):
                    out.append(Odd("dicom.bad_pdu"))
                    self._lost(at + p + 1)
                else:
                    self._walking = False
                    if length <= ASSOCIATION_MAX and kind <= RJ:
                        self._state = _WHOLE
                    else:
                        if kind <= RJ:
                            out.append(Odd("dicom.association_too_long"))
                        self._pass(self._pdu_end)
            elif state == _PDV:
                room = self._pdu_end - at - p
                if room == 0:
                    self._state = _HEADER
                    continue
                if room < 6:
                    out.append(Odd("dicom.bad_pdv"))
                    self._orphan()
                    self._pass(self._pdu_end)
                    continue
                if left < 6:
                    self._want = 6
                    break
                length, context, control = _PDV_HEAD(data, p)
                if length < 2 or length + 4 > room:
                    out.append(Odd("dicom.bad_pdv"))
                    self._orphan()
                    self._pass(self._pdu_end)
                    continue
                self._until = at + p + 4 + length
                self._open(context, control, at + p - 6 == self._pdu_start and length + 4 == room, out)
                p += 6
            elif state == _FRAGMENT:
                here = min(left, self._until - at - p)
                self._fragment(data[p : p + here], at + p + here == self._until, out)
                p += here
                if self._state == _FRAGMENT:
                    if at + p < self._until:
                        break
                    self._state = _HEADER if self._until == self._pdu_end else _PDV
            elif state == _PASS:
                p = min(size, self._until - at)
                if at + p < self._until:
                    break
                self._state = _HEADER if self._until >= self._pdu_end else _PDV
            elif state == _WHOLE:
                self._want = self._pdu_end - self._pdu_start
                if left < self._want:
                    break
                body = data[p + 6 : p + self._want]
                p += self._want
                self._state = _HEADER
                self._forget()
                self._speaker.association(data[p - self._want], body, out)
            elif state == _FOOTING:
                self._want = 12 if left and data[p] == DATA else 10
                if left < self._want:
                    break
                if plausible(data, p):
                    self._state = _HEADER
                else:
                    self._lost(at + p)
            else:
                p = self._search(data, p, at, out)
                if self._state == _SEARCH:
                    self._want = 12
                    break
                if self._state == _OVER:
                    return
        if p < size:
            self._held += data[p:]

    def _search(self, data: bytes, p: int, at: int, out: list[Event]) -> int:
        stop = min(len(data), self._limit - at + 11)
        while found := _DATA_PDU.search(data, p, stop):
            p = found.start()
            if u32(data, p + 2) == u32(data, p + 6) + 4 and plausible(data, p):
                self._state = _HEADER
                return p
            p += 1
        p = max(p, stop - 11)
        if at + stop >= self._limit + 11:
            out.append(Odd("dicom.lost"))
            out.append(Done())
            self._state = _OVER
        return p

    # -- messages

    def _orphan(self) -> None:
        """The message is broken: its data set, if any follows, is not wanted."""
        self._forget()
        self._walking = True

    def _open(self, context: int, control: int, alone: bool, out: list[Event]) -> None:
        """A PDV begins; its bytes are `_until` the offset noted."""
        self._control = control
        if control & COMMAND_BIT:
            self._walking = False
            if self._head is not None:
                out.append(Odd("dicom.unfinished_data_set"))
                self._head = None
            if self._command is None or context != self._context:
                if self._command is not None:
                    out.append(Odd("dicom.unfinished_command"))
                self._command = bytearray()
                self._context = context
            self._state = _FRAGMENT
            return
        if self._command is not None or (self._head is not None and context != self._context):
            out.append(Odd("dicom.unfinished_command" if self._command is not None else "dicom.wrong_context"))
            self._orphan()
        if self._head is None:
            self._walking = alone  # the kernel hands over what is not alone in its PDU
            self._pass(self._until)
            return
        self._state = _FRAGMENT

    def _fragment(self, piece: bytes, whole: bool, out: list[Event]) -> None:
        """Bytes of the open PDV; whole: they end it."""
        last = whole and bool(self._control & LAST_BIT)
        if self._control & COMMAND_BIT:
            command = self._command
            if command is None:
                return
            if len(command) + len(piece) > COMMAND_MAX:
                out.append(Odd("dicom.command_too_long"))
                self._orphan()
                self._pass(self._until)
                return
            command += piece
            if last:
                self._command = None
                follows, self._head = self._speaker.command(bytes(command), self._context, out)
                self._walking = follows and self._head is None
            return
        head = self._head
        if head is None:
            return
        head.feed(piece, last=last)
        if head.done:
            self._head = None
            self._speaker.describe(head, out)
            self._walking = True
            self._pass(self._until)
