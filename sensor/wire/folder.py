"""The way into `sensor.wire.folding`: shapes in, units counted out. Where the kernel runs as plain Python nothing is
followed: looking at each byte of a unit there costs more than reading it does, and the results are the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from parsers.api import Line, Lines
from sensor.wire import tables
from sensor.wire.folding import COMPILED, Folding
from sensor.wire.tables import Tables

DATAGRAMS = -1  # as a shape
MARK_MAX = 8  # bytes

Sightings = tuple[int, int, int, int, int]  # how many; time and frame of the first, of the last


class Folder:
    """What is followed and folded in one engine's tables."""

    def __init__(self, t: Tables, seed: int, form: type[Folding] = Folding, *, active: bool = COMPILED) -> None:
        self._tables = t
        self._folding = form(t, seed)
        self._shapes: dict[str, int] = {}
        self._active = active

    def learn(self, shapes: Mapping[str, Lines]) -> None:
        """The shapes of units, by protocol. Those for which there is no room are not followed."""
        for protocol, lines in sorted(shapes.items()):
            if len(self._shapes) < tables.SHAPES and len(lines) <= tables.KINDS_MAX:
                self._shapes[protocol] = self._shape(lines)

    def follow(self, slot: int, side: int, connection: int, protocol: str, at: int) -> bool:
        """A unit of this protocol begins at offset `at` of a direction; "": it is of datagrams. False: not followed."""
        shape = self._shapes.get(protocol) if protocol else DATAGRAMS
        return self._active and shape is not None and self._folding.follow(slot, side, connection, shape, at)

    def unfollow(self, slot: int) -> None:
        """Both directions of a flow are over, and what was counted of them has been taken."""
        self._folding.unfollow(slot)

    def remember(self, slot: int, side: int, connection: int, sign: int) -> int:
        """From now on the units of this direction that have this signature are counted, and not among the rows. The
        number of the fold; -1 if nothing is remembered."""
        return self._folding.remember(slot, side, connection, sign)

    def folded(self, fold: int) -> tuple[Sightings, Sightings]:
        """What a fold has counted, set to zero: of the first segments of units, and of their last ones."""
        at = fold * tables.FOLD_COLUMNS
        words = self._tables.folds[at + tables.X_COUNT : at + tables.FOLD_COLUMNS].tolist()
        self._tables.folds[at + tables.X_COUNT] = 0
        count, a, b, c, d, e, f, g, h = words
        return (count, a, b, c, d), (count, e, f, g, h)

    def run(self, data: bytearray | memoryview, count: int) -> int:
        """Folds what can be among the first `count` rows; how many are left."""
        return self._folding.run(data, count)

    def counters(self) -> dict[str, int]:
        """Work done, by name."""
        folded, refused = self._folding.counters()
        return {"fold.units": folded, "fold.refused": refused}

    def _shape(self, lines: Lines) -> int:
        shape = self._folding.shape(len(lines))
        for number, (head, line) in enumerate(sorted(lines.items())):
            form = _form(line)
            at = shape * tables.SHAPE_WORDS + 1 + number * tables.KIND_COLUMNS
            marks = (shape * tables.KINDS_MAX + number) * tables.MARKS_MAX * 2
            for n, mark in enumerate(line.marks):
                self._tables.marks[marks + 2 * n] = (1 << 8 * len(mark)) - 1
                self._tables.marks[marks + 2 * n + 1] = int.from_bytes(mark)
            fields = (_bits(line.fields), _bits(line.also), _bits(line.where))
            known = (int.from_bytes(head), *fields, form, line.instance, marks)
            for column, value in enumerate(known):
                self._tables.kinds[at + column] = value
        return shape


def _form(line: Line) -> int:
    if len(line.marks) > tables.MARKS_MAX or any(not 0 < len(mark) <= MARK_MAX for mark in line.marks):
        raise ValueError(f"marks: {line.marks}: more than {tables.MARKS_MAX}, or longer than {MARK_MAX} bytes")
    if line.also and (not line.where or min(line.also) <= max(line.where)):
        raise ValueError(f"also: {sorted(line.also)}: not after the fields that are searched for marks")
    return tables.TO_BE_READ if line.read else tables.ONLY_MARKED if line.only_marked else 0


def _bits(fields: Iterable[int]) -> int:
    return sum({1 << min(field, tables.FIELD_LAST) for field in fields})
