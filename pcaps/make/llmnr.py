"""Records pcaps/llmnr/names.pcap: llmnrd answers for its host, and for nobody else.

`python pcaps/make/llmnr.py`. Needs root, iproute2, tcpdump, llmnrd. Persons are made up: ZQCANARY.
"""

from __future__ import annotations

import time

from lab import Lab

DESK, READER = ("02:a6:00:00:00:11", "10.75.0.11"), ("02:a6:00:00:00:05", "10.75.0.5")


def main() -> None:
    with Lab() as lab:
        lab.host("desk")
        lab.host("reader")
        lab.wire("desk", DESK[0], "reader", READER[0])
        lab.address("desk", "reader", f"{DESK[1]}/24")
        lab.address("reader", "desk", f"{READER[1]}/24")
        lab.run("reader", "ip", "route", "add", "224.0.0.0/8", "dev", "to-desk")
        recording = lab.record("reader", "desk", "llmnr/names.pcap", "udp port 5355 or arp")
        lab.start("desk", "llmnrd", "-H", "us-cart-4", "-i", "to-reader")
        time.sleep(1)
        for name in ("us-cart-4", "zqcanary-laptop"):
            print(lab.run("reader", "llmnr-query", "-I", "to-desk", "-c", "1", "-t", "A", name, check=False))
        lab.finish(recording)


if __name__ == "__main__":
    main()
