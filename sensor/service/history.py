"""The inventory of a past day, and what became of it since: computed from the evidence that there was by then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TypeVar

from msgspec.structs import replace

from sensor.correlate.device import Device
from sensor.correlate.inventory import inventory
from sensor.correlate.lifecycle import Change, compare
from sensor.correlate.networks import SITE, Networks
from sensor.correlate.talk import WANTED
from sensor.fingerprint.load import load
from sensor.fingerprint.rules import Rules
from sensor.model import DAY_NS, Conversation, Evidence, Place
from sensor.service.collecting import few_collections
from sensor.service.inventory import knowledge
from sensor.store.store import Store

EPOCH = date(1970, 1, 1)

Dated = TypeVar("Dated", Evidence, Conversation)


def at(store: Store, site: str, day: date, networks: Iterable[str] = SITE, rules: Rules | None = None) -> list[Device]:
    """The devices of a site as they would have been computed at the end of a day (UTC), by the rules of today and with
    what people have decided until today."""
    rules = rules or load()
    with few_collections():
        evidence = until(store.site_evidence(site), day)
        served = until(store.site_served(site, WANTED), day)
        found = inventory(evidence, served, knowledge(rules), Networks(networks), site, store.decisions(site))
    return list(found.devices)


def changes(
    store: Store, site: str, since: date, to: date | None = None, networks: Iterable[str] = SITE
) -> list[Change]:
    """What became of the devices between the ends of two days; without the second one, until now."""
    rules = load()
    before = at(store, site, since, networks, rules)
    after = list(store.devices(site)) if to is None else at(store, site, to, networks, rules)
    return compare(before, after)


def until(rows: Iterable[Dated], day: date) -> Iterator[Dated]:
    """The rows of a day and of those before it. A row that several days were made ends there, if it goes on."""
    last, end = day.isoformat(), (day - EPOCH).days * DAY_NS + DAY_NS
    for row in rows:
        if row.day <= last:
            yield row if row.last.time < end else replace(row, last=Place(end - 1, row.last.frame))
