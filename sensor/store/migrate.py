"""The only importer of alembic: creates the tables, and brings an older database up to this program's schema."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """Runs what is missing, up to the newest revision, inside the caller's transaction."""
    config = Config()
    config.set_main_option("script_location", "sensor.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
