"""Records pcaps/rdp: xrdp and FreeRDP. Users and passwords are made up: ZQCANARY.

`python pcaps/make/desktop.py [case ...]`. Needs root, iproute2, tcpdump, openssl, xrdp, FreeRDP 2 and Xvfb.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lab import Lab

DESK, SERVER = ("00:50:56:62:00:21", "10.62.0.21"), ("00:50:56:62:00:10", "10.62.0.10")
USER, PASSWORD = "zqcanary.user", "ZQCANARY-secret"


def desktop(case: str, layer: str, *options: str) -> None:
    with Lab() as lab:
        lab.host("desk")
        lab.host("server")
        lab.wire("desk", DESK[0], "server", SERVER[0])
        lab.address("desk", "server", f"{DESK[1]}/24")
        lab.address("server", "desk", f"{SERVER[1]}/24")
        key, certificate = lab.files / "key.pem", lab.files / "cert.pem"
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=console7"]
        subprocess.run([*made, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
        settings = Path("/etc/xrdp/xrdp.ini").read_text()
        for name, value in (
            ("security_layer", layer),
            ("certificate", certificate),
            ("key_file", key),
            ("port", "tcp://:3389"),
            ("ssl_protocols", "TLSv1.2"),
            ("LogFile", lab.files / "xrdp.log"),
        ):
            lines = settings.split("\n")
            at = next(i for i, line in enumerate(lines) if line.startswith(f"{name}="))
            settings = "\n".join([*lines[:at], f"{name}={value}", *lines[at + 1 :]])
        ini = lab.files / "xrdp.ini"
        ini.write_text(settings)
        lab.start("server", "setsid", "xrdp", "--nodaemon", "--config", str(ini))
        time.sleep(2)
        display = lab.start("desk", "Xvfb", ":77", "-screen", "0", "800x600x24", "-nolisten", "tcp")
        time.sleep(1)
        recording = lab.record("desk", "server", case, "(tcp port 3389 or arp)")
        who = [f"/u:{USER}", f"/p:{PASSWORD}", "/d:ZQCANARYDOM", "/client-hostname:CTCONSOLE7", "/kbd:0x0000040C"]
        command = ["xfreerdp", f"/v:{SERVER[1]}", *who, "/cert:ignore", "/size:640x480", *options]
        shown = lab.run("desk", "env", "DISPLAY=:77", "HOME=/nonexistent", "timeout", "4", *command, check=False)
        print(shown[-600:])
        lab.finish(recording)
        lab.stop(display)
    whole = Path(__file__).resolve().parents[1] / case
    cut = whole.with_suffix(".part")
    subprocess.run(["editcap", "-F", "pcap", "-r", str(whole), str(cut), "1-40"], check=True)
    cut.replace(whole)


def standard() -> None:
    """RDP's own security: the opening of the conference is in clear."""
    desktop("rdp/standard.pcap", "rdp", "/sec:rdp")


def tls() -> None:
    """TLS inside RDP."""
    desktop("rdp/tls.pcap", "negotiate", "/sec:tls")


CASES: dict[str, Callable[[], None]] = {"standard": standard, "tls": tls}

if __name__ == "__main__":
    for case in sys.argv[1:] or CASES:
        CASES[case]()
