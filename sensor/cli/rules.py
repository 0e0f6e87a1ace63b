"""`sensor rules`: what is known of what texts mean, and whether it is sound."""

from __future__ import annotations

from pathlib import Path

import click
from msgspec import structs

from sensor.cli import show
from sensor.fingerprint.check import Problem, Tally
from sensor.fingerprint.load import FOLDER, read
from sensor.names import shown

FOUND = 1  # exit code: a finding


folder_option = click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=FOLDER,
    show_default="those installed",
    help="Folder of fingerprints.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")


@click.group()
def rules() -> None:
    """Check, test and explain the fingerprints."""


@rules.command()
@folder_option
@json_option
@click.pass_context
def check(context: click.Context, folder: Path, as_json: bool) -> None:
    """Check every rule and table: words, patterns, examples, origins."""
    from parsers.api import installed
    from sensor.fingerprint.check import check as run

    emitted = {observable for spec in installed().values() for observable in spec.emits}
    _report(context, *run(read(folder), emitted), as_json)


@rules.command()
@folder_option
@json_option
@click.pass_context
def test(context: click.Context, folder: Path, as_json: bool) -> None:
    """Run the examples of every rule, and the texts that it must never match."""
    from sensor.fingerprint.check import test as run

    _report(context, *run(read(folder)), as_json)


@rules.command()
@click.argument("words", nargs=-1, required=True, metavar="[OBSERVABLE] TEXT")
@folder_option
@json_option
def explain(words: tuple[str, ...], folder: Path, as_json: bool) -> None:
    """Show what the rules read out of TEXT, with weight and origin.

    With OBSERVABLE (such as dicom.manufacturer) as that field says it; alone, for every field where a rule matches it.
    """
    from sensor.fingerprint.explain import explain as run

    if len(words) > 2:
        raise click.UsageError("give an observable and a text, or a text alone; quote a text that has spaces in it")
    observable = words[0] if len(words) == 2 else ""
    prints = read(folder)
    if observable and observable not in prints.observables:
        raise click.UsageError(f"nothing reads {observable}; see the names of the files in {folder / 'rules'}")
    found = list(run(prints, words[-1], observable))
    if as_json:
        show.objects(map(structs.asdict, found))
        return
    for claim in found:
        show.line(f"{claim.observable}  {claim.attribute} = {shown(claim.value)}  (weight {claim.weight:g})")
        show.line(f"    {claim.rule}: {claim.origin}")
    if not found:
        show.line("No rule reads this text. To teach one, add it to fingerprints/rules/<observable>.toml.")


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
