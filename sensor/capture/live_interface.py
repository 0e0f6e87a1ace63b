"""What a network interface is at the moment: asked through ioctl (netdevice(7)) and /proc, which see the network
namespace that we are in, as /sys does not. Nothing here sends a packet."""

from __future__ import annotations

import fcntl
import socket
import struct
from pathlib import Path

from msgspec import Struct

# linux/sockios.h
SIOCGIFFLAGS = 0x8913
SIOCGIFADDR = 0x8915
SIOCGIFMTU = 0x8921
SIOCGIFHWADDR = 0x8927

# linux/if.h
IFF_UP = 0x1
IFF_RUNNING = 0x40

# linux/if_arp.h -> link type of the capture formats
LINKS = {
    1: 1,  # Ethernet
    772: 1,  # loopback, which has Ethernet headers on Linux
    65534: 101,  # none: tun devices give IP packets
    512: 101,  # PPP: likewise on a raw socket
}
NAME_MAX = 15  # IFNAMSIZ without the NUL


class Interface(Struct, frozen=True):
    """One look at an interface."""

    name: str
    index: int
    up: bool  # switched on
    running: bool  # and has a carrier
    mtu: int
    hardware: int  # ARPHRD type
    addresses: tuple[str, ...]
    sent: int  # frames that it transmitted since it was made

    @property
    def link(self) -> int | None:
        """The link type of its frames; None if they cannot be read."""
        return LINKS.get(self.hardware)


def look(name: str) -> Interface | None:
    """The interface as it is now, None if there is none of that name."""
    if not name or len(name.encode()) > NAME_MAX:
        return None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        try:
            flags = int.from_bytes(_asked(asker, SIOCGIFFLAGS, name)[:2], "little")
            return Interface(
                name,
                socket.if_nametoindex(name),
                bool(flags & IFF_UP),
                bool(flags & IFF_RUNNING),
                struct.unpack_from("=i", _asked(asker, SIOCGIFMTU, name))[0],
                struct.unpack_from("=H", _asked(asker, SIOCGIFHWADDR, name))[0],
                (*_ipv4(asker, name), *_ipv6(name)),
                _sent(name),
            )
        except OSError:  # it went while we looked
            return None


def _asked(asker: socket.socket, what: int, name: str) -> bytes:
    """The union of struct ifreq, behind the name."""
    return fcntl.ioctl(asker, what, struct.pack("16s24x", name.encode()))[16:]


def _ipv4(asker: socket.socket, name: str) -> tuple[str, ...]:
    """Its first address: one is enough to know that it is no silent port."""
    try:
        return (socket.inet_ntoa(_asked(asker, SIOCGIFADDR, name)[4:8]),)
    except OSError:
        return ()


def _ipv6(name: str) -> tuple[str, ...]:
    """proc(5), /proc/net/if_inet6: address, index, prefix length, scope, flags, name."""
    lines = (line.split() for line in _lines("/proc/self/net/if_inet6"))
    return tuple(socket.inet_ntop(socket.AF_INET6, bytes.fromhex(f[0])) for f in lines if len(f) == 6 and f[5] == name)


def _sent(name: str) -> int:
    """proc(5), /proc/net/dev: after the colon eight columns for received, then packets are the second for sent."""
    for line in _lines("/proc/self/net/dev"):
        label, colon, columns = line.rpartition(":")
        if colon and label.strip() == name:
            return int(columns.split()[9])
    return 0


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
