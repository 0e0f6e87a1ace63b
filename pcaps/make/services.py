"""Records services that greet: SSH, FTP, mail, Telnet, VNC. Users and passwords are made up: ZQCANARY.

`python pcaps/make/services.py [case ...]`. Needs root, iproute2, tcpdump, openssl and what each case names.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from lab import Lab

CLIENT, SERVER = ("00:50:56:63:00:21", "10.63.0.21"), ("00:50:56:63:00:10", "10.63.0.10")
USER, PASSWORD = "zqcanary.user", "ZQCANARY-secret"


def pair(lab: Lab) -> None:
    """A client and a server, wired to each other."""
    lab.host("client")
    lab.host("server")
    lab.wire("client", CLIENT[0], "server", SERVER[0])
    lab.address("client", "server", f"{CLIENT[1]}/24")
    lab.address("server", "client", f"{SERVER[1]}/24")


def ssh(case: str, key_type: str, *options: str, bits: str = "3072") -> None:
    """OpenSSH at both ends; the log-in fails."""
    with Lab() as lab:
        pair(lab)
        key = lab.files / "host_key"
        subprocess.run(["ssh-keygen", "-q", "-t", key_type, "-b", bits, "-N", "", "-f", str(key)], check=True)
        print(subprocess.run(["ssh-keygen", "-lf", str(key)], check=True, capture_output=True, text=True).stdout)
        settings = ("-f", "/dev/null", "-h", str(key), "-o", "UsePAM=no", "-o", "PidFile=none")
        subprocess.run(["mkdir", "-p", "/run/sshd"], check=True)
        lab.start("server", "/usr/sbin/sshd", "-D", "-e", *settings)
        time.sleep(1)
        recording = lab.record("client", "server", case, "tcp port 22 or arp")
        known = ("-F", "/dev/null", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null")
        shown = lab.run(
            "client", "ssh", "-v", *known, *options, "-o", "BatchMode=yes", f"{USER}@{SERVER[1]}", "true", check=False
        )
        print(shown[-400:])
        lab.finish(recording)


CASES: dict[str, Callable[[], None]] = {
    "ssh": lambda: ssh("ssh/ed25519.pcap", "ed25519"),
    "ssh-group": lambda: ssh(
        "ssh/group-exchange.pcap",
        "rsa",
        *("-o", "KexAlgorithms=diffie-hellman-group-exchange-sha256", "-o", "HostKeyAlgorithms=rsa-sha2-512"),
        bits="1024",
    ),
}

if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        CASES[case]()
