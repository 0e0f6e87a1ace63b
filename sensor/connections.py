"""TCP connections: who is speaking what, found by the structure of the first bytes; parsers fed in order.

A direction goes through probes until one says yes; the other direction is then read by the same protocol. Where the
start of a direction was not seen, each of its first segments may be the beginning of a unit. A budget ends what learns
nothing. Where a protocol makes way for another one (STARTTLS, a tunnel), each direction moves to the next layer when
its own parser says so, and is probed there as at a beginning. What all connections hold together has a cap: over it the
oldest is forgotten, and if it goes on it is met again as one whose start was not seen.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from parsers.api import PROBE_MAX, Anew, Done, Event, Said, Skip, StreamParser, StreamSpec
from sensor.evidence import is_one_host
from sensor.recorder import Recorder
from sensor.stream import Piece, Stream, Talk
from sensor.wire.engine import ACCOUNT, SKIP, WALK_DICOM, Flow
from sensor.wire.tables import NOTE_CLIENT_0, NOTE_CLIENT_1, NOTE_START

MIDSTREAM_TRIES = 16  # segments at which a direction whose start was not seen is probed; a unit begins in them
HELD_MAX = 40 << 20  # bytes that all connections may hold: those of 8,000 at rest and of 100 that hold all they may
CONNECTION_COST = 3 << 10  # bytes of a connection that holds nothing: its sides, streams, parsers
SEGMENT_COST = 512  # bytes of a segment that waits, beside its payload
UNIT_MAX = 128 << 10  # bytes of one direction that a parser may hold: the largest cap of any is half of that
UNWEIGHED = 4096  # bytes fed without a word after which they are counted as held; most units are shorter
LAYERS_MAX = 4  # protocols that follow each other in one connection: CONNECT, STARTTLS and what they lead to are three
PARKED_SEGMENTS = 4096  # 6 MB in which the other direction, if it ever answers, would have: an image and its response


class _Layer:
    """A protocol of a connection, once it is recognised, and the layer that takes its place where it makes way."""

    __slots__ = ("depth", "next", "pair", "spec")

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.spec: StreamSpec | None = None
        self.pair: tuple[StreamParser, StreamParser] | None = None  # for the client's bytes, for the server's
        self.next: _Layer | None = None


class _Side:
    """One direction of a connection: its stream, and its parser once there is one."""

    __slots__ = (
        "candidates",
        "done",
        "fed",
        "layer",
        "opening",
        "opening_at",
        "parked",
        "parser",
        "record",
        "resume",
        "silent",
        "stream",
        "talk",
        "tries",
        "whole",
    )

    def __init__(self, layer: _Layer, start: int, candidates: list[StreamSpec], *, whole: bool) -> None:
        self.stream = Stream(start)
        self.layer = layer
        self.whole = whole  # seen from the first byte of its layer on
        self.parser: StreamParser | None = None
        self.candidates = candidates
        self.opening = bytearray()  # bytes that wait for a probe to decide
        self.opening_at = start
        self.tries = 0
        self.fed = 0
        self.silent = 0  # bytes fed since the parser said something: it holds no more than these
        self.done = False
        self.record = -1  # a record of the parser's shape begins here, and nothing before it is wanted
        self.talk: Talk | None = None  # of the bytes fed last
        self.parked = 0  # segments to pass over while the other direction may still tell what this is
        self.resume = False  # after parking: the next segment is where reading goes on

    def renew(self, layer: _Layer, at: int, candidates: list[StreamSpec]) -> None:
        """Another protocol begins at offset `at`."""
        self.layer, self.parser, self.candidates, self.whole = layer, None, candidates, True
        self.opening_at, self.tries, self.fed, self.silent, self.record = at, 0, 0, 0, -1
        self.stream.skip(at)

    def held(self) -> int:
        """Bytes that are kept for this direction, at most."""
        stream = self.stream
        waiting = stream.held_bytes + SEGMENT_COST * len(stream.held) + len(self.opening)
        return waiting + min(self.silent, UNIT_MAX) if self.parser is not None else waiting


class _Connection:
    """A TCP connection under way."""

    __slots__ = ("client", "ends", "first", "layers", "number", "sides", "weight")

    def __init__(self, number: int, ends: Flow, client: int) -> None:
        self.number = number
        self.ends = ends
        self.client = client  # which side opened it
        self.first = _Layer(0)
        self.layers = 1
        self.sides: list[_Side | None] = [None, None]
        self.weight = CONNECTION_COST  # bytes counted as held

    def parser(self, layer: _Layer, number: int) -> StreamParser | None:
        """The parser for what one side sends in a layer."""
        return None if layer.pair is None else layer.pair[0 if number == self.client else 1]


class Connections:
    """All TCP connections under way in one origin."""

    def __init__(self, specs: Sequence[StreamSpec], recorder: Recorder) -> None:
        self._specs = specs
        self._recorder = recorder
        self._said = recorder.said
        self._connections: OrderedDict[int, _Connection] = OrderedDict()  # by slot, in order of their beginning
        self._over: dict[int, int] = {}  # slot -> connection of which nothing more is wanted
        self._forgotten: dict[int, int] = {}  # slot -> connection that was dropped for want of room
        self._held = 0
        self._advised: set[tuple[int, int]] = set()  # (slot, side) with advice that the engine has not been told

    def passes_over(self, slot: int, number: int, side: int, end: int, walked: int) -> bool:
        """Whether a row up to offset `end` is of no use: said before anything is done for it, since most rows are."""
        connection = self._connections.get(slot)
        if connection is None or connection.number != number:
            return False
        way = connection.sides[side]
        return way is not None and (way.done or (end <= way.stream.next >= walked and not way.parked))

    def take(self, slot: int, number: int, side: int, at: int, start: int, length: int, note: int, walked: int) -> None:
        """One row of TCP payload: the recorder has it at hand."""
        connection = self._connections.get(slot)
        if connection is None or connection.number != number:
            if self._over.get(slot) == number:
                return
            connection = self._begin(slot, number, note)
        way = connection.sides[side]
        if way is None:
            whole = bool(note & NOTE_START) and self._forgotten.get(slot) != number
            way = self._open(connection, side, at, whole=whole)
        if way.done:
            return
        if way.parked:
            way.parked -= 1
            if not way.parked:
                self._close(connection, slot, side, way)
            return
        stream = way.stream
        if way.resume:
            way.resume = False
            stream.skip(at)
        if walked > stream.next:
            stream.skip(walked)
        if not length or at + length <= stream.next:
            return
        data = bytes(self._recorder.data[start : start + length])
        if at == stream.next and not stream.held:
            stream.next = at + length
            self._deliver(connection, slot, side, way, data, at, None)
        else:
            stream.accept(Piece(at, data, self._recorder.talk(connection.ends, side)))
            self._drain(connection, slot, side, way)
        if way.silent > UNWEIGHED or stream.held or way.opening or connection.weight > CONNECTION_COST:
            self._weigh(connection)
        if self._held > HELD_MAX:
            self._forget()

    def end(self, slot: int) -> None:
        """The connection in this slot is over."""
        self._over.pop(slot, None)
        self._forgotten.pop(slot, None)
        self._finish(slot)

    def _finish(self, slot: int) -> None:
        connection = self._connections.pop(slot, None)
        if connection is None:
            return
        self._held -= connection.weight
        connection.weight = 0
        for number, side in enumerate(connection.sides):
            if side is None:
                continue
            if not side.done:
                side.stream.closing = True
                self._drain(connection, slot, number, side)
            if not side.done and side.parser is not None and side.talk is not None:
                self._heed(connection, slot, number, side, side.parser.end, side.talk)
            self._recorder.counts["stream.lost_bytes"] += side.stream.gap

    def end_all(self) -> None:
        """The capture is over."""
        for slot in sorted(self._connections):
            self.end(slot)

    def advise(self) -> None:
        """Tells the engine what has been asked to be skipped. Where a hole is still open the engine is left alone, so
        that what fills it comes here."""
        for slot, number in self._advised:
            connection = self._connections.get(slot)
            side = connection.sides[number] if connection else None
            if connection is None or side is None or side.done or side.stream.held:
                continue
            walk = side.record >= 0 and side.record == side.stream.next
            self._recorder.verdict(slot, number, connection.number, WALK_DICOM if walk else SKIP, side.stream.next)
        self._advised.clear()

    def _weigh(self, connection: _Connection) -> None:
        """Counts anew what a connection holds."""
        if not connection.weight:  # it is over
            return
        weight = CONNECTION_COST * connection.layers + sum(side.held() for side in connection.sides if side is not None)
        self._held += weight - connection.weight
        connection.weight = weight

    def _forget(self) -> None:
        """Makes room. The oldest go: those of a flood are soon old, and one that lives long is soon met again."""
        while self._held > HELD_MAX:
            slot, connection = next(iter(self._connections.items()))
            self._recorder.counts["dispatch.connections_dropped"] += 1
            self._finish(slot)
            self._forgotten[slot] = connection.number

    def _begin(self, slot: int, number: int, note: int) -> _Connection:
        if slot in self._connections or self._forgotten.get(slot) != number:
            self.end(slot)
        self._held += CONNECTION_COST
        ends = self._recorder.flow(slot)
        client = 0 if note & NOTE_CLIENT_0 else 1 if note & NOTE_CLIENT_1 else client_by_port(ends)
        connection = self._connections[slot] = _Connection(number, ends, client)
        return connection

    def _open(self, connection: _Connection, number: int, at: int, *, whole: bool) -> _Side:
        start = 0 if whole else max(at, 0)
        side = _Side(connection.first, start, self._candidates(connection), whole=whole)
        connection.sides[number] = side
        side.parser = connection.parser(side.layer, number)
        return side

    def _candidates(self, connection: _Connection) -> list[StreamSpec]:
        ports = {connection.ends.port0, connection.ends.port1}
        hinted = [spec for spec in self._specs if not ports.isdisjoint(spec.ports)]
        return hinted + [spec for spec in self._specs if ports.isdisjoint(spec.ports)]

    def _drain(self, connection: _Connection, slot: int, number: int, side: _Side) -> None:
        while not side.done and not side.parked:
            piece = side.stream.take()
            if piece is None:
                return
            self._deliver(connection, slot, number, side, piece.data, piece.at, piece.talk)

    def _deliver(
        self,
        connection: _Connection,
        slot: int,
        number: int,
        side: _Side,
        data: bytes,
        at: int,
        talk: Talk | None,
    ) -> None:
        """Bytes in order: to the parser, or to the probes while there is none. talk: None for the present row."""
        parser = side.parser
        if parser is None:
            self._probe(connection, slot, number, side, data, at, talk)
            return
        layer = side.layer
        side.fed += len(data)
        side.silent += len(data)
        self._heed(connection, slot, number, side, lambda: parser.feed(data, at), talk)
        if side.layer is not layer:
            start = max(side.opening_at, at)
            if start < at + len(data):
                self._deliver(connection, slot, number, side, data[start - at :], start, talk)
            return
        budget = layer.spec.budget if layer.spec else None
        if layer.spec is not None and budget is not None and side.fed > budget and not side.done:
            self._recorder.counts[f"dispatch.budget.{layer.spec.name}"] += 1
            self._heed(connection, slot, number, side, parser.end, talk)
            self._close(connection, slot, number, side)

    def _heed(
        self,
        connection: _Connection,
        slot: int,
        number: int,
        side: _Side,
        ask: Callable[[], Iterable[Event]],
        talk: Talk | None,
    ) -> None:
        """Does what a parser's events ask for."""
        spec = side.layer.spec
        if spec is None:
            return
        try:
            for event in ask():
                side.silent = 0
                if type(event) is Said:  # most are, and there are many
                    talk = talk or self._recorder.talk(connection.ends, number)
                    self._said(event, talk, spec)
                elif isinstance(event, Skip):
                    side.stream.skip(event.to)
                    side.record = event.to if event.record and spec.shape else -1
                    self._advised.add((slot, number))
                elif isinstance(event, Anew):
                    self._renew(connection, slot, number, side, event.at)
                    break
                elif isinstance(event, Done):
                    self._close(connection, slot, number, side)
                    break
                else:
                    talk = talk or self._recorder.talk(connection.ends, number)
                    self._recorder.record(event, talk, spec)
        except Exception:  # noqa: BLE001 - a bug in one parser must not stop the sensor: counted, flow let go
            self._recorder.fault(spec)
            self._close(connection, slot, number, side)
        if talk is not None:
            side.talk = talk
        elif side.talk is None:
            side.talk = self._recorder.talk(connection.ends, number)

    def _renew(self, connection: _Connection, slot: int, number: int, side: _Side, at: int) -> None:
        """From offset `at` on, this direction is of the next layer, which the other may have reached already."""
        layer = side.layer.next
        if layer is None:
            if side.layer.depth + 1 >= LAYERS_MAX:
                self._recorder.counts["dispatch.layers_capped"] += 1
                self._close(connection, slot, number, side)
                return
            layer = side.layer.next = _Layer(side.layer.depth + 1)
            connection.layers += 1
        side.renew(layer, at, self._candidates(connection))
        side.parser = connection.parser(layer, number)
        self._advised.add((slot, number))
        self._weigh(connection)

    def _close(self, connection: _Connection, slot: int, number: int, side: _Side) -> None:
        """Nothing more of this direction is wanted."""
        side.done = True
        side.parser = None
        side.opening.clear()
        side.stream.held.clear()
        side.stream.held_bytes = 0
        self._recorder.verdict(slot, number, connection.number, ACCOUNT, 0)
        other = connection.sides[1 - number]
        if other is not None and other.done and self._connections.get(slot) is connection:
            self._held -= connection.weight
            connection.weight = 0
            del self._connections[slot]
            self._over[slot] = connection.number
            self._recorder.counts["stream.lost_bytes"] += side.stream.gap + other.stream.gap

    def _probe(
        self,
        connection: _Connection,
        slot: int,
        number: int,
        side: _Side,
        data: bytes,
        at: int,
        talk: Talk | None,
    ) -> None:
        """Asks the candidates what this direction is. Where no start was seen, each segment may be the beginning of a
        unit; where it was, a direction that nobody recognises may still be the answer to one that somebody does."""
        if at != side.opening_at + len(side.opening):
            side.opening.clear()  # a hole in the opening: what follows is not its continuation
            side.whole = False
        if not side.opening:
            side.opening_at = at
        side.opening += data[: PROBE_MAX - len(side.opening)]
        first = bytes(side.opening)
        waiting: list[StreamSpec] = []
        for spec in side.candidates:
            answer = self._recorder.ask(spec, first)
            if answer:
                self._recognised(connection, slot, side.layer, spec)
                rest = (
                    data[len(first) - (at - side.opening_at) :]
                    if at + len(data) > side.opening_at + len(first)
                    else b""
                )
                side.opening.clear()
                layer = side.layer
                self._deliver(connection, slot, number, side, first + rest, side.opening_at, talk)
                self._answer(connection, slot, 1 - number, layer)
                return
            if answer is None and len(first) < PROBE_MAX:
                waiting.append(spec)
        side.candidates = waiting
        side.talk = talk or self._recorder.talk(connection.ends, number)
        if waiting:
            return
        if not side.whole:
            side.tries += 1
            joined = at > side.opening_at
            side.opening.clear()
            side.candidates = self._candidates(connection)
            if joined:  # what came before was no beginning; this segment may be one by itself
                self._probe(connection, slot, number, side, data, at, talk)
                return
            if side.tries < MIDSTREAM_TRIES:
                return
        other = connection.sides[1 - number]
        if other is not None and (
            other.done or (other.layer is side.layer and (other.parked or (other.whole and not other.candidates)))
        ):
            self._recorder.counts["dispatch.unrecognised"] += 1
            self._close(connection, slot, number, side)
            self._close(connection, slot, 1 - number, other)
        elif not side.whole or len(side.opening) >= PROBE_MAX:
            side.opening.clear()
            side.parked = PARKED_SEGMENTS

    def _recognised(self, connection: _Connection, slot: int, layer: _Layer, spec: StreamSpec) -> None:
        layer.spec = spec
        layer.pair = spec.make()
        first = connection.first.spec or spec  # what a conversation is called, whatever it leads to
        before = self._recorder.recognised.get(slot, ("", False))
        self._recorder.recognised[slot] = (first.name, spec.encrypted or (layer.depth > 0 and before[1]))
        for number, side in enumerate(connection.sides):
            if side is not None and not side.done and side.layer is layer:
                side.parser = connection.parser(layer, number)
                side.resume, side.parked = bool(side.parked), 0

    def _answer(self, connection: _Connection, slot: int, number: int, layer: _Layer) -> None:
        """The other direction has been waiting for this one to be recognised."""
        side = connection.sides[number]
        if side is not None and side.opening and not side.done and side.layer is layer:
            opening, side.opening = bytes(side.opening), bytearray()
            self._deliver(connection, slot, number, side, opening, side.opening_at, side.talk)


def client_by_port(ends: Flow) -> int:
    """The side that probably asked: services have the lower port; a group is never a client."""
    if ends.port0 != ends.port1:
        return 0 if ends.port0 > ends.port1 else 1
    return 0 if is_one_host("", ends.ip0) else 1
