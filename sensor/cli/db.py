"""`sensor db`: look after the database."""

from __future__ import annotations

import click

from sensor.cli.options import as_json, database


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
@database
def upgrade(db: str) -> None:
    """Bring the database up to the schema of this program. Copy the file first."""
    from sensor.store.schema import REVISION
    from sensor.store.upkeep import upgrade as run

    before = run(db)
    click.echo(f"schema {REVISION}: nothing to do" if before == REVISION else f"schema {before} -> {REVISION}")


@db.command()
@database
@as_json
def status(db: str, as_json: bool) -> None:
    """Show the schema, the size, and which captures were read into the database, and how well."""
    from sensor.store.upkeep import status as ask

    found = ask(db)
    if as_json:
        from sensor.cli.show import objects
        from sensor.export import jsonl

        objects([jsonl.status(found)])
    else:
        from sensor.cli.status_card import show

        show(found)
