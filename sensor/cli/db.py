"""`sensor db`: look after the database."""

from __future__ import annotations

import time

import click

from sensor.cli.options import as_json, database, inventory, networks, settings, site


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
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@site
@networks
@database
def compact(dry_run: bool, site: str, networks: tuple[str, ...], db: str) -> None:
    """Make rows of old days one, and forget what is too old, as the settings under retention say. The devices stay
    what they are, and so does on which days each was seen."""
    from sensor.cli.show import note, number
    from sensor.fingerprint.load import load
    from sensor.service.inventory import rebuild
    from sensor.service.retention import keep

    rules = load()
    with inventory(db, write=not dry_run) as store:
        kept = None
        for turn in keep(store, site, settings().retention, time.time_ns(), rules, dry=dry_run):
            kept = turn
        if kept is None or not (kept.before or kept.forgotten.total()):
            note("nothing is old enough")
            return
        for table in sorted(kept.before.keys() | kept.forgotten.keys()):
            said = f"{number(kept.before[table])} rows of old days made {number(kept.after[table])}"
            click.echo(f"{table}: {said}, {number(kept.forgotten[table])} forgotten")
        if dry_run:
            note("nothing was changed")
            return
        if kept.forgotten.total():
            rebuild(store, site, networks, rules)
        store.shrink()


@db.command()
@database
@as_json
def status(db: str, as_json: bool) -> None:
    """Show the schema, the size, and which captures were read into the database, and how well."""
    from sensor.store.upkeep import status as ask

    found = ask(db, settings().listen.spool)
    if as_json:
        from sensor.cli.show import objects
        from sensor.export import jsonl

        objects([jsonl.status(found)])
    else:
        from sensor.cli.status_card import show

        show(found)
