"""What comes of comparing a list with the inventory: five classes, in an order that their content alone decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from sensor.correlate.device import Device
from sensor.names import shown
from sensor.reconcile.compare import Difference, differences
from sensor.reconcile.entry import Entry
from sensor.reconcile.match import MakerOf, match

CLASSES = {  # as people read them
    "matched": "on the list and seen",
    "different": "on the list and seen, with differences",
    "ambiguous": "may be one; a person must tell",
    "unseen": "on the list, never seen",
    "unlisted": "seen, not on the list",
}


class Finding(Struct, frozen=True):
    """One line of the outcome. class_: of CLASSES. entry or device is None where there is none."""

    class_: str
    entry: Entry | None
    device: Device | None
    score: float = 0.0
    reasons: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()


def reconcile(entries: Sequence[Entry], devices: Sequence[Device], maker_of: MakerOf) -> list[Finding]:
    """Every entry and every device once; in ambiguous pairs as often as they may be."""
    found = match(entries, devices, maker_of)
    matched: list[Finding] = []
    for pair in found.matched:
        entry, device = entries[pair.entry], devices[pair.device]
        differ = tuple(differences(entry, device, maker_of))
        matched.append(Finding("different" if differ else "matched", entry, device, pair.score, pair.reasons, differ))
    ambiguous = [
        Finding("ambiguous", entries[pair.entry], devices[pair.device], pair.score, pair.reasons)
        for pair in found.ambiguous
    ]
    told = {one.entry.number for one in (*matched, *ambiguous) if one.entry}
    known = {one.device.id for one in (*matched, *ambiguous) if one.device}
    rest = [Finding("unseen", entry, None) for entry in entries if entry.number not in told]
    rest += [Finding("unlisted", None, device) for device in devices if device.id not in known]
    return sorted((*matched, *ambiguous, *rest), key=_order)


def _order(one: Finding) -> tuple[int, int, float, str]:
    number = one.entry.number if one.entry else 0
    return list(CLASSES).index(one.class_), number, -one.score, one.device.id if one.device else ""


def as_object(one: Finding) -> dict[str, Any]:
    """The shape of `--json`."""
    return {
        "class": one.class_,
        "line": one.entry.number if one.entry else None,
        "listed": {name: shown(text) for name, text in one.entry.fields.items()} if one.entry else None,
        "device": one.device.id if one.device else None,
        "name": one.device.name if one.device else None,
        "kind": one.device.kind if one.device else None,
        "score": one.score or None,
        "reasons": one.reasons,
        "differences": [{"field": d.field, "listed": shown(d.listed), "seen": shown(d.seen)} for d in one.differences],
    }


HEADERS = (
    "class",
    "line",
    "asset",
    "listed as",
    "listed serial",
    "device",
    "kind",
    "name",
    "seen as",
    "seen serial",
    "seen at",
    "score",
    "reasons",
    "differences",
)


def rows(found: Sequence[Finding]) -> Iterator[tuple[str | float, ...]]:
    """As a sheet has it, headers first."""
    yield HEADERS
    for one in found:
        entry, device = one.entry, one.device
        values = {each.name: each.believed.value for each in device.attributes} if device else {}
        yield (
            one.class_,
            entry.number if entry else "",
            entry.get("asset") if entry else values.get("asset", ""),
            f"{entry.get('manufacturer')} {entry.get('model') or entry.get('kind')}".strip() if entry else "",
            entry.get("serial") if entry else "",
            device.id if device else "",
            device.kind if device else "",
            device.name if device else "",
            f"{values.get('manufacturer', '')} {values.get('model', '')}".strip(),
            values.get("serial", ""),
            device.addresses[-1].ip if device and device.addresses else "",
            one.score or "",
            ", ".join(one.reasons),
            "; ".join(f"{d.field}: {d.listed} / {d.seen}" for d in one.differences),
        )
