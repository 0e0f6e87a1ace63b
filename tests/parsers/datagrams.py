"""Reads one datagram as the sensor does, and holds what every datagram parser must hold."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

from parsers.api import Anew, DatagramSpec, Done, Skip
from tests.parsers.harness import check, flat

Heard = list[tuple[object, ...]]
PCAPS = Path(__file__).resolve().parents[2] / "pcaps"


def heard(spec: DatagramSpec, data: bytes) -> Heard:
    """What a datagram says, as flat tuples in order."""
    out: Heard = []
    for event in spec.read(data):
        assert not isinstance(event, Skip | Anew | Done), "advice means nothing for a datagram"
        check(spec, event)  # type: ignore[arg-type]  # looks at the fields that both kinds of spec have
        out.append(flat(event))
    return out


def about(host: str, *fields: tuple[str, str]) -> tuple[object, ...]:
    """An expected utterance about a plain host."""
    return ("said", (host, "", ()), fields)


def since(day: str, finding: str) -> tuple[object, ...]:
    """An expected finding about the sender that came to be true at the beginning of a day."""
    begin = dt.datetime.fromisoformat(f"{day}T00:00:00+00:00")
    return ("flag", ("sender", "", ()), finding, int(begin.timestamp()))


def odd(name: str) -> tuple[object, ...]:
    return ("odd", name)


def captures() -> Iterator[Path]:
    """The repository's captures, and those of the folder that AUSCULT_CAPTURES names."""
    more = os.environ.get("AUSCULT_CAPTURES")
    for folder in (PCAPS, *([Path(more)] if more else [])):
        yield from sorted(p for p in folder.rglob("*") if p.suffix in {".pcap", ".pcapng"} and p.is_file())
