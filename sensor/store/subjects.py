"""Subjects as numbers: each is stored once, and what refers to it holds its number."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import count, islice
from typing import Any

import msgspec
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.dialects import sqlite

from parsers.api import TEXT_MAX, Id
from sensor.model import Subject
from sensor.store import schema
from sensor.store.statements import insert_into

REMEMBERED_MAX = 200_000  # subjects whose number is held in memory: some 60 MB, a large hospital twice over
UNKNOWN = 0  # databases number from 1
NAMES = ("key", "mac", "ip", "vlan", "application", "behind")
CHUNK = 500  # parameters of one IN (...): older SQLite takes 999

Stored = tuple[str, str, str, int, str, str]


def storable(text: str) -> str:
    """Text that every database takes: no NUL, no lone surrogate, and not longer than its column."""
    if len(text) > TEXT_MAX:
        text = text[:TEXT_MAX]
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "␀").encode("utf-8", "replace").decode("utf-8")


class Subjects:
    """The numbers of the subjects met so far."""

    def __init__(self) -> None:
        self._insert = str(insert(schema.subject).compile(dialect=sqlite.dialect(paramstyle="qmark")))
        self._numbers: dict[Subject, int] = {}
        self._listed: list[Subject] | None = None
        self._places: list[int] = []

    def numbers(self, connection: Connection, wanted: Collection[Subject]) -> dict[Subject, int]:
        """The number of each subject; those that are new are stored, in their own order."""
        unknown = sorted(subject for subject in wanted if subject not in self._numbers)
        self._know(connection, unknown, wanted)
        return self._numbers

    def by_number(self, connection: Connection, subjects: list[Subject], used: Iterable[int]) -> list[int]:
        """The number here of each subject that is used, in a list that is numbered otherwise, and grows. Of the list
        that was asked for last it is remembered: no subject is looked up twice."""
        if self._listed is not subjects:
            self._listed, self._places = subjects, []
        places = self._places
        places.extend([UNKNOWN] * (len(subjects) - len(places)))
        new = sorted(at for at in used if places[at] == UNKNOWN)
        wanted = [subjects[at] for at in new]
        self._know(connection, [subject for subject in wanted if subject not in self._numbers], wanted)
        for at in new:
            places[at] = self._numbers[subjects[at]]
        return places

    def stored(self, connection: Connection, wanted: Iterable[Subject]) -> dict[int, Subject]:
        """Subjects by number, as they are stored; without those that are not."""
        found: dict[str, int] = {}
        unknown = []
        numbers = set()
        for subject in wanted:
            if subject in self._numbers:
                numbers.add(self._numbers[subject])
            else:
                unknown.append(_row(subject)[0])
        _find(connection, unknown, found)
        table, known = schema.subject.c, {}
        left = iter(sorted(numbers.union(found.values())))
        while chunk := list(islice(left, CHUNK)):
            for row in connection.execute(select(table.number, *COLUMNS).where(table.number.in_(chunk))):
                known[row[0]] = subject_of(row, 1)
        return known

    def remember(self, stored: Mapping[int, Subject]) -> None:
        """Takes numbers that were just read, if they are not too many."""
        if len(self._numbers) + len(stored) <= REMEMBERED_MAX:
            self._numbers.update((subject, number) for number, subject in stored.items())

    def forget(self) -> None:
        """After a transaction that failed: its numbers may never have been stored."""
        self._numbers.clear()
        self._listed, self._places = None, []

    def _know(self, connection: Connection, unknown: Sequence[Subject], wanted: Collection[Subject]) -> None:
        if len(self._numbers) + len(unknown) > REMEMBERED_MAX:
            self._numbers.clear()
            unknown = sorted(wanted)
        if unknown:
            self._learn(connection, unknown)

    def _learn(self, connection: Connection, unknown: Iterable[Subject]) -> None:
        keys = {subject: _row(subject) for subject in unknown}
        rows = {row[0]: row for row in keys.values()}  # two subjects may be stored alike
        found: dict[str, int] = {}
        if connection.dialect.name == "sqlite":
            self._learn_alone(connection, rows, found)
        else:
            statement = insert_into(connection.dialect.name, schema.subject)
            values = [dict(zip(NAMES, row, strict=True)) for row in rows.values()]
            connection.execute(statement.on_conflict_do_nothing(index_elements=["key"]), values)
            _find(connection, rows, found)
        self._numbers.update((subject, found[row[0]]) for subject, row in keys.items())

    def _learn_alone(self, connection: Connection, rows: dict[str, Stored], found: dict[str, int]) -> None:
        """SQLite has one writer at a time: what it would number a new row is known, and need not be asked."""
        last = connection.execute(select(func.max(schema.subject.c.number))).scalar()
        if last is not None:
            _find(connection, rows, found)
        new = [key for key in rows if key not in found]
        found.update(zip(new, count((last or 0) + 1), strict=False))
        if new:
            connection.exec_driver_sql(self._insert, [(found[key], *rows[key]) for key in new])


def _find(connection: Connection, keys: Iterable[str], found: dict[str, int]) -> None:
    left = iter(keys)
    table = schema.subject.c
    while chunk := list(islice(left, CHUNK)):
        stored = connection.execute(select(table.key, table.number).where(table.key.in_(chunk)))
        found.update((key, number) for key, number in stored)


def _row(subject: Subject) -> Stored:
    """The columns of `NAMES`."""
    application = storable(subject.application)
    behind = "[]"
    if subject.behind:
        ids = [(i.scheme, storable(i.value), storable(i.maker)) for i in subject.behind]
        behind = msgspec.json.encode(ids).decode()
    whole = msgspec.json.encode((subject.mac, subject.ip, subject.vlan, application, behind))
    key = hashlib.blake2b(whole, digest_size=16).hexdigest()
    return key, subject.mac, subject.ip, subject.vlan, application, behind


COLUMNS = tuple(schema.subject.c[name] for name in ("mac", "ip", "vlan", "application", "behind"))


def subject_of(row: Sequence[Any], at: int) -> Subject:
    """The subject whose `COLUMNS` begin at `at`."""
    mac, ip, vlan, application, behind = row[at : at + 5]
    ids = () if behind == "[]" else tuple(Id(*parts) for parts in _IDS.decode(behind))
    return Subject(mac, ip, vlan, application, ids)


_IDS = msgspec.json.Decoder(list[tuple[str, str, str]])
