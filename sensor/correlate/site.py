"""Pass 1: the facts of a site (routers, tenures, virtual addresses), and with them whose a subject is.

Owners are texts: "m" and a MAC for an interface, "i" and an IP address for a host of which nothing but that is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sensor.correlate.device import Tenure
from sensor.correlate.networks import (
    DIRECTED_BROADCAST,
    EXTERNAL,
    INSIDE,
    LOOPBACK,
    NEVER,
    UNSPECIFIED,
    Networks,
    is_interface,
    is_virtual,
)
from sensor.correlate.routers import Carried, Router, find_routers, idle_claims, own_addresses
from sensor.correlate.tenures import AMBIGUOUS, Holders
from sensor.correlate.told import ADDRESS, FRAMES, GATEWAY, LEASE_TIMES, LINK_SCOPE, OUTSIDE, Told
from sensor.fingerprint.observables import Observables
from sensor.model import Evidence, Subject

LEASES = frozenset(LEASE_TIMES.values())
SECOND = 10**9
OUTSIDE_V4 = "ipv4"  # its value that tells a router: a global IPv6 address is what any host gives itself
ANSWERED = 0.3  # weight of an ip.address row from which on somebody answered: the engine gives 0.5, else 0.1

By = Mapping[Subject, Told]


class Site:
    """What pass 1 found out. `owner` answers for one subject and one span of time. apart: interfaces and addresses of
    which people said that they are not the interface's."""

    def __init__(
        self,
        by_subject: By,
        networks: Networks,
        observables: Observables,
        apart: frozenset[tuple[str, str]] = frozenset(),
    ) -> None:
        self.networks = networks
        self.proofs = observables.proofs
        self.interfaces: dict[str, Carried] = {}
        self.sayings: list[tuple[str, int, int, str]] = []
        self.ambiguous = 0  # rows that could be one of several holders'
        self._leases: dict[tuple[str, str], list[tuple[str, int]]] = {}  # address and interface -> by which, and when
        self._lease_times: dict[tuple[str, str], int] = {}  # interface and observable of leases -> longest, in ns
        self._virtual: set[str] = set()  # addresses that a hardware address shared by routers answered for
        self._shared: set[str] = set()  # addresses that routers call shared themselves
        self._senders: set[str] = set()  # addresses that sent something
        self._loopback = loopback_origins(by_subject, networks)
        gateways: set[str] = set()
        redundant: set[str] = set()  # addresses of routers' own from which they speak for the shared ones
        for subject, told in by_subject.items():
            if subject.ip and ADDRESS in told.says:
                self._senders.add(subject.ip)
            if not observables.virtual.isdisjoint(told.says):
                self._shared.update(row.value for row in told.rows if row.observable in observables.virtual)
                if subject.ip and is_virtual(subject.mac):
                    redundant.add(subject.ip)
        claimed: dict[tuple[str, str], set[str]] = {}  # interface, day -> addresses by ARP
        for subject, told in by_subject.items():
            self._read(subject, told, gateways, claimed)
        self._speak_for_others(redundant)
        self.disputes: dict[str, list[str]] = {}  # interface -> sentences about addresses that two claim
        for ip, mac, holder in sorted(idle_claims(self.interfaces.values())):
            del self.interfaces[mac].proved[ip]
            why = f"{mac} claimed {ip} by ARP, never used it, and is not believed: {holder} had it before"
            for end in (mac, holder):
                self.disputes.setdefault(end, []).append(why)
        for (mac, _), addresses in claimed.items():
            if len(addresses) > 1:
                each = self.interfaces[mac]
                further = len(addresses) - len({networks.subnet(ip) for ip in addresses})
                each.proved_in_a_day = max(each.proved_in_a_day, further)
        for each in self.interfaces.values() if gateways else ():
            each.gateway = min((ip for ip in each.proved if ip in gateways), default="")
        for each in self.interfaces.values() if self._shared else ():
            for ip in self._shared & each.proved.keys():
                del each.proved[ip]
        for each in self.interfaces.values() if self._virtual else ():
            self._virtual.difference_update(each.proved)
        self._virtual |= self._shared
        for each in self.interfaces.values() if self._virtual else ():
            for ip in self._virtual & each.carried.keys():
                del each.carried[ip]
        self.routers: dict[str, Router] = find_routers(self.interfaces, networks)
        self.own: dict[str, dict[str, str]] = {
            mac: own_addresses(each, self.routers.get(mac), networks) for mac, each in self.interfaces.items()
        }
        for mac, ip in apart:
            self.own.get(mac, {}).pop(ip, None)
        self.holders = Holders(
            ((ip, first, last, mac) for ip, first, last, mac in self.sayings if ip in self.own.get(mac, ())),
            {
                (ip, mac): [(at, at + self._lease_times.get((mac, name), 0)) for name, at in given]
                for (ip, mac), given in self._leases.items()
            },
        )
        self.sayings = []

    def _read(self, subject: Subject, told: Told, gateways: set[str], claimed: dict[tuple[str, str], set[str]]) -> None:
        """Takes what the rows of one subject say about addresses."""
        mac, ip = subject.mac, subject.ip
        usable = is_interface(mac)
        if usable and ip:
            if not subject.behind:
                self._carry(mac, ip, told)
            return
        if ip:
            if GATEWAY in told.says:
                gateways.add(ip)
            return
        for row in told.rows:
            if row.observable in self.proofs and self.networks.standing(row.value) in (INSIDE, EXTERNAL):
                if usable and said_by_itself(row):
                    each = self._interface(mac)
                    each.proved[row.value] = how(each.proved.get(row.value, ""), self.proofs[row.observable])
                    self._seen(each, row.value, row.first.time, row.last.time)
                    if row.observable in LEASES:
                        self._leases.setdefault((row.value, mac), []).append((row.observable, row.last.time))
                    if row.observable == "arp.address":
                        claimed.setdefault((mac, row.day), set()).add(row.value)
                elif is_virtual(mac):
                    self._virtual.add(row.value)
            elif usable and row.observable in LEASE_TIMES and row.value.isdecimal():
                whose = (mac, LEASE_TIMES[row.observable])
                self._lease_times[whose] = max(self._lease_times.get(whose, 0), int(row.value) * SECOND)
            elif usable and row.observable == "nd.router":
                self._interface(mac).advertises = True
            elif usable and row.observable == OUTSIDE and row.value == OUTSIDE_V4:
                self._interface(mac).outside += row.count

    def _carry(self, mac: str, ip: str, told: Told) -> None:
        """An interface and an address in the same packets: it sent from it, or was the next hop towards it."""
        if self.networks.standing(ip) == NEVER or self._is_unsent_broadcast(ip):
            return
        each = self._interface(mac)
        answered = each.carried.get(ip, False)
        for row in told.rows:
            if row.observable == ADDRESS:
                answered = answered or row.weight >= ANSWERED
            elif ":" in ip and row.observable in LINK_SCOPE and (row.observable == "nd.router" or row.value == mac):
                each.proved[ip] = how(each.proved.get(ip, ""), LINK_SCOPE[row.observable])
                each.advertises = each.advertises or row.observable == "nd.router"
        each.carried[ip] = answered
        self._seen(each, ip, told.first, told.last)

    def _seen(self, each: Carried, ip: str, first: int, last: int) -> None:
        """An interface and an address together, in whatever way."""
        self.sayings.append((ip, first, last, each.mac))
        known = each.spans.get(ip)
        if known is not None:
            first, last = min(known[0], first), max(known[1], last)
        each.spans[ip] = (first, last)

    def _speak_for_others(self, redundant: set[str]) -> None:
        """A router tells from an address of its own, but from the shared hardware address, that it answers for others
        (RFC 9568 section 7.3). The only interface that is seen with that address otherwise has it."""
        seen: dict[str, list[Carried]] = {}
        for each in self.interfaces.values() if redundant else ():
            for ip in redundant & each.carried.keys():
                seen.setdefault(ip, []).append(each)
        for ip, interfaces in seen.items():
            if len(interfaces) == 1:
                (each,) = interfaces
                each.proved[ip] = how(each.proved.get(ip, ""), "it speaks for shared addresses")

    def _is_unsent_broadcast(self, ip: str) -> bool:
        return ip.endswith(DIRECTED_BROADCAST) and ip not in self._senders

    def _interface(self, mac: str) -> Carried:
        each = self.interfaces.get(mac)
        if each is None:
            each = self.interfaces[mac] = Carried(mac)
        return each

    def owner(self, subject: Subject, first: int, last: int, origin: tuple[str, str]) -> str:
        """Who the subject is in that span, AMBIGUOUS, or "" for what is no device of the site."""
        mac = subject.mac if is_interface(subject.mac) else ""
        ip = subject.ip
        if not ip or ip in UNSPECIFIED:
            return "m" + mac if mac else ""
        if mac and ip in self.own.get(mac, ()):
            return "m" + mac
        standing = self.networks.standing(ip)
        if standing == NEVER or ip in self._virtual or self._is_unsent_broadcast(ip):
            return ""
        if standing == LOOPBACK:
            return "i" + ip if origin in self._loopback else ""
        holder = self.holders.holder(ip, first, last)
        if holder:
            return AMBIGUOUS if holder == AMBIGUOUS else "m" + holder
        return "i" + ip if standing == INSIDE else ""

    def depends_on_time(self, ip: str) -> bool:
        """The rows of a subject with this address may belong to different owners."""
        if self.holders.shared(ip):
            return True
        return bool(self._loopback) and self.networks.standing(ip) == LOOPBACK

    def sent(self, ip: str) -> bool:
        return ip in self._senders

    def tenures(self) -> dict[str, list[Tenure]]:
        return self.holders.by_interface()


def said_by_itself(row: Evidence) -> bool:
    """False where the Ethernet source of an ARP packet was another interface than the one it speaks of."""
    _, _, speaker = row.source.partition(" ")
    return speaker == row.subject.mac or speaker.count(":") != 5 or len(speaker) != 17


def how(known: str, more: str) -> str:
    """Ways in which an address was proved, each once, in alphabetical order."""
    if not known or known == more:
        return more
    return ", ".join(sorted({*known.split(", "), more}))


def loopback_origins(by_subject: By, networks: Networks) -> set[tuple[str, str]]:
    """(sensor, origin) of captures in which nothing but loopback sent: there, and only there, 127.x are devices."""
    if not any(subject.ip and networks.standing(subject.ip) == LOOPBACK for subject in by_subject):
        return set()
    seen: dict[tuple[str, str], bool] = {}
    for subject, told in by_subject.items():
        loop = bool(subject.ip) and networks.standing(subject.ip) == LOOPBACK
        for row in told.rows:
            if row.observable in FRAMES - {OUTSIDE}:
                key = (row.sensor, row.origin)
                seen[key] = seen.get(key, True) and loop
    return {key for key, only in seen.items() if only}


def grouped(evidence: Iterable[Evidence]) -> dict[Subject, list[Evidence]]:
    """Rows by subject."""
    found: dict[Subject, list[Evidence]] = {}
    last: Subject | None = None
    rows: list[Evidence] = []
    for row in evidence:
        if row.subject is not last:  # rows of one subject follow each other, as they are stored
            last = row.subject
            rows = found.setdefault(last, [])
        rows.append(row)
    return found
