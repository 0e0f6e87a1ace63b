"""`sensor listen` on a wire of its own: nothing sent, nothing lost unsaid, and an end in time."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sensor.capture.live_interface import look
from sensor.store.origin import OriginRow
from sensor.store.store import Store
from sensor.wire.tables import FATES
from tests.live.wire import (
    FEED,
    MAY,
    TAP,
    WHY,
    Listener,
    command,
    connect,
    hush,
    listening,
    namespace,
    samples,
    send,
    transmitted,
)

pytestmark = pytest.mark.skipif(not MAY, reason=WHY)


def run(*words: str | Path) -> str:
    return subprocess.run([*map(str, words)], check=True, capture_output=True, text=True).stdout


def origins(db: Path) -> list[OriginRow]:
    with Store.open(f"sqlite:///{db}", create=False, write=False) as store:
        return store.origins()


def devices(db: Path) -> list[object]:
    """Without ids and times: those are of the origin."""
    lines = run(sys.executable, "-m", "sensor", "devices", "list", "--json", "--db", f"sqlite:///{db}").splitlines()
    found = []
    for line in lines:
        device = json.loads(line)
        addresses = sorted(tenure["ip"] for tenure in device["addresses"])
        attributes = {name: value["value"] for name, value in device["attributes"].items()}
        found.append([device["kind"], device["name"], device["interfaces"], addresses, attributes])
    return sorted(found, key=json.dumps)


@pytest.mark.parametrize("receiver", ["ring", "socket", "libpcap"])
def test_every_frame_is_accounted_for(receiver: str, tmp_path: Path) -> None:
    if receiver == "libpcap":
        pytest.importorskip("pcapy")
    with namespace(), listening(tmp_path / "x.db", "--receiver", receiver) as listener:
        count = send(samples())
        assert listener.stop() < 5
        assert listener.process.returncode == 0, listener.said()
        assert transmitted(TAP) == 0
    origin = listener.origin()
    counters = origin.counters
    assert origin.state == "complete"
    assert counters["wire.frames"] + counters.get("live.kernel_dropped", 0) == count > 1000
    assert sum(counters.get(fate, 0) for fate in FATES) == counters["wire.frames"]
    assert counters["live.batches"] >= 1


def test_several_workers_see_each_frame_once(tmp_path: Path) -> None:
    with namespace(), listening(tmp_path / "x.db", workers=2) as listener:
        count = send(samples())
        assert listener.stop() < 5
    assert listener.said().count("receiver=ring") == 2
    assert listener.origin().counters["wire.frames"] == count


def test_an_overload_is_told_to_the_packet(tmp_path: Path) -> None:
    """A ring of 4 MiB, and a worker that is stopped meanwhile: what does not fit is the kernel's to count."""
    with namespace(), listening(tmp_path / "x.db", "--ring", "4") as listener:
        worker = listener.children()[-1]
        os.kill(worker, signal.SIGSTOP)
        frames = samples()
        count = sum(send(frames) for _ in range(1 + 12_000_000 // sum(map(len, frames))))
        os.kill(worker, signal.SIGCONT)
        time.sleep(0.5)
        assert listener.stop() < 5
        counters = listener.origin().counters
    assert counters["live.kernel_dropped"] > 0
    assert counters["live.ring_freezes"] > 0
    assert counters["wire.frames"] + counters["live.kernel_dropped"] + counters.get("live.unread", 0) == count
    assert "frames lost in the kernel" in listener.said()


@pytest.mark.skipif(not shutil.which("tcpdump"), reason="needs tcpdump")
def test_a_recording_made_beside_it_gives_the_same_devices(tmp_path: Path) -> None:
    with namespace():
        recording = tmp_path / "beside.pcap"
        words = ["tcpdump", "-i", TAP, "-w", str(recording), "-U", "-Q", "in", "--immediate-mode", "-B", "65536"]
        with listening(tmp_path / "live.db") as listener:
            recorder = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
            assert recorder.stderr is not None
            while "listening on" not in recorder.stderr.readline():
                assert recorder.poll() is None
            count = send(samples(), pause=0.0001)
            time.sleep(0.5)
            recorder.send_signal(signal.SIGINT)
            recorder.wait(timeout=5)
            assert listener.stop() < 5
    assert listener.origin().counters["wire.frames"] == count
    run(sys.executable, "-m", "sensor", "read", recording, "--db", f"sqlite:///{tmp_path / 'read.db'}")
    live = devices(tmp_path / "live.db")
    assert len(live) > 20
    assert live == devices(tmp_path / "read.db")


def test_an_end_that_sends_by_itself_is_told_and_a_silent_one_is_silent(tmp_path: Path) -> None:
    """With an address and the settings of docs/listening.md, under load: the peer sees nothing."""
    with namespace():
        command("ip", "addr", "add", "10.99.0.1/24", "dev", TAP)
        refused = Listener(tmp_path / "x.db")
        assert refused.process.wait(timeout=10) == 3
        assert "has the address 10.99.0.1" in refused.said()
        with listening(tmp_path / "x.db", "--with-address") as listener:
            asks = bytes.fromhex(
                "ffffffffffff0200000000010806000108000604000102000000000a0a630002000000000000 0a630001"
            )
            send([asks.ljust(60, b"\0")] * 50)
            send(samples())
            time.sleep(0.5)
            listener.stop()
        assert transmitted(TAP) == 0


def test_it_waits_for_an_interface_that_goes_down_or_away(tmp_path: Path) -> None:
    with namespace(), listening(tmp_path / "x.db") as listener:
        first = send(samples()[:200])
        time.sleep(0.3)
        command("ip", "link", "set", "dev", TAP, "down")
        listener.wait_for("the interface went down")
        command("ip", "link", "set", "dev", TAP, "up")
        listener.wait_for(" listening ", times=2)
        time.sleep(0.5)
        second = send(samples()[:300])
        time.sleep(0.3)
        command("ip", "link", "del", TAP)
        listener.wait_for("the interface went down", times=2)
        listener.wait_for("waiting for the interface")
        connect()
        listener.wait_for(" listening ", times=3)
        time.sleep(0.5)
        third = send(samples()[:400])
        command("ip", "link", "set", "dev", TAP, "mtu", "1400")
        listener.wait_for("another MTU")
        assert listener.stop() < 5
    assert listener.origin().counters["wire.frames"] == first + second + third


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    with namespace(), listening(tmp_path / "x.db") as listener:
        send(samples()[:100])
        time.sleep(1.5)
        os.kill(listener.children()[-1], signal.SIGKILL)
        listener.wait_for("a worker failed")
        listener.wait_for(" listening ", times=2)
        time.sleep(0.5)
        count = send(samples()[:100])
        assert listener.stop() < 5
    assert listener.origin().counters["wire.frames"] == 100 + count


def test_without_a_supervisor_all_end_and_what_was_seen_is_there(tmp_path: Path) -> None:
    with namespace(), listening(tmp_path / "x.db") as listener:
        count = send(samples())
        time.sleep(0.3)
        children = listener.children()
        listener.process.kill()
        listener.process.wait()
        end = time.monotonic() + 6
        while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < end:
            time.sleep(0.05)
        assert not any(Path(f"/proc/{child}").exists() for child in children)
    assert listener.origin().counters["wire.frames"] == count


def test_a_filter_a_snap_length_and_new_settings(tmp_path: Path) -> None:
    settings = tmp_path / "sensor.toml"
    settings.write_text('[listen]\nfilter = "tcp"\nsnap = 96\n')
    with namespace():
        listener = Listener.__new__(Listener)
        os.environ["SENSOR_CONFIG"] = str(settings)
        try:
            listener.__init__(tmp_path / "x.db", "--log-json")  # type: ignore[misc]
        finally:
            del os.environ["SENSOR_CONFIG"]
        try:
            listener.wait_for('"listening"')
            time.sleep(0.5)
            send(samples())
            time.sleep(1.5)
            settings.write_text('[listen]\nfilter = "udp"\n')
            listener.process.send_signal(signal.SIGHUP)
            listener.wait_for('"listening"', times=2)
            time.sleep(0.5)
            before = {name: count for name, count in listener.origin().counters.items() if name == "wire.udp"}
            send(samples())
            settings.write_text("[listen]\nnonsense = 1\n")
            listener.process.send_signal(signal.SIGHUP)
            listener.wait_for("going on with the old ones")
            assert listener.stop() < 5
        finally:
            listener.process.kill()
    counters = listener.origin().counters
    assert not before
    assert counters["wire.cut"] > 0
    assert counters["wire.udp"] > 0
    assert "wire.not_ip" not in counters
    assert all(json.loads(line)["event"] for line in listener.said().splitlines())


def test_readiness_and_watchdog(tmp_path: Path) -> None:
    """sd_notify(3)."""
    with namespace(), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        place = tmp_path / "notify"
        systemd.bind(str(place))
        systemd.settimeout(8)
        os.environ |= {"NOTIFY_SOCKET": str(place), "WATCHDOG_USEC": "400000"}
        try:
            listener = Listener(tmp_path / "x.db")
        finally:
            del os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"]
        assert systemd.recv(4096).startswith(b"READY=1")
        assert systemd.recv(4096) == b"WATCHDOG=1"
        assert systemd.recv(4096) == b"WATCHDOG=1"
        listener.stop(signal.SIGINT)
        systemd.setblocking(False)
        said = []
        while not said or b"STOPPING=1" not in said[-1]:
            said.append(systemd.recv(4096))
        assert listener.process.returncode == 0


def test_what_cannot_be_used_is_refused_in_a_line(tmp_path: Path) -> None:
    with namespace():
        cases = {
            "no such interface": (3, ["-i", "nothere0"]),
            "no such user": (2, ["-i", TAP, "--user", "nobodyatall"]),
            "must not be root": (2, ["-i", TAP, "--user", "root"]),
            "syntax error": (2, ["-i", TAP, "--filter", "tcp and and"]),
            "leave `vlan` out": (2, ["-i", TAP, "--filter", "vlan 5"]),
            "no interface": (2, []),
        }
        for says, (code, words) in cases.items():
            done = subprocess.run(
                [sys.executable, "-m", "sensor", "listen", *words, "--db", f"sqlite:///{tmp_path}/y.db"],
                capture_output=True,
                text=True,
                check=False,
                timeout=10,
            )
            assert done.returncode == code, done.stderr
            assert says in done.stderr
            assert "Traceback" not in done.stderr


def test_looking_at_interfaces() -> None:
    with namespace(silent=False):
        assert look("nothere0") is None
        assert look("a name that is far too long") is None
        lo = look("lo")
        assert lo is not None
        assert (lo.link, "127.0.0.1" in lo.addresses) == (1, True)
        hush()
        tap, feed = look(TAP), look(FEED)
        assert tap is not None
        assert feed is not None
        assert (tap.link, tap.mtu, tap.up, tap.addresses) == (1, 9000, True, ())
        assert feed.sent == 0
        send([bytes(60)])
        assert look(FEED).sent == 1  # type: ignore[union-attr]


def test_who_may_do_what(tmp_path: Path) -> None:
    """capabilities(7): the writer may reach files (bits 0 to 3), the worker nothing; proc(5) for the rest."""
    with namespace(), listening(tmp_path / "x.db") as listener:
        writer, worker = (Path(f"/proc/{child}/status").read_text() for child in listener.children())
        told = [dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line) for text in (writer, worker)]
        assert [int(one["CapEff"], 16) for one in told] == [0b1111, 0]
        assert [int(one["CapPrm"], 16) for one in told] == [0b1111, 0]
        assert told[1]["NoNewPrivs"] == "1"
        assert told[1]["Seccomp"] == "2"
        assert "0" not in told[1]["Uid"].split()
        assert told[1]["Groups"].strip() == ""
        worker_fds = list(Path(f"/proc/{listener.children()[1]}/fd").iterdir())
        assert len(worker_fds) == 3  # packet socket, pipe, control; the ring is mapped


def test_without_its_writer_it_ends_and_the_next_run_closes_the_books(tmp_path: Path) -> None:
    db = tmp_path / "x.db"
    with namespace():
        with listening(db) as listener:
            while not origins(db):
                time.sleep(0.05)
            os.kill(listener.children()[0], signal.SIGKILL)
            assert listener.process.wait(timeout=8) == 3
            assert "the writer ended" in listener.said()
        with listening(db) as listener:
            count = send(samples()[:100])
            assert listener.stop() < 5
    first, second = sorted(origins(db), key=lambda row: row.started)
    assert (first.state, second.state, second.frames) == ("interrupted", "complete", count)


def test_what_is_left_in_the_ring_at_the_end_is_told(tmp_path: Path) -> None:
    """A worker that is kept from reading until it is too late: seen, and not read."""
    with namespace(), listening(tmp_path / "x.db", "--ring", "32") as listener:
        worker = listener.children()[-1]
        os.kill(worker, signal.SIGSTOP)
        frames = samples()
        count = sum(send(frames) for _ in range(1 + 20_000_000 // sum(map(len, frames))))
        listener.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        os.kill(worker, signal.SIGCONT)
        listener.process.wait(timeout=8)
        counters = listener.origin().counters
    lost = counters.get("live.kernel_dropped", 0) + counters.get("live.unread", 0)
    assert counters["wire.frames"] + lost == count


def test_it_ends_in_time_on_a_busy_machine(tmp_path: Path) -> None:
    """Three programs for each core that want all of it, while it is told to end."""
    busy: list[subprocess.Popen[bytes]] = []
    try:
        with namespace(), listening(tmp_path / "x.db", interval=60) as listener:
            frames = samples()
            count = sum(send(frames) for _ in range(3))
            time.sleep(1.5)
            burn = [
                sys.executable,
                "-c",
                "import time\nend = time.monotonic() + 20\nwhile time.monotonic() < end: pass",
            ]
            busy = [subprocess.Popen(burn) for _ in range(3 * (os.cpu_count() or 1))]
            assert listener.stop() < 5
            assert listener.process.returncode == 0, listener.said()
            counters = listener.origin().counters
    finally:
        for each in busy:
            each.kill()
            each.wait()
    lost = counters.get("live.kernel_dropped", 0) + counters.get("live.unread", 0)
    assert counters["wire.frames"] + lost == count
