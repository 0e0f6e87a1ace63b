"""People's decisions: kept by subject, so that they outlive every rebuild of the devices."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select

from sensor.correlate.decisions import Decision
from sensor.model import Subject
from sensor.store import schema
from sensor.store.error import UnknownDecisionError
from sensor.store.subjects import COLUMNS, Subjects, storable, subject_of

_PLAIN = ("number", "site", "action", "seen", "other_seen", "name", "value", "by", "at")


def add(connection: Connection, subjects: Subjects, decision: Decision, instead_of: Iterable[int]) -> int:
    """Stores a decision in the place of others; gives its number."""
    for number in instead_of:
        connection.execute(delete(schema.decision).where(schema.decision.c.number == number))
    meant = {each for each in (decision.subject, decision.other) if each != Subject()}
    numbers = subjects.numbers(connection, meant)
    row = {
        "site": decision.site,
        "action": decision.action,
        "subject": numbers[decision.subject],
        "seen": decision.seen,
        "other": numbers[decision.other] if decision.other != Subject() else None,
        "other_seen": decision.other_seen,
        "name": decision.name,
        "value": storable(decision.value),
        "by": storable(decision.by)[: schema.NAME],
        "at": decision.at,
    }
    key = connection.execute(insert(schema.decision).values(row)).inserted_primary_key
    if key is None:
        raise UnknownDecisionError("the database gave the decision no number; decide again")
    return int(key[0])


def load(connection: Connection, site: str = "") -> list[Decision]:
    """The decisions of a site, or all, in the order in which they were taken."""
    table, other = schema.decision.c, schema.subject.alias("other")
    theirs = tuple(other.c[column.name] for column in COLUMNS)
    plain = [table[name] for name in _PLAIN]
    statement = (
        select(*plain, *COLUMNS, *theirs)
        .join(schema.subject, schema.subject.c.number == table.subject)
        .join(other, other.c.number == table.other, isouter=True)
        .order_by(table.at, table.number)
    )
    if site:
        statement = statement.where(table.site == site)
    at = len(_PLAIN)
    return [
        Decision(
            **dict(zip(_PLAIN, row, strict=False)),
            subject=subject_of(row, at),
            other=subject_of(row, at + len(COLUMNS)) if row[at + len(COLUMNS)] is not None else Subject(),
        )
        for row in connection.execute(statement)
    ]


def remove(connection: Connection, number: int) -> Decision:
    """Takes a decision back."""
    found = next((each for each in load(connection) if each.number == number), None)
    if found is None:
        raise UnknownDecisionError(f"there is no decision {number}; sensor devices decisions lists them")
    connection.execute(delete(schema.decision).where(schema.decision.c.number == number))
    return found
