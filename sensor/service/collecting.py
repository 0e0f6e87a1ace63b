"""The garbage collector, kept from looking too often."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

COLLECT_EVERY = 200_000  # more living objects than before: a cycle that a connection left behind is found soon enough


@contextmanager
def few_collections() -> Iterator[None]:
    """Millions of small values come and go, hardly any in a cycle: looking for cycles at the usual rate costs a quarter
    of the time."""
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_EVERY, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def no_collections() -> Iterator[None]:
    """While the rows of a full ledger are written: looking through all of them, just before they are let go, would take
    longer than to store them."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
