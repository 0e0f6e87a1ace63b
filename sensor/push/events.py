"""What is new since the last push: devices that came, changed, fell silent, returned or are gone; and findings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from sensor.correlate.device import Device
from sensor.export import jsonl
from sensor.model import DAY_NS, Finding, Subject
from sensor.push.record import ACTIVE, GONE, SILENT, Record, Records, primary
from sensor.times import instant

NEW, CHANGED, WENT_SILENT, RETURNED, WENT, FOUND = (
    "device.new",
    "device.changed",
    "device.silent",
    "device.returned",
    "device.gone",
    "finding",
)
SEVERITIES = {NEW: 5, CHANGED: 3, WENT_SILENT: 4, RETURNED: 3, WENT: 5, FOUND: 6}  # of CEF: 0 to 10
ATTRIBUTES = ("manufacturer", "model", "serial", "software", "os", "hostname", "location", "department")


class Event(Struct, frozen=True):
    """kind: of the above. time: ns. record: what is to be remembered once the target has it."""

    kind: str
    time: int
    site: str
    device: Device | None
    subject: Subject
    changes: Mapping[str, tuple[str, str]]  # field -> before, after
    record: Record

    @property
    def id(self) -> str:
        """The same for the same thing told again, so that a receiver may tell it from a new one."""
        said = (self.kind, self.time, self.site, self.subject, sorted(self.changes.items()))
        return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:32]

    def as_object(self) -> dict[str, Any]:
        """What a webhook is sent."""
        return {
            "id": self.id,
            "event": self.kind,
            "time": instant(self.time),
            "site": self.site,
            "subject": jsonl.subject(self.subject),
            "device": jsonl.device(self.device) if self.device else None,
            "changes": {name: {"before": a, "after": b} for name, (a, b) in self.changes.items()},
        }


def facts(device: Device) -> dict[str, str]:
    """What a change of is worth a word."""
    believed = {one.name: one.believed.value for one in device.attributes}
    return {
        "kind": device.kind,
        "name": device.name,
        **{name: believed.get(name, "") for name in ATTRIBUTES},
        "interfaces": " ".join(device.interfaces),
        "addresses": " ".join(dict.fromkeys(tenure.ip for tenure in device.addresses)),
        "applications": " ".join(device.applications),
        "parent": device.parent,
    }


def of_devices(devices: Sequence[Device], records: Records, silent_after: int) -> Iterator[Event]:
    """In order of the devices' ids. silent_after: days without a frame, counted from the newest frame of the site."""
    newest = max((device.last_seen for device in devices), default=0)
    for device in sorted(devices, key=lambda one: one.id):
        record, now = records.of(device), facts(device)
        silent = newest - device.last_seen > silent_after * DAY_NS
        if record is None:
            yield _event(NEW, device, primary(device), now, {}, SILENT if silent else ACTIVE)
            continue
        changes = {name: (record.fields.get(name, ""), value) for name, value in now.items()}
        changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
        if changes:
            yield _event(CHANGED, device, record.subject, now, changes, record.state)
        if silent != (record.state == SILENT):
            kind, state = (WENT_SILENT, SILENT) if silent else (RETURNED, ACTIVE)
            yield _event(kind, device, record.subject, now, {}, state)
    for record in sorted(records.without(devices), key=lambda one: one.subject):
        if record.state != GONE:
            gone = msgspec.structs.replace(record, state=GONE, at=newest)
            yield Event(WENT, newest, devices[0].site if devices else "", None, record.subject, {}, gone)


def of_findings(findings: Iterable[Finding], records: Iterable[Record]) -> Iterator[Event]:
    """One for each finding about a subject that was not told before."""
    told = {record.subject: dict(record.fields) for record in records}
    for row in sorted(findings, key=lambda one: (one.first, one.subject, one.finding)):
        known = told.setdefault(row.subject, {})
        if row.finding in known:
            continue
        known[row.finding] = instant(row.first.time)
        record = Record(subject=row.subject, fields=dict(known), at=row.first.time)
        changes = {"finding": ("", row.finding), "protocol": ("", row.protocol)}
        yield Event(FOUND, row.first.time, row.site, None, row.subject, changes, record)


def _event(
    kind: str,
    device: Device,
    subject: Subject,
    now: Mapping[str, str],
    changes: Mapping[str, tuple[str, str]],
    state: str,
) -> Event:
    record = Record(subject=subject, fields=now, state=state, at=device.last_seen)
    return Event(kind, device.last_seen, device.site, device, subject, changes, record)
