"""Records pcaps/nbns and pcaps/netbios: Samba's nmbd registers, announces itself, and is asked by nmblookup.

`python pcaps/make/netbios.py`. Needs root, iproute2, tcpdump, samba. Persons are made up: ZQCANARY.
"""

from __future__ import annotations

import time

from lab import Lab

SERVER, READER = ("02:a4:00:00:00:11", "10.73.0.11"), ("02:a4:00:00:00:05", "10.73.0.5")
SETTINGS = """
[global]
netbios name = CTCONSOLE7
workgroup = RADIOLOGY
server string = Room of Dr. ZQCANARYMARTIN
interfaces = 10.73.0.11/24
bind interfaces only = yes
os level = 65
preferred master = yes
local master = yes
private dir = {files}
lock directory = {files}
state directory = {files}
cache directory = {files}
pid directory = {files}
log file = {files}/log
"""


def main() -> None:
    with Lab() as lab:
        lab.host("server")
        lab.host("reader")
        lab.wire("server", SERVER[0], "reader", READER[0])
        lab.address("server", "reader", f"{SERVER[1]}/24")
        lab.address("reader", "server", f"{READER[1]}/24")
        (lab.files / "conf").write_text(SETTINGS.format(files=lab.files))
        names = lab.record("reader", "server", "nbns/samba.pcap", "udp port 137 or arp")
        browser = lab.record("reader", "server", "netbios/browser.pcap", "udp port 138 or arp")
        lab.start("server", "nmbd", "-F", "--no-process-group", "-s", str(lab.files / "conf"))
        time.sleep(9)
        look = ["nmblookup", "-s", "/dev/null"]
        print(lab.run("reader", *look, "-B", "10.73.0.255", "CTCONSOLE7", check=False))
        print(lab.run("reader", *look, "-B", "10.73.0.255", "-M", "RADIOLOGY", check=False))
        print(lab.run("reader", *look, "-A", SERVER[1], check=False))
        time.sleep(25)  # an election takes as long
        lab.finish(names)
        lab.finish(browser)


if __name__ == "__main__":
    main()
