"""How hosts get and claim addresses and routers stand in for each other: ARP, DHCP, VRRP. RFC 826, 2131, 2132, 9568."""

from __future__ import annotations

import struct
from typing import NamedTuple

from pcaps.make.hospital.wire import checksum

LEASE = 4 * 3600  # seconds
MAGIC = b"\x63\x82\x53\x63"


class Client(NamedTuple):
    """What a DHCP client says of itself."""

    name: str = ""
    vendor_class: str = ""
    parameters: tuple[int, ...] = (1, 3, 6, 15)
    uuid: bytes = b""  # option 97, RFC 4578 section 2.3


def arp(operation: int, mac: bytes, ip: bytes, target_mac: bytes, target_ip: bytes) -> bytes:
    return struct.pack(">HHBBH", 1, 0x0800, 6, 4, operation) + mac + ip + target_mac + target_ip


def option(code: int, value: bytes) -> bytes:
    return bytes((code, len(value))) + value


def dhcp(step: int, mac: bytes, ip: bytes, transaction: int, client: Client, router: bytes, server: bytes) -> bytes:
    """step: 1 discover, 2 offer, 3 request, 5 acknowledge."""
    reply = step in (2, 5)
    head = struct.pack(">BBBBIHH", 2 if reply else 1, 1, 6, 0, transaction, 0, 0)
    head += bytes(4) + (ip if reply else bytes(4)) + bytes(8) + mac.ljust(16, b"\0") + bytes(192)
    options = option(53, bytes((step,)))
    if reply:
        options += option(54, server) + option(51, LEASE.to_bytes(4)) + option(1, b"\xff\xff\xff\0")
        options += option(3, router) + option(6, server[:3] + b"\x15")
    else:
        options += option(61, b"\x01" + mac)
        options += option(12, client.name.encode()) if client.name else b""
        options += option(60, client.vendor_class.encode()) if client.vendor_class else b""
        options += option(97, b"\0" + client.uuid) if client.uuid else b""
        options += option(55, bytes(client.parameters))
        options += option(50, ip) + option(54, server) if step == 3 else b""
    return (head + MAGIC + options + b"\xff").ljust(300, b"\0")


def relayed(message: bytes, relay: bytes) -> bytes:
    """The same message between the relay and the server: hops and giaddr."""
    return message[:3] + b"\x01" + message[4:24] + relay + message[28:]


def vrrp(group: int, priority: int, address: bytes) -> bytes:
    """An advertisement of version 2 (RFC 3768 section 5), as switches still send it."""
    head = struct.pack(">BBBBBB", 0x21, group, priority, 1, 0, 1)
    body = address + bytes(8)
    return head + checksum(head + b"\0\0" + body).to_bytes(2) + body
