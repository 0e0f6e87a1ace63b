"""Devices of a small hospital, written by hand, and a store that remembers in memory."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sensor.correlate.device import Attribute, Belief, Device, Tenure
from sensor.fingerprint.words import Kind
from sensor.model import DAY_NS, Subject
from sensor.push import client
from sensor.push.record import Record

MORNING = 1_767_600_000_000_000_000
KINDS = {
    "ct_scanner": Kind("ct_scanner", "imaging", "CT scanner", "Scanner", emdn="Z110306"),
    "patient_monitor": Kind("patient_monitor", "monitoring-and-therapy", "Patient monitor", "Moniteur"),
}


def device(number: int, **told: str) -> Device:
    """One device; `told` are its attributes, but for kind, name, and days_ago (since it was last seen)."""
    mac = f"00:09:fb:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"
    ip = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    kind, name = told.pop("kind", "patient_monitor"), told.pop("name", f"MON{number}")
    last = MORNING - int(told.pop("days_ago", "0")) * DAY_NS
    return Device(
        id=f"d-{number:08x}",
        site="main",
        kind=kind,
        name=name,
        attributes=(
            Attribute("kind", Belief(kind, 0.9, ())),
            *(Attribute(each, Belief(value, 0.9, ())) for each, value in told.items()),
        ),
        interfaces=(mac,),
        addresses=(Tenure(ip, last, last),),
        subjects=(Subject(mac=mac, ip=ip),),
        first_seen=last,
        last_seen=last,
    )


class Memory:
    """Keeps records as the store does."""

    def __init__(self) -> None:
        self.records: dict[str, dict[Subject, Record]] = {}

    def pushed(self, target: str) -> list[Record]:
        return list(self.records.get(target, {}).values())

    def save_pushed(self, target: str, records: Sequence[Record]) -> None:
        self.records.setdefault(target, {}).update({record.subject: record for record in records})


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two tries."""
    monkeypatch.setattr(client, "PAUSE_S", 0.001)
