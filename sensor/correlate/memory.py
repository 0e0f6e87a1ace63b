"""What was computed before, kept with what it was computed from: so that only what changed is computed again.

Every costly step of correlation is a function of a few values. A step is remembered by its name, whom it is about, and
these values; it is done again as soon as one of them is another. So what comes out is what a computation without any
memory would give, whatever changed in between.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

Known = dict[Hashable, tuple[tuple[Any, ...], Any]]  # whom it is about -> values, and what was made of them
NOTHING: Known = {}


class Memory:
    """Holds what the last computation asked for, and nothing older."""

    def __init__(self) -> None:
        self._before: dict[str, Known] = {}
        self._now: dict[str, Known] = {}

    def same(self, step: str, about: Hashable, make: Callable[..., T], *values: Any) -> T:
        """What `make` gives of the values, or gave of equal ones; lists that are the same objects are soon compared."""
        known = self._before.get(step, NOTHING).get(about)
        if known is None or known[0] != values:
            known = (values, make(*values))
        self._now.setdefault(step, {})[about] = known
        found: T = known[1]
        return found

    def done(self) -> None:
        """At the end of a computation: what it did not ask for is forgotten."""
        self._before, self._now = self._now, {}
