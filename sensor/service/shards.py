"""One capture read by several processes: each decodes all frames and follows the flows of its share; one writer.

The result is that of one process, as long as no table was full: every pair of addresses is one worker's, what is
counted of senders is put together before it is judged, and rows are capped only after they were merged.
"""

from __future__ import annotations

import os
import selectors
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress

from sensor.capture.file import Capture
from sensor.capture.source import CaptureError
from sensor.rows import Origin
from sensor.service.collecting import few_collections, no_collections
from sensor.service.gather import Gathering, shared
from sensor.service.messages import Day, End, Inbox, Outbox, Part, Sent, State, Teller
from sensor.service.pipeline import Add, Plan, Reading
from sensor.service.processes import ended, start

LARGE = 64 << 20  # bytes of a capture for which a second process is worth its start
STATE_EVERY = 64  # blocks between two words on how far a worker is


def workers_for(capture: Capture, wanted: int | None) -> int:
    """How many processes read it: as many as were asked for, else all cores if it is large. A stream can be read only
    once, and a packed one would be unpacked by each."""
    if capture.size is None:
        return 1
    if wanted is not None:
        return max(1, wanted)
    return len(os.sched_getaffinity(0)) if capture.size >= LARGE else 1


class Sharded:
    """Reads a capture like `Reading`, but with workers."""

    def __init__(self, add: Add, plan: Plan, origin: Origin, workers: int) -> None:
        self.protocols: Counter[str] = Counter()
        self.first = self.last = 0
        self._add = add
        self._plan = plan
        self._origin = origin
        self._gathering = Gathering(origin, plan.policy)
        self._inboxes: list[Inbox] = []
        self._children: list[int] = []
        self._states = [State({})] * workers
        self._ends: list[End | None] = [None] * workers
        self._days = [0] * workers  # days that each is through with

    @property
    def hosts(self) -> int:
        """How many addresses of the site were met so far."""
        return self._gathering.ledger.hosts

    def run(self, capture: Capture) -> Iterator[int]:
        """Reads it all; now and then gives the bytes read so far."""
        try:
            self._start(capture)
            while any(end is None for end in self._ends):
                if not any(self._take(number) for number in self._behind()):
                    self._listen()
                yield max(state.read for state in self._states)
            self._finish(capture)
        finally:
            self._stop()

    def counters(self) -> dict[str, int]:
        """All counters of all stages, as of one process."""
        return dict(Counter(shared(self._states)) + Counter(self._gathering.counters()))

    def _start(self, capture: Capture) -> None:
        for number in range(len(self._states)):
            reading, writing = os.pipe()
            inherited = [inbox.fd for inbox in self._inboxes]
            share = (number, len(self._states))
            self._inboxes.append(Inbox(reading))
            self._children.append(start(self._work(capture, share, writing), close=[*inherited, reading]))
            os.close(writing)

    def _work(self, capture: Capture, share: tuple[int, int], fd: int) -> Callable[[], None]:
        return lambda: work(capture, self._plan, self._origin, share, fd)

    def _behind(self) -> list[int]:
        """The workers to listen to: those that are not a day ahead of others."""
        going = [number for number, end in enumerate(self._ends) if end is None]
        day = min(self._days[number] for number in going)
        return [number for number in going if self._days[number] == day]

    def _listen(self) -> None:
        with selectors.DefaultSelector() as selector:
            for number in self._behind():
                selector.register(self._inboxes[number], selectors.EVENT_READ, number)
            ready = [key.data for key, _ in selector.select()]
        for number in ready:
            inbox = self._inboxes[number]
            inbox.fill()
            if inbox.ended:
                raise OSError(f"a process that read the capture ended before its time (worker {number + 1})")

    def _take(self, number: int) -> bool:
        """Takes a message of a worker, if there is one."""
        gathering, message = self._gathering, self._inboxes[number].take()
        match message:
            case None:
                return False
            case Part():
                gathering.part(number, message)
            case Sent():
                gathering.sent(message)
            case State():
                self._states[number] = message
            case Day():
                self._days[number] += 1
                if min(self._days) == self._days[number]:
                    gathering.end_day()
            case End():
                self._ends[number] = message
        if gathering.ledger.full():
            self._write()
        return True

    def _finish(self, capture: Capture) -> None:
        first = self._ends[0] or End()
        if first.refused:
            raise CaptureError(first.refused)
        if len({state.counters.get("wire.frames", 0) for state in self._states}) > 1:
            raise CaptureError(f"{capture.name}: changed while it was read; read it again when it is complete")
        capture.faults[:] = first.faults
        capture.counters.update(first.counters)
        for state in self._states:
            self.protocols.update(state.protocols)
        self.first = min((state.first for state in self._states if state.first), default=0)
        self.last = max(state.last for state in self._states)
        self._write()

    def _write(self) -> None:
        with no_collections():
            self._add(self._gathering.ledger.drain())

    def _stop(self) -> None:
        """A worker that still writes finds nobody there, and ends."""
        for inbox in self._inboxes:
            inbox.close()
        for child in self._children:
            with suppress(ChildProcessError):
                ended(child, wait=True)


def work(capture: Capture, plan: Plan, origin: Origin, share: tuple[int, int], fd: int) -> None:
    """In a child: reads the capture and tells what its share of it is."""
    teller = Teller(Outbox(fd))
    reading = Reading(teller.rows, plan, origin, teller, share)
    refused = ""
    try:
        with few_collections():
            for number, block in enumerate(capture.blocks()):
                reading.take(block)
                if number % STATE_EVERY == 0:
                    teller.outbox.put(State({}, read=block.read))
        reading.finish()
    except CaptureError as error:
        refused = str(error)
    teller.outbox.put(State(reading.counters(), dict(reading.protocols), reading.first, reading.last))
    teller.outbox.put(End(capture.counters, capture.faults, refused))
