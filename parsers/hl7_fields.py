"""What single HL7 v2 fields say: separators, escapes, character sets, identifiers.

HL7 v2.5.1 chapter 2 (2.7 escapes, 2.15.9 MSH), chapter 2A (EI, HD, PL). All functions here are pure.
"""

from __future__ import annotations

import re

from msgspec import Struct

from parsers.api import TEXT_MAX, Id
from parsers.udi import without_donation

FIELD_MAX = 1024  # bytes of a field that is read; four bytes for each character that is kept at all
REPEATS_MAX = 8  # repeats of one field that are read: LAW writes two, gateways up to four

# HL7 table 0211 to Python. A message in UTF-16 or UTF-32 does not begin with "MSH" in ASCII and never gets here.
CHARSETS = {
    "ASCII": "ascii",
    "8859/1": "latin-1",
    "8859/2": "iso8859-2",
    "8859/3": "iso8859-3",
    "8859/4": "iso8859-4",
    "8859/5": "iso8859-5",
    "8859/6": "iso8859-6",
    "8859/7": "iso8859-7",
    "8859/8": "iso8859-8",
    "8859/9": "iso8859-9",
    "8859/15": "iso8859-15",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "GB 18030-2000": "gb18030",
    "KS X 1001": "euc_kr",
    "CNS 11643-1992": "big5",
    "BIG-5": "big5",
}

_HEX16 = re.compile(r"[0-9A-F]{16}\Z")
_HEX12 = re.compile(r"[0-9A-F]{12}\Z")
_FORMATTING = re.compile(rb"[HNP]|\.[a-z]{2}[+-]?\d*|C[0-9A-F]{4}|M[0-9A-F]{4,6}|Z\w*")


class Marks(Struct, frozen=True, gc=False):
    """Separators and character set of one message (MSH-1, MSH-2, MSH-18)."""

    field: bytes
    component: bytes
    repeat: bytes
    escape: bytes
    subcomponent: bytes
    charset: str


def _decode(raw: bytes, charset: str) -> str:
    for encoding in (charset, "utf-8"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _escaped(raw: bytes, marks: Marks) -> bytes:
    """Chapter 2.7: separators written as letters, bytes written in hexadecimal, formatting that says nothing. Anything
    else between two escape characters, and one without a partner, is text."""
    parts = raw.split(marks.escape)
    out = [parts[0]]
    at = 1
    while at < len(parts):
        code = parts[at]
        if at + 1 == len(parts):
            out.append(marks.escape + code)
            break
        known = {
            b"F": marks.field,
            b"S": marks.component,
            b"R": marks.repeat,
            b"E": marks.escape,
            b"T": marks.subcomponent,
        }.get(code)
        if known is not None:
            out.append(known)
        elif code[:1] == b"X" and re.fullmatch(rb"(?:[0-9A-Fa-f]{2})+", code[1:]):
            out.append(bytes.fromhex(code[1:].decode("ascii")))
        elif not _FORMATTING.fullmatch(code):
            out.append(marks.escape + code)
            at += 1
            continue
        out.append(parts[at + 1])
        at += 2
    return b"".join(out)


def text(raw: bytes, marks: Marks) -> str:
    """A component as text: unescaped, decoded, trimmed; the HL7 null `""` is nothing."""
    if not raw or raw == b'""' or len(raw) > FIELD_MAX:
        return ""
    if marks.escape in raw:
        raw = _escaped(raw, marks)
    return _decode(raw, marks.charset).strip("\0 \t\r\n")[:TEXT_MAX].rstrip()


def components(raw: bytes, marks: Marks, most: int = 6) -> list[str]:
    """The first components of the first repeat of a field, empty ones at the end left out."""
    if marks.repeat in raw:
        raw = raw[: raw.index(marks.repeat)]
    found = raw.split(marks.component, most)[:most]
    if len(raw) <= TEXT_MAX and raw.isascii() and marks.escape not in raw and b'""' not in raw:
        parts = [part.decode("ascii").strip("\0 \t\r\n").rstrip() for part in found]  # as `text` does, in one step
    else:
        parts = [text(part, marks) for part in found]
    while parts and not parts[-1]:
        parts.pop()
    return parts


def joined(parts: list[str]) -> str:
    """Components as one value, with `^` between them whatever the message used."""
    return "^".join(parts)[:TEXT_MAX].rstrip()


def eui64(value: str, scheme: str = "EUI-64") -> str:
    """An EUI-64 as 16 upper-case digits, or "". A MAC given as an EUI-64 is widened (FFFE in the middle)."""
    if scheme.upper() not in ("EUI-64", "EUI64"):
        return ""
    digits = value.upper().replace("-", "").replace(":", "")
    if _HEX12.match(digits):
        digits = digits[:6] + "FFFE" + digits[6:]
    if not _HEX16.match(digits) or len(set(digits.replace("FFFE", ""))) < 2:
        return ""
    return digits


def eui64_mac(digits: str) -> str:
    """The MAC that an EUI-64 was made from, or "" where it was not made from one."""
    if digits[6:10] != "FFFE" or int(digits[1], 16) & 1:
        return ""
    mac = (digits[:6] + digits[10:]).lower()
    return ":".join(mac[i : i + 2] for i in range(0, 12, 2))


def entities(raw: bytes, marks: Marks) -> list[list[str]]:
    """A repeating EI field (id^namespace^universal id^type) as one list of components per repeat. A UDI of ICCBBA may
    hold the number of a donation, which leads to a person."""
    if not raw:
        return []
    found = [components(part, marks, 4) for part in raw.split(marks.repeat, REPEATS_MAX)[:REPEATS_MAX]]
    return [[without_donation(parts[0]), *parts[1:]] for parts in found if parts]


def entity_id(parts: list[str]) -> Id | None:
    """The identifier in an EI: the EUI-64 where it is one, otherwise the instance id with its namespace."""
    if len(parts) == 4 and (digits := eui64(parts[2], parts[3])):
        return Id("eui64", digits)
    if not parts[0]:
        return None
    namespace = parts[1] if len(parts) > 1 and parts[1] else parts[2] if len(parts) > 2 else ""
    return Id("obx18", parts[0], namespace)


def good_separators(head: bytes) -> bool:
    """Whether `head` (the line from "MSH" on) declares separators: one field separator, then two to five others and the
    field separator again, none of them a letter, digit, blank or control character, all different."""
    if head[3:9] == b"|^~\\&|":
        return True
    if len(head) < 7:
        return False
    end = head.find(head[3:4], 4, 10)
    used = head[3:end]
    if not 3 <= len(used) <= 6 or end < 0 or len(set(used)) != len(used):
        return False
    return all(32 < c < 127 and not 48 <= c <= 57 and not 65 <= (c & 0xDF) <= 90 for c in used)
