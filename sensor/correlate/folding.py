"""Rows as a device sees them: where and on which days they were seen matters no more, only that they were."""

from __future__ import annotations

from collections.abc import Iterable

from sensor.correlate.told import FRAMES
from sensor.model import Evidence, Place, Subject


def folded(rows: list[Evidence]) -> list[Evidence]:
    """Rows that differ only in origin and day made one: counts add, the origin is where it was seen first."""
    found: dict[tuple[Subject, str, str, str, str], Evidence] = {}
    for row in rows:
        key = (row.subject, row.observable, row.value, row.protocol, row.source)
        known = found.get(key)
        found[key] = row if known is None else merged(known, row)
    return rows if len(found) == len(rows) else list(found.values())


def folded_of_one(rows: list[Evidence]) -> list[Evidence]:
    """The same for rows of one subject, which need not be looked at."""
    if len(rows) == 1:
        return rows
    found: dict[tuple[str, str, str, str], Evidence] = {}
    for row in rows:
        key = (row.observable, row.value, row.protocol, row.source)
        known = found.get(key)
        found[key] = row if known is None else merged(known, row)
    return rows if len(found) == len(rows) else list(found.values())


def outline(rows: list[Evidence]) -> list[Evidence]:
    """Of the rows of one subject those that say it was there: frames, what was seen first, and what was seen last."""
    earliest = min(rows, key=order)
    latest = max(rows, key=lambda row: (row.last, order(row)))
    kept = [row for row in rows if row.observable in FRAMES or row is earliest or row is latest]
    return rows if len(kept) == len(rows) else kept


def order(row: Evidence) -> tuple[Place, str, str, str, str]:
    return row.first, row.observable, row.value, row.source, row.origin


def merged(one: Evidence, other: Evidence) -> Evidence:
    """Two rows of one key as one."""
    first = one if (one.first, one.origin, one.sensor) <= (other.first, other.origin, other.sensor) else other
    return Evidence(
        site=first.site,
        sensor=first.sensor,
        origin=first.origin,
        day=first.day,
        subject=first.subject,
        observable=first.observable,
        value=first.value,
        protocol=first.protocol,
        source=first.source,
        weight=max(one.weight, other.weight),
        count=one.count + other.count,
        first=first.first,
        last=max(one.last, other.last),
    )


def by_use(rows: Iterable[Evidence]) -> list[str]:
    """Applications of a host: AE titles before others, the most used first."""
    counts: dict[str, tuple[bool, int]] = {}
    for row in rows:
        name = row.subject.application
        if name:
            dicom, count = counts.get(name, (False, 0))
            counts[name] = (dicom or row.protocol == "dicom", count + row.count)
    return sorted(counts, key=lambda name: (not counts[name][0], -counts[name][1], name))
