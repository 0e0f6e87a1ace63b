"""`sensor listen`: opens the packet sockets, starts the workers and the writer, and starts workers again.

It reads no frame and writes no row. A worker's end is nothing special: the interface went down, or the settings were
changed, or it failed; when there is something to listen to, there is a new one.
"""

from __future__ import annotations

import math
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress

import msgspec
from msgspec import Struct

from parsers.api import installed
from sensor import __version__
from sensor.capture.live import LiveError, Options, open_interface
from sensor.capture.live_filter import FilterError, Instruction, compile_filter
from sensor.capture.live_interface import Interface, look
from sensor.config import ConfigError, Retention
from sensor.correlate.networks import SITE
from sensor.fingerprint.load import load
from sensor.service.inventory import policy
from sensor.service.listening import DOWN, Task, work
from sensor.service.metrics import Exporter, Line, Told
from sensor.service.notify import Log, Notifier
from sensor.service.pipeline import Plan
from sensor.service.privileges import FILES, give_up, no_core_dumps, worker_user
from sensor.service.processes import ended, start
from sensor.service.sandbox import SandboxError, possible
from sensor.service.status import sentence
from sensor.service.writing import MESSAGE_MAX, STOP, Standing, Writer
from sensor.store.origin import LIVE, OriginRow
from sensor.store.spool import Spool, folder_of
from sensor.store.store import Store

TICK = 0.2  # seconds between two looks at signals, children and interfaces
STATUS_EVERY = 60.0
TELL_EVERY = 1.0  # seconds between two words to who serves the metrics
AGAIN_AFTER = 1.0  # seconds before a worker that failed is started again, twice as many each time
AGAIN_MAX = 60.0
END_MAX = 4.0  # seconds that all have to end; the writer knows that, and leaves what takes longer for the next run
PRIORITY = -5  # of the writer and the supervisor at the end, where the time is short whatever else this machine does
INTERVAL = 10.0
ETHERNET = 1


class Listening(Struct, frozen=True):
    """What the caller asked for."""

    interfaces: tuple[str, ...]
    db: str
    site: str
    sensor: str
    networks: tuple[str, ...] = SITE
    options: Options = Options()
    interval: float = INTERVAL  # seconds between two reports of a worker
    user: str = ""
    sandbox: bool = True
    with_address: bool = False
    spool: str = ""  # folder of batches that wait; empty: beside the database
    spool_max: int = 1024  # MiB
    retention: Retention = Retention()
    metrics: str = ""  # where they are served, nowhere if empty


Reload = Callable[[], Listening]


class _Worker(Struct):
    """A worker slot: one interface, one of its workers."""

    name: str
    interface: Interface | None = None  # as it was when the worker was started
    process: int = 0
    control: int = -1
    number: int = 0  # by which the writer knows it
    again: float = 0.0  # when to start it
    delay: float = AGAIN_AFTER
    waiting: bool = False  # for the interface


class Supervisor:
    """One live run."""

    def __init__(self, wanted: Listening, log: Log, reload: Reload | None = None) -> None:
        self._wanted = wanted
        self._log = log
        self._reload = reload
        self._notifier = Notifier()
        self._workers: list[_Worker] = []
        self._standing = Standing()
        self._sent: dict[str, int] = {}  # frames that an interface had sent when we came
        self._signals: set[int] = set()
        self._number = 0
        self._writer = 0  # its process
        self._stopping = 0.0  # when all must have ended
        self._user = None if os.geteuid() else worker_user(wanted.user)
        self._exporter = Exporter(wanted.metrics, self._user)
        rules = load()
        self._rules = rules
        self._plan = Plan(wanted.site, wanted.sensor, installed(), policy(rules, wanted.networks))
        now = time.time_ns()
        began = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now // 10**9))
        self._row = OriginRow(
            site=wanted.site,
            sensor=wanted.sensor,
            id=f"live-{began}-{os.getpid()}",
            name=" ".join(wanted.interfaces),
            kind=LIVE,
            started=now,
            version=__version__,
        )

    def run(self) -> int:
        """Until a signal says that it is enough; the exit code."""
        no_core_dumps()
        self._check()
        Store.open(self._wanted.db).close()  # what is wrong with it is said now
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, lambda number, _: self._signals.add(number))
            self._channel = ours
            self._writer = start(lambda: self._write(theirs), close=[ours.fileno()])
            theirs.close()
            self._exporter.start([ours.fileno()])
            self._set_up()
            self._notifier.tell("READY=1", f"STATUS=listening on {self._row.name}")
            return self._loop()

    # ---- before anything is started ----

    def _check(self) -> None:
        _program(self._wanted.options)
        for name in self._wanted.interfaces:
            interface = look(name)
            if interface is None:
                raise LiveError(f"{name}: no such interface; see: ip link")
            if interface.link is None:
                raise LiveError(f"{name}: its link (ARPHRD {interface.hardware}) is not one that the sensor reads")
            if interface.addresses and not self._wanted.with_address:
                raise LiveError(
                    f"{name}: has the address {interface.addresses[0]}, so the machine itself talks on it; take the "
                    "address away (docs/listening.md), or say --with-address"
                )
            self._sent[name] = interface.sent
        if self._wanted.sandbox and not possible():
            raise SandboxError("system calls cannot be filtered here; listen on another machine, or say --no-sandbox")

    def _set_up(self) -> None:
        self._workers = [_Worker(name) for name in self._wanted.interfaces for _ in range(self._wanted.options.workers)]
        for worker in self._workers:
            self._start(worker)

    def _write(self, supervisor: socket.socket) -> None:
        """In a child, which may write files and no more than that."""
        wanted = self._wanted
        give_up(None, keep=0 if os.geteuid() else FILES)
        with Store.open(wanted.db) as store:
            spool = Spool(folder_of(wanted.db, wanted.spool), wanted.spool_max << 20)
            policy, networks = self._plan.policy, wanted.networks
            Writer(store, self._row, policy, networks, self._rules, supervisor, spool, wanted.retention).run()

    # ---- while it runs ----

    def _loop(self) -> int:
        selector = selectors.DefaultSelector()
        selector.register(self._channel, selectors.EVENT_READ)
        status, tell = time.monotonic() + min(STATUS_EVERY, 5.0), 0.0
        while True:
            if selector.select(TICK) and not self._hear():
                selector.unregister(self._channel)
            self._heed_signals()
            self._reap()
            code = ended(self._writer)
            if code is not None:
                return self._end(code)
            now = time.monotonic()
            if self._stopping:
                if now > self._stopping:
                    self._log("the writer did not end in time", "warning" if self._standing.closed else "error")
                    os.kill(self._writer, signal.SIGKILL)
                    self._stopping = math.inf
                continue
            self._look_after()
            self._notifier.alive()
            if now >= tell:
                tell = now + TELL_EVERY
                self._tell()
            if now >= status:
                status = now + STATUS_EVERY
                self._say()

    def _hear(self) -> bool:
        """From the writer; False when it is gone."""
        with suppress(ConnectionError):
            said = self._channel.recv(MESSAGE_MAX)
            if said:
                self._standing = msgspec.msgpack.decode(said, type=Standing)
                for error in self._standing.errors:
                    self._log("the database refuses to be written", "error", why=error)
                for number, why in self._standing.ended.items():
                    self._ended(number, why)
                return True
        return False

    def _heed_signals(self) -> None:
        signals, self._signals = self._signals, set()
        if signals & {signal.SIGTERM, signal.SIGINT}:
            self._stop()
        elif signal.SIGHUP in signals:
            self._read_settings()

    def _stop(self) -> None:
        if self._stopping:
            return
        self._stopping = time.monotonic() + END_MAX
        self._log("stopping")
        self._notifier.tell("STOPPING=1")
        for worker in self._workers:
            self._dismiss(worker)
        with suppress(OSError):
            self._channel.send(STOP)
        for process in (0, self._writer):
            with suppress(PermissionError, ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, process, PRIORITY)

    def _end(self, code: int) -> int:
        for worker in self._workers:
            self._dismiss(worker)
            if worker.process:  # nobody hears it any more
                os.kill(worker.process, signal.SIGKILL)
                ended(worker.process, wait=True)
        self._exporter.close()
        self._hear_last()
        self._say()
        if self._standing.stale or (code and self._standing.closed):
            self._log("devices are computed at the next start, or by: sensor devices rebuild", "warning")
        if self._stopping and (code == 0 or self._standing.closed):
            self._log("stopped")
            return 0
        self._log("the writer ended", "error", code=code)
        return 3

    def _hear_last(self) -> None:
        self._channel.setblocking(False)
        with suppress(BlockingIOError):
            while self._hear():
                pass

    def _say(self) -> None:
        line = sentence(self._standing)
        counters = {name: count for name, count in self._standing.counters.items() if name.startswith("live.")}
        self._log(line, "info", **counters)
        self._notifier.tell(f"STATUS={line}")

    def _tell(self) -> None:
        looks = [(name, look(name)) for name in self._wanted.interfaces]
        lines = tuple(Line(name, found is not None and found.up, found.sent if found else 0) for name, found in looks)
        running = sum(bool(worker.process) for worker in self._workers)
        self._exporter.tell(Told(self._standing, lines, running, self._number))

    def _read_settings(self) -> None:
        if self._reload is None:
            return
        self._notifier.reloading()
        try:
            wanted = self._reload()
            _program(wanted.options)
        except (ConfigError, FilterError, LiveError) as error:
            self._log("the settings cannot be used; going on with the old ones", "error", why=str(error))
        else:
            fixed = ("interfaces", "db", "site", "sensor", "networks", "user", "sandbox", "with_address", "metrics")
            later = [name for name in fixed if getattr(wanted, name) != getattr(self._wanted, name)]
            if later:
                self._log("these settings hold from the next start on", "warning", settings=", ".join(later))
            old, new = (
                self._wanted,
                msgspec.structs.replace(self._wanted, options=wanted.options, interval=wanted.interval),
            )
            if old != new:
                self._wanted = new
                self._resize()
                for worker in self._workers:
                    self._dismiss(worker)
            self._log("settings read again", changed=old != new)
        self._notifier.tell("READY=1")

    def _resize(self) -> None:
        """More or fewer workers for each interface."""
        for name in self._wanted.interfaces:
            mine = [worker for worker in self._workers if worker.name == name]
            for worker in mine[self._wanted.options.workers :]:
                self._dismiss(worker)
                worker.name = ""  # not started again
            self._workers += [_Worker(name) for _ in range(self._wanted.options.workers - len(mine))]

    # ---- workers ----

    def _start(self, worker: _Worker) -> None:
        interface = look(worker.name)
        if interface is None or not interface.up or interface.link is None:
            if not worker.waiting:
                self._log("waiting for the interface", "warning", interface=worker.name)
            worker.waiting = True
            return
        reading, writing = os.pipe()
        control, worker.control = os.pipe()
        try:
            opened = open_interface(
                interface, self._wanted.options, _program(self._wanted.options, interface.link), self._group(interface)
            )
        except LiveError as error:
            for fd in (reading, writing, control, worker.control):
                os.close(fd)
            if not worker.waiting and worker.interface is None:
                raise
            worker.again = time.monotonic() + AGAIN_AFTER
            self._log("cannot listen yet", "warning", why=str(error))
            return
        self._number += 1
        worker.number, worker.interface = self._number, interface
        socket.send_fds(self._channel, [str(worker.number).encode()], [reading])
        task = Task(
            opened,
            self._plan,
            self._row.key,
            writing,
            control,
            self._wanted.interval,
            self._user,
            self._wanted.sandbox,
        )
        worker.process = start(lambda: work(task), close=[worker.control, reading, self._channel.fileno()])
        for fd in (reading, writing, control):
            os.close(fd)
        opened.close()
        self._log(
            "listening", interface=worker.name, receiver=opened.kind, worker=worker.number, process=worker.process
        )
        worker.waiting = False

    def _group(self, interface: Interface) -> int:
        """A number for the interface's set of workers that another sensor here does not have."""
        return os.getpid() ^ interface.index << 8

    def _dismiss(self, worker: _Worker) -> None:
        """Tells it to end."""
        if worker.control >= 0:
            os.close(worker.control)
            worker.control = -1

    def _ended(self, number: int, why: str) -> None:
        for worker in self._workers:
            if worker.number != number:
                continue
            self._dismiss(worker)
            if why == DOWN:
                self._log("the interface went down", "warning", interface=worker.name)
                worker.delay, worker.again = AGAIN_AFTER, 0.0
            elif why:
                self._log("a worker ended", "error", interface=worker.name, why=why)
                worker.again = time.monotonic() + worker.delay
                worker.delay = min(2 * worker.delay, AGAIN_MAX)

    def _reap(self) -> None:
        for worker in self._workers:
            if worker.process and (code := ended(worker.process)) is not None:
                worker.process = 0
                if code:
                    self._log("a worker failed", "error", interface=worker.name, code=code)
                    self._dismiss(worker)
                    worker.again = time.monotonic() + worker.delay
                    worker.delay = min(2 * worker.delay, AGAIN_MAX)

    def _look_after(self) -> None:
        """Starts the workers that are missing; dismisses those whose interface is not what it was."""
        self._workers = [worker for worker in self._workers if worker.name or worker.process]
        for worker in self._workers:
            if not worker.process:
                if worker.name and time.monotonic() >= worker.again:
                    self._start(worker)
                continue
            now, then = look(worker.name), worker.interface
            if now is None or then is None or worker.control < 0:
                continue
            if (now.index, now.hardware) != (then.index, then.hardware):
                self._log("the interface is another one now", "warning", interface=worker.name)
                self._dismiss(worker)
            elif now.mtu != then.mtu:
                self._log("the interface has another MTU", "warning", interface=worker.name, mtu=now.mtu)
                worker.interface = now
            if now.sent > self._sent.get(worker.name, 0):
                frames = now.sent - self._sent.get(worker.name, 0)
                self._log(
                    "the machine itself sent frames on the interface", "warning", interface=worker.name, frames=frames
                )
                self._sent[worker.name] = now.sent


def _program(options: Options, link: int = ETHERNET) -> list[Instruction]:
    return compile_filter(options.filter, link, options.snap)
