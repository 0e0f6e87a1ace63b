"""`sensor read`: captures into the inventory."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from sensor.cli.options import as_json, database, networks, sensor, site, site_rules

if TYPE_CHECKING:
    from sensor.service.reading import Report, Watch

LOOK_EVERY = 0.2  # seconds between two looks at the progress; drawing costs as much as decoding a few hundred packets


@click.command()
@click.argument("captures", nargs=-1, required=True, metavar="CAPTURE...")
@click.option("--joined", is_flag=True, help="Rotated files: read them as one capture, in order of time.")
@click.option("--again", is_flag=True, help="Read captures anew that are in the inventory already.")
@click.option("--sha256", is_flag=True, help="Know captures by a hash of all their bytes, not of samples.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Processes that read one capture; default: all cores for large ones. The result is the same.",
)
@database
@site
@sensor
@networks
@site_rules
@as_json
def read(
    captures: tuple[str, ...],
    joined: bool,
    again: bool,
    sha256: bool,
    workers: int | None,
    db: str,
    site: str,
    sensor: str,
    networks: tuple[str, ...],
    as_json: bool,
) -> int:
    """Read captures (files, folders, - for standard input) into the inventory."""
    from sensor.service.reading import Report, Request, read_all
    from sensor.store.store import Store

    request = Request(captures, site, sensor, networks, join=joined, again=again, sha256=sha256, workers=workers)
    report = Report()
    started = time.monotonic()
    with Store.open(db) as store:
        try:
            with _progress() as watch:
                read_all(request, store, report, watch)
        finally:
            _tell(report, time.monotonic() - started, as_json)
    return 3 if report.refused else 0


def _tell(report: Report, seconds: float, as_json: bool) -> None:
    from sensor.cli.summary import lines
    from sensor.names import shown

    for sentence in report.refused:
        click.echo(f"sensor: {shown(sentence)}", err=True)
    if as_json:
        import msgspec

        from sensor.cli.show import objects

        objects(msgspec.to_builtins(outcome) for outcome in report.outcomes)
    elif report.outcomes:
        for line in lines(report, seconds):
            click.echo(line)


@contextmanager
def _progress() -> Iterator[Watch]:
    """A bar with bytes, rate and hosts so far; nothing where nobody looks."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    from sensor.names import shown

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[hosts]} hosts", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield _watcher(bar.add_task, bar.update, shown)


def _watcher(add: Callable[..., int], update: Callable[..., None], shown: Callable[[str], str]) -> Watch:
    tasks: dict[int, int] = {}
    drawn = 0.0

    def watch(capture: object, done: int, hosts: int) -> None:
        nonlocal drawn
        now = time.monotonic()
        key = id(capture)
        if key not in tasks:
            for task in tasks.values():
                update(task, visible=False)
            size = getattr(capture, "size", None)
            tasks[key] = add(shown(str(getattr(capture, "name", ""))), total=size, hosts=0)
        elif now - drawn < LOOK_EVERY:
            return
        drawn = now
        update(tasks[key], completed=done, hosts=f"{hosts:,}")

    return watch
