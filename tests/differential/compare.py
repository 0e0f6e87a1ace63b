"""Prints what tshark shows and the sensor does not, and the other way round, per observable: `make compare`.

  .venv/bin/python -m tests.differential.compare [-v] [PROTOCOL ...]

Over pcaps/ and the folder that AUSCULT_CAPTURES names. A text counts once for each capture and host. -v: every
difference, with the capture that it is in.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import defaultdict
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from msgspec import Struct

from parsers.api import installed
from sensor.capture.source import CaptureError
from tests.differential.comparing import Compared, captures, compare, explained
from tests.differential.table import Table, tables

WANTED = 98.0  # percent of what tshark shows that should be in our evidence
KNOWN_AS = frozenset(  # which tshark knows by other names
    {"comport", "dns_tcp", "enip_tcp", "kerberos_tcp", "msrpc", "nd", "pop3", "postgresql", "sip_tcp", "syslog_tcp"}
)
NO_FIELDS = {  # protocol: why its values do not stand in fields of their own
    "hl7": "tshark shows segments and fields as text, not by what they mean",
    "ipp": "tshark shows names of attributes, and of the values of texts nothing",
    "telnet": "tshark shows each command by itself, and screens frame by frame",
    "tcp": "our own notation of several fields together",
    "upnp": "tshark shows XML as elements, not by what they mean",
    "wsd": "tshark shows XML as elements, not by what they mean",
    "onvif": "tshark shows XML as elements, not by what they mean",
}
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
        uncompared(counts.keys())
    return 0


def uncompared(compared: Collection[str]) -> None:
    """What of ours stands beside nothing of tshark's: of protocols that it does not dissect, of those whose values it
    does not show as fields of their own, and of the others."""
    listed = subprocess.run(["tshark", "-G", "protocols"], capture_output=True, text=True, check=True).stdout
    known = {line.split("\t")[2] for line in listed.splitlines() if line.count("\t") > 1}
    print("\nCompared with nothing")
    groups: dict[str, list[str]] = defaultdict(list)
    for name, spec in installed().items():
        for observable in sorted(set(spec.emits) - set(compared)):
            unread = "tshark does not dissect this protocol"
            groups[NO_FIELDS.get(name, unread if name not in known and name not in KNOWN_AS else "")].append(observable)
    for reason, names in sorted(groups.items(), reverse=True):
        print(f"  {reason or 'tshark may show it, no row compares it yet'}: {', '.join(names)}")


def report(path: Path, one: Compared) -> None:
    for who, only in (("tshark", one.only_theirs), ("sensor", one.only_ours)):
        for host, text in sorted(only):
            print(f"{path.name}: {one.observable}: only {who}: {text!r} of {host}")


if __name__ == "__main__":
    sys.exit(run())
