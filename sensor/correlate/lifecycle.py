"""What became of a device over time: new, changed, moved, silent, returned, replaced; and how much it was used.

Everything is computed from evidence, tenures and beliefs; `now` is the time of the last frame of the site, never that
of a clock. Use is counted, and never says of whom or what.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from sensor.correlate.believe import spelling
from sensor.correlate.device import DEVICE, Belief, Device
from sensor.correlate.networks import is_link_local
from sensor.model import DAY_NS, Evidence, Subject

NEW, CHANGED, MOVED, SILENT, RETURNED, REPLACED, GONE = (
    "new",
    "changed",
    "moved",
    "silent",
    "returned",
    "replaced",
    "gone",
)
ACTIVE = "active"
NEW_FOR = 7 * DAY_NS  # a device is called new for a week
SILENT_AFTER = 14 * DAY_NS  # a ward that is closed over the holidays is not yet silent
HOUR_NS = DAY_NS // 24
ANSWER = "ACK"  # how the types of messages begin that only answer others
LASTING = frozenset(  # attributes of which a device has one at a time, so that another value later is a change
    {
        "asset",
        "department",
        "domain",
        "firmware",
        "hostname",
        "location",
        "model",
        "os",
        "serial",
        "software",
        "station",
        "switch_port",
    }
)


class Change(Struct, frozen=True, order=True):
    """Something that became of a device. attribute, before, after: of what, from what, to what."""

    time: int
    what: str
    device: str
    attribute: str = ""
    before: str = ""
    after: str = ""


class Day(Struct, frozen=True):
    """One UTC day. hours: from the first to the last time it was seen, begun ones counted. uses: word -> how often."""

    day: str
    first: int
    last: int
    hours: int
    uses: Mapping[str, int]


class Life(Struct, frozen=True):
    """state: new, active, silent or returned. changes: the earliest first."""

    state: str
    changes: tuple[Change, ...]
    days: tuple[Day, ...]


def life(
    device: Device,
    rows: Iterable[Evidence],
    now: int,
    uses: Mapping[str, str],
    silent_after: int = SILENT_AFTER,
    earlier: Iterable[tuple[Subject, Day]] = (),
) -> Life:
    """What became of a device until now. uses: observable, or observable and value, -> what it counts as. earlier: days
    of which there are no rows any more, by whom of the device was seen."""
    days = tuple(joined([*days_of(its_own(device, rows), uses), *its_days(device, earlier)]))
    events = [Change(device.first_seen, NEW, device.id), *moves(device), *changes(device)]
    state = NEW if now - device.first_seen <= NEW_FOR else ACTIVE
    for one, other in pairwise(days):
        if other.first - one.last > silent_after:
            events.append(Change(one.last, SILENT, device.id))
            events.append(Change(other.first, RETURNED, device.id))
            state = RETURNED if now - other.first <= NEW_FOR else state
    if now - device.last_seen > silent_after:
        events.append(Change(device.last_seen, SILENT, device.id))
        state = SILENT
    return Life(state, tuple(sorted(events)), days)


def its_own(device: Device, rows: Iterable[Evidence]) -> Iterator[Evidence]:
    """Of rows about subjects of a device those that are of it: an address that changed hands was also another's."""
    held = _held(device)
    for row in rows:
        spans = _spans(device, row.subject, held)
        if not spans or any(since <= row.first.time and row.last.time <= until for since, until in spans):
            yield row


def its_days(device: Device, days: Iterable[tuple[Subject, Day]]) -> Iterator[Day]:
    """The same of days: of one on which an address changed hands, the part that is the device's."""
    held = _held(device)
    for subject, day in days:
        spans = _spans(device, subject, held)
        if not spans:
            yield day
        for since, until in spans:
            first, last = max(since, day.first), min(until, day.last)
            if first <= last:
                yield day_from(day.day, first, last, day.uses)


def _held(device: Device) -> dict[str, list[tuple[int, int]]]:
    held: dict[str, list[tuple[int, int]]] = {}
    for tenure in device.addresses:
        held.setdefault(tenure.ip, []).append((tenure.since, tenure.until))
    return held


def _spans(
    device: Device, subject: Subject, held: Mapping[str, Sequence[tuple[int, int]]]
) -> Sequence[tuple[int, int]]:
    """When a subject was the device; none: at all times."""
    return () if subject.mac in device.interfaces or subject.behind else held.get(subject.ip, ())


def days_of(rows: Iterable[Evidence], uses: Mapping[str, str]) -> Iterator[Day]:
    """Each day on which it was seen, and how much it did."""
    by_day: dict[str, list[Evidence]] = {}
    for row in rows:
        by_day.setdefault(row.day, []).append(row)
    for day in sorted(by_day):
        first = min(row.first.time for row in by_day[day])
        last = max(row.last.time for row in by_day[day])
        counts: dict[str, int] = {}
        for row in by_day[day]:
            word = uses.get(row.observable) or uses.get(f"{row.observable} {row.value}")
            if word and not row.value.startswith(ANSWER):
                counts[word] = counts.get(word, 0) + row.count
        yield day_from(day, first, last, counts)


def day_from(day: str, first: int, last: int, uses: Mapping[str, int]) -> Day:
    return Day(day, first, last, last // HOUR_NS - first // HOUR_NS + 1, dict(sorted(uses.items())))


def joined(days: Iterable[Day]) -> Iterator[Day]:
    """Each day once, in their order."""
    by_day: dict[str, Day] = {}
    for day in days:
        known = by_day.setdefault(day.day, day)
        if known is not day:
            uses = {
                word: known.uses.get(word, 0) + day.uses.get(word, 0) for word in known.uses.keys() | day.uses.keys()
            }
            by_day[day.day] = day_from(day.day, min(known.first, day.first), max(known.last, day.last), uses)
    return iter(sorted(by_day.values(), key=lambda day: day.day))


def moves(device: Device) -> Iterator[Change]:
    """One address given up for another of the same version. Addresses that it had at the same time are no move."""
    for version in (False, True):
        held = sorted(
            (tenure.since, tenure.until, tenure.ip)
            for tenure in device.addresses
            if (":" in tenure.ip) == version and not is_link_local(tenure.ip)
        )
        for (_, until, before), (since, _, after) in pairwise(held):
            if before != after and until < since:
                yield Change(since, MOVED, device.id, "address", before, after)


def changes(device: Device) -> Iterator[Change]:
    """Values of which one was last said before the next was first said."""
    for attribute in device.attributes:
        if attribute.name not in LASTING:
            continue
        spans = sorted(span(one) for one in (attribute.believed, *attribute.also, *attribute.others) if one.reasons)
        for (_, until, before), (since, _, after) in pairwise(spans):
            if until < since and spelling(attribute.name, before) != spelling(attribute.name, after):
                yield Change(since, CHANGED, device.id, attribute.name, before, after)


def span(belief: Belief) -> tuple[int, int, str]:
    """When a value was said first and last."""
    firsts = [reason.first.time for reason in belief.reasons]
    return min(firsts), max(reason.last.time for reason in belief.reasons), belief.value


def replacements(devices: Sequence[Device]) -> Iterator[Change]:
    """Devices that took the name and the address of another one, whose serial number is another."""
    by_place: dict[tuple[str, str], list[tuple[int, int, Device]]] = {}
    for device in devices:
        for name in names_of(device) if value(device, "serial") else ():
            for tenure in device.addresses:
                by_place.setdefault((name, tenure.ip), []).append((tenure.since, tenure.until, device))
    found = set()
    for held in by_place.values():
        held.sort(key=lambda one: (one[0], one[1], one[2].id))
        for (_, until, old), (since, _, new) in pairwise(held):
            before, after = value(old, "serial"), value(new, "serial")
            if old.id != new.id and until < since and spelling("serial", before) != spelling("serial", after):
                found.add(Change(since, REPLACED, old.id, "serial", before, f"{after} ({new.id})"))
    yield from sorted(found)


def names_of(device: Device) -> set[str]:
    """What a device is called on the network."""
    names = {application.casefold() for application in device.applications}
    host = value(device, "hostname")
    return names | ({spelling("hostname", host)} if host else set())


def compare(before: Iterable[Device], after: Iterable[Device]) -> list[Change]:
    """What became of devices between two lists of them: new, gone, changed, moved, replaced. A device is the same under
    any of its ids."""
    old = {device.id: device for device in before if device.state == DEVICE}
    now = [device for device in after if device.state == DEVICE]
    known: dict[str, Device] = {}
    for device in now:
        known.update(dict.fromkeys(device.aliases, device))
    known.update((device.id, device) for device in now)
    of_old = {alias: one for one in old.values() for alias in one.aliases} | old
    met: set[str] = set()
    found: list[Change] = []
    for id_, was in old.items():
        same = known.get(id_) or next((known[alias] for alias in was.aliases if alias in known), None)
        if same is None:
            found.append(Change(was.last_seen, GONE, id_))
        else:
            met.add(same.id)
            if same.id == id_ or same.id not in old:  # else it became part of that one
                found += differences(was, same)
    for device in now:
        if device.id not in met and not any(name in of_old for name in (device.id, *device.aliases)):
            found.append(Change(device.first_seen, NEW, device.id))
    earlier = set(replacements(list(old.values())))
    found += (change for change in replacements(now) if change not in earlier)
    return sorted(found)


def differences(was: Device, now: Device) -> Iterator[Change]:
    """Attributes of which another value is believed, and addresses."""
    values = {each.name: each.believed.value for each in was.attributes}
    for each in now.attributes:
        before = values.pop(each.name, "")
        if spelling(each.name, before) != spelling(each.name, each.believed.value):
            yield Change(span(each.believed)[0], CHANGED, now.id, each.name, before, each.believed.value)
    for name, before in values.items():
        yield Change(now.last_seen, CHANGED, now.id, name, before, "")
    mine = {tenure.ip for tenure in was.addresses}
    taken = [(tenure.since, tenure.ip) for tenure in now.addresses if tenure.ip not in mine]
    kept = max((tenure.until for tenure in now.addresses if tenure.ip in mine), default=0)
    if mine and taken and kept < max(taken)[0]:  # else it has the new address beside the old one
        last = max((tenure.until, tenure.ip) for tenure in was.addresses)
        yield Change(max(taken)[0], MOVED, now.id, "address", last[1], max(taken)[1])


def value(device: Device, name: str) -> str:
    """The value believed of an attribute, or ""."""
    return next((each.believed.value for each in device.attributes if each.name == name), "")
