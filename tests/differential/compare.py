"""Prints what tshark shows and the sensor does not, and the other way round, per observable: `make compare`.

  .venv/bin/python -m tests.differential.compare [-v] [PROTOCOL ...]

Over pcaps/ and the folder that AUSCULT_CAPTURES names. A text counts once for each capture and host. -v: every
difference, with the capture that it is in.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from msgspec import Struct

from parsers.api import installed
from sensor.capture.source import CaptureError
from tests.differential.comparing import Compared, captures, compare, explained
from tests.differential.table import Table, tables

WANTED = 98.0  # percent of what tshark shows that should be in our evidence
LINE = "{:<34}{:>8}{:>8}{:>8}{:>13}{:>11}{:>13}{:>9}"


class Count(Struct):
    """Over all captures."""

    ours: int = 0
    theirs: int = 0
    both: int = 0
    explained: int = 0  # of those that only tshark shows

    @property
    def share(self) -> float:
        """Percent of what tshark shows."""
        return 100 * self.both / self.theirs if self.theirs else 100.0


def compared(path: Path, asked: dict[str, Table]) -> tuple[Path, list[Compared]]:
    try:
        return path, compare(path, asked)
    except CaptureError:
        return path, []


def run() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("protocols", nargs="*", metavar="PROTOCOL", help="files of fields/; all of them")
    arguments.add_argument("-v", "--verbose", action="store_true", help="every difference")
    given = arguments.parse_args()
    known = tables()
    if wrong := [name for name in given.protocols if name not in known]:
        arguments.error(f"there is no fields/{wrong[0]}.py")
    asked = {name: table for name, table in known.items() if not given.protocols or name in given.protocols}
    differs = [one for table in asked.values() for one in table.differs]
    counts: dict[str, Count] = defaultdict(Count)
    with ThreadPoolExecutor(2) as pool:  # one waits for tshark while the other reads
        for path, found in pool.map(partial(compared, asked=asked), captures()):
            for one in found:
                count = counts[one.observable]
                count.ours += len(one.ours)
                count.theirs += len(one.theirs)
                count.both += len(one.ours & one.theirs)
                count.explained += explained(path, one, differs)
                if given.verbose:
                    report(path, one)
    print(LINE.format("observable", "tshark", "sensor", "both", "only tshark", "explained", "only sensor", "share"))
    for name, count in sorted(counts.items()):
        mark = "" if count.share >= WANTED else " <"
        row = (
            count.theirs,
            count.ours,
            count.both,
            count.theirs - count.both,
            count.explained,
            count.ours - count.both,
        )
        print(LINE.format(name, *row, f"{count.share:.1f}%") + mark)
    everything = Count(*(sum(getattr(count, part) for count in counts.values()) for part in Count.__struct_fields__))
    print(
        f"\n{everything.both} of {everything.theirs} that tshark shows ({everything.share:.2f} %; < under {WANTED:g} %)"
    )
    if not given.protocols:
        emitted = {name for spec in installed().values() for name in spec.emits}
        print(f"compared with nothing: {', '.join(sorted(emitted - counts.keys()))}")
    return 0


def report(path: Path, one: Compared) -> None:
    for who, only in (("tshark", one.only_theirs), ("sensor", one.only_ours)):
        for host, text in sorted(only):
            print(f"{path.name}: {one.observable}: only {who}: {text!r} of {host}")


if __name__ == "__main__":
    sys.exit(run())
