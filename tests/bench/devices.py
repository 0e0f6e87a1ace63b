"""What the devices of a large site cost: computed from all evidence, followed as it grows, listed, explained.

    python -m tests.bench.devices [--devices N] [--write PAGE]

The site is made up (`tests.bench.site`). CPU seconds are user and system time of one process; each line is a process of
its own, so that the peak of its memory is its own too. A batch is about a thousand subjects.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sensor.fingerprint.load import load
from sensor.model import Subject
from sensor.rows import Key, Origin, Row, Rows
from sensor.service.inventory import Following
from sensor.store.store import Store
from tests.bench.bench import run, table
from tests.bench.site import DAY, DAYS, SENSOR, SITE, START, Device, fill

BEGIN, END = "<!-- devices: written by make bench -->\n", "<!-- end of devices -->\n"
SUBJECTS = 1000
BATCHES = 3
NETWORKS = ("10.0.0.0/8",)
HEAD = ["what", "CPU s", "wall s", "peak MiB"]


def batch(devices: int, number: int, own: Origin) -> Rows:
    """What a thousand subjects say again, later on the last day."""
    subjects: dict[Subject, int] = {}
    said: list[tuple[Key, Row]] = []
    for n in random.Random(number).sample(range(devices), min(devices, SUBJECTS)):
        for at, (subject, observable, value, weight, source) in enumerate(Device(n).said()):
            if subject not in subjects and len(subjects) == SUBJECTS:
                return Rows(own, list(subjects), said, {}, {}, {})
            when = START + DAYS * DAY - 10**9 * (BATCHES - number) + at
            key = (when // DAY, subjects.setdefault(subject, len(subjects)), observable, value)
            said.append(((*key, source.partition(" ")[0], source), [weight, 1, when, at, when, at]))
    return Rows(own, list(subjects), said, {}, {}, {})


def timed(what: str, step: Callable[[], object]) -> list[str]:
    cpu, wall = time.process_time(), time.monotonic()
    step()
    took, passed = time.process_time() - cpu, time.monotonic() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [what, f"{took:.2f}", f"{passed:.2f}", f"{peak:.0f}"]


def followed(url: str, devices: int) -> None:
    """Prints a line for a rebuild, and one for each batch after it."""
    with Store.open(url, create=False) as store:
        (last,) = [row for row in store.origins() if row.id == f"live-{DAYS - 1}"]
        own = Origin(SITE, SENSOR, last.id)
        store.resume(last)
        following = Following(store, SITE, NETWORKS, load())
        print("|".join(timed("all devices, from all evidence", lambda: following.compute(own))))
        for number in range(BATCHES):
            rows = batch(devices, number, own)
            store.fold(rows)
            following.changed(rows)
            name = f"after a batch of {len(rows.subjects):,} subjects, {len(rows.said):,} rows"
            print("|".join(timed(name, lambda: following.compute(own))), flush=True)


def asked(name: str, *words: str, url: str) -> list[str]:
    """One command, start-up included."""
    sensor = Path(sys.executable).with_name("sensor")
    cost = run([str(sensor), *words, "--db", url], Path())
    if cost.status:
        raise SystemExit(f"{name}: {cost.said}")
    return [name, f"{cost.cpu:.2f}", f"{cost.wall:.2f}", f"{cost.peak:.0f}"]


def measure(devices: int, scratch: Path) -> str:
    url = f"sqlite:///{scratch}/site.db"
    with Store.open(url) as store:
        rows = fill(store, devices)
    command = [sys.executable, "-m", "tests.bench.devices", "--devices", str(devices), "--follow", url]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = [line.split("|") for line in told.splitlines()]
    with Store.open(url, create=False, write=False) as store:
        found = store.listing(SITE)
    one = min(each.id for each in found if each.addresses and each.interfaces)
    lines.append(asked("`sensor devices list`", "devices", "list", url=url))
    lines.append(asked("`sensor devices list --json`", "devices", "list", "--json", url=url))
    lines.append(asked("`sensor devices why`", "devices", "why", one, url=url))
    conditions = f"{datetime.now(UTC).date()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}, SQLite"
    return f"{conditions}; {rows:,} sightings, {len(found):,} devices.\n\n" + table(HEAD, lines)


def write(page: Path, figures: str) -> None:
    """Puts the figures between the marks of a page."""
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{page}: no marks to write between; put {BEGIN.strip()} and {END.strip()} there")
    page.write_text(f"{before}{BEGIN}\n{figures}\n{END}{after}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--devices", type=int, default=25_000)
    arguments.add_argument("--write", type=Path, metavar="PAGE", help="also write the figures between the page's marks")
    arguments.add_argument("--follow", metavar="URL", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.follow:
        followed(given.follow, given.devices)
        return
    with tempfile.TemporaryDirectory() as scratch:
        figures = measure(given.devices, Path(scratch))
    print(figures)
    if given.write:
        write(given.write, figures)


if __name__ == "__main__":
    main()
