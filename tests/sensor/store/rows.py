"""Rows to store, with every part that a test is not about filled in."""

from __future__ import annotations

from typing import Any

from sensor.model import Conversation, Evidence, Finding, Place, Subject
from sensor.rows import Origin
from sensor.store.origin import OriginRow

SECOND = 1_000_000_000
MORNING = 1_767_600_000 * SECOND  # 2026-01-05T08:00:00Z
CT = Subject(mac="00:09:fb:11:22:33", ip="10.1.2.3", vlan=12)
WARD = Origin("main", "tap1", "5f0c112233445566")


def origin_row(origin: Origin = WARD, **parts: Any) -> OriginRow:
    return OriginRow(site=origin.site, sensor=origin.sensor, id=origin.id, **({"name": "ward.pcap"} | parts))


def evidence(value: str = "CT001", origin: Origin = WARD, **parts: Any) -> Evidence:
    filled: dict[str, Any] = {
        "day": "2026-01-05",
        "subject": CT,
        "observable": "dicom.calling_ae",
        "protocol": "dicom",
        "source": "dicom",
        "weight": 0.9,
        "count": 1,
        "first": Place(MORNING, 118),
        "last": Place(MORNING, 118),
    }
    return Evidence(site=origin.site, sensor=origin.sensor, origin=origin.id, value=value, **(filled | parts))


def conversation(origin: Origin = WARD, **parts: Any) -> Conversation:
    filled: dict[str, Any] = {
        "day": "2026-01-05",
        "client": "10.1.2.3",
        "server": "10.1.2.9",
        "port": 104,
        "transport": "tcp",
        "protocol": "dicom",
        "encrypted": False,
        "client_frames": 10,
        "client_bytes": 1000,
        "server_frames": 5,
        "server_bytes": 500,
        "connections": 1,
        "first": Place(MORNING, 1),
        "last": Place(MORNING + SECOND, 20),
    }
    return Conversation(site=origin.site, sensor=origin.sensor, origin=origin.id, **(filled | parts))


def finding(origin: Origin = WARD, **parts: Any) -> Finding:
    filled: dict[str, Any] = {
        "day": "2026-01-05",
        "subject": CT,
        "finding": "dicom.cleartext",
        "protocol": "dicom",
        "count": 1,
        "first": Place(MORNING, 3),
        "last": Place(MORNING, 3),
    }
    return Finding(site=origin.site, sensor=origin.sensor, origin=origin.id, **(filled | parts))
