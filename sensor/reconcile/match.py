"""Which line of a list is which device: pairs by what they share, one to one, each with its score and its reasons.

What is shared by many says little: the weight of an agreement is divided by how many lines or devices have the same
text. A pair is believed when it is strong enough and no other pair of either comes near it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod

from msgspec import Struct

from sensor.correlate.device import Device
from sensor.reconcile.entry import (
    Entry,
    addresses,
    host_name,
    host_names,
    macs,
    near,
    plain,
    same_maker,
    serial,
    several,
)

AGREES = {  # how far an agreement in one thing says that a line is a device
    "mac": 0.95,
    "asset": 0.95,
    "serial": 0.9,
    "serial, written elsewhere": 0.75,
    "serial but for a typing error": 0.45,  # never alone: makers count upwards, so neighbours differ in one figure too
    "host name": 0.6,
    "AE title": 0.6,
    "address": 0.5,
    "manufacturer and model": 0.35,
    "model": 0.2,
}
OTHER_SERIAL = 1.6  # times the doubt, where serial numbers differ: an exchanged device, an old list, or another device
OTHER_MAC = 2.0  # times the doubt: a second interface, an exchanged one, or another device
OTHER_MAKER = 5.0  # times the doubt
ALONE = 5.0  # times the doubt of one agreement alone where names or addresses differ: a serial number may be mistyped
NAMING = ("host name", "AE title")
CROWDED = 0.5  # of the weight of a text that more than SHARED_MAX have, beside another agreement
CROWD_MAX = 0.1  # of all lines or devices; what more have says nothing
BELIEVED = 0.55  # a pair from here on: any two agreements that are not both shared, or one that is a number of its own
POSSIBLE = 0.3  # worth to be looked at by a person
CLEARER = 2.0  # how much more doubtful the next pair of the same line or device must be
SHARED_MAX = 50  # lines or devices that have the same text; it says nothing then
NEAR_MIN = 6  # characters of a serial number in which a typing error may be seen through

Key = tuple[str, str]  # name in AGREES, text
MakerOf = Callable[[str], str]  # a maker's name as written -> as we write it, or ""


class Pair(Struct, frozen=True, order=True):
    """A line and a device. reasons: what they agree and disagree in."""

    score: float
    entry: int  # place among the entries
    device: int
    reasons: tuple[str, ...]


class Matches(Struct, frozen=True):
    """One to one. ambiguous: pairs that may be, of lines and devices that no pair was believed for."""

    matched: tuple[Pair, ...]
    ambiguous: tuple[Pair, ...]


class _Features(Struct, frozen=True):
    """What can be compared of a line or a device, made comparable."""

    keys: tuple[Key, ...]  # (name in AGREES, text)
    serials: frozenset[str]
    macs: bool  # whether any is known
    maker: str
    model: str


def match(entries: Sequence[Entry], devices: Sequence[Device], maker_of: MakerOf) -> Matches:
    """All entries against all devices. The result does not depend on the order of either."""
    lines = [_of_entry(entry, maker_of) for entry in entries]
    seen = [_of_device(device, maker_of) for device in devices]
    return _assign(_pairs(lines, seen), entries, devices)


def _of_entry(entry: Entry, maker_of: MakerOf) -> _Features:
    keys = [("mac", mac) for text in entry.fields.values() for mac in macs(text)]
    keys += [("address", ip) for ip in addresses(" ".join(entry.get(name) for name in ("ip", "mac", "hostname")))]
    keys += [("host name", name) for name in host_names(entry.get("hostname"))]
    keys += [("AE title", name.upper()) for name in several(entry.get("ae_title"))]
    if asset := plain(entry.get("asset")):
        keys.append(("asset", asset))
    own = serial(entry.get("serial"))
    if own:
        keys.append(("serial", own))
    elsewhere = {serial(entry.get(name)) for name in ("model", "asset", "kind", "udi")} - {own, ""}
    keys += [("serial, written elsewhere", text) for text in elsewhere]
    maker = maker_of(entry.get("manufacturer")) or maker_of(entry.get("model"))
    model = plain(entry.get("model"))
    return _Features(
        _once(keys, maker, model), frozenset({own} - {""}), any(name == "mac" for name, _ in keys), maker, model
    )


def _of_device(device: Device, maker_of: MakerOf) -> _Features:
    values = {one.name: [b.value for b in (one.believed, *one.also, *one.others)] for one in device.attributes}
    keys = [("mac", mac) for mac in device.interfaces]
    keys += [("address", tenure.ip) for tenure in device.addresses]
    keys += [("host name", host_name(name)) for name in (*values.get("hostname", ()), device.name)]
    keys += [("AE title", name.upper()) for name in device.applications]
    keys += [("asset", plain(text)) for text in values.get("asset", ())]
    serials = frozenset(found for text in values.get("serial", ()) if (found := serial(text)))
    keys += [(name, text) for text in serials for name in ("serial", "serial, written elsewhere")]
    believed = {one.name: one.believed.value for one in device.attributes}
    maker = believed.get("manufacturer", "")
    model = plain(believed.get("model", ""))
    return _Features(
        _once(keys, maker_of(maker) or maker, model), serials, bool(device.interfaces), maker_of(maker) or maker, model
    )


def _once(keys: Iterable[Key], maker: str, model: str) -> tuple[Key, ...]:
    more = [("manufacturer and model", f"{maker}|{model}")] if maker and model else []
    if model:
        more.append(("model", model))
    return tuple(dict.fromkeys(key for key in (*keys, *more) if key[1]))


def _index(features: Sequence[_Features]) -> Mapping[Key, list[int]]:
    found: dict[Key, list[int]] = defaultdict(list)
    for place, each in enumerate(features):
        for key in each.keys:
            found[key].append(place)
    return found


def _pairs(lines: Sequence[_Features], seen: Sequence[_Features]) -> list[Pair]:
    by_line, by_device = _index(lines), _index(seen)
    agreements: dict[tuple[int, int], dict[str, float]] = defaultdict(dict)
    for key, places in by_line.items():
        holders = by_device.get(key, ())
        shared = max(len(places), len(holders))
        if not holders or shared > SHARED_MAX:
            continue
        weight = AGREES[key[0]] / shared
        for line in places:
            for device in holders:
                known = agreements[line, device]
                known[key[0]] = max(known.get(key[0], 0.0), weight)
    _typing_errors(lines, seen, agreements)
    _crowds(by_line, by_device, agreements, max(len(lines), len(seen)), lines)
    return [
        pair
        for (line, device), agrees in agreements.items()
        if (pair := _pair(line, device, agrees, lines[line], seen[device])).score >= POSSIBLE
    ]


def _crowds(
    by_line: Mapping[Key, Sequence[int]],
    by_device: Mapping[Key, Sequence[int]],
    agreements: Mapping[tuple[int, int], dict[str, float]],
    size: int,
    lines: Sequence[_Features],
) -> None:
    """What many have alone pairs nobody; beside another agreement it still says something."""
    crowded = {
        key: frozenset(by_device[key])
        for key, places in by_line.items()
        if key in by_device and SHARED_MAX < max(len(places), len(by_device[key])) <= CROWD_MAX * size
    }
    for (line, device), known in agreements.items():
        for key in lines[line].keys:
            if device in crowded.get(key, ()):
                known[key[0]] = max(known.get(key[0], 0.0), AGREES[key[0]] * CROWDED)


def _typing_errors(
    lines: Sequence[_Features], seen: Sequence[_Features], agreements: dict[tuple[int, int], dict[str, float]]
) -> None:
    """Serial numbers that differ in one place. Two texts with a typing error between them share one of the texts that
    come of leaving out a character."""
    left_out: dict[str, set[int]] = defaultdict(set)
    known = {text for each in seen for text in each.serials}
    for place, each in enumerate(seen):
        for text in each.serials:
            for short in _shorter(text):
                left_out[short].add(place)
    for line, each in enumerate(lines):
        for text in each.serials - known:
            for device in {place for short in _shorter(text) for place in left_out.get(short, ())}:
                if any(near(text, other) for other in seen[device].serials):
                    agreements[line, device]["serial but for a typing error"] = AGREES["serial but for a typing error"]


def _shorter(text: str) -> set[str]:
    return {text, *(text[:at] + text[at + 1 :] for at in range(len(text)))} if len(text) >= NEAR_MIN else set()


def _pair(line: int, device: int, agrees: Mapping[str, float], listed: _Features, seen: _Features) -> Pair:
    counted = [name for name in AGREES if name in agrees]
    if "manufacturer and model" in agrees:
        counted.remove("model")
    doubt = prod(1.0 - agrees[name] for name in counted)
    reasons = [f"same {name}" for name in counted]
    if listed.serials and seen.serials and not any(name.startswith("serial") for name in agrees):
        doubt *= OTHER_SERIAL
        reasons.append("another serial number")
    if "mac" not in agrees and listed.macs and seen.macs:
        doubt *= OTHER_MAC
        reasons.append("another hardware address")
    identifying = [name for name in counted if name not in ("manufacturer and model", "model")]
    if len(identifying) == 1 and (_differ(NAMING, agrees, listed, seen) or _differ(("address",), agrees, listed, seen)):
        doubt *= ALONE
        reasons.append("another name or address")
    if listed.maker and seen.maker and not same_maker(listed.maker, seen.maker):
        doubt *= OTHER_MAKER
        reasons.append("another manufacturer")
    return Pair(round(max(1.0 - doubt, 0.0), 4), line, device, tuple(reasons))


def _differ(names: Sequence[str], agrees: Mapping[str, float], listed: _Features, seen: _Features) -> bool:
    """Whether both have such a thing, and none in common."""
    return (
        not agrees.keys() & names and any(k in names for k, _ in listed.keys) and any(k in names for k, _ in seen.keys)
    )


def _assign(pairs: Sequence[Pair], entries: Sequence[Entry], devices: Sequence[Device]) -> Matches:
    """The strongest first. A pair with a rival near it is left to a person; a pair whose other end has a better one is
    no rival."""
    ranked = sorted(pairs, key=lambda pair: (-pair.score, entries[pair.entry].number, devices[pair.device].id))
    of_entry: dict[int, list[Pair]] = defaultdict(list)
    of_device: dict[int, list[Pair]] = defaultdict(list)
    for pair in ranked:
        of_entry[pair.entry].append(pair)
        of_device[pair.device].append(pair)
    best_of_entry = {entry: found[0].score for entry, found in of_entry.items()}
    best_of_device = {device: found[0].score for device, found in of_device.items()}
    matched: list[Pair] = []
    taken_entries: set[int] = set()
    taken_devices: set[int] = set()
    for pair in ranked:
        if pair.score < BELIEVED:
            break
        if pair.entry in taken_entries or pair.device in taken_devices:
            continue
        rivals = [
            other
            for other in of_entry[pair.entry]
            if other.device != pair.device
            and other.device not in taken_devices
            and other.score == best_of_device[other.device]
        ]
        rivals += [
            other
            for other in of_device[pair.device]
            if other.entry != pair.entry
            and other.entry not in taken_entries
            and other.score == best_of_entry[other.entry]
        ]
        if all(1.0 - other.score >= CLEARER * (1.0 - pair.score) for other in rivals):
            matched.append(pair)
            taken_entries.add(pair.entry)
            taken_devices.add(pair.device)
    ambiguous = [p for p in ranked if p.entry not in taken_entries and p.device not in taken_devices]
    return Matches(tuple(matched), tuple(ambiguous))
