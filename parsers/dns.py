"""DNS over UDP: names of addresses, from answers alone. RFC 1035, RFC 3596.

What a host asks for tells about the person at it: questions are stepped over, and queries say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsers.api import SENDER, TEXT_MAX, About, DatagramSpec, Event, Odd, Said
from parsers.dns_message import (
    AAAA,
    AUTHORITATIVE,
    AUTHORITY,
    CNAME,
    HEAD,
    PTR,
    RECURSION_AVAILABLE,
    RESERVED,
    RESPONSE,
    TRUNCATED,
    A,
    Name,
    Reader,
    reverse_address,
    skip_name,
)
from parsers.reading import u16

SAID_MAX = 64  # names said of one message; an answer for one name has a few
RECORDS_SANE = 512  # of one section, for the probe
ALIASES_MAX = 8  # links of a CNAME chain
OPCODES = (0, 1, 2, 4, 5)  # query, inverse query, status, notify, update
RCODE_MAX = 10
NO_ERROR, NO_SUCH_NAME = 0, 3
CLASSES = (1, 3, 4, 254, 255)


def probe(first: bytes) -> bool | None:
    """One question, sane flags and counts. A response claims authority or recursion: one of LLMNR claims neither."""
    if len(first) < HEAD + 5:
        return False
    flags = u16(first, 2)
    opcode, rcode = flags >> 11 & 15, flags & 15
    if opcode not in OPCODES or flags & RESERVED or rcode > RCODE_MAX or u16(first, 4) != 1:
        return False
    if any(u16(first, at) > RECORDS_SANE for at in (6, 8, 10)):
        return False
    if flags & RESPONSE:
        if not flags & (AUTHORITATIVE | RECURSION_AVAILABLE):
            return False
    elif opcode == 0 and (rcode or flags & (AUTHORITATIVE | RECURSION_AVAILABLE | TRUNCATED) or u16(first, 6)):
        return False
    if first[HEAD] == 32 and all(0x41 <= letter <= 0x50 for letter in first[HEAD + 1 : HEAD + 33]):
        return False  # a NetBIOS name (RFC 1001 section 14.1)
    after = skip_name(first, HEAD)
    return 0 < after <= len(first) - 4 and first[after - 1] == 0 and u16(first, after + 2) in CLASSES


def read(data: bytes) -> Iterator[Event]:
    if len(data) < HEAD:
        yield Odd("dns.cut")
        return
    flags = u16(data, 2)
    if not flags & RESPONSE or flags >> 11 & 15 or flags & 15 not in (NO_ERROR, NO_SUCH_NAME):
        return
    reader = Reader(data)
    named = list(names(reader))
    if not reader.broken and (flags & RECURSION_AVAILABLE or (flags & AUTHORITATIVE and not any(map(of_mdns, named)))):
        yield Said(SENDER, (("dns.server", "yes"),))
    for address, observable, name in named[:SAID_MAX]:
        yield Said(About(address), ((observable, name),))
    if reader.broken:
        yield Odd("dns.malformed")
    if reader.capped or len(named) > SAID_MAX:
        yield Odd("dns.too_many_records")


def of_mdns(named: tuple[str, str, str]) -> bool:
    """Any host may answer so to a plain resolver (RFC 6762 section 6.7)."""
    return named[2].endswith(".local")


def names(reader: Reader) -> Iterator[tuple[str, str, str]]:
    """(address, observable, name) of every A, AAAA and PTR record, and the aliases that lead to them."""
    aliases: dict[Name, list[Name]] = {}  # canonical name -> names that are aliases of it
    found: dict[tuple[str, Name], None] = {}
    for record in reader.records():
        if record.section == AUTHORITY:
            continue
        owner = folded(record.name)
        if record.kind in (A, AAAA):
            address = reader.address(record)
            if address and owner:
                found[address, owner] = None
        elif record.kind == PTR:
            address = reverse_address(record.name)
            target = reader.whole_name(record) if address else None
            if target:
                found[address, folded(target)] = None
        elif record.kind == CNAME:
            target = reader.whole_name(record)
            if target:
                aliases.setdefault(folded(target), []).append(owner)
    for address, name in found:
        yield from said(address, "dns.name", name)
        for alias in leading_to(name, aliases):
            yield from said(address, "dns.alias", alias)


def leading_to(name: Name, aliases: dict[Name, list[Name]]) -> list[Name]:
    """Names that are aliases of `name`, directly or over other aliases."""
    chain: list[Name] = []
    reached = [name]
    while reached and len(chain) < ALIASES_MAX:
        for alias in aliases.get(reached.pop(), []):
            if alias != name and alias not in chain:
                chain.append(alias)
                reached.append(alias)
    return chain[:ALIASES_MAX]


def said(address: str, observable: str, name: Name) -> Iterator[tuple[str, str, str]]:
    text = ".".join(name)
    if text.isprintable() and "\ufffd" not in text:
        yield address, observable, text[:TEXT_MAX]


def folded(name: Name) -> Name:
    """Case does not matter in DNS (RFC 4343), and resolvers mix it on purpose."""
    return tuple(label.lower() for label in name)


SPEC = DatagramSpec(
    name="dns",
    title="DNS",
    carriers=frozenset({"udp"}),
    ports=frozenset({53}),
    probe=probe,
    read=read,
    emits={"dns.name": 0.7, "dns.alias": 0.5, "dns.server": 0.8},
    never_reads="questions, and so what a host asks for; all records but A, AAAA, PTR and CNAME",
)
