"""Flow to parser: the structure of the first bytes decides, ports only order the tries.

Takes the index rows of the engine (`sensor.wire.engine`) and gives each to the parser of its flow; what the parsers say
goes to the ledger. Verdicts go back to the engine, so that bytes nobody wants never come here again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from msgspec import Struct

from parsers.api import CARRIED_MAX, Carried, DatagramSpec, Flag, Odd, Said, Spec, StreamSpec, whole
from sensor.candidates import Candidates
from sensor.connections import Connections
from sensor.evidence import Ledger
from sensor.folds import Folder, Folds
from sensor.recorder import Recorder, Utterance, Verdict
from sensor.stream import Talk
from sensor.wire.engine import ACCOUNT, Batch, Flow
from sensor.wire.tables import IP, LINK, LLC, TCP, UDP

DATAGRAM_TRIES = 8  # datagrams of a flow that are probed before it is only accounted for
STRANGE_MAX = 64  # types without a parser counted one by one: a talker can make up a hundred thousand
REPEATS_MAX = 4096  # datagrams whose events are kept, and as many older ones: announcements come again and again
REPEAT_SIZE_MAX = 1500  # bytes of one: an Ethernet frame's worth, so that all of them are 12 MB
CARRIED_DEPTH = 2  # units within units: an audit message in a syslog record in a stream


class _Datagrams(Struct, gc=False):
    """A UDP flow that a parser recognised. There may be as many as the engine has flows."""

    number: int
    ends: Flow
    spec: DatagramSpec
    doubts: int = 0  # datagrams that neither its protocol nor another knew by their beginning


class Dispatcher:
    """Holds what is under way in one origin."""

    def __init__(
        self,
        specs: Mapping[str, Spec],
        ledger: Ledger,
        flow: Callable[[int], Flow],
        verdict: Verdict,
        folder: Folder,
    ) -> None:
        self._recorder = Recorder(ledger, flow, verdict)
        streams = [spec for spec in specs.values() if isinstance(spec, StreamSpec)]
        folder.learn({spec.name: spec.lines for spec in streams if spec.lines})
        self._folds = Folds(folder, self._recorder)
        self._recorder.carried = self._carried
        self._depth = 0  # of the unit at hand within others
        self._connections = Connections(streams, self._recorder, self._folds)
        self._datagrams: dict[str, list[DatagramSpec]] = {}
        for spec in specs.values():
            unit = whole(spec) if isinstance(spec, StreamSpec) else spec
            for carrier in unit.carriers:
                self._datagrams.setdefault(carrier, []).append(unit)
        self._flows: dict[int, _Datagrams] = {}
        self._strange: set[str] = set()  # counters of types without a parser
        self._repeats: dict[tuple[str, bytes], tuple[Utterance, ...]] = {}
        self._older: dict[tuple[str, bytes], tuple[Utterance, ...]] = {}  # from here what comes again is taken back
        self._names = {name: (name, spec.encrypted) for name, spec in specs.items()}  # one object for all flows
        self._candidates = Candidates(self._datagrams.get("udp", []))

    @property
    def counts(self) -> Counter[str]:
        """What was odd, lost or not recognised, by name."""
        return self._recorder.counts

    @property
    def recognised(self) -> Mapping[int, tuple[str, bool]]:
        """Flow slot -> protocol, and whether what it says is encrypted."""
        return self._recorder.recognised

    def take(self, batch: Batch) -> None:
        """Works through one batch of index rows."""
        recorder, connections = self._recorder, self._connections
        recorder.at(batch)
        take = connections.take
        for row in batch.rows:
            kind, slot = row[:2]
            if kind == TCP:
                take(row)
                continue
            recorder.row = row
            side, at = row[3:5]
            if kind == UDP:
                self._udp(row)
            elif kind == LINK:
                self._lone(_carrier(at), slot, None, side)
            elif kind == IP:
                self._lone(f"ip:{at}", slot, recorder.flow(slot), side)
            else:
                recorder.data = batch.data if at else batch.openings
                self._lone("syn", slot, recorder.flow(slot), side)
                recorder.data = batch.data
        connections.advise(last=not batch.more)

    def settle(self) -> None:
        """Takes down what was said by units that the engine only counted."""
        self._folds.settle()

    def ended(self, slots: Iterable[int]) -> None:
        """These flows have left the engine's table."""
        for slot in slots:
            self._folds.drop(slot)
            self._connections.end(slot)
            self._flows.pop(slot, None)
            self._recorder.recognised.pop(slot, None)

    def finish(self) -> None:
        """The capture is over: what is under way ends now."""
        self.settle()
        self._connections.end_all()

    def _udp(self, row: tuple[int, ...]) -> None:
        """A datagram. Of a flow that nobody knows nothing is kept: the engine says how many came before this one."""
        recorder = self._recorder
        _, slot, connection, side, before, start, *_, sign = row
        flow = self._flows.get(slot)
        data = recorder.payload()
        if flow is None or flow.number != connection:
            if before >= DATAGRAM_TRIES:
                return
            spec = self._speaks(data, start)
            if spec is None:
                if before == DATAGRAM_TRIES - 1:
                    recorder.counts["dispatch.unrecognised"] += 1
                    for number in (0, 1):
                        recorder.verdict(slot, number, connection, ACCOUNT, 0)
                return
            self._folds.drop(slot)
            flow = self._flows[slot] = _Datagrams(connection, recorder.flow(slot), spec)
            recorder.recognised[slot] = self._names[spec.name]
        else:
            doubts = flow.doubts
            spec = self._speaks_now(flow, data, start)
            if flow.doubts > doubts:
                sign = 0  # each such datagram counts
        talk = recorder.talk(flow.ends, side)
        said = self._read(spec, data, talk)
        if sign and said is not None:
            self._folds.remember((slot, side, connection), sign, ((), said), talk.voice, spec)
        elif before and not sign:
            self._folds.folder.follow(slot, side, connection, "", 0)

    def _speaks(self, data: bytes, start: int) -> DatagramSpec | None:
        """Whose datagram it is, whose payload begins at `start`, behind the ports, a length and a checksum."""
        head = self._recorder.data[start - 8 : start - 4]
        port0, port1 = head[0] << 8 | head[1], head[2] << 8 | head[3]
        return self._recorder.first(self._candidates.of(port0, port1), data)

    def _speaks_now(self, flow: _Datagrams, data: bytes, start: int) -> DatagramSpec:
        """Two hosts may use one pair of ports for several protocols. What none of them knows is the flow's."""
        if flow.doubts >= DATAGRAM_TRIES or self._recorder.ask(flow.spec, data):
            return flow.spec
        other = self._speaks(data, start)
        if other is None:
            flow.doubts += 1
        return other or flow.spec

    def _lone(self, carrier: str, slot: int, ends: Flow | None, number: int) -> None:
        recorder = self._recorder
        specs = self._datagrams.get(carrier)
        if not specs:
            name = f"dispatch.no_parser.{carrier}"
            if name not in recorder.counts:
                if len(self._strange) >= STRANGE_MAX:
                    name = "dispatch.no_parser.others"
                self._strange.add(name)
            recorder.counts[name] += 1
            return
        data = recorder.payload()
        spec = recorder.first(specs, data)
        if spec is None:
            recorder.counts[f"dispatch.refused.{carrier}"] += 1
            return
        if carrier != "syn" and ends is not None:
            recorder.recognised[slot] = (spec.name, False)
        self._read(spec, data, recorder.talk(ends, number))

    def _carried(self, event: Carried, talk: Talk) -> None:
        """A unit of one protocol within another: whoever recognises it reads it. Most are of no interest to anyone."""
        specs = self._datagrams.get(event.carrier)
        if not specs:
            return
        if len(event.data) > CARRIED_MAX or self._depth >= CARRIED_DEPTH:
            self._recorder.counts["dispatch.carried_dropped"] += 1
            return
        self._depth += 1
        spec = self._recorder.first(specs, event.data)
        if spec is not None:
            self._read(spec, event.data, talk)
        self._depth -= 1

    def _read(self, spec: DatagramSpec, data: bytes, talk: Talk) -> tuple[Utterance, ...] | None:
        """Reads a unit, or says again what its like said: gives what that is, if it can be counted unseen."""
        key = (spec.name, data)
        known = self._repeats.get(key)
        if known is None:
            known = self._older.pop(key, None)
            said = self._parsed(spec, data) if known is None else known
            if len(data) <= REPEAT_SIZE_MAX:
                if len(self._repeats) >= REPEATS_MAX:
                    self._repeats, self._older = {}, self._repeats
                self._repeats[key] = said
        else:
            said = known
        if known is not None and self._recorder.again(said, talk, spec):
            return said
        for event in said:
            self._recorder.record(event, talk, spec)
        return None

    def _parsed(self, spec: DatagramSpec, data: bytes) -> tuple[Utterance, ...]:
        try:
            return tuple(event for event in spec.read(data) if isinstance(event, Said | Flag | Odd | Carried))
        except Exception:  # noqa: BLE001 - a bug in one parser must not stop the sensor: counted, and shown
            self._recorder.fault(spec)
            return ()


@lru_cache(maxsize=256)
def _carrier(kind: int) -> str:
    """What carries a link frame of this R_AT."""
    return f"ethertype:{kind:04x}" if kind < LLC else f"llc:{kind & 0xFFFF:04x}"
