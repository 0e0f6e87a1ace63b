"""Stretches of time in which nobody's hold on an address changes: rows of several days may be made one within them.

The runs of `tenures` are found from whatever any interface says, routers' included, which cuts more often than
correlation does and never less.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from sensor.correlate.tenures import Grant, Saying, runs

PROXY_CLAIMS = 15  # addresses that an interface claims in a day; a device that claims more is judged by each day


Lease = tuple[str, str, int, int]  # address, interface, when it was given last, and until when (ns)


class Stretches:
    """By address."""

    def __init__(self, sayings: Iterable[tuple[str, int, int, str]], leases: Iterable[Lease] = ()) -> None:
        """sayings: address, first, last, interface."""
        by_ip: dict[str, list[Saying]] = {}
        for ip, first, last, mac in sayings:
            by_ip.setdefault(ip, []).append((first, last, mac))
        shared = {ip: runs(said) for ip, said in by_ip.items() if len({mac for _, _, mac in said}) > 1}
        breaks = {ip: {at for since, until, _ in of_ip for at in (since, until + 1)} for ip, of_ip in shared.items()}
        given: dict[tuple[str, str], list[Grant]] = {}
        for ip, mac, at, end in leases:
            if ip in shared:
                given.setdefault((ip, mac), []).append((at, end))
        for (ip, mac), grants in given.items():
            for since, until, holder in shared[ip]:
                ends = [end for at, end in grants if since <= at <= until] if holder == mac else []
                if ends and max(ends) > until:
                    breaks[ip].add(max(ends) + 1)
        self._breaks = {ip: sorted(at) for ip, at in breaks.items()}

    def of(self, ip: str, first: int, last: int) -> int | None:
        """The number of the stretch that a span lies in; None where it lies in several."""
        breaks = self._breaks.get(ip)
        if breaks is None:
            return 0
        found = bisect_right(breaks, first)
        return found if bisect_right(breaks, last) == found else None
