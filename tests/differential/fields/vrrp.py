"""VRRP. Who has priority 255 owns the addresses."""

from __future__ import annotations

from tests.differential.table import Frame, Shown, Table

ADDRESSES, PRIORITY = ("vrrp.ip_addr", "vrrp.ipv6_addr"), "vrrp.prio"


def shared(frame: Frame) -> bool:
    return frame.last(PRIORITY) != "255"


def owned(frame: Frame) -> bool:
    return not shared(frame)


TABLE = Table(
    (
        Shown("vrrp.version", ("vrrp.version",)),
        Shown("vrrp.router_id", ("vrrp.virt_rtr_id",)),
        Shown("vrrp.priority", (PRIORITY,)),
        Shown("vrrp.virtual_address", ADDRESSES, when=shared, needs=(PRIORITY,)),
        Shown("vrrp.owned_address", ADDRESSES, when=owned, needs=(PRIORITY,)),
    )
)
