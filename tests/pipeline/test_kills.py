"""Killed at any moment, `sensor read` leaves what a later read makes whole; see kills.py for many times over."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgresql
from tests.pipeline import kills

CAPTURES = ["pcaps/mini-hospital.pcap"]
TIMES = 3


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    found = kills.read(f"sqlite:///{tmp_path_factory.mktemp('kills')}/x.db", CAPTURES)
    assert len(found) > 100_000
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[postgresql.Server]:
    if reason := postgresql.missing():
        pytest.skip(reason)
    with postgresql.server() as running:
        yield running


def test_on_sqlite(tmp_path: Path, undisturbed: bytes) -> None:
    db = f"sqlite:///{tmp_path}/x.db"
    assert kills.killed(db, TIMES, random.Random(1), CAPTURES) >= TIMES
    assert kills.read(db, CAPTURES) == undisturbed


def test_on_postgresql(server: postgresql.Server, undisturbed: bytes) -> None:
    db = server.database()
    assert kills.killed(db, TIMES, random.Random(2), CAPTURES) >= TIMES
    assert kills.read(db, CAPTURES) == undisturbed


def test_a_lister_that_is_killed_disturbs_nobody(tmp_path: Path, undisturbed: bytes) -> None:
    db = f"sqlite:///{tmp_path}/x.db"
    assert kills.lister_killed(db, TIMES, random.Random(3), CAPTURES) >= TIMES
    assert kills.sound(db)
    assert kills.read(db, CAPTURES) == undisturbed


def test_the_server_is_killed(server: postgresql.Server, undisturbed: bytes) -> None:
    db = server.database()
    assert kills.server_killed(server, db, TIMES, random.Random(4), CAPTURES) >= TIMES
    assert kills.read(db, CAPTURES) == undisturbed
