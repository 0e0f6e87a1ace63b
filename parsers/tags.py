"""XML documents one after the other on a connection, without framing: their tags, one at a time. XML 1.0.

This is no XML parser: text is stepped over unless it is asked for, nothing is nested, nothing is resolved, and a
document that declares types or entities is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from parsers.api import TEXT_MAX, Done, Event, Odd
from parsers.reading import printable

TAG_MAX = 4096  # of a tag with its attributes; a value is a line
BLANKS = b" \t\r\n"
BOM = b"\xef\xbb\xbf"
ENTITIES = {"&quot;": '"', "&apos;": "'", "&lt;": "<", "&gt;": ">", "&amp;": "&"}  # XML 1.0 section 4.6

_TAG = re.compile(rb"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""")
_DECLARED = re.compile(rb"<\?xml\s[^<>]{0,100}\?>\s*")
_ENTITY = re.compile("|".join(ENTITIES))


def undeclared(first: bytes) -> bytes | None:
    """What begins behind an XML declaration and blanks; None where that is not known yet."""
    begins = first.lstrip(BLANKS).removeprefix(BOM)
    if begins[:2] != b"<?":
        return begins
    declared = _DECLARED.match(begins)
    if declared is not None:
        return begins[declared.end() :]
    return None if len(begins) < 128 and b"<?xml".startswith(begins[:5]) else begins


def attribute(name: bytes) -> re.Pattern[bytes]:
    """Finds it in a tag; its value is one of two groups."""
    return re.compile(rb"""\s%s\s*=\s*(?:"([^"]*)"|'([^']*)')""" % name)


def value(tag: bytes, pattern: re.Pattern[bytes]) -> str:
    """Of an attribute, or ""."""
    found = pattern.search(tag)
    return unescaped(printable(found[1] if found[1] is not None else found[2])) if found else ""


def unescaped(text: str) -> str:
    return _ENTITY.sub(lambda found: ENTITIES[found[0]], text)[:TEXT_MAX]


class Tags:
    """One direction of a connection. Holds one unfinished tag."""

    protocol = ""  # begins the names of what is odd

    def __init__(self) -> None:
        self._held = bytearray()
        self._next = -1  # offset of the byte expected next; -1: none seen yet
        self._until = b""  # what is stepped over ends so

    # what a protocol adds

    def tag(self, tag: bytes, offset: int) -> Iterable[Event]:
        """Reads one, from < to >, that begins at an offset of this direction."""
        raise NotImplementedError

    def text(self, data: bytes | bytearray) -> None:
        """Takes a part of the text between two tags."""

    def lost(self) -> None:
        """Bytes are missing, or what should be a tag is none."""

    # framing

    def feed(self, data: bytes, at: int) -> list[Event]:
        out: list[Event] = []
        if at != self._next and self._next >= 0:
            out.append(Odd(f"{self.protocol}.gap"))
            self._held.clear()
            self._until = b""
            self.lost()
        self._next = at + len(data)
        held = self._held
        held += data
        base = self._next - len(held)
        place = 0
        while place < len(held):
            taken = self._take(held, place, base + place, out)
            if not taken:
                break
            if taken < 0:
                held.clear()
                return out
            place += taken
        del held[:place]
        return out

    def end(self) -> Iterable[Event]:
        return ()

    def _take(self, held: bytearray, at: int, offset: int, out: list[Event]) -> int:
        """Takes text, a tag, or what is stepped over; gives back its length, 0 where more bytes are needed, or -1 where
        nothing more is to be learnt."""
        if self._until:
            found = held.find(self._until, at)
            if found < 0:
                return max(0, len(held) - at - len(self._until) + 1)
            over = found + len(self._until) - at
            self._until = b""
            return over
        if held[at] != 0x3C:
            found = held.find(b"<", at)
            end = found if found >= 0 else len(held)
            self.text(held[at:end])
            return end - at
        return self._markup(held, at, offset, out)

    def _markup(self, held: bytearray, at: int, offset: int, out: list[Event]) -> int:
        head = bytes(held[at : at + 9])
        if head[1:2] == b"!":
            if len(head) < 9:
                return 0
            if head[:4] == b"<!--" or head == b"<![CDATA[":
                self._until = b"-->" if head[:4] == b"<!--" else b"]]>"
                return 4
            out += (Odd(f"{self.protocol}.document_type"), Done())
            return -1
        tag = _TAG.match(held, at, at + TAG_MAX)
        if tag is not None:
            out += self.tag(tag[0], offset)
            return tag.end() - at
        if len(held) - at < TAG_MAX:
            return 0
        out.append(Odd(f"{self.protocol}.no_tag"))
        self.lost()
        return 1
