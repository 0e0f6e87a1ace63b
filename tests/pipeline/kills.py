"""Kills programs at random moments, again and again, then lets one finish: nothing may be lost, broken or doubled.

Killed is who reads captures into a database, who lists what is in it meanwhile, or the server of the database.
As a command: `python -m tests.pipeline.kills [TIMES] [sqlite] [postgresql]`, each so often.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from tests import postgresql

ROOT = Path(__file__).parents[2]
CAPTURES = ["pcaps/mini-hospital.pcap", "pcaps/dicom", "pcaps/hl7"]
SENSOR = [sys.executable, "-m", "sensor"]
TIMES = 200
NOTHING_LOST = (0, 3)  # a read that the server left ends well, having waited, or says that it could not write


def killed(db: str, times: int, chance: random.Random, captures: Sequence[str] = CAPTURES) -> int:
    """Reads until so many reads were ended by SIGKILL at some moment; gives how many there were, quicker ones among
    them."""
    usual, reads, count = _usual(db, captures), 0, 0
    while count < times:
        with _running("read", *captures, "--again", "--db", db) as reading:
            was_killed = _ended(reading, chance.uniform(0.3 * usual, usual))
        reads, count = reads + 1, count + was_killed
        usual *= 1.02 if was_killed else 0.95  # what else the machine does changes
    return reads


def lister_killed(db: str, times: int, chance: random.Random, captures: Sequence[str] = CAPTURES) -> int:
    """While captures are read, who lists the evidence is killed; whoever reads them does not notice. Likewise."""
    usual, reads, count = _usual(db, captures), 0, 0
    while count < times:
        with _running("read", *captures, "--again", "--db", db) as reading:
            time.sleep(chance.uniform(0, 0.4 * usual))
            with _running("evidence", "--json", "--db", db) as listing:
                was_killed = _ended(listing, chance.uniform(0.2 * usual, 0.6 * usual))
            if reading.wait() != 0:
                raise RuntimeError(f"sensor read ended with {reading.returncode} although only a reader was killed")
        reads, count = reads + 1, count + was_killed
        usual *= 1.02 if was_killed else 0.95
    return reads


def server_killed(
    server: postgresql.Server, db: str, times: int, chance: random.Random, captures: Sequence[str] = CAPTURES
) -> int:
    """While captures are read, all processes of the database's server are killed, and it is started again. Likewise."""
    usual, reads, count = _usual(db, captures), 0, 0
    while count < times:
        with _running("read", *captures, "--again", "--db", db) as reading:
            time.sleep(chance.uniform(0.3 * usual, 0.9 * usual))
            in_time = reading.poll() is None
            server.crash()
            server.start()
            if reading.wait() not in NOTHING_LOST:
                raise RuntimeError(f"sensor read ended with {reading.returncode} when the server was killed")
        reads, count = reads + 1, count + in_time
        usual *= 1.0 if in_time else 0.95
    return reads


def _usual(db: str, captures: Sequence[str]) -> float:
    """Seconds of a read that nobody disturbs."""
    began = time.monotonic()
    subprocess.run([*SENSOR, "read", *captures, "--again", "--db", db], cwd=ROOT, check=True, capture_output=True)
    return time.monotonic() - began


def _running(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*SENSOR, *words], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Whether it had to be killed after so long."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        return True
    return False


def inventory(db: str) -> bytes:
    """All that is in it, as text."""
    out = b""
    for words in (["devices"], ["evidence"], ["conversations"], ["findings"]):
        out += subprocess.run([*SENSOR, *words, "--json", "--db", db], cwd=ROOT, check=True, capture_output=True).stdout
    return out


def read(db: str, captures: Sequence[str] = CAPTURES) -> bytes:
    """An undisturbed read, and what is there then."""
    subprocess.run([*SENSOR, "read", *captures, "--db", db], cwd=ROOT, check=True, capture_output=True)
    return inventory(db)


def sound(db: str) -> bool:
    """SQLite finds no fault in the file. Of PostgreSQL nothing like it is asked."""
    if not db.startswith("sqlite"):
        return True
    with closing(sqlite3.connect(db.removeprefix("sqlite:///"))) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else TIMES
    wanted = sys.argv[2:] or ["sqlite", "postgresql"]
    seed = int.from_bytes(os.urandom(4))
    chance = random.Random(seed)
    print(f"seed {seed}, {times} times each", flush=True)
    with tempfile.TemporaryDirectory() as folder, postgresql.server() as server:
        undisturbed = read(f"sqlite:///{folder}/undisturbed.db")
        for db in (f"sqlite:///{folder}/x.db", server.database()):
            kind = db.partition(":")[0]
            if kind not in wanted:
                continue
            reads = {"sensor read": killed(db, times, chance), "sensor evidence": lister_killed(db, times, chance)}
            if kind == "postgresql":
                reads["the server"] = server_killed(server, db, times, chance)
            same = read(db) == undisturbed and sound(db)
            said = ", ".join(f"{who} {times} times in {number} reads" for who, number in reads.items())
            print(f"{kind}: killed {said}; afterwards {'the same' if same else 'DIFFERENT'}", flush=True)
            if not same:
                sys.exit(1)


if __name__ == "__main__":
    main()
