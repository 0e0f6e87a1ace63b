"""Pass 1: the facts of a site (routers, tenures, virtual addresses), and with them whose a subject is.

Owners are texts: "m" and a MAC for an interface, "i" and an IP address for a host of which nothing but that is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import structs

from sensor.correlate.device import Tenure
from sensor.correlate.heard import hear, how
from sensor.correlate.memory import Memory
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
from sensor.correlate.told import ADDRESS, FRAMES, GATEWAY, OUTSIDE, Told
from sensor.fingerprint.observables import Observables
from sensor.model import Evidence, Subject

By = Mapping[Subject, Told]


class Site:
    """What pass 1 found out. `owner` answers for one subject and one span of time. apart: interfaces and addresses of
    which people said that they are not the interface's."""

    def __init__(
        self,
        by_subject: By,
        networks: Networks,
        observables: Observables,
        memory: Memory,
        apart: frozenset[tuple[str, str]] = frozenset(),
    ) -> None:
        self.networks = networks
        self.proofs = observables.proofs
        self.interfaces: dict[str, Carried] = {}  # remembered as it was told: what is changed here is a copy
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
        heard = {
            mac: memory.same("interface", mac, hear, mac, networks, self.proofs, *tellings)
            for mac, tellings in self._sorted(by_subject, gateways).items()
        }
        self.interfaces = {mac: of_mac.each for mac, of_mac in heard.items()}
        self._speak_for_others(redundant)
        self.disputes: dict[str, list[str]] = {}  # interface -> sentences about addresses that two claim
        for ip, mac, holder in sorted(idle_claims(self.interfaces.values())):
            del self._changed(mac).proved[ip]
            why = f"{mac} claimed {ip} by ARP, never used it, and is not believed: {holder} had it before"
            for end in (mac, holder):
                self.disputes.setdefault(end, []).append(why)
        for mac, each in list(self.interfaces.items()) if gateways else ():
            if gateway := min((ip for ip in each.proved if ip in gateways), default=""):
                self._changed(mac).gateway = gateway
        for mac, each in list(self.interfaces.items()) if self._shared else ():
            for ip in self._shared & each.proved.keys():
                del self._changed(mac).proved[ip]
        for each in self.interfaces.values() if self._virtual else ():
            self._virtual.difference_update(each.proved)
        self._virtual |= self._shared
        for mac, each in list(self.interfaces.items()) if self._virtual else ():
            for ip in self._virtual & each.carried.keys():
                del self._changed(mac).carried[ip]
        self.routers: dict[str, Router] = find_routers(self.interfaces, networks)
        self.own: dict[str, dict[str, str]] = {
            mac: memory.same("own", mac, own_addresses, each, self.routers.get(mac), networks)
            for mac, each in self.interfaces.items()
        }
        for mac, ip in apart:
            if ip in self.own.get(mac, ()):
                self.own[mac] = {other: why for other, why in self.own[mac].items() if other != ip}
        self.holders = Holders(
            (
                (ip, first, last, mac)
                for mac, told in heard.items()
                for ip, first, last in told.sayings
                if ip in self.own[mac]
            ),
            {
                (ip, mac): [(at, at + told.lease_times.get(name, 0)) for name, at in given]
                for mac, told in heard.items()
                for ip, given in told.leases.items()
            },
        )

    def _sorted(self, by_subject: By, gateways: set[str]) -> dict[str, tuple[list[Subject], list[Told]]]:
        """What is told about each interface; what is told of addresses alone is taken at once."""
        found: dict[str, tuple[list[Subject], list[Told]]] = {}
        for subject, told in by_subject.items():
            mac, ip = subject.mac, subject.ip
            if is_interface(mac):
                if not ip or not (subject.behind or self._is_unsent_broadcast(ip)):
                    subjects, tellings = found.setdefault(mac, ([], []))
                    subjects.append(subject)
                    tellings.append(told)
            elif ip:
                if GATEWAY in told.says:
                    gateways.add(ip)
            elif is_virtual(mac):
                proved = (row.value for row in told.rows if row.observable in self.proofs)
                self._virtual.update(ip for ip in proved if self.networks.standing(ip) in (INSIDE, EXTERNAL))
        return found

    def _changed(self, mac: str) -> Carried:
        """An interface as its own copy, to be changed: it is remembered as it was told."""
        known = self.interfaces[mac]
        copy = structs.replace(known, proved=dict(known.proved), carried=dict(known.carried))
        self.interfaces[mac] = copy
        return copy

    def _speak_for_others(self, redundant: set[str]) -> None:
        """A router tells from an address of its own, but from the shared hardware address, that it answers for others
        (RFC 9568 section 7.3). The only interface that is seen with that address otherwise has it."""
        seen: dict[str, list[Carried]] = {}
        for each in self.interfaces.values() if redundant else ():
            for ip in redundant & each.carried.keys():
                seen.setdefault(ip, []).append(each)
        for ip, interfaces in seen.items():
            if len(interfaces) == 1:
                proved = self._changed(interfaces[0].mac).proved
                proved[ip] = how(proved.get(ip, ""), "it speaks for shared addresses")

    def _is_unsent_broadcast(self, ip: str) -> bool:
        return ip.endswith(DIRECTED_BROADCAST) and ip not in self._senders

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
