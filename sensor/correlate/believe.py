"""Attributes out of votes: doubts multiply over independent sources, one source counts once, losers stay visible.

A source is who said it, by which protocol (`speakers`), or a decision by role: ten fields of one protocol that one
device says of another, or of itself, are one source, and the weightiest of them counts. So repetition convinces nobody,
and agreement of strangers does.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from sensor.correlate.device import Attribute, Belief, Reason
from sensor.correlate.versions import spelled
from sensor.model import DAY_NS, Evidence

REASONS_MAX = 16  # of one value, every source among them: who wants more asks for the evidence itself
SOURCES_MAX = 16  # of one value, the weightiest: doubt is gone long before, and each that counts can be shown
OTHERS_MAX = 8  # further values of one attribute that are kept; more is a filler that changes, not a contradiction
ALL_BUT_CERTAIN = 0.9999  # many sources together, where it is set against other values
SURE = 0.99  # no single row is beyond doubt
DIGITS = 4  # of a confidence: more would only show the order in which doubts were multiplied
REFINED = frozenset({"os", "model", "product", "toolkit_version", "firmware", "hardware"})  # may be said less exactly
WORD = re.compile(r"[^\W_]+")  # what a value is cut into to see whether it begins another
KIND = "kind"  # an attribute of which some values stand for several others
LESS = 0.5  # how far who says the less is believed about the more
EXACT = 0.5  # confidence from which on a more exact value takes the place of the less exact one
RELEASES = frozenset({"software", "firmware", "toolkit_version"})  # compared without "V", "Version" and the like
VERSIONS = "software"  # the attribute of which a device often gives several values at once, not all of them telling


Points = Sequence[tuple[float, float]]
NOTHING_MEASURED: Mapping[str, Points] = {}
NO_KINDS: Mapping[str, frozenset[str]] = {}


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


def believe(
    votes: Iterable[Vote],
    several: frozenset[str] = frozenset(),
    holds: Mapping[str, Points] = NOTHING_MEASURED,
    covers: Mapping[str, frozenset[str]] = NO_KINDS,
) -> tuple[Attribute, ...]:
    """The most credible value of each attribute, the attributes in alphabetical order. several: attributes of which
    several values may be true, so that the others do not contradict the first. holds: attribute, or "*", -> how far its
    computed confidence was measured to hold. covers: general kinds -> the kinds that each stands for."""
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
        points = holds.get(name) or holds.get("*", ())
        if len(values) == 1:
            (one,) = calibrated([belief(values[0])], points) if points else [belief(values[0])]
            out.append(Attribute(name, one))
            continue
        if name in REFINED:
            values = refined(by_attribute[name], longer(by_attribute[name]))
        elif name == KIND and not covers.keys().isdisjoint(by_attribute[name]):
            values = refined(by_attribute[name], {kind: covers[kind] for kind in by_attribute[name] if kind in covers})
        seen = [max(vote.row.last.time for vote in each) // DAY_NS for each in values]
        order = telling if name == VERSIONS else latest
        ranked = sorted(zip(map(belief, values), seen, strict=True), key=lambda pair: order(*pair))
        beliefs = [each for each, _ in ranked]
        if points and name in several:
            beliefs = [each for one in beliefs for each in calibrated([one], points)]
        elif points:
            beliefs = calibrated(beliefs, points)
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


def longer(values: Iterable[str]) -> dict[str, list[str]]:
    """Value -> those that begin with its words, and go on."""
    parts = {key: tuple(WORD.findall(key)) for key in values}
    return {
        key: [other for other, its in parts.items() if len(its) > len(mine) and its[: len(mine)] == mine]
        for key, mine in parts.items()
        if mine
    }


def refined(by_value: Mapping[str, list[Vote]], more: Mapping[str, Collection[str]]) -> list[list[Vote]]:
    """Values of which some only say less than others ("macOS" beside "macOS 13"). Whoever says the less supports the
    more exact one, and contradicts it no more; but as long as that one is hardly believed, the less exact one stands,
    with all who say more for it. more: value -> values that say more."""
    exacter = {key: [other for other in by_value if other in others] for key, others in more.items()}
    found = {key: list(votes) for key, votes in by_value.items()}
    for key, others in exacter.items():
        for other in others:
            found[other] += (as_said(vote, by_value[other][0].value, LESS) for vote in by_value[key])
    sure = {key for key in found if belief(found[key]).confidence >= EXACT}
    for key, others in exacter.items():
        if sure.intersection(others):
            del found[key]
        else:
            for other in others:
                found[key] += (as_said(vote, by_value[key][0].value) for vote in by_value[other])
    return list(found.values())


def as_said(vote: Vote, value: str, share: float = 1.0) -> Vote:
    """The same vote for a value that says more, or less."""
    return Vote(vote.attribute, value, vote.weight * share, vote.rule, vote.row, vote.source)


def calibrated(beliefs: list[Belief], holds: Points) -> list[Belief]:
    """Values that contradict one another, the first of which is believed, with how often such a value was measured to
    hold. The others share what that leaves; where nothing decides for the first, none is surer than the other."""
    shares = shared([each.confidence for each in beliefs])
    undecided = len(beliefs) > 1 and beliefs[1].confidence == beliefs[0].confidence
    first = shares[0] if undecided else measured(shares[0], holds)
    left = 1.0 if undecided else 1.0 - first
    found = [first, *(min(share, left) for share in shares[1:])]
    return [
        Belief(each.value, round(confidence, DIGITS), each.reasons)
        for each, confidence in zip(beliefs, found, strict=True)
    ]


def shared(confidences: Sequence[float]) -> list[float]:
    """How far each of several values is believed if no more than one can be true: what speaks for one speaks against
    the others (Dempster's rule of combination)."""
    odds = [sure / (1.0 - sure) for sure in (min(each, ALL_BUT_CERTAIN) for each in confidences)]
    return [each / (1.0 + sum(odds)) for each in odds]


def measured(confidence: float, holds: Points) -> float:
    """Linear between the points that were measured."""
    below, above = (0.0, 0.0), (1.0, 1.0)
    for point in holds:
        if point[0] <= confidence:
            below = point
        else:
            above = point
            break
    width = above[0] - below[0]
    share = (confidence - below[0]) / width if width > 0 else 0.0
    return below[1] + share * (above[1] - below[1])


def latest(each: Belief, day: int) -> tuple[object, ...]:
    """The most credible; of two that are equally so the one that was said on a later day, for things are renamed."""
    return (-each.confidence, -day, each.value)


def telling(each: Belief, day: int) -> tuple[object, ...]:
    """Of releases that are equally credible, first those of letters and digits ("VA48A"), then dotted numbers, then
    words and bare numbers ("LX", "27"); then the one that was seen on a later day, for software is renewed; then the
    longer, which says more."""
    text = each.value
    digits = any(c.isdigit() for c in text)
    form = 0 if digits and any(c.isalpha() for c in text) else 1 if digits and "." in text else 2
    return (-each.confidence, form, -day, -len(text), text)


def spelling(attribute: str, value: str) -> str:
    """What two values are compared by: letter case and blanks mean nothing, nor does the domain after a host's name,
    nor the word "Version" before a number."""
    text = " ".join(value.casefold().split())
    if attribute == "hostname" and not text.replace(".", "").isdigit() and ":" not in text:
        return text.rstrip(".").partition(".")[0]
    if attribute in RELEASES:
        return spelled(text) or text
    return text
