"""NetBIOS name service: the names that hosts register and answer for. RFC 1002 section 4.2.

  0 id 2   2 flags 2   4 questions 2   6 answers 2   8 authority 2   10 additional 2   12 name 34 or more
  registration, refresh   type 2, class 2, record: name, type 2, class 2, ttl 4, length 2, then flags 2, address 4
  answer                  type 2, class 2, ttl 4, length 2, then NB: (flags 2, address 4) *
                          NBSTAT: count 1, (name 15, suffix 1, flags 2) *, hardware address 6, counters

A registration is about the sender; an answer about the host with the address in it, since servers answer for others.
Queries say whom somebody looks for, and nothing of the sender.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from parsers.api import SENDER, About, DatagramSpec, Event, Odd, Said
from parsers.dns_message import skip_name, usable
from parsers.netbios_names import COMPUTER, GROUPS, LENGTH, LETTERS, SERVER, Name, encoded, plain
from parsers.reading import mac_text, u16

HEAD = 12
RESPONSE, RESERVED, RCODE = 0x8000, 0x0060, 0x000F
QUERY, REGISTRATION, REFRESH, REFRESH_TOO, MULTIHOMED = 0, 5, 8, 9, 15  # opcodes; RFC 1002 has both 8 and 9 for refresh
CLAIMS = frozenset({REGISTRATION, REFRESH, REFRESH_TOO, MULTIHOMED})
NB, NBSTAT = 0x20, 0x21
GROUP = 0x8000  # of a name's flags
ADDRESSES_MAX = 8  # of one name; a host has a few interfaces
ENTRY = 18  # bytes of a name in a status

Field = tuple[str, str]


def probe(first: bytes) -> bool:
    """An encoded name right behind the head."""
    if len(first) < HEAD + 1 + LENGTH or first[HEAD] != LENGTH or first[3] & RESERVED:
        return False
    if first[HEAD + 1 : HEAD + 1 + LENGTH].strip(LETTERS):
        return False
    return not first[4] and first[5] <= 1 and not first[6] and first[7] <= 1


def read(data: bytes) -> Sequence[Event]:
    named = encoded(data, HEAD) if probe(data) else None
    if named is None:
        return (Odd("nbns.malformed"),)
    flags = u16(data, 2)
    name, at = named
    opcode = flags >> 11 & 15
    if not flags & RESPONSE:
        if opcode not in CLAIMS or data[5] != 1 or u16(data, 10) != 1:
            return ()
        at = skip_name(data, at + 4)  # the same name again
        return claimed(name, rdata(data, at, NB)) if at > 0 else (Odd("nbns.cut"),)
    if flags & RCODE or data[5] or data[7] != 1 or (opcode != QUERY and opcode not in CLAIMS):
        return ()
    if data[at : at + 2] == bytes((0, NBSTAT)):
        return status(rdata(data, at, NBSTAT))
    return answered(name, rdata(data, at, NB))


def rdata(data: bytes, at: int, kind: int) -> bytes:
    """What a record holds, its type being at `at`; "" where it is cut off or of another type."""
    if at + 10 > len(data) or u16(data, at) != kind:
        return b""
    return data[at + 10 : at + 10 + u16(data, at + 8)]


def claimed(name: Name, record: bytes) -> Sequence[Event]:
    if len(record) < 6:
        return (Odd("nbns.cut"),)
    fields = meaning(name, u16(record, 0))
    return (Said(SENDER, fields),) if fields else ()


def answered(name: Name, record: bytes) -> Sequence[Event]:
    """The hosts of a name; those of a group are only said to be in it."""
    out: list[Event] = []
    for at in range(0, min(len(record), 6 * ADDRESSES_MAX) - 5, 6):
        address, fields = usable(record[at + 2 : at + 6]), meaning(name, u16(record, at))
        if address and fields:
            out.append(Said(About(address), fields))
    return tuple(dict.fromkeys(out))


def status(record: bytes) -> Sequence[Event]:
    """All names of the sender, and its hardware address, which Samba leaves empty."""
    end = 1 + record[0] * ENTRY if record else 1
    if len(record) < end:
        return (Odd("nbns.cut"),)
    fields: list[Field] = []
    for at in range(1, end, ENTRY):
        fields += meaning(plain(record[at : at + 16]), u16(record, at + 16))
    mac = record[end : end + 6]
    if len(mac) == 6 and any(mac) and not mac[0] & 1:
        fields.append(("nbns.mac", mac_text(mac)))
    return (Said(SENDER, tuple(dict.fromkeys(fields))),) if fields else ()


def meaning(name: Name, flags: int) -> tuple[Field, ...]:
    """What it means that a host has this name."""
    if not name.text:
        return ()
    if not flags & GROUP and name.suffix in COMPUTER:
        service: Iterable[Field] = [("nbns.service", "server")] if name.suffix == SERVER else []
        return (("nbns.name", name.text), *service)
    if name.suffix not in GROUPS:
        return ()
    role = GROUPS[name.suffix]
    return (("nbns.domain", name.text), *([("nbns.service", role)] if role else []))


SPEC = DatagramSpec(
    name="nbns",
    title="NetBIOS name service",
    carriers=frozenset({"udp"}),
    ports=frozenset({137}),
    probe=probe,
    read=read,
    emits={"nbns.name": 0.7, "nbns.domain": 0.6, "nbns.service": 0.6, "nbns.mac": 0.8},
    never_reads="names of users (suffix 03), whom somebody looks for",
)
