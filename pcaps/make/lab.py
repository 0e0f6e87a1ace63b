"""Hosts in network namespaces, wired to each other and nothing else, for the scripts that record captures.

Needs root, iproute2 and tcpdump. Everything that is started is ended, and every namespace that is made is removed.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

PCAPS = Path(__file__).resolve().parents[1]
WAIT = 20.0  # seconds that any one step may take


class Lab:
    """`with Lab() as lab`: add hosts, wire them, start programs, record."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._started: list[subprocess.Popen[bytes]] = []
        self._files = tempfile.TemporaryDirectory(prefix="lab-")
        self.files = Path(self._files.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process in reversed(self._started):
            self.stop(process)
        for name in self._names.values():
            subprocess.run(["ip", "netns", "del", name], check=False)
        self._files.cleanup()

    def host(self, name: str) -> None:
        self._names[name] = f"lab{os.getpid()}-{name}"
        subprocess.run(["ip", "netns", "add", self._names[name]], check=True)
        for key in ("default", "all"):  # stable addresses, no chatter of its own where IPv6 is not wanted
            self.run(name, "sysctl", "-qw", f"net.ipv6.conf.{key}.accept_dad=0")
        self.run(name, "ip", "link", "set", "lo", "up")

    def wire(self, one: str, one_mac: str, other: str, other_mac: str, *, ipv6: bool = False) -> None:
        """A cable between two hosts. Each end is named after the host at the other."""
        ends = ((one, other, one_mac), (other, one, other_mac))
        first, second = ([self._names[host], f"to-{peer}", mac] for host, peer, mac in ends)
        peer = ["peer", "name", second[1], "netns", second[0], "address", second[2]]
        link = ["ip", "-n", first[0], "link", "add", first[1], "address", first[2], "type", "veth", *peer]
        subprocess.run(link, check=True)
        for host, peer_name, _ in ends:
            if not ipv6:
                self.run(host, "sysctl", "-qw", f"net.ipv6.conf.to-{peer_name}.disable_ipv6=1")
            self.run(host, "ip", "link", "set", f"to-{peer_name}", "up")

    def address(self, host: str, peer: str, *addresses: str) -> None:
        for address in addresses:
            self.run(host, "ip", "addr", "add", address, "dev", f"to-{peer}")

    def argv(self, host: str, *command: str) -> list[str]:
        return ["ip", "netns", "exec", self._names[host], *command]

    def run(self, host: str, *command: str, check: bool = True) -> str:
        done = subprocess.run(
            self.argv(host, *command), check=check, timeout=WAIT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        return done.stdout.decode("utf-8", "replace")

    def start(self, host: str, *command: str) -> subprocess.Popen[bytes]:
        with (self.files / f"log{len(self._started)}").open("wb") as log:
            process = subprocess.Popen(self.argv(host, *command), stdout=log, stderr=subprocess.STDOUT)
        self._started.append(process)
        return process

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(WAIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(WAIT)

    def record(self, host: str, peer: str, capture: str, expression: str = "") -> subprocess.Popen[bytes]:
        """Starts tcpdump at one end of a cable; `stop` it to have the file whole."""
        path = PCAPS / capture
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        command = [
            "tcpdump",
            "--immediate-mode",
            "-Z",
            "root",
            "-U",
            "-nn",
            "-s",
            "0",
            "-i",
            f"to-{peer}",
            "-w",
            str(path),
        ]
        process = self.start(host, *command, *([expression] if expression else []))
        deadline = time.monotonic() + WAIT
        while not path.exists() or path.stat().st_size < 24:  # the header is written when it listens
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError(f"tcpdump did not start for {capture}")
            time.sleep(0.05)
        time.sleep(0.3)
        return process

    def finish(self, recording: subprocess.Popen[bytes]) -> None:
        time.sleep(0.7)  # the last frames reach tcpdump
        self.stop(recording)
