"""What a ledger held is stored as its values say, whole or not at all, and the cap holds over any number of drains."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import event

from parsers.api import SENDER, About, DatagramSpec, Flag, Id, Said
from sensor.evidence import VALUES_MAX, Ledger, Traffic
from sensor.model import DAY_NS, Evidence, Place, Subject
from sensor.policy import Policy
from sensor.rows import Origin, Rows
from sensor.store import connect, crowds
from sensor.store.crowds import Crowds
from sensor.store.error import StoreError
from sensor.store.origin import COMPLETE
from sensor.store.store import Store
from sensor.stream import Talk, Voice
from tests.sensor.store.rows import WARD, evidence, origin_row

SPEC = DatagramSpec(
    name="acme",
    title="Acme",
    carriers=frozenset({"udp"}),
    probe=lambda first: True,
    read=lambda data: (),
    emits={"acme.name": 0.75, "acme.model": 0.5},
    findings={"acme.bad": "bad"},
)
KEPT = Policy(keep=lambda observable, value: value, inside=lambda ip: True, named=lambda observable, value: True)
TEXTS = ("plain", "a\0b", "half \ud83d", "é", "plain ")
STORED = {"plain", "a␀b", "half ?", "é", "plain "}  # NUL and lone surrogates are refused by databases
NIGHT = Origin("main", "tap2", "aa00")
PUMP = About("sender", "PUMP", (Id("serial", "4711", "Acme"),))


def talk(n: int, day: int = 20_000) -> Talk:
    return Talk(day * DAY_NS + n, n, Voice("02:00:00:00:00:01", "10.0.0.1", "02:00:00:00:00:02", "10.0.0.2", 12))


def say(ledger: Ledger, n: int, value: str, about: About = SENDER, day: int = 20_000) -> None:
    ledger.said(Said(about, (("acme.name", value), ("acme.model", "M1"))), talk(n, day), SPEC)


def traffic(n: int, encrypted: bool) -> Traffic:
    return Traffic(
        "10.0.0.1", "10.0.0.2", 443, "tcp", "tls", encrypted, 1, 2, 3, 4, 5, Place(n, n), Place(n + 1, n + 1)
    )


def book() -> Ledger:
    return Ledger(WARD, KEPT)


def full() -> Ledger:
    ledger = book()
    for n, value in enumerate(TEXTS, 1):
        say(ledger, n, value)
        say(ledger, n + 10, value, PUMP, day=20_001)
    ledger.flag(Flag("acme.bad", About("receiver")), talk(30), SPEC)
    ledger.traffic(20_000, traffic(40, encrypted=False))
    ledger.traffic(20_000, traffic(50, encrypted=True))
    return ledger


def smallest(values: set[str]) -> set[str]:
    """By the definition: a 63-bit BLAKE2b of the UTF-8 text, smallest first."""

    def key(text: str) -> int:
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") // 2

    return set(sorted(values, key=key)[:VALUES_MAX])


def names(store: Store) -> set[str]:
    return {row.value for row in store.evidence() if row.observable == "acme.name"}


def held(store: Store) -> list[Evidence]:
    return list(store.evidence())


def test_what_was_said_is_stored(store: Store) -> None:
    store.begin(origin_row())
    store.fold(full().drain())
    rows = held(store)
    endpoint = Subject("02:00:00:00:00:01", "10.0.0.1", 12)
    pump = Subject("02:00:00:00:00:01", "10.0.0.1", 12, "PUMP", (Id("serial", "4711", "Acme"),))
    assert {(row.subject, row.day, row.value) for row in rows if row.observable == "acme.name"} == {
        (subject, day, value) for subject, day in ((endpoint, "2024-10-04"), (pump, "2024-10-05")) for value in STORED
    }
    (model,) = (row for row in rows if row.subject == endpoint and row.observable == "acme.model")
    noon = 20_000 * DAY_NS
    assert (model.count, model.weight, model.first, model.last) == (5, 0.5, Place(noon + 1, 1), Place(noon + 5, 5))
    assert (model.source, model.protocol, model.origin) == ("acme", "acme", WARD.id)
    (finding,) = store.findings()
    assert (finding.finding, finding.subject.ip, finding.count, finding.first) == (
        "acme.bad",
        "10.0.0.2",
        1,
        Place(noon + 30, 30),
    )
    seen = [(row.encrypted, row.client_frames, row.connections, row.last) for row in store.conversations()]
    assert seen == [(True, 2, 10, Place(51, 51))]  # one service, twice: its counts add, and it stays encrypted


def test_values_and_columns_say_the_same(tmp_path: Path) -> None:
    stores = []
    for name in ("columns", "values"):
        with Store.open(f"sqlite:///{tmp_path / name}.db") as store:
            store.begin(origin_row())
            rows = full().drain()
            if name == "columns":
                store.fold(rows)
            else:
                store.add(WARD, rows.evidence, rows.conversations, rows.findings)
            stores.append((held(store), list(store.conversations()), list(store.findings())))
    assert stores[0] == stores[1]
    assert len(stores[0][0]) == 2 * (len(STORED) + 1)


def test_it_does_not_matter_how_often_a_ledger_is_drained(tmp_path: Path) -> None:
    stores = []
    for often in (False, True):
        ledger = book()
        with Store.open(f"sqlite:///{tmp_path / str(often)}.db") as store:
            store.begin(origin_row())
            for n in range(1, 40):
                say(ledger, n, f"AE{n % 7}", PUMP if n % 3 else SENDER)
                if often:
                    store.fold(ledger.drain())
            store.fold(ledger.drain())
            stores.append(held(store))
    assert stores[0] == stores[1]
    assert sum(row.count for row in stores[0]) == 2 * 39


def limit(store: Store, pages: int) -> None:
    with connect.reading(store._engine, store._address) as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def test_a_drain_that_failed_leaves_nothing_and_the_next_is_whole(sqlite_url: str) -> None:
    store = Store.open(sqlite_url)
    ledger = book()
    store.begin(origin_row())
    say(ledger, 1, "kept")
    store.fold(ledger.drain())
    limit(store, 60)
    for n in range(5000):
        say(ledger, n, f"ZQCANARY{n}" * 20, About(f"10.0.{n >> 8}.{n & 255}"))
    with pytest.raises(StoreError, match="the disk is full; free some space and read the capture again"):
        store.fold(ledger.drain())
    assert names(store) == {"kept"}
    limit(store, 1 << 30)
    say(ledger, 2, "later", About("10.0.3.3"))  # whom the failed drain would have stored
    say(ledger, 3, "later")
    store.fold(ledger.drain())
    assert {(row.subject.ip, row.value) for row in store.evidence() if row.observable == "acme.name"} == {
        ("10.0.0.1", "kept"),
        ("10.0.0.1", "later"),
        ("10.0.3.3", "later"),
    }
    store.close()


KILLED = """
import os, sys
from sensor.store import origins
from sensor.store.store import Store
from tests.sensor.store.rows import origin_row
from tests.sensor.store.test_fold import full
store = Store.open(sys.argv[1])
store.begin(origin_row())
ledger = full()
store.fold(ledger.drain())
origins.folded_findings = lambda *_: os.kill(os.getpid(), 9)  # after the second drain's evidence, before its commit
store.fold(full().drain())
"""


def test_killed_in_the_middle_of_a_drain(url: str) -> None:
    died = subprocess.run([sys.executable, "-c", KILLED, url], check=False)
    assert died.returncode == -9
    with Store.open(url) as store:
        assert {row.count for row in held(store) if row.observable == "acme.name"} == {1}


def test_two_programs_number_subjects_in_one_database(url: str) -> None:
    with Store.open(url) as one, Store.open(url) as other:
        one.begin(origin_row())
        ledger = book()
        say(ledger, 1, "a", About("10.0.0.7"))
        one.fold(ledger.drain())
        other.begin(origin_row(NIGHT))
        other.add(NIGHT, [evidence(origin=NIGHT, subject=Subject(ip=f"10.0.1.{n}")) for n in range(9)])
        other.add(NIGHT, [evidence(origin=NIGHT, subject=Subject(ip="10.0.0.7"))])
        say(ledger, 2, "b", About("10.0.0.8"))
        say(ledger, 3, "c", About("10.0.0.7"))
        one.fold(ledger.drain())
        found = {(row.subject.ip, row.value) for row in held(one) if row.observable == "acme.name"}
        assert found == {("10.0.0.7", "a"), ("10.0.0.7", "c"), ("10.0.0.8", "b")}
        assert one.sizes()["subject"] == 11


@pytest.mark.parametrize("each", [1, 2, 7, 40, 200])
def test_many_drains_together_keep_the_64_smallest(store: Store, each: int) -> None:
    ledger = book()
    values = [f"AE{n}" for n in range(200)]
    store.begin(origin_row())
    for at in range(0, 200, each):
        for n, value in enumerate(values[at : at + each], at):
            say(ledger, n, value)
        store.fold(ledger.drain())
    store.finish(origin_row(state=COMPLETE))
    assert names(store) == smallest(set(values))


@pytest.mark.parametrize("cap", ["GROUPS_MAX", "SUSPECTS_MAX"])
def test_too_many_groups_to_follow_are_found_all_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch, cap: str
) -> None:
    monkeypatch.setattr(crowds, cap, 1)
    ledger = book()
    hosts = ("10.0.0.5", "10.0.0.6", "10.0.0.7")
    store.begin(origin_row())
    for start in (0, 50):
        for host in hosts:
            for n in range(start, start + 50):
                say(ledger, n, f"AE{n}", About(host))
        store.fold(ledger.drain())
    assert store.finish(origin_row(state=COMPLETE)) == len(hosts) * (100 - VALUES_MAX)
    assert names(store) == smallest({f"AE{n}" for n in range(100)})


def test_an_end_without_crowds_does_not_look_at_the_rows(store: Store) -> None:
    ledger = book()
    store.begin(origin_row())
    for n in range(VALUES_MAX):
        say(ledger, n, f"AE{n}", About(f"10.0.0.{n % 9}"))
        if n % 20 == 19:
            store.fold(ledger.drain())
    store.fold(ledger.drain())
    asked: list[str] = []
    event.listen(store._engine, "before_cursor_execute", lambda *parts: asked.append(parts[2]))
    assert store.finish(origin_row(state=COMPLETE)) == 0
    assert [line for line in asked if "evidence" in line.split("SET")[0]] == []
    assert any(line.startswith("UPDATE origin") for line in asked)


def test_a_group_is_suspect_as_soon_as_its_rows_could_be_too_many() -> None:
    watched = Crowds()
    group, other = (1, "acme.name", "2024-10-04"), (2, "acme.name", "2024-10-04")
    watched.saw({group: 62, other: 2})
    assert watched.suspects() == []
    watched.saw({})  # which may have brought one more row of each
    assert watched.suspects() == []
    watched.saw({})
    assert watched.suspects() == [group]


def test_rows_are_the_ledgers_no_more_once_drained() -> None:
    ledger = full()
    rows: Rows = ledger.drain()
    before = rows.evidence
    say(ledger, 90, "plain")
    assert rows.evidence == before
    assert [row.count for row in ledger.drain().evidence] == [1, 1]
