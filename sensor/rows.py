"""What a ledger gives to the store: folded rows, as tuples; and as values for whoever asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from msgspec import Struct

from sensor.model import Conversation, Evidence, Finding, Place, Subject

Row = list[float]  # weight, count, first time, first frame, last time, last frame
Key = tuple[int, int, str, str, str, str]  # day, number of the subject, observable, value, protocol, source
Group = tuple[int, int, str]  # of them, the first three
Ends = tuple[int, str, str, int, str, str, bool]  # day, client, server, port, transport, protocol, encrypted
Finds = tuple[int, int, str, str]  # day, number of the subject, finding, protocol


class Origin(Struct, frozen=True):
    """Which site, which sensor, and which capture or live run."""

    site: str
    sensor: str
    id: str


class Rows(Struct, frozen=True):
    """What a drained ledger gives to the store, as it was folded: a database wants columns, and there are many rows.
    Whoever wants values asks for `evidence`, `conversations` or `findings`, which are made anew each time."""

    origin: Origin
    subjects: list[Subject]  # by number; the ledger's own, which grows
    said: Collection[tuple[Key, Row]]
    traffic: Mapping[Ends, list[int]]
    flags: Mapping[Finds, Row]
    several: Mapping[Group, int]  # groups of more than one row, so that the store knows where there may be too many

    @property
    def evidence(self) -> list[Evidence]:
        """In the order of the first sighting."""
        return [
            Evidence(
                **self._of(day),
                subject=self.subjects[number],
                observable=observable,
                value=value,
                protocol=protocol,
                source=source,
                weight=row[0],
                **_counted(row),
            )
            for (day, number, observable, value, protocol, source), row in self.said
        ]

    @property
    def conversations(self) -> list[Conversation]:
        """Likewise."""
        return [
            Conversation(
                **self._of(day),
                client=client,
                server=server,
                port=port,
                transport=transport,
                protocol=protocol,
                encrypted=encrypted,
                client_frames=sums[0],
                client_bytes=sums[1],
                server_frames=sums[2],
                server_bytes=sums[3],
                connections=sums[4],
                first=Place(sums[5], sums[6]),
                last=Place(sums[7], sums[8]),
            )
            for (day, client, server, port, transport, protocol, encrypted), sums in self.traffic.items()
        ]

    @property
    def findings(self) -> list[Finding]:
        """Likewise."""
        return [
            Finding(**self._of(day), subject=self.subjects[number], finding=finding, protocol=protocol, **_counted(row))
            for (day, number, finding, protocol), row in self.flags.items()
        ]

    def _of(self, day: int) -> dict[str, Any]:
        origin = self.origin
        return {"site": origin.site, "sensor": origin.sensor, "origin": origin.id, "day": day_text(day)}


@lru_cache(maxsize=64)
def day_text(day: int) -> str:
    """Days since 1970 as YYYY-MM-DD."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date().isoformat()


def _counted(row: Row) -> dict[str, Any]:
    count, time, frame, until, until_frame = map(int, row[1:])
    return {"count": count, "first": Place(time, frame), "last": Place(until, until_frame)}
