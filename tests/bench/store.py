"""The store beside plain SQL that does the same: rows written, a batch into a large inventory, questions, and size.

    python -m tests.bench.store [--devices 25000] [--write docs/database.md]

Figures are CPU seconds of this process and its children; what a PostgreSQL server does is seen in wall seconds only.
Quote the ratios: machines differ.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import psycopg
from msgspec.structs import replace

from sensor.fingerprint.load import load
from sensor.model import Evidence, Place, Subject
from sensor.rows import Key, Origin, Row, Rows
from sensor.service.inventory import rebuild
from sensor.service.retention import terms
from sensor.store.origin import COMPLETE, LIVE, OriginRow
from sensor.store.store import Store
from tests import postgresql
from tests.bench import site

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- figures: written by tests.bench.store -->", "<!-- end of figures -->"
KEY = "origin, subject, observable, day, value, source, protocol"
COLUMNS = f"{KEY}, weight, count, first_time, first_frame, last_time, last_frame"
UPSERT = (
    f"INSERT INTO evidence ({COLUMNS}) VALUES ({{marks}}) ON CONFLICT ({KEY}) DO UPDATE SET "
    "count = evidence.count + excluded.count, last_time = excluded.last_time, last_frame = excluded.last_frame"
)
LIST = (
    "SELECT d.id, d.kind, d.name, d.addresses, a.name, a.value, a.confidence FROM device d "
    "LEFT JOIN attribute a ON a.device = d.id AND a.place = 0 WHERE d.state = 'device' ORDER BY d.id, a.name"
)
WHY = "SELECT name, place, value, confidence, reasons FROM attribute WHERE device = ? ORDER BY name, place"
YEAR, SMALL, KEPT = 365, 100, 90  # days, devices, days that are not compacted by default
DRIVES = 4_000  # devices whose rows of a day are written: some 90,000 rows


class Clock:
    """CPU and wall seconds of what happens inside."""

    def __enter__(self) -> Self:
        self._cpu, self._wall = cpu(), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu, self.wall = cpu() - self._cpu, time.perf_counter() - self._wall


def cpu() -> float:
    mine = os.times()
    return mine.user + mine.system + mine.children_user + mine.children_system


def rows_of_a_day(devices: int) -> Rows:
    """As a ledger gives them."""
    subjects: dict[Subject, int] = {}
    said: list[tuple[Key, Row]] = []
    for each in site.evidence(devices, 0):
        number = subjects.setdefault(each.subject, len(subjects))
        key = (each.first.time // site.DAY, number, each.observable, each.value, each.protocol, each.source)
        sums = [each.weight, each.count, each.first.time, each.first.frame, each.last.time, each.last.frame]
        said.append((key, sums))
    return Rows(Origin(site.SITE, site.SENSOR, "day"), list(subjects), list(dict(said).items()), {}, {}, {})


def begun(store: Store, origin: Origin) -> OriginRow:
    row = OriginRow(site=origin.site, sensor=origin.sensor, id=origin.id, name=origin.id, kind=LIVE, last=site.START)
    store.begin(row)
    return row


def plain_rows(rows: Rows) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """The same for plain SQL: subjects, and evidence."""
    subjects: list[tuple[object, ...]] = [
        (at, f"{at:032x}", s.mac, s.ip, s.vlan, s.application, json.dumps([list(i.__rich_repr__()) for i in s.behind]))
        for at, s in enumerate(rows.subjects, 1)
    ]
    said: list[tuple[object, ...]] = [
        (1, k[1] + 1, k[2], "2026-01-05", k[3], k[5], k[4], *sums) for k, sums in rows.said
    ]
    return subjects, said


def writing(folder: Path) -> Iterator[Sequence[str]]:
    """Rows of a day, by the store and by a bare loop of the driver."""
    rows = rows_of_a_day(DRIVES)
    subjects, said = plain_rows(rows)
    with postgresql.server() as server:
        for name, url, bare in (
            ("SQLite", f"sqlite:///{folder}/store.db", f"sqlite:///{folder}/bare.db"),
            ("PostgreSQL", server.database(), server.database()),
        ):
            with Store.open(url) as store, Clock() as ours:
                begun(store, rows.origin)
                store.fold(rows, 1)
            Store.open(bare).close()
            theirs = bare_sqlite(bare, subjects, said) if name == "SQLite" else bare_postgresql(bare, subjects, said)
            took, plain = (ours.cpu, theirs.cpu) if name == "SQLite" else (ours.wall, theirs.wall)
            kind = "CPU" if name == "SQLite" else "wall"
            yield (
                f"{name}: {len(said):,} rows",
                f"{took:.2f} {kind} s, {len(said) / took:,.0f} rows/s",
                f"{plain:.2f} {kind} s, {len(said) / plain:,.0f} rows/s",
                f"{plain / took:.0%} of its speed",
            )


def bare_sqlite(url: str, subjects: list[tuple[object, ...]], said: list[tuple[object, ...]]) -> Clock:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA synchronous = NORMAL")
    with Clock() as clock:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO subject VALUES (?, ?, ?, ?, ?, ?, ?)", subjects)
        connection.executemany(UPSERT.format(marks=", ".join("?" * 13)), said)
        connection.execute("COMMIT")
    connection.close()
    return clock


def bare_postgresql(url: str, subjects: list[tuple[object, ...]], said: list[tuple[object, ...]]) -> Clock:
    with psycopg.connect(url) as connection, Clock() as clock:
        cursor = connection.cursor()
        cursor.executemany("INSERT INTO subject VALUES (%s, %s, %s, %s, %s, %s, %s)", subjects)
        cursor.executemany(UPSERT.format(marks=", ".join(["%s"] * 13)).encode(), said)
        connection.commit()
    return clock


def large(folder: Path, devices: int) -> Iterator[Sequence[str]]:
    """A batch into a large inventory, and questions to it."""
    url = f"sqlite:///{folder}/large.db"
    with Store.open(url) as store:
        count = site.fill(store, devices)
        found = rebuild(store, site.SITE)
        (row,) = [row for row in store.origins() if row.id == "live-0"]
    day = rows_of_a_day(devices)
    chosen = random.Random(1).sample(list(day.said), 2000)  # all over the table, none of which is in memory
    with Store.open(url) as store:
        store.resume(row)
        with Clock() as clock:
            store.fold(Rows(row.key, day.subjects, chosen[:1000], {}, {}, {}), 1)
    title = f"{found:,} devices, {count:,} rows of evidence"
    plain = bare_batch(folder / "large.db", Rows(row.key, day.subjects, chosen[1000:], {}, {}, {}))
    yield (
        f"{title}: 1,000 rows more",
        f"{clock.cpu:.3f} CPU s ({clock.wall:.3f} wall)",
        f"{plain.cpu:.3f} CPU s ({plain.wall:.3f} wall)",
        "limit: 0.2 s",
    )
    with sqlite3.connect(folder / "large.db") as connection:
        device = connection.execute("SELECT device FROM attribute ORDER BY device LIMIT 1").fetchone()[0]
        for words, statement, given, limit in (
            (["devices", "list"], LIST, (), "1 s"),
            (["devices", "why", device], WHY, (device,), "0.5 s"),
        ):
            with Clock() as ours:
                command = [sys.executable, "-m", "sensor", *words, "--db", url]
                subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            with Clock() as theirs:
                connection.execute(statement, given).fetchall()
            says = f"{ours.cpu:.2f} CPU s, start of the program included"
            yield f"`sensor {' '.join(words[:2])}`", says, f"{theirs.cpu:.2f} CPU s", f"limit: {limit}"


def bare_batch(path: Path, rows: Rows) -> Clock:
    """Subjects by their number, as they were stored in order; which is all that matters here."""
    _, said = plain_rows(rows)
    with sqlite3.connect(path, isolation_level=None) as connection:
        (origin,) = connection.execute("SELECT number FROM origin WHERE id = ?", (rows.origin.id,)).fetchone()
        numbered = [(origin, *row[1:]) for row in said]
        connection.execute("PRAGMA synchronous = NORMAL")
        with Clock() as clock:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(UPSERT.format(marks=", ".join("?" * 13)), numbered)
            connection.execute("COMMIT")
    return clock


def year(folder: Path) -> Iterator[Sequence[str]]:
    """Size of a year of a hundred devices that are seen every day, before and after it was compacted."""
    path = folder / "year.db"
    day_one = datetime.fromtimestamp(site.START / 1e9, UTC).date()
    with Store.open(f"sqlite:///{path}") as store:
        said = list(site.evidence(SMALL, 0))
        row = begun(store, Origin(site.SITE, site.SENSOR, "year"))
        for day in range(YEAR):
            store.add(row.key, [moved(each, day, (day_one + timedelta(day)).isoformat()) for each in said])
        store.finish(replace(row, state=COMPLETE, last=site.START + YEAR * site.DAY))
        yield size("as it was seen", path, store)
        rules = load()
        for kept in (KEPT, 0):
            before = (day_one + timedelta(YEAR - kept)).isoformat()
            with Clock() as clock:
                turns = list(store.compact(site.SITE, before, terms(rules)))
            looked = sum(turn.before.total() for turn in turns)
            store.shrink()
            name = f"compacted but for the last {kept} days" if kept else "compacted as a whole"
            yield size(f"{name} ({looked:,} rows in {clock.cpu:.1f} CPU s)", path, store)


def moved(each: Evidence, day: int, text: str) -> Evidence:
    first, last = (Place(at.time + day * site.DAY, at.frame) for at in (each.first, each.last))
    return replace(each, day=text, first=first, last=last)


def size(name: str, path: Path, store: Store) -> Sequence[str]:
    with sqlite3.connect(path) as connection:  # all of it in the file
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    rows = store.sizes()
    each = path.stat().st_size / SMALL
    return name, f"{rows['evidence'] / SMALL:,.0f}", f"{rows['sighting'] / SMALL:,.0f}", f"{each / 1000:,.1f} kB"


def table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--devices", type=int, default=25_000)
    parser.add_argument("--write", type=Path)
    told = parser.parse_args()
    text = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {sys.version.split()[0]}.\n\n"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text += table(("written", "the store", "a bare loop of the driver", ""), writing(folder)) + "\n"
        text += table(("SQLite", "sensor", "plain SQL", ""), large(folder, told.devices)) + "\n"
        text += table(("a device, seen every day of a year", "rows", "months", "size"), year(folder))
    print(text)
    if told.write:
        before, _, rest = told.write.read_text().partition(BEGIN)
        told.write.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main()
