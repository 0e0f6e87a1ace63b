"""Records pcaps/nut and pcaps/apcupsd: servers of UPSs that are made up. Persons and passwords: ZQCANARY.

`NUT=folder APCUPSD=folder python pcaps/make/power.py [case]`. Needs root, iproute2, tcpdump, and in those folders
the programs upsd, dummy-ups and upsc (Debian: nut-server, nut-client), and apcupsd and apcaccess (Debian: apcupsd).
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
PROGRAMS, APCUPSD = os.environ.get("NUT", ""), os.environ.get("APCUPSD", "")
APC = """## apcupsd.conf v1.1 ##
UPSNAME ZQCANARYMARTIN
UPSCABLE ether
UPSTYPE test
DEVICE
LOCKFILE {files}
SCRIPTDIR {files}
PWRFAILDIR {files}
NOLOGINDIR {files}
EVENTSFILE {files}/events
NETSERVER on
NISIP 0.0.0.0
"""
LOGIN = """
import socket
s = socket.create_connection(("10.33.0.20", 3493), 5)
for line in (b"VER", b"USERNAME zqcanary.user", b"PASSWORD ZQCANARY-secret", b"LOGOUT"):
    s.sendall(line + b"\\n")
    s.recv(1000)
"""


def network(lab: Lab) -> None:
    lab.host("server")
    lab.host("desk")
    lab.wire("server", "00:50:56:33:00:20", "desk", "00:50:56:33:00:10")
    lab.address("server", "desk", "10.33.0.20/24")
    lab.address("desk", "server", "10.33.0.10/24")


def apcupsd() -> None:
    """A computer with a UPS of apcupsd's own test driver is asked for its status, and for its events."""
    with Lab() as lab:
        network(lab)
        (lab.files / "apcupsd.conf").write_text(APC.format(files=lab.files))
        named = ("unshare", "--uts", "sh", "-c", 'hostname ward-nas; exec "$@"', "sh")
        program = (f"{APCUPSD}/apcupsd", "-b", "-f", f"{lab.files}/apcupsd.conf", "-P", f"{lab.files}/pid")
        lab.start("server", *named, *program)
        time.sleep(3)
        recording = lab.record("desk", "server", "apcupsd/status.pcap", "tcp or arp")
        print(lab.run("desk", f"{APCUPSD}/apcaccess", "status", "10.33.0.20:3551", check=False))
        lab.finish(recording)


def nut() -> None:
    with Lab() as lab:
        network(lab)
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
    cases = {"nut": nut, "apcupsd": apcupsd}
    for case in sys.argv[1:] or cases:
        cases[case]()
