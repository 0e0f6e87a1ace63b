"""Whether values that are given 0.9 are right nine times in ten, and a fit that would make them so.

The expected calibration error is the mean distance between confidence and share of right ones over ten bins, weighted
by their counts. The fit (pool adjacent violators) is made on one half of the families and judged on the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from tests.accuracy.scoring import Judged

BINS = 10
FEW = 20  # values in one step of the fit: fewer say little
ENOUGH = 200  # values of an attribute that is fitted by itself

Points = tuple[tuple[float, float], ...]  # computed confidence, and how far it holds; both rising


class Bin(Struct):
    """Values whose confidence is from `low` on."""

    low: float
    count: int
    confidence: float  # mean
    right: float  # share


class Step(Struct):
    """Values of some span of confidence."""

    low: float
    high: float
    right: int
    count: int

    @property
    def share(self) -> float:
        return (self.right + 1) / (self.count + 2)


def as_given(each: Judged) -> float:
    return each.confidence


def bins(judged: Sequence[Judged], given: Callable[[Judged], float] = as_given) -> list[Bin]:
    """The bins that have values."""
    sums: dict[int, list[float]] = {}
    for each in judged:
        confidence = given(each)
        held = sums.setdefault(min(int(confidence * BINS + 1e-9), BINS - 1), [0, 0.0, 0])
        held[0] += 1
        held[1] += confidence
        held[2] += each.right
    return [Bin(at / BINS, int(n), total / n, right / n) for at, (n, total, right) in sorted(sums.items())]


def error(found: Sequence[Bin]) -> float:
    """Expected calibration error."""
    total = sum(each.count for each in found)
    return sum(each.count * abs(each.confidence - each.right) for each in found) / total if total else 0.0


def halves(judged: Sequence[Judged]) -> tuple[list[Judged], list[Judged]]:
    """By family, in turn by name: every family is in one half alone."""
    families = sorted({each.family for each in judged})
    first = set(families[::2])
    return [e for e in judged if e.family in first], [e for e in judged if e.family not in first]


def points(judged: Sequence[Judged]) -> Points:
    """How far computed confidences hold: the share that is right rises with them. Where it would not, neighbours are
    taken together; so are too few. Nothing is certain: one right and one wrong value are added to each step."""
    at: dict[float, list[int]] = {}
    for each in judged:
        held = at.setdefault(each.computed, [0, 0])
        held[0] += each.right
        held[1] += 1
    steps: list[Step] = []
    for confidence, (right, count) in sorted(at.items()):
        steps.append(Step(confidence, confidence, right, count))
        while len(steps) > 1 and (steps[-2].share >= steps[-1].share or min(steps[-2].count, steps[-1].count) < FEW):
            last, before = steps.pop(), steps.pop()
            steps.append(Step(before.low, last.high, before.right + last.right, before.count + last.count))
    edges = ((edge, round(step.share, 3)) for step in steps for edge in dict.fromkeys((step.low, step.high)))
    return tuple(edges)


def table(judged: Sequence[Judged]) -> dict[str, Points]:
    """As fingerprints/calibration.toml has it: attributes with enough values, and "*" for the others."""
    by_attribute: dict[str, list[Judged]] = {}
    for each in judged:
        by_attribute.setdefault(each.attribute, []).append(each)
    found = {name: points(values) for name, values in sorted(by_attribute.items()) if len(values) >= ENOUGH}
    return found | {"*": points(judged)}


def holds(found: Mapping[str, Points]) -> Callable[[Judged], float]:
    """What would be given by such a table: linear between its points, and from (0, 0) and to (1, 1)."""

    def given(each: Judged) -> float:
        known = ((0.0, 0.0), *found.get(each.attribute, found.get("*", ())), (1.0, 1.0))
        below = max((point for point in known if point[0] <= each.computed), key=lambda point: point[0])
        above = next((point for point in known if point[0] > each.computed), (1.0, below[1]))
        width = above[0] - below[0]
        return below[1] + ((each.computed - below[0]) / width * (above[1] - below[1]) if width else 0.0)

    return given
