"""Directions of TCP connections whose units the engine follows, so that it can count those that say nothing new.

A direction is followed from where its parser stands between two units. A unit that was read whole, in order and within
one batch, with something said by its first and its last segment only, is remembered; its like never comes here again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from parsers.api import Event, FoldableParser
from sensor.folds import Folds
from sensor.sides import NOTHING, Connection, Side

SEGMENTS_MAX = 64  # of a unit that is remembered: those of the usual size fill the longest; smaller ones have no end


class Following:
    """What is followed in one origin."""

    def __init__(self, folds: Folds) -> None:
        self._folds = folds
        self._settled: dict[Side, None] = {}  # where no unit was under way, so that the engine may follow

    def row(self, side: Side, parser: FoldableParser, at: int, walked: int) -> None:
        """A row of a direction that the engine was asked to follow. What it folded lies before `walked`."""
        if walked < 0:  # it has lost its footing
            side.followed = side.unit = None
            return
        if walked > side.next and not side.held:
            side.skip(walked)
            parser.passed(walked)
        if at == walked:
            side.unit = []

    def read(self, side: Side, parser: FoldableParser, said: Iterable[Event], sign: int) -> None:
        """A row was read in order. Where a unit ends with it, its like may be folded; where no unit is under way, the
        engine may follow those to come."""
        unit, connection = side.unit, side.connection
        if unit is not None and type(said) is tuple:
            unit.append(said)
            if len(unit) > SEGMENTS_MAX:
                side.unit = unit = None
        if side.followed is None:
            if side.follows and parser.settled:
                self._settled[side] = None
        elif sign and unit and parser.settled and side.layer.spec is not None and side.voice is not None:
            side.unit = None
            if not any(unit[1:-1]):
                place = (connection.slot, side.which, connection.number)
                first = unit[0] if len(unit) > 1 else NOTHING
                self._folds.remember(place, sign, (first, unit[-1]), side.voice, side.layer.spec, side)

    def ask(self, alive: Mapping[int, Connection]) -> None:
        """At the end of a batch: asks the engine to follow what can be followed. alive: connections by slot."""
        for side in self._settled:
            parser, spec, connection = side.foldable, side.layer.spec, side.connection
            if parser is None or spec is None or side.held or not parser.settled:
                continue
            if alive.get(connection.slot) is connection:
                side.follows -= 1
                place = (connection.slot, side.which, connection.number)
                if self._folds.folder.follow(*place, spec.name, side.next):
                    side.followed = parser
                else:
                    side.follows = 0
        self._settled.clear()
