"""Opens a database: what may be wrong with it is said in one line each; what drivers say is translated."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, inspect, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.sql import column, table

from sensor.store import postgresql
from sensor.store.error import StoreError
from sensor.store.schema import REVISION, VERSION_TABLE, metadata, version_table

BUSY_S = 15.0  # how long a writer waits for another: a batch takes under a second, a prune of a large capture a few
CACHE_KIB = 32 * 1024  # SQLite's page cache; upserts into an index larger than this slow down to the disk's speed
WRITING = {"begin": "BEGIN IMMEDIATE"}  # takes the write lock at once, so that two writers never wait for each other
JOURNAL_PAUSE = 0.05  # seconds between two tries to change the journal
BARE = {"begin": ""}  # no transaction

_REASONS = (  # what SQLite says, what we say, what to do
    ("disk is full", "the disk is full", "free some space and read the capture again"),
    ("is locked", "another program is writing to it", "try again when that has finished"),
    ("readonly", "it may only be read", "give yourself write permission, or name another file with --db"),
    ("disk I/O error", "the disk reports an error", "check the disk and read the capture again"),
    ("not a database", "it is not a database", "name another file with --db"),
    ("malformed", "it is damaged", "move it away, or restore a copy, and read the captures again"),
    ("unable to open", "it cannot be opened", "check the permissions of the file and its folder"),
    ("no such table", "its tables are not those of this program", "name another file with --db"),
    *postgresql.REASONS,
)


class Address:
    """A database URL, checked; `shown` is how messages name it, without a password."""

    def __init__(self, text: str) -> None:
        try:
            self.url: URL = make_url(text)
            self.url.get_dialect()
        except (ArgumentError, NoSuchModuleError, ValueError):
            raise StoreError(
                f"not a database URL: {text.rsplit('@', 1)[-1]}; write it like sqlite:///inventory.db"
            ) from None
        if self.url.get_backend_name() not in ("sqlite", "postgresql"):
            raise StoreError(f"{self.url.get_backend_name()} is not supported; use sqlite:/// or postgresql://")
        self.path: Path | None = None
        self.shown = self.url.render_as_string(hide_password=True)
        if self.url.get_backend_name() == "sqlite":
            if self.url.database in (None, "", ":memory:"):
                raise StoreError(f"{self.shown} names no file; write it like sqlite:///inventory.db")
            self.path = Path(str(self.url.database))
            self.shown = str(self.path)

    def size(self, engine: Engine) -> int:
        """Bytes of the file and its journal, or of the database on its server."""
        if self.path is None:
            with reading(engine, self) as connection:
                return postgresql.size(connection)
        files = (self.path, Path(f"{self.path}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())


def engine(address: Address, *, create: bool, write: bool) -> Engine:
    """An engine for a database that exists (or is made, empty, if `create`)."""
    if address.path is not None:
        _check_file(address.path, create=create, write=write)
        return _sqlite(address.path, write=write)
    try:
        return postgresql.engine(address.url, BUSY_S)
    except ModuleNotFoundError as error:
        raise StoreError(f"{address.shown} needs the module {error.name}; install auscult[postgresql]") from None


def check(engine: Engine, address: Address) -> None:
    """Refuses a database that is not ours or not of this schema. Reads one row."""
    found = revision(engine, address)
    if found == REVISION:
        return
    if found is None:
        raise StoreError(f"{address.shown} is an empty database; read a capture into it first: sensor read CAPTURE")
    if not found.isdigit():
        raise StoreError(f"{address.shown} has an unknown schema ({found}); name another database with --db")
    if found < REVISION:
        raise StoreError(f"{address.shown} has an older schema ({found}, now {REVISION}); run: sensor db upgrade")
    raise StoreError(f"{address.shown} was written by a newer version (schema {found}); update this program")


def revision(engine: Engine, address: Address) -> str | None:
    """The revision of the schema; None: no tables at all. Refuses the database of another program."""
    with reading(engine, address) as connection:
        return _revision(connection, address)


def bring_up(engine: Engine, address: Address) -> str | None:
    """Creates the tables, or upgrades them, in one transaction. Returns the revision that was there before."""
    with writing(engine, address) as connection:
        before = _revision(connection, address)  # again, under the lock: two programs may start at once
        if before is None:  # alembic would come to the same, and takes a fifth of a second to be imported
            metadata.create_all(connection, checkfirst=False)
            version_table.create(connection)
            connection.execute(version_table.insert().values(version_num=REVISION))
        elif before.isdigit() and before < REVISION:
            from sensor.store import migrate

            migrate.upgrade(connection)
        return before


@contextmanager
def reading(engine: Engine, address: Address) -> Iterator[Connection]:
    """A connection on one snapshot; whatever the driver says becomes a `StoreError`."""
    snapshot = postgresql.reading(engine) if address.path is None else engine
    with _translated("read", address), snapshot.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine, address: Address) -> Iterator[Connection]:
    """A transaction that is committed as a whole or not at all."""
    options = engine.execution_options(**WRITING)
    with _translated("write", address), options.begin() as connection:
        yield connection


@contextmanager
def _translated(verb: str, address: Address) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:  # its own text holds statement and values: only the driver's words are looked at
        said = str(error.orig)
        for sign, reason, remedy in _REASONS:
            if sign in said:
                passing = reason in postgresql.PASSING
                raise StoreError(f"could not {verb} {address.shown}: {reason}; {remedy}", passing=passing) from None
        line = said.strip().splitlines()[0] if said.strip() else type(error.orig).__name__
        raise StoreError(f"could not {verb} {address.shown}: {line}; see sensor db status") from None


def _revision(connection: Connection, address: Address) -> str | None:
    names = inspect(connection).get_table_names()
    if not names:
        return None
    if VERSION_TABLE not in names:
        raise StoreError(f"{address.shown} belongs to another program; name another database with --db")
    found = connection.execute(select(column("version_num")).select_from(table(VERSION_TABLE))).scalar()
    return str(found) if found is not None else ""


def _check_file(path: Path, *, create: bool, write: bool) -> None:
    folder = path.parent
    if not folder.is_dir():
        raise StoreError(f"there is no folder {folder}; make it, or name another file with --db")
    if path.is_dir():
        raise StoreError(f"{path} is a folder; name a file with --db")
    if not path.exists():
        if not create:
            raise StoreError(f"there is no inventory at {path}; make one with: sensor read CAPTURE")
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # -wal and -shm copy the file's mode
        except FileExistsError:
            return  # another program was quicker
        except OSError as error:
            raise StoreError(
                f"could not create {path}: {error.strerror}; name a file in another folder with --db"
            ) from None
    if not os.access(path, os.R_OK):
        raise StoreError(f"{path} may not be read by you; ask its owner, or name another file with --db")
    if write and not (os.access(path, os.W_OK) and os.access(folder, os.W_OK)):
        raise StoreError(f"{path} may only be read by you; name another file with --db to write to")


def use_journal(engine: Engine, address: Address) -> None:
    """Lets readers and a writer work side by side on SQLite. The file remembers it: only done to one known as ours.

    SQLite does not wait its usual time here: where two programs change the journal at once, one is refused immediately.
    So it is asked again, for as long as it would have waited.
    """
    if engine.dialect.name != "sqlite":
        return
    with _translated("write", address):
        until = time.monotonic() + BUSY_S
        while True:
            try:
                with engine.execution_options(**BARE).connect() as connection:
                    connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            except OperationalError as error:
                if "locked" not in str(error.orig) or time.monotonic() > until:
                    raise
                time.sleep(JOURNAL_PAUSE)
            else:
                return


def shrink(engine: Engine, address: Address) -> None:
    """Writes an SQLite file anew without the room of what is gone; it takes that much room beside it meanwhile."""
    if engine.dialect.name != "sqlite":
        return
    with _translated("write", address), engine.execution_options(**BARE).connect() as connection:
        connection.exec_driver_sql("VACUUM")


def _sqlite(path: Path, *, write: bool) -> Engine:
    mode = "rw"
    if not write and not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists():
        mode = "ro&immutable=1"  # on a read-only disk SQLite could not place its index of the journal

    def connect() -> sqlite3.Connection:
        uri = f"file:{quote(str(path.absolute()))}?mode={mode}"
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    # The pool keeps connections, so that the journal is not folded into the file after every batch.
    made = create_engine("sqlite://", creator=connect, poolclass=QueuePool, hide_parameters=True)

    @event.listens_for(made, "begin")
    def begin(connection: Connection) -> None:
        statement = connection.get_execution_options().get("begin", "BEGIN")
        if statement:
            connection.exec_driver_sql(statement)

    return made
