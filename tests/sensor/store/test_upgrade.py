"""From every schema that ever was: small inventories as those versions of the program wrote them, brought up to date.

`schemas/` holds them as SQL: what the program of that time made of two captures, with a label that a person gave (from
0002 on) and a record of what another system was told (from 0003 on). PostgreSQL came with 0002.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from sensor.cli.main import main
from sensor.store import schema
from sensor.store.store import Store
from tests import postgresql

SCHEMAS = Path(__file__).parent / "schemas"
DUMPS = sorted(path.name for path in SCHEMAS.glob("*.sql"))
COUNTED = ("origin", "subject", "evidence", "conversation", "finding", "device", "attribute", "decision", "pushed")
KEY = (
    "SELECT origin, subject, observable, day, value, source, protocol, weight, count, first_time, first_frame, "
    "last_time, last_frame FROM evidence ORDER BY 1, 2, 3, 4, 5, 6, 7"
)
DEAL = (
    "SELECT origin, client, server, port, transport, protocol, day, encrypted, client_bytes, first_time "
    "FROM conversation ORDER BY 1, 2, 3, 4, 5, 6, 7"
)

Ask = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture(params=DUMPS)
def dumped(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str, Ask]:
    """Its revision, a database with it, and a way to ask the database directly."""
    revision, kind, _ = request.param.split(".")
    script = (SCHEMAS / request.param).read_text()
    if kind == "sqlite":
        path = tmp_path / "old.db"

        def ask(statement: str) -> list[tuple[object, ...]]:
            with closing(sqlite3.connect(path)) as connection:
                return connection.execute(statement).fetchall()

        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(script)
        return revision, f"sqlite:///{path}", ask
    server: postgresql.Server = request.getfixturevalue("server")
    url = server.database()

    def ask_server(statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(url) as connection:
            return connection.execute(statement.encode()).fetchall()

    with psycopg.connect(url) as connection:
        connection.execute(script.encode())
    return revision, url, ask_server


def test_every_revision_but_this_one_is_here() -> None:
    revisions = [f"{number:04}" for number in range(1, int(schema.REVISION))]
    assert sorted({name.partition(".")[0] for name in DUMPS if ".sqlite." in name}) == revisions
    assert sorted({name.partition(".")[0] for name in DUMPS if ".postgresql." in name}) == revisions[1:]


def test_nothing_is_lost(dumped: tuple[str, str, Ask]) -> None:
    revision, url, ask = dumped
    tables = [table for table in COUNTED if revision > "0002" or table != "pushed"]
    tables = [table for table in tables if revision > "0001" or table != "decision"]
    before = {table: ask(f"SELECT count(*) FROM {table}")[0][0] for table in tables}
    rows, deals = ask(KEY), ask(DEAL)
    assert len(rows) > 10
    refused = CliRunner().invoke(main, ["devices", "--db", url])
    assert refused.exit_code == 3
    assert f"has an older schema ({revision}, now {schema.REVISION}); run: sensor db upgrade" in refused.output
    done = CliRunner().invoke(main, ["db", "upgrade", "--db", url])
    assert (done.exit_code, done.output) == (0, f"schema {revision} -> {schema.REVISION}\n")
    assert {table: ask(f"SELECT count(*) FROM {table}")[0][0] for table in tables} == before
    assert ask(KEY) == rows
    assert ask(DEAL) == deals
    again = CliRunner().invoke(main, ["db", "upgrade", "--db", url])
    assert again.output == f"schema {schema.REVISION}: nothing to do\n"


def test_it_works_as_one_of_today(dumped: tuple[str, str, Ask]) -> None:
    revision, url, _ = dumped
    CliRunner().invoke(main, ["db", "upgrade", "--db", url])
    rebuilt = CliRunner().invoke(main, ["devices", "rebuild", "--db", url])
    assert rebuilt.exit_code == 0, rebuilt.output
    with Store.open(url) as store:
        devices = list(store.devices())
        labelled = [each.believed.value for one in devices for each in one.attributes if each.name == "location"]
        assert len(devices) > 3
        assert labelled == (["Room 3"] if revision > "0001" else [])
        assert len(store.pushed("netbox https://netbox.example")) == (revision > "0002")
    captures = str(Path(__file__).parents[3] / "pcaps" / "dhcp")
    assert CliRunner().invoke(main, ["read", captures, "--db", url]).exit_code == 0


def test_the_file_is_that_of_a_new_database(tmp_path: Path) -> None:
    """Down to the text of the tables."""

    def tables(path: Path) -> dict[str, str]:
        with closing(sqlite3.connect(path)) as connection:
            found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
            return {name: " ".join(sql.replace('"', "").split()) for name, sql in found}

    new = tmp_path / "new.db"
    Store.open(f"sqlite:///{new}").close()
    for name in DUMPS:
        if ".sqlite." in name:
            old = tmp_path / f"{name}.db"
            with closing(sqlite3.connect(old)) as connection:
                connection.executescript((SCHEMAS / name).read_text())
            CliRunner().invoke(main, ["db", "upgrade", "--db", f"sqlite:///{old}"])
            assert tables(old) == tables(new)
