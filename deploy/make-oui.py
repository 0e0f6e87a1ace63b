#!/usr/bin/env python3
"""Makes fingerprints/oui/oui.dat, the compact table of address blocks, from lists of the IEEE registries.

    npm pack oui-data && tar xzf oui-data-*.tgz
    apt-get download ieee-data && dpkg-deb -x ieee-data_*.deb .
    deploy/make-oui.py package/index.json usr/share/ieee-data/iab.csv --date 2026-08-26 \\
        --source "npm oui-data 2.1.9 and the closed IAB list of Debian ieee-data 20220827.1"

A list is JSON (prefix of 6, 7 or 9 hexadecimal digits -> name of the holder, lines of its address after it, which are
dropped) or CSV as IEEE publishes it (registry, assignment, name, address). Of two entries for a block the first stays.
Uses the standard library alone, so that it runs on any machine.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
import zlib
from array import array
from pathlib import Path

HERE = Path(__file__).parent.parent / "fingerprints" / "oui" / "oui.dat"
BITS = {9: (36, "Q"), 7: (28, "I"), 6: (24, "I")}
NOBODY = frozenset({"private", "ieee registration authority"})  # hidden by its holder; divided into smaller blocks
NAME_MAX = 80
SPACE = re.compile(r"\s+")


def name_of(entry: str) -> str:
    """The holder's name: the first line, with single spaces."""
    name = SPACE.sub(" ", entry.split("\n", 1)[0]).strip()[:NAME_MAX].strip()
    return "" if name.casefold() in NOBODY else name


def packed(entries: dict[str, str]) -> bytes:
    names = {prefix: name_of(entry) for prefix, entry in entries.items()}
    order = sorted(set(names.values()))  # sorted: the same list always makes the same file
    number = {name: i for i, name in enumerate(order)}
    if len(order) > 0xFFFF:
        sys.exit("more than 65535 different names: the format holds 16 bits")
    out = bytearray()
    for length, (_bits, code) in BITS.items():
        rows = sorted((int(prefix, 16), number[name]) for prefix, name in names.items() if len(prefix) == length)
        for values in (array("I", [len(rows)]), array(code, [k for k, _ in rows]), array("H", [n for _, n in rows])):
            if sys.byteorder == "big":
                values.byteswap()
            out += values.tobytes()
    blob = bytearray()
    ends = array("I")
    for name in order:
        blob += name.encode()
        ends.append(len(blob))
    for values in (array("I", [len(ends)]), ends):
        if sys.byteorder == "big":
            values.byteswap()
        out += values.tobytes()
    return bytes(out + blob)


def entries_of(path: Path) -> dict[str, str]:
    """Prefix -> holder, from one list."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as lines:
            found = {row["Assignment"].upper(): row["Organization Name"] for row in csv.DictReader(lines)}
    else:
        found = json.loads(path.read_text("utf-8"))
    return {prefix: entry for prefix, entry in found.items() if len(prefix) in BITS}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("lists", type=Path, nargs="+")
    options.add_argument("--date", required=True, help="how old the newest list is, YYYY-MM-DD")
    options.add_argument("--source", required=True, help="what the lists are, with their versions")
    options.add_argument("-o", "--output", type=Path, default=HERE)
    given = options.parse_args()
    entries: dict[str, str] = {}
    for path in given.lists:
        entries = entries_of(path) | entries
    head = f"auscult-oui 1; {given.date} from {given.source}; {len(entries)} blocks; made by deploy/make-oui.py\n"
    given.output.write_bytes(head.encode() + zlib.compress(packed(entries), 9))
    sys.stdout.write(f"{given.output}: {given.output.stat().st_size} bytes, {len(entries)} blocks\n")


if __name__ == "__main__":
    main()
