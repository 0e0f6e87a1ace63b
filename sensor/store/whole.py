"""All evidence of a site, as correlation reads it: in no order, each subject and each repeated text once in memory.

`reads` is for who looks rows up and wants them sorted; here a million rows are read, to be grouped by their subjects.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection, func, select

from sensor.model import Conversation, Evidence, Place, Subject
from sensor.store import schema
from sensor.store.days import shown
from sensor.store.reads import STREAMED
from sensor.store.subjects import CHUNK, COLUMNS, Subjects, subject_of

TEXTS_MAX = 1 << 16  # texts of which one copy is kept for all rows; most that come again come again soon


def evidence(connection: Connection, subjects: Subjects, site: str) -> Iterator[Evidence]:
    """Every row of a site. The subjects met are remembered with their numbers: devices are saved with them next."""
    origins = _origins(connection, site)
    known: dict[int, Subject] = {}
    for row in _streamed(connection, select(schema.subject.c.number, *COLUMNS)):
        known[row[0]] = subject_of(row, 1)
    subjects.remember(known)
    statement = _STATED
    if connection.execute(select(func.count()).select_from(schema.origin)).scalar_one() > len(origins):
        statement = statement.where(schema.evidence.c.origin.in_(origins))  # else a scan, which is faster
    yield from _read(_streamed(connection, statement), site, origins, known)


def evidence_about(
    connection: Connection, subjects: Subjects, site: str, wanted: Collection[Subject]
) -> Iterator[Evidence]:
    """The rows about some subjects."""
    table = schema.evidence.c
    origins = _origins(connection, site)
    known = subjects.stored(connection, wanted)
    left = iter(sorted(known))
    while chunk := list(islice(left, CHUNK)):
        statement = _STATED.where(table.origin.in_(origins), table.subject.in_(chunk))  # as the table is sorted
        yield from _read(_streamed(connection, statement), site, origins, known)


def _read(
    rows: Iterable[Sequence[Any]], site: str, origins: Mapping[int, tuple[str, str]], known: Mapping[int, Subject]
) -> Iterator[Evidence]:
    """Rows of `_STATED` as values."""
    texts: dict[str, str] = {}
    weights: dict[float, float] = {}
    days = Days()
    same = texts.setdefault
    first = last = Place(0, 0)
    time = frame = 0
    for row in rows:
        origin, number, observable, day, value, source, protocol, weight, count, since, at, until, end = row
        if since != time or at != frame:  # rows of one utterance follow each other
            time, frame = since, at
            first = Place(since, at)
        if until == since and end == at:
            last = first
        elif until != last.time or end != last.frame:
            last = Place(until, end)
        if len(texts) >= TEXTS_MAX:
            texts.clear()
        sensor, id_ = origins[origin]
        yield Evidence(
            site=site,
            sensor=sensor,
            origin=id_,
            day=days[day],
            subject=known[number],
            observable=same(observable, observable),
            value=same(value, value),
            protocol=same(protocol, protocol),
            source=same(source, source),
            weight=weights.setdefault(weight, weight),
            count=count,
            first=first,
            last=last,
        )


def served(
    connection: Connection, site: str, protocols: Collection[str], clients: Collection[str] | None = None
) -> Iterator[Conversation]:
    """Conversations of some protocols whose server answered; only of these clients, if they are given."""
    table = schema.conversation.c
    origins = _origins(connection, site)
    names = [name for name in Conversation.__struct_fields__ if name in table and name not in ("origin", "day")]
    days = Days()
    places = (table.first_time, table.first_frame, table.last_time, table.last_frame)
    statement = select(table.origin, table.day, *places, *(table[name] for name in names)).where(
        table.origin.in_(origins), table.protocol.in_(protocols), table.server_frames > 0
    )
    parts = [statement]
    if clients is not None:
        left = iter(sorted(clients))
        chunks = iter(lambda: list(islice(left, CHUNK)), [])
        parts = [statement.where(table.client.in_(chunk)) for chunk in chunks]
    for origin, day, since, at, until, end, *rest in (row for part in parts for row in _streamed(connection, part)):
        sensor, id_ = origins[origin]
        columns: dict[str, Any] = dict(zip(names, rest, strict=True))
        yield Conversation(
            site=site,
            sensor=sensor,
            origin=id_,
            day=days[day],
            first=Place(since, at),
            last=Place(until, end),
            **columns,
        )


_TABLE = schema.evidence.c
_STATED = select(
    _TABLE.origin,
    _TABLE.subject,
    _TABLE.observable,
    _TABLE.day,
    _TABLE.value,
    _TABLE.source,
    _TABLE.protocol,
    _TABLE.weight,
    _TABLE.count,
    _TABLE.first_time,
    _TABLE.first_frame,
    _TABLE.last_time,
    _TABLE.last_frame,
)


class Days(dict[str, str]):
    """Days as everybody writes them: a few, of many rows."""

    def __missing__(self, stored: str) -> str:
        found = self[stored] = shown(stored)
        return found


def _origins(connection: Connection, site: str) -> dict[int, tuple[str, str]]:
    """Number of each origin of a site -> sensor and id."""
    table = schema.origin.c
    rows = connection.execute(select(table.number, table.sensor, table.id).where(table.site == site))
    return {number: (sensor, id_) for number, sensor, id_ in rows}


def _streamed(connection: Connection, statement: Any) -> Iterator[Sequence[Any]]:
    """The rows of a statement, fetched many at a time: one at a time costs more than reading them."""
    found = connection.execution_options(yield_per=STREAMED).execute(statement)
    return chain.from_iterable(found.partitions())
