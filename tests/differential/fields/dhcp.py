"""DHCPv4. What is said of a client is about its hardware address, whoever sent the frame."""

from __future__ import annotations

from collections.abc import Iterator

from tests.differential.table import NO_ADDRESS, TEXT_MAX, Frame, Shown, Table

CLIENT = "dhcp.hw.mac_addr"
LIST = "dhcp.option.request_list_item"
KIND, ACK = "dhcp.option.dhcp", "5"


def parameters(frame: Frame) -> Iterator[tuple[str, str]]:
    yield frame.host(CLIENT), ",".join(frame.all(LIST))[:TEXT_MAX]


def bound(frame: Frame) -> Iterator[tuple[str, str]]:
    """What an ACK binds; to an INFORM it confirms the client's own address."""
    yours, own = frame.last("dhcp.ip.your"), frame.last("dhcp.ip.client")
    address = yours if yours not in NO_ADDRESS else own
    if frame.last(KIND) == ACK and address not in NO_ADDRESS:
        yield frame.host(CLIENT), address


TABLE = Table(
    (
        Shown("dhcp.host_name", ("dhcp.option.hostname",), whose=CLIENT),
        Shown("dhcp.vendor_class", ("dhcp.option.vendor_class_id",), whose=CLIENT),
        Shown("dhcp.parameter_list", (LIST,), needs=(CLIENT,), read=parameters),
        Shown("dhcp.fqdn", ("dhcp.fqdn.name",), whose=CLIENT),
        Shown("dhcp.lease", (KIND,), needs=("dhcp.ip.your", "dhcp.ip.client", CLIENT), read=bound),
    )
)
