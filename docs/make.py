"""Writes the parts of these pages that the program knows best: protocols, commands, attributes, and what it prints.

Run `.venv/bin/python docs/make.py` after a change; `--check` only says which pages are out of date. What stands between
two marks of a page is replaced, the rest of it is written by hand.
"""

from __future__ import annotations

import argparse
import inspect
import json
import math
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner

from parsers.api import DatagramSpec, Spec, installed
from sensor.cli.main import main as sensor
from sensor.config import Secret, leaves
from sensor.fingerprint.load import read

FOLDER = Path(__file__).parent
MARKED = re.compile(r"(<!-- begin (\S+): written by docs/make\.py -->\n).*?(<!-- end \2 -->\n)", re.DOTALL)

CARRIERS = {
    "udp": "UDP",
    "syn": "TCP segments with SYN",
    "ethertype:0806": "Ethernet, type 0806",
    "ip:58": "ICMPv6 (IP protocol 58)",
}
SAMPLES = ("dicom/ct-to-archive.pcap", "hl7/device-management.pcap")  # what the examples are made from
PUMPS = "10.30.0.50"  # the server of one: what it does speaks against what its address block suggests


def protocols() -> Iterator[str]:
    """A table of all parsers, then a section for each."""
    specs = installed()
    yield "| protocol | in evidence | carried by | port hints | reads |"
    yield "| --- | --- | --- | --- | --- |"
    for name, spec in specs.items():
        link = f"[{spec.title}](#{anchor(spec.title)})"
        hints = ", ".join(map(str, sorted(spec.ports))) or "none"
        yield f"| {link} | `{name}` | {carried(spec)} | {hints} | {first_lines(spec)} |"
    for spec in specs.values():
        yield from protocol(spec)


def protocol(spec: Spec) -> Iterator[str]:
    yield f"\n### {spec.title}\n"
    yield f"{first_lines(spec)}\n"
    if spec.never_reads:
        yield f"- Never read: {spec.never_reads.rstrip('.')}."
    if not isinstance(spec, DatagramSpec):
        most = "as long as the connection lives" if spec.budget is None else f"at most {spec.budget:,} bytes"
        yield f"- Read of each direction: {most}."
        if spec.encrypted:
            yield "- What follows the opening cannot be read: conversations are marked as encrypted."
    if spec.never_reads or not isinstance(spec, DatagramSpec):
        yield ""
    yield "| weight | observables |"
    yield "| --- | --- |"
    for weight in sorted(set(spec.emits.values()), reverse=True):
        names = sorted(name for name, its in spec.emits.items() if its == weight)
        yield f"| {weight:g} | {', '.join(f'`{name}`' for name in names)} |"
    if spec.findings:
        yield "\n| finding | means |"
        yield "| --- | --- |"
        for name, sentence in sorted(spec.findings.items()):
            yield f"| `{name}` | {sentence} |"


def findings() -> Iterator[str]:
    """A table of all findings, protocol by protocol."""
    yield "| finding | protocol | means |"
    yield "| --- | --- | --- |"
    for spec in installed().values():
        for name, sentence in sorted(spec.findings.items()):
            yield f"| `{name}` | [{spec.title}](protocols.md#{anchor(spec.title)}) | {sentence} |"


def first_lines(spec: Spec) -> str:
    """What the parser's module says of itself."""
    mine = (module for name, module in sys.modules.items() if name.startswith("parsers."))
    module = next(module for module in mine if getattr(module, "SPEC", None) is spec)
    return " ".join((module.__doc__ or "").split("\n\n")[0].split())


def carried(spec: Spec) -> str:
    if isinstance(spec, DatagramSpec):
        return ", ".join(CARRIERS.get(carrier, carrier) for carrier in sorted(spec.carriers))
    return "TCP"


def anchor(title: str) -> str:
    """What a heading is linked by."""
    return "".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c in "-_")


def commands() -> Iterator[str]:
    """A section for each command, groups before what is in them."""
    yield from command(sensor, click.Context(sensor, info_name="sensor"))


def command(of: click.Command, ctx: click.Context) -> Iterator[str]:
    yield f"\n{'##' if ctx.parent is None else '###'} {ctx.command_path}\n"
    usage = " ".join([ctx.command_path, *of.collect_usage_pieces(ctx)])
    yield f"```\n{usage}\n```\n"
    yield inspect.cleandoc(of.help or "")
    records = [option(param, ctx) for param in of.params if isinstance(param, click.Option)]
    if records:
        yield "\n| option | meaning |"
        yield "| --- | --- |"
        yield from records
    if isinstance(of, click.Group):
        for name in of.list_commands(ctx):
            below = of.get_command(ctx, name)
            if below is not None:
                yield from command(below, click.Context(below, info_name=name, parent=ctx))


def option(param: click.Option, ctx: click.Context) -> str:
    written, meaning = param.get_help_record(ctx) or ("", "")
    if param.envvar:
        meaning += f" Environment: `{param.envvar}`."
    cells = (f"`{written}`", meaning)
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"


def attributes() -> Iterator[str]:
    """What may be said of a device."""
    yield "| attribute | is | several at once |"
    yield "| --- | --- | --- |"
    for word in read().words.attributes.values():
        yield f"| `{word.attribute}` | {word.says} | {'yes' if word.many else ''} |"


@cache
def inventory(*captures: str) -> tempfile.TemporaryDirectory[str]:
    """A folder with the inventory of these captures; gone when the program ends."""
    folder = tempfile.TemporaryDirectory()
    asked("read", *(str(FOLDER.parent / "pcaps" / name) for name in captures), folder=folder.name)
    return folder


def session(capture: str, *commands: str) -> Iterator[str]:
    """A capture is read, and commands are given. KIND in a command is the first device of that kind, in capitals."""
    folder = inventory(capture).name
    lines = asked("devices", "list", "--json", folder=folder).splitlines()
    ids: dict[str, str] = {}
    for each in map(json.loads, lines):
        ids.setdefault(each["kind"].upper(), each["id"][:7])
    yield f"```\n$ sensor read pcaps/{capture}\n..."
    for command in commands:
        words = [ids.get(word, word) for word in command.split()]
        yield f"$ sensor {' '.join(words)}"
        yield asked(*words, folder=folder).rstrip()
    yield "```"


def asked(*arguments: str, folder: str) -> str:
    done = CliRunner().invoke(sensor, [*arguments, "--db", f"sqlite:///{folder}/inventory.db"])
    if done.exit_code:
        raise SystemExit(f"sensor {' '.join(arguments)}: {done.output}")
    return done.stdout


def told(*arguments: str) -> str:
    """What a command prints about the samples."""
    return asked(*arguments, folder=inventory(*SAMPLES).name)


def objects(*arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in told(*arguments, "--json").splitlines()]


def why() -> Iterator[str]:
    """The evidence for a kind and against others, as it is printed, and the sum behind one of them."""
    pumps = next(one for one in objects("devices", "list") if PUMPS in [held["ip"] for held in one["addresses"]])
    yield f"```\n$ sensor devices why {pumps['id'][:7]} kind"
    yield told("devices", "why", pumps["id"], "kind").rstrip()
    yield "```\n"
    said = objects("devices", "why", pumps["id"], "kind")
    claimed = max(said, key=lambda line: len({reason["counts_as"] for reason in line["reasons"]}))
    best: dict[str, float] = {}
    for reason in claimed["reasons"]:
        best[reason["counts_as"]] = max(reason["weight"], best.get(reason["counts_as"], 0.0))
    doubts = " × ".join(f"{1 - weight:.2f}" for weight in best.values())
    sources = ", ".join(f"`{source}` with {weight:.2f}" for source, weight in best.items())
    computed = 1 - math.prod(1 - weight for weight in best.values())
    yield f"The sources for `{claimed['value']}` are {sources}: 1 − {doubts} = {computed:.3f}, of which the other value"
    yield f"leaves {claimed['confidence']:.2f}."


def card() -> Iterator[str]:
    """All that is known of a device, without the ids it also goes by."""
    ct = next(one for one in objects("devices", "list") if one["kind"] == "ct_scanner")
    yield f"```\n$ sensor devices show {ct['id'][:7]}"
    yield "\n".join(line for line in told("devices", "show", ct["id"]).splitlines() if " also " not in line)
    yield "```"


def example(*arguments: str, **wanted: str) -> Iterator[str]:
    """The first object that a command prints with these values, one field a line, of attributes three."""
    found = next(one for one in objects(*arguments) if all(one[name] == value for name, value in wanted.items()))
    lines = []
    for name, value in found.items():
        text = written(value)
        if name == "attributes":
            some = (f"    {json.dumps(key)}: {written(value[key])}" for key in ("manufacturer", "serial", "toolkit"))
            text = "{\n" + ",\n".join(some) + "\n  }"
        lines.append(f"  {json.dumps(name)}: {text}")
    yield "```json\n{\n" + ",\n".join(lines) + "\n}\n```"


def written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def settings() -> Iterator[str]:
    """A table of all settings, a section after the other."""
    section = ""
    for table, name, default, says in leaves():
        if table != section:
            section = table
            yield f"\n### `[{section}]`\n"
            yield "| setting | default | is |"
            yield "| --- | --- | --- |"
        shown = "none" if isinstance(default, Secret) else f"`{json.dumps(default)}`"
        yield f"| `{name}` | {shown} | {says} |"


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "protocols": protocols,
    "findings": findings,
    "commands": commands,
    "settings": settings,
    "attributes": attributes,
    "why": why,
    "card": card,
    "hospital": lambda: session(
        "mini-hospital.pcap", "devices", "devices show MOBILE_RADIOGRAPHY", "devices why MOBILE_RADIOGRAPHY serial"
    ),
    "gateway": lambda: session("hl7/device-gateway.pcap", "devices", "devices why PATIENT_MONITOR manufacturer"),
    "archive": lambda: session("dicom/archive-forward.pcap", "devices", "devices show PACS_ARCHIVE", "coverage"),
    "evidence": lambda: example("evidence", observable="dicom.calling_ae"),
    "component": lambda: example("evidence", observable="dicom.serial"),
    "conversation": lambda: example("conversations", protocol="dicom"),
    "finding": lambda: example("findings", finding="dicom.cleartext"),
    "device": lambda: example("devices", "list", kind="ct_scanner"),
}


def page(text: str) -> str:
    """The page as it should be."""
    return MARKED.sub(lambda part: part[1] + "\n".join(PARTS[part[2]]()).strip("\n") + "\n" + part[3], text)


def run() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="change nothing; exit code 1 if a page is out of date")
    check = arguments.parse_args().check
    stale = 0
    for path in sorted(FOLDER.glob("*.md")):
        old = path.read_text(encoding="utf-8")
        new = page(old)
        if new != old:
            stale += 1
            print(f"{path.name}: {'out of date; run docs/make.py' if check else 'written'}")
            if not check:
                path.write_text(new, encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(run())
