"""Records pcaps/mindray: a monitor broadcasts as Mindray's do. Persons are made up: ZQCANARY.

`python pcaps/make/mindray.py`. Needs root, iproute2 and tcpdump. No program here speaks it, so the datagram is written
after the layout that its clients show.
"""

from __future__ import annotations

import sys
import time

from lab import Lab

DATAGRAM = "\r".join(
    (
        r"MSH|^~\&|||||||ADT^A01|101|P|2.3.1|",
        "EVN||00000000",
        "PID|||ZQCANARY4711||ZQCANARYMARTIN^JEANNE||19600101|F",
        "PV1||I|^^ICU&BED7&170921991&4601&&1|||||||||||||||A",
        "OBX||CE|2305||0||||||F",
        "OBX||ST|2304^MonitorName||MON-ICU-7||||||F",
        "OBX||ST|2308^BedNoStr||BED7||||||F",
        "OBX||CE|4524^||3||||||F",
        "",
    )
)
SEND = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
    out.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    out.bind(("10.48.16.7", 4600))
    out.sendto(sys.argv[1].encode(), ("10.48.16.255", 4600))
"""


def main() -> None:
    with Lab() as lab:
        lab.host("monitor")
        lab.host("switch")
        lab.wire("monitor", "00:a0:37:48:16:07", "switch", "02:48:00:00:00:01")
        lab.address("monitor", "switch", "10.48.16.7/24")
        recording = lab.record("switch", "monitor", "mindray/broadcast.pcap", "udp port 4600")
        for _ in range(3):
            lab.run("monitor", sys.executable, "-c", SEND, DATAGRAM)
            time.sleep(1)
        lab.finish(recording)


if __name__ == "__main__":
    main()
