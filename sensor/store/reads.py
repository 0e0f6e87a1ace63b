"""Rows back as value types, streamed, in an order that only their contents decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, and_, collate, func, or_, select

from sensor.model import Conversation, Evidence, Finding, Place, Subject
from sensor.store import schema
from sensor.store.days import is_apart, plain, shown
from sensor.store.origin import Fault, OriginRow
from sensor.store.statements import begins
from sensor.store.subjects import COLUMNS, subject_of

STREAMED = 2000  # rows fetched at a time


class Wanted(Struct, frozen=True, kw_only=True):
    """Which rows are asked for; empty parts are not asked about, and parts that a kind of row has not do not filter it.

    origin: an id, a file's name, or a label (`ward.pcap#5f0c1122`). observable, finding: exact, or a beginning and `*`.
    ip: for conversations, either end. device: an id; rows about its subjects.
    apart: evidence of single days only, not what several days were made.
    """

    site: str = ""
    sensor: str = ""
    origin: str = ""
    day: str = ""
    mac: str = ""
    ip: str = ""
    application: str = ""
    protocol: str = ""
    observable: str = ""
    value: str = ""
    finding: str = ""
    port: int | None = None
    device: str = ""
    apart: bool = False


ALL = Wanted()


def origins(connection: Connection, wanted: Wanted) -> list[OriginRow]:
    """Every origin, by site, sensor, name and id."""
    table = schema.origin.c
    columns = [table[name] for name in OriginRow.__struct_fields__]
    statement = select(*columns).where(*_origin_is(wanted))
    statement = _ordered(connection, statement, table.site, table.sensor, table.name, table.id)
    return [
        OriginRow(
            **(
                row._asdict()
                | {
                    "counters": msgspec.json.decode(row.counters, type=dict[str, int]),
                    "faults": msgspec.json.decode(row.faults, type=tuple[Fault, ...]),
                }
            )
        )
        for row in connection.execute(statement)
    ]


def evidence(connection: Connection, wanted: Wanted) -> Iterator[Evidence]:
    """One subject's rows are adjacent."""
    table, origin = schema.evidence.c, schema.origin.c
    statement = (
        select(
            table.subject,
            *COLUMNS,
            origin.site,
            origin.sensor,
            origin.id,
            table.day,
            table.observable,
            table.value,
            table.protocol,
            table.source,
            table.weight,
            table.count,
            table.first_time,
            table.first_frame,
            table.last_time,
            table.last_frame,
        )
        .join(schema.origin, origin.number == table.origin)
        .join(schema.subject, schema.subject.c.number == table.subject)
        .where(
            *_origin_is(wanted),
            *_subject_is(wanted, table),
            *_is(table, wanted, ("protocol", "value")),
            *_day_is(table, wanted),
        )
    )
    if wanted.observable:
        statement = statement.where(_matches(table.observable, wanted.observable))
    keys = (table.observable, table.value, plain(table.day), table.source, table.protocol, origin.sensor, origin.id)
    statement = _ordered(connection, statement, origin.site, *COLUMNS, *keys)
    number, subject = -1, Subject()
    for row in _streamed(connection, statement):
        if row[0] != number:
            number, subject = row[0], subject_of(row, 1)
        _, _, _, _, _, _, site, sensor, origin_id, day, observable, value, protocol, source, weight, count, *at = row
        yield Evidence(
            site=site,
            sensor=sensor,
            origin=origin_id,
            day=shown(day),
            subject=subject,
            observable=observable,
            value=value,
            protocol=protocol,
            source=source,
            weight=weight,
            count=count,
            first=Place(at[0], at[1]),
            last=Place(at[2], at[3]),
        )


def conversations(connection: Connection, wanted: Wanted) -> Iterator[Conversation]:
    """Both ends are addresses, not subjects."""
    table, origin = schema.conversation.c, schema.origin.c
    names = [n for n in Conversation.__struct_fields__ if n not in ("site", "sensor", "origin", "first", "last")]
    places = (table.first_time, table.first_frame, table.last_time, table.last_frame)
    statement = (
        select(origin.site, origin.sensor, origin.id, *(table[name] for name in names), *places)
        .join(schema.origin, origin.number == table.origin)
        .where(*_origin_is(wanted), *_is(table, wanted, ("protocol", "port")), *_day_is(table, wanted))
    )
    if wanted.ip:
        statement = statement.where(or_(table.client == wanted.ip, table.server == wanted.ip))
    key = (table.client, table.server, table.port, table.transport, table.protocol, plain(table.day))
    for row in _streamed(connection, _ordered(connection, statement, origin.site, *key, origin.sensor, origin.id)):
        site, sensor, origin_id, *rest = row
        yield Conversation(
            site=site,
            sensor=sensor,
            origin=origin_id,
            first=Place(*rest[-4:-2]),
            last=Place(*rest[-2:]),
            **dict(zip(names, (shown(rest[0]), *rest[1:-4]), strict=True)),
        )


def findings(connection: Connection, wanted: Wanted) -> Iterator[Finding]:
    """Security-relevant facts about subjects."""
    table, origin = schema.finding.c, schema.origin.c
    statement = (
        select(
            *COLUMNS,
            origin.site,
            origin.sensor,
            origin.id,
            table.day,
            table.finding,
            table.protocol,
            table.count,
            table.first_time,
            table.first_frame,
            table.last_time,
            table.last_frame,
        )
        .join(schema.origin, origin.number == table.origin)
        .join(schema.subject, schema.subject.c.number == table.subject)
        .where(
            *_origin_is(wanted),
            *_subject_is(wanted, table),
            *_is(table, wanted, ("protocol",)),
            *_day_is(table, wanted),
        )
    )
    if wanted.finding:
        statement = statement.where(_matches(table.finding, wanted.finding))
    keys = (plain(table.day), table.protocol, origin.sensor, origin.id)
    for row in _streamed(connection, _ordered(connection, statement, origin.site, table.finding, *COLUMNS, *keys)):
        site, sensor, origin_id, day, finding, protocol, count, *at = row[5:]
        yield Finding(
            site=site,
            sensor=sensor,
            origin=origin_id,
            day=shown(day),
            subject=subject_of(row, 0),
            finding=finding,
            protocol=protocol,
            count=count,
            first=Place(at[0], at[1]),
            last=Place(at[2], at[3]),
        )


def sizes(connection: Connection) -> dict[str, int]:
    """Rows in each table."""
    tables = sorted(schema.metadata.tables.items())
    return {name: connection.execute(select(func.count()).select_from(table)).scalar_one() for name, table in tables}


def _ordered(connection: Connection, statement: Any, *columns: Any) -> Any:
    """By code point, as SQLite does by itself, and not by the rules of a language."""
    if connection.dialect.name == "postgresql":
        columns = tuple(collate(c, "C") if c.type.python_type is str else c for c in columns)
    return statement.order_by(*columns)


def _streamed(connection: Connection, statement: Any) -> Any:
    return connection.execution_options(yield_per=STREAMED).execute(statement)


def _is(table: Any, wanted: Wanted, names: tuple[str, ...]) -> list[Any]:
    asked = ((name, getattr(wanted, name)) for name in names)
    return [table[name] == value for name, value in asked if value not in ("", None)]


def _day_is(table: Any, wanted: Wanted) -> list[Any]:
    clauses = [plain(table.day) == wanted.day] if wanted.day else []
    return [*clauses, is_apart(table.day)] if wanted.apart else clauses


def _origin_is(wanted: Wanted) -> list[Any]:
    table = schema.origin.c
    clauses = _is(table, wanted, ("site", "sensor"))
    if wanted.origin:
        name, _, digits = wanted.origin.rpartition("#")
        label = and_(table.name == name, begins(table.id, digits))
        clauses.append(or_(table.id == wanted.origin, table.name == wanted.origin, label))
    return clauses


def _subject_is(wanted: Wanted, table: Any) -> list[Any]:
    clauses = _is(schema.subject.c, wanted, ("mac", "ip", "application"))
    if wanted.device:
        owned = schema.device_subject.c
        clauses.append(table.subject.in_(select(owned.subject).where(owned.device == wanted.device)))
    return clauses


def _matches(column: Any, pattern: str) -> Any:
    if pattern.endswith("*"):
        return begins(column, pattern[:-1])
    return column == pattern
