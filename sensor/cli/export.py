"""`sensor export`: the inventory as a file for other programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sensor.cli.options import database, inventory, only_site

if TYPE_CHECKING:
    from sensor.store.store import Store


@click.command()
@click.argument("format_", metavar="FORMAT", type=click.Choice(["csv", "jsonl"]))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file; default: standard output."
)
@click.option(
    "--what",
    type=click.Choice(["devices", "evidence", "conversations", "findings"]),
    default="devices",
    show_default=True,
    help="What to write.",
)
@only_site
@database
def export(format_: str, output: Path | None, what: str, site: str, db: str) -> None:
    """Write the inventory as FORMAT: csv (for spreadsheets) or jsonl (JSON Lines)."""
    with inventory(db) as store:
        pieces = _csv(store, what, site) if format_ == "csv" else _jsonl(store, what, site)
        if output is not None and str(output) != "-":
            from sensor.export.output import write

            write(output, pieces)
            return
        from sensor.cli import show

        show.pieces(pieces)


def _csv(store: Store, what: str, site: str) -> Iterator[bytes]:
    from sensor.correlate.device import DEVICE
    from sensor.export import csv
    from sensor.store.reads import Wanted

    wanted, labels = Wanted(site=site), store.labels()
    if what == "devices":
        columns = csv.attribute_columns(store.devices(site, (DEVICE,)))
        return csv.lines(csv.devices(store.devices(site, (DEVICE,)), columns))
    if what == "evidence":
        return csv.lines(csv.evidence(store.evidence(wanted), labels))
    if what == "conversations":
        return csv.lines(csv.conversations(store.conversations(wanted), labels))
    return csv.lines(csv.findings(store.findings(wanted), labels))


def _jsonl(store: Store, what: str, site: str) -> Iterator[bytes]:
    from sensor.correlate.device import DEVICE
    from sensor.export import jsonl
    from sensor.store.reads import Wanted

    wanted, labels = Wanted(site=site), store.labels()
    if what == "devices":
        return jsonl.lines(jsonl.device(one) for one in store.devices(site, (DEVICE,)))
    if what == "evidence":
        return jsonl.lines(jsonl.evidence(row, labels) for row in store.evidence(wanted))
    if what == "conversations":
        return jsonl.lines(jsonl.conversation(row, labels) for row in store.conversations(wanted))
    return jsonl.lines(jsonl.finding(row, labels) for row in store.findings(wanted))
