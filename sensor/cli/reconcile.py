"""`sensor reconcile`: people's own list of equipment beside what was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sensor.cli.options import as_json, database, inventory, networks, settings, site

if TYPE_CHECKING:
    from sensor.reconcile.outcome import Finding
    from sensor.reconcile.sheet import Listed

CLASSES = ("matched", "different", "ambiguous", "unseen", "unlisted")
SYSTEMS = ("netbox", "glpi")  # instead of a file
SHOWN = 3  # lines of a class that are printed as an example; --only prints all of it


def _told(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    told = dict(text.partition("=")[::2] for text in given)
    if not all(told.values()):
        raise click.BadParameter("write FIELD=HEADER, like serial='N° de série'", ctx, param)
    return told


@click.command()
@click.argument("file", type=click.Path(dir_okay=False), metavar="FILE|netbox|glpi")
@click.option(
    "--map", "told", multiple=True, callback=_told, metavar="FIELD=HEADER", help="The column that says this; repeat it."
)
@click.option("--only", multiple=True, type=click.Choice(CLASSES), help="Only this class; repeat it.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write a workbook (xlsx).")
@click.option(
    "--import",
    "take",
    is_flag=True,
    help="Take asset number, department, room, owner, supplier, maintenance and criticality into the inventory.",
)
@click.option("--fail-on", multiple=True, type=click.Choice(CLASSES), help="Exit with 1 if there are any; repeat it.")
@site
@networks
@database
@as_json
def reconcile(
    file: str,
    told: dict[str, str],
    only: tuple[str, ...],
    output: Path | None,
    take: bool,
    fail_on: tuple[str, ...],
    site: str,
    networks: tuple[str, ...],
    db: str,
    as_json: bool,
) -> int:
    """Compare a list of equipment with what was seen: a FILE (CSV or xlsx, from a GMAO or a CMDB), or what NetBox or
    GLPI has, as the settings say where they are. A file of one of these names is written ./netbox."""
    from sensor.cli.show import note
    from sensor.correlate.device import DEVICE
    from sensor.fingerprint.load import read as fingerprints
    from sensor.reconcile.outcome import as_object, reconcile, rows

    listed = _read(file, told, site)
    maker_of = partial(fingerprints().words.maker_named, context="dicom")  # as people write them in medicine
    with inventory(db, write=take) as store:
        found = reconcile(listed.entries, list(store.devices(site, (DEVICE,))), maker_of)
        wanted = [one for one in found if not only or one.class_ in only]
        if output is not None:
            from sensor.export import xlsx
            from sensor.export.output import write

            write(output, xlsx.lines([("Reconciliation", rows(wanted))]))
        if as_json:
            from sensor.cli.show import objects

            objects(as_object(one) for one in wanted)
        else:
            _columns(listed)
            _table(found, wanted, store.id_length(), all_of_it=bool(only))
        if take:
            from sensor.service.importing import take_in

            note(f"{take_in(store, site, Path(file).name, found, networks)} statements taken into the inventory")
    return int(any(one.class_ in fail_on for one in found))


def _read(place: str, told: dict[str, str], site: str) -> Listed:
    if place not in SYSTEMS:
        from sensor.reconcile import sheet

        return sheet.read(Path(place), told)
    if told:
        raise click.UsageError(f"{place} has no columns to --map")
    from sensor.push import lists

    return lists.read(place, settings(), site)


def _columns(listed: Listed) -> None:
    from sensor.cli.show import note
    from sensor.names import shown

    read = ", ".join(f"{field} from {shown(header)!r}" for field, header in listed.columns.items())
    note(f"{len(listed.entries)} lines; {read}")
    if listed.unused:
        note(f"not used: {', '.join(map(shown, listed.unused))} (--map FIELD=HEADER tells what a column is)")


def _table(found: Sequence[Finding], wanted: Sequence[Finding], id_length: int, *, all_of_it: bool) -> None:
    from sensor.cli.show import Column, table
    from sensor.reconcile.outcome import CLASSES as MEANING

    titles = ("line", "listed as", "serial", "device", "seen as", "serial", "score", "why")
    columns = [Column(title, keep=title in ("line", "device", "score")) for title in titles]

    counts = Counter(one.class_ for one in found)
    for class_, meaning in MEANING.items():
        lines = [one for one in wanted if one.class_ == class_]
        click.echo(f"{counts[class_]:6}  {class_}: {meaning}")
        if not lines:
            continue
        part = lines if all_of_it else lines[:SHOWN]
        table(columns, [_line(one, id_length) for one in part])
        if len(part) < len(lines):
            click.echo(f"        and {len(lines) - len(part)} more: --only {class_}")
        click.echo()


def _line(one: Finding, id_length: int) -> tuple[str, ...]:
    values = {each.name: each.believed.value for each in one.device.attributes} if one.device else {}
    entry = one.entry
    listed = f"{entry.get('manufacturer')} {entry.get('model') or entry.get('kind')}".strip() if entry else ""
    seen = f"{values.get('manufacturer', '')} {values.get('model', '')}".strip() if one.device else ""
    differ = [f"{d.field}: {d.listed} / {d.seen}" for d in one.differences]
    return (
        str(entry.number) if entry else "",
        listed,
        entry.get("serial") if entry else "",
        one.device.id[:id_length] if one.device else "",
        seen or (one.device.name if one.device else ""),
        values.get("serial", ""),
        f"{one.score:.2f}" if one.score else "",
        "; ".join(differ or one.reasons),
    )
