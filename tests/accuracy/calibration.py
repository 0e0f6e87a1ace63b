"""Whether values that are given 0.9 are right nine times in ten, and a fit that makes them so.

The expected calibration error is the mean distance between confidence and share of right ones over ten bins, weighted
by their counts. The fit (pool adjacent violators) is made on one half of the families and judged on the other.

A made-up hospital is kinder than a real one where evidence is weak: it has few devices of unheard-of makers, few
modules of one maker in devices of another, and few programs that act as others do. So what is weak there (`is_weak`) is
left as it was computed and judged apart; and nothing is called surer than `CERTAIN`, since rarer errors are those that
nobody thought of making up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from tests.accuracy.scoring import Judged

BINS = 10
FEW = 20  # values in one step of the fit: fewer say little
ENOUGH = 200  # values of an attribute that is fitted by itself

EVEN = 0.5  # confidence up to which values are weak: one trait, one act, whose block an address is in, or contradicted
CERTAIN = 0.99
RISE = 0.01  # within a step of the fit, so that the order of values stays visible; below what was measured

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


def is_weak(each: Judged) -> bool:
    return each.computed <= EVEN


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
    return divided(judged, frozenset(families[::2]))


def divided(judged: Sequence[Judged], families: frozenset[str]) -> tuple[list[Judged], list[Judged]]:
    """What is of these families, and what is not."""
    return [e for e in judged if e.family in families], [e for e in judged if e.family not in families]


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
    edges: list[tuple[float, float]] = []
    for step in steps:
        top = round(min(step.share, CERTAIN), 3)
        bottom = round(max(top - RISE, edges[-1][1] if edges else 0.0), 3)
        edges.append((step.low, min(bottom, top)))
        if step.high > step.low:
            edges.append((step.high, top))
    if edges and edges[-1][0] < 1.0:
        edges.append((1.0, edges[-1][1]))
    return tuple(edges)


def table(judged: Sequence[Judged]) -> dict[str, Points]:
    """As fingerprints/calibration.toml has it: attributes with enough values. The others stay as computed."""
    by_attribute: dict[str, list[Judged]] = {}
    for each in judged:
        if not is_weak(each):
            by_attribute.setdefault(each.attribute, []).append(each)
    found = {}
    for name, values in sorted(by_attribute.items()):
        if len(values) >= ENOUGH:
            found[name] = ((EVEN, EVEN), *points(values))
    return found


def holds(found: Mapping[str, Points]) -> Callable[[Judged], float]:
    """What would be given by such a table: linear between its points, and from (0, 0) and to (1, 1)."""

    def given(each: Judged) -> float:
        known = ((0.0, 0.0), *found.get(each.attribute, ()), (1.0, 1.0))
        below = max((point for point in known if point[0] <= each.computed), key=lambda point: point[0])
        above = next((point for point in known if point[0] > each.computed), (1.0, below[1]))
        width = above[0] - below[0]
        return below[1] + ((each.computed - below[0]) / width * (above[1] - below[1]) if width else 0.0)

    return given
