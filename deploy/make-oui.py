#!/usr/bin/env python3
"""Makes fingerprints/oui/oui.dat, the compact table of address blocks, from a list of the IEEE registries.

    npm pack oui-data && tar xzf oui-data-*.tgz
    deploy/make-oui.py package/index.json --date 2026-11-23 --source "npm oui-data 2.1.9"

The list is JSON: prefix of 6, 7 or 9 hexadecimal digits -> name of the holder, lines of its address after it (dropped).
Uses the standard library alone, so that it runs on any machine.
"""

from __future__ import annotations

import argparse
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


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("list", type=Path)
    options.add_argument("--date", required=True, help="when the list was fetched, YYYY-MM-DD")
    options.add_argument("--source", required=True, help="what the list is and its version")
    options.add_argument("-o", "--output", type=Path, default=HERE)
    given = options.parse_args()
    entries = {k: v for k, v in json.loads(given.list.read_text("utf-8")).items() if len(k) in BITS}
    head = f"auscult-oui 1; {given.date} from {given.source}; {len(entries)} blocks; made by deploy/make-oui.py\n"
    given.output.write_bytes(head.encode() + zlib.compress(packed(entries), 9))
    sys.stdout.write(f"{given.output}: {given.output.stat().st_size} bytes, {len(entries)} blocks\n")


if __name__ == "__main__":
    main()
