"""What a service tells systemd (sd_notify(3)) and whoever reads its log."""

from __future__ import annotations

import os
import socket
import sys
import time
from datetime import UTC, datetime

import msgspec

from sensor.names import shown


class Notifier:
    """Datagrams to the socket that systemd names; nothing without one."""

    def __init__(self) -> None:
        name = os.environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + name[1:] if name.startswith("@") else name
        watchdog = os.environ.get("WATCHDOG_USEC", "")
        mine = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._every = int(watchdog) / 2e6 if watchdog.isdecimal() and mine else 0.0
        self._fed = 0.0

    def tell(self, *lines: str) -> None:
        """READY=1, STOPPING=1, STATUS=..."""
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as teller:
            try:
                teller.sendto("\n".join(lines).encode(), socket.MSG_DONTWAIT, self._address)
            except OSError as error:
                print(f"sensor: NOTIFY_SOCKET: {error.strerror}", file=sys.stderr)
                self._address = ""

    def reloading(self) -> None:
        """Followed by READY=1 when it is done."""
        self.tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def alive(self) -> None:
        """Feeds the watchdog, twice as often as it wants."""
        now = time.monotonic()
        if self._every and now - self._fed >= self._every:
            self._fed = now
            self.tell("WATCHDOG=1")


class Log:
    """One line for each thing that happens, to standard error; as JSON for machines."""

    def __init__(self, *, json: bool = False) -> None:
        self._json = json

    def __call__(self, event: str, level: str = "info", /, **fields: object) -> None:
        """event: a sentence without the particulars, which are the fields."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if self._json:
            line = msgspec.json.encode({"time": now, "level": level, "event": event} | fields).decode()
        else:
            particulars = " ".join(f"{name}={shown(str(value))}" for name, value in fields.items())
            line = f"{now} {'' if level == 'info' else level + ': '}{event}{' ' if particulars else ''}{particulars}"
        print(line, file=sys.stderr, flush=True)
