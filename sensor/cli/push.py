"""`sensor push`: the inventory into the systems where people work."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from sensor.cli.options import as_json, database, inventory, settings, site

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sensor.correlate.device import Device
    from sensor.push.run import Outcome
    from sensor.push.services import Service
    from sensor.store.store import Store

SHOWN = 20  # lines of a kind; --json has them all


@click.command()
@click.argument("target", type=click.Choice(("netbox", "glpi", "webhook", "syslog")))
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--force", is_flag=True, help="Overwrite also what a person changed in the target.")
@click.option("--follow", is_flag=True, help="Go on pushing what changes, until Ctrl-C.")
@click.option("--every", type=click.IntRange(1), default=300, show_default=True, help="With --follow: seconds between.")
@site
@database
@as_json
def push(target: str, dry_run: bool, force: bool, follow: bool, every: int, site: str, db: str, as_json: bool) -> int:
    """Push the devices to TARGET, as the settings say: netbox, glpi, webhook or syslog."""
    if follow:
        return _follow(target, dry_run, force, every, site, db, as_json)
    outcome = _once(target, dry_run, force, site, db)
    _tell(outcome, dry_run, as_json)
    return 3 if outcome.refused else 0


def _follow(target: str, dry_run: bool, force: bool, every: int, site: str, db: str, as_json: bool) -> int:
    """A target that is away for a while is tried again; wrong settings show in the first push, which must do."""
    from sensor.push.error import PushError

    first = True
    while True:
        try:
            _tell(_once(target, dry_run, force, site, db), dry_run, as_json)
        except PushError as error:
            if first:
                raise
            click.echo(f"sensor: {error}; trying again in {every} seconds", err=True)
        first = False
        time.sleep(every)


def _once(target: str, dry_run: bool, force: bool, site: str, db: str) -> Outcome:
    from sensor.correlate.device import DEVICE
    from sensor.fingerprint.load import read
    from sensor.push.run import Wanted, run
    from sensor.store.reads import Wanted as Rows

    with inventory(db, write=not dry_run) as store:
        devices = list(store.devices(site, (DEVICE,)))
        wanted = Wanted(
            site=site,
            devices=devices,
            findings=store.findings(Rows(site=site)),
            kinds=read().words.kinds.get,
            services=_services(store, site, devices) if target == "netbox" else {},
            force=force,
            dry_run=dry_run,
        )
        return run(target, wanted, settings(), store, _progress)


def _services(store: Store, site: str, devices: Sequence[Device]) -> dict[str, tuple[Service, ...]]:
    from parsers.api import installed
    from sensor.push.services import offered

    titles = {name: spec.title for name, spec in installed().items()}
    return offered(store.site_served(site, titles.keys()), devices, titles)


def _progress(done: int, of: int) -> None:
    import sys

    if sys.stderr.isatty():
        click.echo(f"\r{done:,} of {of:,} devices", err=True, nl=done >= of)


def _tell(outcome: Outcome, dry_run: bool, as_json: bool) -> None:
    from sensor.names import shown

    if as_json:
        import msgspec

        from sensor.cli.show import objects

        objects([msgspec.to_builtins(outcome) | {"dry_run": dry_run}])
        return
    would = "would be " if dry_run else ""
    click.echo(", ".join(f"{count:,} {would}{what}" for what, count in outcome.counts.items()) or "nothing new")
    for title, lines in (
        ("", outcome.differences if dry_run else []),
        ("kept as a person wrote them (--force overwrites)", outcome.kept),
        ("refused by the target", outcome.refused),
    ):
        if lines and title:
            click.echo(f"{len(lines):,} {title}:")
        for line in lines[:SHOWN]:
            click.echo(f"  {shown(line)}")
        if len(lines) > SHOWN:
            click.echo(f"  and {len(lines) - SHOWN:,} more: --json")
