"""The entry point: evidence in, devices out. Pure, and independent of the order of its input.

Pass 1 (`site`) finds routers, tenures and virtual addresses; then relays and the components behind them; pass 2
(`identity`) joins what is one device; then each device is believed (`believe`, `roles`) and named. What is true of the
site as a whole is found anew each time, out of little; what costs most is done again only where something changed
(`memory`), so that a correlator that was told of changes says the same as one that was told everything at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from msgspec import Struct

from sensor.correlate.assemble import Assembly
from sensor.correlate.decisions import Decision, taken
from sensor.correlate.device import Device
from sensor.correlate.identity import Identity, keys_of_hosts
from sensor.correlate.ids import keys_of
from sensor.correlate.knowledge import Knowledge
from sensor.correlate.memory import Memory
from sensor.correlate.networks import Networks
from sensor.correlate.relays import Component, Spoken, components_of, relay_of
from sensor.correlate.routers import Router
from sensor.correlate.site import Site, grouped
from sensor.correlate.sorting import Filed, Subjects, Unfold, joined
from sensor.correlate.told import asked_for
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
    correlator = Correlator(knowledge, networks, site)
    correlator.replace(grouped(evidence))
    return correlator.inventory(conversations, decisions)


def nothing_kept(_: Collection[Subject]) -> Mapping[Subject, list[Evidence]]:
    """For a correlator that is told everything once: what it has folded nobody asks for again."""
    return {}


Rows = dict[str, list[Evidence]]
SpokenRows = dict[tuple[Subject, str], list[list[Evidence]]]
NO_COMPONENTS: list[Component] = []


class Correlator:
    """The evidence of a site as it grows, and the devices that it means.

    unfold: gives the rows of subjects as they came; asked of subjects whose rows were folded, and whose address was
    then seen to change hands.
    """

    def __init__(self, knowledge: Knowledge, networks: Networks, site: str, unfold: Unfold = nothing_kept) -> None:
        self._knowledge = knowledge
        self._networks = networks
        self._site = site
        self._unfold = unfold
        self._subjects = Subjects(asked_for(knowledge.observables))
        self._memory = Memory()
        self._spell = Spelling(knowledge.claims)

    def replace(self, rows: Mapping[Subject, list[Evidence]]) -> None:
        """All rows of these subjects as they are now; none for those that are gone."""
        self._subjects.replace(rows)

    def inventory(self, conversations: Iterable[Conversation], decisions: Collection[Decision] = ()) -> Inventory:
        """The devices, of which those are the same objects as before of which nothing changed."""
        knowledge, memory = self._knowledge, self._memory
        observables = knowledge.observables
        facts = Site(self._subjects.told, self._networks, observables, memory, taken(decisions))
        filed = self._subjects.file(facts, self._unfold)
        hosts, spoken, presence = self._sorted(filed)
        behind = self._behind(spoken)
        components = sorted((each for some in behind.values() for each in some), key=lambda each: each.node)
        relays = {
            node: memory.same("relay", node, relay_of, rows, behind.get(node, NO_COMPONENTS))
            for node, rows in hosts.items()
        }
        identity = Identity(hosts, components, behind, relays, observables)
        labels = identity.follow(decisions, facts)
        identity.join_own(memory)
        identity.join_hardware()
        identity.join_sender()
        identity.join_made_of()
        host_keys = keys_of_hosts(hosts, knowledge.claims, relays, self._spell, observables.identifiers, memory)
        unique = Unique(hosts, identity.groups, host_keys, observables)
        unique.join_at_once()
        identity.join_serials(host_keys)
        unique.join_in_turn()
        identity.join_leases(facts.holders, unique.may_be_one)

        assembly = Assembly(
            self._site, facts, identity, relays, behind, knowledge, presence, filed.split, labels, memory
        )
        built = sorted(assembly.devices(conversations), key=lambda device: device.id)
        memory.done()
        routers = tuple(facts.routers[mac] for mac in sorted(facts.routers))
        return Inventory(tuple(built), routers, filed.ambiguous)

    def _sorted(self, filed: Filed) -> tuple[Rows, SpokenRows, Rows]:
        """The lists of each owner put together, and what analysers said set apart from who spoke for them."""
        same = self._memory.same
        hosts: Rows = {}
        presence = dict(filed.presence)
        spoken = dict(filed.spoken)
        for node, lists in filed.hosts.items():
            hosts[node], apart = same("rows", node, set_apart, *lists)
            for subject, its in apart.items():
                spoken[subject, node] = [*spoken.get((subject, node), ()), its]
                presence[node] = [*presence.get(node, ()), its]
        carried = {node: same("presence", node, joined, *lists) for node, lists in presence.items()}
        return hosts, spoken, carried

    def _behind(self, spoken: SpokenRows) -> dict[str, list[Component]]:
        """The components of each host that speaks of some."""
        same = self._memory.same
        by_host: dict[str, list[Spoken]] = {}
        for about, lists in spoken.items():
            each = same("spoken", about, self._spoken, *about, *lists)
            by_host.setdefault(about[1], []).append(each)
        return {via: same("components", via, components_of, via, *of_via) for via, of_via in by_host.items()}

    def _spoken(self, subject: Subject, via: str, *lists: list[Evidence]) -> Spoken:
        return Spoken(subject, via, joined(*lists), keys_of(subject.behind, self._spell))


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
