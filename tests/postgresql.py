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
from contextlib import contextmanager, suppress
from pathlib import Path

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if Path("/usr/lib/postgresql").is_dir() else []
NOBODY = "nobody"  # the server refuses to run as root
READY_S = 30.0


class Server:
    """A running server. Each `database` is new and empty."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.user: dict[str, int | list[int]] = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam(NOBODY)
            os.chown(folder, account.pw_uid, account.pw_gid)
            self.user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self._made = 0
        self._initialise()
        self._running = self._started()

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

    def crash(self) -> None:
        """Kills all of its processes at once, as if the machine had killed them."""
        main = self._running.pid
        others = [int(pid) for pid in Path(f"/proc/{main}/task/{main}/children").read_text().split()]
        for process in (main, *others):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._running.wait()

    def start(self) -> None:
        """After a crash. It mends what was left."""
        self._running = self._started()

    def stop(self) -> None:
        """Does not wait for those who are still connected."""
        self._running.send_signal(signal.SIGINT)
        self._running.wait(30)

    def reload(self) -> None:
        """Lets it read its files of settings anew."""
        self._running.send_signal(signal.SIGHUP)

    def _initialise(self) -> None:
        words = ["-U", "auscult", "-A", "trust", "-E", "UTF8", "--locale-provider=icu", "--icu-locale=fr", "--no-sync"]
        subprocess.run(
            [BINARIES[-1] / "initdb", "-D", self.folder / "data", *words],
            check=True,
            capture_output=True,
            cwd=self.folder,
            **self.user,  # type: ignore[call-overload]  # none, or the three of another user
        )

    def _started(self) -> subprocess.Popen[bytes]:
        until = time.monotonic() + READY_S
        while True:
            running = self._launched()
            while running.poll() is None:
                if not subprocess.run([BINARIES[-1] / "pg_isready", "-h", self.folder, "-q"], check=False).returncode:
                    return running
                time.sleep(0.02)
            if time.monotonic() > until:  # until then processes of a server that crashed may be in its way
                raise RuntimeError((self.folder / "log").read_text(errors="replace"))

    def _launched(self) -> subprocess.Popen[bytes]:
        words = ["-D", self.folder / "data", "-k", self.folder, "-c", "listen_addresses=", "-c", "fsync=off"]
        with (self.folder / "log").open("wb") as log:
            launched: subprocess.Popen[bytes] = subprocess.Popen(
                [BINARIES[-1] / "postgres", *words],
                cwd=self.folder,
                stdout=subprocess.DEVNULL,
                stderr=log,
                **self.user,  # type: ignore[call-overload]  # likewise
            )
        return launched


def missing() -> str:
    """Why no server can be started here, or ""."""
    return "" if BINARIES else "PostgreSQL is not installed (Debian: postgresql)"


@contextmanager
def server() -> Iterator[Server]:
    """Starts one, and stops it."""
    folder = Path(tempfile.mkdtemp(prefix="auscult-pg-"))
    try:
        running = Server(folder)
        try:
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
