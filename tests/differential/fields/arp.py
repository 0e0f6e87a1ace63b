"""ARP. A probe states no address (RFC 5227), and a group has none."""

from __future__ import annotations

from collections.abc import Iterator

from tests.differential.table import NO_ADDRESS, Frame, Shown, Table

MAC, IP = "arp.src.hw_mac", "arp.src.proto_ipv4"


def stated(frame: Frame) -> Iterator[tuple[str, str]]:
    for mac, ip in zip(frame.all(MAC), frame.all(IP), strict=False):
        if ip not in NO_ADDRESS and not int(mac[:2], 16) & 1 and mac != "00:00:00:00:00:00":
            yield mac, ip


TABLE = Table((Shown("arp.address", (MAC, IP), read=stated),))
