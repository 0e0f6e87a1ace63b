"""The tables that grow: no foreign keys, no ranks, on SQLite in their key's order. What compacting leaves behind."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

from sensor.store.schema import text

revision = "0005"
down_revision = "0004"

EVIDENCE = ("origin", "subject", "observable", "day", "value", "source", "protocol")
CONVERSATION = ("origin", "client", "server", "port", "transport", "protocol", "day")
FINDING = ("origin", "subject", "finding", "day", "protocol")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _anew("evidence", EVIDENCE, _evidence())
        _anew("conversation", CONVERSATION, _conversation())
        _anew("finding", FINDING, _finding())
    else:
        op.drop_column("evidence", "rank")
        for table, ends in (
            ("evidence", ("origin", "subject")),
            ("conversation", ("origin",)),
            ("finding", ("origin", "subject")),
        ):
            for end in ends:
                op.drop_constraint(f"fk_{table}_{end}", table)
        op.drop_constraint("pk_conversation", "conversation")
        op.create_primary_key("pk_conversation", "conversation", list(CONVERSATION))
    op.add_column("origin", sa.Column("compacted", text(10), nullable=False, server_default=""))
    op.create_table(
        "sighting",
        sa.Column("subject", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("site", text(64), nullable=False),
        sa.Column("month", text(7), nullable=False),
        sa.Column("days", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "site", "month", name=op.f("pk_sighting")),
        sqlite_with_rowid=False,
    )


def _anew(table: str, key: Iterable[str], columns: list[sa.Column[object]]) -> None:
    """SQLite cannot take the row numbers from a table: its rows move into another one."""
    op.rename_table(table, "before")
    names = ", ".join(column.name for column in columns)
    op.create_table(table, *columns, sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")), sqlite_with_rowid=False)
    op.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM before ORDER BY {', '.join(key)}")  # noqa: S608  # our names
    op.drop_table("before")


def _evidence() -> list[sa.Column[object]]:
    return [
        sa.Column("origin", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("observable", text(64), nullable=False),
        sa.Column("day", text(10), nullable=False),
        sa.Column("value", text(256), nullable=False),
        sa.Column("source", text(160), nullable=False),
        sa.Column("protocol", text(64), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        *_places(),
    ]


def _conversation() -> list[sa.Column[object]]:
    return [
        sa.Column("origin", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", text(10), nullable=False),
        sa.Column("client", text(64), nullable=False),
        sa.Column("server", text(64), nullable=False),
        sa.Column("port", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("transport", text(16), nullable=False),
        sa.Column("protocol", text(64), nullable=False),
        sa.Column("encrypted", sa.Boolean(), nullable=False),
        sa.Column("client_frames", sa.BigInteger(), nullable=False),
        sa.Column("client_bytes", sa.BigInteger(), nullable=False),
        sa.Column("server_frames", sa.BigInteger(), nullable=False),
        sa.Column("server_bytes", sa.BigInteger(), nullable=False),
        sa.Column("connections", sa.BigInteger(), nullable=False),
        *_places(),
    ]


def _finding() -> list[sa.Column[object]]:
    return [
        sa.Column("origin", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("finding", text(64), nullable=False),
        sa.Column("day", text(10), nullable=False),
        sa.Column("protocol", text(64), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        *_places(),
    ]


def _places() -> list[sa.Column[object]]:
    names = ("first_time", "first_frame", "last_time", "last_frame")
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]
