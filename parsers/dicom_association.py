"""A-ASSOCIATE-RQ and -AC: titles, presentation contexts, user information. PS3.8 9.3.2, 9.3.3; PS3.7 annex D.3.3."""

from __future__ import annotations

import struct
from functools import lru_cache

from parsers.reading import clean, u16, u32

CONTEXTS_MAX = 128  # odd numbers of one byte, PS3.8 9.3.2.2
ITEMS_MAX = 2048  # items and sub-items read of one PDU; 128 contexts, 128 role selections and the rest are under 400
DEFLATED = b"1.2.840.10008.1.2.1.99"

IDENTITY_TYPES = {1: "name", 2: "name and passcode", 3: "kerberos", 4: "saml", 5: "jwt"}  # PS3.7 D.3.3.7.1
PASSCODE = 2

_DIGITS_AND_DOTS = b"0123456789."
UID_MAX = 64  # PS3.5 clause 9


_ITEM = struct.Struct(">BxH").unpack_from  # type, length
KEPT = 1024  # contexts and UIDs whose reading is kept ready: programs offer the same in every association
KEPT_SIZE = 512  # bytes of such a context: a SOP class and eighteen transfer syntaxes


def uid(raw: bytes) -> str:
    """A UID without its padding, or "" where it is none."""
    return _uid_kept(raw) if len(raw) <= KEPT_SIZE else _uid(raw)


def _uid(raw: bytes) -> str:
    text = raw.strip(b"\0 ")
    if len(text) > UID_MAX or text.translate(None, _DIGITS_AND_DOTS):
        return ""
    return text.decode("ascii")


_uid_kept = lru_cache(maxsize=KEPT)(_uid)


class Association:
    """What one of the two PDUs says. Reserved bytes are ignored, as the standard asks."""

    __slots__ = (
        "abstract",
        "called",
        "calling",
        "deflated",
        "identity",
        "implementation_uid",
        "implementation_version",
        "max_pdu",
        "odd",
        "provides",
        "results",
        "window",
    )

    def __init__(self) -> None:
        self.called = ""
        self.calling = ""
        self.abstract: dict[int, str] = {}  # RQ: context id -> SOP class
        self.deflated: set[int] = set()  # RQ: contexts that might be deflated, in case the answer is not seen
        self.results: dict[int, tuple[int, str]] = {}  # AC: context id -> (result, transfer syntax)
        self.max_pdu = -1
        self.implementation_uid = ""
        self.implementation_version = ""
        self.window = ""
        self.provides = False  # the requestor offers to be the provider of some class: a C-GET user takes images in
        self.identity = 0  # type of the user identity; its value is a credential and is never read
        self.odd = ""


def read_association(body: bytes) -> Association:
    """The PDU from its protocol version on (68 bytes at least). A cut item ends the reading."""
    found = Association()
    found.called = clean(body[4:20], "ascii")
    found.calling = clean(body[20:36], "ascii")
    at, end, left = 68, len(body), ITEMS_MAX
    while at + 4 <= end:
        kind, size = _ITEM(body, at)
        start = at + 4
        at = start + size
        left -= 1
        if at > end or left < 0:
            found.odd = "dicom.bad_item" if left >= 0 else "dicom.too_many_items"
            return found
        if kind == 0x20:
            value = body[start + 4 : at]
            name, deflated, odd = (_proposed_kept if size <= KEPT_SIZE else _proposed)(value)
            if name:
                found.abstract.setdefault(body[start], name)
                if deflated:
                    found.deflated.add(body[start])
            found.odd = odd or found.odd
        elif kind == 0x21:
            if size >= 4:
                answer = (_answered_kept if size <= KEPT_SIZE else _answered)(body[start + 2 : at])
                found.results.setdefault(body[start], answer)
        elif kind == 0x50:
            _user_information(found, body, start, at, left)
    return found


def _proposed(value: bytes) -> tuple[str, bool, str]:
    """Abstract syntax, whether it might be deflated, what was odd. Of the transfer syntaxes the answer names one."""
    at, end = 0, len(value)
    while at + 4 <= end:
        kind, size = _ITEM(value, at)
        start = at + 4
        at = start + size
        if kind == 0x30:
            name = uid(value[start:at]) if at <= end else ""
            return name, value.find(DEFLATED, at) >= 0, "" if name else "dicom.bad_uid"
    return "", False, ""


def _answered(value: bytes) -> tuple[int, str]:
    """Result and transfer syntax of a context."""
    syntax = uid(value[6 : 6 + u16(value, 4)]) if len(value) >= 6 and value[2] == 0x40 else ""
    return value[0], syntax


_proposed_kept = lru_cache(maxsize=KEPT)(_proposed)
_answered_kept = lru_cache(maxsize=KEPT)(_answered)


def _user_information(found: Association, body: bytes, at: int, end: int, left: int) -> None:
    while at + 4 <= end:
        kind, size = _ITEM(body, at)
        start = at + 4
        at = start + size
        left -= 1
        if at > end or left < 0:
            found.odd = "dicom.bad_item" if left >= 0 else "dicom.too_many_items"
            return
        if kind == 0x51 and size == 4:
            found.max_pdu = u32(body, start)
        elif kind == 0x52:
            found.implementation_uid = uid(body[start:at])
        elif kind == 0x53 and size == 4:
            found.window = f"{u16(body, start)}/{u16(body, start + 2)}"
        elif kind == 0x54 and size >= 4:
            length = u16(body, start)
            if 2 + length + 2 <= size and body[start + 3 + length] == 1:
                found.provides = True
        elif kind == 0x55:
            found.implementation_version = clean(body[start : min(at, start + 64)], "ascii")
        elif kind == 0x58 and size:
            found.identity = body[start]
