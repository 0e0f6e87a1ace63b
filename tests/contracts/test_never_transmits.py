"""Reading sends nothing: no code that could, and no frame leaves a network namespace while captures are read in it."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NETWORK = {
    "socket",
    "ssl",
    "asyncio",
    "urllib.request",
    "http",
    "ftplib",
    "smtplib",
    "requests",
    "httpx",
    "urllib3",
    "xmlrpc",
    "socketserver",
}
READS_STDIN_OF_A_CHILD = {"subprocess"}


LISTENS = {  # these alone hold a socket, and hear with it
    "sensor/capture/live.py",
    "sensor/capture/live_filter.py",
    "sensor/capture/live_interface.py",
    "sensor/capture/live_port.py",
    "sensor/capture/live_ring.py",
    "sensor/capture/live_socket.py",
}
TALKS_ON_THIS_MACHINE = {  # between processes, and to systemd: AF_UNIX
    "sensor/service/notify.py",
    "sensor/service/supervisor.py",
    "sensor/service/writing.py",
}
ANSWERS_ON_THIS_MACHINE = {  # Prometheus, at an address of the loopback: tests/live/test_service.py
    "sensor/service/metrics.py",
}
PUSHES = {  # to targets that the settings name, when somebody says `sensor push`; never on the network that is watched
    "sensor/push/client.py",
    "sensor/push/syslog.py",
}
HARMLESS_OF_A_PUSH = {"sensor.push.error", "sensor.push.record"}  # what it says, and what is kept of it
SENDING = {"send", "sendall", "sendto", "sendmsg", "send_fds", "sendfile", "connect", "connect_ex", "create_connection"}


def modules() -> dict[str, ast.Module]:
    paths = [*(ROOT / "sensor").rglob("*.py"), *(ROOT / "parsers").rglob("*.py")]
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in paths}


def test_no_module_of_the_product_can_open_a_connection() -> None:
    """There is no use for a socket but to listen, and to push; `ipaddress` and the like are arithmetic."""
    found: dict[str, set[str]] = {}
    for path, tree in modules().items():
        for node in ast.walk(tree):
            names: set[str] = set()
            if isinstance(node, ast.Import):
                names = {part for alias in node.names for part in (alias.name, alias.name.partition(".")[0])}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = {node.module, node.module.partition(".")[0]}
            if path in LISTENS | TALKS_ON_THIS_MACHINE:
                names -= {"socket"}
            if path in ANSWERS_ON_THIS_MACHINE:
                names -= {"socket", "socketserver", "http"}
            if path in PUSHES:
                names -= {"socket", "ssl", "urllib3"}
            if wrong := names & (NETWORK | READS_STDIN_OF_A_CHILD):
                found[path] = wrong
    assert not found


def test_what_listens_calls_nothing_that_sends_and_what_talks_stays_on_the_machine() -> None:
    trees = modules()
    for path in LISTENS | TALKS_ON_THIS_MACHINE:
        attributes = {node.attr for node in ast.walk(trees[path]) if isinstance(node, ast.Attribute)}
        if path in LISTENS:
            assert not attributes & SENDING, path
        else:
            assert "AF_UNIX" in attributes or path.endswith("writing.py"), path  # the writer is handed its end
            assert not {name for name in attributes if name.startswith("AF_")} - {"AF_UNIX"}, path


def test_what_listens_and_reads_cannot_reach_what_pushes() -> None:
    """The connections of a push go to the hospital's own servers. Nothing that handles frames knows of them: the
    commands alone import what makes them: to push, and to read a list from where it was pushed to."""
    importers: set[str] = set()
    for path, tree in modules().items():
        for node in ast.walk(tree):
            names: set[str] = set()
            if isinstance(node, ast.Import):
                names = {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            if any(
                name.startswith("sensor.push.") and not name.startswith(tuple(HARMLESS_OF_A_PUSH)) for name in names
            ):
                importers.add(path)
    outside = {path for path in importers if not path.startswith("sensor/push/")}
    assert outside == {"sensor/cli/push.py", "sensor/cli/reconcile.py"}


SCRIPT = """
set -e
ip link set lo up
ip link add tap0 type veth peer name tap1
sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip link set tap0 up; ip link set tap1 up
ip addr add 10.9.9.1/24 dev tap0
"$PYTHON" -m sensor read "$CAPTURES" --db "sqlite:///$OUT" >/dev/null
for card in lo tap0 tap1; do echo "$card $(cat /sys/class/net/$card/statistics/tx_packets)"; done
"""


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("unshare"), reason="needs root")
def test_no_frame_leaves_while_captures_are_read(tmp_path: Path) -> None:
    """A namespace of its own with a loopback and a card that has an address: any look-up would count as transmitted."""
    done = subprocess.run(
        ["unshare", "--net", "--mount", "sh", "-c", "mount -t sysfs none /sys && " + SCRIPT],
        env={**os.environ, "PYTHON": sys.executable, "CAPTURES": str(ROOT / "pcaps"), "OUT": str(tmp_path / "x.db")},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x.db").stat().st_size > 0
    sent = dict(line.split() for line in done.stdout.splitlines())
    assert sent == {"lo": "0", "tap0": "0", "tap1": "0"}
