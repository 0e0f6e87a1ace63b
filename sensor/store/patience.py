"""A database that is away for a moment is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from sensor.rows import Rows
from sensor.store.error import StoreError

PAUSE_S, PAUSE_MAX_S = 0.5, 10.0  # doubled after each try
PATIENCE_S = 60.0  # a restart of a server takes some seconds

Result = TypeVar("Result")


def waited_for(
    call: Callable[[], Result],
    patience: float = PATIENCE_S,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Result:
    """The result of a call that is tried again while its trouble is a passing one. What it does must be the same
    however often it is done."""
    until, pause = clock() + patience, PAUSE_S
    while True:
        try:
            return call()
        except StoreError as error:
            if not error.passing or clock() + pause > until:
                raise
        sleep(pause)
        pause = min(2 * pause, PAUSE_MAX_S)


class Batches:
    """Folds rows in numbered batches, so that one that was handed over twice is merged once."""

    def __init__(self, fold: Callable[[Rows, int], object]) -> None:
        self._fold = fold
        self._number = 0

    def __call__(self, rows: Rows) -> None:
        """The next batch."""
        self._number += 1
        number = self._number
        waited_for(lambda: self._fold(rows, number))
