"""A capture read by several processes: evidence, conversations, findings, devices and counters as by one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from sensor.cli.main import main

ROOT = Path(__file__).parents[3]
CAPTURES = sorted((ROOT / "pcaps").rglob("*.pcap*"))
LISTS = ("evidence", "conversations", "findings")


def sensor(*arguments: str | Path) -> str:
    done = CliRunner().invoke(main, [str(a) for a in arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def inventory(db: Path) -> list[str]:
    url = f"sqlite:///{db}"
    rows = [sensor(name, "--json", "--db", url) for name in LISTS]
    return [*rows, sensor("devices", "list", "--json", "--unconfirmed", "--db", url)]


def outcomes(text: str) -> list[str]:
    """Counters, faults and frames by protocol of each capture; not how long it took."""

    rows = [json.loads(line) for line in text.splitlines()]
    for row in rows:
        del row["seconds"]
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


@pytest.mark.parametrize("workers", [2, 3])
def test_any_number_of_workers_gives_the_same(workers: int, tmp_path: Path) -> None:
    assert len(CAPTURES) > 5
    one, many = tmp_path / "one.db", tmp_path / "many.db"
    alone = sensor("read", *CAPTURES, "--json", "--workers", 1, "--db", f"sqlite:///{one}")
    together = sensor("read", *CAPTURES, "--json", "--workers", workers, "--db", f"sqlite:///{many}")
    assert outcomes(together) == outcomes(alone)
    for ours, theirs in zip(inventory(many), inventory(one), strict=True):
        assert ours == theirs
    assert len(inventory(one)[0].splitlines()) > 100
