"""Flow to parser: the structure of the first bytes decides, ports only order the tries, a budget ends it.

Takes the index rows of the engine (`sensor.wire.engine`), puts TCP in order, finds the parser of each flow, feeds it,
and hands what it says to the ledger. Verdicts go back to the engine, so that bytes nobody wants never come here again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from parsers.api import PROBE_MAX, DatagramSpec, Done, Event, Flag, Odd, Said, Skip, Spec, StreamParser, StreamSpec
from parsers.reading import mac_text
from sensor.evidence import Ledger, is_one_host
from sensor.stream import Piece, Stream, Talk
from sensor.wire.engine import ACCOUNT, COLUMNS, SKIP, WALK_DICOM, Batch, Flow

MIDSTREAM_TRIES = (
    16  # segments at which a direction whose start was not seen is probed; a chatty one begins a unit in them
)
DATAGRAM_TRIES = 8  # datagrams of a flow that are probed before it is only accounted for
MACS_MAX = 65_536  # texts of MAC addresses kept ready

TCP, UDP, LINK, OTHER_IP = 1, 2, 3, 4  # kinds of rows; the rest are SYN headers
SYN_SEEN, CLIENT_0, CLIENT_1 = 1, 2, 4  # bits of a row's note

Verdict = Callable[[int, int, int, int, int], None]  # flow, side, connection, mode, offset


class _Side:
    """One direction of a connection: its stream, and its parser once there is one."""

    __slots__ = (
        "candidates",
        "done",
        "fed",
        "opening",
        "opening_at",
        "parser",
        "record",
        "stream",
        "talk",
        "tries",
        "whole",
    )

    def __init__(self, start: int, candidates: list[StreamSpec], *, whole: bool) -> None:
        self.stream = Stream(start)
        self.whole = whole  # seen from its first byte on
        self.parser: StreamParser | None = None
        self.candidates = candidates
        self.opening = bytearray()  # bytes that wait for a probe to decide
        self.opening_at = start
        self.tries = 0
        self.fed = 0
        self.done = False
        self.record = -1  # a record of the parser's shape begins here, and nothing before it is wanted
        self.talk: Talk | None = None  # of the bytes fed last


class _Connection:
    """A TCP connection under way."""

    __slots__ = ("client", "ends", "number", "pair", "sides", "spec")

    def __init__(self, number: int, ends: Flow, client: int) -> None:
        self.number = number
        self.ends = ends
        self.client = client  # which side opened it
        self.spec: StreamSpec | None = None
        self.pair: tuple[StreamParser, StreamParser] | None = None  # for the client's bytes, for the server's
        self.sides: list[_Side | None] = [None, None]

    def parser(self, number: int) -> StreamParser | None:
        """The parser for what one side sends."""
        return None if self.pair is None else self.pair[0 if number == self.client else 1]


class _Datagrams:
    """A UDP flow: the parser that recognised it, or how often none did."""

    __slots__ = ("number", "spec", "tries")

    def __init__(self, number: int) -> None:
        self.number = number
        self.spec: DatagramSpec | None = None
        self.tries = 0


class Dispatcher:
    """Holds what is under way in one origin."""

    def __init__(
        self, specs: Mapping[str, Spec], ledger: Ledger, flow: Callable[[int], Flow], verdict: Verdict
    ) -> None:
        self.ledger = ledger
        self.flow = flow
        self.verdict = verdict
        self.counts: Counter[str] = Counter()
        self.recognised: dict[int, tuple[str, bool]] = {}  # flow slot -> protocol, encrypted
        self._streams = [spec for spec in specs.values() if isinstance(spec, StreamSpec)]
        self._datagrams: dict[str, list[DatagramSpec]] = {}
        for spec in specs.values():
            if isinstance(spec, DatagramSpec):
                for carrier in spec.carriers:
                    self._datagrams.setdefault(carrier, []).append(spec)
        self._connections: dict[int, _Connection] = {}
        self._flows: dict[int, _Datagrams] = {}
        self._advised: set[tuple[int, int]] = set()  # (slot, side) with advice that the engine has not been told
        self._macs: dict[bytes, str] = {}
        self._data: bytearray | memoryview = bytearray()  # where the present row's bytes are
        self._rows: list[int] = []
        self._row = 0

    def take(self, batch: Batch) -> None:
        """Works through one batch of index rows."""
        data = self._data = batch.data
        rows = self._rows = batch.rows
        connections = self._connections
        for i in range(0, len(rows), COLUMNS):
            kind = rows[i]
            if kind == TCP:
                slot, number = rows[i + 1], rows[i + 3]
                connection = connections.get(slot)
                if connection is None or connection.number != rows[i + 2]:
                    connection = self._begin(slot, rows[i + 2], rows[i + 12])
                side = connection.sides[number]
                if side is None:
                    side = self._open(connection, number, rows[i + 4], whole=bool(rows[i + 12] & SYN_SEEN))
                if side.done:
                    continue
                stream = side.stream
                if rows[i + 13] > stream.next:
                    stream.skip(rows[i + 13])
                at, start, length = rows[i + 4], rows[i + 5], rows[i + 6]
                if at + length <= stream.next:
                    continue
                self._row = i
                if at == stream.next and not stream.held:
                    stream.next = at + length
                    self._deliver(connection, slot, number, side, bytes(data[start : start + length]), at, None)
                else:
                    talk = self._talk(connection.ends, number)
                    stream.accept(Piece(at, bytes(data[start : start + length]), talk))
                    self._drain(connection, slot, number, side)
                continue
            self._row = i
            if kind == UDP:
                self._udp()
            elif kind == LINK:
                kind_of_link = rows[i + 4]
                carrier = (
                    f"ethertype:{kind_of_link:04x}" if kind_of_link < 0x10000 else f"llc:{kind_of_link & 0xFFFF:04x}"
                )
                self._lone(carrier, None)
            elif kind == OTHER_IP:
                self._lone(f"ip:{rows[i + 4]}", self.flow(rows[i + 1]))
            else:
                self._lone("syn", self.flow(rows[i + 1]))
        self._advise()

    def ended(self, slots: Iterable[int]) -> None:
        """These flows have left the engine's table."""
        for slot in slots:
            self._end(slot)
            self._flows.pop(slot, None)
            self.recognised.pop(slot, None)

    def finish(self) -> None:
        """The capture is over: what is under way ends now."""
        for slot in sorted(self._connections):
            self._end(slot)

    # connections

    def _begin(self, slot: int, number: int, note: int) -> _Connection:
        self._end(slot)
        ends = self.flow(slot)
        client = 0 if note & CLIENT_0 else 1 if note & CLIENT_1 else client_by_port(ends)
        connection = self._connections[slot] = _Connection(number, ends, client)
        return connection

    def _open(self, connection: _Connection, number: int, at: int, *, whole: bool) -> _Side:
        side = connection.sides[number] = _Side(0 if whole else max(at, 0), self._candidates(connection), whole=whole)
        if connection.spec is not None:
            side.parser = connection.parser(number)
        return side

    def _candidates(self, connection: _Connection) -> list[StreamSpec]:
        ports = {connection.ends.port0, connection.ends.port1}
        hinted = [spec for spec in self._streams if not ports.isdisjoint(spec.ports)]
        return hinted + [spec for spec in self._streams if ports.isdisjoint(spec.ports)]

    def _end(self, slot: int) -> None:
        connection = self._connections.pop(slot, None)
        if connection is None:
            return
        for number, side in enumerate(connection.sides):
            if side is None:
                continue
            if not side.done:
                side.stream.closing = True
                self._drain(connection, slot, number, side)
            if not side.done and side.parser is not None and side.talk is not None:
                self._heed(connection, slot, number, side, side.parser.end, side.talk)
            self.counts["stream.lost_bytes"] += side.stream.gap

    def _drain(self, connection: _Connection, slot: int, number: int, side: _Side) -> None:
        while not side.done:
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
        side.fed += len(data)
        self._heed(connection, slot, number, side, lambda: parser.feed(data, at), talk)
        budget = connection.spec.budget if connection.spec else None
        if budget is not None and side.fed > budget and not side.done:
            self.counts[f"dispatch.budget.{self.recognised[slot][0]}"] += 1
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
        spec = connection.spec
        if spec is None:
            return
        try:
            for event in ask():
                if isinstance(event, Skip):
                    side.stream.skip(event.to)
                    side.record = event.to if event.record and spec.shape else -1
                    self._advised.add((slot, number))
                    continue
                if isinstance(event, Done):
                    self._close(connection, slot, number, side)
                    break
                if talk is None:
                    talk = self._talk(connection.ends, number)
                self._record(event, talk, spec)
        except Exception:  # noqa: BLE001 - a bug in one parser must not stop the sensor: counted, and the flow is let go
            self.counts[f"dispatch.fault.{spec.name}"] += 1
            self._close(connection, slot, number, side)
        if talk is not None:
            side.talk = talk
        elif side.talk is None:
            side.talk = self._talk(connection.ends, number)

    def _record(self, event: Said | Flag | Odd, talk: Talk, spec: Spec) -> None:
        if isinstance(event, Said):
            self.ledger.said(event, talk, spec)
        elif isinstance(event, Flag):
            self.ledger.flag(event, talk, spec)
        else:
            self.counts[f"odd.{event.name}"] += 1

    def _close(self, connection: _Connection, slot: int, number: int, side: _Side) -> None:
        """Nothing more of this direction is wanted."""
        side.done = True
        side.parser = None
        side.opening.clear()
        side.stream.held.clear()
        side.stream.held_bytes = 0
        self.verdict(slot, number, connection.number, ACCOUNT, 0)

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
        if side.opening and at != side.opening_at + len(side.opening):
            side.opening.clear()  # a hole in the opening: what follows is not its continuation
            side.whole = False
        if not side.opening:
            side.opening_at = at
        side.opening += data[: PROBE_MAX - len(side.opening)]
        first = bytes(side.opening)
        waiting: list[StreamSpec] = []
        for spec in side.candidates:
            answer = self._ask(spec, first)
            if answer:
                self._recognised(connection, slot, spec)
                rest = (
                    data[len(first) - (at - side.opening_at) :]
                    if at + len(data) > side.opening_at + len(first)
                    else b""
                )
                self._deliver(connection, slot, number, side, first + rest, side.opening_at, talk)
                side.opening.clear()
                self._answer(connection, slot, 1 - number)
                return
            if answer is None and len(first) < PROBE_MAX:
                waiting.append(spec)
        side.candidates = waiting
        if waiting:
            return
        if not side.whole:
            side.tries += 1
            side.opening.clear()
            side.candidates = self._candidates(connection)
        if side.tries >= MIDSTREAM_TRIES or len(side.opening) >= PROBE_MAX:
            self.counts["dispatch.unrecognised"] += 1
            self._close(connection, slot, number, side)

    def _ask(self, spec: Spec, first: bytes) -> bool | None:
        try:
            return spec.probe(first)
        except Exception:  # noqa: BLE001 - as in _heed: a probe's bug is counted and means no
            self.counts[f"dispatch.fault.{spec.name}"] += 1
            return False

    def _recognised(self, connection: _Connection, slot: int, spec: StreamSpec) -> None:
        connection.spec = spec
        connection.pair = spec.make()
        self.recognised[slot] = (spec.name, spec.encrypted)
        for number, side in enumerate(connection.sides):
            if side is not None and not side.done:
                side.parser = connection.parser(number)

    def _answer(self, connection: _Connection, slot: int, number: int) -> None:
        """The other direction has been waiting for this one to be recognised."""
        side = connection.sides[number]
        if side is not None and side.opening and not side.done:
            opening, side.opening = bytes(side.opening), bytearray()
            self._deliver(connection, slot, number, side, opening, side.opening_at, side.talk)

    def _advise(self) -> None:
        """Tells the engine what has been asked to be skipped. Where a hole is still open the engine is left alone, so
        that what fills it comes here."""
        for slot, number in self._advised:
            connection = self._connections.get(slot)
            side = connection.sides[number] if connection else None
            if connection is None or side is None or side.done or side.stream.held:
                continue
            walk = side.record >= 0 and side.record == side.stream.next
            self.verdict(slot, number, connection.number, WALK_DICOM if walk else SKIP, side.stream.next)
        self._advised.clear()

    # datagrams

    def _udp(self) -> None:
        rows, i = self._rows, self._row
        slot = rows[i + 1]
        flow = self._flows.get(slot)
        if flow is None or flow.number != rows[i + 2]:
            flow = self._flows[slot] = _Datagrams(rows[i + 2])
        data = bytes(self._data[rows[i + 5] : rows[i + 5] + rows[i + 6]])
        ends = self.flow(slot)
        spec = flow.spec
        if spec is None:
            spec = self._udp_spec(data, ends)
            if spec is None:
                flow.tries += 1
                if flow.tries >= DATAGRAM_TRIES:
                    self.counts["dispatch.unrecognised"] += 1
                    for number in (0, 1):
                        self.verdict(slot, number, flow.number, ACCOUNT, 0)
                return
            flow.spec = spec
            self.recognised[slot] = (spec.name, False)
        self._read(spec, data, ends, rows[i + 3])

    def _udp_spec(self, data: bytes, ends: Flow) -> DatagramSpec | None:
        specs = self._datagrams.get("udp", [])
        ports = {ends.port0, ends.port1}
        for hinted in (True, False):
            for spec in specs:
                if ports.isdisjoint(spec.ports) != hinted and self._ask(spec, data):
                    return spec
        return None

    def _lone(self, carrier: str, ends: Flow | None) -> None:
        rows, i = self._rows, self._row
        specs = self._datagrams.get(carrier)
        if not specs:
            self.counts[f"dispatch.no_parser.{carrier}"] += 1
            return
        data = bytes(self._data[rows[i + 5] : rows[i + 5] + rows[i + 6]])
        for spec in specs:
            if self._ask(spec, data):
                if carrier != "syn" and ends is not None:
                    self.recognised[rows[i + 1]] = (spec.name, False)
                self._read(spec, data, ends, rows[i + 3])
                return
        self.counts[f"dispatch.refused.{carrier}"] += 1

    def _read(self, spec: DatagramSpec, data: bytes, ends: Flow | None, number: int) -> None:
        talk: Talk | None = None
        try:
            for event in spec.read(data):
                if isinstance(event, Said | Flag | Odd):
                    talk = talk or self._talk(ends, number)
                    self._record(event, talk, spec)
        except Exception:  # noqa: BLE001 - as in _heed
            self.counts[f"dispatch.fault.{spec.name}"] += 1

    def _talk(self, ends: Flow | None, number: int) -> Talk:
        """Where the present row came from."""
        rows, i = self._rows, self._row
        sender_ip = receiver_ip = ""
        if ends is not None:
            sender_ip, receiver_ip = (ends.ip0, ends.ip1) if number == 0 else (ends.ip1, ends.ip0)
        return Talk(
            rows[i + 7],
            rows[i + 8],
            self._mac(rows[i + 9]),
            sender_ip,
            self._mac(rows[i + 10]),
            receiver_ip,
            rows[i + 11],
        )

    def _mac(self, at: int) -> str:
        if at < 0:
            return ""
        raw = bytes(self._data[at : at + 6])
        text = self._macs.get(raw)
        if text is None:
            if len(self._macs) >= MACS_MAX:
                self._macs.clear()
            text = self._macs[raw] = mac_text(raw)
        return text


def client_by_port(ends: Flow) -> int:
    """The side that probably asked: services have the lower port; a group is never a client."""
    if ends.port0 != ends.port1:
        return 0 if ends.port0 > ends.port1 else 1
    return 0 if is_one_host("", ends.ip0) else 1
