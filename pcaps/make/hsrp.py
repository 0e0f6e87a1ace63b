# SPDX-License-Identifier: GPL-2.0-only
"""Writes pcaps/hsrp: Cisco routers that share an address, which no program here can be. Needs scapy.

Version 1 as RFC 2281 section 5 has it; version 2 as Wireshark reads it, byte by byte.
"""

from __future__ import annotations

from pathlib import Path

from scapy.layers.hsrp import HSRP
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw
from scapy.utils import wrpcap

PCAPS = Path(__file__).resolve().parents[1]
ONE, TWO = ("02:a3:00:00:00:01", "10.23.0.2"), ("02:a3:00:00:00:02", "10.23.0.3")
SHARED = "10.23.0.1"


def hello(mac: str, ip: str, state: int, priority: int, password: bytes) -> Packet:
    what = HSRP(state=state, priority=priority, group=5, auth=password, virtualIP=SHARED)
    return Ether(src=mac, dst="01:00:5e:00:00:02") / IP(src=ip, dst="224.0.0.2", ttl=1) / UDP(sport=1985) / what


def hello_2(mac: str, ip: str, interface: str, state: int, priority: int) -> Packet:
    group = bytes([1, 40, 2, 0, state, 4]) + (300).to_bytes(2, "big") + bytes.fromhex(interface.replace(":", ""))
    group += b"".join(n.to_bytes(4, "big") for n in (priority, 3000, 10000))
    group += bytes(map(int, SHARED.split("."))) + bytes(12)
    password = bytes([3, 8]) + b"ZQCANARY"
    udp = UDP(sport=1985, dport=1985)
    return Ether(src=mac, dst="01:00:5e:00:00:66") / IP(src=ip, dst="224.0.0.102", ttl=1) / udp / Raw(group + password)


def write(name: str, frames: list[Packet]) -> None:
    twice = [frame.copy() for _ in range(2) for frame in frames]
    for number, frame in enumerate(twice):
        frame.time = 1767225600 + 1.5 * number
    (PCAPS / "hsrp").mkdir(exist_ok=True)
    wrpcap(str(PCAPS / "hsrp" / name), twice)


if __name__ == "__main__":
    active_1, active_2 = "00:00:0c:07:ac:05", "00:00:0c:9f:f1:2c"
    default = b"cisco\0\0\0"
    write("version-1.pcap", [hello(active_1, ONE[1], 16, 110, default), hello(*TWO, 8, 100, default)])
    write("version-2.pcap", [hello_2(active_2, ONE[1], ONE[0], 6, 110), hello_2(*TWO, TWO[0], 5, 100)])
