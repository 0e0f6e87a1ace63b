"""The number of the last batch of an origin that is in the database, so that none is written twice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("origin", sa.Column("batch", sa.BigInteger(), nullable=False, server_default="0"))
