"""Groups of nodes become devices: attributes believed, addresses, names, parents, ids."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import structs

from parsers.api import Id
from sensor.correlate.believe import Vote, believe
from sensor.correlate.decisions import Decision, labelled
from sensor.correlate.device import DEVICE, UNCONFIRMED, Attribute, Device, Tenure
from sensor.correlate.folding import by_use, folded
from sensor.correlate.heard import ANSWERED
from sensor.correlate.identity import Identity
from sensor.correlate.knowledge import Knowledge
from sensor.correlate.memory import Memory
from sensor.correlate.naming import UNKNOWN, name_of
from sensor.correlate.networks import is_made_up
from sensor.correlate.ports import sole_ports
from sensor.correlate.relays import ENGINE_APPLICATIONS, Component, Relay
from sensor.correlate.roles import ARCHIVE_CLASSES, decide, measured, only_results, votes
from sensor.correlate.routers import Router
from sensor.correlate.sharing import OF_MACHINES, TELLING, Sign, signs
from sensor.correlate.site import Site
from sensor.correlate.sorting import NOBODY
from sensor.correlate.speakers import Speakers
from sensor.correlate.surroundings import Group, Surroundings
from sensor.correlate.talk import answered
from sensor.correlate.told import ADDRESS, FRAMES, OUTSIDE
from sensor.fingerprint.claim import Claim
from sensor.model import Conversation, Evidence, Place, Subject

KIND_MIN = 0.3  # confidence below which a kind is shown as an attribute, but the device is not called by it
MAKER_WEIGHT = 0.3  # how far the maker of an interface, if it makes medical devices, is the maker of the device
FAR = 0.5  # how far a host is believed about one that its protocol does not reach
BLOCKS, REGISTRY = (
    "oui",
    "ethernet",
)  # the rule of address blocks; one registry, in however many forms the address is said
NETWORK_MAKER_WEIGHT = 0.9  # how far the registry is right about who holds a block of addresses
APPLICATIONS_MAX = (
    256  # of one device, the most used: a large archive has a hundred, somebody who tries names has no end
)
ALIASES_MAX = 1024  # of one device, the earliest: as many subjects as those applications have in four places
HELD_MAX = 32  # addresses of one interface of which it is said how they were proved
ACCEPTED = "dicom.accepted_sop_class"
CLASSES = ("dicom.proposed_sop_class", ACCEPTED)
TRAITS = "tcp"  # protocol of what any single frame shows, a forged one too
ENGINE_SPEECH = ("hl7.sending_", "hl7.software_", "hl7.sends_", "hl7.control_", "hl7.order_", "hl7.location")
UNNAMED = "hl7.sends_"  # of devices without a name: the sender, or those behind it
NO_SUBJECT, NO_PLACE, NO_RELAY = Subject(), Place(0, 0), Relay()
NOTHING: Mapping[str, str] = {}


class Assembly:
    def __init__(
        self,
        site: str,
        facts: Site,
        identity: Identity,
        relays: Mapping[str, Relay],
        behind: Mapping[str, Sequence[Component]],
        knowledge: Knowledge,
        presence: dict[str, list[Evidence]],
        split: set[Subject],
        labels: Mapping[str, Sequence[Decision]],
        memory: Memory,
    ) -> None:
        self.site = site
        self.facts = facts
        self.identity = identity
        self.relays = relays
        self.behind = behind
        self.knowledge = knowledge
        self.claims = knowledge.claims
        self.presence = presence
        self.split = split
        self.labels = labels
        self.memory = memory
        self.tenures = facts.tenures()
        self.speakers = Speakers(facts, identity.groups)
        self.ports = sole_ports(identity.hosts)
        self.laboratories = {
            via
            for via in behind
            if only_results(row.value for row in identity.hosts.get(via, ()) if row.observable == "hl7.message_type")
        }
        self.handed: set[tuple[str, str]] = set()  # devices of which one sent to the other what others made

    def devices(self, conversations: Iterable[Conversation]) -> Iterator[Device]:
        parts = {component.node: component for component in self.identity.components}
        nodes = [*self.identity.hosts, *parts, *self.identity.interfaces]
        by_root = self.identity.groups.members(nodes)
        met = (self._remembered(root, tuple(members), parts) for root, members in by_root.items())
        groups = [group for group in met if group.id]  # not an interface that somebody split from all that named it
        ids = {node: group.id for group in groups for node in group.hosts}
        served, handed = answered(conversations, self.facts, self.identity.hosts, self.behind)
        self.handed = {(ids[one], ids[other]) for one, other in handed if one in ids and other in ids}
        for group in groups:
            addresses = (tenure.ip for node in group.hosts for tenure in self.tenures.get(node[1:], ()))
            bare = (node[1:] for node in group.hosts if node[0] == "i")
            macs = (node[1:] for node in group.hosts if node[0] == "m")
            self.speakers.named(group.root, (*bare, *addresses), macs)
        for group in groups:
            about = tuple(group.nodes)
            yield self.memory.same("device", about, self._device, group, self._surroundings(group, ids, served))

    def _remembered(self, root: str, members: tuple[str, ...], parts: Mapping[str, Component]) -> Group:
        hosts, presence = self.identity.hosts, self.presence
        rows = [hosts.get(node, NOBODY) for node in members if node[0] != "c"]
        carried = [presence.get(node, NOBODY) for node in members if node[0] != "c"]
        components = [parts[node] for node in members if node[0] == "c"]
        return self.memory.same("group", members, self._group, root, members, components, rows, carried)

    def _group(
        self,
        root: str,
        members: tuple[str, ...],
        components: list[Component],
        rows: list[list[Evidence]],
        carried: list[list[Evidence]],
    ) -> Group:
        hosts = [node for node in members if node[0] != "c"]
        subjects: dict[Subject, Place] = {}
        voices: dict[tuple[str, str], Evidence] = {}
        said = [("", its) for its in rows] + [(one.via, each.rows) for one in components for each in one.spoken]
        for via, its in said:
            subject, since = NO_SUBJECT, NO_PLACE
            for row in its:
                if row.subject is not subject:  # rows of one subject follow each other
                    subject = row.subject
                    since = subjects.setdefault(subject, row.first)
                if row.first is not since and row.first < since:
                    since = subjects[subject] = row.first
                if via or row.source != row.protocol:
                    voices.setdefault((row.source, via), row)
        bare = [Subject(mac=node[1:]) if node[0] == "m" else Subject(ip=node[1:]) for node in hosts]
        for subject, own, about in zip(bare, rows, carried, strict=True):
            if about and not own:
                subjects.setdefault(subject, min(row.first for row in about))
        seen = [*(its for _, its in said), *carried]
        group = Group(
            root,
            hosts,
            components,
            subjects,
            [(row, via) for (_, via), row in voices.items()],
            min([row.first.time for its in seen for row in its], default=0),
            max([row.last.time for its in seen for row in its], default=0),
        )
        sole = [subject for subject in subjects if subject not in self.split] or list(subjects)
        ranked = sorted(sole, key=lambda subject: (subjects[subject], subject))
        if ranked:
            named = dict.fromkeys([*ranked[:ALIASES_MAX], *bare])  # bare: as it was when nothing else was known
            group.id, *others = [id_of(self.site, subject) for subject in named]
            group.aliases = tuple(sorted(set(others) - {group.id}))
        return group

    def _surroundings(self, group: Group, ids: Mapping[str, str], served: Mapping[str, list[Vote]]) -> Surroundings:
        facts, hosts = self.facts, group.hosts
        macs = [node[1:] for node in hosts if node[0] == "m"]
        spoken = [self.ports[node] for node in hosts if node in self.ports]
        return Surroundings(
            tuple([self.identity.hosts.get(node, NOBODY) for node in hosts]),
            tuple([self.presence.get(node, NOBODY) for node in hosts]),
            self._parent(group, ids) if group.components else "",
            tuple(self._sources(group)),
            self.identity.groups.sentences(group.root),
            self._addresses(hosts),
            tuple([facts.own.get(mac, NOTHING) for mac in macs]),
            tuple([why for mac in macs for why in facts.disputes.get(mac, ())[:HELD_MAX]]) if facts.disputes else (),
            tuple([facts.routers.get(mac) for mac in macs]),
            tuple([self.relays.get(node, NO_RELAY) for node in hosts]),
            tuple([self.behind[node] for node in hosts if node in self.behind]),
            tuple([component.via in self.laboratories for component in group.components]),
            (*[vote for node in hosts for vote in served.get(node, ())], *spoken),
            tuple([label for node in group.nodes for label in self.labels.get(node, ())]) if self.labels else (),
        )

    def _sources(self, group: Group) -> Iterator[str]:
        """Whose word each row is. Of a speaker whose address changed hands each row may be another's."""
        for row, via in group.voices:
            speaker = row.source.partition(" ")[2]
            if speaker and self.facts.depends_on_time(speaker):
                of_hosts = (each for node in group.hosts for each in self.identity.hosts.get(node, ()))
                spoken = (each for component in group.components if component.via == via for each in component.rows)
                for each in spoken if via else of_hosts:
                    if each.source == row.source:
                        yield self.speakers.source(each, via, group.root)
            else:
                yield self.speakers.source(row, via, group.root)

    def _rows(self, lists: Sequence[list[Evidence]], *, carried: bool = False) -> list[Evidence]:
        """The rows of all hosts. Those of one are folded, unless an address for which it carried changed hands; two may
        have rows of the same subject."""
        if len(lists) == 1 and not (self.split and carried):
            return lists[0]
        return folded([row for rows in lists for row in rows])

    def _device(self, group: Group, around: Surroundings) -> Device:
        rows = self._rows(around.rows)
        carried = self._rows(around.carried, carried=True)
        interfaces = [node[1:] for node in group.hosts if node[0] == "m"]
        macs = tuple(sorted(interfaces))
        relay = strongest(around.relays)
        shared = self._shared(rows, macs)
        told = self._votes(group, around, rows, carried, macs, relay, shared)
        attributes = believe(told, self.knowledge.several, self.knowledge.holds, self.knowledge.covers)
        if around.labels:
            attributes = labelled(attributes, around.labels)
        by_name = {attribute.name: attribute for attribute in attributes}
        kind = kind_of(by_name)
        addresses = around.addresses
        applications = by_use(rows) if any(subject.application for subject in group.subjects) else []
        return Device(
            id=group.id,
            site=self.site,
            kind=kind,
            name=name_of(by_name, applications, addresses, macs, ids_of(group.components), kind),
            parent=around.parent,
            state=self._state(group, rows, carried),
            attributes=attributes,
            interfaces=macs,
            addresses=addresses,
            applications=tuple(sorted(applications[:APPLICATIONS_MAX])),
            subjects=tuple(sorted(group.subjects)),
            merges=(
                *around.sentences,
                *(why for mac, own in zip(interfaces, around.own, strict=True) for why in held(mac, own)),
                *around.disputes,
                *(router.why for router in around.routers if router),
                *(f"{node[1:]} {each.why}" for node, each in zip(group.hosts, around.relays, strict=True) if each.why),
                *(f"several machines speak through it: {sign.what} at the same time" for sign in shared),
            ),
            first_seen=group.first_seen,
            last_seen=group.last_seen,
            aliases=group.aliases,
        )

    def _shared(self, rows: Sequence[Evidence], macs: Sequence[str]) -> Sequence[Sign]:
        """How it shows that several machines speak through it; what a router hands on counts for their addresses."""
        telling = [row for row in rows if row.observable in TELLING]
        return signs(telling, self.claims, near=bool(macs)) if len(telling) > 1 else ()

    def _votes(
        self,
        group: Group,
        around: Surroundings,
        rows: Sequence[Evidence],
        carried: Sequence[Evidence],
        macs: Sequence[str],
        relay: Relay,
        shared: Sequence[Sign],
    ) -> Iterator[Vote]:
        for sign in shared:
            yield from sign.votes()
        engine = relay.applications >= ENGINE_APPLICATIONS
        many = relay.images > 1 or (
            len(rows) >= ARCHIVE_CLASSES and [row.observable for row in rows].count(ACCEPTED) >= ARCHIVE_CLASSES
        )
        for row in rows:
            observable = row.observable
            if observable in FRAMES or (shared and observable in OF_MACHINES):
                continue
            if engine and observable.startswith(ENGINE_SPEECH):
                continue  # it hands on what the applications behind it say
            if relay.devices and observable.startswith(UNNAMED):
                continue
            if many and observable in CLASSES:
                continue  # it takes what others make, private classes too
            if claims := self.claims(observable, row.value):
                yield from self._claimed(row, claims, "", group.root)
        spoken = [(component.via, row) for component in group.components for row in component.rows]
        for via, row in spoken:
            yield from self._claimed(row, self.claims(row.observable, row.value), via, group.root)
        for component, is_result in zip(group.components, around.among_results, strict=True):
            if is_result:
                yield from measured(component, self.knowledge)
        own = {component.node for component in group.components}
        behind = [each for of_host in around.behind for each in of_host if each.node not in own]
        yield from decide(rows, relay, behind, group.components, self.knowledge)
        seen = rows or carried or [row for _, row in spoken]
        for mac in macs:
            yield from self._makers(mac, seen)
        for router in around.routers:
            if router is not None and router.weight:
                yield from routing(router, [*carried, *rows])
        yield from around.votes

    def _claimed(self, row: Evidence, claims: Sequence[Claim], via: str, root: str) -> Iterator[Vote]:
        source = self.speakers.source(row, via, root)
        share = FAR if self.speakers.is_far(row) else 1.0
        for claim in claims:
            counts_as = REGISTRY if claim.rule == BLOCKS else source
            yield Vote(claim.attribute, claim.value, row.weight * claim.weight * share, claim.rule, row, counts_as)

    def _makers(self, mac: str, rows: Sequence[Evidence]) -> Iterator[Vote]:
        """Who made the interface; made-up addresses are in no registry."""
        if is_made_up(mac) or not rows:
            return
        of_mac = [row for row in rows if row.subject.mac == mac] or rows
        since = min([row.first for row in of_mac])
        earliest = [row for row in of_mac if row.first == since]
        first = earliest[0]
        if len(earliest) > 1:
            first = min(earliest, key=lambda row: (row.subject, row.observable, row.value, row.source, row.origin))
        seen = structs.replace(
            first,
            subject=Subject(mac=mac),
            observable="ethernet.address",
            value=mac,
            protocol="ethernet",
            source="ethernet",
            weight=NETWORK_MAKER_WEIGHT,
        )
        found = self.claims("ethernet.address", mac)
        for claim in found:
            yield Vote(claim.attribute, claim.value, claim.weight, claim.rule, seen)
        name = "" if found else self.knowledge.maker(mac)
        if not name:
            return
        row = structs.replace(seen, observable="ethernet.maker", value=name)
        known = self.claims("ethernet.maker", name)
        named = next((claim.value for claim in known if claim.attribute == "network_maker"), name)
        yield Vote("network_maker", named, NETWORK_MAKER_WEIGHT, "oui", row)
        for claim in known:
            if claim.attribute != "network_maker":
                yield Vote(claim.attribute, claim.value, MAKER_WEIGHT * claim.weight, claim.rule, row)

    def _addresses(self, hosts: Iterable[str]) -> tuple[Tenure, ...]:
        found: list[Tenure] = []
        for node in hosts:
            if node[0] == "m":
                found.extend(self.tenures.get(node[1:], ()))
            elif rows := self.identity.hosts[node] or self.presence.get(node):
                since, until = min(row.first.time for row in rows), max(row.last.time for row in rows)
                found.append(Tenure(node[1:], since, until))
        return tuple(sorted(found))

    def _parent(self, group: Group, ids: Mapping[str, str]) -> str:
        """The host that speaks of a component, unless the component is itself a host. Of several such hosts the one to
        which no other of them hands on; then one that speaks of others as well, for who has the objects of one device
        alone may have copied them; then who speaks most of it, then who spoke first."""
        if any(node in self.identity.hosts for node in group.hosts):
            return ""
        said: dict[str, list[Evidence]] = {}
        hubs: set[str] = set()
        for component in group.components:
            if component.via in ids and ids[component.via] != group.id:
                said.setdefault(ids[component.via], []).extend(component.rows)
                if (relay := self.relays.get(component.via)) and relay.images + relay.devices > 1:
                    hubs.add(ids[component.via])
        ranked = [
            (
                sum((other, id_) in self.handed and (id_, other) not in self.handed for other in said),
                id_ not in hubs,
                -sum(row.count for row in rows),
                min(row.first for row in rows),
                id_,
            )
            for id_, rows in said.items()
        ]
        return min(ranked)[-1] if ranked else ""

    def _state(self, group: Group, rows: Sequence[Evidence], carried: Sequence[Evidence]) -> str:
        """Unconfirmed: one frame that nobody answered and that said nothing, or an address that only others named."""
        if group.components:
            return DEVICE
        frames = [row for row in (*rows, *carried) if row.observable in FRAMES]
        said = [row for row in rows if row.protocol != TRAITS and row.observable not in FRAMES]
        if not said:
            several = len(frames) > 1 or any(row.count > 1 or row.weight >= ANSWERED for row in frames)
            return DEVICE if several else UNCONFIRMED
        if frames or any(node[0] == "m" for node in group.hosts):
            return DEVICE
        proofs = self.facts.proofs
        named = all(" " in row.source and not row.subject.application and row.observable not in proofs for row in said)
        return UNCONFIRMED if named else DEVICE


def held(mac: str, own: Mapping[str, str]) -> Iterator[str]:
    """How it is known which addresses are an interface's own."""
    for ip in sorted(own)[:HELD_MAX]:
        yield f"{ip} belongs to {mac}: {own[ip]}"


def routing(router: Router, rows: Sequence[Evidence]) -> Iterator[Vote]:
    """That it is a router, with the packets by which it shows."""
    frames = [row for row in rows if row.observable == ADDRESS and not row.subject.behind]
    shown = [row for row in frames if row.subject.ip == router.example] if router.example else []
    shown = shown or [row for row in rows if row.observable == OUTSIDE]
    yield from votes("kind", "router", router.weight, router.rule, shown or frames or rows)


def strongest(relays: Sequence[Relay]) -> Relay:
    """Of what the hosts of a device relay; one that is one of its own components relays the others."""
    return Relay(
        max((each.images for each in relays), default=0),
        max((each.devices for each in relays), default=0),
        max((each.applications for each in relays), default=0),
    )


def kind_of(attributes: Mapping[str, Attribute]) -> str:
    """Of two kinds that are equally credible none is named."""
    found = attributes.get("kind")
    if found is None or found.believed.confidence < KIND_MIN:
        return UNKNOWN
    equal = any(other.confidence == found.believed.confidence for other in found.others)
    return UNKNOWN if equal else found.believed.value


def ids_of(components: Iterable[Component]) -> set[Id]:
    return {id_ for component in components for each in component.spoken for id_ in each.subject.behind}


def id_of(site: str, subject: Subject) -> str:
    """What a device is called whose earliest-seen subject this is."""
    parts = [site, subject.mac, subject.ip, str(subject.vlan), subject.application]
    parts += [part for id_ in subject.behind for part in (id_.scheme, id_.value, id_.maker)]
    text = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return f"d-{hashlib.blake2b(text, digest_size=8).hexdigest()}"
