"""Batches that wait on disk: whole or not there, in order, bounded, written once."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from parsers.api import About
from sensor.model import Evidence
from sensor.store.error import StoreError
from sensor.store.origin import OriginRow
from sensor.store.patience import Batches, waited_for
from sensor.store.spool import BROKEN, Spool, batch_of, folder_of
from sensor.store.store import Store
from tests.sensor.store.rows import WARD, origin_row
from tests.sensor.store.test_fold import book, full, say


def rows_of(store: Store) -> list[Evidence]:
    return sorted(store.evidence(), key=lambda row: (row.subject, row.observable, row.value, row.day))


def test_a_batch_comes_back_as_it_was(tmp_path: Path, url: str) -> None:
    spool = Spool(tmp_path / "spool")
    assert spool.put(batch_of(1, origin_row(), full().drain()))
    (path,) = spool
    batch = spool.take(path)
    assert batch is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(spool.folder.stat().st_mode) == 0o700
    with Store.open(url) as store:
        store.begin(origin_row())
        store.fold(full().drain())
        straight = rows_of(store), sorted(store.conversations(), key=repr), sorted(store.findings(), key=repr)
        store.begin(origin_row())
        store.fold(batch.rows(), batch.number)
        assert (rows_of(store), sorted(store.conversations(), key=repr), sorted(store.findings(), key=repr)) == straight
        assert len(straight[0]) > 10


def test_only_the_subjects_that_it_is_about(tmp_path: Path) -> None:
    ledger = book()
    for n in range(50):
        say(ledger, n, "a", About(f"10.0.0.{n}"))
    ledger.drain()
    say(ledger, 60, "b", About("10.0.0.7"))
    batch = batch_of(1, origin_row(), ledger.drain())
    assert [subject.ip for subject in batch.subjects] == ["10.0.0.7"]


def test_in_the_order_in_which_they_were_put(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    rows = full().drain()
    for started, number in ((2, 1), (1, 10), (1, 2)):
        assert spool.put(batch_of(number, origin_row(started=started), rows))
    found = [spool.take(path) for path in spool]
    assert [(batch.row.started, batch.number) for batch in found if batch] == [(1, 2), (1, 10), (2, 1)]


def test_there_is_room_for_so_much(tmp_path: Path) -> None:
    rows = full().drain()
    alone = Spool(tmp_path / "a")
    alone.put(batch_of(1, origin_row(), rows))
    size = alone.standing()[1]
    spool = Spool(tmp_path / "b", size_max=2 * size + 10)
    assert [spool.put(batch_of(number, origin_row(), rows)) for number in (1, 2, 3)] == [True, True, False]
    assert spool.standing() == (2, 2 * size)
    spool.done(next(iter(spool)))
    assert spool.put(batch_of(3, origin_row(), rows))


@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:-1], lambda data: data[:10], lambda data: b"", lambda data: data[:40] + b"\xff" + data[41:]],
    ids=["cut", "head", "empty", "flipped"],
)
def test_a_damaged_batch_is_put_aside(tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    spool = Spool(tmp_path)
    spool.put(batch_of(1, origin_row(), full().drain()))
    (path,) = spool
    path.write_bytes(damage(path.read_bytes()))
    assert spool.take(path) is None
    assert list(spool) == []
    assert [each.suffix for each in tmp_path.iterdir()] == [BROKEN]


def test_a_disk_that_does_not_take_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"could not spool to .*; free some space there"):
        Spool(tmp_path / "file").put(batch_of(1, origin_row(), full().drain()))


def test_where_batches_wait(tmp_path: Path) -> None:
    assert folder_of(f"sqlite:///{tmp_path}/x.db", "") == tmp_path / "x.db.spool"
    assert folder_of("postgresql://auscult@db/auscult", "") == Path("auscult.spool")
    assert folder_of("postgresql://auscult@db/auscult", "/var/spool/auscult") == Path("/var/spool/auscult")


def test_a_numbered_batch_is_written_once(url: str) -> None:
    with Store.open(url) as store:
        store.begin(origin_row())
        for number in (1, 1, 2, 1, 2):
            store.fold(full().drain(), number)
        assert {row.count for row in store.evidence() if row.observable == "acme.name"} == {2}
    with Store.open(url) as again:  # as a program that was killed after the commit would
        again.resume(origin_row())
        again.fold(full().drain(), 2)
        assert {row.count for row in again.evidence() if row.observable == "acme.name"} == {2}
        again.fold(full().drain(), 3)
        assert {row.count for row in again.evidence() if row.observable == "acme.name"} == {3}
        again.begin(origin_row())  # read again from its beginning
        again.fold(full().drain(), 1)
        assert {row.count for row in again.evidence() if row.observable == "acme.name"} == {1}


def test_what_comes_after_a_lost_run_goes_to_that_run(url: str) -> None:
    row: OriginRow = origin_row()
    with Store.open(url) as store:
        store.resume(row)  # the run's beginning was never stored either
        store.fold(full().drain(), 1)
        assert {each.origin for each in store.evidence()} == {WARD.id}


def failing(times: int, *, passing: bool) -> tuple[list[float], object]:
    pauses: list[float] = []

    def call() -> str:
        if len(pauses) < times:
            raise StoreError("away", passing=passing)
        return "there"

    return pauses, call


def test_a_passing_trouble_is_waited_for() -> None:
    pauses, call = failing(3, passing=True)
    assert callable(call)
    assert waited_for(call, sleep=pauses.append) == "there"
    assert pauses == [0.5, 1.0, 2.0]


def test_another_one_is_not() -> None:
    pauses, call = failing(1, passing=False)
    assert callable(call)
    with pytest.raises(StoreError):
        waited_for(call, sleep=pauses.append)
    assert pauses == []


def test_patience_ends() -> None:
    now = [0.0]
    with pytest.raises(StoreError):
        waited_for(
            lambda: (_ for _ in ()).throw(StoreError("away", passing=True)),
            patience=5.0,
            sleep=lambda pause: now.__setitem__(0, now[0] + pause),
            clock=lambda: now[0],
        )
    assert 3.0 < now[0] <= 5.0


def test_a_batch_whose_answer_was_lost_is_not_merged_twice(url: str) -> None:
    with Store.open(url) as store:
        store.begin(origin_row())
        lost = iter([True, False])

        def fold(rows: object, number: int) -> None:
            store.fold(rows, number)  # type: ignore[arg-type]  # Rows
            if next(lost, False):
                raise StoreError("it went away", passing=True)

        Batches(fold)(full().drain())  # type: ignore[arg-type]  # likewise
        assert {row.count for row in store.evidence() if row.observable == "acme.name"} == {1}
