"""What people decided about devices; what correlation found out about a site beside its devices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sensor.store.schema import text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "decision",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("site", text(64), nullable=False),
        sa.Column("action", text(16), nullable=False),
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("other", sa.Integer(), nullable=True),
        sa.Column("other_seen", sa.BigInteger(), nullable=False),
        sa.Column("name", text(64), nullable=False),
        sa.Column("value", text(256), nullable=False),
        sa.Column("by", text(64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["subject"], ["subject.number"], name=op.f("fk_decision_subject")),
        sa.ForeignKeyConstraint(["other"], ["subject.number"], name=op.f("fk_decision_other")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_decision")),
    )
    op.create_table(
        "correlation",
        sa.Column("site", text(64), nullable=False),
        sa.Column("ambiguous", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_correlation")),
    )
