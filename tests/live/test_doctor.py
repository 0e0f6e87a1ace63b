"""`sensor doctor` on a wire of its own: a port that is as it should be, and everything that may be wrong with one."""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sensor.capture.live_interface import look
from sensor.capture.live_port import port
from sensor.capture.source import CaptureError
from sensor.service.doctor import Request, examine
from tests.live.wire import MAY, ROOT, TAP, WHY, command, connect, hush, namespace, samples, send, transmitted

pytestmark = pytest.mark.skipif(not MAY, reason=WHY)

SECONDS = 0.5


def examined(tmp_path: Path, name: str = TAP, **more: Any) -> dict[str, dict[str, str]]:
    """The levels of all checks, by what was looked at."""
    request = Request(f"sqlite:///{tmp_path / 'x.db'}", (name,), seconds=SECONDS, **more)
    return {one.what: {check.name: check.level for check in one.checks} for one in examine(request)}


@pytest.fixture
def wire() -> Iterator[None]:
    with namespace():
        yield


def test_a_port_that_is_as_it_should_be(wire: None, tmp_path: Path) -> None:
    feeder = threading.Timer(0.15, lambda: send(samples()[:1000]))  # a thread is in the same network namespace
    feeder.start()
    found = examined(tmp_path)
    feeder.join()
    port_checks = found[TAP]
    assert port_checks["frames"] == "ok"
    assert {port_checks[name] for name in ("interface", "address", "sent", "silence", "mirror")} == {"ok"}
    assert found["database"] == {"disk": "ok", "database": "ok"}
    assert {found["this machine"][name] for name in ("rights", "user", "sandbox", "kernel")} == {"ok"}
    assert transmitted(TAP) == 0


def test_nothing_comes_and_what_does_is_counted_exactly(wire: None, tmp_path: Path) -> None:
    assert examined(tmp_path)[TAP]["frames"] == "problem"
    feeder = threading.Timer(0.15, lambda: send(samples()[:700]))
    feeder.start()
    request = Request(f"sqlite:///{tmp_path / 'x.db'}", (TAP,), seconds=1.0)
    sample = next(one.sample for one in examine(request))
    feeder.join()
    assert sample is not None
    assert (sample.frames, sample.dropped, sample.misread) == (700, 0, 0)


def test_a_port_on_which_the_machine_speaks(tmp_path: Path) -> None:
    """With an address and IPv6: the kernel solicits and reports by itself (RFC 4861, RFC 3810)."""
    with namespace(silent=False):
        command("ip", "addr", "add", "10.99.0.1/24", "dev", TAP)
        found = examined(tmp_path)[TAP]
        assert found["address"] == "problem"
        assert found["silence"] == "warning"
        assert found["sent"] == "problem"
        command("ip", "addr", "flush", "dev", TAP)
        hush()
        found = examined(tmp_path)[TAP]
        assert (found["address"], found["silence"]) == ("ok", "ok")
        assert found["sent"] == "warning"  # silenced, but late


def test_down_and_away(wire: None, tmp_path: Path) -> None:
    command("ip", "link", "set", "dev", TAP, "down")
    assert examined(tmp_path)[TAP]["interface"] == "problem"
    command("ip", "link", "del", TAP)
    assert examined(tmp_path)[TAP] == {"interface": "problem"}
    connect()
    assert examined(tmp_path)[TAP]["interface"] == "ok"


def test_a_card_that_puts_packets_together(wire: None, tmp_path: Path) -> None:
    """linux/ethtool.h: ETHTOOL_SGRO is 0x2c."""
    assert not port(TAP).joined
    value = ctypes.create_string_buffer(struct.pack("=II", 0x2C, 1))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        fcntl.ioctl(asker, 0x8946, struct.pack("16sP16x", TAP.encode(), ctypes.addressof(value)))
    assert port(TAP).joined
    assert examined(tmp_path)[TAP]["assembled"] == "warning"


def test_databases(tmp_path: Path) -> None:
    def found(db: str) -> dict[str, str]:
        return {c.name: c.level for one in examine(Request(db)) if one.what == "database" for c in one.checks}

    assert found(f"sqlite:///{tmp_path}/nothere/x.db")["disk"] == "problem"
    foreign = tmp_path / "foreign.db"
    foreign.write_text("this is a text, and not a database at all" * 100)
    assert found(f"sqlite:///{foreign}")["database"] == "problem"
    assert found("postgresql://nobody@127.0.0.1:9/x")["database"] == "problem"  # discard: nobody listens there
    mine = tmp_path / "mine.db"
    subprocess.run(
        [sys.executable, "-m", "sensor", "read", "pcaps/arp", "--db", f"sqlite:///{mine}"], cwd=ROOT, check=True
    )
    assert found(f"sqlite:///{mine}") == {"disk": "ok", "database": "ok"}
    spool = Path(f"{mine}.spool")
    spool.mkdir()
    (spool / "00000000000000000001-000000001.batch").write_bytes(b"AUSB")
    assert found(f"sqlite:///{mine}")["spool"] == "warning"


def sensor(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sensor", "doctor", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=20,
    )


def test_the_command(wire: None, tmp_path: Path) -> None:
    """Exit code 1 on a problem; one object for each thing that was looked at."""
    db = f"sqlite:///{tmp_path / 'x.db'}"
    done = sensor("-i", TAP, "--seconds", "0.2", "--db", db, "--json")
    assert done.returncode == 1, done.stderr
    things = [json.loads(line) for line in done.stdout.splitlines()]
    assert [thing["what"] for thing in things] == [TAP, "this machine", "database"]
    (frames,) = [check for check in things[0]["checks"] if check["name"] == "frames"]
    assert (frames["level"], "cable" in frames["do"]) == ("problem", True)
    done = sensor("pcaps/mini-hospital.pcap", "--db", db)
    assert (done.returncode, "frames" in done.stdout) == (0, True), done.stderr
    assert sensor("nothere.pcap").returncode == 3


def test_who_has_no_right_is_told(wire: None) -> None:
    """As nobody, without a capability."""
    child = os.fork()
    if not child:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
        with Path("/dev/null").open() as quiet:
            os.dup2(quiet.fileno(), 2)
        found = {
            c.name: c.level for one in examine(Request("sqlite:////tmp/x.db", (TAP,), seconds=0.1)) for c in one.checks
        }
        os._exit(0 if (found["rights"], found["listening"]) == ("problem", "problem") else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_capture_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "text.pcap").write_text("not a capture")
    with pytest.raises(CaptureError):
        list(examine(Request("sqlite:///x.db", captures=(str(tmp_path / "text.pcap"),))))


def test_looking_needs_no_right() -> None:
    lo = look("lo")
    assert lo is not None
    assert port("lo").arp
