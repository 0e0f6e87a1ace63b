"""One direction of an HL7 v2 connection: blocks, segments, and which of them are looked at.

MLLP release 1: 0B block 1C 0D. HL7 v2.5.1 chapter 2: segments end with CR; tolerated are CR LF and LF, a missing 0B,
batches (FHS, BHS), and text without any framing. A segment that is not wanted is stepped over undecoded, and is not
even held while it is incomplete.
"""

from __future__ import annotations

import re

from parsers.api import Done, Event, Odd
from parsers.hl7_fields import good_separators
from parsers.hl7_identity import USUAL, read_msh, usual_msh
from parsers.hl7_message import HEADER, SEGMENT_MAX, SEGMENTS, WANTED, Message

BLOCK_MAX = 1 << 20  # of one message; what is longer carries documents, and named its devices at the beginning
LOST_MAX = 4 << 20  # bytes without the beginning of a message after which this is not HL7, or no longer

ANSWER_MAX = 16  # events that are kept to be said again; of one message they are two to eight
NOTHING_YET: tuple[tuple[list[Event], tuple[Event, ...]], ...] = (([], ()), ([], ()))

CONTROLS = b"\x0b\x1c\n\0\r"
VT, FS = 0x0B, 0x1C

_FEED_END = re.compile(rb"\n|(?<=\x1c)\r")  # of a segment where segments end with LF, or of the block
_ENDS = re.compile(rb"[\r\n\x1c]")
_ANY_END = re.compile(rb"[\r\n]")
START = re.compile(rb"[\x0b\r\n]MSH[^A-Za-z0-9\s\0-\x1f\x7f-\xff]")


class Blocks(Message):
    """One direction of a connection, and the message under way in it: one object, because there are thousands of them
    and each is fetched from memory anew. Holds one unfinished segment, if it is of a wanted kind."""

    __slots__ = (
        "_answers",
        "_framed",
        "_held",
        "_last",
        "_length",
        "_line_feeds",
        "_lost",
        "_more",
        "_next",
        "_searched",
        "_skipping",
        "_unended",
    )

    def __init__(self) -> None:
        super().__init__()
        self._next = 0  # offset of the byte expected next
        self._held = b"\r"  # unread bytes before it; a stream begins as a line does
        self._more: list[bytes] | None = None  # and the bytes after it, of the same segment
        self._length = 0  # of these
        self._lost = True  # looking for the beginning of a message
        self._searched = 0  # bytes looked through since
        self._skipping = False  # inside a segment that is not wanted
        self._unended = False  # and it is an MSH, so that it is not known whether CR or LF will end it
        self._last = 0  # its last byte so far: 1C before the CR ends a block
        self._line_feeds = False  # segments end with LF
        self._answers = NOTHING_YET
        self._framed = False  # the block began with 0B, so it must end with 1C 0D

    def feed(self, data: bytes, at: int) -> tuple[Event, ...]:
        out: list[Event] = []
        if at != self._next:
            out.append(Odd("hl7.gap"))
            self.drop()  # what it named so far may lack what was lost
            self._unread()
            self._held = b"\r"
            self._lost, self._searched, self._skipping = True, 0, False
            self._framed = self._unended = False
        self._next = at + len(data)
        if self._held:
            if len(self._held) > 2 and not self._lost and b"\r" not in data and not _ENDS.search(data):
                if self._more is None:
                    self._more = []
                self._more.append(data)
                self._length += len(data)
                if self._length + len(self._held) <= SEGMENT_MAX:
                    return self._answer(out)
                data = b""
            data = self._unread() + data if self._more else self._held + data
            self._held = b""
        if self._lost:
            data = self._found(data, out)
        if data:
            self._read(data, out)
        return self._answer(out)

    @property
    def settled(self) -> bool:
        """See `parsers.api.FoldableParser`."""
        return self.who is None and not (self._held or self._lost or self._skipping or self.numbered)

    def passed(self, to: int) -> None:
        """See `parsers.api.FoldableParser`."""
        self._next = to

    def _answer(self, out: list[Event]) -> tuple[Event, ...]:
        """The same events by the same object as before: a direction says the same with nearly every message, or by
        turns with its beginning and with its end, and who takes it knows it without looking into it."""
        if not out:
            return ()
        last, before = self._answers
        if out == last[0]:
            return last[1]
        if out == before[0]:
            self._answers = (before, last)
            return before[1]
        said = tuple(out)
        if len(out) <= ANSWER_MAX:
            self._answers = ((out, said), last)
        return said

    def end(self) -> list[Event]:
        out: list[Event] = []
        held = self._unread()
        if self._lost:
            return out
        if self._skipping:
            if self._last == FS:
                self.finish(out)
        elif held[-1:] == b"\x1c":
            self._line(held[:-1], self._next - len(held), out)
            self.finish(out)
        elif held[:3] == b"MSH" and held.rfind(held[3:4]) > 3:
            self._line(held[: held.rfind(held[3:4])], self._next - len(held), out)
        if not self._framed:
            self.finish(out)  # without MLLP the end of the connection is the end of the message
        return out

    def _unread(self) -> bytes:
        """Takes what is held. A long segment is held in pieces, so that its bytes are not copied with each of them."""
        held = self._held
        if self._more:
            held += b"".join(self._more)
            self._more, self._length = None, 0
        self._held = b""
        return held

    def _found(self, data: bytes, out: list[Event]) -> bytes:
        """Leaves the lost state at the beginning of a message and gives back what begins there."""
        found = START.search(data)
        before = (
            found.start() if found else len(data) - 4
        )  # where no beginning was found, it can only be there or later
        if self._searched + before > LOST_MAX:
            out += (Odd("hl7.no_message"), Done())
            return b""
        if found is None:
            self._held = data[-4:]
            self._searched += len(data) - len(self._held)
            return b""
        self._lost, self._searched = False, 0
        return data[before if data[before] == VT else before + 1 :]

    def _read(self, data: bytes, out: list[Event]) -> None:
        """Takes bytes that begin at the beginning of a line, or inside a segment that is being stepped over."""
        at = self._step_over(data, out) if self._skipping else 0
        size = len(data)
        base = self._next - size
        while at < size:
            fs = data.find(b"\x1c", at)  # one byte is found five times faster than two
            while fs >= 0 and data[fs + 1 : fs + 2] != b"\r":
                fs = data.find(b"\x1c", fs + 1)
            stop = fs if fs >= 0 else size
            at = self._lines(data, at, stop, base, out)
            if fs < 0:
                if at == size or not self._tail(data[at:], base + at, out):
                    break
                at, self._held = size - len(self._held), b""
                continue
            if at < fs:
                at = self._controls(data, at, fs, out)
                if data[at : at + 3] == b"MSH" and self._other_ending(data, at, fs):
                    continue
                self._line(data[at:fs], base + at, out)
            if self.who is not None:
                self.finish(out)
            self._framed = self._line_feeds = False
            at = fs + 2

    def _lines(self, data: bytes, at: int, stop: int, base: int, out: list[Event]) -> int:
        """Takes the complete segments of data[at:stop]; gives back where the incomplete one begins."""
        if at < stop and not self._line_feeds:
            if data[at] == VT and (found := USUAL.match(data, at, stop)) and (who := usual_msh(found)):
                self.finish(out)
                self._framed = True
                self.begin(who, found[3], base + at + 1, out)
                at = found.end()
            if self.who is not None and stop - at <= SEGMENT_MAX and base + stop - self.start <= BLOCK_MAX:
                at = self.segments(data, at, stop, out)
        return at if at == stop else self._any_lines(data, at, stop, base, out)

    def _any_lines(self, data: bytes, at: int, stop: int, base: int, out: list[Event]) -> int:
        """Like `_lines`, whatever is in them."""
        find = data.find
        while True:
            nl = find(b"\n" if self._line_feeds else b"\r", at, stop)
            if nl < 0:
                return at
            first = data[at]
            if first < 32:
                if first == VT and data[at + 1] >= 32:  # a run of controls is stepped over as one
                    self.finish(out)
                    self._framed = True
                    at += 1
                    continue
                before, at = at, self._controls(data, at, nl, out)
                if before < at < nl:
                    continue
                at = nl + 1
                continue
            if self.who is not None and base + at - self.start > BLOCK_MAX:
                self._too_long(out)
            head = data[at : at + 3]
            kind = SEGMENTS.get(head)
            if kind == HEADER:
                if (self._line_feeds or find(b"\n", at, nl) >= 0) and self._other_ending(data, at, nl):
                    continue
                self._header(data[at:nl], base + at, out)
                if not self._line_feeds and self.who is not None:
                    until = find(b"MSH", nl, stop)  # so that no byte is looked at for each of many messages
                    until = until if until >= 0 else stop
                    if until - nl <= SEGMENT_MAX:
                        at = self.segments(data, nl + 1, until, out)
                        continue
            elif kind is None or self.who is None:
                pass
            elif kind == WANTED:
                self.segment(head, data[at:nl], out)
            else:
                self.noted(kind, out)
            at = nl + 1

    def _controls(self, data: bytes, at: int, stop: int, out: list[Event]) -> int:
        """Steps over control bytes before a segment: the beginning of a block, the end of one without its CR, the LF of
        CR LF."""
        line = data[at:stop]
        rest = line.lstrip(CONTROLS)
        before = line[: len(line) - len(rest)]
        if b"\x1c" in before or b"\x0b" in before:
            self.finish(out)
            self._framed = before.rfind(b"\x0b") > before.rfind(b"\x1c")
            self._line_feeds = self._line_feeds and b"\x1c" not in before
        return at + len(before)

    def _other_ending(self, data: bytes, at: int, stop: int) -> bool:
        """The first of CR and LF in an MSH tells what ends the segments of its message."""
        if data.find(b"\r" if self._line_feeds else b"\n", at, stop) < 0:
            return False
        self._line_feeds = not self._line_feeds
        return True

    def _line(self, line: bytes, offset: int, out: list[Event]) -> None:
        """Takes one segment that was ended by something else than its CR."""
        line += b"\n" if self._line_feeds else b"\r"
        self._lines(line, 0, len(line), offset, out)

    def _tail(self, tail: bytes, offset: int, out: list[Event]) -> bool:
        """Keeps an incomplete segment if it is wanted, and steps over it otherwise. True: it is not incomplete after
        all, because its message ends segments the other way; it is held, to be read again."""
        if tail[0] < 32:
            ending = self._line_feeds
            before = self._controls(tail, 0, len(tail), out)
            tail = tail[before:]
            if ending != self._line_feeds:
                self._held = tail
                return True
            offset += before
            if not tail:
                return False
        if self.who is not None and offset - self.start > BLOCK_MAX:
            self._too_long(out)
        if len(tail) < 3:
            self._held = tail
            return False
        kind = SEGMENTS.get(tail[:3])
        if kind == HEADER or (kind == WANTED and self.who is not None):
            if kind == HEADER and self._other_ending(tail, 0, len(tail)):
                self._held = tail
                return True
            if len(tail) - (tail[-1] == FS) <= SEGMENT_MAX:
                self._held = tail
                return False
            if kind == HEADER:
                self.finish(out)
                self._unended = True
            out.append(Odd("hl7.segment_too_long"))
        elif kind is not None and self.who is not None:
            self.noted(kind, out)
        self._skipping = True
        self._last = tail[-1]
        return False

    def _step_over(self, data: bytes, out: list[Event]) -> int:
        """Ends a segment that is not wanted; gives back where the next begins."""
        last = self._last
        if self._unended or self._line_feeds:
            found = (_ANY_END if self._unended else _FEED_END).search(bytes((last,)) + data)
            at = found.start() - 1 if found else -1
        else:
            at = data.find(b"\r")
        if at < 0:
            self._last = data[-1]
            return len(data)
        self._skipping = self._unended = False
        if data[at] == 0x0D and (data[at - 1] if at else last) == FS:
            self.finish(out)
            self._framed = self._line_feeds = False
        else:
            self._line_feeds = data[at] == 0x0A
        return at + 1

    def _header(self, line: bytes, offset: int, out: list[Event]) -> None:
        self.finish(out)
        if len(line) > SEGMENT_MAX:
            out.append(Odd("hl7.segment_too_long"))
        elif not good_separators(line):
            out.append(Odd("hl7.bad_header"))
        else:
            who, control_id = read_msh(line)
            self.begin(who, control_id, offset, out)

    def _too_long(self, out: list[Event]) -> None:
        out.append(Odd("hl7.block_too_long"))
        self.finish(out)
