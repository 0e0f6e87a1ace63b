"""Pass 2: which subjects are one device. Edges through routers and relays are gone before this begins.

A merge needs an identifier that means one device wherever it is said, and nothing that speaks against it. A name is
never enough, and neither is what one message says of another host: two hosts that show the same serial number must
agree in something else too, since a serial number can be copied, and a copy must not swallow the original.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from parsers.api import Id
from sensor.correlate.decisions import LABEL, SPLIT, Decision
from sensor.correlate.groups import Groups
from sensor.correlate.ids import Key, contradict, keys_of
from sensor.correlate.memory import Memory
from sensor.correlate.networks import is_made_up, mac_of_eui64
from sensor.correlate.relays import ENGINE_APPLICATIONS, Component, Relay, itself
from sensor.correlate.site import Site
from sensor.correlate.sorting import NOBODY
from sensor.correlate.tenures import Holders
from sensor.correlate.unique import HOSTS_MAX, keys_said, names_said
from sensor.fingerprint.claim import Claim
from sensor.fingerprint.observables import Observables
from sensor.model import Evidence, Subject
from sensor.names import PERSONAL

Hosts = dict[str, list[Evidence]]
Claims = Callable[[str, str], tuple[Claim, ...]]


class Identity:
    """Joins nodes: interfaces ("m..."), addresses ("i..."), components ("c...")."""

    def __init__(
        self,
        hosts: Hosts,
        components: Sequence[Component],
        behind: Mapping[str, Sequence[Component]],
        relays: Mapping[str, Relay],
        observables: Observables,
    ) -> None:
        self.hosts = hosts
        self.observables = observables
        self.components = components
        self.behind = behind
        self.relays = relays
        self.interfaces: set[str] = set()  # nodes of interfaces that were only spoken of
        self.groups = Groups()
        self.selves: dict[str, str] = {}  # component node -> host that it is
        self._named = {"m" + key.mac for component in components for key in component.keys if key.mac}

    def follow(self, decisions: Iterable[Decision], facts: Site) -> dict[str, list[Decision]]:
        """Joins and keeps apart what people decided, the latter first; gives the labels of each node."""
        spoken = {each.subject: component for component in self.components for each in component.spoken}
        labels: dict[str, list[Decision]] = {}
        for each in sorted(decisions, key=lambda one: (one.action != SPLIT, one.at, one.number)):
            node = self._meant(each.subject, each.seen, facts, spoken)
            other = self._meant(each.other, each.other_seen, facts, spoken)
            if not node or (each.action != LABEL and not other):
                continue  # what it is about is not there
            if each.action == LABEL:
                labels.setdefault(node, []).append(each)
            elif each.action == SPLIT:
                self.groups.keep_apart(node, other)
                self.groups.note(node, each.sentence())
                self.groups.note(other, each.sentence())
            elif self.groups.join(node, other, each.sentence(), decided=True):
                self._is_itself(node, other)
            else:
                for end in (node, other):
                    self.groups.note(end, f"not followed, a split says otherwise: {each.sentence()}")
        return labels

    def _meant(self, subject: Subject, seen: int, facts: Site, spoken: Mapping[Subject, Component]) -> str:
        """The node that a decision is about, or "" where nothing was seen of it."""
        if subject.behind:
            return spoken[subject].node if subject in spoken else ""
        node = facts.owner(subject, seen, seen, ("", ""))
        return node if node in self.hosts or node in self._named else ""

    def _is_itself(self, node: str, other: str) -> None:
        """A component that was merged with its own host is that host."""
        for one, two in ((node, other), (other, node)):
            if one[0] == "c" and any(each.node == one for each in self.behind.get(two, ())):
                self.selves[one] = two

    def join_own(self, memory: Memory) -> None:
        """Hosts that speak of themselves."""
        for via in sorted(self.behind):
            if not via:
                continue
            found = memory.same("itself", via, itself, self.hosts.get(via, NOBODY), self.behind[via])
            if found:
                component, why = found
                if self.groups.join(via, component.node, f"{via[1:]} {why}"):
                    self.selves[component.node] = via

    def join_hardware(self) -> None:
        """A component whose EUI-64 was made from a MAC is the interface with that MAC. Where several hosts' components
        claim one EUI-64 and have different serial numbers, it is nobody's."""
        by_key: dict[Key, list[Component]] = {}
        for component in self.components:
            for key in component.keys:
                if key.mac:
                    by_key.setdefault(key, []).append(component)
        for key in sorted(by_key):
            sayers = by_key[key]
            if any(contradict(sayers[0].keys, each.keys, ("serial",)) for each in sayers[1:]):
                continue
            self.interfaces.add("m" + key.mac)
            for component in sayers:
                joined = self.groups.join("m" + key.mac, component.node, f"EUI-64 {key.value} is made from {key.mac}")
                if joined and component.via == "m" + key.mac:
                    self.selves[component.node] = component.via

    def join_sender(self) -> None:
        """A host of which only the address is known, and whose one application signs with the EUI-64 of an interface
        not seen on the wire otherwise, has that interface. Not so a host that takes in messages: it may hand on."""
        for node in sorted(self.hosts):
            if node[0] != "i":
                continue
            rows = self.hosts[node]
            relay = self.relays.get(node)
            macs = {row.value for row in rows if row.observable == "hl7.sending_mac"}
            if len(macs) != 1 or (relay and relay.applications > 1):
                continue
            if any(row.observable == "hl7.receives_type" and not row.value.startswith("ACK") for row in rows):
                continue
            mac = min(macs)
            if "m" + mac not in self.hosts:
                self.interfaces.add("m" + mac)
                self.groups.join(node, "m" + mac, f"{node[1:]} signs its HL7 messages with the EUI-64 of {mac}")

    def join_made_of(self) -> None:
        """An IPv6 address made from a hardware address belongs to that interface, also behind a router (RFC 4291
        appendix A)."""
        for node in sorted(self.hosts):
            mac = mac_of_eui64(node[1:]) if node[0] == "i" else ""
            if (
                mac
                and self.groups.join("m" + mac, node, f"{node[1:]} is made from {mac}")
                and "m" + mac not in self.hosts
            ):
                self.interfaces.add("m" + mac)

    def join_serials(self, host_keys: Mapping[str, frozenset[Key]]) -> None:
        """The same serial number of the same maker (or another identifier that means one device everywhere), said
        behind different hosts or by a device of itself."""
        by_key: dict[Key, list[str]] = {}
        for component in self.components:
            for key in component.keys:
                if key.everywhere and not key.mac:
                    by_key.setdefault(key, []).append(component.node)
        for node, keys in host_keys.items():
            for key in keys:
                if key.everywhere:
                    by_key.setdefault(key, []).append(node)
        parts = {component.node: component for component in self.components}
        for key in sorted(key for key, nodes in by_key.items() if len(nodes) > 1):
            self._join_serial(key, sorted(set(by_key[key])), parts)

    def _join_serial(self, key: Key, nodes: list[str], parts: Mapping[str, Component]) -> None:
        owners: dict[str, list[str]] = {}  # host that is the device -> nodes that say so
        spoken: list[Component] = []
        for node in nodes:
            if node[0] != "c":
                owners.setdefault(node, []).append(node)
            elif node in self.selves:
                owners.setdefault(self.selves[node], []).append(node)
            else:
                spoken.append(parts[node])
        if any(contradict(spoken[0].keys, each.keys, ("serial",)) for each in spoken[1:]):
            return
        heads = sorted(owners)
        clusters: list[list[str]] = []
        for host in heads if len(heads) <= HOSTS_MAX else []:
            for cluster in clusters:
                if self.groups.same(cluster[0], host) or self._agree(cluster[0], host):
                    cluster.append(host)
                    break
            else:
                clusters.append([host])
        for cluster in clusters:
            for other in cluster[1:]:
                self.groups.join(cluster[0], other, f"{cluster[0][1:]} and {other[1:]} both have {key.text()}")
        spoken.sort(key=lambda each: each.node)
        for model in sorted({min(each.texts("dicom.model", "hl7.model"), default="") for each in spoken}):
            alike = [each for each in spoken if min(each.texts("dicom.model", "hl7.model"), default="") == model]
            for each in alike[1:]:
                self.groups.join(alike[0].node, each.node, f"{key.text()} is spoken of by several hosts")
            if len(clusters) == 1 and self._same_model(alike[0], clusters[0], owners, parts):
                why = f"{key.text()}, spoken of by {alike[0].via[1:] or 'a host'}, is {clusters[0][0][1:]}"
                self.groups.join(clusters[0][0], alike[0].node, why)

    def _same_model(
        self, spoken: Component, cluster: list[str], owners: Mapping[str, list[str]], parts: Mapping[str, Component]
    ) -> bool:
        models = spoken.texts("dicom.model", "hl7.model")
        theirs: set[str] = set()
        for host in cluster:
            for node in owners[host]:
                if node in parts:
                    theirs |= parts[node].texts("dicom.model", "hl7.model")
        return not models or not theirs or bool(models & theirs)

    def _agree(self, one: str, other: str) -> bool:
        """Two hosts share something that was not in the message with the serial number, and no model speaks against."""
        said = [names_said(self.hosts.get(node, ()), self.observables) for node in (one, other)]
        models = [self._models(node) for node in (one, other)]
        return bool(said[0] & said[1]) and (not models[0] or not models[1] or bool(models[0] & models[1]))

    def _models(self, host: str) -> set[str]:
        return {
            model
            for component in self.behind.get(host, ())
            if self.selves.get(component.node) == host
            for model in component.texts("dicom.model", "hl7.model")
        }

    def join_leases(self, holders: Holders, may_be_one: Callable[[str, str], bool]) -> None:
        """Interfaces that leased one address at different times and gave the same, only host name by DHCP. Not those
        whose hardware address was made up."""
        leased: dict[tuple[str, str], set[str]] = {}
        for node, rows in self.hosts.items():
            if node[0] != "m" or is_made_up(node[1:]):
                continue  # a telephone that changes its address, and is called by its model as many are
            names = {row.value.casefold() for row in rows if row.observable == "dhcp.host_name"}
            if len(names) == 1 and PERSONAL not in names:  # which stands for any person's name
                for row in rows:
                    if row.observable == "dhcp.lease" and holders.shared(row.value):
                        leased.setdefault((row.value, min(names)), set()).add(node)
        for (ip, name), found in sorted(leased.items()):
            nodes = sorted(found)
            if len(nodes) > HOSTS_MAX:
                continue
            for other in nodes[1:]:
                if may_be_one(nodes[0], other):
                    why = f"{nodes[0][1:]} and {other[1:]} leased {ip} in turn under the host name {name}"
                    self.groups.join(nodes[0], other, why)


def keys_of_hosts(
    hosts: Hosts,
    claims: Claims,
    relays: Mapping[str, Relay],
    spell: Callable[[str], str],
    identifiers: Mapping[str, str],
    memory: Memory,
) -> dict[str, frozenset[Key]]:
    """What hosts give of themselves. Not those that relay: what one says of itself may be what an application behind it
    said."""
    found: dict[str, frozenset[Key]] = {}
    for node, rows in hosts.items():
        if relays[node].applications < ENGINE_APPLICATIONS:
            keys = memory.same("keys", node, keys_of_host, rows, claims, spell, identifiers)
            if keys:
                found[node] = keys
    return found


def keys_of_host(
    rows: Sequence[Evidence], claims: Claims, spell: Callable[[str], str], identifiers: Mapping[str, str]
) -> frozenset[Key]:
    """Serial numbers together with their maker, in one protocol; and what is unique by itself."""
    protocols = {row.protocol for row in rows if "serial" in row.observable}
    keys = set(keys_said(rows, identifiers))
    for protocol in protocols:
        said: dict[str, set[str]] = {}
        for row in rows:
            if row.protocol == protocol:
                for claim in claims(row.observable, row.value):
                    said.setdefault(claim.attribute, set()).add(claim.value)
        makers = said.get("manufacturer", set())
        if len(makers) == 1:
            keys |= keys_of((Id("serial", serial, min(makers)) for serial in said.get("serial", ())), spell)
    return frozenset(keys)
