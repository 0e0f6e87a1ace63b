"""The program as it is run: exit codes, one line for each error, pipes, and how quickly it starts."""

from __future__ import annotations

import os
import pty
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

from sensor.capture.source import CaptureError
from sensor.cli.main import COMMANDS
from sensor.fingerprint.load import RulesError
from sensor.store.error import StoreError
from sensor.store.schema import REVISION
from tests.cli.conftest import Run

SENSOR = [sys.executable, "-m", "sensor"]
PLAIN = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
BUFFERING = pytest.mark.parametrize("env", [PLAIN, PLAIN | {"PYTHONUNBUFFERED": "1"}], ids=["buffered", "unbuffered"])


def sensor(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*SENSOR, *words], capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload, no-any-return]


def test_help_is_quick() -> None:
    """CPU seconds of the best of three: the machine may be busy."""
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = sensor("--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert result.returncode == 0
    assert all(name in result.stdout for name in COMMANDS)
    assert min(spent) < 0.15


def test_help_imports_no_stage() -> None:
    code = "import sys\nsys.argv[1:] = ['--help']\ntry:\n import sensor.__main__\nfinally: print(sorted(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    for module in ("sqlalchemy", "rich", "alembic", "msgspec", "parsers.api", "cryptography"):
        assert f"'{module}'" not in result.stdout
    assert "'sensor.cli.main'" in result.stdout


def test_version(run: Run) -> None:
    from sensor import __version__

    assert run("--version").stdout == f"sensor {__version__}\n"


@pytest.mark.parametrize(
    "words", [[name] for name in COMMANDS] + [["devices", sub] for sub in ("list", "show", "why", "rebuild")]
)
def test_every_command_has_help(run: Run, words: list[str]) -> None:
    result = run(*words, "--help")
    assert result.exit_code == 0, result.exception
    assert result.stdout.startswith(f"Usage: sensor {' '.join(words)} ")


@pytest.mark.parametrize(
    "words",
    [
        ["nothing"],
        ["devices", "nothing"],
        ["devices", "--nothing"],
        ["devices", "show"],
        ["export", "xml"],
        ["conversations", "--port", "x"],
    ],
)
def test_wrong_use(run: Run, words: list[str]) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert "Error: " in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "words",
    [
        ["devices"],
        ["evidence"],
        ["conversations"],
        ["findings"],
        ["export", "csv"],
        ["db", "status"],
        ["devices", "show", "x"],
    ],
)
def test_no_inventory(words: list[str], tmp_path: Path) -> None:
    result = sensor(*words, "--db", f"sqlite:///{tmp_path / 'none.db'}")
    assert result.returncode == 3
    assert result.stdout == ""
    assert (
        result.stderr
        == f"sensor: there is no inventory at {tmp_path / 'none.db'}; make one with: sensor read CAPTURE\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_an_older_schema_is_upgraded_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    path = tmp_path / "old.db"
    path.touch()
    assert run("devices", "--db", f"sqlite:///{path}").exit_code == 3
    upgraded = run("db", "upgrade", "--db", f"sqlite:///{path}")
    assert (upgraded.exit_code, upgraded.stdout) == (0, f"schema none -> {REVISION}\n")
    assert run("db", "upgrade", "--db", f"sqlite:///{path}").stdout == f"schema {REVISION}: nothing to do\n"
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE auscult_version SET version_num = '0000'")
    refused = run("devices", "--db", f"sqlite:///{path}")
    assert refused.exit_code == 3
    assert refused.stderr.endswith("run: sensor db upgrade\n")
    assert (
        f"this program needs {REVISION}: sensor db upgrade" in run("db", "status", "--db", f"sqlite:///{path}").stdout
    )


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ([], ("main", ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))),
        (
            ["--site", "annex", "--network", "10.1.0.0/16", "--network", "2001:db8::/32"],
            ("annex", ("10.1.0.0/16", "2001:db8::/32")),
        ),
    ],
)
def test_rebuild(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: list[str], asked: tuple[str, tuple[str, ...]]
) -> None:
    calls = []

    def rebuild(store: object, site: str, networks: tuple[str, ...]) -> int:
        calls.append((site, networks[: len(asked[1])]))
        return 7

    monkeypatch.setitem(sys.modules, "sensor.service.inventory", SimpleNamespace(rebuild=rebuild))
    result = run("devices", "rebuild", *words)
    assert (result.exit_code, result.stderr) == (0, "7 devices\n")
    assert calls == [asked]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (click.ClickException("x"), 2),  # 1 would mean a finding
        (click.FileError("x"), 3),
        (PermissionError(13, "Permission denied", "x"), 3),
        (StoreError("x"), 3),
        (CaptureError("x"), 3),
        (RulesError("x"), 3),
    ],
)
def test_errors_of_every_stage(run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("sensor.store.store.Store.open", fail)
    result = run("devices")
    assert result.exit_code == code
    assert result.stderr.count("\n") == 1


@BUFFERING
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_full_disk_behind_standard_output(inventory: str, form: list[str], env: dict[str, str]) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [*SENSOR, "devices", *form, "--db", inventory],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=env,
        )
    assert result.returncode == 3
    assert result.stderr == "sensor: No space left on device\n"


def test_an_export_to_nowhere(run: Run) -> None:
    result = run("export", "csv", "-o", "/no/such/folder/x.csv")
    assert result.exit_code == 3
    assert "No such file or directory" in result.stderr
    assert result.stderr.count("\n") == 1


@BUFFERING
@pytest.mark.parametrize("words", ["evidence --json", "devices", "export csv --what evidence"])
def test_a_reader_that_has_seen_enough(inventory: str, words: str, env: dict[str, str]) -> None:
    command = f"{' '.join(SENSOR)} {words} --db {inventory}"
    result = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | true"], capture_output=True, text=True, check=False, env=env
    )
    assert result.returncode == 0
    assert "Traceback" not in result.stderr
    assert "BrokenPipe" not in result.stderr


WAITING = """
import os, sys, time
import sensor.store.store as store
def slow(*_, **__):
    print("waiting", flush=True)
    time.sleep(30)
store.Store.open = slow
sys.argv = ["sensor", "devices"]
import sensor.__main__
"""


def test_interrupted() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WAITING], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None and running.stderr is not None
        assert running.stdout.readline() == "waiting\n"
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 130
        assert running.stderr.read() == "sensor: interrupted\n"


SWALLOWED = """
import os, signal, sys, time
import sensor.store.store as store
class Fleeting:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0)
def opened(*_, **__):
    Fleeting()
    time.sleep(30)
store.Store.open = opened
sys.argv = ["sensor", "devices"]
import sensor.__main__
"""


def test_interrupted_where_python_cannot_raise() -> None:
    done = subprocess.run([sys.executable, "-c", SWALLOWED], capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (130, "sensor: interrupted\n")


def on_terminal(columns: int, *words: str) -> str:
    """What is printed on a terminal of so many columns."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ |= {"COLUMNS": str(columns), "TERM": "xterm"}
        os.execv(sys.executable, [*SENSOR, *words])
    text = b""
    until = time.monotonic() + 20
    try:
        while (piece := os.read(fd, 65536)) and time.monotonic() < until:
            text += piece
    except OSError:  # Linux says so at the end
        pass
    os.close(fd)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    return text.decode().replace("\r\n", "\n")


def test_a_terminal_of_100_columns(inventory: str) -> None:
    text = on_terminal(100, "devices", "--db", inventory)
    assert "\x1b[1m" in text
    assert "\x1b[31m" not in text  # the wire's own
    assert "\u202e" not in text
    lines = re.sub(r"\x1b\[\d*m", "", text).splitlines()
    assert max(map(len, lines)) <= 100
    at = next(n for n, line in enumerate(lines) if line.startswith("c7aaaaa"))
    assert "CT scanner" in lines[at]
    assert "10.1.2.3 +1" in lines[at]
    assert "SOMATOM" in lines[at + 1]
    assert "00:09:fb:11:22:33" in lines[at + 1]


def test_a_wide_terminal_needs_one_line_for_a_device(inventory: str) -> None:
    lines = on_terminal(180, "devices", "--db", inventory).splitlines()
    ct = next(line for line in lines if line.startswith("c7aaaaa"))
    for cell in ("Siemens Healthineers", "SOMATOM Definition AS+", "10.1.2.3", "00:09:fb:11:22:33"):
        assert cell in ct
