"""The entry point: evidence in, devices out. Pure, and independent of the order of its input.

Pass 1 (`site`) finds routers, tenures and virtual addresses; then relays and the components behind them; pass 2
(`identity`) joins what is one device; then each device is believed (`believe`, `roles`) and named.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from msgspec import Struct

from sensor.correlate.assemble import Assembly
from sensor.correlate.decisions import Decision, taken
from sensor.correlate.device import Device
from sensor.correlate.folding import folded_of_one
from sensor.correlate.identity import Identity, keys_of_hosts
from sensor.correlate.ids import keys_of
from sensor.correlate.knowledge import Knowledge
from sensor.correlate.networks import Networks
from sensor.correlate.relays import Spoken, by_via, components_of, relay_of
from sensor.correlate.routers import Router
from sensor.correlate.site import Site, grouped
from sensor.correlate.tenures import AMBIGUOUS
from sensor.correlate.tunnels import set_apart
from sensor.correlate.unique import Unique
from sensor.fingerprint.claim import Claim
from sensor.model import Conversation, Evidence, Subject

SPELLED_MAX = 4096  # makers' names remembered: a site has some dozens, and anybody can write more into objects


class Inventory(Struct, frozen=True):
    """Devices sorted by id, and what was found out on the way.

    ambiguous: rows that name an address whose holder at that time is not certain; they count for no device.
    """

    devices: tuple[Device, ...]
    routers: tuple[Router, ...]
    ambiguous: int


class Sorted(Struct):
    """Rows by whom they are about."""

    hosts: dict[str, list[Evidence]] = {}
    spoken: dict[tuple[Subject, str], list[Evidence]] = {}
    presence: dict[str, list[Evidence]] = {}  # owner -> rows about others that it carried or spoke of
    split: set[Subject] = set()  # subjects whose rows belong to several owners
    ambiguous: int = 0


def devices(
    evidence: Iterable[Evidence],
    conversations: Iterable[Conversation],
    knowledge: Knowledge,
    networks: Networks,
    site: str,
    decisions: Collection[Decision] = (),
) -> list[Device]:
    """Every device of the site, sorted by id."""
    return list(inventory(evidence, conversations, knowledge, networks, site, decisions).devices)


def inventory(
    evidence: Iterable[Evidence],
    conversations: Iterable[Conversation],
    knowledge: Knowledge,
    networks: Networks,
    site: str,
    decisions: Collection[Decision] = (),
) -> Inventory:
    """The devices, and the facts they rest on."""
    by_subject = grouped(evidence)
    facts = Site(by_subject, networks, knowledge.observables, taken(decisions))
    found = sort_out(by_subject, facts)
    set_apart(found.hosts, found.spoken, found.presence)

    spell = Spelling(knowledge.claims)
    components = components_of(
        Spoken(subject, via, folded_of_one(rows), keys_of(subject.behind, spell))
        for (subject, via), rows in found.spoken.items()
    )
    behind = by_via(components)
    relays = {node: relay_of(rows, behind.get(node, ())) for node, rows in found.hosts.items()}
    identity = Identity(found.hosts, components, behind, relays, knowledge.observables)
    labels = identity.follow(decisions, facts)
    identity.join_own()
    identity.join_hardware()
    identity.join_sender()
    identity.join_made_of()
    identifiers = knowledge.observables.identifiers
    host_keys = keys_of_hosts(found.hosts, knowledge.claims, relays, spell, identifiers)
    unique = Unique(found.hosts, identity.groups, host_keys, knowledge.observables)
    unique.join_at_once()
    identity.join_serials(host_keys)
    unique.join_in_turn()
    identity.join_leases(facts.holders, unique.may_be_one)

    assembly = Assembly(site, facts, identity, relays, behind, knowledge, found.presence, found.split, labels)
    built = assembly.devices(conversations)
    routers = tuple(facts.routers[mac] for mac in sorted(facts.routers))
    return Inventory(tuple(sorted(built, key=lambda device: device.id)), routers, found.ambiguous)


def sort_out(by_subject: dict[Subject, list[Evidence]], site: Site) -> Sorted:
    """Whose each row is. One look for all rows of a subject, unless its address changed hands. Empties what it is
    given: a large site has a million rows."""
    found = Sorted()
    while by_subject:
        subject, rows = by_subject.popitem()
        if site.depends_on_time(subject):
            by_owner: dict[str, list[Evidence]] = {}
            for row in rows:
                owner = site.owner(subject, row.first.time, row.last.time, (row.sensor, row.origin))
                by_owner.setdefault(owner, []).append(row)
            filed = {put(found, subject, owner, its, site) for owner, its in by_owner.items()}
            if len(filed - {None}) > 1:
                found.split.add(subject)
        else:
            put(found, subject, site.owner(subject, 0, 0, ("", "")), rows, site)
    for mac in site.routers:
        found.hosts.setdefault("m" + mac, [])
    return found


def put(found: Sorted, subject: Subject, owner: str, rows: list[Evidence], site: Site) -> str | None:
    """Files the rows of a subject that belong to one owner; each pair of them comes once. Gives whom they count for."""
    several = len(rows)
    rows = folded_of_one(rows)
    if subject.mac in site.routers and owner != "m" + subject.mac:
        found.presence.setdefault("m" + subject.mac, []).extend(rows)
    if owner == AMBIGUOUS:
        found.ambiguous += several
        owner = ""
        if not subject.behind:
            return None
    elif not owner and not (subject.behind and not subject.ip):
        return None  # an external peer, or nobody
    if subject.behind:
        found.spoken.setdefault((subject, owner), []).extend(rows)
        if owner:
            found.hosts.setdefault(owner, [])
            found.presence.setdefault(owner, []).extend(rows)
    else:
        found.hosts.setdefault(owner, []).extend(rows)
    return owner


class Spelling:
    """One spelling for the names that one maker is written with, as the rules know them."""

    def __init__(self, claims: Callable[[str, str], tuple[Claim, ...]]) -> None:
        self._claims = claims
        self._known: dict[str, str] = {}

    def __call__(self, maker: str) -> str:
        known = self._known.get(maker)
        if known is None:
            named = (
                claim.value for claim in self._claims("dicom.manufacturer", maker) if claim.attribute == "manufacturer"
            )
            if len(self._known) >= SPELLED_MAX:
                self._known.clear()
            known = self._known[maker] = " ".join(next(named, maker).casefold().split()) if maker else ""
        return known
