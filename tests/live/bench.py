"""How many packets a second a listening sensor takes without loss, from a paced sender on the same machine.

    python -m tests.live.bench [--rates 200000,300000] [--seconds 4] [--rounds 3] [--workers 1] [CAPTURE ...]

Without a capture: the mixes imaging and ward of tests/bench, made once into bench-out/. Each round is a new sensor with
every parser on; the best of the rounds counts, since what else the machine does is not the sensor's. `sender` is the
rate that was reached: sender and sensor share the cores.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.live.wire import FEED, MAY, ROOT, WHY, listening, namespace

OUT = ROOT / "bench-out"
MEGABYTES = 1000
MIXES = ("imaging", "ward")
TICKS = os.sysconf("SC_CLK_TCK")


def mixes() -> list[Path]:
    found = []
    for mix in MIXES:
        path = OUT / f"{mix}-{MEGABYTES}.pcap"
        if not path.exists():
            OUT.mkdir(exist_ok=True)
            words = [sys.executable, "-m", "tests.bench.generate", mix, str(MEGABYTES), str(path)]
            subprocess.run(words, check=True, cwd=ROOT)
        found.append(path)
    return found


def cpu_and_peak(process: int) -> tuple[float, int]:
    """Seconds used so far, MiB at most."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    status = Path(f"/proc/{process}/status").read_text()
    peak = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)
    return (int(fields[11]) + int(fields[12])) / TICKS, peak >> 10


def once(capture: Path, rate: int, seconds: float, workers: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder, namespace():
        options = ("--interval", "10", "--ring", "256")
        with listening(Path(folder) / "x.db", *options, workers=workers) as listener:
            time.sleep(1)
            before = sum(cpu_and_peak(child)[0] for child in listener.children()[1:])
            words = [sys.executable, "-m", "tests.live.feed", str(capture), FEED, str(rate), str(seconds)]
            sent = json.loads(subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT).stdout)
            time.sleep(1)
            used = [cpu_and_peak(child) for child in listener.children()[1:]]
            stopped = listener.stop()
            counters = listener.origin().counters
        seen = counters.get("wire.frames", 0)
        dropped = counters.get("live.kernel_dropped", 0) + counters.get("live.unread", 0)
        return {
            "sender": sent["frames"] / sent["seconds"],
            "gigabits": sent["bytes"] * 8e-9 / sent["seconds"],
            "sent": sent["frames"],
            "lost": dropped,
            "unaccounted": sent["frames"] - seen - dropped,
            "cpu": (sum(cpu for cpu, _ in used) - before) * 1e6 / max(seen, 1),
            "peak": max(peak for _, peak in used),
            "stop": stopped,
        }


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("captures", nargs="*", type=Path)
    asked.add_argument("--rates", default="200000,300000,400000")
    asked.add_argument("--seconds", type=float, default=4)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--workers", type=int, default=1)
    arguments = asked.parse_args()
    if not MAY:
        print(f"bench-live {WHY}", file=sys.stderr)
        return 2
    columns = {"asked/s": 10, "sender/s": 10, "Gb/s": 6, "lost": 9, "of": 11, "µs/packet": 11, "MiB": 6, "stop s": 8}
    print(f"{'mix':<16}", *(f"{name:>{width}}" for name, width in columns.items()), sep="")
    for capture in arguments.captures or mixes():
        for rate in map(int, arguments.rates.split(",")):
            rounds = [once(capture, rate, arguments.seconds, arguments.workers) for _ in range(arguments.rounds)]
            best = min(rounds, key=lambda one: (one["lost"], -one["sender"]))
            wrong = sum(one["unaccounted"] != 0 for one in rounds)
            print(
                f"{capture.stem:<16}{rate:>10,}{best['sender']:>10,.0f}{best['gigabits']:>6.2f}{best['lost']:>9,}"
                f"{best['sent']:>11,}{best['cpu']:>11.2f}{best['peak']:>6,.0f}{best['stop']:>8.2f}"
                f"{f'  not accounted for in {wrong} rounds' if wrong else ''}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
