"""`sensor listen` as the unit starts it: a user of its own with two capabilities, and metrics for this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.live.wire import MAY, ROOT, TAP, WHY, Listener, command, listening, namespace, samples, send, transmitted

pytestmark = pytest.mark.skipif(not MAY, reason=WHY)

WHERE = "127.0.0.1:9464"
NOBODY = "65534"


def scraped() -> dict[tuple[str, str], float]:
    """Samples by name and what tells them apart, as Prometheus's own parser reads them."""
    with urlopen(f"http://{WHERE}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            told = ".".join(value for _, value in sorted(sample.labels.items(), reverse=True))  # stage before name
            found[sample.name, told] = sample.value
    return found


def test_metrics(tmp_path: Path) -> None:
    with namespace():
        command("ip", "link", "set", "dev", "lo", "up")
        with listening(tmp_path / "x.db", "--metrics", WHERE) as listener:
            count = send(samples())
            end = time.monotonic() + 10
            while (found := scraped()).get(("auscult_frames_total", ""), 0) < count and time.monotonic() < end:
                time.sleep(0.2)
            assert found["auscult_frames_total", ""] == count
            assert found["auscult_count_total", "wire.frames"] == count
            assert found["auscult_kernel_dropped_total", ""] == 0
            assert found["auscult_workers", ""] == 1
            assert found["auscult_interface_up", TAP] == 1
            assert found["auscult_interface_sent_total", TAP] == 0
            with pytest.raises(HTTPError, match="404"):
                urlopen(f"http://{WHERE}/else", timeout=5)
            with socket.create_connection(("127.0.0.1", 9464)) as slow:  # says nothing: the others wait two seconds
                slow.sendall(b"GET")
                assert scraped()["auscult_frames_total", ""] == count
            servant = Path(f"/proc/{listener.children()[1]}/status").read_text()
            assert "CapPrm:\t0000000000000000" in servant
            assert "Uid:\t0" not in servant
            assert listener.stop() < 5
            assert listener.process.returncode == 0, listener.said()
        assert transmitted(TAP) == 0


def test_metrics_are_for_this_machine_alone(tmp_path: Path) -> None:
    with namespace():
        command("ip", "link", "set", "dev", "lo", "up")
        with socket.create_server(("127.0.0.1", 9464)):
            for where, says in (
                ("0.0.0.0:9464", "reached from outside"),
                ("10.1.1.1:9464", "reached from outside"),
                ("localhost:9464", "is not written like"),
                ("127.0.0.1:99999", "is not written like"),
                (WHERE, "cannot be served on"),
            ):
                refused = Listener(tmp_path / "x.db", "--metrics", where)
                assert refused.process.wait(timeout=10) == 2
                assert says in refused.said()


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder of that user's; pytest's own are nobody else's to enter."""
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, int(NOBODY), int(NOBODY))
        yield Path(folder)


@pytest.mark.skipif(not shutil.which("setpriv"), reason="needs setpriv")
def test_as_the_unit_starts_it(tmp_path: Path, place: Path) -> None:
    """Another user than root, with CAP_NET_RAW and CAP_NET_ADMIN and no others."""
    there = [
        "setpriv",
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        "--clear-groups",
        sys.executable,
        "-c",
        "import click",
    ]
    if subprocess.run(there, cwd="/", capture_output=True).returncode:
        pytest.skip("that user may not enter the folder that Python is in")
    rights = "-all,+net_raw,+net_admin"
    words = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", f"--inh-caps={rights}"]
    words += [f"--ambient-caps={rights}", f"--bounding-set={rights}", "--no-new-privs"]
    words += [sys.executable, "-m", "sensor", "listen", "-i", TAP, "--interval", "0.5", "--ring", "8"]
    with namespace():
        listener = Listener.__new__(Listener)
        listener.db = place / "x.db"
        listener.log = tmp_path / "log"
        with listener.log.open("w") as log:
            listener.process = subprocess.Popen(
                [*words, "--db", f"sqlite:///{listener.db}"],
                stderr=log,
                cwd=place,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        try:
            listener.wait_for("receiver=ring")
            listener.wait_for_workers()
            count = send(samples())
            for child in listener.children():
                status = Path(f"/proc/{child}/status").read_text()
                assert "CapEff:\t0000000000000000" in status
                assert "CapPrm:\t0000000000000000" in status
            assert listener.stop() < 5
        finally:
            listener.process.kill()
        assert listener.process.returncode == 0, listener.said()
        assert listener.origin().counters["wire.frames"] == count
        assert listener.db.stat().st_mode & 0o077 == 0
        assert transmitted(TAP) == 0
