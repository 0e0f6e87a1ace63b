"""SIP: the program of a telephone or exchange, where it registers from, for which realm. RFC 3261 sections 7, 20, 22.4.

A proxy sends on what others said: a request that passed through one has several Via, an answer several Via or a
Record-Route; what these say is not its sender's. Display names, users and numbers are never read: of a Contact only the
host behind the @.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.api import SENDER, DatagramSpec, Event, Flag, Odd, Said
from parsers.heads import HEAD_MAX, Headers, split, values
from parsers.reading import printable
from parsers.scanners import is_scanner
from parsers.sip_start import VERSION, probe

TRYING = b"100"  # is always of the neighbour (section 16.2)

_HOST = re.compile(rb"sips?:(?:[^@<>]*@)?(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(?=[:;>?,]|$)", re.IGNORECASE)
_REALM = re.compile(rb'\brealm="([^"\\]{1,128})"', re.IGNORECASE)


def read(data: bytes) -> Iterator[Event]:
    first, headers = split(data[:HEAD_MAX])
    via = [part for value in values(headers, b"via", b"v") for part in value.split(b",")]
    if not via:
        yield Odd("sip.no_via")
        return
    if first.startswith(VERSION):
        own = first[8:11] == TRYING or (len(via) == 1 and not values(headers, b"record-route"))
        fields = answered(headers) if own else []
    else:
        fields = asked(headers, registers=first.startswith(b"REGISTER ")) if len(via) == 1 else []
    if fields:
        yield Said(SENDER, tuple(dict.fromkeys(fields)))
    if any(name == "sip.user_agent" and is_scanner(text) for name, text in fields):
        yield Flag("sip.scanner")


def programs(headers: Headers) -> list[tuple[str, str]]:
    wanted = ((b"user-agent", "sip.user_agent"), (b"server", "sip.server"))
    return [
        (field, text) for name, field in wanted for value in values(headers, name)[:1] if (text := printable(value))
    ]


def asked(headers: Headers, *, registers: bool) -> list[tuple[str, str]]:
    fields = programs(headers)
    if registers:
        contacts = [_HOST.search(value) for value in values(headers, b"contact", b"m")[:1]]
        fields += [("sip.host", found[1].decode("ascii").strip("[]").lower()) for found in contacts if found]
    return fields


def answered(headers: Headers) -> list[tuple[str, str]]:
    fields = programs(headers)
    challenges = values(headers, b"www-authenticate", b"proxy-authenticate")[:1]
    realms = [_REALM.search(challenge) for challenge in challenges]
    return fields + [("sip.realm", text) for found in realms if found and (text := printable(found[1]))]


SPEC = DatagramSpec(
    name="sip",
    title="SIP",
    carriers=frozenset({"udp", "sip_tcp"}),
    ports=frozenset({5060}),
    probe=probe,
    read=read,
    emits={"sip.user_agent": 0.8, "sip.server": 0.8, "sip.host": 0.5, "sip.realm": 0.5},
    findings={"sip.scanner": "It searches for telephone exchanges: its program is a scanner, by its own word."},
    never_reads="display names, users, numbers, subjects, bodies",
)
