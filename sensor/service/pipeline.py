"""The one place that knows the order of the stages: a capture goes in at one end, rows go to the store at the other.

A capture is a closed unit: flow state starts empty and is flushed at its end, so that neither the order of captures nor
their grouping can matter.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from parsers.api import Spec
from sensor import __version__
from sensor.capture.file import Block, Capture
from sensor.capture.source import CaptureError
from sensor.connections import client_by_port
from sensor.dispatch import Dispatcher
from sensor.evidence import Ledger, Policy, Traffic, is_one_host
from sensor.model import Place, Subject, rank
from sensor.rows import Origin, Rows
from sensor.service.collecting import few_collections, no_collections
from sensor.store.origin import COMPLETE, INTERRUPTED, PARTIAL, Fault, OriginRow
from sensor.store.store import Store
from sensor.wire.engine import Account, Endpoint, Engine

UNCONFIRMED_MAX = 4096  # senders of one unanswered frame kept per day; the rest are counted: a scan is no inventory
TRANSPORTS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6"}
CAPS = (  # counters that say: what came first may decide what is in the inventory
    "evidence.subjects_capped",
    "evidence.conversations_capped",
    "endpoints.overflow",
    "flows.evicted",
    "fragments.evicted",
    "dispatch.connections_dropped",
)

READ = (COMPLETE, PARTIAL)  # states of a capture that reading again would not change
WORK = ("rows", "walk.", "verdicts.")  # how much the engine handed on: depends on the size of blocks

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


def read(capture: Capture, store: Store, plan: Plan, progress: Progress = lambda *_: None) -> Outcome:
    """Reads one capture into the store. An interruption, and a `StoreError`, leave what was written so far, marked as
    such; a `CaptureError` leaves nothing. All three go on to the caller."""
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
    reading = Reading(store.fold, plan, origin)
    try:
        with few_collections():
            for block in capture.blocks():
                reading.take(block)
                progress(block.read, reading.hosts)
        reading.finish()
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
    store.finish(final)
    return Outcome(
        capture.name,
        final.state,
        final.id,
        final.counters,
        tuple(capture.faults),
        dict(reading.protocols),
        time.monotonic() - clock,
    )


def _closed(row: OriginRow, reading: Reading, capture: Capture, state: str) -> OriginRow:
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


class Reading:
    """The stages of one capture, and what they have counted."""

    def __init__(self, add: Add, plan: Plan, origin: Origin) -> None:
        self.add = add
        self.origin = origin
        self.protocols: Counter[str] = Counter()
        self.first = self.last = 0
        self.frames = 0
        self._own: Counter[str] = Counter()
        self._engine = Engine()
        self._ledger = Ledger(origin, plan.policy)
        self._dispatcher = Dispatcher(plan.specs, self._ledger, self._engine.flow, self._engine.verdict)
        self._day = 0

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
                    self._account(account, batch.day)
                dispatcher.ended(slot for slot, _ in batch.ended)
            if ledger.full():
                self._write()
        self.frames += block.count

    def finish(self) -> None:
        """The capture's end: everything under way is ended, counted and written."""
        self._engine.finish()
        self._dispatcher.finish()
        self._drain_day(self._day)
        self._write()

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
            self.add(self._ledger.drain())

    def _drain_day(self, day: int) -> None:
        for account in self._engine.each_account():
            self._account(account, day)
            if self._ledger.full():
                self._write()
        unconfirmed: list[Endpoint] = []
        for endpoint in self._engine.each_endpoint():
            if endpoint.ip and endpoint.frames == 1 and not endpoint.answered:
                unconfirmed.append(endpoint)
                if len(unconfirmed) >= 2 * UNCONFIRMED_MAX:
                    self._thin(unconfirmed)
                continue
            self._endpoint(endpoint)
            if self._ledger.full():
                self._write()
        self._thin(unconfirmed)
        for endpoint in unconfirmed:
            self._endpoint(endpoint)

    def _thin(self, unconfirmed: list[Endpoint]) -> None:
        """Keeps those with the smallest rank: whichever are dropped first, the same ones stay."""
        surplus = len(unconfirmed) - UNCONFIRMED_MAX
        if surplus > 0:
            self._own["evidence.unconfirmed_capped"] += surplus
            unconfirmed.sort(key=lambda e: (rank(f"{e.mac} {e.ip} {e.vlan}"), e.ip, e.mac, e.vlan))
            del unconfirmed[UNCONFIRMED_MAX:]

    def _endpoint(self, endpoint: Endpoint) -> None:
        first, last = Place(*endpoint.first), Place(*endpoint.last)
        if endpoint.ip and not self._ledger.policy.inside(endpoint.ip):
            self._own["endpoints.outside_site"] += 1
            if is_one_host(endpoint.mac, ""):  # it carries for addresses elsewhere: a router, or behind one
                self._ledger.carrier(endpoint.mac, endpoint.vlan, endpoint.ip, endpoint.frames, first, last)
            return
        if not is_one_host(endpoint.mac, endpoint.ip):
            return
        subject = Subject(mac=endpoint.mac, ip=endpoint.ip, vlan=endpoint.vlan)
        self._ledger.address(subject, endpoint.frames, endpoint.answered, first, last)

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
