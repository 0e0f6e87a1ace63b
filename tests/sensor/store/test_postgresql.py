"""What only a server can do to us: refuse, stop answering, go away; and that its inventory is that of SQLite."""

from __future__ import annotations

import json
import time
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from sensor.cli.main import main
from sensor.store import connect
from sensor.store import postgresql as ours
from sensor.store.error import StoreError
from sensor.store.store import Store
from tests import postgresql
from tests.sensor.store.rows import WARD, evidence, origin_row

PCAPS = Path(__file__).parents[3] / "pcaps"


@pytest.fixture
def url(server: postgresql.Server) -> str:
    return server.database()


def name_of(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


def test_the_same_captures_give_the_same_inventory_as_in_sqlite(url: str, tmp_path: Path) -> None:
    captures = [str(PCAPS / name) for name in ("dicom", "hl7", "mini-hospital.pcap")]
    said: list[list[object]] = []
    for db in (url, f"sqlite:///{tmp_path / 'x.db'}"):
        done = CliRunner().invoke(main, ["read", *captures, "--db", db])
        assert done.exit_code == 0, done.output
        lines: list[object] = []
        for words in (("devices",), ("evidence",), ("conversations",), ("findings",)):
            out = CliRunner().invoke(main, [*words, "--json", "--db", db]).stdout
            lines += [json.loads(line) for line in out.splitlines()]
        lines.append(CliRunner().invoke(main, ["export", "csv", "--db", db]).stdout)
        said.append(lines)
    assert len(said[0]) > 1000
    assert said[0] == said[1]


def test_status_shows_its_size_and_no_password(url: str) -> None:
    Store.open(url).close()
    with_password = url.replace("auscult@", "auscult:ZQCANARY@")
    done = CliRunner().invoke(main, ["db", "status", "--json", "--db", with_password])
    assert done.exit_code == 0
    assert json.loads(done.stdout)["size"] > 1_000_000
    assert "ZQCANARY" not in done.output


def test_another_writer(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "BUSY_S", 0.1)
    with Store.open(url) as store, psycopg.connect(url) as other:
        other.execute(f"SELECT pg_advisory_xact_lock({ours.LOCK})")
        with pytest.raises(StoreError, match=r"could not write .*: another program is writing to it; try again"):
            store.begin(origin_row())
        assert store.seen(WARD) is None  # reading goes on
        other.rollback()
        store.begin(origin_row())
        assert store.seen(WARD) == "reading"


def test_a_server_that_is_too_slow(url: str, server: postgresql.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it does not take in time, it takes later, once."""
    Store.open(url).close()
    server.sql(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(5); RETURN NEW; END';"
        "CREATE TRIGGER slow BEFORE INSERT ON evidence FOR EACH ROW EXECUTE FUNCTION slow()",
        name_of(url),
    )
    monkeypatch.setattr(ours, "ANSWER_S", 0.2)
    with Store.open(url) as store:
        store.begin(origin_row())
        with pytest.raises(StoreError, match="it is too slow; see what keeps it busy") as caught:
            store.add(WARD, [evidence()])
        assert caught.value.passing
        server.sql("DROP TRIGGER slow ON evidence", name_of(url))
        store.add(WARD, [evidence()])
        assert list(store.evidence()) == [evidence()]


def test_a_reader_sees_one_snapshot_and_blocks_nobody(url: str) -> None:
    with Store.open(url) as store:
        store.begin(origin_row())
        store.add(WARD, [evidence(f"{n}") for n in range(2500)])
        reading = store.evidence()
        first = next(reading)
        with Store.open(url) as other:
            other.begin(origin_row())  # takes the rows away, and is not made to wait
        assert len([first, *reading]) == 2500


def test_what_only_reads_cannot_write(url: str) -> None:
    with (
        Store.open(url) as store,
        connect.reading(store._engine, store._address) as connection,
        pytest.raises(Exception, match="read-only transaction"),
    ):
        connection.exec_driver_sql("DELETE FROM evidence")


def test_the_server_goes_away_in_the_middle_and_comes_back(url: str, server: postgresql.Server) -> None:
    with Store.open(url) as store:
        store.begin(origin_row())
        store.add(WARD, [evidence("kept")])
        end_all = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name_of(url)}'"
        went_away = r"could not write .*: it went away; try again when it is back"
        with pytest.raises(StoreError, match=went_away), store._writing() as connection:
            connection.exec_driver_sql("DELETE FROM evidence")
            server.sql(end_all)
            connection.exec_driver_sql("SELECT 1")
        assert [row.value for row in store.evidence()] == ["kept"]  # connected anew
        store.add(WARD, [evidence("later")])
        assert sorted(row.value for row in store.evidence()) == ["kept", "later"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda url: url.replace("inventory_", "nowhere_"), "there is no such database"),
        (lambda url: url.replace("host=/tmp", "host=/nowhere"), "no server answers there; start it"),
        (lambda url: url.partition("@")[0] + "@127.0.0.1:1/x", "no server answers there; start it"),
        (lambda url: url.partition("@")[0] + "@nowhere.invalid/x", "there is no such host; correct the URL"),
        (lambda url: url.replace("auscult@", "stranger@"), "could not read"),
    ],
)
def test_refusals(url: str, change: object, says: str) -> None:
    assert callable(change)
    with pytest.raises(StoreError) as caught:
        Store.open(change(url).replace("@", ":ZQCANARY@", 1))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "ZQCANARY" not in str(caught.value)


def test_another_programs_database(url: str, server: postgresql.Server) -> None:
    server.sql("CREATE TABLE patient (name TEXT)", name_of(url))
    with pytest.raises(StoreError, match="belongs to another program"):
        Store.open(url)


def test_who_may_only_read(url: str, server: postgresql.Server) -> None:
    Store.open(url).close()
    server.sql("CREATE ROLE viewer LOGIN")
    try:
        server.sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO viewer", name_of(url))
        theirs = url.replace("auscult@", "viewer@")
        with Store.open(theirs, create=False, write=False) as store:
            assert list(store.evidence()) == []
        with (
            Store.open(theirs) as store,
            pytest.raises(StoreError, match=r"could not write .*: its user may not do this"),
        ):
            store.begin(origin_row())
    finally:
        server.sql("DROP OWNED BY viewer", name_of(url))
        server.sql("DROP ROLE viewer")


def test_the_server_is_killed_in_the_middle_of_a_batch(url: str, server: postgresql.Server) -> None:
    """Of the batch nothing is there, of those before all; the next one is written by the server that came back."""
    many = [evidence(f"{n}") for n in range(1000)]
    with Store.open(url) as store:
        store.begin(origin_row())
        store.add(WARD, [evidence("kept")])
        with pytest.raises(StoreError, match="it went away") as caught, store._writing() as connection:
            store._upserts.finding(connection, [])
            connection.exec_driver_sql("UPDATE evidence SET value = 'lost'")
            server.crash()
            connection.exec_driver_sql("SELECT 1")
        assert caught.value.passing
        with pytest.raises(StoreError, match="no server answers there") as caught:
            store.add(WARD, many)
        assert caught.value.passing
        server.start()
        assert [row.value for row in store.evidence()] == ["kept"]
        store.add(WARD, many)
        assert len(list(store.evidence())) == 1001


def test_a_server_that_dies_while_rows_are_copied(
    url: str, server: postgresql.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copied(*parts: object) -> None:
        server.crash()
        original(*parts)  # type: ignore[arg-type]  # as they came

    original = ours.staged
    with Store.open(url) as store:
        store.begin(origin_row())
        monkeypatch.setattr(ours, "staged", copied)
        with pytest.raises(StoreError, match="it went away"):
            store.add(WARD, [evidence(f"{n}") for n in range(1000)])
        monkeypatch.undo()
        server.start()
        store.add(WARD, [evidence(f"{n}") for n in range(1000)])
        assert {row.count for row in store.evidence()} == {1}


@pytest.mark.parametrize(
    ("password", "says"),
    [(":ZQCANARYwrong", "it does not take this password; correct"), ("", "it wants a password; set")],
)
def test_wrong_credentials(url: str, server: postgresql.Server, password: str, says: str) -> None:
    rules = server.folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    server.sql("CREATE ROLE locked LOGIN PASSWORD 'right'")
    try:
        rules.write_text(f"local all locked scram-sha-256\n{before}")
        server.reload()
        theirs = url.replace("auscult@", f"locked{password}@")
        until = time.monotonic() + 5
        done = CliRunner().invoke(main, ["devices", "--db", theirs])
        while says not in done.output and time.monotonic() < until:  # the server reads the file when it comes to it
            done = CliRunner().invoke(main, ["devices", "--db", theirs])
        assert done.exit_code == 3
        assert says in done.output
        assert "ZQCANARY" not in done.output
        assert "Traceback" not in done.output
    finally:
        rules.write_text(before)
        server.reload()
        server.sql("DROP ROLE locked")
