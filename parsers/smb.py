"""SMB 1 to 3, directly over TCP or over the NetBIOS session service: how a connection is opened. MS-SMB2, RFC 1002.

  session service  0 type 1   1 length 3   4 a message, or in a session request (RFC 1002 4.3.2) the called and the
                   calling name: length 32, 32 half-ASCII characters, 0
  message          FF 'SMB' version 1, FE 'SMB' 2 and 3, FD encrypted, FC compressed

Read are the negotiation, the session set-up and of a tree connect the server's name. With any other message the opening
is over, and the direction is done: no path, file or user ever comes here.
"""

from __future__ import annotations

from collections.abc import Iterable

from parsers import ntlmssp, smb1, smb2, windows_support
from parsers.api import RECEIVER, SENDER, Done, Event, Odd, Said, StreamParser, StreamSpec
from parsers.reading import clean
from parsers.units import Units

MESSAGE, REQUEST, POSITIVE, NEGATIVE, RETARGET, KEEP_ALIVE = 0x00, 0x81, 0x82, 0x83, 0x84, 0x85
SERVICE = frozenset({REQUEST, POSITIVE, NEGATIVE, RETARGET, KEEP_ALIVE})
SERVICE_MAX = 512  # two names with scopes (RFC 1002 section 4.3.2)
NAME = 34  # of one name without a scope
ANY_SERVER = "*SMBSERVER"
MAGICS = frozenset({b"\xffSMB", b"\xfeSMB", b"\xfdSMB", b"\xfcSMB"})
FIRST, SECOND = b"\xffSMB", b"\xfeSMB"
HEAD = 4 + 14  # up to the command
OF_FIRST = frozenset({smb1.NEGOTIATE, smb1.SESSION_SETUP, smb1.TREE_CONNECT})
OF_SECOND = frozenset({smb2.NEGOTIATE, smb2.SESSION_SETUP, smb2.TREE_CONNECT})


def probe(first: bytes) -> bool | None:
    """The session service's head, and behind it a message's magic or a session request's name."""
    if not first:
        return None
    if first[0] == MESSAGE:
        return first[4:8] in MAGICS if len(first) >= 8 else None
    if first[0] == REQUEST:
        return first[1:3] == b"\0\0" and first[3] >= 2 * NAME and first[4] == 32 if len(first) >= 5 else None
    return first[0] == POSITIVE and (first[1:4] == bytes(3) and first[8:12] in MAGICS if len(first) >= 12 else None)


class Opening(Units):
    protocol = "smb"

    def measure(self, head: bytes | bytearray) -> int:
        if len(head) < 4:
            return 0
        size = 4 + int.from_bytes(head[1:4], "big")
        if head[0] in SERVICE:
            return size if size <= SERVICE_MAX else -1
        if head[0] != MESSAGE:
            return -1
        if len(head) < min(HEAD, size):
            return 0
        wanted = (head[4:8] == FIRST and head[8] in OF_FIRST) if size > 8 else False
        return (
            size if wanted or (head[4:8] == SECOND and size >= HEAD and head[16] | head[17] << 8 in OF_SECOND) else -1
        )

    def stranger(self) -> Iterable[Event]:
        if self.head[0] == MESSAGE and self.head[4:8] in MAGICS:
            return (Done(),)  # the opening is over
        return super().stranger()

    def unit(self, data: bytes) -> Iterable[Event]:
        if data[0] == REQUEST:
            return names(data[4:])
        if data[0] != MESSAGE:
            return ()
        return smb1.read(data[4:]) if data[4:8] == FIRST else smb2.read(data[4:])


def names(asked: bytes) -> list[Event]:
    """Of a session request: the called name is the server's, the calling one the client's."""
    if len(asked) < 2 * NAME:
        return [Odd("smb.cut")]
    out: list[Event] = []
    called, calling = netbios_name(asked[:NAME]), netbios_name(asked[NAME : 2 * NAME])
    if called and called != ANY_SERVER:
        out.append(Said(RECEIVER, (("smb.server_name", called.lower()),)))
    if calling:
        out.append(Said(SENDER, (("smb.computer", calling),)))
    return out


def netbios_name(encoded: bytes) -> str:
    """A first-level encoded name (RFC 1001 section 14.1) without padding and the type in its last byte, or ""."""
    letters = encoded[1:33]
    if encoded[0] != 32 or encoded[33] != 0 or not all(0x41 <= letter <= 0x50 for letter in letters):
        return ""
    raw = bytes((letters[i] - 0x41) << 4 | letters[i + 1] - 0x41 for i in range(0, 32, 2))
    return clean(raw[:15], "latin-1")


def make() -> tuple[StreamParser, StreamParser]:
    return Opening(), Opening()


SPEC = StreamSpec(
    name="smb",
    title="SMB",
    ports=frozenset({139, 445}),
    probe=probe,
    make=make,
    emits={
        "smb.dialects": 0.5,
        "smb.dialect": 0.9,
        "smb.signing": 0.9,
        "smb.capabilities": 0.4,
        "smb.server_guid": 0.5,
        "smb.system_date": 0.6,
        "smb.started": 0.6,
        "smb.computer": 0.7,
        "smb.domain": 0.6,
        "smb.server_name": 0.5,
        "smb.native_os": 0.7,
        "smb.native_lan_manager": 0.7,
        **ntlmssp.emits("smb"),
    },
    findings={
        **windows_support.findings("smb"),
        "smb.smb1": "It offers nothing newer than SMB 1, or agrees to it; that version is no longer safe.",
        "smb.signing_not_required": "Its SMB server does not require signatures, so that requests can be relayed.",
        "smb.guest": "Its SMB server let somebody in as a guest, without a password that is checked.",
        "smb.anonymous": "Its SMB server opened a session for nobody in particular (a null session).",
    },
    never_reads="users and their domains, responses to challenges, shares, paths, files; everything behind the opening",
)
