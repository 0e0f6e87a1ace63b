"""`sensor doctor`: is all in order for listening? The mirror, the port, rights, the database, the disk, the clock."""

from __future__ import annotations

import ctypes
import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from sensor.capture.health import OK, PROBLEM, WARNING, Check, Sample, judge
from sensor.capture.live import CAPABILITIES, RING
from sensor.capture.live_interface import look
from sensor.capture.live_port import judge as judge_port
from sensor.capture.live_port import port
from sensor.service import sampling
from sensor.service.privileges import UserError, worker_user
from sensor.service.sandbox import possible
from sensor.store.connect import Address
from sensor.store.error import StoreError
from sensor.store.origin import LIVE
from sensor.store.spool import Spool, folder_of
from sensor.store.upkeep import Status, status
from sensor.times import moment
from sensor.wire.kernel import COMPILED

NET_ADMIN, NET_RAW = 12, 13  # linux/capability.h
FREE_PROBLEM = 100 << 20  # bytes on the database's disk
FREE_WARNING = 2 << 30
TIME_ERROR = 5  # sys/timex.h: the clock is not synchronised
TIMEX = 512  # bytes, more than struct timex has; all zero: change nothing

LOST = ("live.kernel_dropped", "live.rows_refused", "live.rows_lost", "live.unread", "live.misread")


class Request(Struct, frozen=True):
    """What is to be examined."""

    db: str
    interfaces: tuple[str, ...] = ()
    captures: tuple[str, ...] = ()
    seconds: float = 10.0
    user: str = ""
    spool: str = ""


class Examined(Struct, frozen=True):
    """One thing that was looked at. sample: of an interface or a capture."""

    what: str
    checks: tuple[Check, ...]
    sample: Sample | None = None


def examine(request: Request) -> Iterator[Examined]:
    """One after another, as it is known. Raises CaptureError for a capture that cannot be read."""
    for path in request.captures:
        sample = sampling.of_capture(path)
        yield Examined(path, tuple(judge(sample, live=False)), sample)
    for name in request.interfaces:
        yield _interface(name, request)
    if request.interfaces or not request.captures:
        yield Examined("this machine", (*_rights(request), *_clock()))
        yield Examined("database", (*_database(request), *_spool(request)))


def _interface(name: str, request: Request) -> Examined:
    before = look(name)
    if before is None:
        return Examined(name, (Check("interface", PROBLEM, f"{name}: no such interface", "see: ip link"),))
    if before.link is None:
        says = f"{name}: its link (ARPHRD {before.hardware}) is not one that the sensor reads"
        return Examined(name, (Check("interface", PROBLEM, says, "listen on an Ethernet interface"),))
    user = None
    if os.geteuid() == 0:
        with suppress(UserError):  # is said under "this machine"
            user = worker_user(request.user)
    taken = sampling.of_interface(before, request.seconds, user) if before.up else sampling.Taken()
    after = look(name) or before
    checks = [*judge_port(before, after, port(name))]
    if taken.sample is None:
        if before.up:
            checks.append(Check("listening", PROBLEM, taken.refused, "see below"))
        return Examined(name, tuple(checks))
    if taken.receiver != RING:
        says = f"the kernel refuses a ring: frames come through a {taken.receiver}, a tenth as fast"
        checks.append(Check("receiver", WARNING, says, "listen on a kernel with CONFIG_PACKET_MMAP; see --ring"))
    return Examined(name, (*checks, *judge(taken.sample, live=True, mtu=after.mtu)), taken.sample)


def _rights(request: Request) -> Iterator[Check]:
    effective = int(_of_status("CapEff") or "0", 16)
    if all(effective >> bit & 1 for bit in (NET_ADMIN, NET_RAW)):
        yield Check("rights", OK, "may listen")
    else:
        do = "run as root, or by the service (docs/deployment.md)"
        yield Check("rights", PROBLEM, f"may not listen: {CAPABILITIES} are missing", do)
    if os.geteuid() == 0:
        try:
            yield Check("user", OK, f"workers run as {worker_user(request.user).pw_name}")
        except UserError as error:
            yield Check("user", PROBLEM, str(error), "systemd-sysusers deploy/auscult.sysusers; or name a user")
    if not possible():
        do = "listen on x86-64 or ARM64, with CONFIG_SECCOMP_FILTER; else --no-sandbox, and know what that means"
        yield Check("sandbox", PROBLEM, "system calls cannot be filtered here", do)
    else:
        yield Check("sandbox", OK, "system calls can be filtered")
    if COMPILED:
        yield Check("kernel", OK, "the fast form of the frame decoder is in use")
    else:
        do = "install a wheel, or build with a C compiler"
        yield Check("kernel", WARNING, "the frame decoder runs as plain Python, thirty times slower", do)


def _of_status(field: str) -> str:
    """proc(5), /proc/self/status."""
    found = re.search(rf"^{field}:\s*(\S+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    return found[1] if found else ""


def _clock() -> Iterator[Check]:
    """adjtimex(2), which tells whether a time daemon keeps the clock."""
    now = f"the clock says {moment(time.time_ns())}"
    if ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX)) == TIME_ERROR:
        yield Check(
            "clock", WARNING, f"{now}, and nothing keeps it right", "run an NTP daemon: systemd-timesyncd, chrony"
        )
    else:
        yield Check("clock", OK, now)


def _database(request: Request) -> Iterator[Check]:
    path = Address(request.db).path
    if path is not None:
        yield from _disk("disk", path.parent)
        if not path.exists():
            if os.access(path.parent, os.W_OK):
                yield Check("database", OK, f"{path} is not there yet; the first start makes it")
            else:
                yield Check("database", PROBLEM, f"{path} cannot be made", f"give write permission on {path.parent}")
            return
    try:
        found = status(request.db)
    except StoreError as error:
        yield Check("database", PROBLEM, str(error), "set database.url, or give --db")
        return
    if found.schema != found.needed:
        says = f"{found.database} has schema {found.schema}, this program needs {found.needed}"
        yield Check("database", PROBLEM, says, "copy it, then: sensor db upgrade")
        return
    yield Check("database", OK, f"{found.database}: schema {found.schema}, {found.size / 1e6:,.1f} MB")
    yield from _last_run(found)


def _last_run(found: Status) -> Iterator[Check]:
    """The latest live run, as far as the database knows it."""
    runs = [row for row in found.origins if row.kind == LIVE]
    if not runs:
        return
    last = max(runs, key=lambda row: row.started)
    lost = ", ".join(f"{name} {last.counters[name]:,}" for name in LOST if last.counters.get(name))
    says = f"the last run ({last.id}) read {last.frames:,} frames"
    if lost:
        yield Check("losses", WARNING, f"{says} and lost some: {lost}", "docs/listening.md says what each means")
    else:
        yield Check("losses", OK, f"{says} and lost nothing")


def _spool(request: Request) -> Iterator[Check]:
    folder = folder_of(request.db, request.spool)
    if not folder.is_dir():
        return
    try:
        batches, size = Spool(folder).standing()
    except OSError as error:
        yield Check("spool", PROBLEM, f"{folder}: {error.strerror}", "give read permission on it")
        return
    if batches:
        says = f"{batches:,} batches ({size / 1e6:,.1f} MB) wait in {folder} for the database"
        yield Check("spool", WARNING, says, "nothing, if listening goes on; else start it: they are written first")
    yield from _disk("spool disk", folder)


def _disk(name: str, folder: Path) -> Iterator[Check]:
    try:
        found = os.statvfs(folder)
    except OSError as error:
        yield Check(name, PROBLEM, f"{folder}: {error.strerror}", f"mkdir -p {folder}")
        return
    free = found.f_bavail * found.f_frsize
    level = PROBLEM if free < FREE_PROBLEM else WARNING if free < FREE_WARNING else OK
    do = "" if level == OK else "free some space, or keep the inventory elsewhere"
    yield Check(name, level, f"{free / 1e9:,.1f} GB are free for {folder}", do)
