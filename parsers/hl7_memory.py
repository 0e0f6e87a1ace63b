"""What is remembered of messages that were read, by the bytes that it was made of.

A sender says the same of itself and of its devices thousands of times a day. What comes again is said with the same
objects, so that nothing is read twice, and who takes them knows them again. A key is made of bytes that are read anyway
(MSH without its time, security and control id; the rows that speak of devices), never of a whole message.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from itertools import islice
from typing import TypeVar

REMEMBERED = 4096  # distinct identities, and distinct groups of device rows, that are kept ready; see SIZE_MAX
SIZE_MAX = 2048  # bytes that may be kept ready for one of them: REMEMBERED * (key + events) stays below 40 MB

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(dict[K, V]):
    """Values by what they were made of; made when first asked for. When it is full, the older half goes."""

    def __init__(self, make: Callable[[K], V]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: K) -> V:
        value = self._make(key)
        if len(self) >= REMEMBERED:
            for old in list(islice(self, REMEMBERED // 2)):
                del self[old]
        self[key] = value
        return value
