"""NetBIOS datagrams: what computers announce to the browsers of their network. RFC 1002 section 4.4, MS-BRWS, MS-CIFS.

0 type 1   1 flags 1   2 id 2   4 address 4   8 port 2   10 length 2   12 offset 2   14 source name, destination name
then SMB: FF 'SMB' 25 (transaction) ..., 33 words: 55 data count 2, 57 data offset 2 ..., 69 \\MAILSLOT\\BROWSE
data: command 1, count 1, period 4, name 16, version of the system 1.1, kinds 4, version of the protocol 1.1, 55 AA,
      comment
"""

from __future__ import annotations

from collections.abc import Sequence

from parsers.api import SENDER, DatagramSpec, Event, Flag, Odd, Said
from parsers.netbios_names import COMPUTER, ELECTION, LENGTH, LETTERS, MASTER, encoded
from parsers.reading import printable, u16le, u32le

HEAD = 14
UNIQUE, GROUP, BROADCAST = 0x10, 0x11, 0x12
FIRST, MORE = 0x02, 0x01  # flags: the first fragment; more follow
FLAGS = 0x0F
TRANSACTION = b"\xffSMB\x25"
DATA_COUNT, DATA_OFFSET, MAILSLOT_AT = 55, 57, 69  # from the head of SMB on (MS-CIFS 2.2.4.33)
MAILSLOT = b"\\MAILSLOT\\BROWSE\0"
HOST, DOMAIN, LOCAL_MASTER = 0x01, 0x0C, 0x0F  # commands, MS-BRWS 2.2
ANNOUNCEMENT = 28  # bytes up to the version of the protocol

# Kinds of servers by bit, MS-BRWS 2.2.1 and MS-SRVS 2.2.2.7
KINDS = {
    0: "workstation",
    1: "server",
    2: "sql server",
    3: "domain controller",
    4: "backup domain controller",
    8: "domain member",
    9: "print queue",
    11: "unix",
    12: "nt workstation",
    15: "nt server",
    17: "backup browser",
    18: "master browser",
    19: "domain master browser",
    22: "windows 95",
}
UNIX, WINDOWS_95 = 1 << 11, 1 << 22
WINDOWS_NT = 1 << 12 | 1 << 15
OLD = (6, 1)  # Windows 7 and Server 2008 R2, out of support since January 2020, like all before them


def probe(first: bytes) -> bool:
    """A datagram of a kind that there is, not fragmented, with an encoded name behind its head."""
    if (
        len(first) < HEAD + 1 + LENGTH
        or not UNIQUE <= first[0] <= BROADCAST
        or first[1] & ~FLAGS
        or first[HEAD] != LENGTH
    ):
        return False
    return not first[HEAD + 1 : HEAD + 1 + LENGTH].strip(LETTERS)


def read(data: bytes) -> Sequence[Event]:
    source = encoded(data, HEAD) if probe(data) else None
    target = encoded(data, source[1]) if source is not None else None
    if source is None or target is None:
        return (Odd("netbios.malformed"),)
    out: list[Event] = []
    fields: list[tuple[str, str]] = []
    if source[0].suffix in COMPUTER and source[0].text:
        fields.append(("netbios.name", source[0].text))
    if target[0].suffix in (MASTER, ELECTION) and target[0].text:
        fields.append(("netbios.domain", target[0].text))
    if data[1] & (FIRST | MORE) == FIRST:
        announced(data[target[1] :], fields, out)
    return [Said(SENDER, tuple(dict.fromkeys(fields))), *out] if fields else out


def announced(smb: bytes, fields: list[tuple[str, str]], out: list[Event]) -> None:
    """What is announced by mail to the browsers. Comments are free text, often about persons."""
    if not smb.startswith(TRANSACTION) or smb[MAILSLOT_AT : MAILSLOT_AT + len(MAILSLOT)].upper() != MAILSLOT:
        return
    begin = u16le(smb, DATA_OFFSET)
    body = smb[begin : begin + u16le(smb, DATA_COUNT)]
    if not body or body[0] not in (HOST, DOMAIN, LOCAL_MASTER):
        return
    if len(body) < ANNOUNCEMENT:
        out.append(Odd("netbios.cut"))
        return
    name = printable(body[6:21].partition(b"\0")[0])  # 15 characters, although there is room for one more
    if body[0] == DOMAIN:  # by its master browser
        if name:
            fields.append(("netbios.domain", name))
        fields.append(("netbios.server_type", "master browser"))
        return
    if name:
        fields.append(("netbios.name", name))
    kinds = u32le(body, 24)
    if said := ",".join(word for bit, word in KINDS.items() if kinds >> bit & 1):
        fields.append(("netbios.server_type", said))
    if kinds & (WINDOWS_NT | WINDOWS_95) and not kinds & UNIX:  # Samba says which Windows it takes the place of
        version = (body[22], body[23])
        fields.append(("netbios.os_version", f"{version[0]}.{version[1]}"))
        if version <= OLD:
            out.append(Flag("netbios.old_windows"))


SPEC = DatagramSpec(
    name="netbios",
    title="NetBIOS datagrams and browser",
    carriers=frozenset({"udp"}),
    ports=frozenset({138}),
    probe=probe,
    read=read,
    emits={"netbios.name": 0.7, "netbios.domain": 0.6, "netbios.server_type": 0.6, "netbios.os_version": 0.6},
    findings={
        "netbios.old_windows": "Announces a Windows that is no longer supported (Windows 7, Server 2008 R2 or older)."
    },
    never_reads="comments, names of users, mail to other slots",
)
