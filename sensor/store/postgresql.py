"""PostgreSQL: the driver, one snapshot for who reads, one writer at a time, many rows at once, what errors mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import URL, Column, Connection, Engine, FromClause, Table, create_engine, event
from sqlalchemy import table as named
from sqlalchemy.exc import DBAPIError

CONNECT_S = 10  # seconds to wait for a server that does not answer
LOCK = 0x6175_7363_756C_7400  # key of the lock that a writer takes: "auscult"
ANSWER_S = 60  # seconds that a statement of a writer may take, which mostly take one hundredth of one
SILENT_S = 20  # seconds after which a connection is given up whose other end does not even acknowledge
IDLE_MS = 300_000  # a transaction whose program is gone is ended by the server, or its lock would stay

REASONS = (  # what the server says, what we say, what to do
    ("password authentication failed", "it does not take this password", "correct database.password of the settings"),
    ("no password supplied", "it wants a password", "set database.password, or SENSOR_DATABASE_PASSWORD"),
    ("failed to resolve host", "there is no such host", "correct the URL"),
    ("Connection refused", "no server answers there", "start it, or correct the URL"),
    ("failed: No such file or directory", "no server answers there", "start it, or correct the URL"),
    ("timeout expired", "no server answers there", "start it, or correct the URL"),
    ("statement timeout", "it is too slow", "see what keeps it busy"),
    ("lock timeout", "another program is writing to it", "try again when that has finished"),
    ("deadlock detected", "another program is writing to it", "try again when that has finished"),
    ("No space left on device", "the disk is full", "free some space and read the capture again"),
    ("read-only transaction", "it may only be read", "name another database, or ask its administrator"),
    ("permission denied", "its user may not do this", "let its administrator grant it"),
    ("too many clients", "it has no room for one more connection", "try again later"),
    ("connection slots", "it has no room for one more connection", "try again later"),
    ("is starting up", "it is just starting", "try again in a moment"),
    ("is shutting down", "it is being stopped", "try again when it is back"),
    ("terminating connection", "it went away", "try again when it is back"),
    ("server closed the connection", "it went away", "try again when it is back"),
    ("connection is lost", "it went away", "try again when it is back"),
    ("connection is closed", "it went away", "try again when it is back"),
    ("does not exist", "there is no such database, or its tables are not there", "let its administrator create it"),
)
PASSING = frozenset(  # reasons that are gone when the server is back
    {
        "no server answers there",
        "another program is writing to it",
        "it is too slow",
        "it has no room for one more connection",
        "it is just starting",
        "it is being stopped",
        "it went away",
    }
)


def engine(url: URL, busy_s: float) -> Engine:
    """An engine; nothing is connected yet. Raises ModuleNotFoundError where the driver is not installed."""
    made = create_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_pre_ping=True,  # the server may have been restarted since the last batch
        connect_args={
            "connect_timeout": CONNECT_S,
            "application_name": "auscult",
            "tcp_user_timeout": SILENT_S * 1000,
            "keepalives_idle": SILENT_S // 2,
            "keepalives_interval": SILENT_S // 4,
            "keepalives_count": 2,
        },
    )

    @event.listens_for(made, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("begin"):
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(busy_s * 1000)}")
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(ANSWER_S * 1000)}")
            connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = {IDLE_MS}")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")

    return made


def reading(engine: Engine) -> Engine:
    """The engine, for connections that see one snapshot and cannot write."""
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def size(connection: Connection) -> int:
    """Bytes of the database on the server's disk."""
    return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())


def beside(table: Table) -> FromClause:
    """The table into which rows for another one are copied: of this connection alone, empty after each transaction."""
    return named(f"new_{table.name}", *(Column(column.name, column.type) for column in table.c))


def staged(connection: Connection, table: str, merge: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Copies rows into the table `beside` another one, and merges them from there: a third of the time of one by one.
    The driver is spoken to directly, since SQLAlchemy knows no COPY."""
    import psycopg

    cursor: psycopg.Cursor[Any] = connection.connection.driver_connection.cursor()  # type: ignore[union-attr]  # open
    try:
        cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS new_{table} (LIKE {table}) ON COMMIT DELETE ROWS")
        with cursor.copy(f"COPY new_{table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(merge)
        cursor.execute(f"TRUNCATE new_{table}")  # there may be more of this transaction
    except psycopg.Error as error:
        raise DBAPIError(merge, None, error, hide_parameters=True) from None
    finally:
        cursor.close()
