"""DHCPv6, where no relay is between: through one, the frame's sender is not whom it speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.differential.table import RECEIVER, SENDER, TEXT_MAX, Differs, Frame, Shown, Table, plain

KIND, DUID, NAME, WISHES = "dhcpv6.msgtype", "dhcpv6.duid.bytes", "dhcpv6.client_domain", "dhcpv6.requested_option_code"
CLASS, ADDRESS, VALID, DNS = (
    "dhcpv6.vendorclass.data",
    "dhcpv6.iaaddr.ip",
    "dhcpv6.iaaddr.valid_lifetime",
    "dhcpv6.dns_server",
)
RELAYED = "mmguero-dev_Malcolm-PCAP__pcaps_protocols_DHCP.pcap"
BEHIND = "a client behind a relay, known by its own hardware address"
OF_CLIENTS = {"1", "3", "4", "5", "6", "8", "9", "11"}
REPLY, OF_SERVERS = "7", {"2", "7"}


def of_client(frame: Frame) -> bool:
    return set(frame.all(KIND)) <= OF_CLIENTS


def of_server(frame: Frame) -> bool:
    return set(frame.all(KIND)) <= OF_SERVERS


def identifier(frame: Frame) -> Iterator[tuple[str, str]]:
    """The client's is the first: a server's, where there is one, follows."""
    if of_client(frame):
        yield frame.host(SENDER), frame.all(DUID)[0].replace(":", "")


def wishes(frame: Frame) -> Iterator[tuple[str, str]]:
    if of_client(frame):
        yield frame.host(SENDER), ",".join(frame.all(WISHES))[:TEXT_MAX]


def leases(frame: Frame) -> Iterator[tuple[str, str]]:
    if frame.all(KIND) == [REPLY]:
        for address, seconds in zip(frame.all(ADDRESS), frame.all(VALID), strict=False):
            if int(seconds):
                yield frame.host(RECEIVER), address


def servers(frame: Frame) -> Iterator[tuple[str, str]]:
    if of_server(frame):
        yield from ((address, "yes") for address in frame.all(DNS))


def name(value: str) -> Iterable[str]:
    return plain(value.removesuffix("."))


TABLE = Table(
    (
        Shown("dhcpv6.duid", (DUID,), needs=(KIND,), read=identifier),
        Shown("dhcpv6.option_request", (WISHES,), needs=(KIND,), read=wishes),
        Shown("dhcpv6.fqdn", (NAME,), name, when=of_client, needs=(KIND,)),
        Shown("dhcpv6.vendor_class", (CLASS,), when=of_client, needs=(KIND,)),
        Shown("dhcpv6.lease", (ADDRESS,), needs=(VALID, KIND), read=leases),
        Shown("dhcpv6.dns_server", (DNS,), needs=(KIND,), read=servers),
    ),
    differs=(
        Differs(RELAYED, "dhcpv6.duid", BEHIND, ours=("000100011e62770bb827ebb853c8",)),
        Differs(RELAYED, "dhcpv6.option_request", BEHIND, ours=("23,24,31,39,82,83",)),
        Differs(RELAYED, "dhcpv6.fqdn", BEHIND, ours=("raspberrypi",)),
        Differs(RELAYED, "dhcpv6.vendor_class", BEHIND, ours=("dhcpcd-6.11.5:Linux-4.1.18-v7+:armv7l:BCM2709",)),
    ),
)
