"""Old days made one, and what is too old forgotten: in small turns, so that a sensor may do it while it listens."""

from __future__ import annotations

import time
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
from sensor.store.error import StoreError
from sensor.store.reads import Wanted
from sensor.store.store import Store

CLAIMS = "arp.address"
FIRST = 600.0  # seconds until the first round: a sensor that was just started has other things to do
EVERY = 86_400.0  # seconds between two rounds
PAUSE = 1.0  # seconds between two turns, of which each takes some tenths of one


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


class Upkeep:
    """Keeps to it while something else goes on: a round a day, a turn at a time."""

    def __init__(self, store: Store, site: str, wanted: Retention, rules: Rules) -> None:
        self._store = store
        self._site = site
        self._wanted = wanted
        self._rules = rules
        self._round: Iterator[Kept] | None = None
        self._kept: Kept | None = None
        self._next = time.monotonic() + FIRST

    def turn(self) -> Kept | None:
        """Does one turn, if it is time for it. At the end of a round gives what came of it."""
        now = time.monotonic()
        if now < self._next:
            return None
        if self._round is None:
            self._round = keep(self._store, self._site, self._wanted, time.time_ns(), self._rules)
        self._next = now + EVERY  # stays so if this turn fails
        try:
            turn = next(self._round, None)
        except StoreError:
            self._round = None
            raise
        if turn is not None:
            self._kept, self._next = turn, time.monotonic() + PAUSE
            return None
        done, self._round, self._kept = self._kept, None, None
        return done


def terms(rules: Rules) -> Terms:
    """What devices are computed from beside what is said."""
    known = rules.observables
    return Terms(frozenset(known.proofs), LEASE_TIMES, CLAIMS, PROXY_CLAIMS, known.uses)
