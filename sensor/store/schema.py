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
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from parsers.api import TEXT_MAX

REVISION = "0002"  # numbers, so that older and newer can be told apart
VERSION_TABLE = "auscult_version"  # one row; that it exists tells our database from others

NAME = 64  # sites, sensors, observables, findings
ADDRESS = 64  # MAC, IPv6
SOURCE = 160  # a protocol, a blank and an address
ID = 128

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
    Column("site", String(NAME), nullable=False),
    Column("sensor", String(NAME), nullable=False),
    Column("id", String(ID), nullable=False),
    Column("name", String(TEXT_MAX), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("frames", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("finished", BigInteger, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("counters", Text, nullable=False),  # JSON
    Column("faults", Text, nullable=False),  # JSON
    Column("version", String(NAME), nullable=False),
    UniqueConstraint("site", "sensor", "id"),
)

subject = Table(  # interned: evidence refers to it by number. A subject that nothing refers to any more is harmless.
    "subject",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("key", String(32), nullable=False, unique=True),  # hash of the other columns, so that the index stays small
    Column("mac", String(ADDRESS), nullable=False),
    Column("ip", String(ADDRESS), nullable=False),
    Column("vlan", Integer, nullable=False),
    Column("application", String(TEXT_MAX), nullable=False),
    Column("behind", Text, nullable=False),  # JSON: [[scheme, value, maker], ...]
)


def _places() -> list[Column[int]]:
    names = ("first_time", "first_frame", "last_time", "last_frame")
    return [Column(name, BigInteger, nullable=False) for name in names]


def _origin_number() -> Column[int]:
    return Column("origin", Integer, ForeignKey("origin.number"), primary_key=True)


def _subject_number() -> Column[int]:
    return Column("subject", Integer, ForeignKey("subject.number"), primary_key=True)


evidence = Table(  # the key's order serves removal by origin, and finding (subject, observable, day) with many values
    "evidence",
    metadata,
    _origin_number(),
    _subject_number(),
    Column("observable", String(NAME), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("value", String(TEXT_MAX), primary_key=True),
    Column("source", String(SOURCE), primary_key=True),
    Column("protocol", String(NAME), primary_key=True),
    Column("rank", BigInteger, nullable=False),  # hash of value: the smallest stay where there are too many
    Column("weight", Double, nullable=False),
    Column("count", BigInteger, nullable=False),
    *_places(),
)

conversation = Table(
    "conversation",
    metadata,
    _origin_number(),
    Column("day", String(10), primary_key=True),
    Column("client", String(ADDRESS), primary_key=True),
    Column("server", String(ADDRESS), primary_key=True),
    Column("port", Integer, primary_key=True, autoincrement=False),
    Column("transport", String(16), primary_key=True),
    Column("protocol", String(NAME), primary_key=True),
    Column("encrypted", Boolean, nullable=False),
    Column("client_frames", BigInteger, nullable=False),
    Column("client_bytes", BigInteger, nullable=False),
    Column("server_frames", BigInteger, nullable=False),
    Column("server_bytes", BigInteger, nullable=False),
    Column("connections", BigInteger, nullable=False),
    *_places(),
)

finding = Table(
    "finding",
    metadata,
    _origin_number(),
    _subject_number(),
    Column("finding", String(NAME), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("protocol", String(NAME), primary_key=True),
    Column("count", BigInteger, nullable=False),
    *_places(),
)

decision = Table(  # what people decided: about subjects, which stay, and never about devices, which are computed
    "decision",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("site", String(NAME), nullable=False),
    Column("action", String(16), nullable=False),
    Column("subject", Integer, ForeignKey("subject.number"), nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("other", Integer, ForeignKey("subject.number"), nullable=True),
    Column("other_seen", BigInteger, nullable=False),
    Column("name", String(NAME), nullable=False),
    Column("value", String(TEXT_MAX), nullable=False),
    Column("by", String(NAME), nullable=False),
    Column("at", BigInteger, nullable=False),
)

correlation = Table(  # what computing the devices of a site found out beside them
    "correlation",
    metadata,
    Column("site", String(NAME), primary_key=True),
    Column("ambiguous", BigInteger, nullable=False),  # rows of evidence that count for no device
)

# Devices are computed: these four are written as a whole and can be rebuilt from evidence at any time.

device = Table(
    "device",
    metadata,
    Column("id", String(ID), primary_key=True),
    Column("site", String(NAME), nullable=False, index=True),
    Column("kind", String(NAME), nullable=False),
    Column("name", String(TEXT_MAX), nullable=False),
    Column("parent", String(ID), nullable=False),  # "" for none; no key, so that rows can be written in any order
    Column("state", String(16), nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Column("interfaces", Text, nullable=False),  # JSON
    Column("addresses", Text, nullable=False),  # JSON
    Column("applications", Text, nullable=False),  # JSON
    Column("merges", Text, nullable=False),  # JSON
    Column("rules_version", String(NAME), nullable=False),
)

device_alias = Table(
    "device_alias",
    metadata,
    Column("alias", String(ID), primary_key=True),
    Column("device", String(ID), ForeignKey("device.id"), nullable=False, index=True),
)

device_subject = Table(
    "device_subject",
    metadata,
    Column("device", String(ID), ForeignKey("device.id"), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("subject", Integer, ForeignKey("subject.number"), nullable=False),
)

attribute = Table(
    "attribute",
    metadata,
    Column("device", String(ID), ForeignKey("device.id"), primary_key=True),
    Column("name", String(NAME), primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),  # 0 is the value believed
    Column("value", Text, nullable=False),
    Column("confidence", Double, nullable=False),
    Column("reasons", Text, nullable=False),  # JSON
)
