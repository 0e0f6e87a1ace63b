"""Who said a row, so that one speaker counts once: in whose name it spoke, and through which of its addresses, is no
second opinion."""

from __future__ import annotations

from collections.abc import Iterable

from sensor.correlate.groups import Groups
from sensor.correlate.networks import REMEMBERED, UNSPECIFIED
from sensor.correlate.site import Site
from sensor.correlate.tenures import AMBIGUOUS
from sensor.model import Evidence, Subject

MAC_COLONS = 5
LINK_LOCAL = frozenset({"mdns", "llmnr"})  # reach one link alone: RFC 6762 section 11, RFC 4795 section 2.6


class Speakers:
    """A source is a device that speaks, and the protocol by which it does."""

    def __init__(self, facts: Site, groups: Groups) -> None:
        self._facts = facts
        self._groups = groups
        self._names: dict[str, str] = {}  # root of a device -> what it is shown as
        self._nodes: dict[str, str] = {}  # address whose holder never changed -> node

    def named(self, root: str, addresses: Iterable[str], interfaces: Iterable[str]) -> None:
        """What a device is shown as where it speaks of others."""
        known = list(addresses)
        first = known[0] if len(known) == 1 else min(known, key=lambda ip: (":" in ip, ip), default="")
        if name := first or min(interfaces, default=""):
            self._names[root] = name

    def source(self, row: Evidence, via: str, root: str) -> str:
        """The source of a row for the device at `root`: the protocol alone where the device says it of itself. via: the
        node that spoke where the row is of a component, "" where it is of a host."""
        protocol, _, address = row.source.partition(" ")
        if not address and not via:
            return protocol
        if address in UNSPECIFIED:  # it has no address yet
            return protocol
        node = self._node(address, row) if address else via
        if not node:
            return row.source
        top = self._groups.root(node)
        return protocol if top == root else f"{protocol} {self._names.get(top, address or node[1:])}"

    def is_far(self, row: Evidence) -> bool:
        """By a protocol that reaches one link alone, a host speaks of an address of another subnet: a reflector, or
        somebody who says what he likes."""
        if row.protocol not in LINK_LOCAL:
            return False
        speaker = row.source.partition(" ")[2]
        subnet = self._facts.networks.subnet
        return (
            bool(speaker and row.subject.ip)
            and ":" not in speaker + row.subject.ip
            and (subnet(speaker) != subnet(row.subject.ip))
        )

    def _node(self, address: str, row: Evidence) -> str:
        """Whose address that is; "" where that is not known, or it is no device of the site."""
        node = self._nodes.get(address)
        if node is None:
            if address.count(":") == MAC_COLONS:
                node = "m" + address
            else:
                span = (row.first.time, row.last.time, (row.sensor, row.origin))
                node = self._facts.owner(Subject(ip=address), *span).replace(AMBIGUOUS, "")
                if self._facts.depends_on_time(address):
                    return node
            if len(self._nodes) >= REMEMBERED:
                self._nodes.clear()
            self._nodes[address] = node
        return node
