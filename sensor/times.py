"""Times as text, in UTC: everything that is shown or exported says when in the same way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(time: int) -> str:
    """To the nanosecond, for machines: 2026-01-05T08:00:00.000000001Z."""
    seconds, rest = divmod(time, SECOND_NS)
    return f"{_second(seconds)}.{rest:09}Z"


def moment(time: int) -> str:
    """To the second, for people: 2026-01-05T08:00:00Z; "" for a time that is not known."""
    return f"{_second(time // SECOND_NS)}Z" if time else ""


def day_of(time: int) -> str:
    """2026-01-05; "" for a time that is not known."""
    return _day(time // DAY_NS) if time else ""


@lru_cache(maxsize=4096)
def _day(days: int) -> str:
    return (EPOCH + timedelta(days=days)).strftime("%Y-%m-%d")


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    return (EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
