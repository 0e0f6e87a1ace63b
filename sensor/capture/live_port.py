"""What else there is to know of an interface that is to be silent: whether the machine may speak on it, and whether the
network card puts frames together. Asked like `live_interface.look`; nothing here sends a packet."""

from __future__ import annotations

import ctypes
import fcntl
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from sensor.capture.health import OK, PROBLEM, WARNING, Check
from sensor.capture.live_interface import SIOCGIFFLAGS, Interface

# linux/if.h, linux/sockios.h, linux/ethtool.h
IFF_NOARP = 0x80
SIOCETHTOOL = 0x8946
ETHTOOL_GFLAGS, ETH_FLAG_LRO = 0x25, 1 << 15
ETHTOOL_GGRO = 0x2B


class Port(Struct, frozen=True):
    """How an interface is set."""

    arp: bool  # it answers ARP
    ipv6: bool  # it speaks IPv6
    joined: bool  # received packets are put together (GRO, LRO)
    errors: int  # frames that the network card received and could not hand on


def port(name: str) -> Port:
    """Of an interface that is there. Raises OSError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        flags = struct.unpack_from("=H", fcntl.ioctl(asker, SIOCGIFFLAGS, struct.pack("16s24x", name.encode())), 16)[0]
        gro = _ethtool(asker, name, ETHTOOL_GGRO)
        lro = _ethtool(asker, name, ETHTOOL_GFLAGS) & ETH_FLAG_LRO
    return Port(not flags & IFF_NOARP, _ipv6(name), bool(gro or lro), _errors(name))


def _ethtool(asker: socket.socket, name: str, what: int) -> int:
    """struct ethtool_value, through the pointer of struct ifreq; 0 where the driver does not say."""
    value = ctypes.create_string_buffer(struct.pack("=II", what, 0))
    try:
        fcntl.ioctl(asker, SIOCETHTOOL, struct.pack("16sP16x", name.encode(), ctypes.addressof(value)))
    except OSError:
        return 0
    return int(struct.unpack_from("=I", value, 4)[0])


def _ipv6(name: str) -> bool:
    """ip-sysctl: a kernel without IPv6 has no such file."""
    try:
        return Path("/proc/sys/net/ipv6/conf", name, "disable_ipv6").read_text().strip() == "0"
    except OSError:
        return False


def _errors(name: str) -> int:
    """proc(5), /proc/net/dev: behind the colon received bytes, packets, errors, dropped, and those for want of room."""
    for line in Path("/proc/self/net/dev").read_text().splitlines():
        label, colon, columns = line.rpartition(":")
        if colon and label.strip() == name:
            numbers = columns.split()
            return int(numbers[2]) + int(numbers[4])
    return 0


def judge(before: Interface, after: Interface, found: Port) -> Iterator[Check]:
    """Two looks at an interface with the sample between them."""
    name = after.name
    if not after.up or not after.running:
        state = "has no carrier" if after.up else "is down"
        yield Check("interface", PROBLEM, f"{name} {state}", f"ip link set dev {name} up; else look at the cable")
    else:
        yield Check("interface", OK, f"{name}: up, MTU {after.mtu:,}")
    if after.addresses:
        yield Check(
            "address",
            PROBLEM,
            f"{name} has the address {', '.join(after.addresses)}: the machine itself talks on it",
            f"ip addr flush dev {name}; and take the address out of what sets it (docs/deployment.md)",
        )
    else:
        yield Check("address", OK, f"{name} has no address")
    yield from _silent(before, after, found)
    if found.joined:
        yield Check(
            "assembled",
            WARNING,
            f"the network card puts packets together on {name}: sizes and counts are those of the assembled ones",
            f"ethtool -K {name} gro off lro off",
        )
    if found.errors:
        yield Check(
            "errors",
            WARNING,
            f"{name} received {found.errors:,} frames since it was made that it could not hand on",
            f"ip -s -s link show dev {name}: bad ones point to the cable, missed ones to the card's ring (ethtool -G)",
        )


def _silent(before: Interface, after: Interface, found: Port) -> Iterator[Check]:
    """The counter of what it sent is the proof; its settings tell whether it will stay like that."""
    name = after.name
    speaks = [word for word, on in (("IPv6", found.ipv6), ("ARP", found.arp)) if on]
    hush = (
        f"sysctl -w net.ipv6.conf.{name}.disable_ipv6=1; ip link set dev {name} arp off multicast off;"
        f" tc qdisc replace dev {name} root pfifo limit 0"
    )
    if after.sent > before.sent:
        yield Check(
            "sent",
            PROBLEM,
            f"{name} sent {after.sent - before.sent:,} frames while we listened, {after.sent:,} since it was made",
            f"{hush}; stop LLDP daemons on it; tcpdump -i {name} -Q out shows what is left",
        )
    elif after.sent and speaks:
        yield Check("sent", PROBLEM, f"{name} sent {after.sent:,} frames since it was made", hush)
    elif after.sent:
        yield Check(
            "sent",
            WARNING,
            f"{name} sent {after.sent:,} frames since it was made, none while we listened",
            "it was silenced late: set that up for the next start (docs/deployment.md)",
        )
    else:
        yield Check("sent", OK, f"{name} sent nothing since it was made")
    if speaks:
        yield Check("silence", WARNING, f"{name} is set to speak {' and '.join(speaks)}", hush)
    else:
        yield Check("silence", OK, f"{name} speaks neither IPv6 nor ARP")
