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

from parsers.api import PROBE_MAX, Anew, Done, Event, Said, Skip, StreamSpec
from sensor.candidates import Candidates
from sensor.evidence import sighted
from sensor.folds import Folds
from sensor.following import Following
from sensor.recorder import Recorder
from sensor.sides import CONNECTION_COST, UNWEIGHED, Connection, Layer, Side
from sensor.stream import Piece, Talk
from sensor.subjects import is_one_host
from sensor.wire.engine import ACCOUNT, SKIP, WALK_DICOM, Flow
from sensor.wire.tables import NOTE_CLIENT_0, NOTE_CLIENT_1, NOTE_START, R_RECEIVER, R_SENDER, R_VLAN

MIDSTREAM_TRIES = 16  # segments at which a direction whose start was not seen is probed; a unit begins in them
HELD_MAX = 40 << 20  # bytes that all connections may hold: those of 8,000 at rest and of 100 that hold all they may
LAYERS_MAX = 4  # protocols that follow each other in one connection: CONNECT, STARTTLS and what they lead to are three
PARKED_SEGMENTS = 4096  # 6 MB in which the other direction, if it ever answers, would have: an image and its response
SLOTS_MORE = 4096  # by which the list of directions grows


class Connections:
    """All TCP connections under way in one origin."""

    def __init__(self, specs: Sequence[StreamSpec], recorder: Recorder, folds: Folds) -> None:
        self._candidates = Candidates(specs)
        self._recorder = recorder
        self._folds = folds
        self._following = Following(folds)
        self._connections: OrderedDict[int, Connection] = OrderedDict()  # by slot, in order of their beginning
        self._sides: list[Side | None] = []  # of these connections, by slot, two each
        self._over: dict[int, int] = {}  # slot -> connection of which nothing more is wanted
        self._forgotten: dict[int, int] = {}  # slot -> connection that was dropped for want of room
        self._held = 0
        self._advised: dict[Side, None] = {}  # with advice that the engine has not been told

    def take(self, row: tuple[int, ...]) -> None:
        """One row of TCP payload. Most rows are of no use, and of the others most go on where the last one ended and
        are read by a parser that is known: these two are dealt with here."""
        _, slot, number, which, at, start, length, time, frame, _, receiver, vlan, _, walked, sign = row
        place = 2 * slot + which
        side = self._sides[place] if place < len(self._sides) else None
        if side is None or side.number != number:
            side = self._met(row)
            if side is None:
                return
        if side.followed is not None:
            self._following.row(side, side.followed, at, walked)
        if at + length <= side.next >= walked and not side.parked:
            return
        parser = side.parser
        if parser is None or at != side.next or walked > at or side.held or side.resume:
            if not side.done:
                self._take(side, row)
            return
        recorder = self._recorder
        data = recorder.data
        payload = bytes(data[start : start + length])
        side.next = at + length
        side.fed += length
        layer = side.layer
        try:
            said = parser.feed(payload, at)
        except Exception:  # noqa: BLE001 - a bug in one parser must not stop the sensor: counted, flow let go
            self._fault(side)
            return
        if side.voice is None or (said and (side.macs != data[receiver : receiver + 12] or side.vlan != vlan)):
            self._spoken(side, row)
        silent = side.fed - side.spoke
        if said and (type(said) is not tuple or not self._counted(side, said, time, frame)):
            recorder.row = row
            self._heed(side, said, None)
            self._fed(side, layer, payload, at, None)
            side.unit = None
        elif side.fed > side.budget:
            recorder.row = row
            self._spent(side, None)
        if side.foldable is not None:
            self._following.read(side, side.foldable, said, sign)
        if silent > UNWEIGHED:
            self._weigh(side.connection)
            if self._held > HELD_MAX:
                self._forget()

    def end(self, slot: int) -> None:
        """The connection in this slot is over."""
        self._over.pop(slot, None)
        self._forgotten.pop(slot, None)
        self._finish(slot)

    def _finish(self, slot: int) -> None:
        self._folds.drop(slot)
        connection = self._drop(slot)
        if connection is None:
            return
        for side in connection.sides:
            if side is None:
                continue
            if not side.done:
                side.closing = True
                self._drain(side)
            if not side.done and side.parser is not None and side.voice is not None:
                self._ask(side, side.parser.end, Talk(side.time, side.frame, side.voice))
            self._recorder.counts["stream.lost_bytes"] += side.gap

    def _drop(self, slot: int) -> Connection | None:
        """It is under way no longer."""
        connection = self._connections.pop(slot, None)
        if connection is not None:
            self._held -= connection.weight
            connection.weight = 0
            self._sides[2 * slot : 2 * slot + 2] = (None, None)
        return connection

    def end_all(self) -> None:
        """The capture is over."""
        for slot in sorted(self._connections):
            self.end(slot)

    def advise(self, *, last: bool) -> None:
        """Tells the engine what is to be skipped, and at the last rows of a block what may be followed. Where
        a hole is still open the engine is left alone, so that what fills it comes here."""
        for side in self._advised:
            connection = side.connection
            if side.done or side.held or self._connections.get(connection.slot) is not connection:
                continue
            mode = WALK_DICOM if side.record >= 0 and side.record == side.next else SKIP
            self._recorder.verdict(connection.slot, side.which, side.number, mode, side.next)
        self._advised.clear()
        if last:
            self._following.ask(self._connections)

    def _met(self, row: tuple[int, ...]) -> Side | None:
        """The direction of a row that is the first of it, or of a connection that is over."""
        _, slot, number, which, at, _, _, _, _, _, _, _, note, _, _ = row
        connection = self._connections.get(slot)
        if connection is None or connection.number != number:
            if self._over.get(slot) == number:
                return None
            connection = self._begin(slot, number, note)
        whole = bool(note & NOTE_START) and self._forgotten.get(slot) != number
        candidates = self._candidates.of(connection.ends.port0, connection.ends.port1)
        side = Side(connection, which, 0 if whole else max(at, 0), candidates, whole=whole)
        connection.sides[which] = side
        missing = 2 * slot + 2 - len(self._sides)
        if missing > 0:
            self._sides += [None] * max(missing, SLOTS_MORE)
        self._sides[2 * slot + which] = side
        return side

    def _begin(self, slot: int, number: int, note: int) -> Connection:
        if slot in self._connections or self._forgotten.get(slot) != number:
            self.end(slot)
        self._held += CONNECTION_COST
        ends = self._recorder.flow(slot)
        client = 0 if note & NOTE_CLIENT_0 else 1 if note & NOTE_CLIENT_1 else client_by_port(ends)
        connection = self._connections[slot] = Connection(slot, number, ends, client)
        return connection

    def _take(self, side: Side, row: tuple[int, ...]) -> None:
        """A row that does not simply go on where the last one ended, or of a direction without a parser."""
        _, _, _, _, at, start, length, _, _, _, _, _, _, walked, _ = row
        recorder = self._recorder
        recorder.row = row
        side.unit = None
        if side.parked:
            side.parked -= 1
            if not side.parked:
                self._close(side)
            return
        if side.resume:
            side.resume = False
            side.skip(at)
        if walked > side.next:
            side.skip(walked)
        if not length or at + length <= side.next:
            return
        data = bytes(recorder.data[start : start + length])
        if at == side.next and not side.held:
            side.next = at + length
            self._deliver(side, data, at, None)
        else:
            side.accept(Piece(at, data, self._talk(side)))
            self._drain(side)
        self._weigh(side.connection)
        if self._held > HELD_MAX:
            self._forget()

    def _weigh(self, connection: Connection) -> None:
        """Counts anew what a connection holds."""
        if not connection.weight:  # it is over
            return
        weight = connection.held()
        self._held += weight - connection.weight
        connection.weight = weight

    def _forget(self) -> None:
        """Makes room. The oldest go: those of a flood are soon old, and one that lives long is soon met again."""
        while self._held > HELD_MAX:
            slot, connection = next(iter(self._connections.items()))
            self._recorder.counts["dispatch.connections_dropped"] += 1
            self._finish(slot)
            self._forgotten[slot] = connection.number

    def _talk(self, side: Side) -> Talk:
        """Where the row at hand came from."""
        return self._recorder.talk(side.connection.ends, side.which)

    def _spoken(self, side: Side, row: tuple[int, ...]) -> None:
        """Remembers who speaks in a row."""
        self._recorder.row = row
        talk = self._talk(side)
        receiver = row[R_RECEIVER]
        side.said_by(talk)
        if row[R_SENDER] == receiver + 6:
            side.macs, side.vlan = bytes(self._recorder.data[receiver : receiver + 12]), row[R_VLAN]

    def _counted(self, side: Side, said: tuple[Event, ...], time: int, frame: int) -> bool:
        """Takes down what parsers say in the very same words again and again."""
        ledger = self._recorder.ledger
        if side.epoch is not ledger.epoch:
            side.forget(ledger.epoch)
        if said is not side.group:
            side.group, side.sightings, side.before, side.sightings_before = (
                side.before,
                side.sightings_before,
                side.group,
                side.sightings,
            )
            if said is not side.group and not self._grouped(side, said):
                return False
        sighted(side.sightings, time, frame)
        side.spoke, side.time, side.frame = side.fed, time, frame
        return True

    def _grouped(self, side: Side, said: tuple[Event, ...]) -> bool:
        """Looks up where these events are counted together, if they can be."""
        ledger, spec = self._recorder.ledger, side.layer.spec
        if spec is None or side.voice is None:
            return False
        sightings = ledger.together(said, self._recorder.day, side.voice, spec)
        if side.epoch is not ledger.epoch:
            side.forget(ledger.epoch)
        if sightings is not None:
            side.group, side.sightings = said, sightings
        return sightings is not None

    def _drain(self, side: Side) -> None:
        while not side.done and not side.parked:
            piece = side.take()
            if piece is None:
                return
            self._deliver(side, piece.data, piece.at, piece.talk)

    def _deliver(self, side: Side, data: bytes, at: int, talk: Talk | None) -> None:
        """Bytes in order: to the parser, or to the probes while there is none. talk: None for the present row."""
        parser, layer = side.parser, side.layer
        if parser is None:
            self._probe(side, data, at, talk)
            return
        side.fed += len(data)
        self._ask(side, lambda: parser.feed(data, at), talk)
        self._fed(side, layer, data, at, talk)

    def _fed(self, side: Side, layer: Layer, data: bytes, at: int, talk: Talk | None) -> None:
        """The parser of this layer has read these bytes: is it another one's turn, or the end?"""
        if side.layer is not layer:
            start = max(side.opening_at, at)
            if start < at + len(data):
                self._deliver(side, data[start - at :], start, talk)
        elif side.fed > side.budget:
            self._spent(side, talk)

    def _spent(self, side: Side, talk: Talk | None) -> None:
        """Its budget is used up."""
        parser, spec = side.parser, side.layer.spec
        if parser is not None and spec is not None:
            self._recorder.counts[f"dispatch.budget.{spec.name}"] += 1
            self._ask(side, parser.end, talk)
            self._close(side)

    def _ask(self, side: Side, ask: Callable[[], Iterable[Event]], talk: Talk | None) -> None:
        try:
            events = ask()
        except Exception:  # noqa: BLE001 - a bug in one parser must not stop the sensor: counted, flow let go
            self._fault(side)
        else:
            self._heed(side, events, talk)

    def _heed(self, side: Side, events: Iterable[Event], talk: Talk | None) -> None:
        """Does what a parser's events ask for."""
        spec = side.layer.spec
        if spec is None:
            return
        recorder = self._recorder
        try:
            for event in events:
                side.spoke = side.fed
                if type(event) is Said:  # most are, and there are many
                    talk = talk or self._talk(side)
                    recorder.ledger.said(event, talk, spec)
                elif isinstance(event, Skip):
                    side.skip(event.to)
                    side.record = event.to if event.record and spec.shape else -1
                    self._advised[side] = None
                elif isinstance(event, Anew):
                    self._renew(side, event.at)
                    break
                elif isinstance(event, Done):
                    self._close(side)
                    break
                else:
                    talk = talk or self._talk(side)
                    recorder.record(event, talk, spec)
        except Exception:  # noqa: BLE001 - as above: most parsers are generators
            self._fault(side)
        if talk is not None:
            side.said_by(talk)
        elif side.voice is None:
            side.said_by(self._talk(side))

    def _fault(self, side: Side) -> None:
        """Its parser raised."""
        if side.layer.spec is not None:
            self._recorder.fault(side.layer.spec)
        self._close(side)

    def _renew(self, side: Side, at: int) -> None:
        """From offset `at` on, this direction is of the next layer, which the other may have reached already."""
        connection, layer = side.connection, side.layer.next
        if layer is None:
            if side.layer.depth + 1 >= LAYERS_MAX:
                self._recorder.counts["dispatch.layers_capped"] += 1
                self._close(side)
                return
            layer = side.layer.next = Layer(side.layer.depth + 1)
            connection.layers += 1
        side.renew(layer, at, self._candidates.of(connection.ends.port0, connection.ends.port1))
        self._advised[side] = None
        self._weigh(connection)

    def _close(self, side: Side) -> None:
        """Nothing more of this direction is wanted."""
        connection = side.connection
        slot = connection.slot
        side.close()
        self._recorder.verdict(slot, side.which, side.number, ACCOUNT, 0)
        other = connection.sides[1 - side.which]
        if other is not None and other.done and self._connections.get(slot) is connection:
            self._drop(slot)
            self._over[slot] = connection.number
            self._recorder.counts["stream.lost_bytes"] += side.gap + other.gap

    def _probe(self, side: Side, data: bytes, at: int, talk: Talk | None) -> None:
        """Asks the candidates what this direction is. Where no start was seen, each segment may be the beginning of a
        unit; where it was, a direction that nobody recognises may still be the answer to one that somebody does."""
        connection, layer = side.connection, side.layer
        if at != side.opening_at + len(side.opening):
            side.opening = b""  # a hole in the opening: what follows is not its continuation
            side.whole = False
        if not side.opening:
            side.opening_at = at
            side.candidates = self._candidates.beginning(side.candidates, data[0])
        side.opening += data[: PROBE_MAX - len(side.opening)]
        first = side.opening
        waiting: list[StreamSpec] = []
        for spec in side.candidates:
            answer = self._recorder.ask(spec, first)
            if answer:
                self._recognised(connection, layer, spec)
                side.opening = b""
                end = side.opening_at + len(first)
                self._deliver(side, first + data[end - at :] if at + len(data) > end else first, side.opening_at, talk)
                self._answer(connection.sides[1 - side.which], layer)
                return
            if answer is None and len(first) < PROBE_MAX:
                waiting.append(spec)
        side.candidates = waiting
        side.said_by(talk or self._talk(side))
        if waiting:
            return
        if not side.whole:
            side.tries += 1
            joined = at > side.opening_at
            side.opening = b""
            side.candidates = self._candidates.of(connection.ends.port0, connection.ends.port1)
            if joined:  # what came before was no beginning; this segment may be one by itself
                self._probe(side, data, at, talk)
                return
            if side.tries < MIDSTREAM_TRIES:
                return
        other = connection.sides[1 - side.which]
        if other is not None and (
            other.done or (other.layer is layer and (other.parked or (other.whole and not other.candidates)))
        ):
            self._recorder.counts["dispatch.unrecognised"] += 1
            self._close(side)
            self._close(other)
        elif not side.whole or len(side.opening) >= PROBE_MAX:
            side.opening = b""
            side.parked = PARKED_SEGMENTS

    def _recognised(self, connection: Connection, layer: Layer, spec: StreamSpec) -> None:
        layer.spec = spec
        layer.pair = spec.make()
        recognised = self._recorder.recognised
        first = connection.first.spec or spec  # what a conversation is called, whatever it leads to
        encrypted = layer.depth > 0 and recognised.get(connection.slot, ("", False))[1]
        recognised[connection.slot] = (first.name, spec.encrypted or encrypted)
        for side in connection.sides:
            if side is not None and not side.done and side.layer is layer:
                side.join(layer)
                side.resume, side.parked = bool(side.parked), 0

    def _answer(self, side: Side | None, layer: Layer) -> None:
        """The other direction has been waiting for this one to be recognised."""
        if side is not None and side.opening and not side.done and side.layer is layer and side.voice is not None:
            opening, side.opening = side.opening, b""
            self._deliver(side, opening, side.opening_at, Talk(side.time, side.frame, side.voice))


def client_by_port(ends: Flow) -> int:
    """The side that probably asked: services have the lower port; a group is never a client."""
    if ends.port0 != ends.port1:
        return 0 if ends.port0 > ends.port1 else 1
    return 0 if is_one_host("", ends.ip0) else 1
