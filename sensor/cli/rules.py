"""`sensor rules`: what is known of what texts mean, and whether it is sound."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec import structs

from sensor.cli import show
from sensor.cli.options import as_json as json_option
from sensor.cli.options import database, site_rules
from sensor.fingerprint.check import Problem, Tally
from sensor.fingerprint.load import FOLDER, read, site_folders
from sensor.names import shown

FOUND = 1  # exit code: a finding


folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=FOLDER,
    show_default="those installed",
    help="Folder of fingerprints.",
)


@click.group()
def rules() -> None:
    """Check, test and explain the fingerprints."""


@rules.command()
@folder_option
@site_rules
@json_option
@click.pass_context
def check(context: click.Context, folder: Path, as_json: bool) -> None:
    """Check every rule and table: words, patterns, examples, origins."""
    from parsers.api import installed
    from sensor.fingerprint.check import check as run
    from sensor.fingerprint.check import check_site

    emitted = {observable for spec in installed().values() for observable in spec.emits}
    problems, tally = run(read(folder), emitted)
    if further := site_folders():
        more, its = check_site(read(folder, further))
        problems, tally = problems + more, tally + its
    _report(context, problems, tally, as_json)


@rules.command()
@folder_option
@site_rules
@json_option
@click.pass_context
def test(context: click.Context, folder: Path, as_json: bool) -> None:
    """Run the examples of every rule, and the texts that it must never match."""
    from sensor.fingerprint.check import check_site
    from sensor.fingerprint.check import test as run

    problems, tally = run(read(folder))
    if further := site_folders():
        more, its = check_site(read(folder, further))
        problems, tally = problems + more, tally + its
    _report(context, problems, tally, as_json)


@rules.command()
@click.argument("words", nargs=-1, required=True, metavar="[OBSERVABLE] TEXT")
@folder_option
@site_rules
@json_option
def explain(words: tuple[str, ...], folder: Path, as_json: bool) -> None:
    """Show what the rules read out of TEXT, with weight and origin, and which of them lost against others, and why.

    With OBSERVABLE (such as dicom.manufacturer) as that field says it; alone, for every field where a rule matches it.
    """
    from sensor.fingerprint.explain import explain as run
    from sensor.fingerprint.explain import losers

    if len(words) > 2:
        raise click.UsageError("give an observable and a text, or a text alone; quote a text that has spaces in it")
    observable = words[0] if len(words) == 2 else ""
    prints = read(folder, site_folders())
    if observable and observable not in prints.observables:
        raise click.UsageError(f"nothing reads {observable}; see the names of the files in {folder / 'rules'}")
    found = list(run(prints, words[-1], observable))
    read_by = [observable] if observable else sorted({claim.observable for claim in found})
    lost = [one for name in read_by for one in losers(prints, words[-1], name)]
    if as_json:
        show.objects(map(structs.asdict, [*found, *lost]))
        return
    for claim in found:
        show.line(f"{claim.observable}  {claim.attribute} = {shown(claim.value)}  (weight {claim.weight:g})")
        show.line(f"    {claim.rule}: {claim.origin}")
    for one in lost:
        show.line(shown(f"{one.observable}  {one.rule} lost: {one.why}"))
    for name in sorted({claim.value for claim in found if claim.attribute == "manufacturer"}):
        for past in prints.words.past(name):
            show.line(f"{name}: {past.year} {past.what} ({past.origin})")
    if not found:
        show.line("No rule reads this text. To begin one: sensor rules new OBSERVABLE TEXT")


@rules.command()
@click.argument("observable")
@click.argument("text")
@click.option("--set", "sets", multiple=True, metavar="NAME=VALUE", help="What the text means (repeat it).")
@click.option("--origin", default="", help="Where the text is from; default: where the inventory saw it.")
@folder_option
@database
def new(observable: str, text: str, sets: tuple[str, ...], origin: str, folder: Path, db: str) -> None:
    """Print a rule to begin with, made from TEXT as OBSERVABLE said it.

    Origin, example and the nearest other text are taken from the inventory. Say with --set what the text means, cut the
    pattern to fit, append it to the file that is named, and run: sensor rules check
    """
    from parsers.api import installed
    from sensor.cli.rule_seen import seen
    from sensor.fingerprint.skeleton import skeleton
    from sensor.fingerprint.toml import written

    if not text.strip():
        raise click.UsageError("TEXT is empty: give what was said; sensor evidence shows it")
    prints = read(folder)
    if not any(observable in spec.emits for spec in installed().values()):
        raise click.UsageError(
            f"no parser says {observable}; see docs/protocols.md, or: sensor evidence --value {text!r}"
        )
    if bad := [pair for pair in sets if pair.partition("=")[0] not in prints.words.attributes or "=" not in pair]:
        names = " ".join(sorted(prints.words.attributes))
        raise click.UsageError(f"{bad[0]!r}: write NAME=VALUE, where NAME is one of: {names}")
    where, others = seen(db, observable, text)
    asserted = {name: value for name, _, value in (pair.partition("=") for pair in sets)}
    rule = skeleton(observable, text, asserted, origin or where, others)
    name = prints.shares(observable)
    shown_file = f"{folder.name}/rules/{name}.toml"
    show.pieces([written([rule], f"append to {shown_file}; then run: sensor rules check").encode()])


@rules.group(name="import")
def importing() -> None:
    """Turn fingerprints of others into rules of the site's own."""


@importing.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "-o",
    "--output",
    metavar="FOLDER",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to write the rules; name it with --rules or SENSOR_RULES afterwards.",
)
@json_option
def recog(folder: Path, output: Path, as_json: bool) -> None:
    """Read a folder in Recog's XML format, and run its examples.

    Each XML file becomes a file of rules for one observable. What the examples name must come out of them.
    """
    from parsers.api import installed
    from sensor.service.recog import take

    emitted = {observable for spec in installed().values() for observable in spec.emits}
    taken = take(folder, output, read(), emitted)
    if as_json:
        show.objects([structs.asdict(taken)])
        return
    for place in taken.refused:
        show.line(shown(f"{place.file}:{place.line}: left out: {place.says}: {place.what}"))
    for place in taken.failed:
        show.line(shown(f"{place.file}:{place.line}: example {place.what!r}: {place.says}"))
    observables = len(taken.observables)
    show.line(
        f"{taken.fingerprints} fingerprints in {taken.files} files: {taken.rules} rules for {observables} observables"
    )
    show.line(f"{taken.silent} say nothing that devices have, {len(taken.refused)} cannot be used")
    show.line(f"{taken.passed} of {taken.examples} examples match with the values they name ({taken.share:.2f} %)")
    if taken.unsaid:
        show.line(f"No parser says these yet: {', '.join(taken.unsaid)}")
    show.line(f"To use them: sensor devices rebuild --rules {shown(str(output))}, or SENSOR_RULES={shown(str(output))}")


def _report(context: click.Context, problems: list[Problem], tally: Tally, as_json: bool) -> None:
    if as_json:
        show.objects(map(structs.asdict, problems))
    else:
        for problem in problems:
            show.line(shown(str(problem)))
        counted = f"{tally.rules} rules, " if tally.rules else ""
        verdict = f"{len(problems)} problems" if problems else "all well"
        show.line(f"{counted}{tally.examples} examples, {tally.nevers} texts that must not match: {verdict}")
    if problems:
        context.exit(FOUND)
