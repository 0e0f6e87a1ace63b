"""The pages: what is generated is fresh, links lead somewhere, and what the program can say is explained."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from parsers.api import installed
from sensor.cli.main import main as sensor
from sensor.cli.summary import WORDS
from sensor.fingerprint.load import read
from sensor.store import schema
from sensor.store.connect import _REASONS

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [*sorted(ROOT.glob("*.md")), *DOCS]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
NOT_OURS = re.compile(
    r"/home/|/root/|/Users/|/work/|/tmp/|\.\./shared|pypi\.|pythonhosted|npmjs|registry\.|files\.python|proxy\.golang"
)
RULE_OF_CODE = re.compile(r'"((?:role|relay|router|carrier):[a-z_-]+(?:\+[a-z]+)?)"')


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def without_code(page: str) -> str:
    """The page without its blocks of code, where # begins a comment and brackets are no links."""
    return re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)


def anchors(page: str) -> set[str]:
    """As GitHub names headings: lower case, blanks as hyphens, punctuation dropped."""
    titles = (title.lower().replace(" ", "-") for title in HEADING.findall(without_code(page)))
    return {re.sub(r"[^\w-]", "", title) for title in titles}


def section(page: str, title: str) -> str:
    """What stands under a heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(title)}$(.*?)(?=^#|\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def test_what_is_generated_is_what_the_program_would_write_now() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "make.py"), "--check"], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, f"run .venv/bin/python docs/make.py\n{done.stdout}{done.stderr}"


def walked(command: click.Command, path: str) -> list[tuple[str, click.Command]]:
    found = [(path, command)]
    if isinstance(command, click.Group):
        ctx = click.Context(command)
        for name in command.list_commands(ctx):
            below = command.get_command(ctx, name)
            assert below is not None, name
            found += walked(below, f"{path} {name}")
    return found


@pytest.mark.parametrize(("path", "command"), walked(sensor, "sensor"), ids=lambda value: str(value))
def test_every_command_and_option_has_its_place(path: str, command: click.Command) -> None:
    here = section(text("docs/cli.md"), path)
    assert command.help
    for param in command.params:
        if isinstance(param, click.Option):
            assert param.help, f"{path} {param.opts} has no help"
            assert all(re.search(rf"(?<![\w-]){name}(?![\w-])", here) for name in param.opts), param.opts
            assert not param.envvar or str(param.envvar) in here
        else:
            assert (param.metavar or param.human_readable_name).strip("[]").split()[0] in here


def test_every_finding_and_observable_is_explained() -> None:
    page = text("docs/protocols.md")
    for spec in installed().values():
        here = section(page, spec.title)
        for name, sentence in spec.findings.items():
            assert f"| `{name}` | {sentence} |" in here
        assert not [name for name in spec.emits if f"`{name}`" not in here]


def test_every_finding_is_in_the_table_of_findings() -> None:
    page = text("docs/findings.md")
    rows = re.findall(r"^\| `(\S+)` \| \[(.+?)\]\(\S+\) \| (.+) \|$", page, re.MULTILINE)
    known = [(name, spec.title, says) for spec in installed().values() for name, says in spec.findings.items()]
    assert sorted(rows) == sorted(known)


def test_every_decision_of_correlation_is_explained() -> None:
    page = text("docs/devices.md")
    sources = "".join(path.read_text() for path in (ROOT / "sensor" / "correlate").glob("*.py"))
    rules = set(RULE_OF_CODE.findall(sources))
    assert {"router:nd", "role:store+query", "relay:devices"} <= rules
    assert not [rule for rule in rules if f"`{rule}`" not in page]


def test_every_attribute_is_explained() -> None:
    page = text("docs/devices.md")
    for word in read().words.attributes.values():
        assert f"| `{word.attribute}` | {word.says} |" in page


def test_every_counter_of_the_summary_is_covered() -> None:
    page = text("docs/reading.md")
    beginnings = re.findall(r"`([a-z]+\.)`", section(page, "What is said at the end"))
    assert not [name for name in WORDS if f"`{name}`" not in page and not name.startswith(tuple(beginnings))]


def test_every_table_and_error_of_the_database_is_explained() -> None:
    page = text("docs/database.md")
    assert not [name for name in (*schema.metadata.tables, schema.VERSION_TABLE) if f"`{name}`" not in page]
    assert not [reason for _, reason, _ in _REASONS if reason not in page]


def fields(value: Any) -> set[str]:
    """Names of fields at all depths; those of attributes are names of attributes."""
    if isinstance(value, list):
        return set().union(*map(fields, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    below = [each for name, held in value.items() for each in (held.values() if name == "attributes" else [held])]
    return set(value).union(*map(fields, below))


@pytest.mark.parametrize("name", ["evidence.md", "exports.md"])
def test_every_field_of_the_examples_is_explained(name: str) -> None:
    page = text(f"docs/{name}")
    examples = re.findall(r"^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert examples
    for example in examples:
        assert not [field for field in fields(json.loads(example)) if f"`{field}`" not in without_code(page)]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(without_code(page.read_text(encoding="utf-8"))):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        there = page.parent / file if file else page
        assert there.is_file(), target
        assert not anchor or anchor in anchors(there.read_text(encoding="utf-8")), target


def test_every_page_is_linked_from_the_first() -> None:
    linked = set(LINK.findall(text("README.md")))
    assert not [page.name for page in DOCS if f"docs/{page.name}" not in linked]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_no_page_names_a_developers_machine_or_a_package_registry(page: Path) -> None:
    assert not NOT_OURS.search(page.read_text(encoding="utf-8"))


def test_commands_shown_in_the_pages_exist() -> None:
    """Lines in blocks of code that begin with `sensor`: the words after it are commands."""
    known = {path for path, _ in walked(sensor, "sensor")}
    shown = [
        line.removeprefix("$ ").split()
        for page in PAGES
        for block in re.findall(r"^```\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
        if line.startswith(("sensor ", "$ sensor "))
    ]
    assert shown
    for words in shown:
        assert len(words) == 1 or words[1].startswith(("-", "[")) or f"sensor {words[1]}" in known, words


def test_the_changelog_tells_of_what_the_first_page_shows() -> None:
    """Each command in the README's list of uses, and each protocol that is decoded, is in the changelog."""
    changes = text("CHANGELOG.md")
    uses = re.findall(r"^sensor ([a-z]+)", section(text("README.md"), "Use it"), re.MULTILINE)
    assert uses
    assert not [use for use in uses if not re.search(rf"\b{use}\b", changes, re.IGNORECASE)]
    names = {spec.title: f"{spec.title.split()[0]}|{spec.name}" for spec in installed().values()}
    assert not [title for title, name in names.items() if not re.search(rf"\b({name})\b", changes, re.IGNORECASE)]
