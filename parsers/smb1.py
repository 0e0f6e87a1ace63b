"""Messages of SMB1 (CIFS) that open a connection: what both ends are. MS-CIFS 2.2.3, 2.2.4.52 to 55; MS-SMB 2.2.4.

  0 FF 'SMB'   4 command 1   5 status 4   9 flags 1   10 flags2 2   ...   32 words, counted 1   33 words
  behind the words: bytes, counted 2. Words with AndX begin: next command 1, reserved 1, its offset 2

The strings of a session set-up are account, domain, system, LAN manager: the first two are stepped over.
"""

from __future__ import annotations

import datetime as dt

from parsers import ntlmssp, windows_support
from parsers.api import RECEIVER, SENDER, Event, Flag, Odd, Said
from parsers.reading import clean, u16le, u32le

HEADER = 32
NEGOTIATE, SESSION_SETUP, TREE_CONNECT = 0x72, 0x73, 0x75
RESPONSE, UNICODE = 0x80, 0x8000  # flags, flags2
EXTENDED_SECURITY = 0x80000000  # capabilities
SIGNING_ENABLED, SIGNING_REQUIRED = 0x04, 0x08  # security mode, MS-SMB 2.2.4.5.2.1
GUEST = 0x01  # action of a session set-up
NT_LM_WORDS = 17
DIALECTS = {NT_LM_WORDS: "NT LM 0.12", 13: "LANMAN", 1: "core"}  # a response by its words
DIALECTS_MAX = 16  # of an offer; Windows makes six, Samba eleven
REFUSED = 0xFFFF  # the index where none of the dialects suits
EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)
Field = tuple[str, str]


class CutError(Exception):
    """A message that is shorter than it says. It does not leave this module."""


def read(message: bytes) -> list[Event]:
    """What one message says of its sender, and what its names say of the receiver."""
    out: list[Event] = []
    try:
        response = byte(message, 9) & RESPONSE != 0
        if message[4] == NEGOTIATE:
            (negotiated if response else offer)(message, out)
        elif message[4] == SESSION_SETUP:
            (session if response else session_asked)(message, out)
        elif not response:
            tree_asked(message, HEADER, out)
    except CutError:
        out.append(Odd("smb.cut"))
    return out


def offer(message: bytes, out: list[Event]) -> None:
    count = word(message, HEADER + 1)
    area = message[HEADER + 3 : HEADER + 3 + count]
    names = [text for part in area.split(b"\0")[:DIALECTS_MAX] if part[:1] == b"\2" and (text := clean(part[1:]))]
    if names:
        out.append(Said(SENDER, (("smb.dialects", ",".join(names)[:256]),)))
        if not any(name.startswith("SMB 2") for name in names):
            out.append(Flag("smb.smb1"))


def negotiated(message: bytes, out: list[Event]) -> None:
    words = byte(message, HEADER)
    if words not in DIALECTS or word(message, 33) == REFUSED:
        return
    fields: list[Field] = [("smb.dialect", DIALECTS[words])]
    events: list[Event] = [Flag("smb.smb1")]
    if words == NT_LM_WORDS:
        capabilities = long(message, 52)
        security, key = byte(message, 35), byte(message, 66)
        fields += [("smb.signing", signing(security & SIGNING_ENABLED, security & SIGNING_REQUIRED))]
        fields += [("smb.capabilities", f"{capabilities:08x}"), *day("smb.system_date", message[56:64])]
        if not security & SIGNING_REQUIRED:
            events.append(Flag("smb.signing_not_required"))
        if capabilities & EXTENDED_SECURITY:
            fields += guid(message[69:85])
        else:
            domain, name = strings(message, 69 + key, 2, wide(message), aligned=False)
            fields += [(n, t) for n, t in (("smb.domain", domain), ("smb.computer", name)) if t]
    out += [Said(SENDER, tuple(fields)), *events]


def session_asked(message: bytes, out: list[Event]) -> None:
    words = byte(message, HEADER)
    if words == 12:  # with extended security
        blob = word(message, 47)
        out += ntlmssp.read(message[59 : 59 + blob], "smb")
        at, unread = 59 + blob, 0
    elif words == 13:
        at, unread = 61 + word(message, 47) + word(message, 49), 2
    else:
        return
    texts = strings(message, at, 2, wide(message), unread=unread)
    said(out, ("smb.native_os", "smb.native_lan_manager"), texts)
    out += windows_support.by_name("smb", texts[0])
    if message[33] == TREE_CONNECT:
        tree_asked(message, word(message, 35), out)


def session(message: bytes, out: list[Event]) -> None:
    words = byte(message, HEADER)
    if words not in (3, 4):
        return
    at = 41
    if words == 4:
        blob = word(message, 39)
        out += ntlmssp.read(message[43 : 43 + blob], "smb")
        at = 43 + blob
    names = ("smb.native_os", "smb.native_lan_manager", "smb.domain")
    texts = strings(message, at, 3, wide(message))
    said(out, names, texts)
    out += windows_support.by_name("smb", texts[0])
    if long(message, 5) == 0 and word(message, 37) & GUEST:
        out.append(Flag("smb.guest"))


def tree_asked(message: bytes, at: int, out: list[Event]) -> None:
    """\\\\server\\share: the server's name alone."""
    if at < HEADER or byte(message, at) != 4:
        return
    begin = at + 11 + word(message, at + 7)
    out += server_named(aligned_from(message, begin, wide(message)), wide(message))


# shared with SMB2


def server_named(path: bytes, is_wide: bool) -> list[Event]:
    """What a path \\\\server\\share calls the server; an address is no name. What follows is not decoded."""
    width = 2 if is_wide else 1
    slash = b"\\\0"[:width]
    if path[: 2 * width] != slash * 2:
        return []
    begin = 2 * width
    stop = next((i for i in range(begin, min(len(path), 512), width) if path[i : i + width] == slash), -1)
    name = clean(path[begin:stop], "utf-16-le" if is_wide else "latin-1").lower() if stop > 0 else ""
    return [] if not name or is_address(name) else [Said(RECEIVER, (("smb.server_name", name),))]


def is_address(name: str) -> bool:
    return name.replace(".", "").isdigit() or name.endswith(".ipv6-literal.net") or ":" in name


def signing(enabled: int, required: int) -> str:
    return "required" if required else "enabled" if enabled else "disabled"


def day(name: str, filetime: bytes) -> list[Field]:
    """A FILETIME (100 ns since 1601) as a date: enough for a clock that is wrong, or for when a system was started."""
    ticks = int.from_bytes(filetime, "little")
    try:
        when = EPOCH + dt.timedelta(microseconds=ticks // 10)
    except OverflowError:
        return []
    return [(name, f"{when:%Y-%m-%d}")] if ticks and when.year >= 1980 else []


def guid(raw: bytes) -> list[Field]:
    """MS-DTYP 2.3.4.2: parts 1 to 3 are little-endian. Samba writes its name there, which is no identifier."""
    if len(raw) < 16 or (raw[15] == 0 and raw.rstrip(b"\0").isascii()):
        return []
    parts = (raw[3::-1], raw[5:3:-1], raw[7:5:-1], raw[8:10], raw[10:16])
    return [("smb.server_guid", "-".join(part.hex() for part in parts))]


# numbers and strings


def byte(message: bytes, at: int) -> int:
    if at >= len(message):
        raise CutError
    return message[at]


def word(message: bytes, at: int) -> int:
    if at + 2 > len(message):
        raise CutError
    return u16le(message, at)


def long(message: bytes, at: int) -> int:
    if at + 4 > len(message):
        raise CutError
    return u32le(message, at)


def wide(message: bytes) -> bool:
    return word(message, 10) & UNICODE != 0


def aligned_from(message: bytes, at: int, is_wide: bool) -> bytes:
    """Unicode strings begin at even offsets from the header; some servers forget it, so the byte must be empty."""
    return message[at + 1 :] if is_wide and at % 2 and message[at : at + 1] == b"\0" else message[at:]


def strings(
    message: bytes, at: int, count: int, is_wide: bool, *, unread: int = 0, aligned: bool = True
) -> tuple[str, ...]:
    """Strings that end with a NUL or the message; the first `unread` are stepped over undecoded."""
    area = aligned_from(message, at, is_wide and aligned)
    found: list[str] = []
    place = 0
    for number in range(unread + count):
        end = end_of_string(area, place, is_wide)
        if number >= unread:
            whole = end - (end - place) % 2 if is_wide else end  # Windows XP ends in the middle of a character
            found.append(clean(area[place:whole], "utf-16-le" if is_wide else "latin-1"))
        place = end + (2 if is_wide else 1)
    return tuple(found)


def end_of_string(area: bytes, at: int, is_wide: bool) -> int:
    if not is_wide:
        end = area.find(b"\0", at)
        return end if end >= 0 else len(area)
    end = area.find(b"\0\0", at)
    while end >= 0 and (end - at) % 2:
        end = area.find(b"\0\0", end + 1)
    return end if end >= 0 else len(area)


def said(out: list[Event], names: tuple[str, ...], texts: tuple[str, ...]) -> None:
    fields = tuple([(name, text) for name, text in zip(names, texts, strict=True) if text])
    if fields:
        out.append(Said(SENDER, fields))
