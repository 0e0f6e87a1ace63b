"""`sensor devices merge|split|label|undo|decisions`: over a database that is read again and rebuilt."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from click.testing import CliRunner, Result
from sqlalchemy import create_engine

from sensor.cli.main import main
from sensor.service.inventory import rebuild
from sensor.store.store import Store
from tests.sensor.correlate.scenes import SITE, host, scanner
from tests.sensor.store.rows import WARD, origin_row

A, B = "00:11:22:00:00:0a", "00:11:22:00:00:0b"


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["devices", *words])


def ids() -> dict[str, str]:
    """First interface or address -> id."""
    lines = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    return {line["interfaces"][0] if line["interfaces"] else line["id"]: line["id"] for line in lines}


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'inventory.db'}"
    monkeypatch.setenv("SENSOR_DB", url)
    with Store.open(url) as store:
        store.begin(origin_row())
        store.add(WARD, [*host(A, "10.0.0.5"), *scanner(A, "10.0.0.5", "CT001", "4711"), *host(B, "10.0.0.6")])
        store.finish(origin_row(state="complete"))
        rebuild(store, SITE)
    return url


def test_merge_shows_outlives_a_rebuild_and_is_undone(url: str) -> None:
    before = ids()
    done = run("merge", before[A], before[B][:9], "--by", "anna")
    assert done.exit_code == 0, done.output
    assert "decision 1: one device now" in done.stderr
    assert run("rebuild").exit_code == 0
    assert ids().keys() == {A}
    for word in ("show", "why"):
        assert "decided by anna on 20" in run(word, before[B]).stdout
    assert run("decisions").stdout.count("anna") == 1
    assert run("undo", "1").exit_code == 0
    assert ids() == before
    assert run("undo", "1").exit_code == 2


def test_split_by_identifier_and_the_contradiction_with_it(url: str) -> None:
    before = ids()
    done = run("split", before[A], "serial 4711", "--by", "anna")
    assert done.exit_code == 0, done.output
    assert len(ids()) == 3
    (component,) = ids().keys() - {A, B}
    refused = run("merge", before[A], component)
    assert refused.exit_code == 2
    assert "undo that first: sensor devices undo 1" in refused.output


def test_labels_replace_each_other_and_are_checked(url: str) -> None:
    id_ = ids()[B]
    done = run("label", id_, "kind=ct_scanner", "location=Room 3", "--by", "anna")
    assert done.exit_code == 0, done.output
    done = run("label", id_, "location=Room 4", "--by", "bert")
    assert "no longer Room 3" in done.stderr
    why = run("why", id_, "location").stdout
    assert "Room 4 (100%)" in why
    assert "decided by bert on 20" in why
    assert "Room 3" not in why
    line = json.loads(run("show", id_, "--json").stdout)
    assert (line["kind"], line["attributes"]["location"]["confidence"]) == ("ct_scanner", 1.0)
    assert "there is no attribute 'colour'" in run("label", id_, "colour=red").output
    wrong = run("label", id_, "kind=scanner")
    assert wrong.exit_code == 2
    assert "ct_scanner" in wrong.output
    assert run("label", id_, "location").exit_code == 2
    listed = [json.loads(text) for text in run("decisions", "--json").stdout.splitlines()]
    assert [(one["name"], one["value"], one["by"]) for one in listed] == [
        ("kind", "ct_scanner", "anna"),
        ("location", "Room 4", "bert"),
    ]


def test_a_database_of_the_first_schema_is_brought_up_with_its_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.db"
    monkeypatch.setenv("SENSOR_DB", f"sqlite:///{path}")
    with create_engine(f"sqlite:///{path}").begin() as connection:
        config = Config()
        config.set_main_option("script_location", "sensor.store:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    with sqlite3.connect(path) as old:
        old.execute(
            "INSERT INTO origin VALUES (1, 'main', 'tap1', 'id1', 'ward.pcap', 'file', 'complete',"
            " 1, 1, 1, 1, 1, 1, 1, '{}', '[]', '0')"
        )
        old.execute("INSERT INTO subject VALUES (1, 'k', ?, '', 0, '', '[]')", (A,))
        old.execute(
            "INSERT INTO evidence VALUES (1, 1, 'dhcp.host_name', '2026-01-05', 'bed-1', 'dhcp', 'dhcp',"
            " 1, 0.8, 1, 1767600000000000000, 7, 1767600000000000000, 7)"
        )
    old.close()
    assert "sensor db upgrade" in run("list").output
    upgraded = CliRunner().invoke(main, ["db", "upgrade"])
    assert upgraded.exit_code == 0, upgraded.output
    assert run("rebuild").exit_code == 0
    assert ids().keys() == {A}
    assert run("label", ids()[A], "asset=7").exit_code == 0
    shown = json.loads(run("show", ids()[A], "--json").stdout)["attributes"]
    assert (shown["hostname"]["value"], shown["asset"]["value"]) == ("bed-1", "7")
