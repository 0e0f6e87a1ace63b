"""The writer of a live run: folds what workers tell into the database, batch by batch, and computes the devices anew.

It never sees a frame. The supervisor hands it the reading end of each worker's pipe, and hears once a second how it
stands; when the supervisor is gone, or says so, what is there is written and the run is closed.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from sensor.evidence import Policy
from sensor.fingerprint.rules import Rules
from sensor.service.collecting import no_collections
from sensor.service.gather import Gathering, added
from sensor.service.inventory import rebuild
from sensor.service.messages import BrokenError, Day, End, Inbox, Part, Sent, State
from sensor.store.error import StoreError
from sensor.store.origin import COMPLETE, LIVE, READING, OriginRow
from sensor.store.store import Store

BATCH_EVERY = 5.0  # seconds at most between two transactions while there is something to write
DEVICES_EVERY = 60.0  # seconds at least between two computations of the devices
DEVICES_SHARE = 10  # and at most this part of the time is spent on them, however large the inventory
QUICK = 1.0  # seconds that computing them may take at the end of a run
ROW_COST = 50e-6  # seconds that a new row adds to it
TICK = 0.5
MESSAGE_MAX = 1 << 16  # bytes of a message between supervisor and writer
ENDING_MAX = 3.0  # seconds that workers have to end when the run does
STOP = b"stop"


class Standing(Struct):
    """What the writer tells the supervisor. ended: worker -> why, if not because it was told to."""

    counters: dict[str, int] = {}
    batches: int = 0
    rows: int = 0
    devices: int = 0
    hosts: int = 0
    errors: list[str] = []
    ended: dict[int, str] = {}
    stale: bool = False  # there was no time to compute the devices at the end


class Writer:
    """One origin, its workers come and go."""

    def __init__(
        self,
        store: Store,
        row: OriginRow,
        policy: Policy,
        networks: Sequence[str],
        rules: Rules,
        supervisor: socket.socket,
    ) -> None:
        self._store = store
        self._row = row
        self._networks = networks
        self._rules = rules
        self._supervisor = supervisor
        self._gathering = Gathering(row.key, policy)
        self._selector = selectors.DefaultSelector()
        self._selector.register(supervisor, selectors.EVENT_READ)
        self._inboxes: dict[int, Inbox] = {}  # by the worker's number, which is never used again
        self._states: dict[int, State] = {}
        self._before: dict[str, int] = {}  # counters of workers that ended
        self._own: Counter[str] = Counter()
        self._standing = Standing()
        self._stop = 0.0  # when to end at the latest
        self._batch = self._tell = time.monotonic()
        self._devices = self._batch + DEVICES_EVERY
        self._took = 0.0
        self._new = 0  # rows since the devices were computed

    def run(self) -> None:
        """Until the supervisor says stop, or is gone."""
        for row in self._store.origins():
            if (row.kind, row.state, row.site, row.sensor) == (LIVE, READING, self._row.site, self._row.sensor):
                self._store.abandon(row)  # a run of this sensor that a power cut ended
        self._store.begin(self._row)
        self._compute()
        while not self._over():
            for key, _ in self._selector.select(TICK):
                if key.fileobj is self._supervisor:
                    self._command()
                else:
                    self._receive(key.data)
            self._clock()
        self._gathering.end_day()
        self._write()
        self._store.finish(self._closed(COMPLETE))
        self._standing.stale = self._took + ROW_COST * self._new >= QUICK
        if not self._standing.stale:
            self._compute()
        self._report()

    def _over(self) -> bool:
        return bool(self._stop) and (not self._inboxes or time.monotonic() > self._stop)

    def _command(self) -> None:
        """From the supervisor: a worker's pipe with its number, or stop."""
        try:
            said, fds, _, _ = socket.recv_fds(self._supervisor, MESSAGE_MAX, 1)
        except OSError:
            said, fds = b"", []
        if fds:
            inbox = self._inboxes[int(said)] = Inbox(fds[0])
            self._selector.register(inbox, selectors.EVENT_READ, int(said))
            return
        if not said:
            self._selector.unregister(self._supervisor)
        self._stop = self._stop or time.monotonic() + ENDING_MAX

    def _receive(self, number: int) -> None:
        inbox = self._inboxes[number]
        try:
            inbox.fill()
            while (message := inbox.take()) is not None:
                self._take(number, message)
        except BrokenError as error:
            self._standing.ended[number] = f"told nonsense ({error})"
            inbox.ended = True
        if inbox.ended:
            self._selector.unregister(inbox)
            inbox.close()
            del self._inboxes[number]
            self._gathering.gone(number)
            self._standing.ended.setdefault(number, "ended without a word")
            state = self._states.pop(number, None)
            self._before = added([self._before, state.counters if state else {}])

    def _take(self, number: int, message: Part | Sent | Day | State | End) -> None:
        gathering = self._gathering
        match message:
            case Part():
                gathering.part(number, message)
                if gathering.ledger.full():
                    self._write()
            case Sent():
                gathering.sent(message)
            case State():
                self._states[number] = message
            case Day():
                gathering.end_day()
                self._write()
                gathering.gone(number)
                gathering.forget()
            case End():
                self._standing.ended[number] = message.refused

    def _clock(self) -> None:
        now = time.monotonic()
        if now - self._batch >= BATCH_EVERY:
            self._write()
        if now >= self._devices and self._new and not self._stop:
            self._compute()
        if now - self._tell >= 1:
            self._report()

    def _write(self) -> None:
        """One batch, one transaction. What the database refuses is lost, and counted: the wire does not wait."""
        self._batch = time.monotonic()
        rows = self._gathering.ledger.drain()
        count = len(rows.said) + len(rows.traffic) + len(rows.flags)
        try:
            if count:
                with no_collections():
                    self._store.fold(rows)
                self._standing.batches += 1
                self._standing.rows += count
                self._new += count
                self._store.note(self._closed(self._row.state))
        except StoreError as error:
            self._own["live.rows_lost"] += count
            self._fault(error)

    def _compute(self) -> None:
        began = time.monotonic()
        try:
            self._standing.devices = rebuild(self._store, self._row.site, self._networks, self._rules)
        except StoreError as error:
            self._fault(error)
        self._new = 0
        self._took = time.monotonic() - began
        self._devices = began + self._took + max(DEVICES_EVERY, DEVICES_SHARE * self._took)

    def _fault(self, error: StoreError) -> None:
        self._standing.errors = [" ".join(str(error).split())]

    def _counters(self) -> dict[str, int]:
        mine: Mapping[str, int] = self._own + Counter({"live.batches": self._standing.batches})
        return added(
            [self._before, *(state.counters for state in self._states.values()), self._gathering.counters(), mine]
        )

    def _closed(self, state: str) -> OriginRow:
        counters = self._counters()
        states = self._states.values()
        firsts = [self._row.first, *(state.first for state in states)]
        first = min((time for time in firsts if time), default=0)
        self._row = replace(self._row, first=first, last=max([self._row.last, *(state.last for state in states)]))
        return replace(
            self._row,
            state=state,
            frames=counters.get("wire.frames", 0),
            bytes=counters.get("wire.bytes", 0),
            finished=time.time_ns(),
            counters=dict(sorted(counters.items())),
        )

    def _report(self) -> None:
        """A supervisor that is gone, or slow, misses one."""
        self._tell = time.monotonic()
        standing = replace(self._standing, counters=self._counters(), hosts=self._gathering.ledger.hosts)
        said = msgspec.msgpack.encode(standing)
        if len(said) > MESSAGE_MAX:
            few = {name: count for name, count in standing.counters.items() if name.startswith(("live.", "wire."))}
            said = msgspec.msgpack.encode(replace(standing, counters=few))
        try:
            self._supervisor.send(said, socket.MSG_DONTWAIT)
        except OSError:
            return
        self._standing.ended, self._standing.errors = {}, []
