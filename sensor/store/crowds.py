"""Where in an origin there may be more values than are kept, so that its end need not look at every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sensor.evidence import VALUES_MAX
from sensor.store.origins import Group

GROUPS_MAX = 1 << 16  # groups of several rows that are followed: some 15 MB; a day of a large hospital has fewer
SUSPECTS_MAX = 2_000  # looked at one by one; looking at all rows at once is quicker than at more


class Crowds:
    """Counts the rows of each group. In a batch a group has no row, one or several: those with several are followed,
    and each batch may have brought one row of any other. So a count is never too small."""

    def __init__(self) -> None:
        self._batches = 0
        self._rows: Counter[Group] = Counter()
        self._lost = False

    def saw(self, several: Mapping[Group, int]) -> None:
        """One more batch: its groups of several rows."""
        self._batches += 1
        if not self._lost:
            self._rows.update(several)
            if len(self._rows) > GROUPS_MAX:
                self._lost = True
                self._rows.clear()

    def suspects(self) -> list[Group] | None:
        """The groups that may have more values than are kept; None: any may."""
        if self._lost or self._batches > VALUES_MAX:
            return None
        found = sorted(group for group, rows in self._rows.items() if rows + self._batches > VALUES_MAX)
        return found if len(found) <= SUSPECTS_MAX else None
