"""`sensor export`: the inventory as a file for other programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sensor.cli.options import database, inventory, only_site

if TYPE_CHECKING:
    from sensor.store.store import Store


FORMATS = ("csv", "jsonl", "gmao", "xlsx", "cyclonedx")
ANY_ROWS = ("csv", "jsonl")  # formats that hold evidence, conversations and findings too


@click.command()
@click.argument("format_", metavar="FORMAT", type=click.Choice(FORMATS))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file; default: standard output."
)
@click.option(
    "--what",
    type=click.Choice(["devices", "evidence", "conversations", "findings"]),
    default="devices",
    show_default=True,
    help="What to write (csv, jsonl).",
)
@only_site
@database
def export(format_: str, output: Path | None, what: str, site: str, db: str) -> None:
    """Write the inventory as FORMAT: csv, jsonl (JSON Lines), gmao (CSV for a French maintenance system), xlsx (a
    workbook) or cyclonedx (a bill of materials)."""
    if what != "devices" and format_ not in ANY_ROWS:
        raise click.UsageError(f"{format_} holds devices; --what {what} is for: {', '.join(ANY_ROWS)}")
    if format_ == "xlsx" and output is None and sys.stdout.isatty():
        raise click.UsageError("a workbook is no text: name a file with -o")
    with inventory(db) as store:
        pieces = _pieces(store, format_, what, site)
        if output is not None and str(output) != "-":
            from sensor.export.output import write

            write(output, pieces)
            return
        from sensor.cli import show

        show.pieces(pieces)


def _pieces(store: Store, format_: str, what: str, site: str) -> Iterator[bytes]:
    if format_ == "csv":
        return _csv(store, what, site)
    if format_ == "jsonl":
        return _jsonl(store, what, site)
    from sensor.correlate.device import DEVICE

    devices = store.devices(site, (DEVICE,))
    if format_ == "xlsx":
        from sensor.export import csv, xlsx
        from sensor.store.reads import Wanted

        columns = csv.attribute_columns(store.attribute_names(site, (DEVICE,)))
        findings = csv.findings(store.findings(Wanted(site=site)), store.labels())
        return xlsx.lines([("Devices", csv.devices(devices, columns)), ("Findings", findings)])
    from sensor.export import cyclonedx, gmao
    from sensor.fingerprint.load import read

    kinds = read().words.kinds
    return gmao.lines(devices, kinds.get) if format_ == "gmao" else cyclonedx.lines(devices, kinds.get)


def _csv(store: Store, what: str, site: str) -> Iterator[bytes]:
    from sensor.correlate.device import DEVICE
    from sensor.export import csv
    from sensor.store.reads import Wanted

    wanted, labels = Wanted(site=site), store.labels()
    if what == "devices":
        columns = csv.attribute_columns(store.attribute_names(site, (DEVICE,)))
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
