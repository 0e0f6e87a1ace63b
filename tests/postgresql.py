"""A PostgreSQL server of the tests' own: in a temporary folder, on a socket in it and no port, stopped at their end."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if Path("/usr/lib/postgresql").is_dir() else []
NOBODY = "nobody"  # the server refuses to run as root
READY_S = 30.0


class Server:
    """A running server. Each `database` is new and empty."""

    def __init__(self, folder: Path, running: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.running = running
        self._made = 0

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://auscult@/{name}?host={self.folder}"

    def database(self) -> str:
        self._made += 1
        name = f"inventory_{os.getpid()}_{self._made}"
        self.sql(f"CREATE DATABASE {name}")
        return self.url(name)

    def sql(self, statement: str, name: str = "postgres") -> None:
        import psycopg

        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute(statement)


def missing() -> str:
    """Why no server can be started here, or ""."""
    return "" if BINARIES else "PostgreSQL is not installed (Debian: postgresql)"


@contextmanager
def server() -> Iterator[Server]:
    """Starts one, and stops it."""
    folder = Path(tempfile.mkdtemp(prefix="auscult-pg-"))
    try:
        with _running(folder) as running:
            yield Server(folder, running)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    user: dict[str, int | list[int]] = {}
    if os.geteuid() == 0:
        account = pwd.getpwnam(NOBODY)
        os.chown(folder, account.pw_uid, account.pw_gid)
        user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    data, programs = folder / "data", BINARIES[-1]
    subprocess.run(
        [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "auscult",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale-provider=icu",
            "--icu-locale=fr",
            "--no-sync",
        ],
        check=True,
        capture_output=True,
        cwd=folder,
        **user,  # type: ignore[call-overload]  # none, or the three of another user
    )
    command = [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"]
    running = subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=(folder / "log").open("wb"),
        **user,  # type: ignore[call-overload]  # likewise
    )
    try:
        until = time.monotonic() + READY_S
        while subprocess.run([programs / "pg_isready", "-h", folder, "-q"], check=False, cwd=folder).returncode:
            if running.poll() is not None or time.monotonic() > until:
                raise RuntimeError((folder / "log").read_text(errors="replace"))
            time.sleep(0.05)
        yield running
    finally:
        running.send_signal(signal.SIGINT)  # does not wait for those who are still connected
        running.wait(30)
