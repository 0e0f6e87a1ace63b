"""One direction of an HL7 v2 connection: blocks, segments, and which of them are looked at.

MLLP release 1: 0B block 1C 0D. HL7 v2.5.1 chapter 2: segments end with CR; tolerated are CR LF and LF, a missing 0B,
batches (FHS, BHS), and text without any framing. A segment that is not wanted is stepped over undecoded, and is not
even held while it is incomplete.
"""

from __future__ import annotations

import re

from parsers.api import Done, Event, Flag, Odd, Said
from parsers.hl7_devices import (
    ATTRIBUTES,
    EQUIPMENT,
    OBSERVATION,
    ORDER,
    PARTICIPANT,
    PLACE,
    SOFTWARE,
    Row,
    told,
)
from parsers.hl7_fields import FIELD_MAX, Identity, control_serial, good_separators, read_msh

SEGMENT_MAX = 64 * 1024  # MSH, OBX-18 and PRT are under 1 KiB; past this it is an image in an OBX
BLOCK_MAX = 1 << 20  # of one message; what is longer carries documents, and named its devices at the beginning
ROWS_MAX = 64  # rows that speak of devices in one message; a monitor with all modules has about thirty
SOFTWARE_MAX = 4  # SFT segments: the origin and three that passed the message on
LOST_MAX = 4 << 20  # bytes without the beginning of a message after which this is not HL7, or no longer

HEADER, PATIENT, END, WANTED = 1, 2, 3, 4
SEGMENTS = {b"MSH": HEADER, b"PID": PATIENT, b"OBX": WANTED, b"SFT": WANTED, b"EQU": WANTED, b"PRT": WANTED}
SEGMENTS |= {b"PV1": WANTED, b"OBR": WANTED, b"FHS": END, b"BHS": END, b"BTS": END, b"FTS": END}
CONTROLS = b"\x0b\x1c\n\0\r"
VT, FS, FS_CR = 0x0B, 0x1C, b"\x1c\r"
NOWHERE = 1 << 62

_FEED_END = re.compile(rb"\n|(?<=\x1c)\r")  # of a segment where segments end with LF, or of the block
_ENDS = re.compile(rb"[\r\n\x1c]")
_ANY_END = re.compile(rb"[\r\n]")
START = re.compile(rb"[\x0b\r\n]MSH[^A-Za-z0-9\s\0-\x1f\x7f-\xff]")


class Blocks:
    """One direction of a connection. Holds one unfinished segment, if it is of a wanted kind."""

    def __init__(self) -> None:
        self._next = 0  # offset of the byte expected next
        self._held = b"\r"  # unread bytes before it; a stream begins as a line does
        self._more: list[bytes] = []  # and the bytes after it, of the same segment
        self._length = 0  # of these
        self._lost = True  # looking for the beginning of a message
        self._searched = 0  # bytes looked through since
        self._skipping = False  # inside a segment that is not wanted
        self._unended = False  # and it is an MSH, so that it is not known whether CR or LF will end it
        self._last = 0  # its last byte so far: 1C before the CR ends a block
        self._line_feeds = False  # segments end with LF
        self._message: Identity | None = None
        self._attribute = b"|67"  # how the codes in ATTRIBUTES begin
        self._framed = False  # the block began with 0B, so it must end with 1C 0D
        self._start = 0  # offset of the message's MSH
        self._patient = False  # the finding was made for this message
        self._implant = False
        self._place = b""  # PV1-3, until it is known whether a device was named
        self._rows: list[Row] = []
        self._instances: set[bytes] = {b""}  # OBX-18 values of this message
        self._again = b"|"  # the end of a segment that says nothing new, because it ends with the last of them

    def feed(self, data: bytes, at: int) -> list[Event]:
        out: list[Event] = []
        if at != self._next:
            out.append(Odd("hl7.gap"))
            self._drop()  # what it named so far may lack what was lost
            self._unread()
            self._held = b"\r"
            self._lost, self._searched, self._skipping = True, 0, False
            self._framed = self._unended = False
        self._next = at + len(data)
        if self._held:
            if len(self._held) > 2 and not self._lost and not _ENDS.search(data):
                self._more.append(data)
                self._length += len(data)
                if self._length + len(self._held) <= SEGMENT_MAX:
                    return out
                data = b""
            data = self._unread() + data
        if self._lost:
            data = self._found(data, out)
        if data:
            self._read(data, out)
        return out

    def end(self) -> list[Event]:
        out: list[Event] = []
        held = self._unread()
        if self._lost:
            return out
        if self._skipping:
            if self._last == FS:
                self._finish(out)
        elif held[-1:] == b"\x1c":
            self._line(held[:-1], self._next - len(held), out)
            self._finish(out)
        elif held[:3] == b"MSH" and held.rfind(held[3:4]) > 3:
            self._line(held[: held.rfind(held[3:4])], self._next - len(held), out)
        if not self._framed:
            self._finish(out)  # without MLLP the end of the connection is the end of the message
        return out

    def _unread(self) -> bytes:
        """Takes what is held. A long segment is held in pieces, so that its bytes are not copied with each of them."""
        held = self._held
        if self._more:
            held += b"".join(self._more)
            self._more, self._length = [], 0
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
        base = self._next - len(data)
        while at < len(data):
            fs = data.find(b"\x1c", at)  # one byte is found five times faster than two
            while fs >= 0 and data[fs + 1 : fs + 2] != b"\r":
                fs = data.find(b"\x1c", fs + 1)
            if fs < 0:
                at = self._lines(data, at, len(data), base, out)
                if at == len(data) or not self._tail(data[at:], base + at, out):
                    break
                at, self._held = len(data) - len(self._held), b""
                continue
            at = self._lines(data, at, fs, base, out)
            if at < fs:
                at = self._controls(data, at, fs, out)
                if data[at : at + 3] == b"MSH" and self._other_ending(data, at, fs):
                    continue
                self._line(data[at:fs], base + at, out)
            self._finish(out)
            self._framed = self._line_feeds = False
            at = fs + 2

    def _lines(self, data: bytes, at: int, stop: int, base: int, out: list[Event]) -> int:
        """Takes the complete segments of data[at:stop]; gives back where the incomplete one begins. This is where the
        time goes: most segments are results, of which only the number of fields is looked at."""
        find, count, kind_of = data.find, data.count, SEGMENTS.get
        end = b"\n" if self._line_feeds else b"\r"
        message = self._message
        hits, hit = [at, at, at], NOWHERE
        if message is not None:
            separator = message.marks.field
            hit = self._mark(hits, data, at, stop, base)
        while True:
            nl = find(end, at, stop)
            if nl < 0:
                return at
            head = data[at : at + 3]
            marked = False
            if nl > hit and data[at] >= 32:
                if base + at - self._start > BLOCK_MAX:
                    self._too_long(out)
                    message, hit = None, NOWHERE
                else:
                    marked = True
                    hit = self._mark(hits, data, nl, stop, base)
            if head == OBSERVATION:
                if message is not None:
                    fields = count(separator, at, nl)
                    if marked or (fields > 17 and not (fields == 18 and data.endswith(self._again, at, nl))):
                        self._observation(data[at:nl], out)
                    elif nl - at > SEGMENT_MAX:
                        out.append(Odd("hl7.segment_too_long"))
            elif (kind := kind_of(head)) is None:
                if data[at] == VT and data[at + 1] >= 32:  # a run of controls is stepped over as one, below
                    if self._message is not None:
                        self._finish(out)
                        message, hit = None, NOWHERE
                    self._framed = True
                    at += 1
                    continue
                if data[at] < 32:
                    before, at = at, self._controls(data, at, nl, out)
                    end = b"\n" if self._line_feeds else b"\r"
                    message = self._message
                    hit = hit if message is not None else NOWHERE
                    if before < at < nl:
                        continue
            elif kind == HEADER:
                if (self._line_feeds or find(b"\n", at, nl) >= 0) and self._other_ending(data, at, nl):
                    end = b"\n" if self._line_feeds else b"\r"
                    continue
                self._header(data[at:nl], base + at, out)
                message, hit = self._message, NOWHERE
                if message is not None:
                    separator = message.marks.field
                    hits = [nl, nl, nl]
                    hit = self._mark(hits, data, nl, stop, base)
            elif message is None:
                pass
            elif kind == WANTED:
                self._segment(head, data[at:nl], out)
            else:
                self._noted(kind, out)
                if kind == END:
                    message, hit = None, NOWHERE
            at = nl + 1

    def _mark(self, hits: list[int], data: bytes, at: int, stop: int, base: int) -> int:
        """The next place from `at` on that may speak of a device, or where the message's cap is. Each needle's place is
        looked for again only when it has been passed, so that a region is searched once whatever is in it. What is
        looked for stands beside "MDC" in its segment, or it is not what is looked for."""
        cap = self._start + BLOCK_MAX - base
        find = data.find
        if hits[0] <= at:
            if hits[2] <= at:
                found = find(b"MDC", at, stop)
                hits[2] = found if found >= 0 else NOWHERE
            if hits[2] == NOWHERE:
                return cap
            found = find(b"_DEV_", at, stop)
            hits[0] = found if found >= 0 else NOWHERE
        if hits[1] <= at:
            found = find(self._attribute, at, stop)
            hits[1] = found if found >= 0 else NOWHERE
        return min(hits[0], hits[1], cap)

    def _controls(self, data: bytes, at: int, stop: int, out: list[Event]) -> int:
        """Steps over control bytes before a segment: the beginning of a block, the end of one without its CR, the LF of
        CR LF."""
        line = data[at:stop]
        rest = line.lstrip(CONTROLS)
        before = line[: len(line) - len(rest)]
        if b"\x1c" in before or b"\x0b" in before:
            self._finish(out)
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
        ending = self._line_feeds
        before = self._controls(tail, 0, len(tail), out)
        tail = tail[before:]
        if ending != self._line_feeds:
            self._held = tail
            return True
        offset += before
        if not tail:
            return False
        if self._message and offset - self._start > BLOCK_MAX:
            self._too_long(out)
        if len(tail) < 3:
            self._held = tail
            return False
        kind = SEGMENTS.get(tail[:3])
        if kind == HEADER or (kind == WANTED and self._message):
            if kind == HEADER and self._other_ending(tail, 0, len(tail)):
                self._held = tail
                return True
            if len(tail) - (tail[-1] == FS) <= SEGMENT_MAX:
                self._held = tail
                return False
            if kind == HEADER:
                self._finish(out)
                self._unended = True
            out.append(Odd("hl7.segment_too_long"))
        elif kind is not None and self._message:
            self._noted(kind, out)
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
            self._finish(out)
            self._framed = self._line_feeds = False
        else:
            self._line_feeds = data[at] == 0x0A
        return at + 1

    def _header(self, line: bytes, offset: int, out: list[Event]) -> None:
        self._finish(out)
        if len(line) > SEGMENT_MAX:
            out.append(Odd("hl7.segment_too_long"))
            return
        if not good_separators(line):
            out.append(Odd("hl7.bad_header"))
            return
        identity, control_id = read_msh(line)
        out += identity.events
        if identity.efficia and (serial := control_serial(control_id)):
            out.append(Said(identity.sender, (("hl7.control_serial", serial),)))
        self._message = identity
        self._again = identity.marks.field
        self._attribute = self._again + b"67"
        self._start = offset
        self._patient = identity.patient
        self._implant = identity.implant

    def _noted(self, kind: int, out: list[Event]) -> None:
        """A segment of which it matters only that it is there."""
        if kind == END:
            self._finish(out)
        elif not self._patient:
            self._patient = True
            out.append(Flag("hl7.cleartext"))

    def _observation(self, line: bytes, out: list[Event]) -> None:
        """OBX: a device row, an attribute of exactly two codes, or a result that names its instrument in OBX-18."""
        message = self._message
        if len(line) > SEGMENT_MAX:
            out.append(Odd("hl7.segment_too_long"))
            return
        if message is None or self._implant:
            return
        marks = message.marks
        f = line.split(marks.field, 19)
        if len(f) < 5:
            return
        coded, contained, value = f[3], f[4], b""
        instance = f[18] if len(f) > 18 else b""
        code, _, name = coded.partition(marks.component)
        name, _, system = name.partition(marks.component)
        if name.startswith(b"MDC_IDC_"):
            self._implant = True
            self._rows = [row for row in self._rows if row[0] == SOFTWARE]
            return
        if code in ATTRIBUTES and (name == ATTRIBUTES[code] or system[:3] == b"MDC"):
            value = f[5] if len(f) > 5 else b""
            coded = code
        elif code.isdigit() and (
            name.startswith(b"MDC_DEV_") or (name.startswith(b"NOM_DEV_") and system[:3] == b"MDC")
        ):
            coded = code + marks.component + name
        elif instance in self._instances:
            return
        else:
            coded = b"MDC" if name.startswith(b"MDC_") or system[:3] == b"MDC" else b""
        if len(self._instances) < ROWS_MAX:
            self._instances.add(instance)
            self._again = marks.field + instance
        self._row((OBSERVATION, coded, contained, value, instance), out)

    def _segment(self, head: bytes, line: bytes, out: list[Event]) -> None:
        message = self._message
        if len(line) > SEGMENT_MAX:
            out.append(Odd("hl7.segment_too_long"))
            return
        if message is None:
            return
        separator, component = message.marks.field, message.marks.component
        if head == SOFTWARE:
            f = line.split(separator, 5)
            if sum(1 for row in self._rows if row[0] == SOFTWARE) < SOFTWARE_MAX:
                self._row((SOFTWARE, *f[1:5], *[b""] * (5 - len(f))), out)
        elif self._implant:
            return
        elif head == PLACE:
            f = line.split(separator, 4) if message.located else []
            self._place = component.join(f[3].split(component, 4)[:4]) if len(f) > 3 else b""
        elif head == EQUIPMENT:
            f = line.split(separator, 2)
            if len(f) > 1:
                self._row((EQUIPMENT, f[1]), out)
        elif head == PARTICIPANT:
            f = line.split(separator, 23)
            if len(f) > 10 and f[4].split(component, 1)[0] == b"EQUIP":
                f += [b""] * (23 - len(f))
                self._row((PARTICIPANT, f[9], f[10], f[16], f[17], f[18], f[19], f[20], f[22]), out)
        elif b"EUI-64" in line:
            for entity in line.split(separator, 4)[2:4]:
                parts = entity.split(component, 4)
                if len(parts) > 3 and parts[3] == b"EUI-64":
                    self._row((ORDER, parts[2]), out)

    def _row(self, row: Row, out: list[Event]) -> None:
        if max(map(len, row)) > FIELD_MAX:
            out.append(Odd("hl7.field_too_long"))
        elif len(self._rows) < ROWS_MAX:
            self._rows.append(row)
        elif len(self._rows) == ROWS_MAX:
            self._rows.append((b"",))
            out.append(Odd("hl7.too_many_rows"))

    def _too_long(self, out: list[Event]) -> None:
        out.append(Odd("hl7.block_too_long"))
        self._finish(out)

    def _finish(self, out: list[Event]) -> None:
        """The message is complete: says what its rows say together."""
        message = self._message
        if message is None:
            return
        if self._rows:
            place = (PLACE, self._place)
            rows = (*self._rows, place) if self._place and len(self._place) <= FIELD_MAX else (*self._rows,)
            out += told(message, self._implant, rows)
        self._drop()

    def _drop(self) -> None:
        self._message = None
        self._place = b""
        if self._rows:
            self._rows = []
            self._instances = {b""}
