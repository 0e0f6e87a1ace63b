"""What the rows about one interface tell of it: the addresses that it carried and proved, and when.

It rests on nothing but these rows, so that it is found out again only where one of them changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from sensor.correlate.networks import EXTERNAL, INSIDE, NEVER, Networks
from sensor.correlate.routers import Carried
from sensor.correlate.told import ADDRESS, LEASE_TIMES, LINK_SCOPE, OUTSIDE, Told
from sensor.model import Evidence, Subject

LEASES = frozenset(LEASE_TIMES.values())
SECOND = 10**9
OUTSIDE_V4 = "ipv4"  # its value that tells a router: a global IPv6 address is what any host gives itself
ANSWERED = 0.3  # weight of an ip.address row from which on somebody answered: the engine gives 0.5, else 0.1


class Heard(Struct):
    """sayings: address, first, last. leases: address -> by which, and when. lease_times: observable of leases -> the
    longest, in ns. claims: UTC day -> addresses by ARP."""

    each: Carried
    sayings: list[tuple[str, int, int]] = []
    leases: dict[str, list[tuple[str, int]]] = {}
    lease_times: dict[str, int] = {}
    claims: dict[str, set[str]] = {}

    def carry(self, ip: str, told: Told) -> None:
        """An address in the same packets: the interface sent from it, or was the next hop towards it."""
        each = self.each
        answered = each.carried.get(ip, False)
        for row in told.rows:
            if row.observable == ADDRESS:
                answered = answered or row.weight >= ANSWERED
            elif (
                ":" in ip and row.observable in LINK_SCOPE and (row.observable == "nd.router" or row.value == each.mac)
            ):
                each.proved[ip] = how(each.proved.get(ip, ""), LINK_SCOPE[row.observable])
                each.advertises = each.advertises or row.observable == "nd.router"
        each.carried[ip] = answered
        self.seen(ip, told.first, told.last)

    def read(self, told: Told, networks: Networks, proofs: Mapping[str, str]) -> None:
        """What is said about the interface, whatever address it has."""
        each = self.each
        for row in told.rows:
            if row.observable in proofs and networks.standing(row.value) in (INSIDE, EXTERNAL):
                if said_by_itself(row):
                    self.prove(row, proofs[row.observable])
            elif row.observable in LEASE_TIMES and row.value.isdecimal():
                of = LEASE_TIMES[row.observable]
                self.lease_times[of] = max(self.lease_times.get(of, 0), int(row.value) * SECOND)
            elif row.observable == "nd.router":
                each.advertises = True
            elif row.observable == OUTSIDE and row.value == OUTSIDE_V4:
                each.outside += row.count

    def prove(self, row: Evidence, by: str) -> None:
        """A row whose value is an address of the interface."""
        ip, proved = row.value, self.each.proved
        proved[ip] = how(proved.get(ip, ""), by)
        self.seen(ip, row.first.time, row.last.time)
        if row.observable in LEASES:
            self.leases.setdefault(ip, []).append((row.observable, row.last.time))
        if row.observable == "arp.address":
            self.claims.setdefault(row.day, set()).add(ip)

    def seen(self, ip: str, first: int, last: int) -> None:
        """The interface and an address together, in whatever way."""
        self.sayings.append((ip, first, last))
        known = self.each.spans.get(ip)
        if known is not None:
            first, last = min(known[0], first), max(known[1], last)
        self.each.spans[ip] = (first, last)


def hear(
    mac: str, networks: Networks, proofs: Mapping[str, str], subjects: Sequence[Subject], tellings: Sequence[Told]
) -> Heard:
    """All that is told about an interface."""
    found = Heard(Carried(mac))
    for subject, told in zip(subjects, tellings, strict=True):
        if not subject.ip:
            found.read(told, networks, proofs)
        elif networks.standing(subject.ip) != NEVER:
            found.carry(subject.ip, told)
    for addresses in found.claims.values():
        if len(addresses) > 1:
            further = len(addresses) - len({networks.subnet(ip) for ip in addresses})
            found.each.proved_in_a_day = max(found.each.proved_in_a_day, further)
    return found


def said_by_itself(row: Evidence) -> bool:
    """False where the Ethernet source of an ARP packet was another interface than the one it speaks of."""
    _, _, speaker = row.source.partition(" ")
    return speaker == row.subject.mac or speaker.count(":") != 5 or len(speaker) != 17


def how(known: str, more: str) -> str:
    """Ways in which an address was proved, each once, in alphabetical order."""
    if not known or known == more:
        return more
    return ", ".join(sorted({*known.split(", "), more}))
