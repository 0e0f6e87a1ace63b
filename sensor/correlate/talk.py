"""What conversations tell of hosts: whom they serve, and to whom they hand on what others made."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sensor.correlate.believe import Vote
from sensor.correlate.site import Site
from sensor.model import Conversation, Evidence, Subject

SERVED = {"http": "web_server"}  # protocol of a conversation -> what its server is
HANDING = frozenset({"dicom", "hl7"})  # protocols by which what others made is handed on
WANTED = HANDING | SERVED.keys()  # protocols of the conversations that correlation looks at
SERVED_WEIGHT = 0.6

Served = dict[str, list[Vote]]
Handed = set[tuple[str, str]]


def answered(
    conversations: Iterable[Conversation], site: Site, hosts: Collection[str], relays: Collection[str]
) -> tuple[Served, Handed]:
    """Roles of hosts, from conversations that they answered; and which hosts that speak of others connected to which
    of these. relays: hosts that speak of others."""
    best: dict[tuple[str, str], Evidence] = {}
    handed: Handed = set()
    known: dict[str, str] = {}  # address that never changed hands -> whose it is

    def owner(each: Conversation, ip: str) -> str:
        whose = known.get(ip)
        if whose is None:
            whose = site.owner(Subject(ip=ip), each.first.time, each.last.time, (each.sensor, each.origin))
            if not site.depends_on_time(ip):
                known[ip] = whose
        return whose

    for each in conversations:
        if not each.server_frames:
            continue
        if each.protocol in HANDING:
            client, server = owner(each, each.client), owner(each, each.server)
            if client in relays and server in relays and client != server:
                handed.add((client, server))
        if each.protocol not in SERVED:
            continue
        whose = owner(each, each.server)
        if whose in hosts:
            first = best.get((whose, each.protocol))
            if first is None or (each.first, said(each), each.origin) < (first.first, first.value, first.origin):
                best[whose, each.protocol] = served_row(each)
    found: Served = {}
    for (whose, protocol), row in sorted(best.items(), key=lambda item: item[0]):
        found.setdefault(whose, []).append(Vote("role", SERVED[protocol], SERVED_WEIGHT, f"serves:{protocol}", row))
    return found, handed


def said(each: Conversation) -> str:
    """How its service is written."""
    return f"{each.transport} {each.port} {each.protocol}"


def served_row(each: Conversation) -> Evidence:
    """A conversation as the row that a role of its server rests on."""
    return Evidence(
        site=each.site,
        sensor=each.sensor,
        origin=each.origin,
        day=each.day,
        subject=Subject(ip=each.server),
        observable="conversation.service",
        value=said(each),
        protocol=each.protocol,
        source="conversation",
        weight=SERVED_WEIGHT,
        count=1,
        first=each.first,
        last=each.last,
    )
