"""Reads a capture with the sensor and with tshark, and says where the two differ."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from os import environ
from pathlib import Path, PurePath

from msgspec import Struct

from sensor.capture.find import find
from sensor.capture.source import CaptureError
from tests.differential.table import Differs, Frame, Table
from tests.observe import Seen, observe

ROOT = Path(__file__).parents[2]
MORE = environ.get("AUSCULT_CAPTURES", "")
VALUE, CELL = "\x1e", "\x1d"
ALWAYS = ("frame.protocols", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "eth.src", "eth.dst", "sll.src.eth")
NOT_FOLLOWED = (":icmp:ip:", ":icmpv6:ipv6:", ":capwap", ":gtp:", ":gre:ppp:")  # quoted; tunnels not unwrapped
SECONDS_MAX = 300  # that tshark may take for one capture

Told = tuple[str, str]  # host and text


class Compared(Struct, frozen=True):
    """One observable in one capture."""

    observable: str
    ours: frozenset[Told]
    theirs: frozenset[Told]

    @property
    def only_ours(self) -> frozenset[Told]:
        return self.ours - self.theirs

    @property
    def only_theirs(self) -> frozenset[Told]:
        return self.theirs - self.ours


def captures() -> list[Path]:
    """Those of the project and, where AUSCULT_CAPTURES names a folder, all in it."""
    found: list[Path] = []
    for folder in (str(ROOT / "pcaps"), MORE):
        try:
            found += [Path(p) for p in find([folder]).captures] if folder else []
        except CaptureError:
            continue
    return found


def compare(path: Path, tables: Mapping[str, Table]) -> list[Compared]:
    """Every observable that tshark can show. Raises CaptureError for a file that is no capture for the sensor."""
    seen = observe(path)
    ours: dict[str, set[Told]] = defaultdict(set)
    for row in seen.rows.evidence:
        ours[row.observable].add((row.subject.ip or row.subject.mac, row.value))
    theirs: dict[str, set[Told]] = defaultdict(set)
    for frame in frames(path, tables.values(), seen):
        for table in tables.values():
            for shown in table.shown:
                theirs[shown.observable].update(shown.told(frame))
    names = dict.fromkeys(shown.observable for table in tables.values() for shown in table.shown)
    return [Compared(name, frozenset(ours[name]), frozenset(theirs[name])) for name in names]


def frames(path: Path, tables: Iterable[Table], seen: Seen) -> Iterator[Frame]:
    """The frames in which tshark shows any of the fields; one run for all of them."""
    tables = list(tables)
    asked = {field for table in tables for shown in table.shown for field in shown.asks}
    fields = [*ALWAYS, *sorted(asked - set(ALWAYS))]
    command = ["tshark", "-n", "-r", str(path), "-T", "fields"]
    command += ["-E", "occurrence=a", "-E", f"aggregator={VALUE}", "-E", f"separator={CELL}"]
    for table in tables:
        command += [*table.arguments, *decoding(table, seen)]
    for field in fields:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, timeout=SECONDS_MAX, check=False)
    if b"fields aren't valid" in done.stderr:
        raise ValueError(done.stderr.decode("utf-8", "replace"))
    for line in done.stdout.decode("utf-8", "replace").split("\n"):
        cells = line.split(CELL)
        if len(cells) != len(fields):
            continue  # a text with a line end in it: its second half would be taken for other fields
        frame = Frame({field: cell.split(VALUE) for field, cell in zip(fields, cells, strict=True) if cell})
        if not asked.isdisjoint(frame.values) and not any(tunnel in frame.layers for tunnel in NOT_FOLLOWED):
            yield frame


def decoding(table: Table, seen: Seen) -> Iterator[str]:
    """What tells tshark which ports speak a protocol; a port that others speak too is left as it takes it."""
    for ours, theirs in table.decode_as.items():
        spoken = {(c.transport, c.port) for c in seen.rows.conversations if c.protocol == ours}
        shared = {(c.transport, c.port) for c in seen.rows.conversations if c.protocol not in ("", ours)}
        for transport, port in sorted(spoken - shared):
            if transport in ("tcp", "udp"):
                yield from ("-d", f"{transport}.port=={port},{theirs}")


def unexplained(path: PurePath, compared: Compared, differs: Iterable[Differs]) -> list[str]:
    """One line for each difference that is not listed, and for each listed one that is none."""
    listed = [one for one in differs if one.observable == compared.observable and one.of(path)]
    lines: list[str] = []
    sides: tuple[tuple[str, frozenset[Told], Callable[[Differs], tuple[str, ...]]], ...] = (
        ("the sensor", compared.only_ours, lambda one: one.ours),
        ("tshark", compared.only_theirs, lambda one: one.theirs),
    )
    for who, only, of in sides:
        known = [text for one in listed for text in of(one)]
        for host, text in sorted(only):
            if not any(covers(pattern, text) for pattern in known):
                lines.append(f"{compared.observable}: only {who}: {text!r} of {host}")
        for pattern in known:
            if not any(covers(pattern, text) for _, text in only):
                lines.append(f"{compared.observable}: listed as only {who}, and is not: {pattern!r}")
    return lines


def explained(path: PurePath, compared: Compared, differs: Iterable[Differs]) -> int:
    """How many of the texts that only tshark shows are listed with a reason."""
    known = [text for one in differs if one.observable == compared.observable and one.of(path) for text in one.theirs]
    return sum(any(covers(pattern, text) for pattern in known) for _, text in compared.only_theirs)


def covers(pattern: str, text: str) -> bool:
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern
