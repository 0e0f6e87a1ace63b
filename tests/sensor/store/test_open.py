"""What may be wrong with a database is one clear line that ends with what to do; and nothing is half-written."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from multiprocessing import Queue, get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.dialects import postgresql

from sensor.model import Subject
from sensor.rows import Origin
from sensor.store import connect, migrate, schema
from sensor.store.error import StoreError
from sensor.store.statements import upserts
from sensor.store.store import Store
from tests.disks import small_disk
from tests.sensor.store.rows import WARD, conversation, evidence, finding, origin_row

ROOT = os.geteuid() == 0


def run_sql(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def made(path: Path) -> None:
    Store.open(f"sqlite:///{path}").close()


def older(path: Path) -> None:
    made(path)
    run_sql(path, "UPDATE auscult_version SET version_num = '0000'")


def newer(path: Path) -> None:
    made(path)
    run_sql(path, "UPDATE auscult_version SET version_num = '9999'")


def strange(path: Path) -> None:
    made(path)
    run_sql(path, "UPDATE auscult_version SET version_num = 'a1b2c3'")


def foreign(path: Path) -> None:
    run_sql(path, "CREATE TABLE alembic_version (version_num TEXT)", "CREATE TABLE patient (name TEXT)")


def damaged(path: Path) -> None:
    made(path)
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 3000)


@pytest.mark.parametrize(
    ("prepare", "says", "remedy"),
    [
        (lambda path: path.write_bytes(b"\xd4\xc3\xb2\xa1" * 200), "not a database", "name another file with --db"),
        (lambda path: path.mkdir(), "is a folder", "name a file with --db"),
        (older, f"older schema (0000, now {schema.REVISION})", "run: sensor db upgrade"),
        (newer, "newer version (schema 9999)", "update this program"),
        (strange, "unknown schema (a1b2c3)", "name another database with --db"),
        (foreign, "belongs to another program", "name another database with --db"),
        (damaged, "damaged", "read the captures again"),
    ],
)
def test_refusals(tmp_path: Path, prepare: Callable[[Path], object], says: str, remedy: str) -> None:
    path = tmp_path / "inventory.db"
    prepare(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(StoreError) as caught:
        Store.open(f"sqlite:///{path}")
    line = str(caught.value)
    assert says in line
    assert line.endswith(remedy)
    assert str(path) in line
    assert "\n" not in line
    assert not path.is_file() or path.read_bytes() == before


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("inventory.db", "not a database URL: inventory.db; write it like sqlite:///inventory.db"),
        ("oracle7://x", "not a database URL"),
        ("mysql://user:ZQCANARY@host/x", "mysql is not supported; use sqlite:/// or postgresql://"),
        ("sqlite://", "names no file; write it like sqlite:///inventory.db"),
        ("sqlite:////no/such/folder/inventory.db", "there is no folder /no/such/folder; make it"),
        ("//user:ZQCANARY@host", "not a database URL"),
    ],
)
def test_urls(url: str, says: str) -> None:
    with pytest.raises(StoreError) as caught:
        Store.open(url)
    assert says in str(caught.value)
    assert "ZQCANARY" not in str(caught.value)


def test_listing_does_not_make_a_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no inventory at .*; make one with: sensor read CAPTURE"):
        Store.open(f"sqlite:///{tmp_path / 'i.db'}", create=False, write=False)
    (tmp_path / "empty.db").touch()
    with pytest.raises(StoreError, match=r"empty database; read a capture into it first"):
        Store.open(f"sqlite:///{tmp_path / 'empty.db'}", create=False, write=False)
    assert [path.name for path in tmp_path.iterdir()] == ["empty.db"]


def test_files_are_the_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with Store.open(f"sqlite:///{tmp_path / 'i.db'}") as store:
            store.begin(origin_row())
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"i.db": 0o600, "i.db-wal": 0o600, "i.db-shm": 0o600}


def test_a_space_or_percent_or_question_mark_in_the_name(tmp_path: Path) -> None:
    path = tmp_path / "my 100% inventory?#1.db"
    with Store.open(connect.URL.create("sqlite", database=str(path)).render_as_string()) as store:
        store.begin(origin_row())
    assert path.exists()


def test_writing_to_what_may_only_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "i.db"
    made(path)
    path.chmod(0o400)
    if ROOT:  # root may write it all the same
        monkeypatch.setattr(os, "access", lambda _, mode: mode == os.R_OK)
    with pytest.raises(StoreError, match=r"may only be read by you; name another file with --db to write to"):
        Store.open(f"sqlite:///{path}")


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "i.db"
    made(path)
    path.chmod(0)
    if ROOT:
        monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(StoreError, match=r"may not be read by you"):
        Store.open(f"sqlite:///{path}", create=False, write=False)


def test_locked(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "BUSY_S", 0.05)
    with Store.open(sqlite_url) as store:
        other = sqlite3.connect(tmp_path / "inventory.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"could not write .*: another program is writing to it; try again"):
            store.begin(origin_row())
        assert store.seen(WARD) is None  # reading goes on
        other.execute("ROLLBACK")
        other.close()
        store.begin(origin_row())
        assert store.seen(WARD) == "reading"


def limit(store: Store, pages: int) -> None:
    with connect.reading(store._engine, store._address) as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_keeps_what_was_committed(sqlite_url: str) -> None:
    with Store.open(sqlite_url) as store:
        store.begin(origin_row())
        store.add(WARD, [evidence(f"{n}") for n in range(100)], [conversation()])
        limit(store, 60)
        with pytest.raises(StoreError) as caught:
            store.add(WARD, [evidence(f"ZQCANARY{n}" * 20) for n in range(5000)], [conversation()], [finding()])
        assert "could not write" in str(caught.value)
        assert str(caught.value).endswith("the disk is full; free some space and read the capture again")
        assert "ZQCANARY" not in str(caught.value)
        assert {row.value for row in store.evidence()} == {f"{n}" for n in range(100)}
        assert list(store.conversations()) == [conversation()]
        assert list(store.findings()) == []
        limit(store, 1 << 30)
        store.add(WARD, [evidence("later")])
        assert sum(1 for _ in store.evidence()) == 101


def test_a_subject_of_a_batch_that_failed_is_stored_with_the_next(sqlite_url: str) -> None:
    with Store.open(sqlite_url) as store:
        store.begin(origin_row())
        limit(store, 60)
        new = Subject(ip="10.0.0.99")
        with pytest.raises(StoreError):
            store.add(WARD, [evidence(f"{n}" * 50, subject=new) for n in range(5000)])
        limit(store, 1 << 30)
        store.add(WARD, [evidence(subject=new)])
        assert list(store.evidence()) == [evidence(subject=new)]


def test_two_writers_wait_for_each_other(url: str) -> None:
    def work(name: str) -> None:
        with Store.open(url) as store:
            for n in range(25):
                origin = Origin("main", name, f"{n}")
                store.begin(origin_row(origin))
                store.add(origin, [evidence(origin=origin, subject=Subject(ip=f"10.0.0.{n}"))])
                store.finish(origin_row(origin, state="complete"))

    Store.open(url).close()
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(work, name) for name in ("tap1", "tap2")]:
            done.result()
    with Store.open(url) as store:
        assert sum(1 for _ in store.evidence()) == 50


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "tiny", "600k") as place:
        yield place


def test_a_real_full_disk(tiny: Path) -> None:
    with Store.open(f"sqlite:///{tiny / 'i.db'}") as store:
        store.begin(origin_row())
        store.add(WARD, [evidence("kept")])
        with pytest.raises(StoreError, match=r"could not write .*the disk"):
            for batch in range(100):
                store.add(WARD, [evidence(f"{batch} {n}", day=f"{batch:010}") for n in range(500)])
        left = list(store.evidence())
    assert "kept" in {row.value for row in left}
    assert len(left) % 500 == 1  # whole batches
    with Store.open(f"sqlite:///{tiny / 'i.db'}", create=False, write=False) as again:
        assert list(again.evidence()) == left


def test_no_room_even_for_the_tables(tiny: Path) -> None:
    (tiny / "ballast").write_bytes(bytes(560 * 1024))
    with pytest.raises(StoreError, match=r"could not write .*; "):
        Store.open(f"sqlite:///{tiny / 'i.db'}")
    (tiny / "ballast").unlink()
    Store.open(f"sqlite:///{tiny / 'i.db'}").close()  # what was left behind is no obstacle


def test_a_read_only_disk_can_be_listed(tiny: Path) -> None:
    with Store.open(f"sqlite:///{tiny / 'i.db'}") as store:
        store.begin(origin_row())
        store.add(WARD, [evidence()])
    subprocess.run(["mount", "-o", "remount,ro", tiny], check=True)
    with Store.open(f"sqlite:///{tiny / 'i.db'}", create=False, write=False) as store:
        assert list(store.evidence()) == [evidence()]
    with pytest.raises(StoreError, match=r"may only be read by you"):
        Store.open(f"sqlite:///{tiny / 'i.db'}")


KILLED = """
import os, sys
from sensor.store import origins
from sensor.store.store import Store
from tests.sensor.store.rows import WARD, evidence, origin_row
store = Store.open(sys.argv[1])
store.begin(origin_row())
store.add(WARD, [evidence(f"{n}") for n in range(1000)])
origins.finding_row = lambda *_: os.kill(os.getpid(), 9)  # after the evidence of the second batch, before its commit
from tests.sensor.store.rows import finding
store.add(WARD, [evidence(f"{n}") for n in range(2000)], (), [finding()])
"""


def test_killed_in_the_middle_of_a_batch(url: str) -> None:
    died = subprocess.run([sys.executable, "-c", KILLED, url], check=False)
    assert died.returncode == -9
    with Store.open(url) as store:
        assert store.seen(WARD) == "reading"
        rows = list(store.evidence())
        assert len(rows) == 1000
        assert {row.count for row in rows} == {1}


def _open_together(url: str, start: Barrier, said: Queue[str]) -> None:
    start.wait()
    try:
        Store.open(url).close()
        said.put("")
    except StoreError as error:
        said.put(str(error))


def test_programs_may_make_the_same_database_at_once(tmp_path: Path) -> None:
    """Many times, since SQLite refuses two that change the journal at the same moment without waiting."""
    context = get_context("fork")
    for number in range(12):
        url = f"sqlite:///{tmp_path / f'{number}.db'}"
        start, said = context.Barrier(4), context.Queue()
        running = [context.Process(target=_open_together, args=(url, start, said)) for _ in range(4)]
        for program in running:
            program.start()
        assert [said.get(timeout=60) for _ in running] == [""] * 4
        for program in running:
            program.join()
        Store.open(url, create=False).close()


def test_migrations_make_the_schema_that_the_program_uses(url: str, tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with create_engine(url).begin() as connection:
        migrate.upgrade(connection)
    with create_engine(url).connect() as connection:
        options = {"version_table": schema.VERSION_TABLE, "compare_type": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), schema.metadata) == []
    config = Config()
    config.set_main_option("script_location", "sensor.store:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [schema.REVISION]


def test_a_new_database_is_what_the_migrations_make(tmp_path: Path) -> None:
    made, migrated = tmp_path / "made.db", tmp_path / "migrated.db"
    Store.open(f"sqlite:///{made}").close()
    with create_engine(f"sqlite:///{migrated}").begin() as connection:
        migrate.upgrade(connection)

    def found(path: Path) -> dict[str, str]:
        with closing(sqlite3.connect(path)) as connection:
            version = connection.execute(f"SELECT version_num FROM {schema.VERSION_TABLE}").fetchall()
            tables = dict(connection.execute("SELECT name, sql FROM sqlite_master"))
        return {"": str(version)} | {name: " ".join((sql or "").split()) for name, sql in tables.items()}

    assert found(made) == found(migrated)
    assert len(found(made)) > 8


def test_reading_does_not_import_alembic(url: str) -> None:
    code = "import sys; from sensor.store.store import Store; Store.open(sys.argv[1]); print('alembic' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code, url], check=True, capture_output=True, text=True)
    assert ran.stdout == "False\n"


def test_the_same_upserts_on_postgresql() -> None:
    class Engine:
        dialect = postgresql.dialect()

    made = upserts(Engine())  # type: ignore[arg-type]  # its dialect is all that is asked for
    for table, upsert in (("evidence", made.evidence), ("conversation", made.conversation), ("finding", made.finding)):
        columns = schema.metadata.tables[table].columns
        names = ", ".join(columns.keys())
        assert upsert.one.count("%s") == len(columns)
        assert f"INSERT INTO {table} ({names}) VALUES" in upsert.one
        assert f"INSERT INTO {table} ({names}) SELECT" in upsert.many
        assert "%s" not in upsert.many
        for statement in (upsert.one, upsert.many):
            assert "ON CONFLICT" in statement
            assert f"count = ({table}.count + excluded.count)" in statement or table == "conversation"
