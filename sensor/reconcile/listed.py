"""What a list says of devices, as evidence of source `list`: kept like any evidence, and shown as such by `why`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from parsers.api import TEXT_MAX
from sensor.model import DAY_NS, Evidence, Place
from sensor.reconcile.outcome import Finding
from sensor.rows import Origin, day_text

PROTOCOL = "list"
IMPORTED = {  # field of the list -> how far it is believed of the device
    "asset": 0.9,
    "department": 0.7,
    "room": 0.7,
    "owner": 0.7,
    "supplier": 0.8,
    "maintenance": 0.8,
    "criticality": 0.8,
}

Keep = Callable[[str, str], str]  # observable and text -> what may be kept of it


def evidence(found: Iterable[Finding], origin: Origin, keep: Keep) -> Iterator[Evidence]:
    """A row for each thing that the list says of a device that it was matched with.

    It is about the subject that the device was last seen as, at the time of that sighting: so it stays with whoever
    held the address then. place.frame is the line of the list.
    """
    for one in found:
        if one.entry is None or one.device is None or one.class_ not in ("matched", "different"):
            continue
        subjects = [subject for subject in one.device.subjects if not subject.application] or one.device.subjects
        if not subjects:
            continue
        subject = min(subjects)
        place = Place(one.device.last_seen, one.entry.number)
        for field, weight in IMPORTED.items():
            text = one.entry.get(field)
            if not text:
                continue
            observable = f"{PROTOCOL}.{field}"
            yield Evidence(
                site=origin.site,
                sensor=origin.sensor,
                origin=origin.id,
                day=day_text(one.device.last_seen // DAY_NS),
                subject=subject,
                observable=observable,
                value=keep(observable, text[:TEXT_MAX]),
                protocol=PROTOCOL,
                source=PROTOCOL,
                weight=weight,
                count=1,
                first=place,
                last=place,
            )
