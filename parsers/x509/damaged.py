"""Names out of a certificate that the library refuses: RFC 5280 section 4.1, DER as X.690 has it.

  Certificate { tbs { [0] version, serial, signature, issuer, validity, subject, ... }, ... }

Devices come with certificates that break a rule somewhere. Each element is length and value, so what lies before the
broken one, and beside it, can be read all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsers.reading import clean

SEQUENCE, SET, OBJECT, VERSION = 0x30, 0x31, 0x06, 0xA0
ISSUER, SUBJECT = 2, 4  # places after the version
ELEMENTS_MAX = 32  # read of one sequence; a name has up to ten parts
FIELDS_MAX = 16  # said of one certificate; a sound one gives six
ENCODINGS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}
COMMON_NAME, SERIAL_NUMBER, ORGANIZATION, UNIT = b"\x55\4\3", b"\x55\4\5", b"\x55\4\x0a", b"\x55\4\x0b"  # 2.5.4.n

OF_SUBJECT = {
    COMMON_NAME: "tls.certificate_subject_cn",
    ORGANIZATION: "tls.certificate_subject_o",
    UNIT: "tls.certificate_subject_ou",
    SERIAL_NUMBER: "tls.certificate_subject_serial",
}
OF_ISSUER = {COMMON_NAME: "tls.certificate_issuer_cn", ORGANIZATION: "tls.certificate_issuer_o"}

Element = tuple[int, bytes]
Field = tuple[str, str]


def names(der: bytes) -> list[Field]:
    """What subject and issuer say, as far as they can be read."""
    inside = inner(inner(der))
    if inside is None:
        return []
    parts = list(elements(inside))
    if parts and parts[0][0] == VERSION:
        parts = parts[1:]
    found: list[Field] = []
    for place, wanted in ((SUBJECT, OF_SUBJECT), (ISSUER, OF_ISSUER)):
        if place < len(parts) and parts[place][0] == SEQUENCE:
            found += attributes(parts[place][1], wanted)
    return found[:FIELDS_MAX]


def inner(der: bytes | None) -> bytes | None:
    """The content of the sequence that `der` begins with."""
    first = next(elements(der), None) if der is not None else None
    return first[1] if first is not None and first[0] == SEQUENCE else None


def elements(data: bytes) -> Iterator[Element]:
    """Tags and contents, up to the first that does not fit."""
    at = 0
    for _ in range(ELEMENTS_MAX):
        if at + 2 > len(data):
            return
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            size = length & 0x7F
            if not 1 <= size <= 3 or at + size > len(data):
                return
            length = int.from_bytes(data[at : at + size], "big")
            at += size
        if at + length > len(data):
            return
        yield tag, data[at : at + length]
        at += length


def attributes(name: bytes, wanted: dict[bytes, str]) -> Iterator[Field]:
    for tag, part in elements(name):
        for inside, pair in elements(part) if tag == SET else ():
            both = list(elements(pair)) if inside == SEQUENCE else []
            if len(both) == 2 and both[0][0] == OBJECT and both[0][1] in wanted and both[1][0] in ENCODINGS:
                text = clean(both[1][1], ENCODINGS[both[1][0]])
                if text and "\ufffd" not in text:
                    yield wanted[both[0][1]], text
