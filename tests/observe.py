"""What the sensor makes of a capture, without a database: the stages as the pipeline runs them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from parsers.api import Spec, installed
from sensor.capture.file import BLOCK, open_capture
from sensor.capture.file import joined as join
from sensor.fingerprint.load import load
from sensor.model import Conversation, Evidence, Finding
from sensor.policy import Policy
from sensor.rows import Origin, Rows
from sensor.service.inventory import policy
from sensor.service.pipeline import Plan, Reading

EVERYTHING = Policy(keep=lambda observable, value: value, inside=lambda ip: True, named=lambda observable, value: True)


class Shelf(Struct):
    """Takes the place of the store: keeps what it is given."""

    evidence: list[Evidence] = []
    conversations: list[Conversation] = []
    findings: list[Finding] = []

    def fold(self, rows: Rows) -> None:
        self.evidence += rows.evidence
        self.conversations += rows.conversations
        self.findings += rows.findings


class Seen(Struct):
    """Evidence, conversations and findings in stable order, and all counters."""

    rows: Shelf
    counters: Mapping[str, int]

    def values(self, observable: str) -> set[str]:
        return {row.value for row in self.rows.evidence if row.observable == observable}


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
    reading = Reading(shelf.fold, plan, Origin("main", "tap1", "x"))
    for piece in capture.blocks():
        reading.take(piece)
    reading.finish()
    return Seen(shelf, reading.counters() | capture.counters)


def product_policy() -> Policy:
    """What the product keeps with its shipped rules and default networks."""
    return policy(load())
