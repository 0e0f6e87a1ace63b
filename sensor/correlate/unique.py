"""What hosts say of themselves that no other device has: UUIDs, engine ids, chassis, keys; and who they are by it.

A UUID joins at once, within a bound and unless names or serial numbers speak against it. What a copy of a disk has too
(a host key, a certificate, what was made when a system was installed) joins only hosts of one name of which one was
gone before the other came: a device that got another address. Two that run at the same time may be clones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from sensor.correlate.believe import spelling
from sensor.correlate.groups import Groups
from sensor.correlate.ids import Key, contradict, is_filler, uuid_of
from sensor.correlate.networks import MAC, is_interface
from sensor.fingerprint.observables import Observables
from sensor.model import Evidence
from sensor.names import PERSONAL

HOSTS_MAX = 4  # hosts that one identifier may join: a device has a few interfaces, a filler has no end
PORTS_MAX = 1024  # interfaces of one chassis: a large switch has half as many
AT_ONCE = {"uuid": HOSTS_MAX, "engine_id": HOSTS_MAX, "chassis": PORTS_MAX}  # scheme -> hosts that it may join
COPIED = frozenset({"install", "key"})
SAID_AS = {"uuid": "UUID", "engine_id": "SNMP engine id", "chassis": "chassis", "install": "id", "key": "key"}
INSTALL_MIN, ENGINE_MIN, KEY_MIN = 8, 10, 32  # characters: shorter ones are counters, cut, or made up by hand

Hosts = Mapping[str, list[Evidence]]


def keys_said(rows: Iterable[Evidence], identifiers: Mapping[str, str]) -> Iterator[Key]:
    """The identifiers of one host. Of an observable that says several UUIDs or chassis none: a docking station hands on
    those of its guests."""
    said: dict[str, set[Key]] = {}
    for row in rows:
        scheme = identifiers.get(row.observable)
        if scheme:
            key = key_said(scheme, row.value)
            if key is not None:
                said.setdefault(row.observable, set()).add(key)
    for keys in said.values():
        if len(keys) == 1 or next(iter(keys)).scheme in COPIED:
            yield from keys


def key_said(scheme: str, text: str) -> Key | None:
    """None for what identifies nobody."""
    value = text.strip().casefold()
    if scheme == "uuid":
        value = uuid_of(value)
    elif scheme == "chassis":
        value = value.replace("-", ":")
        value = value if is_interface(value) else ""
    elif scheme == "engine_id":
        value = "".join(c for c in value.removeprefix("0x") if c.isalnum())
        value = value if len(value) >= ENGINE_MIN else ""
    elif scheme == "install":
        value = value if len(value) >= INSTALL_MIN and not MAC.match(value) else ""
    else:
        value = value if len(value) >= KEY_MIN else ""
    return None if not value or is_filler(value) else Key(scheme, value)


class Unique:
    """Joins hosts by what only one device has."""

    def __init__(
        self, hosts: Hosts, groups: Groups, keys: Mapping[str, frozenset[Key]], observables: Observables
    ) -> None:
        self._hosts = hosts
        self._groups = groups
        self._keys = keys
        self._observables = observables
        self._names: dict[str, set[tuple[str, str]]] = {}

    def join_at_once(self) -> None:
        """Interfaces that give the same UUID, engine id or chassis."""
        for key, nodes in self._by_key(AT_ONCE):
            if key.scheme == "chassis" and "m" + key.value in self._hosts:
                nodes = sorted({*nodes, "m" + key.value})
            if len(nodes) > AT_ONCE[key.scheme]:
                continue
            what = f"{SAID_AS[key.scheme]} {key.value}"
            clusters: list[str] = []
            for node in nodes:
                head = next((one for one in clusters if self.may_be_one(one, node)), "")
                if head:
                    self._groups.join(head, node, f"{head[1:]} and {node[1:]} both give the {what}")
                else:
                    clusters.append(node)

    def join_in_turn(self) -> None:
        """Hosts of one name with one key, of which one was gone before the other came."""
        for key, nodes in self._by_key(COPIED):
            if not 1 < len(nodes) <= HOSTS_MAX:
                continue
            lives = sorted((*self._life(node), node) for node in nodes)
            for (_, gone, one), (since, _, other) in pairwise(lives):
                shared = self._said(one) & self._said(other)
                if gone < since and shared and self.may_be_one(one, other):
                    what = f"{SAID_AS[key.scheme]} {key.value} and the name {min(shared)[1]}"
                    self._groups.join(one, other, f"{one[1:]} and after it {other[1:]} had the {what}")

    def _by_key(self, schemes: Iterable[str]) -> Iterator[tuple[Key, Sequence[str]]]:
        wanted = set(schemes)
        found: dict[Key, list[str]] = {}
        for node in sorted(self._keys):
            for key in self._keys[node]:
                if key.scheme in wanted:
                    found.setdefault(key, []).append(node)
        yield from sorted(found.items())

    def may_be_one(self, one: str, other: str) -> bool:
        """Neither different serial numbers nor different host names speak against it, nor different UUIDs from one
        source."""
        if contradict(self._keys.get(one, ()), self._keys.get(other, ()), ("serial",)):
            return False
        mine, theirs = self._machines(one), self._machines(other)
        if any(mine[name] != theirs[name] for name in mine.keys() & theirs.keys()):
            return False
        names, others = ({name for name in self._said(node) if name[0] == "hostname"} for node in (one, other))
        return not names or not others or bool(names & others)

    def _machines(self, node: str) -> dict[str, str]:
        """Observable -> the one UUID that it says of a host."""
        said: dict[str, set[str]] = {}
        for row in self._hosts.get(node, ()):
            if self._observables.identifiers.get(row.observable) == "uuid":
                said.setdefault(row.observable, set()).add(uuid_of(row.value))
        return {observable: min(values) for observable, values in said.items() if len(values) == 1 and "" not in values}

    def _said(self, node: str) -> set[tuple[str, str]]:
        """The names of a host, host names spelled one way."""
        known = self._names.get(node)
        if known is None:
            known = self._names[node] = names_said(self._hosts.get(node, ()), self._observables)
        return known

    def _life(self, node: str) -> tuple[int, int]:
        rows = self._hosts[node]
        return min(row.first.time for row in rows), max(row.last.time for row in rows)


def names_said(rows: Iterable[Evidence], observables: Observables) -> set[tuple[str, str]]:
    """Host names as ("hostname", name without its domain), other names with their observable."""
    found: set[tuple[str, str]] = set()
    for row in rows:
        if row.value == PERSONAL:
            continue
        if row.observable in observables.host_names:
            found.add(("hostname", spelling("hostname", row.value)))
        elif row.observable in observables.names:
            found.add((row.observable, row.value))
    return found
