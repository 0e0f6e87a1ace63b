"""What other systems were last told of devices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from sensor.store.schema import LONG_TEXT, text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "pushed",
        sa.Column("target", text(128), nullable=False),
        sa.Column("subject", sa.Integer(), nullable=False),
        sa.Column("remote", text(64), nullable=False),
        sa.Column("fields", LONG_TEXT, nullable=False),
        sa.Column("state", text(16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["subject"], ["subject.number"], name=op.f("fk_pushed_subject")),
        sa.PrimaryKeyConstraint("target", "subject", name=op.f("pk_pushed")),
    )
