"""A wire of our own: a network namespace with two interfaces; frames go into one, the sensor is at the other."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sensor.store.origin import OriginRow
from sensor.store.store import Store

ROOT = Path(__file__).parents[2]
CLONE_NEWNET = 0x40000000
FEED, TAP = "feed0", "tap0"  # we send into the first, the sensor listens on the second
MTU = 9000
MAY = os.geteuid() == 0 and all(shutil.which(name) for name in ("ip", "sysctl"))
WHY = "needs root, ip and sysctl: a network namespace of its own"


def command(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


@contextmanager
def namespace(*, silent: bool = True) -> Iterator[None]:
    """This thread, and the programs that it starts, in a network of their own; it is gone with them. silent: the tap is
    set up as docs/listening.md says."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/self/ns/net").open() as before:
        if libc.unshare(CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "unshare")
        try:
            command("ip", "link", "set", "lo", "up")
            connect(silent=silent)
            yield
        finally:
            libc.setns(before.fileno(), CLONE_NEWNET)


def connect(*, silent: bool = True) -> None:
    """Both ends."""
    command("ip", "link", "add", "name", FEED, "mtu", str(MTU), "type", "veth", "peer", "name", TAP, "mtu", str(MTU))
    command("sysctl", "-qw", f"net.ipv6.conf.{FEED}.disable_ipv6=1")
    command("ip", "link", "set", "dev", FEED, "arp", "off", "up")
    if silent:
        hush()
    command("ip", "link", "set", "dev", TAP, "up")


def hush() -> None:
    """The settings that keep a watched port silent."""
    command("sysctl", "-qw", f"net.ipv6.conf.{TAP}.disable_ipv6=1")
    command("ip", "link", "set", "dev", TAP, "arp", "off", "multicast", "off")


def frames_of(capture: Path) -> list[bytes]:
    """The frames of a classic pcap of Ethernet, those that fit the wire."""
    raw = capture.read_bytes()
    order = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">"}.get(raw[:4])
    if order is None or struct.unpack_from(f"{order}I", raw, 20)[0] != 1:
        return []
    found, at = [], 24
    while at + 16 <= len(raw):
        length = struct.unpack_from(f"{order}I", raw, at + 8)[0]
        found.append(raw[at + 16 : at + 16 + length])
        at += 16 + length
    return [frame for frame in found if 14 <= len(frame) <= MTU + 14]


def samples() -> list[bytes]:
    """All frames of all sample captures."""
    return [frame for path in sorted((ROOT / "pcaps").rglob("*.pcap")) for frame in frames_of(path)]


def send(frames: Iterable[bytes], *, pause: float = 0.0) -> int:
    """Into the feed; how many."""
    count = 0
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
        sender.bind((FEED, 0))
        for frame in frames:
            sender.send(frame)
            count += 1
            if pause:
                time.sleep(pause)
    return count


def transmitted(name: str) -> int:
    """Frames that an interface sent."""
    return _counter(name, 9)


def received(name: str) -> int:
    """Frames that came in at an interface."""
    return _counter(name, 1)


def _counter(name: str, column: int) -> int:
    """proc(5), /proc/net/dev, as this thread's network namespace has it."""
    for line in Path("/proc/thread-self/net/dev").read_text().splitlines():
        label, _, columns = line.partition(":")
        if label.strip() == name:
            return int(columns.split()[column])
    raise LookupError(name)


class Listener:
    """A running `sensor listen`."""

    def __init__(self, db: Path, *options: str, interfaces: Sequence[str] = (TAP,), interval: float = 0.5) -> None:
        self.db = db
        words = [word for name in interfaces for word in ("-i", name)]
        extra = ["--interval", str(interval), "--db", f"sqlite:///{db}", "--ring", "32"]
        self.log = db.with_suffix(".log")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sensor", "listen", *words, *extra, *options], cwd=ROOT, stderr=log
            )

    def said(self) -> str:
        return self.log.read_text()

    def wait_for(self, text: str, *, times: int = 1, seconds: float = 8.0) -> None:
        """Until it has logged this."""
        end = time.monotonic() + seconds
        while self.said().count(text) < times:
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end, f"{text!r} not in {self.said()}"
            time.sleep(0.02)

    def children(self) -> list[int]:
        """Process ids: the writer and the workers."""
        return [int(n) for n in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()]

    def wait_for_workers(self, count: int = 1) -> None:
        """Until they are shut in: what they read from is open by then."""
        end = time.monotonic() + 8
        while sum("Seccomp:\t2" in Path(f"/proc/{n}/status").read_text() for n in self.children()) < count:
            assert time.monotonic() < end, self.said()
            time.sleep(0.02)

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Ends it; how long that took."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=10)
        return time.monotonic() - began

    def origin(self) -> OriginRow:
        """What the database knows of the run."""
        with Store.open(f"sqlite:///{self.db}", create=False, write=False) as store:
            (row,) = store.origins()
        return row


@contextmanager
def listening(db: Path, *options: str, workers: int = 1, **more: Any) -> Iterator[Listener]:
    """Started and ready; ended whatever happens."""
    listener = Listener(db, *options, *(("--workers", str(workers)) if workers > 1 else ()), **more)
    try:
        listener.wait_for("listening", times=workers)
        listener.wait_for_workers(workers)
        yield listener
    finally:
        if listener.process.poll() is None:
            listener.process.kill()
            listener.process.wait()
