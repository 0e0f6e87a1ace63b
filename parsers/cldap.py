"""Connectionless LDAP: hosts look for a domain controller, and it tells who and where it is. MS-ADTS 6.3.1.9, 6.3.3.

  request   a search of the server's root with a filter of equalities: DnsDomain, Host, User, NtVer ...
  answer    an entry with the attribute Netlogon: opcode 2 = 23 or 25   2 0   4 flags 4   8 domain's GUID 16
            24 names, compressed as in DNS: forest, domain, host, NetBIOS domain and name, user, site, its own

The user in either is stepped over; no name may be written with a part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parsers import ber, ldap_message
from parsers.api import RECEIVER, SENDER, DatagramSpec, Event, Odd, Said
from parsers.ldap_message import ENTRY, SEARCH, SEARCH_DONE
from parsers.reading import clean, u16le, u32le

AND, EQUAL = 0xA0, 0xA3  # filters, RFC 4511 section 4.5.1
FILTER = 6  # place in a search
ASSERTIONS_MAX = 16
OF_CLIENT = {b"host": "cldap.computer", b"dnsdomain": "cldap.domain"}
RESPONSES = frozenset({23, 25})  # LOGON_SAM_LOGON_RESPONSE_EX, and for a user that it does not know
NAMES_AT = 24
FOREST, DOMAIN, HOST, NETBIOS_DOMAIN, COMPUTER, USER, SITE, CLIENT_SITE = range(8)
OF_SERVER = {
    FOREST: "cldap.forest",
    DOMAIN: "cldap.domain",
    HOST: "cldap.host_name",
    NETBIOS_DOMAIN: "cldap.netbios_domain",
    COMPUTER: "cldap.computer",
    SITE: "cldap.site",
}
PARTITIONS = ("domaindnszones.", "forestdnszones.")  # begin what is looked for like a domain and is none
DIRECTORY = 0x10  # flag of one who answers for a domain, not for a partition
LABELS_MAX, HOPS_MAX = 32, 16  # of one name
FLAGS = {0x1: "pdc", 0x4: "gc", 0x8: "ldap", 0x10: "ds", 0x20: "kdc", 0x40: "time", 0x100: "writable"}  # 6.3.1.2
Span = tuple[int, int]


def probe(first: bytes) -> bool:
    """A search, an entry or a search's end."""
    if ldap_message.probe(first[:64]) is not True:
        return False
    operation = ldap_message.operation(first)
    return operation is not None and operation[0] in (SEARCH, ENTRY, SEARCH_DONE)


def read(data: bytes) -> Iterable[Event]:
    operation = ldap_message.operation(data)
    if operation is None:
        return (Odd("cldap.malformed"),)
    if operation[0] == SEARCH:
        return asked(data, operation)
    return answered(data, operation) if operation[0] == ENTRY else ()


def asked(data: bytes, search: ber.Element) -> Iterator[Event]:
    """What a client tells of itself in the filter."""
    parts = list(ber.elements(data, search[1], search[2]))
    if len(parts) <= FILTER or parts[FILTER][0] != AND:
        return
    fields: list[tuple[str, str]] = []
    for each in list(ber.elements(data, parts[FILTER][1], parts[FILTER][2]))[:ASSERTIONS_MAX]:
        pair = list(ber.elements(data, each[1], each[2]))[:2] if each[0] == EQUAL else []
        observable = OF_CLIENT.get(data[pair[0][1] : pair[0][2]].lower()) if len(pair) == 2 else None
        text = clean(data[pair[1][1] : pair[1][2]]).strip(".") if observable is not None else ""
        if observable is not None and text and not text.lower().startswith(PARTITIONS):
            fields.append((observable, text))
    if fields:
        yield Said(SENDER, tuple(fields))


def answered(data: bytes, entry: ber.Element) -> Iterator[Event]:
    for _, values in ldap_message.attributes(data, entry, frozenset({"netlogon"})):
        for value in values[:1]:
            yield from netlogon(value)


def netlogon(value: bytes) -> Iterator[Event]:
    if len(value) < NAMES_AT or u16le(value, 0) not in RESPONSES:
        return  # an older form, which begins with the user
    spans = name_spans(value)
    if len(spans) <= CLIENT_SITE:
        yield Odd("cldap.cut")
        return
    flags = u32le(value, 4)
    fields = [("cldap.domain_controller", ",".join(name for bit, name in FLAGS.items() if flags & bit) or "yes")]
    names = [(observable, name_at(value, spans, n)) for n, observable in OF_SERVER.items()]
    of_domain = flags & DIRECTORY != 0
    fields += [(name, text) for name, text in names if text and (of_domain or name != OF_SERVER[DOMAIN])]
    yield Said(SENDER, tuple(fields))
    if site := name_at(value, spans, CLIENT_SITE):
        yield Said(RECEIVER, (("cldap.site", site),))


def name_spans(value: bytes) -> list[Span]:
    """Where each name stands: found by the lengths of its labels, which are not looked at."""
    spans: list[Span] = []
    at = NAMES_AT
    for _ in range(CLIENT_SITE + 1):
        begin = at
        for _ in range(LABELS_MAX):
            if at >= len(value):
                return spans
            size = value[at]
            at += 2 if size >= 0xC0 else 1 + size
            if size == 0 or size >= 0xC0:
                break
        if at > len(value):
            return spans
        spans.append((begin, at))
    return spans


def name_at(value: bytes, spans: list[Span], number: int) -> str:
    """A name, or "" where it is broken or leads into the user's."""
    labels: list[str] = []
    at, hops = spans[number][0], 0
    while len(labels) < LABELS_MAX and at < len(value):
        size = value[at]
        if spans[USER][0] <= at < spans[USER][1]:
            return ""
        if size == 0:
            return ".".join(labels)[:256]
        if size >= 0xC0:
            if at + 2 > len(value) or hops == HOPS_MAX:
                return ""
            at = (size & 0x3F) << 8 | value[at + 1]
            hops += 1
        elif size < 0x40 and at + 1 + size <= len(value):
            labels.append(clean(value[at + 1 : at + 1 + size]))
            at += 1 + size
        else:
            return ""
    return ""


SPEC = DatagramSpec(
    name="cldap",
    title="CLDAP",
    carriers=frozenset({"udp"}),
    ports=frozenset({389}),
    probe=probe,
    read=read,
    emits={
        "cldap.computer": 0.8,
        "cldap.host_name": 0.9,
        "cldap.domain": 0.7,
        "cldap.netbios_domain": 0.7,
        "cldap.forest": 0.6,
        "cldap.site": 0.8,
        "cldap.domain_controller": 0.9,
    },
    never_reads="users",
)
