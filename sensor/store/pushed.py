"""What other systems were last told, by target and subject."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select

from sensor.push.record import Record
from sensor.store import schema
from sensor.store.statements import insert_into
from sensor.store.subjects import COLUMNS, Subjects, storable, subject_of


def load(connection: Connection, target: str) -> list[Record]:
    """All records of a target."""
    table = schema.pushed.c
    plain = (table.remote, table.fields, table.state, table.at)
    statement = (
        select(*plain, *COLUMNS)
        .join(schema.subject, schema.subject.c.number == table.subject)
        .where(table.target == target)
        .order_by(table.subject)
    )
    return [
        Record(
            subject=subject_of(row, len(plain)),
            fields=msgspec.json.decode(row[1], type=dict[str, str]),
            remote=row[0],
            state=row[2],
            at=row[3],
        )
        for row in connection.execute(statement)
    ]


def save(connection: Connection, subjects: Subjects, target: str, records: Sequence[Record]) -> None:
    """Stores records, each in the place of the one before it."""
    if not records:
        return
    numbers = subjects.numbers(connection, {record.subject for record in records})
    insert = insert_into(connection.dialect.name, schema.pushed)
    changed = {name: insert.excluded[name] for name in ("remote", "fields", "state", "at")}
    statement = insert.on_conflict_do_update(index_elements=["target", "subject"], set_=changed)
    rows = {
        numbers[record.subject]: {
            "target": target,
            "subject": numbers[record.subject],
            "remote": record.remote,
            "fields": storable_json(record),
            "state": record.state,
            "at": record.at,
        }
        for record in records
    }
    connection.execute(statement, list(rows.values()))


def storable_json(record: Record) -> str:
    """The fields as text that every database takes."""
    return msgspec.json.encode({name: storable(value) for name, value in record.fields.items()}).decode()
