"""What is said by units that are not read: the like of them was read before, and the engine counts them by signature.

The counts are fetched when a day or a connection ends, and at the end of the capture. They are added to what the like
of them said, with the times of the first and of the last segment of such units, so that the evidence is as if each had
been read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from parsers.api import Event, Lines, Spec
from sensor.evidence import counted
from sensor.recorder import Recorder
from sensor.sides import Side
from sensor.stream import Voice

Sightings = tuple[int, int, int, int, int]  # how many; time and frame of the first, of the last


class Folder(Protocol):
    """What the engine offers: see `sensor.wire.engine.Engine`."""

    def learn(self, shapes: Mapping[str, Lines]) -> None:
        """The shapes of units, by protocol."""

    def follow(self, slot: int, side: int, connection: int, spec: str, at: int) -> bool:
        """Follow the units of a protocol; they begin at an offset. "": datagrams."""

    def remember(self, slot: int, side: int, connection: int, sign: int) -> int:
        """Fold what has this signature: the number of the fold, or -1."""

    def unfollow(self, slot: int) -> None:
        """Both directions are over."""

    def folded(self, fold: int) -> tuple[Sightings, Sightings]:
        """Takes what was counted: of the first segments of its units, and of their last ones."""


class _Fold(Struct, gc=False):
    voice: Voice
    spec: Spec
    first: tuple[Event, ...]  # said by the first segment of such a unit, if it has several
    last: tuple[Event, ...]
    side: Side | None


class Folds:
    """What is remembered of all flows of one origin."""

    def __init__(self, folder: Folder, recorder: Recorder) -> None:
        self.folder = folder
        self._recorder = recorder
        self._folds: dict[int, _Fold] = {}
        self._of: dict[int, list[int]] = {}  # slot -> its folds

    def remember(
        self,
        place: tuple[int, int, int],
        sign: int,
        said: tuple[tuple[Event, ...], tuple[Event, ...]],
        voice: Voice,
        spec: Spec,
        side: Side | None = None,
    ) -> None:
        """From now on units with this signature count for what this one said, by its first and by its last segment.
        place: flow, side, connection."""
        fold = self.folder.remember(*place, sign)
        if fold >= 0:
            self._folds[fold] = _Fold(voice, spec, *said, side)
            self._of.setdefault(place[0], []).append(fold)

    def settle(self) -> None:
        """Fetches what was counted, all of it on the present day."""
        for fold in self._folds:
            self._count(fold)

    def drop(self, slot: int) -> None:
        """The flow is over."""
        for fold in self._of.pop(slot, ()):
            self._count(fold)
            del self._folds[fold]
        self.folder.unfollow(slot)

    def _count(self, fold: int) -> None:
        known = self._folds.get(fold)
        if known is None:
            return
        for said, sightings in zip((known.first, known.last), self.folder.folded(fold), strict=True):
            if not sightings[0]:
                return
            if said:
                row = self._recorder.ledger.together(said, self._recorder.day, known.voice, known.spec)
                if row is not None:
                    counted(row, *sightings)
                if known.side is not None:
                    known.side.time, known.side.frame = max((known.side.time, known.side.frame), sightings[3:])
