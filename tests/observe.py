"""What the sensor makes of a capture, without a database: the stages as the pipeline runs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from parsers.api import Spec, installed
from sensor.capture.file import BLOCK, open_capture
from sensor.capture.file import joined as join
from sensor.evidence import Origin, Policy, Rows
from sensor.fingerprint.load import load
from sensor.service.inventory import policy
from sensor.service.pipeline import Plan, Reading

EVERYTHING = Policy(keep=lambda observable, value: value, inside=lambda ip: True, named=lambda observable, value: True)


class Seen(Struct):
    """Evidence, conversations and findings in stable order, and all counters."""

    rows: Rows
    counters: Mapping[str, int]

    def values(self, observable: str) -> set[str]:
        return {row.value for row in self.rows.evidence if row.observable == observable}


class Shelf:
    """Takes the place of the store: keeps what it is given."""

    def __init__(self) -> None:
        self.evidence: list[object] = []
        self.conversations: list[object] = []
        self.findings: list[object] = []

    def add(
        self, origin: Origin, evidence: Sequence[object], conversations: Sequence[object], findings: Sequence[object]
    ) -> None:
        self.evidence += evidence
        self.conversations += conversations
        self.findings += findings


def observe(
    *paths: Path | str,
    joined: bool = False,
    block: int = BLOCK,
    rules: Policy = EVERYTHING,
    specs: Mapping[str, Spec] | None = None,
) -> Seen:
    """Reads one capture, or several as one. `rules`: what may be kept; everything unless told otherwise."""
    capture = join(paths, block=block) if joined else open_capture(paths[0], block=block)
    shelf = Shelf()
    plan = Plan("main", "tap1", specs or installed(), rules)
    reading = Reading(shelf.add, plan, Origin("main", "tap1", "x"))
    for piece in capture.blocks():
        reading.take(piece)
    reading.finish()
    return Seen(Rows(shelf.evidence, shelf.conversations, shelf.findings), reading.counters() | capture.counters)  # type: ignore[arg-type]


def product_policy() -> Policy:
    """What the product keeps with its shipped rules and default networks."""
    return policy(load())
