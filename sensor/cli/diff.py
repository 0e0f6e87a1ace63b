"""`sensor diff`: two inventories, or two days of one, beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from sensor.cli.options import as_json, inventory, networks, site

if TYPE_CHECKING:
    from sensor.correlate.device import Device
    from sensor.correlate.lifecycle import Change

WORDS = ("new", "gone", "changed", "moved", "replaced")


class Snapshot(click.ParamType[tuple[str, date | None]]):
    """A database, and a day of it."""

    name = "snapshot"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, date | None]:
        """inventory.db, inventory.db@2026-01-05, postgresql://...@2026-01-05."""
        place, found, day = value.rpartition("@")
        try:
            when = date.fromisoformat(day) if found else None
        except ValueError:
            place, when = value, None
        if when is None:
            place = value
        if not place:
            self.fail(f"{value!r} names no database", param, ctx)
        return (place if "://" in place else f"sqlite:///{place}"), when


@click.command()
@click.argument("before", type=Snapshot(), metavar="A")
@click.argument("after", type=Snapshot(), metavar="B")
@click.option("--fail-on", multiple=True, type=click.Choice(WORDS), help="Exit with 1 if there are any; repeat it.")
@site
@networks
@as_json
def diff(
    before: tuple[str, date | None],
    after: tuple[str, date | None],
    fail_on: tuple[str, ...],
    site: str,
    networks: tuple[str, ...],
    as_json: bool,
) -> int:
    """Say what was added, is gone or changed from A to B: databases, each with @YYYY-MM-DD behind it for a past day."""
    from sensor.correlate.lifecycle import compare

    old, new = (_devices(place, day, site, networks) for place, day in (before, after))
    found = compare(old, new)
    tell(found, [*old, *new], as_json=as_json)
    return int(any(change.what in fail_on for change in found))


def _devices(url: str, day: date | None, site: str, networks: Sequence[str]) -> list[Device]:
    with inventory(url) as store:
        if day is None:
            return list(store.devices(site))
        from sensor.service.history import at

        return at(store, site, day, networks)


def tell(found: Sequence[Change], devices: Sequence[Device], *, as_json: bool) -> None:
    """Prints changes; devices: to name them by."""
    from sensor.cli.show import Column, note, objects, table
    from sensor.times import instant, moment

    if as_json:
        objects(
            {
                "time": instant(change.time),
                "change": change.what,
                "device": change.device,
                "attribute": change.attribute or None,
                "before": change.before or None,
                "after": change.after or None,
            }
            for change in found
        )
        return
    names = {device.id: device.name for device in devices}
    if found:
        columns = [Column("time", keep=True), Column("change", keep=True), Column("device", keep=True), Column("name")]
        columns += [Column("what"), Column("before"), Column("after")]
        table(
            columns,
            [
                (moment(c.time), c.what, c.device, names.get(c.device, ""), c.attribute, c.before, c.after)
                for c in found
            ],
        )
    note(f"{len(found)} changes")
