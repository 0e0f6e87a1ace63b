"""Site facts, second: who held an address when.

Leases, ARP, ND and the traffic of interfaces that are no routers say (address, interface, first, last). Consecutive
sayings of one interface make a run; the first run of an address reaches back and the last one forward without end,
because nobody else was ever seen with it. A lease reaches as far forward as it was given for, or until somebody else is
seen with the address. Evidence that names only the address counts for an interface if it lies
within one of its runs and touches no run of another; what lies in the gap between two holders counts for no one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sensor.correlate.device import Tenure

AMBIGUOUS = "?"  # held by one of several: no MAC looks like this

Saying = tuple[int, int, str]  # first, last (ns), interface
Grant = tuple[int, int]  # when a lease was given last, and until when (ns)
NONE: Mapping[tuple[str, str], Sequence[Grant]] = {}


class Holders:
    """All addresses of the site with their holders over time."""

    def __init__(
        self, sayings: Iterable[tuple[str, int, int, str]], granted: Mapping[tuple[str, str], Sequence[Grant]] = NONE
    ) -> None:
        """granted: address and interface -> the leases that were given."""
        by_ip: dict[str, list[Saying]] = {}
        for ip, first, last, mac in sayings:
            by_ip.setdefault(ip, []).append((first, last, mac))
        self._runs: dict[str, list[Saying]] = {ip: runs(said) for ip, said in by_ip.items()}
        self._shared = {ip for ip, of_ip in self._runs.items() if len({mac for _, _, mac in of_ip}) > 1}
        self._held = {ip: leased(ip, of_ip, granted) for ip, of_ip in self._runs.items() if len(of_ip) > 1}

    def holder(self, ip: str, first: int, last: int) -> str:
        """The interface that held the address all through [first, last]; AMBIGUOUS, or "" where nobody ever did."""
        of_ip = self._held.get(ip)
        if of_ip is None:
            runs_ = self._runs.get(ip)
            return runs_[0][2] if runs_ else ""
        touched = set()
        within = False
        end = len(of_ip) - 1
        for i, (since, until, mac) in enumerate(of_ip):
            if (i == 0 or since <= last) and (i == end or until >= first):
                touched.add(mac)
                within = within or ((i == 0 or since <= first) and (i == end or until >= last))
        return touched.pop() if within and len(touched) == 1 else AMBIGUOUS

    def shared(self, ip: str) -> bool:
        """Several interfaces held it, at whatever times."""
        return ip in self._shared

    def by_interface(self) -> dict[str, list[Tenure]]:
        """What each interface held, as far as was seen."""
        found: dict[str, list[Tenure]] = {}
        for ip, of_ip in self._runs.items():
            for since, until, mac in of_ip:
                found.setdefault(mac, []).append(Tenure(ip, since, until))
        return found


def leased(ip: str, of_ip: list[Saying], granted: Mapping[tuple[str, str], Sequence[Grant]]) -> list[Saying]:
    """Runs with each end moved to the end of a lease that was given in it, but not into the next run."""
    out: list[Saying] = []
    for at, (since, until, mac) in enumerate(of_ip):
        ends = [end for given, end in granted.get((ip, mac), ()) if since <= given <= until]
        if ends and at + 1 < len(of_ip):
            until = max(until, min(max(ends), of_ip[at + 1][0] - 1))
        out.append((since, until, mac))
    return out


def runs(said: list[Saying]) -> list[Saying]:
    """Sayings by time, with those of one interface that follow one another made into one."""
    out: list[Saying] = []
    for first, last, mac in sorted(said):
        if out and out[-1][2] == mac:
            since, until, _ = out[-1]
            out[-1] = (since, max(until, last), mac)
        else:
            out.append((first, last, mac))
    return out
