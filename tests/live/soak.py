"""Listens to a looped replay for half an hour, then is killed twenty times: is it flat, exact, and sound?

    python -m tests.live.soak [--minutes 30] [--rate 20000] [--kills 20] [--seed 1]

Exit code 1 if memory grew by more than 5 %, descriptors changed, a frame is not accounted for, the database is damaged,
or anything is counted twice.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sensor.store.store import Store
from tests.live.wire import FEED, MAY, ROOT, WHY, Listener, listening, namespace

GROWTH_MAX = 1.05
WARM_UP = 0.25  # of the time: tables fill, memory that is never given back is taken
MEANWHILE = 3  # descriptors more at the moment of a look: a file that SQLite sorts in, a socket to ask by
LOOK_EVERY = 2.0
SHOW_EVERY = 60  # looks
PROCESSES = ("supervisor", "writer", "worker")
OPTIONS = ("--ring", "64")


def memory(process: int) -> int:
    """KiB that belong to the process alone, and what it shares of the ring."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def descriptors(process: int) -> int:
    return len(os.listdir(f"/proc/{process}/fd"))


@contextmanager
def feeding(capture: Path, rate: int, seconds: float) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-m", "tests.live.feed", str(capture), FEED, str(rate), str(seconds)]
    feeder = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield feeder
    finally:
        feeder.kill()
        feeder.wait()


def is_flat(capture: Path, folder: Path, rate: int, seconds: float) -> list[str]:
    """What is wrong after so many seconds of listening."""
    wrong = []
    with listening(folder / "flat.db", *OPTIONS, interval=5) as listener, feeding(capture, rate, seconds) as feeder:
        processes = [listener.process.pid, *listener.children()]
        looks: list[list[tuple[int, int]]] = []
        while feeder.poll() is None:
            looks.append([(memory(p), descriptors(p)) for p in processes])
            if len(looks) % SHOW_EVERY == 0:
                sizes = ", ".join(
                    f"{name} {size / 1024:.0f}" for name, (size, _) in zip(PROCESSES, looks[-1], strict=True)
                )
                print(f"{len(looks) * LOOK_EVERY / 60:.0f} minutes: {sizes} MiB", flush=True)
            time.sleep(LOOK_EVERY)
        assert feeder.stdout is not None
        sent = int(feeder.stdout.read().split()[1].rstrip(","))
        time.sleep(1)
        listener.stop()
        counters = listener.origin().counters
    looks = looks[int(WARM_UP * len(looks)) :]
    for at, name in enumerate(PROCESSES):
        sizes = [look[at][0] for look in looks]
        third = max(1, len(sizes) // 3)
        before, after = statistics.median(sizes[:third]), statistics.median(sizes[-third:])
        print(f"{name}: {before / 1024:.0f} MiB, later {after / 1024:.0f} MiB", flush=True)
        if after > before * GROWTH_MAX:
            wrong.append(f"{name} grew from {before} to {after} KiB")
        counts = [look[at][1] for look in looks]
        if min(counts[:third]) != min(counts[-third:]) or max(counts) > min(counts) + MEANWHILE:
            wrong.append(f"{name}: descriptors {sorted(set(counts))}")
    seen, dropped = counters["wire.frames"], counters.get("live.kernel_dropped", 0)
    print(f"sent {sent:,}, seen {seen:,}, lost in the kernel {dropped:,}", flush=True)
    if seen + dropped != sent:
        wrong.append(f"{sent - seen - dropped} frames are not accounted for")
    return wrong


def survives(capture: Path, folder: Path, rate: int, kills: int, chance: random.Random) -> list[str]:
    """What is wrong after so many kills, each of another process at another moment."""
    db = folder / "killed.db"
    sent = 0
    for number in range(kills):
        listener = Listener(db, *OPTIONS, interval=0.5)
        try:
            listener.wait_for("listening")
            with feeding(capture, rate, 60):
                began = time.monotonic()
                time.sleep(chance.uniform(0.2, 4.0))
                children = listener.children()
                victim = chance.choice([listener.process.pid, *children])
                os.kill(victim, signal.SIGKILL)
                time.sleep(0.3)
                sent += int(rate * (time.monotonic() - began)) + rate
        finally:
            if listener.process.poll() is None:
                listener.stop()
            end = time.monotonic() + 8
            while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < end:
                time.sleep(0.05)
        print(f"killed {number + 1}: {'supervisor' if victim == listener.process.pid else 'a child'}", flush=True)
    return unsound(db, sent)


def unsound(db: Path, sent: int) -> list[str]:
    wrong = []
    with sqlite3.connect(db) as plain:
        (said,) = plain.execute("pragma integrity_check").fetchone()
        if said != "ok":
            wrong.append(f"database: {said}")
    with Store.open(f"sqlite:///{db}", write=False, create=False) as store:
        found = list(store.devices())
        interfaces = [mac for device in found if not device.parent for mac in device.interfaces]
        if len({device.id for device in found}) != len(found) or len(set(interfaces)) != len(interfaces):
            wrong.append("a device is there twice")
        counted = sum(c.client_frames + c.server_frames for c in store.conversations())
        print(f"{len(found)} devices, {counted:,} frames in conversations, at most {sent:,} sent", flush=True)
        if counted > sent:
            wrong.append(f"{counted} frames counted, {sent} sent")
        runs: dict[str, int] = {}
        for c in store.conversations():
            runs[c.origin] = runs.get(c.origin, 0) + c.client_frames + c.server_frames
        for row in store.origins():
            if row.frames and runs.get(row.id, 0) > row.frames + sent // 10:
                wrong.append(f"{row.id}: more in conversations than frames")
    return wrong


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--minutes", type=float, default=30)
    asked.add_argument("--rate", type=int, default=20_000)
    asked.add_argument("--kills", type=int, default=20)
    asked.add_argument("--seed", type=int, default=1)
    arguments = asked.parse_args()
    if not MAY:
        print(f"soak {WHY}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        capture = folder / "ward.pcap"
        words = [sys.executable, "-m", "tests.bench.generate", "ward", "20", str(capture)]
        subprocess.run(words, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        with namespace():
            wrong = is_flat(capture, folder, arguments.rate, 60 * arguments.minutes)
            wrong += survives(capture, folder, arguments.rate, arguments.kills, random.Random(arguments.seed))
    for sentence in wrong:
        print(f"WRONG: {sentence}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
