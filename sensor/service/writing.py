"""The writer of a live run: folds what workers tell into the database, batch by batch, and computes the devices anew.

While the database is away, batches wait on disk (`sensor.store.spool`) and are written in order when it is back. It
never sees a frame. The supervisor hands it the reading end of each worker's pipe, and hears once a second how it
stands; when the supervisor is gone, or says so, what is there is written and the run is closed.
"""

from __future__ import annotations

import math
import selectors
import socket
import time
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from sensor.config import Retention
from sensor.fingerprint.rules import Rules
from sensor.policy import Policy
from sensor.rows import Rows
from sensor.service.collecting import no_collections
from sensor.service.gather import Gathering, added
from sensor.service.inventory import Following
from sensor.service.messages import BrokenError, Day, End, Inbox, Part, Sent, State
from sensor.service.retention import Upkeep
from sensor.store.error import StoreError
from sensor.store.origin import COMPLETE, LIVE, READING, OriginRow
from sensor.store.spool import Spool, batch_of
from sensor.store.store import Store

BATCH_EVERY = 5.0  # seconds at most between two transactions while there is something to write
DEVICES_EVERY = 60.0  # seconds at least between two computations of the devices
DEVICES_SHARE = 10  # and at most this part of the time is spent on them, however large the inventory
QUICK = 1.0  # seconds that computing them may take at the end of a run
ROW_COST = 50e-6  # seconds that a new row adds to it, and at least takes to be written
ROWS_TELLING = 1000  # a transaction of fewer rows does not tell what one costs
TICK = 0.5
MESSAGE_MAX = 1 << 16  # bytes of a message between supervisor and writer
PAUSE, PAUSE_MAX = 1.0, 60.0  # seconds until a database that refused is asked again; doubled each time
CATCH_UP = 1.0  # seconds at a time for batches that waited: workers' pipes must be read too
ENDING_MAX = 2.2  # seconds that workers have to end when the run does
CLOSING_MAX = 3.5  # seconds after which all is to be written, or to wait on disk for the next run
STOP = b"stop"
FOR_EVER = Retention(compact_after=0)


class Standing(Struct):
    """What the writer tells the supervisor. ended: worker -> why, if not because it was told to."""

    counters: dict[str, int] = {}
    batches: int = 0
    rows: int = 0
    devices: int = 0
    hosts: int = 0
    errors: list[str] = []
    ended: dict[int, str] = {}
    spooled: int = 0  # batches that wait on disk
    closed: bool = False  # nothing is left that could be lost
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
        spool: Spool,
        retention: Retention = FOR_EVER,
    ) -> None:
        self._store = store
        self._upkeep = Upkeep(store, row.site, retention, rules)
        self._spool = spool
        self._number = 0  # of the last batch of this run
        self._pause = PAUSE
        self._retry = 0.0  # when to ask the database again
        self._row = row
        self._following = Following(store, row.site, networks, rules)
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
        self._row_cost = ROW_COST  # seconds that a row took to be written, lately
        self._new = 0  # rows since the devices were computed

    def run(self) -> None:
        """Until the supervisor says stop, or is gone."""
        for row in self._store.origins():
            if (row.kind, row.state, row.site, row.sensor) == (LIVE, READING, self._row.site, self._row.sensor):
                self._store.abandon(row)  # a run of this sensor that a power cut ended
        self._store.begin(self._row)
        self._standing.spooled, _ = self._spool.standing()  # left by a run before this one
        self._compute()
        while not self._over():
            for key, _ in self._selector.select(TICK):
                if key.fileobj is self._supervisor:
                    self._command()
                else:
                    self._receive(key.data)
            self._clock()
        for number in self._inboxes:
            self._own["live.workers_unheard"] += 1
            self._own["live.unread"] += _unread(self._states.get(number))
        self._gathering.end_day()
        self._write()
        self._close()
        self._report()

    def _close(self) -> None:
        """A run whose last batches still wait on disk stays open: the next one writes them, and closes it."""
        if self._standing.spooled and self._left() > 2 * CATCH_UP:
            self._catch_up()
        self._standing.closed = bool(self._standing.spooled)
        try:
            if self._standing.spooled:
                self._store.note(self._closed(self._row.state))  # what was seen waits, what was counted need not
            elif self._store.finish(self._closed(COMPLETE)):
                self._following.forget()
        except StoreError as error:
            self._fault(error)
            self._standing.stale = self._standing.closed
            return
        self._standing.closed = True
        self._standing.stale = self._took + ROW_COST * self._new >= min(QUICK, self._left())
        self._report()
        if not self._standing.stale:
            self._compute()

    def _over(self) -> bool:
        return bool(self._stop) and (not self._inboxes or time.monotonic() > self._stop)

    def _left(self) -> float:
        """Seconds that there are to write; any number of them while the run goes on."""
        return self._stop - ENDING_MAX + CLOSING_MAX - time.monotonic() if self._stop else math.inf

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
        if self._standing.spooled and now >= self._retry:
            self._catch_up()
        if not self._standing.spooled and not self._stop:
            self._tidy()
        if now >= self._devices and self._new and not self._stop:
            self._compute()
        if now - self._tell >= 1:
            self._report()

    def _write(self) -> None:
        """One batch, one transaction. What the database does not take waits on disk; what has no room there is lost,
        and counted: the wire does not wait."""
        self._batch = time.monotonic()
        rows = self._gathering.ledger.drain()
        count = len(rows.said) + len(rows.traffic) + len(rows.flags)
        if not count:
            return
        self._number += 1
        if self._standing.spooled or count * self._row_cost > self._left():  # batches are written in order
            self._keep(rows, count)
            return
        try:
            with no_collections():
                self._fold(rows, self._number)
            self._row_cost = max(ROW_COST, (time.monotonic() - self._batch) / max(count, ROWS_TELLING))
        except StoreError as error:
            self._fault(error)
            self._keep(rows, count)
            return
        self._written(count)
        try:
            self._store.note(self._closed(self._row.state))
        except StoreError as error:
            self._fault(error)

    def _fold(self, rows: Rows, number: int) -> None:
        """Into the evidence; from there into the devices, when they are computed next."""
        if self._store.fold(rows, number):
            self._following.forget()
        self._following.changed(rows)

    def _written(self, count: int) -> None:
        self._standing.batches += 1
        self._standing.rows += count
        self._new += count
        self._pause = PAUSE

    def _keep(self, rows: Rows, count: int) -> None:
        try:
            kept = self._spool.put(batch_of(self._number, self._row, rows))
        except StoreError as error:
            self._fault(error)
            kept = False
        self._own["live.rows_spooled" if kept else "live.rows_lost"] += count
        if kept:
            self._standing.spooled += 1

    def _catch_up(self) -> None:
        """Writes batches that waited, the oldest first, for as long as there is time."""
        until = time.monotonic() + CATCH_UP
        try:
            for path in self._spool:
                batch = self._spool.take(path)
                if batch is None:
                    self._own["live.batches_broken"] += 1
                else:
                    if batch.row.key != self._row.key:
                        self._store.resume(batch.row)
                    self._fold(batch.rows(), batch.number)
                    self._written(batch.count)
                    self._spool.done(path)
                self._standing.spooled -= 1
                if time.monotonic() > until:
                    break
        except StoreError as error:
            self._fault(error)
            self._retry = time.monotonic() + self._pause
            self._pause = min(2 * self._pause, PAUSE_MAX)
            return
        self._retry = 0.0

    def _tidy(self) -> None:
        """Old days become fewer rows, a few at a time."""
        try:
            done = self._upkeep.turn()
        except StoreError as error:
            self._fault(error)
            return
        if done is not None:
            self._own["live.rows_compacted"] += done.before.total() - done.after.total()
            self._own["live.rows_forgotten"] += done.forgotten.total()
            if done.forgotten.total():
                self._new += done.forgotten.total()
                self._following.forget()

    def _compute(self) -> None:
        began = time.monotonic()
        try:
            self._standing.devices = self._following.compute(self._row.key)
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


def _unread(state: State | None) -> int:
    """Frames that the kernel had for a worker when it last told how it stood, and that it has not told of otherwise."""
    if state is None:
        return 0
    told = ("wire.frames", "live.kernel_dropped", "live.unread")
    return max(0, state.counters.get("live.kernel_frames", 0) - sum(state.counters.get(name, 0) for name in told))
