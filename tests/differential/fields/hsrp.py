"""HSRP of both versions."""

from __future__ import annotations

from collections.abc import Iterable

from tests.differential.table import NO_ADDRESS, Shown, Table, plain


def held(value: str) -> Iterable[str]:
    return () if value in NO_ADDRESS else plain(value)


TABLE = Table(
    (
        Shown("hsrp.group", ("hsrp.group", "hsrp2.group")),
        Shown("hsrp.priority", ("hsrp.priority", "hsrp2.priority")),
        Shown("hsrp.virtual_address", ("hsrp.virt_ip", "hsrp2.virt_ip", "hsrp2.virt_ip_v6"), held),
        Shown("hsrp.interface_mac", ("hsrp2.identifier",)),
    )
)
