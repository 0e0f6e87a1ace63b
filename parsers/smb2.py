"""Messages of SMB2 and SMB3 that open a connection: what both ends are. MS-SMB2 2.2.1 to 2.2.9.

  0 FE 'SMB'   4 size 2   8 status 4   12 command 2   16 flags 4   ...   64 body
  negotiate         request   2 dialects counted 2   4 security 2   8 capabilities 4   12 GUID 16   28 contexts at 4
                              32 contexts counted 2   36 dialects, 2 each
                    response  2 security 2   4 dialect 2   8 GUID 16   24 capabilities 4   40 time 8   48 started 8
  session set-up    request   12 token at 2   14 its length 2       response   2 flags 2   4 token at 2   6 its length 2
  tree connect      request   4 path at 2   6 its length 2

Offsets in bodies count from the header on.
"""

from __future__ import annotations

from parsers import ntlmssp
from parsers.api import RECEIVER, SENDER, Event, Flag, Odd, Said
from parsers.reading import clean
from parsers.smb1 import CutError, Field, day, guid, is_address, long, server_named, signing, word

HEADER = 64
NEGOTIATE, SESSION_SETUP, TREE_CONNECT = 0, 1, 3
RESPONSE = 1
SIGNING_ENABLED, SIGNING_REQUIRED = 1, 2
GUEST, ANONYMOUS = 1, 2
UNDECIDED = 0x02FF  # "2.???": another negotiation follows
DIALECTS = {0x0202: "2.0.2", 0x0210: "2.1", 0x0300: "3.0", 0x0302: "3.0.2", 0x0311: "3.1.1"}
DIALECTS_MAX = 16  # of an offer; there are five
NETNAME = 5  # the context that names the server asked for, 2.2.3.1.4
CONTEXTS_MAX = 16  # eight are defined
Out = list[Event]


def read(message: bytes) -> Out:
    """What one message says of its sender, and what its names say of the receiver."""
    out: Out = []
    try:
        response = long(message, 16) & RESPONSE != 0
        command = word(message, 12)
        if command == NEGOTIATE:
            (negotiated if response else offer)(message, out)
        elif command == SESSION_SETUP:
            (session if response else session_asked)(message, out)
        elif not response:
            out += server_named(part(message, HEADER + 4), True)
    except CutError:
        out.append(Odd("smb.cut"))
    return out


def offer(message: bytes, out: Out) -> None:
    count = min(word(message, HEADER + 2), DIALECTS_MAX)
    dialects = [word(message, HEADER + 36 + 2 * i) for i in range(count)]
    fields: list[Field] = [("smb.dialects", ",".join(dialect(each) for each in dialects))] if dialects else []
    fields.append(("smb.signing", security(word(message, HEADER + 4))))
    out.append(Said(SENDER, tuple(fields)))
    if 0x0311 in dialects:
        contexts(message, out)


def contexts(message: bytes, out: Out) -> None:
    at = long(message, HEADER + 28)
    for _ in range(min(word(message, HEADER + 32), CONTEXTS_MAX)):
        kind, size = word(message, at), word(message, at + 2)
        if kind == NETNAME:
            name = clean(message[at + 8 : at + 8 + size], "utf-16-le").lower()
            if name and not is_address(name):
                out.append(Said(RECEIVER, (("smb.server_name", name),)))
        at += 8 + (size + 7) // 8 * 8


def negotiated(message: bytes, out: Out) -> None:
    if long(message, 8) or len(message) < HEADER + 64:  # refused
        return
    mode = word(message, HEADER + 2)
    chosen = word(message, HEADER + 4)
    fields: list[Field] = [("smb.dialect", dialect(chosen))] if chosen != UNDECIDED else []
    fields.append(("smb.signing", security(mode)))
    fields += guid(message[HEADER + 8 : HEADER + 24])
    fields.append(("smb.capabilities", f"{long(message, HEADER + 24):08x}"))
    fields += day("smb.system_date", message[HEADER + 40 : HEADER + 48])
    fields += day("smb.started", message[HEADER + 48 : HEADER + 56])
    out.append(Said(SENDER, tuple(fields)))
    if not mode & SIGNING_REQUIRED:
        out.append(Flag("smb.signing_not_required"))


def session_asked(message: bytes, out: Out) -> None:
    out += ntlmssp.read(part(message, HEADER + 12), "smb")


def session(message: bytes, out: Out) -> None:
    if len(message) < HEADER + 8:  # an error
        return
    out += ntlmssp.read(part(message, HEADER + 4), "smb")
    flags = word(message, HEADER + 2)
    if long(message, 8) == 0 and flags & GUEST:
        out.append(Flag("smb.guest"))
    if long(message, 8) == 0 and flags & ANONYMOUS:
        out.append(Flag("smb.anonymous"))


def part(message: bytes, at: int) -> bytes:
    """What an offset and a length at `at` mean."""
    begin, size = word(message, at), word(message, at + 2)
    return message[begin : begin + size]


def dialect(number: int) -> str:
    return DIALECTS.get(number, f"{number:04x}")


def security(mode: int) -> str:
    return signing(mode & SIGNING_ENABLED, mode & SIGNING_REQUIRED)
