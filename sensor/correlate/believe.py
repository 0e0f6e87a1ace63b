"""Attributes out of votes: doubts multiply over independent sources, one source counts once, losers stay visible.

A source is who said it, by which protocol (`speakers`), or a decision by role: ten fields of one protocol that one
device says of another, or of itself, are one source, and the weightiest of them counts. So repetition convinces nobody,
and agreement of strangers does.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from sensor.correlate.device import Attribute, Belief, Reason
from sensor.model import DAY_NS, Evidence

REASONS_MAX = 16  # of one value, every source among them: who wants more asks for the evidence itself
SOURCES_MAX = 16  # of one value, the weightiest: doubt is gone long before, and each that counts can be shown
OTHERS_MAX = 8  # further values of one attribute that are kept; more is a filler that changes, not a contradiction
SURE = 0.99  # no single row is beyond doubt
DIGITS = 4  # of a confidence: more would only show the order in which doubts were multiplied
VERSIONS = "software"  # the attribute of which a device often gives several values at once, not all of them telling


class Vote(Struct, frozen=True, gc=False):
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
            self.source or row.source,
        )


def believe(votes: Iterable[Vote], several: frozenset[str] = frozenset()) -> tuple[Attribute, ...]:
    """The most credible value of each attribute, the attributes in alphabetical order. several: attributes of which
    several values may be true, so that the others do not contradict the first."""
    by_attribute: dict[str, dict[str, list[Vote]]] = {}
    for vote in votes:
        by_value = by_attribute.get(vote.attribute)
        if by_value is None:
            by_value = by_attribute[vote.attribute] = {}
        key = spelling(vote.attribute, vote.value)
        if key in by_value:
            by_value[key].append(vote)
        else:
            by_value[key] = [vote]
    out = []
    for name in sorted(by_attribute):
        values = list(by_attribute[name].values())
        if len(values) == 1:
            out.append(Attribute(name, belief(values[0])))
            continue
        beliefs = [belief(each) for each in values]
        if name == VERSIONS:
            seen = [max(vote.row.last.time for vote in each) // DAY_NS for each in values]
            ranked = sorted(zip(beliefs, seen, strict=True), key=lambda pair: telling(*pair))
            beliefs = [each for each, _ in ranked]
        else:
            beliefs.sort(key=lambda each: (-each.confidence, each.value))
        further = tuple(beliefs[1 : 1 + OTHERS_MAX])
        out.append(
            Attribute(name, beliefs[0], also=further) if name in several else Attribute(name, beliefs[0], further)
        )
    return tuple(out)


def belief(votes: list[Vote]) -> Belief:
    """One value with its confidence; spelled as its weightiest vote spells it."""
    if len(votes) == 1:
        (vote,) = votes
        return Belief(vote.value, round(1.0 - (1.0 - min(vote.weight, SURE)), DIGITS), (vote.reason(),))
    ranked = sorted(votes, key=rank)
    best: dict[str, Vote] = {}  # source -> its weightiest vote
    for vote in ranked:
        best.setdefault(vote.source or vote.row.source, vote)
    counted = list(best.values())[:SOURCES_MAX]
    doubt = 1.0
    for vote in reversed(counted):
        doubt *= 1.0 - min(vote.weight, SURE)
    if len(ranked) > REASONS_MAX:
        sources = {vote.source or vote.row.source for vote in counted}
        ranked = [vote for vote in ranked if (vote.source or vote.row.source) in sources]
        shown = set(map(id, counted))
        more = [vote for vote in ranked if id(vote) not in shown][: REASONS_MAX - len(counted)]
        ranked = sorted([*counted, *more], key=rank)
    return Belief(ranked[0].value, round(1.0 - doubt, DIGITS), tuple(vote.reason() for vote in ranked))


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


def telling(each: Belief, day: int) -> tuple[object, ...]:
    """Of releases that are equally credible, first those of letters and digits ("VA48A"), then dotted numbers, then
    words and bare numbers ("LX", "27"); then the one that was seen on a later day, for software is renewed; then the
    longer, which says more."""
    text = each.value
    digits = any(c.isdigit() for c in text)
    form = 0 if digits and any(c.isalpha() for c in text) else 1 if digits and "." in text else 2
    return (-each.confidence, form, -day, -len(text), text)


def spelling(attribute: str, value: str) -> str:
    """What two values are compared by: letter case and blanks mean nothing, nor does the domain after a host's name."""
    text = " ".join(value.casefold().split())
    if attribute == "hostname" and not text.replace(".", "").isdigit() and ":" not in text:
        return text.rstrip(".").partition(".")[0]
    return text
