"""The first schema: origins, subjects, evidence, conversations, findings, devices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sensor.store.schema import LONG_TEXT, text

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "device",
        sa.Column("id", text(128), nullable=False),
        sa.Column("site", text(64), nullable=False),
        sa.Column("kind", text(64), nullable=False),
        sa.Column("name", text(256), nullable=False),
        sa.Column("parent", text(128), nullable=False),
        sa.Column("state", text(16), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.Column("interfaces", LONG_TEXT, nullable=False),
        sa.Column("addresses", LONG_TEXT, nullable=False),
        sa.Column("applications", LONG_TEXT, nullable=False),
        sa.Column("merges", LONG_TEXT, nullable=False),
        sa.Column("rules_version", text(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
    )
    op.create_index(op.f("ix_device_site"), "device", ["site"], unique=False)
    op.create_table(
        "origin",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("site", text(64), nullable=False),
        sa.Column("sensor", text(64), nullable=False),
        sa.Column("id", text(128), nullable=False),
        sa.Column("name", text(256), nullable=False),
        sa.Column("kind", text(16), nullable=False),
        sa.Column("state", text(16), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frames", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("counters", LONG_TEXT, nullable=False),
        sa.Column("faults", LONG_TEXT, nullable=False),
        sa.Column("version", text(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_origin")),
        sa.UniqueConstraint("site", "sensor", "id", name=op.f("uq_origin_site")),
    )
    op.create_table(
        "subject",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", text(32), nullable=False),
        sa.Column("mac", text(64), nullable=False),
        sa.Column("ip", text(64), nullable=False),
        sa.Column("vlan", sa.Integer(), nullable=False),
        sa.Column("application", text(256), nullable=False),
        sa.Column("behind", LONG_TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_subject")),
        sa.UniqueConstraint("key", name=op.f("uq_subject_key")),
    )
    op.create_table(
        "attribute",
        sa.Column("device", text(128), nullable=False),
        sa.Column("name", text(64), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", LONG_TEXT, nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("reasons", LONG_TEXT, nullable=False),
        sa.ForeignKeyConstraint(["device"], ["device.id"], name=op.f("fk_attribute_device")),
        sa.PrimaryKeyConstraint("device", "name", "place", name=op.f("pk_attribute")),
    )
    op.create_table(
        "conversation",
        sa.Column("origin", sa.Integer(), nullable=False),
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
        sa.Column("first_time", sa.BigInteger(), nullable=False),
        sa.Column("first_frame", sa.BigInteger(), nullable=False),
        sa.Column("last_time", sa.BigInteger(), nullable=False),
        sa.Column("last_frame", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["origin"], ["origin.number"], name=op.f("fk_conversation_origin")),
        sa.PrimaryKeyConstraint(
            "origin", "day", "client", "server", "port", "transport", "protocol", name=op.f("pk_conversation")
        ),
    )
    op.create_table(
        "device_alias",
        sa.Column("alias", text(128), nullable=False),
        sa.Column("device", text(128), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["device.id"], name=op.f("fk_device_alias_device")),
        sa.PrimaryKeyConstraint("alias", name=op.f("pk_device_alias")),
    )
    op.create_index(op.f("ix_device_alias_device"), "device_alias", ["device"], unique=False)
    op.create_table(
        "device_subject",
        sa.Column("device", text(128), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["device.id"], name=op.f("fk_device_subject_device")),
        sa.ForeignKeyConstraint(["subject"], ["subject.number"], name=op.f("fk_device_subject_subject")),
        sa.PrimaryKeyConstraint("device", "place", name=op.f("pk_device_subject")),
    )
    op.create_table(
        "evidence",
        sa.Column("origin", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.Column("observable", text(64), nullable=False),
        sa.Column("day", text(10), nullable=False),
        sa.Column("value", text(256), nullable=False),
        sa.Column("source", text(160), nullable=False),
        sa.Column("protocol", text(64), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first_time", sa.BigInteger(), nullable=False),
        sa.Column("first_frame", sa.BigInteger(), nullable=False),
        sa.Column("last_time", sa.BigInteger(), nullable=False),
        sa.Column("last_frame", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["origin"], ["origin.number"], name=op.f("fk_evidence_origin")),
        sa.ForeignKeyConstraint(["subject"], ["subject.number"], name=op.f("fk_evidence_subject")),
        sa.PrimaryKeyConstraint(
            "origin", "subject", "observable", "day", "value", "source", "protocol", name=op.f("pk_evidence")
        ),
    )
    op.create_table(
        "finding",
        sa.Column("origin", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.Column("finding", text(64), nullable=False),
        sa.Column("day", text(10), nullable=False),
        sa.Column("protocol", text(64), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first_time", sa.BigInteger(), nullable=False),
        sa.Column("first_frame", sa.BigInteger(), nullable=False),
        sa.Column("last_time", sa.BigInteger(), nullable=False),
        sa.Column("last_frame", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["origin"], ["origin.number"], name=op.f("fk_finding_origin")),
        sa.ForeignKeyConstraint(["subject"], ["subject.number"], name=op.f("fk_finding_subject")),
        sa.PrimaryKeyConstraint("origin", "subject", "finding", "day", "protocol", name=op.f("pk_finding")),
    )
