"""Which addresses can be a device of the site, and which never are.

Site networks are, unless configured, the private, ULA and link-local ranges (RFC 1918, RFC 4193, RFC 3927, RFC 4291
section 2.5.6). Group and null hardware addresses, and those that a pair of routers shares, are nobody's.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache

from sensor.addresses import ipv4

SITE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10")

NEVER, LOOPBACK, INSIDE, EXTERNAL = "never", "loopback", "inside", "external"

MAC = re.compile(r"^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$")
NULL_MAC = "00:00:00:00:00:00"  # what Linux writes on its loopback interface
VIRTUAL_MACS = (
    "00:00:5e:00:01:",  # VRRP and CARP for IPv4, RFC 9568 section 7.3
    "00:00:5e:00:02:",  # VRRP for IPv6, same section
    "00:00:0c:07:ac:",  # HSRP version 1, RFC 2281 section 5
    "00:00:0c:9f:f",  # HSRP version 2
    "00:05:73:a0:0",  # HSRP for IPv6
    "00:07:b4:00:",  # GLBP
)
LOCAL_BIT = 2  # of the first byte: an address made up by software
UNSPECIFIED = ("0.0.0.0", "::")  # noqa: S104 - compared with, never bound to
DIRECTED_BROADCAST = ".255"  # last number of a broadcast address in every subnet of 256 addresses or more

LOOPBACK_NET = 127  # first number of an address; RFC 1122, 3.2.1.3
GROUPS = 224  # and above: RFC 1112; from 240 on reserved

REMEMBERED = 1 << 17  # addresses, some 25 MB: those of a large hospital; a hostile capture has no end of them

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Networks:
    """Where the site ends. Remembers what it was asked, since the same addresses come again with every row; over
    the cap it forgets all, which costs time and changes nothing."""

    def __init__(self, site: Iterable[str] = SITE) -> None:
        self.site: tuple[Network, ...] = tuple(ipaddress.ip_network(text, strict=False) for text in site)
        self._ranges = [
            (int(network.network_address), int(network.broadcast_address))
            for network in self.site
            if network.version == 4
        ]
        self._known: dict[str, tuple[str, str]] = {}

    def standing(self, ip: str) -> str:
        """NEVER, LOOPBACK, INSIDE or EXTERNAL."""
        known = self._known.get(ip)
        return known[0] if known is not None else self._look_up(ip)[0]

    def subnet(self, ip: str) -> str:
        """The /24 or /64 that an address is in: the usual size, and the best guess where the mask was not seen."""
        known = self._known.get(ip)
        return known[1] if known is not None else self._look_up(ip)[1]

    def _look_up(self, ip: str) -> tuple[str, str]:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        known = self._known[ip] = self._judge(ip)
        return known

    def _judge(self, ip: str) -> tuple[str, str]:
        number = ipv4(ip)
        if number >= 0:
            return self._judge_ipv4(number), ip.rpartition(".")[0]
        try:
            address = ipaddress.ip_address(ip)
        except ValueError:
            return NEVER, ""
        subnet = f"{int(address) >> 64:x}"
        if address.is_loopback:
            return LOOPBACK, subnet
        if address.is_multicast or address.is_unspecified:
            return NEVER, subnet
        inside = any(network.version == 6 and address in network for network in self.site)
        return (INSIDE if inside else EXTERNAL), subnet

    def _judge_ipv4(self, number: int) -> str:
        first = number >> 24
        if first == LOOPBACK_NET:
            return LOOPBACK
        if first == 0 or first >= GROUPS:
            return NEVER
        return INSIDE if any(low <= number <= high for low, high in self._ranges) else EXTERNAL


def is_virtual(mac: str) -> bool:
    """Shared by routers that stand in for one another: who sends from it changes, so it is no device."""
    return mac.startswith(VIRTUAL_MACS)


@lru_cache(maxsize=REMEMBERED)
def is_interface(mac: str) -> bool:
    """One interface's own address: not empty, not null, not a group's, not shared between routers."""
    return MAC.match(mac) is not None and mac != NULL_MAC and not int(mac[1], 16) & 1 and not is_virtual(mac)


def is_made_up(mac: str) -> bool:
    """An address that software chose (locally administered): in no registry, and mostly not kept for long."""
    return int(mac[1], 16) & LOCAL_BIT != 0


def is_link_local(ip: str) -> bool:
    """Never forwarded by a router: who sends it is on this link (RFC 3927 section 7, RFC 4291 section 2.5.6)."""
    return ip.startswith(("169.254.", "fe8", "fe9", "fea", "feb"))


def mac_of_eui64(ip: str) -> str:
    """The hardware address inside an IPv6 address made from one (RFC 4291 appendix A), or ""."""
    if ":" not in ip:
        return ""
    try:
        low = int(ipaddress.IPv6Address(ip)) & (1 << 64) - 1
    except ValueError:
        return ""
    digits = f"{low ^ 1 << 57:016x}"
    return digits_to_mac(digits)


@lru_cache(maxsize=REMEMBERED)
def digits_to_mac(digits: str) -> str:
    """An EUI-64 in hexadecimal digits as the MAC it was made from: FFFE in the middle; "" where it was not."""
    if len(digits) != 16 or digits[6:10].lower() != "fffe":
        return ""
    twelve = (digits[:6] + digits[10:]).lower()
    mac = ":".join(twelve[i : i + 2] for i in range(0, 12, 2))
    return mac if is_interface(mac) else ""
