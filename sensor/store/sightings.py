"""On which days a subject was seen whose rows were made one: a line for each subject and month, to the minute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, select

from sensor.correlate.lifecycle import Day, day_from, joined
from sensor.model import Subject
from sensor.store import schema
from sensor.store.statements import insert_all
from sensor.store.subjects import CHUNK, COLUMNS, subject_of

MINUTE_NS = 60 * 10**9
MONTH = 7  # characters of a day that name its month

Seen = tuple[int, int, int, dict[str, int]]  # day of the month, minutes since 1970 of first and last, uses

_encode = msgspec.msgpack.Encoder().encode
_SEEN = msgspec.msgpack.Decoder(list[Seen])


def add(connection: Connection, site: str, found: Mapping[int, Iterable[Day]]) -> None:
    """Adds days on which subjects, by number, were seen to those that are known."""
    table = schema.sighting.c
    numbers = sorted(found)
    rows = []
    for at in range(0, len(numbers), CHUNK):
        chunk = numbers[at : at + CHUNK]
        here = (table.site == site, table.subject.in_(chunk))
        days: dict[tuple[int, str], list[Day]] = {}
        for number, month, line in connection.execute(select(table.subject, table.month, table.days).where(*here)):
            days[number, month] = list(_days(month, line))
        changed = set()
        for number in chunk:
            for day in found[number]:
                key = (number, day.day[:MONTH])
                days.setdefault(key, []).append(day)
                changed.add(key)
        connection.execute(delete(schema.sighting).where(*here))
        rows += [(number, site, month, _line(joined(each))) for (number, month), each in sorted(days.items())]
    insert_all(connection, schema.sighting, rows)


def of_device(connection: Connection, device: str) -> Iterator[tuple[Subject, Day]]:
    """Whom of a device's subjects was seen on which day."""
    table, owned = schema.sighting.c, schema.device_subject.c
    statement = (
        select(table.month, table.days, *COLUMNS)
        .join(schema.subject, schema.subject.c.number == table.subject)
        .where(
            table.subject.in_(select(owned.subject).where(owned.device == device)),
            table.site == select(schema.device.c.site).where(schema.device.c.id == device).scalar_subquery(),
        )
    )
    rows: Sequence[Any] = connection.execute(statement).all()
    for row in rows:
        subject = subject_of(row, 2)
        for day in _days(row[0], row[1]):
            yield subject, day


def _days(month: str, line: bytes) -> Iterator[Day]:
    for number, first, last, uses in _SEEN.decode(line):
        yield day_from(f"{month}-{number:02}", first * MINUTE_NS, last * MINUTE_NS, uses)


def _line(days: Iterable[Day]) -> bytes:
    return _encode(
        [(int(day.day[MONTH + 1 :]), day.first // MINUTE_NS, day.last // MINUTE_NS, dict(day.uses)) for day in days]
    )
