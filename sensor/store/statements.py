"""Upserts that merge, written once per dialect: the same expressions on SQLite and PostgreSQL.

Rows are given to the driver as tuples in the table's column order: twice as fast as going through named parameters.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import Connection, Engine, Select, Table, case, func, insert, or_, select, tuple_
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.elements import ColumnElement

from sensor.store import postgresql, schema

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert

STAGED = 500  # rows from which on a table beside it pays
INSERTED = 5000  # rows handed to the driver at a time, so that a large site is not in memory twice
SUMS = ("count", "client_frames", "client_bytes", "server_frames", "server_bytes", "connections")


class Upsert(Struct, frozen=True):
    """Statements in the driver's own SQL for rows whose parts are the table's columns in order, those of the key first.

    many: for PostgreSQL, which takes many rows in one go into a table beside it, and merges them from there."""

    table: str
    key: int  # columns of it
    one: str
    many: str = ""

    def __call__(self, connection: Connection, rows: list[tuple[Any, ...]]) -> None:
        """Merges rows; a key that appears twice is merged twice."""
        if self.many and len(rows) >= STAGED and len({row[: self.key] for row in rows}) == len(rows):
            postgresql.staged(connection, self.table, self.many, rows)
        else:
            run(connection, self.one, rows)


class Upserts(Struct, frozen=True):
    """Of each table of rows that merge."""

    evidence: Upsert
    conversation: Upsert
    finding: Upsert


def upserts(engine: Engine) -> Upserts:
    """The statements for this engine's dialect."""
    return Upserts(*(_upsert(engine, table) for table in (schema.evidence, schema.conversation, schema.finding)))


def insert_into(name: str, table: Table) -> sqlite.Insert | Insert:
    """`INSERT` that knows `ON CONFLICT`, by dialect name."""
    if name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert  # takes a tenth of the start-up; most have no use for it

        return insert(table)
    return sqlite.insert(table)


def begins(column: Any, text: str) -> ColumnElement[bool]:
    """The column begins with the text, case and all: `LIKE` means different things to different databases."""
    return func.substr(column, 1, len(text)) == text


def run(connection: Connection, statement: str, rows: list[tuple[Any, ...]]) -> None:
    """Runs a statement for each row."""
    if rows:
        connection.exec_driver_sql(statement, rows)


def insert_all(connection: Connection, table: Table, rows: Iterable[tuple[Any, ...]]) -> None:
    """Inserts rows whose parts are the table's columns in order."""
    dialect = type(connection.dialect)(paramstyle=_style(connection.dialect.name))  # type: ignore[call-arg]  # as below
    statement = str(insert(table).compile(dialect=dialect))
    left = iter(rows)
    while chunk := list(islice(left, INSERTED)):
        run(connection, statement, chunk)


def driven(connection: Connection, statement: Select[Any]) -> list[tuple[Any, ...]]:
    """Rows as the driver gives them: what the database's layer would wrap each row in is not needed."""
    cursor = connection.execute(statement).cursor
    return [] if cursor is None else list(cursor.fetchall())


def delete_all(connection: Connection, table: Table, keys: Iterable[tuple[Any, ...]]) -> None:
    """Deletes rows by their keys, which are the table's first columns in order."""
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    names = [column.name for column in table.columns][: len(table.primary_key.columns)]
    key = " AND ".join(f"{name} = {mark}" for name in names)
    run(connection, f"DELETE FROM {table.name} WHERE {key}", list(keys))  # noqa: S608  # our names


def _style(name: str) -> str:
    return "format" if name == "postgresql" else "qmark"


def _upsert(engine: Engine, table: Table) -> Upsert:
    name, key = engine.dialect.name, list(table.primary_key.columns)
    one = _merging(insert_into(name, table), table)
    many = ""
    if name == "postgresql":
        staging = postgresql.beside(table)
        many = _compiled(engine, _merging(insert_into(name, table).from_select(list(table.c), select(staging)), table))
    return Upsert(table.name, len(key), _compiled(engine, one), many)


def _merging(insert: Any, table: Table) -> Any:
    """What becomes of a row whose key is there."""
    new, old = insert.excluded, table.c
    earlier = tuple_(new.first_time, new.first_frame) < tuple_(old.first_time, old.first_frame)
    later = tuple_(new.last_time, new.last_frame) > tuple_(old.last_time, old.last_frame)
    merged: dict[str, ColumnElement[Any]] = {}
    for name in ("first_time", "first_frame"):
        merged[name] = case((earlier, new[name]), else_=old[name])
    for name in ("last_time", "last_frame"):
        merged[name] = case((later, new[name]), else_=old[name])
    if "weight" in old:
        merged["weight"] = case((new.weight > old.weight, new.weight), else_=old.weight)
    if "encrypted" in old:
        merged["encrypted"] = or_(old.encrypted, new.encrypted)
    merged.update((name, old[name] + new[name]) for name in SUMS if name in old)
    return insert.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=merged)


def _compiled(engine: Engine, statement: Any) -> str:
    style = _style(engine.dialect.name)
    return str(statement.compile(dialect=type(engine.dialect)(paramstyle=style)))  # type: ignore[call-arg]  # every dialect takes it
