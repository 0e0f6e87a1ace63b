"""How right the devices are: a hospital is made up, read with `sensor read`, and compared with what it is.

    python -m tests.accuracy.accuracy [--devices N] [--seed S] [--keep FOLDER] [--errors N] [--write]
    python -m tests.accuracy.accuracy --calibrate RUNS [--devices N]

The seed is drawn anew each time and printed. --write puts the table into docs/accuracy.md, between its marks;
--calibrate makes up several hospitals and writes fingerprints/calibration.toml.
"""

from __future__ import annotations

import argparse
import json
import re
import secrets
import subprocess
import tempfile
import textwrap
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from pcaps.make.hospital.build import generate
from pcaps.make.hospital.core import CATALOGUE
from tests.accuracy import calibration, product
from tests.accuracy.scoring import MEDICAL, Judged, Score, Share, Truth, Wrong, score

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "accuracy.md"
CALIBRATION = ROOT / "fingerprints" / "calibration.toml"
MARKED = re.compile(r"(<!-- begin (\w+): written by make accuracy -->\n).*?(<!-- end \2 -->\n)", re.DOTALL)
SIZE = 2000
KINDS_OF_ERROR = 40  # lines of the list of errors


class Result(msgspec.Struct):
    """One run."""

    seed: int
    devices: int
    frames: int
    seconds: float  # of reading, and computing the devices
    score: Score
    persons: int
    hidden: dict[str, int]  # why not distinguishable -> devices


def truths_of(folder: Path) -> tuple[dict[str, Any], list[Truth]]:
    head, *lines = (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    decoder = msgspec.json.Decoder(Truth)
    return json.loads(head), [decoder.decode(line) for line in lines]


def run(folder: Path, *, devices: int, seed: int) -> Result:
    generate(folder, devices=devices, seed=seed)
    head, truths = truths_of(folder)
    database = folder / "inventory.db"
    database.unlink(missing_ok=True)
    began = time.monotonic()
    product.read([folder / f"{name}.pcap" for name in head["captures"]], database)
    seconds = time.monotonic() - began
    found = product.devices(database)
    scored = score(
        truths,
        [product.as_found(device) for device in found],
        never=frozenset(head["virtual"]),
        unseen=product.unseen_texts(),
    )
    hidden = Counter(truth.why for truth in truths if not truth.distinguishable)
    return Result(seed, len(truths), head["frames"], seconds, scored, product.persons(found), dict(hidden))


# -- tables


def percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def verdict(value: float, *, least: float = 0.0, most: float = 1.0) -> str:
    return "yes" if least <= value <= most else "**no**"


def of(shares: dict[str, Share], name: str) -> Share:
    return shares.get(name, Share())


def targets(result: Result) -> Iterator[str]:
    s = result.score
    wanted, there = max(s.looked_for, 1), max(s.there, 1)
    kind = f"kind, {MEDICAL}"
    fitted, other = (shown_apart(each) for each in calibration.divided(s.judged, families_of_the_fit()))
    precise = ((kind, 0.98), ("serial", 0.995), ("model", 0.995))
    rows = (
        ("found", s.found / wanted, 0.99, 1.0, "at least 99 %", f"{s.found} of {s.looked_for}"),
        ("missed", s.missed / wanted, 0.0, 0.01, "at most 1 %", str(s.missed)),
        ("split", s.split / wanted, 0.0, 0.01, "under 1 %", str(s.split)),
        ("blended", s.blended / there, 0.0, 0.0, "none", str(s.blended)),
        ("invented", s.invented / there, 0.0, 0.001, "under 0.1 %", str(s.invented)),
        *(
            (f"{name}, precision", given.value, least, 1.0, f"at least {percent(least)}", shown(given))
            for name, least in precise
            for given in (of(s.precision, name),)
        ),
        (f"{kind}, recall", of(s.recall, kind).value, 0.9, 1.0, "at least 90 %", shown(of(s.recall, kind))),
        *(
            (f"calibration error, {what}", calibration.error(calibration.bins(of_these)), 0.0, 0.03, "under 3 %", n)
            for what, (of_these, _) in (("families of the fit", fitted), ("other families", other))
            for n in (f"{len(of_these)} values",)
        ),
        ("devices in which a person's name was kept", float(result.persons), 0.0, 0.0, "none", str(result.persons)),
    )  # fmt: skip
    yield "| what | value | count | target | holds |"
    yield "| --- | --- | --- | --- | --- |"
    for what, value, least, most, target, count in rows:
        text = count if what.startswith("devices") else percent(value)
        yield f"| {what} | {text} | {count} | {target} | {verdict(value, least=least, most=most)} |"


def families_of_the_fit() -> frozenset[str]:
    return frozenset(tomllib.loads(CALIBRATION.read_text(encoding="utf-8")).get("measured", {}).get("families", ()))


def shown_apart(judged: list[Judged]) -> tuple[list[Judged], list[Judged]]:
    """What is calibrated, and what is too weak for it."""
    return [e for e in judged if not calibration.is_weak(e)], [e for e in judged if calibration.is_weak(e)]


def calibrate(runs: int, devices: int) -> None:
    """Writes the table of the product from several hospitals; half of their families make it."""
    judged: list[Judged] = []
    seeds = []
    for _ in range(runs):
        seeds.append(secrets.randbelow(1 << 31))
        print(f"seed {seeds[-1]}, {devices} devices", flush=True)
        with tempfile.TemporaryDirectory() as scratch:
            judged += run(Path(scratch), devices=devices, seed=seeds[-1]).score.judged
    first, second = calibration.halves(judged)
    table = calibration.table(first)
    head = CALIBRATION.read_text(encoding="utf-8").partition("[")[0]
    CALIBRATION.write_text(
        head + "\n".join(written(table, first, seeds, devices)) + "\n", encoding="utf-8", newline="\n"
    )
    strong, _ = shown_apart(second)
    error = calibration.error(calibration.bins(strong, calibration.holds(table)))
    print(f"on the other families {percent(error)} of {len(strong)} values")


def written(
    table: Mapping[str, calibration.Points], judged: list[Judged], seeds: list[int], devices: int
) -> Iterator[str]:
    """fingerprints/calibration.toml, below its head."""
    families = sorted({each.family for each in judged})
    yield "[measured]"
    yield f"date = {datetime.now(UTC).strftime('%Y-%m-%d')}"
    yield f"seeds = {seeds}"
    yield f"devices = {devices}"
    yield "families = ["
    yield from indented(", ".join(f'"{each}"' for each in families))
    yield "]"
    yield ""
    yield "[holds]"
    for name, points in table.items():
        yield f"{name} = ["
        yield from indented(", ".join(f"[{computed}, {share}]" for computed, share in points))
        yield "]"


def indented(text: str) -> list[str]:
    return textwrap.wrap(f"{text},", 118, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)


def shown(share: Share) -> str:
    return f"{share.right} of {share.all}"


def attributes(result: Result) -> Iterator[str]:
    s = result.score
    yield "| attribute | precision | values | recall | said in clear |"
    yield "| --- | --- | --- | --- | --- |"
    for name in sorted(set(s.precision) | set(s.recall)):
        given, said = of(s.precision, name), of(s.recall, name)
        columns = [name, percent(given.value), shown(given), percent(said.value), shown(said)]
        if not given.all:
            columns[1] = "-"
        if not said.all:
            columns[3] = "-"
        yield "| " + " | ".join(columns) + " |"


def confidence(result: Result) -> Iterator[str]:
    _, other = calibration.divided(result.score.judged, families_of_the_fit())
    strong, _ = shown_apart(other)
    _, weak = shown_apart(result.score.judged)
    yield "Of the values given with a confidence, so many are right, in families that the fit has not seen:"
    yield ""
    yield from by_confidence(strong)
    yield ""
    yield f"What is computed at {calibration.EVEN} or less (one trait, one act, whose block an address is in, or"
    yield "contradicted) stays as computed and is not in these figures: a made-up hospital is kinder to it than a real"
    yield "one. All families:"
    yield ""
    yield from by_confidence(weak)


def by_confidence(judged: list[Judged]) -> Iterator[str]:
    yield "| confidence | values | mean confidence | right |"
    yield "| --- | --- | --- | --- |"
    for each in calibration.bins(judged):
        yield f"| {each.low:.1f} to {each.low + 0.1:.1f} | {each.count} | {each.confidence:.3f} | {each.right:.3f} |"


def errors(wrong: list[Wrong]) -> Iterator[str]:
    """The kinds of error, most frequent first, each with one example."""
    count = Counter((each.what, each.family) for each in wrong)
    first = {(each.what, each.family): each.text for each in reversed(wrong)}
    yield "| error | family | count | for example |"
    yield "| --- | --- | --- | --- |"
    for (what, family), number in sorted(count.items(), key=lambda item: (-item[1], item[0]))[:KINDS_OF_ERROR]:
        text = first[what, family].replace("|", "\\|")[:120]
        yield f"| {what} | {family or '-'} | {number} | {text} |"


def results(result: Result) -> Iterator[str]:
    s = result.score
    commit = subprocess.run(
        ("git", "rev-parse", "--short", "HEAD"), capture_output=True, text=True, cwd=ROOT, check=False
    )
    date = datetime.now(UTC).strftime("%Y-%m-%d")
    sentences = (
        f"{date}, commit {commit.stdout.strip() or 'unknown'}, seed {result.seed}: {result.devices} devices,",
        f"{result.frames} frames, read and computed in {result.seconds:.0f} s. The sensor lists {s.there} devices;",
        f"{s.apart} of them are parts of a device that nothing on the wire joins to it.",
        f"{s.truths - s.looked_for} devices are not looked for: they cannot be told from others (below), or sent fewer",
        "than three frames and got no answer.",
    )
    yield textwrap.fill(" ".join(sentences), 120)
    yield ""
    yield from targets(result)
    yield ""
    yield "Values, by attribute; *unseen texts* are those that no rule was written from:"
    yield ""
    yield from attributes(result)
    yield ""
    yield from confidence(result)
    yield ""
    yield "Errors:"
    yield ""
    yield from errors(s.wrong)
    yield ""
    yield "Not distinguishable:"
    yield ""
    yield "| why | devices |"
    yield "| --- | --- |"
    for why, count in sorted(result.hidden.items()):
        yield f"| {why} | {count} |"


def origins() -> Iterator[str]:
    """Where the texts of the catalogue were found."""
    unseen = product.unseen_texts()
    yield "| text | as | origin | a rule knows it |"
    yield "| --- | --- | --- | --- |"
    known = total = 0
    for table, products in CATALOGUE.items():
        for each in products:
            text = each.get("model") or each.get("vendor_class") or each.get("agent", "")
            fresh = unseen(each["origin"], text)
            known += not fresh
            total += 1
            yield f"| {text[:60]} | {table.replace('_', ' ')} | {each['origin']} | {'no' if fresh else 'yes'} |"
    yield ""
    yield f"{total - known} of {total} are unseen ({percent((total - known) / total)})."


def write(parts: dict[str, str]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(
        MARKED.sub(lambda found: f"{found[1]}{parts[found[2]]}\n{found[3]}", page), encoding="utf-8", newline="\n"
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--devices", type=int, default=SIZE)
    arguments.add_argument("--seed", type=int, default=None)
    arguments.add_argument("--keep", type=Path, default=None, help="keep captures, truth and inventory in this folder")
    arguments.add_argument("--errors", type=int, default=0, help="print so many errors of each kind and family")
    arguments.add_argument("--calibrate", type=int, default=0, help="of so many runs; write the confidences that hold")
    arguments.add_argument("--write", action="store_true", help="write docs/accuracy.md")
    given = arguments.parse_args()
    if given.calibrate:
        calibrate(given.calibrate, given.devices)
        return
    seed = secrets.randbelow(1 << 31) if given.seed is None else given.seed
    print(f"seed {seed}, {given.devices} devices", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        result = run(given.keep or Path(scratch), devices=given.devices, seed=seed)
    parts = {"results": "\n".join(results(result)), "origins": "\n".join(origins())}
    print(parts["results"])
    shown_of: Counter[tuple[str, str]] = Counter()
    for each in result.score.wrong:
        shown_of[each.what, each.family] += 1
        if shown_of[each.what, each.family] <= given.errors:
            print(each)
    if given.write:
        write(parts)


if __name__ == "__main__":
    main()
