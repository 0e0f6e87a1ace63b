"""BACnet's tagged values (ASHRAE 135 clause 20.2): what is told by number, and text in its character sets.

0 tag number 4 bits (15: in the next byte), class 1 bit (1: context), length 3 bits: 5: in the next byte, of which
  254 and 255: in the next two or four bytes; of a context tag 6: opens, 7: closes what is between
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from parsers.reading import clean, u16, u32

BOOLEAN, UNSIGNED, TEXT, ENUMERATED, OBJECT = 1, 2, 7, 9, 12  # application tags (clause 20.2.1.4)
MORE, EXTENDED, OPENS, CLOSES = 15, 5, 6, 7
TAGS_MAX = 512  # of one message: a device that is asked for all of its properties gives half as many
# clause 20.2.9; the others (DBCS with a code page, JIS) are kept only where they are ASCII
ENCODINGS = {0: "utf-8", 3: "utf-32-be", 4: "utf-16-be", 5: "iso-8859-1"}


class Tag(Struct, frozen=True, gc=False):
    """number: application tags as they stand, context tags negative, less one ([0] is -1). edge: OPENS, CLOSES or 0."""

    number: int
    data: bytes
    edge: int = 0


def context(number: int) -> int:
    return -1 - number


def tags(data: bytes, at: int) -> Iterator[Tag]:
    """Those from `at` on, up to where one is cut."""
    for _ in range(TAGS_MAX):
        if at >= len(data):
            return
        head, number = data[at], data[at] >> 4
        at += 1
        if number == MORE:
            if at >= len(data):
                return
            number = data[at]
            at += 1
        if of_context := bool(head & 8):
            number = context(number)
        size = head & 7
        if size in (OPENS, CLOSES):
            if not of_context:
                return
            yield Tag(number, b"", size)
            continue
        if size == EXTENDED:
            if at + 5 > len(data):
                padded = data[at:] + bytes(5)
                size, step = extended(padded, 0)
            else:
                size, step = extended(data, at)
            at += step
        if number == BOOLEAN:  # whose value is its length
            size = 0
        if at + size > len(data):
            return
        yield Tag(number, data[at : at + size])
        at += size


def extended(data: bytes, at: int) -> tuple[int, int]:
    """A length that the tag itself has no room for, and how many bytes it takes."""
    if data[at] == 254:
        return u16(data, at + 1), 3
    return (u32(data, at + 1), 5) if data[at] == 255 else (data[at], 1)


def number(tag: Tag | None, kind: int) -> int:
    """An unsigned or enumerated value; -1 where it is none."""
    if tag is None or tag.number != kind or tag.edge or not 0 < len(tag.data) <= 4:
        return -1
    return int.from_bytes(tag.data, "big")


def text(tag: Tag | None) -> str:
    """A character string; "" where it is none."""
    if tag is None or tag.number != TEXT or len(tag.data) < 2:
        return ""
    value = clean(tag.data[1:], ENCODINGS.get(tag.data[0], "ascii"))
    return value if value.isprintable() and "\ufffd" not in value else ""


def instance(tag: Tag | None, kind: int, tag_number: int = OBJECT) -> int:
    """Number of an object of that kind: 10 bits kind, 22 bits number (clause 20.2.14); -1 where it is none."""
    if tag is None or tag.number != tag_number or len(tag.data) != 4 or u16(tag.data, 0) >> 6 != kind:
        return -1
    return u32(tag.data, 0) & 0x3FFFFF
