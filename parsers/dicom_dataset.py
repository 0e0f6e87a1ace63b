"""Walks the head of a DICOM data set as it arrives and keeps the few values that a plan names. PS3.5 clauses 6, 7, A.

A plan is an allow-list: every other element is stepped over by its length, neither copied nor decoded, so nothing of
the patient (group 0010), of persons or of texts is ever held. The walk has its own stack: nesting costs no recursion.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

from msgspec import Struct

HEAD_MAX = 16 * 1024  # bytes of a data set that are read: CT, MR, US and CR heads end group 0018 within 2 to 8 KiB
INFLATED_MAX = 64 * 1024  # bytes that those 16 KiB may inflate to: enough for any head, and a bomb stays small
VALUE_MAX = 1024  # bytes of a wanted value: a UDI has about 100, eight software versions of 64 characters have 519
DEPTH_MAX = 32  # open sequences and items; real heads nest to 8 (4 sequences), a hostile one claims thousands
ITEMS_MAX = 64  # items of one wanted sequence; a chain of contributing equipment has a handful
INFLATE_STEP = 512  # compressed bytes given to zlib at a time, so that the result does not depend on how they were cut

UNDEFINED = 0xFFFFFFFF
ITEM = 0xFFFEE000
ITEM_END = 0xFFFEE00D
SEQUENCE_END = 0xFFFEE0DD

_SHORT = frozenset(
    b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split()
)  # 16 bit length, PS3.5 7.1.2
_LONG = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())  # 2 bytes reserved, 32 bit length
_NESTED = frozenset((b"SQ", b"UN"))  # of undefined length these hold items of elements; any other holds raw fragments

_LITTLE = struct.Struct("<HH2sH").unpack_from
_BIG = struct.Struct(">HH2sH").unpack_from
_LITTLE_LENGTH = struct.Struct("<L").unpack_from
_BIG_LENGTH = struct.Struct(">L").unpack_from
_IMPLICIT = struct.Struct("<HHL").unpack_from


class Plan(Struct, frozen=True):
    """What is wanted of one level: tags of values, plans of sequences; at the top nothing after `last` is looked at."""

    values: frozenset[int]
    sequences: Mapping[int, Plan] = {}
    last: int = SEQUENCE_END


NO_VALUES: frozenset[int] = frozenset()
NO_SEQUENCES: Mapping[int, Plan] = {}


class Syntax(Struct, frozen=True):
    """How elements are written: with or without a VR, in which byte order, as they are or deflated."""

    implicit: bool = False
    big: bool = False
    deflated: bool = False


IMPLICIT = Syntax(implicit=True)
EXPLICIT = Syntax()
BIG_ENDIAN = Syntax(big=True)
DEFLATED = Syntax(deflated=True)

_SYNTAXES = {  # PS3.6 table A-1; every other transfer syntax of the standard is explicit, little-endian (PS3.5 A.4)
    "1.2.840.10008.1.2": IMPLICIT,
    "1.2.840.10008.1.2.2": BIG_ENDIAN,
    "1.2.840.10008.1.2.1.99": DEFLATED,
    "1.2.840.10008.1.2.4.95": DEFLATED,  # JPIP referenced
    "1.2.840.10008.1.2.4.205": DEFLATED,  # JPIP HTJ2K referenced
    "1.2.840.113619.5.2": IMPLICIT,  # GE private: only the pixels are big-endian
}


def syntax_of(uid: str) -> Syntax | None:
    """None: not one of the standard's, so the first element must tell."""
    known = _SYNTAXES.get(uid)
    if known is None and uid.startswith("1.2.840.10008.1.2."):
        return EXPLICIT
    return known


def sniff(first: bytes) -> Syntax | None:
    """From the 8 bytes of a first element (its group is small, so the byte order shows); None: not an element."""
    if len(first) < 8:
        return None
    if first[4:6] in _SHORT or first[4:6] in _LONG:
        return EXPLICIT if first[1] == 0 else BIG_ENDIAN if first[0] == 0 else None
    if first[1] == 0 and 0 < first[0] <= 0x40 and _LITTLE_LENGTH(first, 4)[0] in range(HEAD_MAX):
        return IMPLICIT
    return None


class Item:
    """The wanted values of one level, as raw bytes, and the items of its wanted sequences."""

    __slots__ = ("sequences", "values")

    def __init__(self) -> None:
        self.values: dict[int, bytes] = {}
        self.sequences: dict[int, list[Item]] = {}


class _Level:
    """An open sequence (`items` is where its items go) or an open item (`item` takes its values)."""

    __slots__ = ("big", "end", "implicit", "is_item", "item", "items", "plan", "raw")

    def __init__(self, is_item: bool, end: int, implicit: bool, big: bool) -> None:
        self.is_item = is_item
        self.end = end  # offset in the data set, or -1 where a delimiter ends it
        self.implicit = implicit
        self.big = big
        self.raw = False  # fragments of bytes, not items of elements
        self.plan: Plan | None = None
        self.item: Item | None = None
        self.items: list[Item] | None = None


class Head:
    """Takes a data set in pieces of any size until `done`. What it keeps does not depend on the cuts."""

    def __init__(self, plan: Plan, syntax: Syntax | None, otherwise: Syntax | None = None) -> None:
        """syntax None: the first element tells, and if that is none, it is `otherwise`."""
        self.root = Item()
        self.done = False
        self.reached = 0  # the last tag at the top that was seen: everything before it has been read or is not there
        self.odd = ""  # why it ended early
        self.plan = plan
        self._syntax = syntax
        self._otherwise = otherwise
        self._first = b""  # of a data set whose syntax is not known yet
        self._stack: list[_Level] = []
        self._held = b""  # an element that has not arrived whole: its header, and its value if that is wanted
        self._pass = 0  # bytes of an unwanted value still to come
        self._at = 0  # offset in the data set of the first byte that is not read yet
        self._taken = 0
        self._inflate = zlib.decompressobj(-15) if syntax == DEFLATED else None
        self._inflated = 0
        self._packed = b""

    def feed(self, data: bytes, *, last: bool = False) -> None:
        """last: the data set ends with these bytes. Past HEAD_MAX nothing is read, however much is given."""
        if self.done:
            return
        room = HEAD_MAX - self._taken
        capped = len(data) >= room
        if len(data) > room:
            data = data[:room]
            last = False
        self._taken += len(data)
        if self._syntax is None:
            data = self._first + data
            self._first = data
            if len(data) < 8 and not last:
                return
            self._syntax = sniff(data) or self._otherwise
            self._first = b""
            if self._syntax is None:
                self._break("dicom.unknown_syntax")
                return
            if self._syntax == DEFLATED:
                self._inflate = zlib.decompressobj(-15)
        if self._inflate is None:
            self._read(data)
        else:
            self._unpack(data, last or capped)
        if not self.done and (last or capped):
            if not last:
                self.odd = "dicom.head_too_long"
            elif self._held or self._pass or any(not 0 <= level.end <= self._at for level in self._stack):
                self.odd = "dicom.bad_element"
            else:
                self.reached = SEQUENCE_END
            self.done = True

    def _unpack(self, data: bytes, ended: bool) -> None:
        assembled = self._packed + data
        whole = len(assembled) if ended else len(assembled) - len(assembled) % INFLATE_STEP
        for start in range(0, whole, INFLATE_STEP):
            if self.done or self._inflate is None:
                return
            try:
                plain = self._inflate.decompress(assembled[start : start + INFLATE_STEP], INFLATED_MAX - self._inflated)
            except zlib.error:
                self.odd = "dicom.bad_deflate"
                self.done = True
                return
            self._inflated += len(plain)
            self._read(plain)
            if self._inflated >= INFLATED_MAX and not self.done:
                self.odd = "dicom.head_too_long"
                self.done = True
        self._packed = assembled[whole:]

    def _read(self, data: bytes) -> None:
        if self._pass:
            step = min(self._pass, len(data))
            self._pass -= step
            self._at += step
            data = data[step:]
        if not data:
            return
        if self._held:
            data = self._held + data
            self._held = b""
        self._walk(data, self._syntax or EXPLICIT)

    def _break(self, odd: str) -> None:
        self.odd = odd
        self.done = True

    def _walk(self, data: bytes, syntax: Syntax) -> None:
        stack = self._stack
        base = self._at  # offset in the data set of data[0]
        at, size = 0, len(data)
        plan: Plan | None = self.plan
        item: Item | None = self.root
        implicit, big = syntax.implicit, syntax.big
        level: _Level | None = None
        values, sequences, last = self.plan.values, self.plan.sequences, self.plan.last
        changed = bool(stack)  # the level is another than the local variables say
        while True:
            while stack and 0 <= stack[-1].end <= base + at:
                stack.pop()
                changed = True
            if changed:
                level = stack[-1] if stack else None
                plan, item, implicit, big = self.plan, self.root, syntax.implicit, syntax.big
                if level is not None:
                    plan, item, implicit, big = level.plan, level.item, level.implicit, level.big
                values, sequences = (plan.values, plan.sequences) if plan is not None else (NO_VALUES, NO_SEQUENCES)
                changed = False
            if size - at < 8:
                break
            head = 8
            vr = b""
            if implicit:
                group, element, length = _IMPLICIT(data, at)
            else:
                group, element, vr, length = (_BIG if big else _LITTLE)(data, at)
                if group == 0xFFFE:
                    vr = b""
                    length = (_BIG_LENGTH if big else _LITTLE_LENGTH)(data, at + 4)[0]
                elif vr not in _SHORT:
                    if vr not in _LONG:
                        self._break("dicom.bad_element")
                        return
                    if size - at < 12:
                        break
                    head = 12
                    length = (_BIG_LENGTH if big else _LITTLE_LENGTH)(data, at + 8)[0]
            tag = group << 16 | element

            if level is None:
                if group == 0xFFFE:
                    self._break("dicom.bad_element")
                    return
                if tag > last:
                    self.reached = tag
                    self.done = True
                    return
                self.reached = tag
            elif level.end >= 0 and length != UNDEFINED and base + at + head + length > level.end:
                self._break("dicom.bad_element")
                return
            elif not level.is_item:  # between the items of a sequence
                if tag == SEQUENCE_END:
                    stack.pop()
                elif tag != ITEM or (level.raw and length == UNDEFINED):
                    self._break("dicom.bad_element")
                    return
                elif level.plan is None and length != UNDEFINED:
                    at += head + length
                    if at > size:
                        break
                    continue
                elif not self._open_item(level, -1 if length == UNDEFINED else base + at + 8 + length):
                    return
                at += 8
                changed = True
                continue
            elif group == 0xFFFE:
                if tag != ITEM_END:
                    self._break("dicom.bad_element")
                    return
                stack.pop()
                at += 8
                changed = True
                continue

            if length == UNDEFINED or tag in sequences:
                inner = sequences.get(tag)
                raw = vr != b"" and vr not in _NESTED
                if len(stack) >= DEPTH_MAX or (raw and length != UNDEFINED):
                    self._break("dicom.too_deep" if len(stack) >= DEPTH_MAX else "dicom.bad_element")
                    return
                end = -1 if length == UNDEFINED else base + at + head + length
                if vr == b"UN":  # what an unknown sequence holds is implicit, little-endian (PS3.5 6.2.2 note 5)
                    opened = _Level(False, end, True, False)
                else:
                    opened = _Level(False, end, implicit, big)
                opened.raw = raw
                if inner is not None and item is not None and not raw:
                    opened.plan = inner
                    opened.items = item.sequences.setdefault(tag, [])
                stack.append(opened)
                at += head
                changed = True
                continue
            if tag in values and item is not None:
                if length > VALUE_MAX:
                    self.odd = "dicom.value_too_long"
                elif size - at < head + length:
                    break
                else:
                    item.values.setdefault(tag, data[at + head : at + head + length])
            at += head + length
            if at > size:
                break

        if at > size:
            self._pass = at - size
            at = size
        self._at = base + at
        self._held = data[at:]
        if self._pass and self._inflate is None and self._at + self._pass > HEAD_MAX:
            self._break("dicom.head_too_long")  # known already: the rest need not even be delivered

    def _open_item(self, level: _Level, end: int) -> bool:
        if len(self._stack) >= DEPTH_MAX:
            self._break("dicom.too_deep")
            return False
        opened = _Level(True, end, level.implicit, level.big)
        if level.items is not None:
            if len(level.items) >= ITEMS_MAX:
                self._break("dicom.too_many_items")
                return False
            opened.plan = level.plan
            opened.item = Item()
            level.items.append(opened.item)
        self._stack.append(opened)
        return True
