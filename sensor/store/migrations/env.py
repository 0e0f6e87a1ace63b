"""Runs the revisions on the connection, and inside the transaction, that `sensor.store.migrate` gives."""

from __future__ import annotations

from alembic import context

from sensor.store.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
