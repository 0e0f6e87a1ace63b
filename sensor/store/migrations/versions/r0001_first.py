"""The first schema: origins, subjects, evidence, conversations, findings, devices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("parent", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.Column("interfaces", sa.Text(), nullable=False),
        sa.Column("addresses", sa.Text(), nullable=False),
        sa.Column("applications", sa.Text(), nullable=False),
        sa.Column("merges", sa.Text(), nullable=False),
        sa.Column("rules_version", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
    )
    op.create_index(op.f("ix_device_site"), "device", ["site"], unique=False)
    op.create_table(
        "origin",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("sensor", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frames", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("counters", sa.Text(), nullable=False),
        sa.Column("faults", sa.Text(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_origin")),
        sa.UniqueConstraint("site", "sensor", "id", name=op.f("uq_origin_site")),
    )
    op.create_table(
        "subject",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.Column("ip", sa.String(length=64), nullable=False),
        sa.Column("vlan", sa.Integer(), nullable=False),
        sa.Column("application", sa.String(length=256), nullable=False),
        sa.Column("behind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_subject")),
        sa.UniqueConstraint("key", name=op.f("uq_subject_key")),
    )
    op.create_table(
        "attribute",
        sa.Column("device", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["device.id"], name=op.f("fk_attribute_device")),
        sa.PrimaryKeyConstraint("device", "name", "place", name=op.f("pk_attribute")),
    )
    op.create_table(
        "conversation",
        sa.Column("origin", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("server", sa.String(length=64), nullable=False),
        sa.Column("port", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("transport", sa.String(length=16), nullable=False),
        sa.Column("protocol", sa.String(length=64), nullable=False),
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
        sa.Column("alias", sa.String(length=128), nullable=False),
        sa.Column("device", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["device.id"], name=op.f("fk_device_alias_device")),
        sa.PrimaryKeyConstraint("alias", name=op.f("pk_device_alias")),
    )
    op.create_index(op.f("ix_device_alias_device"), "device_alias", ["device"], unique=False)
    op.create_table(
        "device_subject",
        sa.Column("device", sa.String(length=128), nullable=False),
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
        sa.Column("observable", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("value", sa.String(length=256), nullable=False),
        sa.Column("source", sa.String(length=160), nullable=False),
        sa.Column("protocol", sa.String(length=64), nullable=False),
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
        sa.Column("finding", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("protocol", sa.String(length=64), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first_time", sa.BigInteger(), nullable=False),
        sa.Column("first_frame", sa.BigInteger(), nullable=False),
        sa.Column("last_time", sa.BigInteger(), nullable=False),
        sa.Column("last_frame", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["origin"], ["origin.number"], name=op.f("fk_finding_origin")),
        sa.ForeignKeyConstraint(["subject"], ["subject.number"], name=op.f("fk_finding_subject")),
        sa.PrimaryKeyConstraint("origin", "subject", "finding", "day", "protocol", name=op.f("pk_finding")),
    )
