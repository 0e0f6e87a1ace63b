"""Whether values that are given 0.9 are right nine times in ten, and a fit that would make them so.

The expected calibration error is the mean distance between confidence and share of right ones over ten bins, weighted
by their counts. The fit (pool adjacent violators) is made on one half of the families and judged on the other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from msgspec import Struct

from tests.accuracy.scoring import Judged

BINS = 10
POOLED_MIN = 20  # values in one step of the fit: fewer say little


class Bin(Struct):
    """Values whose confidence is from `low` on."""

    low: float
    count: int
    confidence: float  # mean
    right: float  # share


def bins(judged: Sequence[Judged], fit: Callable[[float], float] = lambda confidence: confidence) -> list[Bin]:
    """The bins that have values."""
    sums: dict[int, list[float]] = {}
    for each in judged:
        confidence = fit(each.confidence)
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


def fitted(judged: Sequence[Judged]) -> list[tuple[float, float]]:
    """Steps of (confidence from which on, share that is right), both rising."""
    at: dict[float, list[int]] = {}
    for each in judged:
        held = at.setdefault(each.confidence, [0, 0])
        held[0] += each.right
        held[1] += 1
    pools: list[tuple[float, int, int]] = []
    for confidence, (right, count) in sorted(at.items()):
        pools.append((confidence, right, count))
        while len(pools) > 1 and (
            pools[-2][1] * pools[-1][2] >= pools[-1][1] * pools[-2][2] or pools[-2][2] < POOLED_MIN
        ):
            _, more, others = pools.pop()
            low, right, count = pools.pop()
            pools.append((low, right + more, count + others))
    return [(low, right / count) for low, right, count in pools]


def applied(steps: Sequence[tuple[float, float]]) -> Callable[[float], float]:
    """The fit as a function."""
    lows = [low for low, _ in steps]

    def fit(confidence: float) -> float:
        return steps[max(bisect_right(lows, confidence) - 1, 0)][1] if steps else confidence

    return fit
