"""Kills `sensor read` at random moments, again and again, then lets it finish: nothing may be lost, broken or doubled.

As a command: `python -m tests.pipeline.kills [TIMES]` on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests import postgresql

ROOT = Path(__file__).parents[2]
CAPTURES = ["pcaps/mini-hospital.pcap", "pcaps/dicom", "pcaps/hl7"]
SENSOR = [sys.executable, "-m", "sensor"]
TIMES = 200


def killed(db: str, times: int, chance: random.Random, captures: list[str] = CAPTURES) -> int:
    """Reads `times` times, each ended by SIGKILL at some moment; gives how often it was quicker than that."""
    command = [*SENSOR, "read", *captures, "--again", "--db", db]
    finished = 0
    began = time.monotonic()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    usual = time.monotonic() - began
    for _ in range(times):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            try:
                running.wait(chance.uniform(0.3 * usual, 1.1 * usual))
                finished += 1
            except subprocess.TimeoutExpired:
                running.send_signal(signal.SIGKILL)
    return finished


def inventory(db: str) -> bytes:
    """All that is in it, as text."""
    out = b""
    for words in (["devices"], ["evidence"], ["conversations"], ["findings"]):
        out += subprocess.run([*SENSOR, *words, "--json", "--db", db], cwd=ROOT, check=True, capture_output=True).stdout
    return out


def read(db: str, captures: list[str] = CAPTURES) -> bytes:
    """An undisturbed read, and what is there then."""
    subprocess.run([*SENSOR, "read", *captures, "--db", db], cwd=ROOT, check=True, capture_output=True)
    return inventory(db)


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else TIMES
    seed = int.from_bytes(os.urandom(4))
    print(f"seed {seed}, {times} times each", flush=True)
    with tempfile.TemporaryDirectory() as folder, postgresql.server() as server:
        undisturbed = read(f"sqlite:///{folder}/undisturbed.db")
        for db in (f"sqlite:///{folder}/x.db", server.database()):
            finished = killed(db, times, random.Random(seed))
            same = read(db) == undisturbed
            print(
                f"{db.partition(':')[0]}: {times - finished} killed; afterwards {'the same' if same else 'DIFFERENT'}"
            )
            if not same:
                sys.exit(1)


if __name__ == "__main__":
    main()
