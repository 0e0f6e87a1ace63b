"""A capture worker: reads one packet socket, writes to one pipe, and can do nothing else.

It never waits for the writer: while that is slow, batches of rows are refused, and counted, so that frames are not.
"""

from __future__ import annotations

import os
import pwd
import select
import time
from collections import Counter
from contextlib import suppress

from msgspec import Struct

from sensor.capture.live import DownError, LiveError, Lost, Opened, Receiver, receive
from sensor.rows import Origin
from sensor.service.collecting import few_collections
from sensor.service.messages import End, Outbox, State, Teller
from sensor.service.pipeline import Plan, Reading
from sensor.service.privileges import close_all_but, give_up, load_everything
from sensor.service.sandbox import shut_in

TICK = 0.1  # seconds without frames after which it looks at other things
STATE_EVERY = 1.0  # seconds between two words on how it stands
DRAIN_MAX = 0.5  # seconds at the end for what is still in the ring
FLUSH_MAX = 1.5  # and for the pipe
PRIORITY = -10  # before the writer and all else on the machine: they can wait, the wire does not
DOWN = "down"  # how `End.refused` says that the interface went


class Task(Struct, frozen=True):
    """What one worker does."""

    opened: Opened
    plan: Plan
    origin: Origin
    pipe: int  # to the writer
    control: int  # readable when it is time to end
    interval: float  # seconds between two reports of what was seen
    user: pwd.struct_passwd | None
    sandbox: bool


def work(task: Task) -> None:
    """In a child of the supervisor: until told to end, or until the interface goes."""
    os.set_blocking(task.pipe, False)
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
    load_everything()
    try:
        receiver = receive(task.opened)
    except LiveError as error:
        Outbox(task.pipe).put(End(refused=str(error)))
        return
    worker = Worker(receiver, task)
    close_all_but({task.pipe, task.control, *receiver.descriptors})
    give_up(task.user)
    if task.sandbox:
        shut_in({task.control, receiver.fileno()}, task.pipe)
    with few_collections():
        worker.run()


class Worker:
    """The loop, and what it counts of the kernel."""

    def __init__(self, receiver: Receiver, task: Task) -> None:
        self._receiver = receiver
        self._task = task
        self._outbox = Outbox(task.pipe)
        self._teller = Teller(self._outbox, live=True)
        self._reading = Reading(self._teller.rows, task.plan, task.origin, self._teller)
        self._control = select.poll()
        self._control.register(task.control, select.POLLIN | select.POLLHUP)
        self._lost = Lost()

    def run(self) -> None:
        """Until the end."""
        refused = ""
        try:
            try:
                self._listen()
            except DownError:
                refused = DOWN
            self._drain()
            self._state(last=True)  # to finish may take longer than anybody listens
            self._reading.finish()
        except Exception as error:  # noqa: BLE001 - there is no terminal to write to, and no other way to say it
            refused = type(error).__name__
        self._state(last=True)
        self._outbox.put(End(refused=refused))
        self._flush()

    def _listen(self) -> None:
        now = time.monotonic()
        report, state = now + self._task.interval, now
        while not self._told_to_end():
            self._take(TICK)
            self._outbox.flush()
            now = time.monotonic()
            if now >= report:
                self._report()
                report = now + self._task.interval
            if now >= state:
                self._state()
                state = now + STATE_EVERY

    def _take(self, timeout: float) -> bool:
        block = self._receiver.next(timeout)
        if block is None:
            return False
        self._reading.take(block)
        self._receiver.done()
        return True

    def _report(self) -> None:
        self._reading.report()
        if self._teller.day_ended:
            self._reading.forget()
            self._teller.begin_day()

    def _drain(self) -> None:
        """What came until now is read, but what comes all the time does not keep us."""
        end = time.monotonic() + DRAIN_MAX
        try:
            while self._take(TICK) and time.monotonic() < end:
                pass
        except DownError:
            pass

    def _state(self, *, last: bool = False) -> None:
        lost = self._receiver.lost()
        self._lost.seen += lost.seen
        self._lost.dropped += lost.dropped
        self._lost.freezes += lost.freezes
        reading, told = self._reading, self._teller
        read = self._lost.dropped + reading.frames
        counters = Counter(reading.counters()) + Counter(
            {
                "live.kernel_frames": self._lost.seen,
                "live.kernel_dropped": self._lost.dropped,
                "live.ring_freezes": self._lost.freezes,
                "live.unread": max(0, self._lost.seen - read) if last else 0,
                "live.misread": getattr(self._receiver, "misread", 0),
                "live.rows_refused": told.refused,
                "live.batches_refused": told.refusals,
            }
        )
        state = State(dict(counters), dict(reading.protocols), reading.first, reading.last, hosts=reading.hosts)
        if last or not self._outbox.full:
            self._outbox.put(state)

    def _told_to_end(self) -> bool:
        """By a byte, or because the supervisor is gone."""
        return bool(self._control.poll(0))

    def _flush(self) -> None:
        end = time.monotonic() + FLUSH_MAX
        writable = select.poll()
        writable.register(self._task.pipe, select.POLLOUT)
        while not self._outbox.empty and time.monotonic() < end:
            writable.poll(1000 * TICK)
            self._outbox.flush()
