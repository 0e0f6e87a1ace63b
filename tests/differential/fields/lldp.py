"""LLDP. tshark writes line ends within a text as \\n."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.differential.table import NO_ADDRESS, SENDER, Frame, Shown, Table, plain


def lines(value: str) -> Iterable[str]:
    return plain(value.replace("\\r", "\r").replace("\\n", "\n"))


def local(value: str) -> Iterable[str]:
    """tshark gives the bytes of an id that is no address."""
    raw = bytes.fromhex(value.replace(":", ""))
    return plain(raw.decode()) if raw.isascii() else (raw.hex(),)


def hardware(value: str) -> Iterable[str]:
    return (bytes.fromhex(value.replace(":", "")).hex(":"),)


def chassis(frame: Frame) -> Iterator[tuple[str, str]]:
    for field in ("lldp.chassis.id.mac", "lldp.chassis.id.ip4"):
        yield from ((frame.host(SENDER), value) for value in frame.all(field))
    yield from ((frame.host(SENDER), text) for value in frame.all("lldp.chassis.id") for text in local(value))


def managed(frame: Frame) -> Iterator[tuple[str, str]]:
    for field in ("lldp.mgn.addr.ip4", "lldp.mgn.addr.ip6"):
        yield from ((frame.host(SENDER), value) for value in frame.all(field) if value not in NO_ADDRESS)
    yield from ((frame.host(SENDER), text) for value in frame.all("lldp.mgn.addr.hex") for text in hardware(value))


TABLE = Table(
    (
        Shown("lldp.chassis_id", ("lldp.chassis.id", "lldp.chassis.id.mac", "lldp.chassis.id.ip4"), read=chassis),
        Shown("lldp.port_id", ("lldp.port.id", "lldp.port.id.mac")),
        Shown("lldp.port_description", ("lldp.port.desc",), lines),
        Shown("lldp.system_name", ("lldp.tlv.system.name",), lines),
        Shown("lldp.system_description", ("lldp.tlv.system.desc",), lines),
        Shown("lldp.management_address", ("lldp.mgn.addr.ip4", "lldp.mgn.addr.ip6", "lldp.mgn.addr.hex"), read=managed),
        Shown("lldp.port_vlan", ("lldp.ieee.802_1.port_vlan.id",)),
        Shown("lldp.hardware_revision", ("lldp.media.hardware",)),
        Shown("lldp.firmware_revision", ("lldp.media.firmware",)),
        Shown("lldp.software_revision", ("lldp.media.software",)),
        Shown("lldp.serial", ("lldp.media.sn",)),
        Shown("lldp.manufacturer", ("lldp.media.manufacturer",)),
        Shown("lldp.model", ("lldp.media.model",)),
        Shown("lldp.asset_id", ("lldp.media.asset",)),
        Shown("lldp.profinet_mac", ("lldp.profinet.cm_mac_add",)),
    )
)
