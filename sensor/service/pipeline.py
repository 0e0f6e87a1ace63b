"""The one place that knows the order of the stages: a capture goes in at one end, rows go to the store at the other.

A capture is a closed unit: flow state starts empty and is flushed at its end, so that neither the order of captures nor
their grouping can matter.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from parsers.api import Spec
from sensor import __version__
from sensor.capture.file import Block, Capture
from sensor.capture.source import CaptureError
from sensor.connections import client_by_port
from sensor.dispatch import Dispatcher
from sensor.evidence import Ledger, Traffic
from sensor.model import Place
from sensor.policy import Policy
from sensor.rows import Origin, Rows
from sensor.service.collecting import few_collections, no_collections
from sensor.service.senders import Senders
from sensor.store.origin import COMPLETE, INTERRUPTED, PARTIAL, Fault, OriginRow
from sensor.store.patience import Batches, waited_for
from sensor.store.store import Store
from sensor.wire.engine import Account, Endpoint, Engine

TRANSPORTS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6"}
CAPS = (  # counters that say: what came first may decide what is in the inventory
    "evidence.subjects_capped",
    "evidence.conversations_capped",
    "endpoints.overflow",
    "endpoints.unconfirmed_capped",
    "flows.evicted",
    "fragments.evicted",
    "dispatch.connections_dropped",
)

YOUNG = 30 * 10**9  # ns in which flows are recognised that ever are
YOUNG_MAX = 20_000  # of them that wait: some 15 MB; those of a flood do not wait

READ = (COMPLETE, PARTIAL)  # states of a capture that reading again would not change
WORK = ("rows", "walk.", "fold.", "verdicts.")  # how much the engine handed on: depends on the size of blocks

Add = Callable[[Rows], None]
Progress = Callable[[int, int], None]  # bytes of the capture read so far, hosts met so far


class Plan(Struct, frozen=True):
    """What is the same for all captures of a run."""

    site: str
    sensor: str
    specs: Mapping[str, Spec]
    policy: Policy
    again: bool = False


class Outcome(Struct, frozen=True):
    """How the reading of one capture ended."""

    name: str
    state: str  # complete, partial, interrupted, or "known": read before and left alone
    id: str
    counters: Mapping[str, int] = {}
    faults: tuple[str, ...] = ()
    protocols: Mapping[str, int] = {}  # frames by protocol
    seconds: float = 0.0

    @property
    def caps(self) -> dict[str, int]:
        """The caps that were hit."""
        return {name: self.counters[name] for name in CAPS if self.counters.get(name)}


class Reader(Protocol):
    """What reads a capture and counts: `Reading`, or several processes."""

    protocols: Counter[str]
    first: int
    last: int

    @property
    def hosts(self) -> int:
        """How many addresses of the site were met so far."""

    def run(self, capture: Capture) -> Iterator[int]:
        """Reads it all; now and then gives the bytes read so far."""

    def counters(self) -> dict[str, int]:
        """What was counted."""


def read(
    capture: Capture,
    store: Store,
    plan: Plan,
    progress: Progress = lambda *_: None,
    reader: Callable[[Add, Plan, Origin], Reader] | None = None,
) -> Outcome:
    """Reads one capture into the store, in this process unless told otherwise. An interruption, and a `StoreError`,
    leave what was written so far, marked as such; a `CaptureError` leaves nothing. All three go on to the caller."""
    known = Origin(plan.site, plan.sensor, capture.id) if capture.id else None
    if known is not None and store.seen(known) in READ and not plan.again:
        return Outcome(capture.name, "known", capture.id)
    started, clock = time.time_ns(), time.monotonic()
    origin = known or Origin(plan.site, plan.sensor, f"reading-{started:x}")  # of a stream the id is known at its end
    row = OriginRow(
        site=origin.site,
        sensor=origin.sensor,
        id=origin.id,
        name=capture.name,
        size=capture.size or 0,
        started=started,
        version=__version__,
    )
    store.begin(row)
    reading = (reader or Reading)(Batches(store.fold), plan, origin)
    try:
        with few_collections():
            for done in reading.run(capture):
                progress(done, reading.hosts)
    except CaptureError:
        store.roll_back(origin)
        raise
    except KeyboardInterrupt:
        if known is None:  # half of a stream has no name that a later reading could take its place by
            store.roll_back(origin)
        else:
            store.finish(_closed(row, reading, capture, INTERRUPTED))
        raise
    if known is None:
        origin, fresh = _named(store, plan, origin, capture.id)
        if not fresh:
            return Outcome(capture.name, "known", capture.id)
    final = _closed(replace(row, id=origin.id), reading, capture, PARTIAL if capture.faults else COMPLETE)
    waited_for(lambda: store.finish(final))
    return Outcome(
        capture.name,
        final.state,
        final.id,
        final.counters,
        tuple(capture.faults),
        dict(reading.protocols),
        time.monotonic() - clock,
    )


def _closed(row: OriginRow, reading: Reader, capture: Capture, state: str) -> OriginRow:
    counters = reading.counters() | capture.counters
    return OriginRow(
        site=row.site,
        sensor=row.sensor,
        id=row.id,
        name=row.name,
        size=row.size,
        started=row.started,
        version=row.version,
        state=state,
        frames=counters.get("wire.frames", 0),
        bytes=counters.get("wire.bytes", 0),
        finished=time.time_ns(),
        first=reading.first,
        last=reading.last,
        counters=dict(sorted(counters.items())),
        faults=tuple(Fault(f"capture.{state}", 1, Place(reading.last, 0), says) for says in capture.faults),
    )


def _named(store: Store, plan: Plan, origin: Origin, true_id: str) -> tuple[Origin, bool]:
    """A stream's id is known at its end: the origin is renamed, or taken back if that capture is already there."""
    true = Origin(plan.site, plan.sensor, true_id)
    if store.seen(true) is not None:
        if store.seen(true) in READ and not plan.again:
            store.roll_back(origin)
            return true, False
        store.roll_back(true)
    return store.rename(origin, true_id), True


class Judge(Protocol):
    """What becomes of the senders that an engine counted: `Senders`, or whoever hands them on to it."""

    def add(self, endpoint: Endpoint) -> None:
        """Takes what one sent."""

    def end_day(self) -> None:
        """Nothing more comes of this day."""


class Reading:
    """The stages of one capture, and what they have counted."""

    def __init__(
        self, add: Add, plan: Plan, origin: Origin, judge: Judge | None = None, share: tuple[int, int] = (0, 1)
    ) -> None:
        """judge: where what is read is only a part of the whole, whoever puts the parts together; `add` is then given
        rows without a cap. share: which part of how many."""
        self.add = add
        self.origin = origin
        self.protocols: Counter[str] = Counter()
        self.first = self.last = 0
        self.frames = 0
        self._own: Counter[str] = Counter()
        self._engine = Engine(share=share)
        self._ledger = Ledger(origin, plan.policy)
        self._judge = judge or Senders(self._ledger, self._own)
        self._part = judge is not None
        self._dispatcher = Dispatcher(
            plan.specs, self._ledger, self._engine.flow, self._engine.verdict, self._engine.folder
        )
        self._engine.named = self._dispatcher.recognised
        self._day = 0
        self._young: dict[int, Account] = {}  # by slot; only while a live run goes on

    def run(self, capture: Capture) -> Iterator[int]:
        """Reads it all; after each block gives the bytes read so far."""
        for block in capture.blocks():
            self.take(block)
            yield block.read
        self.finish()

    def take(self, block: Block) -> None:
        """One block of frames through all stages."""
        dispatcher, ledger = self._dispatcher, self._ledger
        for batch in self._engine.feed(block):
            self._day = batch.day
            if batch.rows:
                dispatcher.take(batch)
            elif batch.day_ends:
                self._drain_day(batch.day)
            else:
                for account in batch.accounts:
                    self._account(self._grown(account), batch.day)
                for slot, _ in batch.ended:
                    if slot in self._young:
                        self._account(self._young.pop(slot), batch.day)
                dispatcher.ended(slot for slot, _ in batch.ended)
            if ledger.full():
                self._write()
        self.frames += block.count

    def report(self) -> None:
        """What is known so far, while more is to come. A flow that has just begun waits: it may still be recognised, or
        turn to encryption, and what it carried is to be counted under one name."""
        self._dispatcher.settle()
        accounts = [self._grown(account) for account in self._engine.each_account()]
        accounts += self._young.values()
        self._young = {}
        now = max((account.last[0] for account in accounts), default=0)
        for account in accounts:
            young = account.slot >= 0 and now - account.first[0] < YOUNG
            if young and len(self._young) < YOUNG_MAX:
                self._young[account.slot] = account
            else:
                self._account(account, self._day)
        for endpoint in self._engine.each_endpoint():
            self._judge.add(endpoint)
        self._write()

    def finish(self) -> None:
        """The capture's end: everything under way is ended, counted and written."""
        self._engine.finish()
        self._dispatcher.finish()
        self._drain_day(self._day)
        self._write()

    def forget(self) -> None:
        """At the end of a day of a live run, when all was written: subjects are numbered anew."""
        self._ledger.forget()

    @property
    def hosts(self) -> int:
        """How many addresses of the site were met so far."""
        return self._ledger.hosts

    def counters(self) -> dict[str, int]:
        """All counters of all stages, by name, but those that tell of the work and not of the capture."""
        total = Counter({n: c for n, c in self._engine.counters().items() if not n.startswith(WORK)})
        for counts in (self._dispatcher.counts, self._ledger.counts, self._own):
            total.update({name: count for name, count in counts.items() if count})
        return dict(total)

    def _write(self) -> None:
        with no_collections():
            self.add(self._ledger.drain(whole=self._part))

    def _drain_day(self, day: int) -> None:
        self._dispatcher.settle()
        for account in self._engine.each_account():
            self._account(self._grown(account), day)
            if self._ledger.full():
                self._write()
        for account in self._young.values():
            self._account(account, day)
        self._young = {}
        for endpoint in self._engine.each_endpoint():
            self._judge.add(endpoint)
            if self._ledger.full():
                self._write()
        self._judge.end_day()

    def _grown(self, account: Account) -> Account:
        """With what was held of the flow since it began."""
        held = self._young.pop(account.slot, None) if self._young else None
        if held is None:
            return account
        return replace(
            account,
            frames=(held.frames[0] + account.frames[0], held.frames[1] + account.frames[1]),
            bytes=(held.bytes[0] + account.bytes[0], held.bytes[1] + account.bytes[1]),
            connections=held.connections + account.connections,
            first=min(held.first, account.first),
            last=max(held.last, account.last),
        )

    def _account(self, account: Account, day: int) -> None:
        ends = account.flow
        client = account.client
        if client is None:
            client = client_by_port(ends) if ends.port0 != ends.port1 else account.opener
        protocol, encrypted = self._dispatcher.recognised.get(account.slot, ("", False))
        server = 1 - client
        transport = TRANSPORTS.get(ends.protocol, f"ip:{ends.protocol}")
        addresses, ports = (ends.ip0, ends.ip1), (ends.port0, ends.port1)
        first, last = Place(*account.first), Place(*account.last)
        self.first = min(self.first or first.time, first.time)
        self.last = max(self.last, last.time)
        self.protocols[protocol or transport] += sum(account.frames)
        self._ledger.traffic(
            day,
            Traffic(
                addresses[client],
                addresses[server],
                ports[server],
                transport,
                protocol,
                encrypted,
                account.frames[client],
                account.bytes[client],
                account.frames[server],
                account.bytes[server],
                account.connections,
                first,
                last,
            ),
        )
