"""Records pcaps/hl7/datagrams.pcap: a monitor sends HL7 in datagrams to a gateway. Persons are made up: ZQCANARY.

`python pcaps/make/hl7_udp.py`. Needs root, iproute2 and tcpdump. The messages are those of ward_messages.py.
"""

from __future__ import annotations

import sys
import time

from lab import Lab
from ward_messages import MONITOR_2, reports

GATEWAY = "10.48.17.20"
SEND = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
    out.sendto(open(sys.argv[2], "rb").read(), (sys.argv[1], 6500))
"""


def main() -> None:
    with Lab() as lab:
        lab.host("monitor")
        lab.host("gateway")
        lab.wire("monitor", "00:30:e6:10:20:22", "gateway", "00:50:56:48:17:20")
        lab.address("monitor", "gateway", "10.48.17.7/24")
        lab.address("gateway", "monitor", f"{GATEWAY}/24")
        recording = lab.record("gateway", "monitor", "hl7/datagrams.pcap", "udp port 6500 or arp")
        for number, text in enumerate(reports("DELTA22^0030E6FFFE102022^EUI-64", "DRAEGER", (MONITOR_2,), 2)):
            message = lab.files / "message"
            frame = text.replace("\n", "\r").encode() + b"\r"
            message.write_bytes(b"\x0b" + frame + b"\x1c\r" if number else frame)  # with MLLP's frame, and without
            lab.run("monitor", sys.executable, "-c", SEND, GATEWAY, str(message))
            time.sleep(0.5)
        lab.finish(recording)


if __name__ == "__main__":
    main()
