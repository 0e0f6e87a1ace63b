"""Subjects as numbers: each is stored once, and what refers to it holds its number."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from parsers.api import TEXT_MAX, Id
from sensor.model import Subject
from sensor.store import schema
from sensor.store.statements import insert_into

REMEMBERED_MAX = 200_000  # subjects whose number is held in memory: some 60 MB, a large hospital twice over
CHUNK = 500  # parameters of one IN (...): older SQLite takes 999


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
        self._numbers: dict[Subject, int] = {}

    def numbers(self, connection: Connection, wanted: Iterable[Subject]) -> dict[Subject, int]:
        """The number of each subject; those that are new are stored."""
        unknown = {subject for subject in wanted if subject not in self._numbers}
        if unknown:
            if len(self._numbers) + len(unknown) > REMEMBERED_MAX:
                self._numbers.clear()
                unknown = set(wanted)
            self._learn(connection, unknown)
        return self._numbers

    def forget(self) -> None:
        """After a transaction that failed: its numbers may never have been stored."""
        self._numbers.clear()

    def _learn(self, connection: Connection, unknown: set[Subject]) -> None:
        rows: dict[str, dict[str, Any]] = {}
        keys: dict[Subject, str] = {}
        for subject in sorted(unknown):
            row = _row(subject)
            keys[subject] = row["key"]
            rows[row["key"]] = row
        insert = insert_into(connection.dialect.name, schema.subject)
        connection.execute(insert.on_conflict_do_nothing(index_elements=["key"]), list(rows.values()))
        found: dict[str, int] = {}
        left = iter(rows)
        table = schema.subject.c
        while chunk := list(islice(left, CHUNK)):
            stored = connection.execute(select(table.key, table.number).where(table.key.in_(chunk)))
            found.update((key, number) for key, number in stored)
        self._numbers.update((subject, found[key]) for subject, key in keys.items())


def _row(subject: Subject) -> dict[str, Any]:
    application = storable(subject.application)
    behind = msgspec.json.encode([(i.scheme, storable(i.value), storable(i.maker)) for i in subject.behind]).decode()
    whole = msgspec.json.encode((subject.mac, subject.ip, subject.vlan, application, behind))
    return {
        "key": hashlib.blake2b(whole, digest_size=16).hexdigest(),
        "mac": subject.mac,
        "ip": subject.ip,
        "vlan": subject.vlan,
        "application": application,
        "behind": behind,
    }


COLUMNS = tuple(schema.subject.c[name] for name in ("mac", "ip", "vlan", "application", "behind"))


def subject_of(row: Sequence[Any], at: int) -> Subject:
    """The subject whose `COLUMNS` begin at `at`."""
    mac, ip, vlan, application, behind = row[at : at + 5]
    ids = () if behind == "[]" else tuple(Id(*parts) for parts in _IDS.decode(behind))
    return Subject(mac, ip, vlan, application, ids)


_IDS = msgspec.json.Decoder(list[tuple[str, str, str]])
