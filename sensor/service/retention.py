"""Old days made one, and what is too old forgotten: in small turns, so that a sensor may do it while it listens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from msgspec import Struct

from sensor.config import Retention
from sensor.correlate.stretches import PROXY_CLAIMS
from sensor.correlate.told import LEASE_TIMES
from sensor.fingerprint.rules import Rules
from sensor.model import DAY_NS
from sensor.rows import day_text
from sensor.store.compacting import EXPIRING, Terms
from sensor.store.reads import Wanted
from sensor.store.store import Store

CLAIMS = "arp.address"


class Kept(Struct):
    """By table: rows of old days before and after they were made one, and rows that were forgotten."""

    before: Counter[str]
    after: Counter[str]
    forgotten: Counter[str]


def keep(store: Store, site: str, wanted: Retention, now: int, rules: Rules, *, dry: bool = False) -> Iterator[Kept]:
    """What became of the rows of a site, after each turn. now: of the clock (ns); should the last frame be earlier,
    that counts, and a frame of the future does not. dry: nothing is changed."""
    kept = Kept(Counter(), Counter(), Counter())
    last = max((origin.last for origin in store.origins(Wanted(site=site))), default=0)
    today = min(last, now) // DAY_NS
    for table in EXPIRING:
        days = wanted.conversations if table == "conversation" else wanted.evidence
        if days:
            kept.forgotten[table] = store.expire(site, table, (today - days) * DAY_NS, dry=dry)
            yield kept
    if wanted.compact_after:
        for done in store.compact(site, day_text(today - wanted.compact_after), terms(rules), dry=dry):
            kept.before += done.before
            kept.after += done.after
            yield kept


def terms(rules: Rules) -> Terms:
    """What devices are computed from beside what is said."""
    known = rules.observables
    return Terms(frozenset(known.proofs), LEASE_TIMES, CLAIMS, PROXY_CLAIMS, known.uses)
