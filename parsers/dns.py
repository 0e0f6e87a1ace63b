"""DNS: names of addresses, from answers alone; domains of Windows, from who looks for their controllers. RFC 1035, RFC
3596; MS-ADTS 6.3.2.3 (names of controllers).

What a host asks for tells about the person at it. Of questions are looked at those of the form

  _ldap or _kerberos, _tcp, [site, _sites,] dc, _msdcs, domain

which members of a domain ask by themselves, and names of hosts, which are kept only where a rule knows them: the clouds
of makers and systems, to which devices turn of their own accord. Said weakly: a resolver asks for all its clients.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from parsers.api import SENDER, TEXT_MAX, About, DatagramSpec, Event, Odd, Said
from parsers.dns_message import (
    AAAA,
    AUTHORITATIVE,
    AUTHORITY,
    CNAME,
    HEAD,
    PTR,
    RECURSION_AVAILABLE,
    RESPONSE,
    SRV,
    A,
    Labels,
    Reader,
    is_message,
    plain_name,
    reverse_address,
)
from parsers.reading import u16

SAID_MAX = 64  # names said of one message; an answer for one name has a few
ALIASES_MAX = 8  # links of a CNAME chain
NO_ERROR, NO_SUCH_NAME = 0, 3
SERVER = Said(SENDER, (("dns.server", "yes"),))
SERVICES = (b"\x05_ldap\x04_tcp", b"\x09_kerberos\x04_tcp")  # how a question for domain controllers begins
CONTROLLERS = ("dc", "_msdcs")
HOST_TYPES = (bytes((0, A)), bytes((0, AAAA)))
OWN = frozenset({"local", "lan", "localdomain", "internal", "home", "arpa"})  # domains that nobody outside has
ASKED_KEPT = 2048  # names whose event is kept ready: hosts ask for the same few again and again


def read(data: bytes) -> Sequence[Event]:
    if len(data) < HEAD:
        return (Odd("dns.cut"),)
    flags = u16(data, 2)
    if not flags & RESPONSE:
        return questioned(data) if not flags >> 11 & 15 else ()
    if flags >> 11 & 15 or flags & 15 not in (NO_ERROR, NO_SUCH_NAME):
        return ()
    reader = Reader(data)
    named = names(reader)
    out: list[Event] = []
    if not reader.broken and (flags & RECURSION_AVAILABLE or (flags & AUTHORITATIVE and not any(map(of_mdns, named)))):
        out.append(SERVER)
    for address, observable, name in named[:SAID_MAX]:
        out.append(Said(About(address), ((observable, name),)))
    if reader.broken:
        out.append(Odd("dns.malformed"))
    if reader.capped or len(named) > SAID_MAX:
        out.append(Odd("dns.too_many_records"))
    return out


def questioned(data: bytes) -> Sequence[Event]:
    """What the first question, mostly the only one, is for."""
    end = data.find(0, HEAD) + 1  # a name in a question has no pointer that it could need
    if end and data[end : end + 2] in HOST_TYPES:
        return asked(data[HEAD:end])
    return looked_for(data) if data[HEAD:].lower().startswith(SERVICES) else ()


@lru_cache(maxsize=ASKED_KEPT)
def asked(raw: bytes) -> Sequence[Event]:
    """The host that the sender turns to; in a name of one label or under .local and the like there is no maker."""
    name = plain_name(raw) if raw.isascii() else None
    if name is None or len(name[1]) < 2 or name[1][-1] in OWN:
        return ()
    text = text_of(name[1])
    return (Said(SENDER, (("dns.asked", text),)),) if text else ()


def looked_for(data: bytes) -> Sequence[Event]:
    """The domain whose controllers the sender looks for."""
    name = Reader(data).name(HEAD)
    domain = text_of(domain_of(name[1])) if name is not None else None
    return (Said(SENDER, (("dns.domain", domain),)),) if domain else ()


def domain_of(name: Labels) -> Labels:
    """The domain in a name (in lower case) under which its controllers are found, or ()."""
    rest = name[2:]
    if len(rest) > 2 and rest[1] == "_sites":
        rest = rest[2:]
    return rest[2:] if rest[:2] == CONTROLLERS and name[0] in ("_ldap", "_kerberos") and name[1] == "_tcp" else ()


def of_mdns(named: tuple[str, str, str]) -> bool:
    """Any host may answer so to a plain resolver (RFC 6762 section 6.7)."""
    return named[2].endswith(".local")


def names(reader: Reader) -> list[tuple[str, str, str]]:
    """(address, observable, name) of every A, AAAA and PTR record, and the aliases that lead to them.

    Names are in lower case: case does not matter in DNS (RFC 4343), and resolvers mix it on purpose.
    """
    aliases: dict[Labels, list[Labels]] = {}  # canonical name -> names that are aliases of it
    controllers: dict[Labels, str] = {}  # host -> the domain that it controls
    found: dict[tuple[str, Labels], None] = {}
    for section, (_, owner, _), kind, _, at, end in reader.records():
        if section == AUTHORITY:
            continue
        if kind in (A, AAAA):
            address = reader.address(kind, at, end)
            if address and owner:
                found[address, owner] = None
        elif kind == PTR:
            address = reverse_address(owner)
            target = reader.whole_name(at, end) if address else None
            if target is not None and target[1]:
                found[address, target[1]] = None
        elif kind == CNAME:
            target = reader.whole_name(at, end)
            if target is not None and target[1] and owner:
                aliases.setdefault(target[1], []).append(owner)
        elif kind == SRV and end - at > 6 and (domain := text_of(domain_of(owner))):
            target = reader.whole_name(at + 6, end)  # behind priority, weight and port
            if target is not None:
                controllers[target[1]] = domain
    out: list[tuple[str, str, str]] = []
    for address, name in found:
        if text := text_of(name):
            out.append((address, "dns.name", text))
        if name in controllers:
            out.append((address, "dns.domain_controller", controllers[name]))
        if aliases:
            said = [text for alias in leading_to(name, aliases) if (text := text_of(alias)) is not None]
            out += [(address, "dns.alias", text) for text in said]
    return out


def leading_to(name: Labels, aliases: dict[Labels, list[Labels]]) -> list[Labels]:
    """Names that are aliases of `name`, directly or over other aliases."""
    chain: list[Labels] = []
    reached = [name]
    while reached and len(chain) < ALIASES_MAX:
        for alias in aliases.get(reached.pop(), []):
            if alias != name and alias not in chain:
                chain.append(alias)
                reached.append(alias)
    return chain[:ALIASES_MAX]


def text_of(name: Labels) -> str | None:
    """The name as it is said; None: no program could have meant it."""
    text = ".".join(name)
    return text[:TEXT_MAX] if text.isprintable() and "\ufffd" not in text else None


SPEC = DatagramSpec(
    name="dns",
    title="DNS",
    carriers=frozenset({"udp", "dns_tcp"}),
    ports=frozenset({53}),
    probe=is_message,
    read=read,
    emits={
        "dns.name": 0.7,
        "dns.alias": 0.5,
        "dns.server": 0.8,
        "dns.domain": 0.6,
        "dns.domain_controller": 0.7,
        "dns.asked": 0.3,
    },
    never_reads="other records; what a host asks for is kept only where a rule knows the name, as the cloud of a maker",
)
