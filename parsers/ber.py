"""Tags and lengths of BER and DER, trusted as far as the bytes go. ITU-T X.690 clauses 8.1 and 10.1.

  identifier 1 (class 2 bits, constructed 1 bit, number 5 bits), length 1 or 0x80+n and n bytes, content

An element is (tag, begin, end): the identifier octet and where its content lies. Tags of more than one octet and the
indefinite length occur in none of the protocols that use this, and end the reading.
"""

from __future__ import annotations

from collections.abc import Iterator

Element = tuple[int, int, int]

ELEMENTS_MAX = 512  # siblings; the longest list that is read (attributes of a directory's root) has about forty
LENGTH_OCTETS_MAX = 4
LONG_TAG = 0x1F

INTEGER, OCTET_STRING, NULL, OID, ENUMERATED, SEQUENCE, SET = 0x02, 0x04, 0x05, 0x06, 0x0A, 0x30, 0x31


def extent(head: bytes | bytearray, at: int = 0) -> int:
    """Offset behind the element that begins at `at`; 0 where more bytes are needed to tell, -1 where there is none."""
    if len(head) < at + 2:
        return 0 if len(head) <= at or head[at] & LONG_TAG != LONG_TAG else -1
    first = head[at + 1]
    if head[at] & LONG_TAG == LONG_TAG or first == 0x80 or first > 0x80 + LENGTH_OCTETS_MAX:
        return -1
    if first < 0x80:
        return at + 2 + first
    begin = at + 2 + (first & 0x7F)
    return begin + int.from_bytes(head[at + 2 : begin], "big") if len(head) >= begin else 0


def element(data: bytes, at: int, stop: int) -> Element | None:
    """The element at `at`, if it is whole before `stop`."""
    end = extent(data, at) if at < stop else 0
    if end <= 0 or end > stop or stop > len(data):
        return None
    first = data[at + 1]
    return data[at], at + 2 + (first & 0x7F if first > 0x80 else 0), end


def elements(data: bytes, at: int, stop: int) -> Iterator[Element]:
    """Those that follow each other from `at` on, up to the first that is broken."""
    for _ in range(ELEMENTS_MAX):
        found = element(data, at, stop)
        if found is None:
            return
        yield found
        at = found[2]


def inside(data: bytes, of: Element | None, *tags: int) -> Element | None:
    """The first element with the first tag within one, in it the first with the second tag, and so on."""
    for tag in tags:
        if of is None:
            return None
        of = next((each for each in elements(data, of[1], of[2]) if each[0] == tag), None)
    return of


def number(data: bytes, of: Element | None) -> int | None:
    """An INTEGER or ENUMERATED of at most eight octets (clause 8.3)."""
    if of is None or not 0 < of[2] - of[1] <= 8:
        return None
    return int.from_bytes(data[of[1] : of[2]], "big", signed=True)
