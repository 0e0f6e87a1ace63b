"""Attributes out of votes: doubts multiply over independent sources, one source counts once, losers stay visible.

A source is who said it, by which protocol: ten fields of one protocol about one device, all said by itself, are one
source, and the weightiest of them counts. So repetition convinces nobody, and agreement of strangers does.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from sensor.correlate.device import Attribute, Belief, Reason
from sensor.model import Evidence

REASONS_MAX = 16  # of one value: who wants more asks for the evidence itself
OTHERS_MAX = 8  # losing values of one attribute that are kept; more is a filler that changes, not a contradiction
SURE = 0.99  # no single row is beyond doubt
DIGITS = 4  # of a confidence: more would only show the order in which doubts were multiplied


class Vote(Struct, frozen=True):
    """One row of evidence for one value. source: what counts once, "" for the row's own."""

    attribute: str
    value: str
    weight: float
    rule: str
    row: Evidence
    source: str = ""

    def reason(self) -> Reason:
        row = self.row
        return Reason(
            row.observable,
            row.value,
            self.value,
            round(self.weight, DIGITS),
            self.rule,
            row.protocol,
            row.source,
            row.subject,
            row.origin,
            row.count,
            row.first,
            row.last,
        )


def believe(votes: Iterable[Vote]) -> tuple[Attribute, ...]:
    """The most credible value of each attribute, the attributes in alphabetical order."""
    by_attribute: dict[str, dict[str, list[Vote]]] = {}
    for vote in votes:
        by_value = by_attribute.setdefault(vote.attribute, {})
        by_value.setdefault(spelling(vote.attribute, vote.value), []).append(vote)
    out = []
    for name in sorted(by_attribute):
        beliefs = sorted(map(belief, by_attribute[name].values()), key=lambda each: (-each.confidence, each.value))
        out.append(Attribute(name, beliefs[0], tuple(beliefs[1 : 1 + OTHERS_MAX])))
    return tuple(out)


def belief(votes: list[Vote]) -> Belief:
    """One value with its confidence; spelled as its weightiest vote spells it."""
    best: dict[str, float] = {}
    for vote in votes:
        source = vote.source or vote.row.source
        best[source] = max(best.get(source, 0.0), min(vote.weight, SURE))
    doubt = 1.0
    for weight in sorted(best.values()):
        doubt *= 1.0 - weight
    ranked = sorted(votes, key=rank)
    return Belief(ranked[0].value, round(1.0 - doubt, DIGITS), tuple(vote.reason() for vote in ranked[:REASONS_MAX]))


def rank(vote: Vote) -> tuple[object, ...]:
    row = vote.row
    return (
        -vote.weight,
        row.observable,
        vote.value,
        row.value,
        vote.rule,
        row.source,
        row.subject,
        row.first,
        row.origin,
    )


def spelling(attribute: str, value: str) -> str:
    """What two values are compared by: letter case and blanks mean nothing, nor does the domain after a host's name."""
    text = " ".join(value.casefold().split())
    if attribute == "hostname" and not text.replace(".", "").isdigit() and ":" not in text:
        return text.rstrip(".").partition(".")[0]
    return text
