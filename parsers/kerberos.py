"""Kerberos 5 between hosts and their key server: computers' names, realms, services asked for. RFC 4120 section 5.

  message    tag (6A AS-REQ, 6B AS-REP, 6C TGS-REQ, 6D TGS-REP, 7E KRB-ERROR), in it a sequence of tagged fields
  request    1 version   2 type   3 pre-authentication   4 body: 1 client   2 realm   3 service   9 addresses
  reply      0 version   1 type   3 realm   4 client   5 ticket
  error      0 version   1 type   9 realm   8 client
  principal  0 type   1 its components

A principal is read where its form says that it is a computer's ("PC7$", "host/pc7.wards.example") or a service's on a
host; others are users'. Over TCP (kerberos_tcp) whole messages come here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from parsers import ber
from parsers.api import RECEIVER, SENDER, DatagramSpec, Event, Odd, Said
from parsers.kerberos_message import REPLIES, REQUESTS, probe
from parsers.reading import clean

TICKET = 0x61
GENERAL_STRING = 0x1B
COMPONENTS_MAX = 4  # of a principal; "ldap/dc1.wards.example/wards.example" has three
ADDRESSES_MAX = 16
NETBIOS_ADDRESS = 20  # section 7.5.3
TICKETS = "krbtgt"  # the service that gives tickets, of a realm and on no host
Field = tuple[str, str]

_COMPUTER = re.compile(r"([^\s$@/]{1,63})\$")
_HOST = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)(?::[0-9A-Za-z]{1,32})?")


def tagged(number: int) -> int:
    """The identifier of a context-specific tag."""
    return 0xA0 | number


def read(data: bytes) -> Iterable[Event]:
    fields = ber.inside(data, ber.element(data, 0, len(data)), ber.SEQUENCE)
    if fields is None:
        return (Odd("kerberos.malformed"),)
    if data[0] in REQUESTS:
        return request(data, ber.inside(data, fields, tagged(4), ber.SEQUENCE))
    if data[0] in REPLIES:
        return reply(data, fields)
    return answered(data, fields, tagged(9), tagged(8), fields)


def request(data: bytes, body: ber.Element | None) -> Iterable[Event]:
    """What a client says of itself, and on which host it wants a service."""
    if body is None:
        return (Odd("kerberos.malformed"),)
    fields = computer(principal(data, body, tagged(1)))
    if realm := text(data, ber.inside(data, body, tagged(2), GENERAL_STRING)).lower():
        fields.append(("kerberos.realm", realm))
    fields += [("kerberos.workstation", name) for name in netbios_names(data, body)]
    service = principal(data, body, tagged(3))
    host = _HOST.fullmatch(service[1]) if len(service) > 1 and service[0].casefold() != TICKETS else None
    if host is not None and realm and host[1].lower().endswith(f".{realm}"):  # others would tell where people browse
        fields.append(("kerberos.service_host_name", host[1].lower()))
    return (Said(SENDER, tuple(fields)),) if fields else ()


def reply(data: bytes, fields: ber.Element) -> Iterable[Event]:
    ticket = ber.inside(data, fields, tagged(5), TICKET, ber.SEQUENCE)
    return answered(data, fields, tagged(1), tagged(4), ticket)


def answered(
    data: bytes, fields: ber.Element, realm_tag: int, client_tag: int, of_server: ber.Element | None
) -> Iterable[Event]:
    """What a key server says of itself, and by the client's name of the receiver."""
    said: list[Field] = [("kerberos.kdc", "yes")]
    if realm := text(data, ber.inside(data, of_server, realm_tag, GENERAL_STRING)).lower():
        said.append(("kerberos.realm", realm))
    out: list[Event] = [Said(SENDER, tuple(said))]
    if own := computer(principal(data, fields, client_tag)):
        out.append(Said(RECEIVER, tuple(own)))
    return out


def computer(client: list[str]) -> list[Field]:
    """The name in a computer's principal. Others name users."""
    if len(client) == 1 and (found := _COMPUTER.fullmatch(client[0])):
        return [("kerberos.computer", found[1].upper())]  # Windows writes it either way
    if len(client) == 2 and client[0].casefold() == "host" and (host := _HOST.fullmatch(client[1])):
        return [("kerberos.fqdn", host[1].lower())]
    return []


def principal(data: bytes, fields: ber.Element, tag: int) -> list[str]:
    """The components of a principal if it may be a computer's or a service's; a user's is one that no $ ends."""
    names = ber.inside(data, fields, tag, ber.SEQUENCE, tagged(1), ber.SEQUENCE)
    if names is None:
        return []
    parts = [part for part in ber.elements(data, names[1], names[2]) if part[0] == GENERAL_STRING]
    if not parts or len(parts) > COMPONENTS_MAX or (len(parts) == 1 and data[parts[0][2] - 1] != ord("$")):
        return []
    return [text(data, part) for part in parts]


def netbios_names(data: bytes, body: ber.Element) -> list[str]:
    """Addresses may be NetBIOS names, of which the last of 16 bytes is a type."""
    found: list[str] = []
    addresses = ber.inside(data, body, tagged(9), ber.SEQUENCE)
    for each in list(ber.elements(data, addresses[1], addresses[2]))[:ADDRESSES_MAX] if addresses else ():
        name = ber.inside(data, each, tagged(1), ber.OCTET_STRING)
        if ber.number(data, ber.inside(data, each, tagged(0), ber.INTEGER)) == NETBIOS_ADDRESS and name is not None:
            written = clean(data[name[1] : name[2]][:15], "latin-1")
            found += [written] if written and written not in found else []
    return found


def text(data: bytes, of: ber.Element | None) -> str:
    return "" if of is None else clean(data[of[1] : of[2]])


SPEC = DatagramSpec(
    name="kerberos",
    title="Kerberos",
    carriers=frozenset({"udp", "kerberos_tcp"}),
    ports=frozenset({88}),
    probe=probe,
    read=read,
    emits={
        "kerberos.computer": 0.8,
        "kerberos.fqdn": 0.8,
        "kerberos.workstation": 0.6,
        "kerberos.realm": 0.7,
        "kerberos.kdc": 0.9,
        "kerberos.service_host_name": 0.3,
    },
    never_reads="users' principals, error texts, pre-authentication, tickets",
)
