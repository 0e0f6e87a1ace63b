"""`sensor evidence`: what was said on the wire, about whom, and where it was seen."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click

from sensor.cli import options

if TYPE_CHECKING:
    from sensor.export.jsonl import Labels
    from sensor.model import Evidence


@click.command()
@click.option("--observable", default="", metavar="NAME", help="Only this, like dicom.calling_ae, or dicom.*")
@click.option("--value", default="", metavar="TEXT", help="Only this text.")
@click.option("--application", default="", metavar="NAME", help="Only about this AE title or HL7 application.")
@options.listing(options.only_device, options.only_ip, options.only_mac)
def evidence(db: str, as_json: bool, **asked: Any) -> None:
    """What was said on the wire, about whom, and where it was seen."""
    from sensor.cli.show import objects

    with options.inventory(db) as store:
        labels = store.labels()
        found = store.evidence(options.wanted(store, **asked))
        if as_json:
            from sensor.export import jsonl

            objects(jsonl.evidence(row, labels) for row in found)
        else:
            _listed(found, labels)


def _listed(found: Iterable[Evidence], labels: Labels) -> None:
    """Rows under the subject that they are about; line by line, since there may be millions."""
    from sensor.cli.show import line
    from sensor.correlate.ids import whom
    from sensor.names import shown
    from sensor.times import moment

    for (_, subject), rows in groupby(found, key=lambda row: (row.site, row.subject)):
        line(shown(whom(subject)), style="bold")
        for row in rows:
            said = f"  {row.observable} = {row.value}"
            where = f"{labels.get((row.site, row.origin), row.origin)} frame {row.first.frame}"
            rest = f"{row.weight:.2f}  {row.count:>5}x  {row.source}  {moment(row.first.time)}  {where}"
            line(shown(f"{said:<58}  {rest}"))
