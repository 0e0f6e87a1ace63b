"""The tables, for SQLite and PostgreSQL alike: plain types, times in ns in 64 bits, texts cut to length.

A change here needs a new file in migrations/versions and its number in `REVISION`; a test holds that both say the same.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from parsers.api import TEXT_MAX

REVISION = "0005"  # numbers, so that older and newer can be told apart
VERSION_TABLE = "auscult_version"  # one row; that it exists tells our database from others
version_table = Table(  # as alembic makes it
    VERSION_TABLE,
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
)

NAME = 64  # sites, sensors, observables, findings
ADDRESS = 64  # MAC, IPv6
SOURCE = 160  # a protocol, a blank and an address
ID = 128

BINARY = "C"  # PostgreSQL's order by code points, so that rows are sorted as SQLite and Python do on any server


def text(length: int) -> String:
    """A text of at most so many characters."""
    return String(length).with_variant(String(length, collation=BINARY), "postgresql")


LONG_TEXT = Text().with_variant(Text(collation=BINARY), "postgresql")

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

origin = Table(
    "origin",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("site", text(NAME), nullable=False),
    Column("sensor", text(NAME), nullable=False),
    Column("id", text(ID), nullable=False),
    Column("name", text(TEXT_MAX), nullable=False),
    Column("kind", text(16), nullable=False),
    Column("state", text(16), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("frames", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("finished", BigInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("counters", LONG_TEXT, nullable=False),  # JSON
    Column("faults", LONG_TEXT, nullable=False),  # JSON
    Column("version", text(NAME), nullable=False),
    Column("batch", BigInteger, nullable=False, server_default="0"),  # the last one of a live run that is here
    Column("compacted", text(10), nullable=False, server_default=""),  # the last day of which rows were made one
    UniqueConstraint("site", "sensor", "id"),
)

subject = Table(  # interned: evidence refers to it by number. A subject that nothing refers to any more is harmless.
    "subject",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("key", text(32), nullable=False, unique=True),  # hash of the other columns, so that the index stays small
    Column("mac", text(ADDRESS), nullable=False),
    Column("ip", text(ADDRESS), nullable=False),
    Column("vlan", Integer, nullable=False),
    Column("application", text(TEXT_MAX), nullable=False),
    Column("behind", LONG_TEXT, nullable=False),  # JSON: [[scheme, value, maker], ...]
)


def _places() -> list[Column[int]]:
    names = ("first_time", "first_frame", "last_time", "last_frame")
    return [Column(name, BigInteger, nullable=False) for name in names]


# The three tables that grow have no foreign keys: to check them costs a quarter of every write, and the numbers were
# stored in the same transaction. On SQLite they are kept in their key's order, which saves a third of their size.


def _number(name: str) -> Column[int]:
    return Column(name, Integer, primary_key=True, autoincrement=False)


evidence = Table(  # the key's order serves removal by origin, and finding (subject, observable, day) with many values
    "evidence",
    metadata,
    _number("origin"),
    _number("subject"),
    Column("observable", text(NAME), primary_key=True),
    Column("day", text(10), primary_key=True),
    Column("value", text(TEXT_MAX), primary_key=True),
    Column("source", text(SOURCE), primary_key=True),
    Column("protocol", text(NAME), primary_key=True),
    Column("weight", Double, nullable=False),
    Column("count", BigInteger, nullable=False),
    *_places(),
    sqlite_with_rowid=False,
)

conversation = Table(
    "conversation",
    metadata,
    Column("origin", Integer, nullable=False),
    Column("day", text(10), nullable=False),
    Column("client", text(ADDRESS), nullable=False),
    Column("server", text(ADDRESS), nullable=False),
    Column("port", Integer, nullable=False),
    Column("transport", text(16), nullable=False),
    Column("protocol", text(NAME), nullable=False),
    Column("encrypted", Boolean, nullable=False),
    Column("client_frames", BigInteger, nullable=False),
    Column("client_bytes", BigInteger, nullable=False),
    Column("server_frames", BigInteger, nullable=False),
    Column("server_bytes", BigInteger, nullable=False),
    Column("connections", BigInteger, nullable=False),
    *_places(),
    PrimaryKeyConstraint(
        "origin", "client", "server", "port", "transport", "protocol", "day"
    ),  # the day last: to merge
    sqlite_with_rowid=False,
)

finding = Table(
    "finding",
    metadata,
    _number("origin"),
    _number("subject"),
    Column("finding", text(NAME), primary_key=True),
    Column("day", text(10), primary_key=True),
    Column("protocol", text(NAME), primary_key=True),
    Column("count", BigInteger, nullable=False),
    *_places(),
    sqlite_with_rowid=False,
)

sighting = Table(  # on which days a subject was seen whose rows were made one: what `compacting` would lose
    "sighting",
    metadata,
    _number("subject"),
    Column("site", text(NAME), primary_key=True),
    Column("month", text(7), primary_key=True),
    Column("days", LargeBinary, nullable=False),  # see `sightings`
    sqlite_with_rowid=False,
)

decision = Table(  # what people decided: about subjects, which stay, and never about devices, which are computed
    "decision",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("site", text(NAME), nullable=False),
    Column("action", text(16), nullable=False),
    Column("subject", Integer, ForeignKey("subject.number"), nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("other", Integer, ForeignKey("subject.number"), nullable=True),
    Column("other_seen", BigInteger, nullable=False),
    Column("name", text(NAME), nullable=False),
    Column("value", text(TEXT_MAX), nullable=False),
    Column("by", text(NAME), nullable=False),
    Column("at", BigInteger, nullable=False),
)

pushed = Table(  # what other systems were last told: about subjects, like decisions
    "pushed",
    metadata,
    Column("target", text(ID), primary_key=True),
    Column("subject", Integer, ForeignKey("subject.number"), primary_key=True),
    Column("remote", text(NAME), nullable=False),  # the device's id in the target
    Column("fields", LONG_TEXT, nullable=False),  # JSON
    Column("state", text(16), nullable=False),
    Column("at", BigInteger, nullable=False),
)

correlation = Table(  # what computing the devices of a site found out beside them
    "correlation",
    metadata,
    Column("site", text(NAME), primary_key=True),
    Column("ambiguous", BigInteger, nullable=False),  # rows of evidence that count for no device
)

# Devices are computed: these four are written as a whole and can be rebuilt from evidence at any time.

device = Table(
    "device",
    metadata,
    Column("id", text(ID), primary_key=True),
    Column("site", text(NAME), nullable=False, index=True),
    Column("kind", text(NAME), nullable=False),
    Column("name", text(TEXT_MAX), nullable=False),
    Column("parent", text(ID), nullable=False),  # "" for none; no key, so that rows can be written in any order
    Column("state", text(16), nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Column("interfaces", LONG_TEXT, nullable=False),  # JSON
    Column("addresses", LONG_TEXT, nullable=False),  # JSON
    Column("applications", LONG_TEXT, nullable=False),  # JSON
    Column("merges", LONG_TEXT, nullable=False),  # JSON
    Column("rules_version", text(NAME), nullable=False),
)

device_alias = Table(
    "device_alias",
    metadata,
    Column("alias", text(ID), primary_key=True),
    Column("device", text(ID), ForeignKey("device.id"), nullable=False, index=True),
)

device_subject = Table(
    "device_subject",
    metadata,
    Column("device", text(ID), ForeignKey("device.id"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("subject", Integer, ForeignKey("subject.number"), nullable=False),
)

attribute = Table(
    "attribute",
    metadata,
    Column("device", text(ID), ForeignKey("device.id"), primary_key=True),
    Column("name", text(NAME), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),  # 0 is the value believed
    Column("value", LONG_TEXT, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("reasons", LONG_TEXT, nullable=False),  # JSON
)
