"""What the rows of one subject tell of the site: the few that pass 1 asks for, and when the subject was seen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from sensor.fingerprint.observables import Observables
from sensor.model import Evidence

ADDRESS = "ip.address"
HARDWARE_ADDRESS = "ethernet.address"
OUTSIDE = "ip.outside"  # about an interface: it sent packets whose source is outside the site
GATEWAY = "dhcp.router"
FRAMES = frozenset({ADDRESS, OUTSIDE, HARDWARE_ADDRESS})  # what single frames show
LINK_SCOPE = {  # observables about a sender whose datagrams no router forwards (RFC 4861 section 7.1)
    "nd.link_address": "ND",
    "nd.router": "ND",
}
LEASE_TIMES = {"dhcp.lease_time": "dhcp.lease", "dhcpv6.lease_time": "dhcpv6.lease"}  # seconds for which it was given
COMBINATIONS_MAX = 4096  # sets of observables of which one copy is kept


class Told(Struct, frozen=True, gc=False):
    """rows: of each day and origin, as they came. first, last: of all rows of the subject, in ns."""

    rows: tuple[Evidence, ...]
    first: int
    last: int
    says: frozenset[str] = frozenset()  # observables of these rows


def asked_for(observables: Observables) -> frozenset[str]:
    """The observables of pass 1."""
    return frozenset({*FRAMES, GATEWAY, *LINK_SCOPE, *LEASE_TIMES, *observables.proofs.keys(), *observables.virtual})


def told(rows: Sequence[Evidence], asked: frozenset[str]) -> Told:
    """The rows of one subject, of which there is one at least."""
    kept = tuple([row for row in rows if row.observable in asked])
    return Told(
        kept,
        min([row.first.time for row in rows]),
        max([row.last.time for row in rows]),
        one_of_equals(frozenset([row.observable for row in kept])),
    )


@lru_cache(maxsize=COMBINATIONS_MAX)
def one_of_equals(said: frozenset[str]) -> frozenset[str]:
    """The same set for all that say the same: a site has many subjects, and few sorts of them."""
    return said
