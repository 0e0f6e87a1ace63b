"""What was pushed before, by subject: devices are computed and may change their id, subjects stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from sensor.correlate.device import Device
from sensor.model import Subject

ACTIVE, SILENT, GONE = "active", "silent", "gone"


class Record(Struct, frozen=True, kw_only=True):
    """fields: what the target was last told. remote: the device's id there, or ""."""

    subject: Subject
    fields: Mapping[str, str]
    remote: str = ""
    state: str = ACTIVE
    at: int = 0  # ns since 1970 UTC


def primary(device: Device) -> Subject:
    """The subject that a new record is filed under."""
    return min(device.subjects)


class Records:
    """All records of a target, and which device each is about now."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._by_subject = {record.subject: record for record in records}

    def of(self, device: Device) -> Record | None:
        """The record of a device: of several, since devices were merged, the oldest."""
        found = [self._by_subject[subject] for subject in device.subjects if subject in self._by_subject]
        return min(found, key=lambda record: (record.at, record.subject)) if found else None

    def all(self) -> Iterable[Record]:
        """Every record."""
        return self._by_subject.values()

    def without(self, devices: Iterable[Device]) -> Iterator[Record]:
        """The records whose subjects belong to no device any more."""
        known = {subject for device in devices for subject in device.subjects}
        return (record for subject, record in self._by_subject.items() if subject not in known)
