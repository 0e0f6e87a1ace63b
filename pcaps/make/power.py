"""Records pcaps/nut: Network UPS Tools with a UPS that is made up. Persons and passwords: ZQCANARY.

`NUT=folder python pcaps/make/power.py`. Needs root, iproute2, tcpdump, and in that folder the programs upsd, dummy-ups
and upsc (Debian: nut-server, nut-client).
"""

from __future__ import annotations

import os
import sys
import time

from lab import Lab

UPS = """device.mfr: EATON
device.model: 5P 1550
device.serial: G117E01234
device.type: ups
device.location: Rack 4
device.contact: ZQCANARYMARTIN
ups.mfr: EATON
ups.model: 5P 1550
ups.serial: G117E01234
ups.firmware: 01.12.0003
ups.status: OL
"""
PROGRAMS = os.environ.get("NUT", "")
LOGIN = """
import socket
s = socket.create_connection(("10.33.0.20", 3493), 5)
for line in (b"VER", b"USERNAME zqcanary.user", b"PASSWORD ZQCANARY-secret", b"LOGOUT"):
    s.sendall(line + b"\\n")
    s.recv(1000)
"""


def main() -> None:
    with Lab() as lab:
        lab.host("server")
        lab.host("desk")
        lab.wire("server", "00:50:56:33:00:20", "desk", "00:50:56:33:00:10")
        lab.address("server", "desk", "10.33.0.20/24")
        lab.address("desk", "server", "10.33.0.10/24")
        (lab.files / "rack4.dev").write_text(UPS)
        (lab.files / "ups.conf").write_text("[rack4]\ndriver = dummy-ups\nport = rack4.dev\ndesc = rack four\n")
        (lab.files / "upsd.conf").write_text("LISTEN 10.33.0.20 3493\n")
        (lab.files / "upsd.users").write_text("[zqcanary.user]\npassword = ZQCANARY-secret\n")
        settings = ("env", f"NUT_CONFPATH={lab.files}", f"NUT_STATEPATH={lab.files}", f"NUT_ALTPIDPATH={lab.files}")
        lab.start("server", *settings, f"{PROGRAMS}/dummy-ups", "-u", "root", "-a", "rack4", "-D")
        time.sleep(1.5)
        lab.start("server", *settings, f"{PROGRAMS}/upsd", "-u", "root", "-D")
        time.sleep(1.5)
        recording = lab.record("desk", "server", "nut/list.pcap", "tcp or arp")
        print(lab.run("desk", f"{PROGRAMS}/upsc", "rack4@10.33.0.20", check=False))
        lab.run("desk", sys.executable, "-c", LOGIN)
        lab.finish(recording)


if __name__ == "__main__":
    main()
