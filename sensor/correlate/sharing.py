"""Several machines behind one address: translation (NAT), a proxy, virtual machines that use their host's address.

What their segments and requests tell is true of them, and of none of them can it be said which: it must not be blended
into one device that would run two systems. Such an address is known by machines that speak at the same time: a host
that is installed anew, renamed, or replaced by another shows one system or name first, and then the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from sensor.correlate.believe import Vote, spelling
from sensor.fingerprint.claim import Claim
from sensor.model import Evidence
from sensor.names import PERSONAL

STACK, BROWSER = "tcp.syn", "http.user_agent"
SYSTEMS = {STACK: "first segments", BROWSER: "browsers"}
NAMES = frozenset(  # what a client calls itself when it signs in
    {
        "http.ntlm_workstation",
        "kerberos.workstation",
        "ldap.ntlm_workstation",
        "msrpc.ntlm_workstation",
        "rdp.client_computer",
        "smb.ntlm_workstation",
    }
)
TELLING = NAMES | SYSTEMS.keys()
OF_MACHINES = TELLING | {"tls.ja3", "tls.ja4"}  # what the machines say of themselves, through the address
WINDOWS, APPLE, OTHER = "Windows", "Apple systems", "other systems"
SEEN_MIN = 2  # sayings of each: one segment is easily forged
SHOWN_MAX = 6  # machines of one address that are told: who tries names has no end
WEIGHTS = {STACK: 0.6, BROWSER: 0.5, "names": 0.7}
ROLE = "shared_address"

Claims = Callable[[str, str], tuple[Claim, ...]]


class Sign(Struct, frozen=True):
    """One way in which several machines show. what: as a reason is told."""

    way: str
    what: str
    rows: tuple[Evidence, ...]

    def votes(self) -> Iterator[Vote]:
        rule = f"shared:{self.way}"
        for row in self.rows:
            yield Vote("role", ROLE, WEIGHTS.get(self.way, WEIGHTS["names"]), rule, row, rule)


def signs(rows: Iterable[Evidence], claims: Claims, *, near: bool) -> list[Sign]:
    """How an address shows that several machines speak through it. near: the hardware address is its own, so that no
    accelerator on the way opens connections in its place."""
    of: dict[str, dict[str, list[Evidence]]] = {}
    for row in rows:
        if row.observable in TELLING:
            way = row.observable if row.observable in SYSTEMS else "names"
            who = spelling("hostname", row.value) if way == "names" else system(row, claims)
            if who and row.value != PERSONAL:
                of.setdefault(way, {}).setdefault(who, []).append(row)
    found = []
    for way, machines in sorted(of.items()):
        together = at_once(machines)
        if len(together) > 1 and (near or way != STACK):
            together = together[:SHOWN_MAX]
            told = " and ".join(together)
            what = f"the names {told}" if way == "names" else f"{SYSTEMS[way]} of {told}"
            found.append(Sign(way, what, tuple(min(machines[who], key=order) for who in together)))
    return found


def system(row: Evidence, claims: Claims) -> str:
    """The sort of system that a row tells: releases, and the many Unixes, are too easily two names of one."""
    said = {claim.attribute: claim.value for claim in claims(row.observable, row.value)}
    if said.get("os_maker") == "Apple":
        return APPLE
    os = said.get("os", "")
    return WINDOWS if os.startswith(WINDOWS) else OTHER if os else ""


def at_once(machines: dict[str, list[Evidence]]) -> Sequence[str]:
    """Those of which each spoke several times and while another did."""
    lives = sorted(
        (min(row.first.time for row in rows), max(row.last.time for row in rows), who)
        for who, rows in machines.items()
        if sum(row.count for row in rows) >= SEEN_MIN
    )
    found: set[str] = set()
    latest, last = 0, ""  # until when somebody spoke, and who did
    for since, until, who in lives:
        if last and since < latest:
            found |= {who, last}
        if until > latest:
            latest, last = until, who
    return sorted(found)


def order(row: Evidence) -> tuple[object, ...]:
    return row.first, row.observable, row.value, row.source, row.subject, row.origin
