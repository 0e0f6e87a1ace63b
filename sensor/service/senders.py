"""Who sent frames, judged once all of it is known: an address that sent one frame and got no answer is unconfirmed."""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from sensor.evidence import Ledger
from sensor.model import Place, Subject, rank
from sensor.subjects import is_one_host
from sensor.wire.engine import Endpoint

UNCONFIRMED_MAX = 4096  # senders of one unanswered frame kept per day; the rest are counted: a scan is no inventory

Key = tuple[str, str, int]  # MAC, IP, VLAN


class Senders:
    """Takes what engines counted of each sender: several, and one of them several times a day. The order of what they
    say does not matter, but for which addresses are left out when there are too many."""

    def __init__(self, ledger: Ledger, counts: Counter[str]) -> None:
        self._ledger = ledger
        self._counts = counts
        self._waiting: dict[Key, Endpoint] = {}
        self._met: set[int] = set()  # hashes of the keys that were taken down today

    def add(self, endpoint: Endpoint) -> None:
        """What was counted of one sender since it was last asked for."""
        key = (endpoint.mac, endpoint.ip, endpoint.vlan)
        if hash(key) not in self._met:
            waited = self._waiting.pop(key, None)
            if waited is not None:
                endpoint = _together(waited, endpoint)
            if endpoint.ip and endpoint.frames == 1 and not endpoint.answered:
                self._waiting[key] = endpoint
                if len(self._waiting) >= 2 * UNCONFIRMED_MAX:
                    self._thin()
                return
        self._take_down(endpoint)

    def end_day(self) -> None:
        """Nothing more comes of this day: who waits for an answer did not get one."""
        self._thin()
        for endpoint in self._waiting.values():
            self._take_down(endpoint)
        self._waiting.clear()
        self._met.clear()

    def _thin(self) -> None:
        """Keeps those with the smallest rank: whichever are dropped first, the same ones stay."""
        surplus = len(self._waiting) - UNCONFIRMED_MAX
        if surplus > 0:
            self._counts["evidence.unconfirmed_capped"] += surplus
            order = sorted(
                self._waiting.values(), key=lambda e: (rank(f"{e.mac} {e.ip} {e.vlan}"), e.ip, e.mac, e.vlan)
            )
            self._waiting = {(e.mac, e.ip, e.vlan): e for e in order[:UNCONFIRMED_MAX]}

    def _take_down(self, endpoint: Endpoint) -> None:
        mark = hash((endpoint.mac, endpoint.ip, endpoint.vlan))
        first, last = Place(*endpoint.first), Place(*endpoint.last)
        if endpoint.ip and not self._ledger.policy.inside(endpoint.ip):
            self._counts["endpoints.outside_site"] += mark not in self._met
            if is_one_host(endpoint.mac, ""):  # it carries for addresses elsewhere: a router, or behind one
                self._ledger.carrier(endpoint.mac, endpoint.vlan, endpoint.ip, endpoint.frames, first, last)
        elif is_one_host(endpoint.mac, endpoint.ip):
            subject = Subject(mac=endpoint.mac, ip=endpoint.ip, vlan=endpoint.vlan)
            self._ledger.address(subject, endpoint.frames, endpoint.answered, first, last)
        self._met.add(mark)


def _together(one: Endpoint, other: Endpoint) -> Endpoint:
    return replace(
        one,
        frames=one.frames + other.frames,
        bytes=one.bytes + other.bytes,
        first=min(one.first, other.first),
        last=max(one.last, other.last),
        answered=one.answered or other.answered,
    )
