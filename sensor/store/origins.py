"""Statements about one origin: begun, pruned, finished, renamed, removed; and its rows as tuples in column order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from sensor.evidence import VALUES_MAX
from sensor.model import Conversation, Evidence, Finding, Subject, rank
from sensor.rows import Origin, Rows, day_text
from sensor.store import schema
from sensor.store.days import is_apart
from sensor.store.error import StoreError
from sensor.store.origin import READING, OriginRow
from sensor.store.subjects import storable

Group = tuple[int, str, str]  # subject's number, observable, day
_GROUP = itemgetter(1, 2, 3)

CAPPED = "evidence.sightings_capped"  # counter: sightings of values over `VALUES_MAX`


def state(connection: Connection, origin: Origin) -> str | None:
    """The state of an origin, or None."""
    return connection.execute(_where(select(schema.origin.c.state), origin)).scalar()


def number(connection: Connection, origin: Origin) -> int | None:
    """The number that rows refer to an origin by, or None."""
    return connection.execute(_where(select(schema.origin.c.number), origin)).scalar()


def compacted(connection: Connection, at: int) -> str:
    """The last day of an origin of which rows were made one with others, or ""."""
    return str(connection.execute(select(schema.origin.c.compacted).where(schema.origin.c.number == at)).scalar_one())


def begin(connection: Connection, row: OriginRow) -> int:
    """Stores the origin, emptied if it was there, as being read."""
    values = _values(row) | {"state": READING, "batch": 0}
    found = number(connection, row.key)
    if found is not None:
        if compacted(connection, found):
            raise StoreError(
                f"{row.label} was compacted, together with others: it cannot be read again into the same database"
            )
        empty(connection, found)
        connection.execute(update(schema.origin).where(schema.origin.c.number == found).values(values))
        return found
    made = connection.execute(insert(schema.origin).values(values)).inserted_primary_key
    if made is None:
        raise StoreError("the database gave no number for a new origin; see sensor db status")
    return int(made[0])


def finish(connection: Connection, at: int, row: OriginRow, pruned: int) -> None:
    """Stores the last state and counters."""
    counters = row.counters | ({CAPPED: row.counters.get(CAPPED, 0) + pruned} if pruned else {})
    values = _values(msgspec.structs.replace(row, counters=counters))
    connection.execute(update(schema.origin).where(schema.origin.c.number == at).values(values))


def is_new_batch(connection: Connection, at: int, started: int, batch: int) -> bool:
    """Whether a batch is not here yet; from now on, in this transaction, it is. Batch 0 is always new."""
    last = held(connection, at, started)
    if not batch:
        return True
    if batch <= last:
        return False
    connection.execute(update(schema.origin).where(schema.origin.c.number == at).values(batch=batch))
    return True


def held(connection: Connection, at: int, started: int) -> int:
    """The last batch of an origin that was begun then. Who began it later has it for himself: two programs that read
    one capture would count it twice."""
    table = schema.origin.c
    found = connection.execute(select(table.started, table.batch).where(table.number == at)).one_or_none()
    if found is None or found.started != started:
        raise StoreError("another program began to read the same capture; it goes on, and this one gave way")
    return int(found.batch)


def rename(connection: Connection, at: int, new: Origin) -> None:
    """Changes the id; an unfinished origin that has it already gives way."""
    found = number(connection, new)
    if found is not None and found != at:
        remove(connection, new)
    connection.execute(update(schema.origin).where(schema.origin.c.number == at).values(id=new.id))


def remove(connection: Connection, origin: Origin) -> None:
    """Removes an origin and its rows."""
    found = number(connection, origin)
    if found is not None:
        empty(connection, found)
        connection.execute(delete(schema.origin).where(schema.origin.c.number == found))


def empty(connection: Connection, at: int) -> None:
    """Removes the rows of an origin."""
    for table in (schema.evidence, schema.conversation, schema.finding):
        connection.execute(delete(table).where(table.c.origin == at))


def prune(connection: Connection, at: int, suspects: Sequence[Group] | None = None) -> int:
    """Keeps, of each (subject, observable, day) of an origin, the `VALUES_MAX` values with the smallest rank. Returns
    how many sightings went: a number that does not depend on when, or how often, it is done. suspects: all that may
    have more; None where they are not known."""
    table = schema.evidence.c
    if suspects is None:
        group = (table.subject, table.observable, table.day)
        crowded = (
            select(*group)
            .where(table.origin == at, is_apart(table.day))
            .group_by(*group)
            .having(func.count(func.distinct(table.value)) > VALUES_MAX)
        )
        suspects = [(subject, observable, day) for subject, observable, day in connection.execute(crowded)]
    gone = 0
    for subject, observable, day in suspects:
        here = (table.origin == at, table.subject == subject, table.observable == observable, table.day == day)
        sightings: Counter[str] = Counter()
        for value, count in connection.execute(select(table.value, table.count).where(*here)):
            sightings[value] += count
        for value in sorted(sightings, key=lambda value: (rank(value), value))[VALUES_MAX:]:
            gone += sightings[value]
            connection.execute(delete(schema.evidence).where(*here, table.value == value))
    return gone


def groups(rows: Iterable[tuple[Any, ...]]) -> dict[Group, int]:
    """How many rows there are of each (subject, observable, day) that has several."""
    sizes = Counter(map(_GROUP, rows))
    return {group: size for group, size in sizes.items() if size > 1}


class Texts(dict[str, str]):
    """Values as they are stored: many rows have the same."""

    def __missing__(self, value: str) -> str:
        found = self[value] = storable(value)
        return found


class Days(dict[int, str]):
    """Days as they are stored."""

    def __missing__(self, day: int) -> str:
        text = self[day] = day_text(day)
        return text


def folded_evidence(at: int, numbers: Sequence[int], rows: Rows) -> list[tuple[Any, ...]]:
    """Rows of `schema.evidence`."""
    days, texts = Days(), Texts()
    return [
        (at, numbers[n], observable, days[day], texts[value], source, protocol, *sums)
        for (day, n, observable, value, protocol, source), sums in rows.said
    ]


def folded_conversations(at: int, rows: Rows) -> list[tuple[Any, ...]]:
    """Rows of `schema.conversation`."""
    days = Days()
    return [(at, days[ends[0]], *ends[1:], *sums) for ends, sums in rows.traffic.items()]


def folded_findings(at: int, numbers: Sequence[int], rows: Rows) -> list[tuple[Any, ...]]:
    """Rows of `schema.finding`."""
    return [
        (at, numbers[n], finding, day_text(day), protocol, *row[1:])
        for (day, n, finding, protocol), row in rows.flags.items()
    ]


def folded_groups(numbers: Sequence[int], rows: Rows) -> dict[Group, int]:
    """`groups` of them."""
    return {(numbers[n], observable, day_text(day)): size for (day, n, observable), size in rows.several.items()}


def evidence_row(at: int, numbers: dict[Subject, int], row: Evidence) -> tuple[Any, ...]:
    """A row of `schema.evidence`."""
    first, last = row.first, row.last
    return (
        at,
        numbers[row.subject],
        row.observable,
        row.day,
        storable(row.value),
        row.source,
        row.protocol,
        row.weight,
        row.count,
        first.time,
        first.frame,
        last.time,
        last.frame,
    )


def conversation_row(at: int, row: Conversation) -> tuple[Any, ...]:
    """A row of `schema.conversation`."""
    return (
        at,
        row.day,
        row.client,
        row.server,
        row.port,
        row.transport,
        row.protocol,
        row.encrypted,
        row.client_frames,
        row.client_bytes,
        row.server_frames,
        row.server_bytes,
        row.connections,
        row.first.time,
        row.first.frame,
        row.last.time,
        row.last.frame,
    )


def finding_row(at: int, numbers: dict[Subject, int], row: Finding) -> tuple[Any, ...]:
    """A row of `schema.finding`."""
    first, last = row.first, row.last
    return (
        at,
        numbers[row.subject],
        row.finding,
        row.day,
        row.protocol,
        row.count,
        first.time,
        first.frame,
        last.time,
        last.frame,
    )


def _where(statement: Any, origin: Origin) -> Any:
    table = schema.origin.c
    return statement.where(table.site == origin.site, table.sensor == origin.sensor, table.id == origin.id)


def _values(row: OriginRow) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in OriginRow.__struct_fields__}
    values["name"] = storable(row.name)
    values["counters"] = msgspec.json.encode(row.counters, order="sorted").decode()
    values["faults"] = msgspec.json.encode(row.faults).decode()
    return values
