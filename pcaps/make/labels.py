"""Records pcaps/zpl: a program asks a label printer what it is, and prints a wristband. Persons are made up: ZQCANARY.

`python pcaps/make/labels.py`. Needs root, iproute2 and tcpdump. No program here speaks ZPL, so both ends say what
Zebra's ZPL II Programming Guide writes for ~HI, ~HS and ^XA.
"""

from __future__ import annotations

import json
import sys
import time

import bedside
from lab import Lab

PRINTER, PROGRAM = "10.51.0.91", "10.51.0.20"
TURNS = (
    (b"~HI\r\n", b"\x02ZTC ZD510-300dpi ZPL,V84.20.18Z,12,8176KB\x03\r\n"),
    (b"~HS\r\n", b"\x02030,0,0,1218,000,0,0,0,000,0,0,0\x03\r\n"),
    (b"^XA^FO40,40^A0N,36^FDZQCANARYMARTIN JEANNE^FS^FO40,90^BCN,80^FDZQCANARY4711^FS^XZ", b""),
)


def main() -> None:
    with Lab() as lab:
        lab.host("printer")
        lab.host("program")
        lab.wire("printer", "00:07:4d:51:00:91", "program", "00:50:56:51:00:20")  # Zebra
        lab.address("printer", "program", f"{PRINTER}/24")
        lab.address("program", "printer", f"{PROGRAM}/24")
        recording = lab.record("program", "printer", "zpl/wristband.pcap", "tcp or arp")
        asked, answers = (json.dumps([turn[side].hex() for turn in TURNS]) for side in (0, 1))
        server = lab.start("printer", sys.executable, bedside.HERE, "serve", "9100", asked, answers)
        time.sleep(0.5)
        lab.run("program", sys.executable, bedside.HERE, "connect", PRINTER, "9100", asked, answers)
        server.wait(10)
        lab.finish(recording)


if __name__ == "__main__":
    main()
