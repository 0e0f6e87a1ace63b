"""What is known of one TCP connection under way: its two directions, and the protocols that follow each other in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from parsers.api import Event, FoldableParser, StreamParser, StreamSpec
from sensor.rows import Row
from sensor.stream import Stream, Talk, Voice
from sensor.wire.engine import Flow

CONNECTION_COST = 3 << 10  # bytes of a connection that holds nothing: its sides and parsers
SEGMENT_COST = 512  # bytes of a segment that waits, beside its payload
UNIT_MAX = 128 << 10  # bytes of one direction that a parser may hold: the largest cap of any is half of that
UNWEIGHED = 4096  # bytes fed without a word after which they are counted as held; most units are shorter
FOLLOW_TRIES = 64  # times that the engine is asked to follow a direction: some are never what it can fold
NOTHING: tuple[Event, ...] = ()
ENDLESS = 1 << 62  # a budget that no direction uses up


class Layer:
    """A protocol of a connection, once it is recognised, and the layer that takes its place where it makes way."""

    __slots__ = ("depth", "next", "pair", "spec")

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.spec: StreamSpec | None = None
        self.pair: tuple[StreamParser, StreamParser] | None = None  # for the client's bytes, for the server's
        self.next: Layer | None = None


class Connection:
    """A TCP connection under way."""

    __slots__ = ("client", "ends", "first", "layers", "number", "sides", "slot", "weight")

    def __init__(self, slot: int, number: int, ends: Flow, client: int) -> None:
        self.slot = slot
        self.number = number
        self.ends = ends
        self.client = client  # which side opened it
        self.first = Layer(0)
        self.layers = 1
        self.sides: list[Side | None] = [None, None]
        self.weight = CONNECTION_COST  # bytes counted as held

    def held(self) -> int:
        """Bytes that are kept for it, at most."""
        return CONNECTION_COST * self.layers + sum(side.held_most() for side in self.sides if side is not None)


class Side(Stream):
    """One direction of a connection: a stream, and its parser once there is one. One object for both, because there are
    thousands and each is fetched from memory anew with every segment."""

    __slots__ = (
        "before",
        "budget",
        "candidates",
        "connection",
        "done",
        "epoch",
        "fed",
        "foldable",
        "followed",
        "follows",
        "frame",
        "group",
        "layer",
        "macs",
        "number",
        "opening",
        "opening_at",
        "parked",
        "parser",
        "record",
        "resume",
        "sightings",
        "sightings_before",
        "spoke",
        "time",
        "tries",
        "unit",
        "vlan",
        "voice",
        "which",
        "whole",
    )

    def __init__(
        self, connection: Connection, which: int, start: int, candidates: Sequence[StreamSpec], *, whole: bool
    ) -> None:
        super().__init__(start)
        self.connection = connection
        self.number = connection.number
        self.which = which
        self.budget = ENDLESS  # of bytes fed
        self.candidates = candidates
        self.whole = whole  # seen from the first byte of its layer on
        self.opening = b""  # bytes that wait for a probe to decide
        self.opening_at = start
        self.tries = 0
        self.fed = 0
        self.spoke = 0  # of them, when the parser last said something: of those it holds none
        self.done = False
        self.record = -1  # a record of the parser's shape begins here, and nothing before it is wanted
        self.parked = 0  # segments to pass over while the other direction may still tell what this is
        self.resume = False  # after parking: the next segment is where reading goes on
        # who spoke last and what was said, so that it is not looked up again when it is the same
        self.voice: Voice | None = None
        self.time = self.frame = 0
        self.vlan = -1
        self.macs = b""  # the receiver's and the sender's, where they stand so in the frame
        self.group = self.before = NOTHING  # said last, and before that: the beginning and the end of units, by turns
        self.sightings: Row = []
        self.sightings_before: Row = []
        self.epoch: object = None  # of the ledger, in which these sightings count
        self.foldable: FoldableParser | None = None  # the parser, if its units may be folded
        self.followed: FoldableParser | None = None  # the same, while the engine follows them
        self.follows = FOLLOW_TRIES
        self.unit: list[tuple[Event, ...]] | None = None  # said by each segment of a followed unit
        self.layer: Layer
        self.parser: StreamParser | None
        self.join(connection.first)

    def said_by(self, talk: Talk) -> None:
        """Remembers where it was heard last."""
        if self.voice is not talk.voice:
            self.voice, self.macs = talk.voice, b""
            self.unit = None
            self.forget(self.epoch)
        self.time, self.frame = talk.time, talk.frame

    def forget(self, epoch: object) -> None:
        """What was said before this epoch, or by another voice, is counted elsewhere."""
        self.epoch = epoch
        self.group = self.before = NOTHING

    def join(self, layer: Layer) -> None:
        """Is read by this layer's parser, if it has one yet."""
        self.layer = layer
        self.parser = layer.pair[0 if self.which == self.connection.client else 1] if layer.pair else None
        foldable = layer.spec is not None and layer.spec.lines is not None
        self.foldable = cast("FoldableParser | None", self.parser) if foldable else None
        self.followed = self.unit = None
        self.budget = ENDLESS if layer.spec is None or layer.spec.budget is None else layer.spec.budget

    def renew(self, layer: Layer, at: int, candidates: Sequence[StreamSpec]) -> None:
        """Another protocol begins at offset `at`."""
        self.join(layer)
        self.candidates, self.whole = candidates, True
        self.opening_at, self.tries, self.fed, self.spoke, self.record = at, 0, 0, 0, -1
        self.skip(at)

    def close(self) -> None:
        """Nothing more of it is wanted."""
        self.done = True
        self.parser = self.foldable = self.followed = self.unit = None
        self.opening = b""
        self.held.clear()
        self.held_bytes = 0

    def held_most(self) -> int:
        """Bytes that are kept for this direction, at most."""
        waiting = self.held_bytes + SEGMENT_COST * len(self.held) + len(self.opening)
        silent = self.fed - self.spoke
        return waiting + min(silent, UNIT_MAX) if silent > UNWEIGHED and self.parser is not None else waiting
