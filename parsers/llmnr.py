"""LLMNR: whoever answers for a name has it. RFC 4795 section 2.1.

  as DNS (RFC 1035 section 4), with flags QR, opcode 0, C (conflict), TC, T (tentative), four zeros, code

Queries name whom somebody looks for, and are not read. Nor are answers that are not settled yet (T). That others have
the name, too (C), does not take it from the answerer.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsers.api import SENDER, TEXT_MAX, About, DatagramSpec, Event, Odd, Said
from parsers.dns_message import AAAA, ANSWER, COUNTS, HEAD, PTR, RESPONSE, A, Reader, reverse_address, skip_name
from parsers.reading import u16

TENTATIVE = 0x0100
NEVER = 0x78F0  # opcode and reserved bits
CODE = 0x000F
RECORDS_SANE = 64  # of one section, for the probe; a host answers with its addresses
CLASSES = (1, 255)
SAID_MAX = 32

Field = tuple[str, str]


def probe(first: bytes) -> bool:
    """One question, none of the flags that DNS has beside these, and a query without records."""
    if first[4:6] != b"\0\1" or len(first) < HEAD + 5:
        return False
    flags, _, answers, authorities, additional = COUNTS(first)
    if flags & NEVER or max(answers, authorities, additional) > RECORDS_SANE:
        return False
    if not flags & RESPONSE and (answers or authorities or flags):
        return False
    after = skip_name(first, HEAD)
    return 0 < after <= len(first) - 4 and first[after - 1] == 0 and u16(first, after + 2) in CLASSES


def read(data: bytes) -> Sequence[Event]:
    if len(data) < HEAD:
        return (Odd("llmnr.cut"),)
    flags = u16(data, 2)
    if not flags & RESPONSE or flags & (NEVER | CODE | TENTATIVE):
        return ()
    reader = Reader(data)
    out: dict[Event, None] = {}
    for section, (written, owner, _), kind, _, at, end in reader.records():
        if section != ANSWER:
            continue
        if kind in (A, AAAA) and reader.address(kind, at, end):
            say(out, SENDER, written)
        elif kind == PTR and (address := reverse_address(owner)):
            target = reader.whole_name(at, end)
            if target is not None:
                say(out, About(address), target[0])
    events = list(out)[:SAID_MAX]
    if reader.broken:
        events.append(Odd("llmnr.malformed"))
    if reader.capped or len(out) > SAID_MAX:
        events.append(Odd("llmnr.too_many_records"))
    return events


def say(out: dict[Event, None], about: About, labels: tuple[str, ...]) -> None:
    name = ".".join(labels)[:TEXT_MAX]
    if name and name.isprintable() and "\ufffd" not in name:
        out[Said(about, (("llmnr.name", name),))] = None


SPEC = DatagramSpec(
    name="llmnr",
    title="LLMNR",
    carriers=frozenset({"udp"}),
    ports=frozenset({5355}),
    probe=probe,
    read=read,
    emits={"llmnr.name": 0.8},
    never_reads="questions, and so whom somebody looks for",
)
