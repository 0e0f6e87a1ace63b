"""What a device is made of: its own nodes, and all that is asked of the rest of the site when it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from sensor.correlate.believe import Vote
from sensor.correlate.decisions import Decision
from sensor.correlate.device import Tenure
from sensor.correlate.relays import Component, Relay
from sensor.correlate.routers import Router
from sensor.model import Evidence, Place, Subject


class Group(Struct):
    """The nodes of one device."""

    root: str
    hosts: list[str]
    components: list[Component]
    subjects: dict[Subject, Place]  # -> first time and frame
    voices: list[tuple[Evidence, str]]  # one row of each speaker, and the host that spoke of a component
    first_seen: int
    last_seen: int
    id: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def nodes(self) -> list[str]:
        return [*self.hosts, *(component.node for component in self.components)]


class Surroundings(Struct, frozen=True):
    """All that a device is made of but its own components: a device whose surroundings are as they were is not made
    again, so nothing may be asked of the site, or of other devices, that is not in here.

    rows, carried: of each host. sources: whose word the rows are. sentences: why it is one. own: the addresses of each
    interface, and how that is known.
    """

    rows: tuple[list[Evidence], ...]
    carried: tuple[list[Evidence], ...]
    parent: str
    sources: tuple[str, ...]
    sentences: tuple[str, ...]
    addresses: tuple[Tenure, ...]
    own: tuple[Mapping[str, str], ...]
    disputes: tuple[str, ...]
    routers: tuple[Router | None, ...]
    relays: tuple[Relay, ...]
    behind: tuple[Sequence[Component], ...]
    among_results: tuple[bool, ...]
    votes: tuple[Vote, ...]
    labels: tuple[Decision, ...]
