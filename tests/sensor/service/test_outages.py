"""The database goes away while a live run is written: nothing is lost, nothing is written twice, and it is said."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from sensor.config import Retention
from sensor.correlate.networks import SITE
from sensor.fingerprint.load import load
from sensor.model import DAY_NS, Place
from sensor.rows import Origin, Rows
from sensor.service import retention, writing
from sensor.service.inventory import policy
from sensor.service.messages import Inbox, State
from sensor.service.retention import Upkeep
from sensor.service.writing import Writer
from sensor.store.error import StoreError
from sensor.store.origin import COMPLETE, LIVE, READING
from sensor.store.spool import Spool
from sensor.store.store import Store
from tests.disks import small_disk
from tests.sensor.store.rows import MORNING, evidence, origin_row
from tests.sensor.store.test_fold import say

ROW = origin_row(kind=LIVE, state=READING)


class Away(Store):
    """A store whose database is away while `away` is set."""

    away = False

    def fold(self, rows: Rows, batch: int = 0) -> None:
        if self.away:
            raise StoreError("it went away; try again when it is back", passing=True)
        super().fold(rows, batch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def run(folder: Path, size_max: int = 1 << 20) -> tuple[Away, Writer]:
    store = Away.open(f"sqlite:///{folder}/x.db")
    assert isinstance(store, Away)
    rules = load()
    ours, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    writer = Writer(store, ROW, policy(rules), SITE, rules, ours, Spool(folder / "spool", size_max))
    return store, writer


def batch(writer: Writer, value: str) -> None:
    """One batch with one statement in it."""
    say(writer._gathering.ledger, 1, value)
    writer._write()


def values(store: Store) -> dict[str, int]:
    return {row.value: row.count for row in store.evidence() if row.observable == "acme.name"}


def test_batches_wait_and_are_written_in_order_when_it_is_back(folder: Path) -> None:
    store, writer = run(folder)
    with store:
        store.begin(ROW)
        batch(writer, "before")
        store.away = True
        for _ in range(3):
            batch(writer, "meanwhile")
        assert values(store) == {"before": 1}
        assert writer._standing.spooled == 3
        assert "it went away" in writer._standing.errors[0]
        writer._catch_up()  # still away: asked again later, and later still
        first = writer._pause
        writer._catch_up()
        assert writer._pause > first
        store.away = False
        batch(writer, "after")  # not before those that wait
        assert values(store) == {"before": 1}
        writer._catch_up()
        assert values(store) == {"before": 1, "meanwhile": 3, "after": 1}
        assert writer._standing.spooled == 0
        assert list((folder / "spool").iterdir()) == []
        assert writer._counters()["live.rows_spooled"] > 0
        assert "live.rows_lost" not in writer._counters()


def test_what_a_run_left_is_written_by_the_next_one(folder: Path) -> None:
    store, writer = run(folder)
    with store:
        store.begin(ROW)
        store.away = True
        batch(writer, "left")
        writer._states[1] = State({"wire.frames": 7})
        writer._close()
        assert [(row.state, row.frames) for row in store.origins()] == [(READING, 7)]
    store, writer = run(folder)
    later = origin_row(Origin("main", "tap1", "a later run"), kind=LIVE, state=READING)
    writer._row = later
    with store:
        store.begin(later)
        writer._standing.spooled = 1
        writer._catch_up()
        assert values(store) == {"left": 1}
        assert {row.origin for row in store.evidence()} == {ROW.id}


def test_what_has_no_room_is_lost_and_counted(folder: Path) -> None:
    store, writer = run(folder, size_max=10)
    with store:
        store.begin(ROW)
        store.away = True
        batch(writer, "lost")
        assert writer._counters()["live.rows_lost"] > 0
        assert writer._standing.spooled == 0


def test_a_damaged_batch_does_not_hold_up_the_others(folder: Path) -> None:
    store, writer = run(folder)
    with store:
        store.begin(ROW)
        store.away = True
        for value in ("one", "two"):
            batch(writer, value)
        next(iter(writer._spool)).write_bytes(b"?")
        store.away = False
        writer._catch_up()
        assert values(store) == {"two": 1}
        assert writer._counters()["live.batches_broken"] == 1


def test_an_answer_that_was_lost(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch was committed, and the connection was cut before that was said."""
    store, writer = run(folder)
    with store:
        store.begin(ROW)

        def committed(rows: Rows, number: int = 0) -> None:
            Store.fold(store, rows, number)
            raise StoreError("it went away", passing=True)

        monkeypatch.setattr(store, "fold", committed)
        batch(writer, "once")
        monkeypatch.undo()
        assert writer._standing.spooled == 1
        writer._catch_up()
        assert values(store) == {"once": 1}


def test_pauses_are_bounded() -> None:
    assert writing.PAUSE < writing.PAUSE_MAX <= 60


def test_a_full_disk_under_the_spool(folder: Path) -> None:
    """The database is away and the disk is full: what is lost is counted, what was kept before is whole."""
    with small_disk(folder / "spool", "64k"):
        store, writer = run(folder)
        with store:
            store.begin(ROW)
            store.away = True
            for number in range(8):
                for each in range(60):
                    say(writer._gathering.ledger, 1, f"{number} {each} {'x' * 200}")
                writer._write()
            kept = writer._standing.spooled
            assert 0 < kept < 8
            counters = writer._counters()
            assert counters["live.rows_lost"] > 0
            assert counters["live.rows_spooled"] > 0
            assert "free some space there" in writer._standing.errors[0]
            store.away = False
            writer._catch_up()
            assert writer._standing.spooled == 0
            assert {value.split()[0] for value in values(store)} == {str(number) for number in range(kept)}
            assert "live.batches_broken" not in writer._counters()


def test_old_days_are_made_one_while_it_listens(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "FIRST", 0.0)
    monkeypatch.setattr(retention, "PAUSE", 0.0)
    days = 6
    with Store.open(f"sqlite:///{folder}/x.db") as store:
        earlier = Origin("main", "tap1", "an earlier run")
        store.begin(origin_row(earlier, kind=LIVE))
        for day in range(days):
            at = Place(MORNING + day * DAY_NS, 1)
            store.add(earlier, [evidence("CT", earlier, day=f"2026-01-{5 + day:02}", first=at, last=at)])
        store.finish(origin_row(earlier, kind=LIVE, state=COMPLETE, last=MORNING + days * DAY_NS))
    store, writer = run(folder)
    writer._upkeep = Upkeep(store, "main", Retention(compact_after=3), load())
    with store:
        store.begin(ROW)
        for _ in range(4):
            writer._clock()
        assert [row.count for row in store.evidence()] == [3, 1, 1, 1]
        assert writer._counters()["live.rows_compacted"] == 2
        writer._clock()
        assert writer._counters()["live.rows_compacted"] == 2  # not again on the same day


def test_what_a_worker_had_not_read_when_the_time_was_over_is_counted(folder: Path) -> None:
    """By its last word: 100 frames had come, 10 of them were lost, 60 read."""
    store, writer = run(folder)
    ours, theirs = os.pipe()
    with store:
        writer._inboxes[1] = Inbox(ours)
        writer._states[1] = State({"live.kernel_frames": 100, "live.kernel_dropped": 10, "wire.frames": 60})
        writer._stop = time.monotonic() - 1
        writer.run()
        (row,) = store.origins()
    os.close(ours)
    os.close(theirs)
    counters = row.counters
    assert (row.state, counters["live.workers_unheard"], counters["live.unread"]) == (COMPLETE, 1, 30)
