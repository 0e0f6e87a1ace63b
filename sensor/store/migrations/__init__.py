"""The history of the schema, run by alembic. `sensor.store.migrate` is the way in."""
