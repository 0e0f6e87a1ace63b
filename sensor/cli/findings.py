"""`sensor findings`: security-relevant facts about devices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from sensor.cli import options

if TYPE_CHECKING:
    from sensor.export.jsonl import Labels
    from sensor.model import Finding

FOUND = 1  # exit code


@click.command()
@click.option("--finding", default="", metavar="NAME", help="Only this, like dicom.cleartext, or dicom.*")
@click.option(
    "--fail-on", "fail_on", multiple=True, metavar="NAME", help="Exit with 1 if this is found; NAME or NAME.*"
)
@options.listing(options.only_device, options.only_ip, options.only_mac)
@click.pass_context
def findings(ctx: click.Context, /, db: str, as_json: bool, fail_on: tuple[str, ...], **asked: Any) -> None:
    """Security-relevant facts about devices, with where they were seen."""
    from sensor.cli.show import objects

    says = meanings()
    for name in fail_on:
        if not any(_matches(known, name) for known in says):
            raise click.UsageError(f"there is no finding {name!r}; there are: {' '.join(sorted(says))}")
    with options.inventory(db) as store:
        labels = store.labels()
        found = list(store.findings(options.wanted(store, **asked)))
    failed = any(_matches(row.finding, name) for row in found for name in fail_on)
    if as_json:
        from sensor.export import jsonl

        objects(jsonl.finding(row, labels) for row in found)
    else:
        _table(found, labels, says)
    if failed:
        ctx.exit(FOUND)


def meanings() -> dict[str, str]:
    """Every finding that a parser can raise -> one sentence."""
    from parsers.api import installed

    return {name: text for spec in installed().values() for name, text in spec.findings.items()}


def _matches(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def _table(found: Iterable[Finding], labels: Labels, says: Mapping[str, str]) -> None:
    """One row for each finding and subject, over all days and captures; then what the findings mean."""
    from sensor.cli.device_card import briefly
    from sensor.cli.show import Column, line, note, number, table
    from sensor.times import moment

    rows: dict[tuple[str, str, str], list[Finding]] = {}
    for row in found:
        rows.setdefault((row.finding, row.site, briefly(row.subject)), []).append(row)
    cells = []
    for (name, _, subject), group in rows.items():
        first = min(group, key=lambda row: (row.first, row.origin))
        origin = labels.get((first.site, first.origin), first.origin)
        last = max(row.last.time for row in group)
        cells.append(
            [name, subject, number(sum(row.count for row in group)), moment(last)[:10], str(first.first.frame), origin]
        )
    columns = [Column("Finding", keep=True), Column("About"), Column("Times", keep=True, right=True)]
    columns += [Column("Last seen", keep=True), Column("First frame", keep=True, right=True), Column("In capture")]
    table(columns, cells)
    names = sorted({name for name, _, _ in rows})
    if any(name in says for name in names):
        line("")
    for name in names:
        if name in says:
            line(f"{name}: {says[name]}")
    note(f"{len(rows)} findings")
