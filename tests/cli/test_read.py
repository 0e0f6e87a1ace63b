"""`sensor read` in trouble: one clear line, the right exit code, nothing half-written, never a traceback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from sensor.cli.main import main
from tests.pipeline import attacks
from tests.pipeline.frames import write

ROOT = Path(__file__).parents[2]
ARP = ROOT / "pcaps" / "arp" / "neighbours.pcap"
LEASE = ROOT / "pcaps" / "dhcp" / "lease.pcap"
SENSOR = [sys.executable, "-m", "sensor"]
ENV = {**os.environ, "PYTHONPATH": str(ROOT)}
IN_NAMESPACE = pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root")

Done = subprocess.CompletedProcess[str]


def frames_of(capture: Path) -> int:
    return len(attacks.taken_apart(capture.read_bytes())[1])


@pytest.fixture
def db(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/inventory.db"


def sensor(*words: str | Path, **options: object) -> Done:
    done: Done = subprocess.run(  # type: ignore[call-overload]
        [*SENSOR, *map(str, words)], capture_output=True, text=True, check=False, timeout=120, env=ENV, **options
    )
    assert "Traceback" not in done.stderr
    return done


def read(db: str, *words: str | Path, **options: object) -> Done:
    return sensor("read", *words, "--db", db, **options)


def inventory(db: str) -> tuple[str, str]:
    words = (["devices", "list", "--unconfirmed"], ["evidence"])
    found = [CliRunner().invoke(main, [*one, "--json", "--db", db]) for one in words]
    assert [one.exit_code for one in found] == [0, 0], found
    return found[0].stdout, found[1].stdout


def origins(db: str) -> dict[str, str]:
    """Name of each capture in the inventory -> its state."""
    with sqlite3.connect(db.removeprefix("sqlite:///")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return dict(connection.execute("SELECT name, state FROM origin").fetchall())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "Missing argument 'CAPTURE...'"),
        ([ARP, "--network", "ten"], "'ten' is not a network; write it like 10.0.0.0/8"),
        ([ARP, "--nothing"], "No such option"),
    ],
    ids=["nothing named", "no network", "no such option"],
)
def test_wrong_use(words: list[str | Path], says: str, db: str, tmp_path: Path) -> None:
    done = read(db, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "kind", ["missing", "text", "empty file", "empty folder", "folder of texts", "link type", "pcapng"]
)
def test_what_cannot_be_read_does_not_stop_the_others(kind: str, db: str, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    if kind == "text":
        wrong.write_text("no capture")
    elif kind == "empty file":
        wrong.touch()
    elif kind.endswith(("folder", "texts")):
        wrong.mkdir()
        if kind == "folder of texts":
            (wrong / "notes.txt").write_text("no capture")
    elif kind == "link type":  # IEEE 802.11 is LINKTYPE_ 105
        wrong.write_bytes(ARP.read_bytes()[:20] + struct.pack("<I", 105) + ARP.read_bytes()[24:])
    elif kind == "pcapng":  # a section, an interface of that type, a frame; what it is shows only when it is read
        blocks = ((0x0A0D0D0A, "<IHHq", (0x1A2B3C4D, 1, 0, -1)), (1, "<HHI", (105, 0, 0)), (6, "<IIIII", (0,) * 5))
        for number, form, fields in blocks:
            body = struct.pack(form, *fields)
            with wrong.open("ab") as out:
                out.write(struct.pack("<II", number, len(body) + 12) + body + struct.pack("<I", len(body) + 12))
    done = read(db, wrong, ARP)
    assert done.returncode == 3
    assert done.stderr.startswith("sensor: ")
    assert f"{wrong if kind != 'pcapng' else 'wrong'}: " in done.stderr
    assert done.stderr.count("\n") == 1
    if kind in ("link type", "pcapng"):
        assert "802.11" in done.stderr
    assert "1 read, 1 refused" in done.stdout
    assert origins(db) == {ARP.name: "complete"}
    alone = read(db.replace("inventory", "alone"), wrong)
    assert (alone.returncode, alone.stdout, alone.stderr) == (3, "", done.stderr)
    assert origins(db.replace("inventory", "alone")) == {}


@pytest.mark.parametrize(("cut", "why"), [(True, "cut at byte 500"), (False, "damaged record")])
def test_damage_is_told_with_its_place(cut: bool, why: str, db: str, tmp_path: Path) -> None:
    raw = bytearray(ARP.read_bytes())
    if cut:
        del raw[500:]
    else:
        _, records = attacks.taken_apart(bytes(raw))
        at = 24 + sum(len(head) + len(frame) for head, frame in records[:5])
        raw[at + 8 : at + 16] = b"\xff" * 8
        why += f" at byte {at}, after frame 5"
    broken = tmp_path / "broken.pcap"
    broken.write_bytes(raw)
    done = read(db, broken)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 read in part" in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("broken.pcap: ")]
    assert why.partition(" ")[0] in line
    assert why.partition(" at ")[2] in line
    assert origins(db) == {"broken.pcap": "partial"}


def test_standard_input(db: str) -> None:
    for state in ("read", "known already, left alone"):
        with LEASE.open("rb") as stdin:
            done = read(db, "-", stdin=stdin)
        assert (done.returncode, done.stderr) == (0, "")
        assert f"1 capture (1 {state})" in done.stdout
    once = inventory(db)
    assert len(once[1].splitlines()) > 3
    assert list(origins(db).values()) == ["complete"]
    with LEASE.open("rb") as stdin:
        assert read(db, "-", "--again", stdin=stdin).returncode == 0
    assert inventory(db) == once


def test_standard_input_of_nothing(db: str) -> None:
    done = read(db, "-", stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.count("\n") == 1
    assert origins(db) == {}


def test_joined(db: str, tmp_path: Path) -> None:
    done = read(db, LEASE, ARP, "--joined")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"1 capture (1 read): {frames_of(LEASE) + frames_of(ARP)} frames" in done.stdout
    assert len(origins(db)) == 1
    before = inventory(db)
    for wrong in (tmp_path / "none.pcap", "-"):
        done = read(db, LEASE, wrong, "--joined", stdin=subprocess.DEVNULL)
        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr.count("\n") == 1
    assert inventory(db) == before


def test_again(db: str) -> None:
    read(db, ARP)
    once = inventory(db)
    assert "1 known already" in read(db, ARP).stdout
    assert "1 capture (1 read)" in read(db, ARP, "--again").stdout
    assert inventory(db) == once


def test_json(db: str, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("no capture")
    done = read(db, ARP, tmp_path / "wrong", LEASE, "--json")
    assert done.returncode == 3
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["name"], one["state"]) for one in told] == [(ARP.name, "complete"), (LEASE.name, "complete")]
    assert [one["counters"]["wire.frames"] for one in told] == [frames_of(ARP), frames_of(LEASE)]


def test_the_database_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE patients (name TEXT)")
    before = path.read_bytes()
    done = read(f"sqlite:///{path}", ARP)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"sensor: {path} belongs to another program; name another database with --db\n"
    assert path.read_bytes() == before
    text = tmp_path / "notes.txt"
    text.write_text("no database\n" * 100)
    done = read(f"sqlite:///{text}", ARP)
    assert done.returncode == 3
    assert "it is not a database" in done.stderr
    assert text.read_text() == "no database\n" * 100


def test_a_database_in_no_folder(tmp_path: Path) -> None:
    done = read(f"sqlite:///{tmp_path}/none/x.db", ARP)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"sensor: there is no folder {tmp_path}/none; make it, or name another file with --db\n"


def in_namespace(folder: Path, script: str) -> Done:
    """Runs a script where mounts are its own; `$SENSOR` is the command, `$AT` the folder."""
    env = {**ENV, "SENSOR": " ".join(SENSOR), "AT": str(folder), "ARP": str(ARP), "LEASE": str(LEASE)}
    done: Done = subprocess.run(
        ["unshare", "--mount", "sh", "-ec", script], capture_output=True, text=True, check=False, timeout=120, env=env
    )
    assert "Traceback" not in done.stderr
    return done


@IN_NAMESPACE
def test_a_folder_that_may_only_be_read(tmp_path: Path) -> None:
    done = in_namespace(
        tmp_path, 'mount -t tmpfs -o ro none "$AT"; $SENSOR read "$ARP" --db "sqlite:///$AT/x.db" || exit $?'
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"sensor: could not create {tmp_path}/x.db: ")
    assert done.stderr.count("\n") == 1


@IN_NAMESPACE
def test_a_full_disk(tmp_path: Path) -> None:
    """What was committed stays; with more room the rest is read."""
    big = write(tmp_path / "big.pcap", [*attacks.lessees(50), *attacks.lone_datagrams(3000)])
    disk = tmp_path / "disk"
    disk.mkdir()
    done = in_namespace(
        disk,
        f"""
        mount -t tmpfs -o size=360k none "$AT"
        DB="sqlite:///$AT/x.db"
        $SENSOR read "$ARP" --db "$DB" >/dev/null
        $SENSOR evidence --json --db "$DB" | wc -l
        if $SENSOR read "{big}" --db "$DB" >/dev/null; then echo fitted; else echo "exit $?"; fi
        $SENSOR evidence --json --db "$DB" | wc -l
        mount -o remount,size=50m "$AT"
        $SENSOR read "{big}" --db "$DB" >/dev/null
        $SENSOR db status --json --db "$DB"
        """,
    )
    assert done.returncode == 0, done.stderr
    before, code, after, status = done.stdout.splitlines()
    assert code == "exit 3"
    assert int(before) > 0
    assert before == after
    assert "the disk is full; free some space and read the capture again" in done.stderr
    assert done.stderr.count("\n") == 1
    assert {one["state"] for one in json.loads(status)["origins"]} == {"complete"}


@pytest.mark.parametrize("reader", ["true", "head -n 1"])
def test_a_reader_of_the_summary_that_has_seen_enough(reader: str, db: str) -> None:
    command = f"{' '.join(SENSOR)} read {ARP} {LEASE} --db {db}"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | {reader}"], capture_output=True, text=True, check=False, env=ENV
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert origins(db) == {ARP.name: "complete", LEASE.name: "complete"}
    assert inventory(db)[0]


def test_a_full_disk_behind_the_summary(db: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*SENSOR, "read", str(ARP), "--db", db],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=ENV,
        )
    assert (done.returncode, done.stderr) == (3, "sensor: No space left on device\n")
    assert origins(db) == {ARP.name: "complete"}


def begun(db: Path) -> bool:
    if not db.exists():
        return False
    try:
        with sqlite3.connect(f"file:{db}?mode=ro", uri=True) as connection:
            return connection.execute("SELECT count(*) FROM origin WHERE state = 'reading'").fetchone()[0] > 0
    except sqlite3.OperationalError:  # not made yet
        return False


def interrupted(capture: Path, db: str, delay: float) -> Done:
    """A read that gets SIGINT so many seconds after it has begun."""
    path = Path(db.removeprefix("sqlite:///"))
    with subprocess.Popen(
        [*SENSOR, "read", str(capture), "--db", db], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENV
    ) as running:
        until = time.monotonic() + 30
        while not begun(path) and running.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(delay)
        running.send_signal(signal.SIGINT)
        stdout, stderr = running.communicate(timeout=30)
        return subprocess.CompletedProcess([], running.returncode, stdout, stderr)


def test_interrupted_and_read_again(tmp_path: Path, db: str) -> None:
    capture = write(tmp_path / "long.pcap", [*attacks.titles(1500), *attacks.lone_datagrams(50_000)])
    undisturbed = db.replace("inventory", "undisturbed")
    assert read(undisturbed, capture).returncode == 0
    for delay in (0.0, 0.1, 0.4):
        done = interrupted(capture, db, delay)
        assert (done.returncode, done.stderr) == (130, "sensor: interrupted\n")
        assert origins(db) == {"long.pcap": "interrupted"}
    assert read(db, capture).returncode == 0
    assert origins(db) == {"long.pcap": "complete"}
    assert inventory(db) == inventory(undisturbed)


def test_half_of_a_stream_leaves_nothing(tmp_path: Path, db: str) -> None:
    """It has no name by which a later reading could take its place."""
    capture = write(tmp_path / "long.pcap", attacks.lone_datagrams(20_000)).read_bytes()
    path = Path(db.removeprefix("sqlite:///"))
    with subprocess.Popen(
        [*SENSOR, "read", "-", "--db", db],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENV,
    ) as running:
        assert running.stdin is not None
        running.stdin.write(capture[: len(capture) // 2])
        running.stdin.flush()
        until = time.monotonic() + 30
        while not begun(path) and running.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        _, stderr = running.communicate(timeout=30)
    assert (running.returncode, stderr) == (130, b"sensor: interrupted\n")
    assert origins(db) == {}
