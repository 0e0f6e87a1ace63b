"""Records pcaps/wsd/computer.pcap: wsdd announces a computer, another one looks for it and fetches its metadata.

`python pcaps/make/ws_discovery.py`. Needs root, iproute2, tcpdump, wsdd. Persons are made up: ZQCANARY.
"""

from __future__ import annotations

import time

from lab import Lab

DESK, READER = ("02:a5:00:00:00:11", "10.74.0.11"), ("02:a5:00:00:00:05", "10.74.0.5")
ENDPOINT = "5f2a3c10-74a5-5b11-8d41-02a500000011"


def main() -> None:
    with Lab() as lab:
        lab.host("desk")
        lab.host("reader")
        lab.wire("desk", DESK[0], "reader", READER[0])
        lab.address("desk", "reader", f"{DESK[1]}/24")
        lab.address("reader", "desk", f"{READER[1]}/24")
        recording = lab.record("reader", "desk", "wsd/computer.pcap", "udp port 3702 or tcp or arp")
        own = ["-4", "-U", ENDPOINT, "-n", "xr-console-2", "-d", "WARDS", "-i", "to-reader"]
        announcer = lab.start("desk", "wsdd", *own)
        time.sleep(3)
        lab.start("reader", "wsdd", "-4", "-o", "-D", "-l", str(lab.files / "ask"), "-i", "to-desk")
        time.sleep(5)
        lab.stop(announcer)
        lab.finish(recording)


if __name__ == "__main__":
    main()
