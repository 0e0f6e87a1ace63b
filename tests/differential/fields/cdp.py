"""CDP. tshark gives the lines of the software version one by one."""

from __future__ import annotations

from collections.abc import Iterator

from tests.differential.table import SENDER, TEXT_MAX, Differs, Frame, Shown, Table

SOFTWARE = "cdp.software_version"
TUNNELLED = "the-tcpdump-group_tcpdump__tests_various_gre.pcap"
IN_GRE = "CDP within GRE, of two routers that are one tunnel apart: only IP and Ethernet are unwrapped"


def software(frame: Frame) -> Iterator[tuple[str, str]]:
    yield frame.host(SENDER), "\n".join(frame.all(SOFTWARE))[:TEXT_MAX].strip()


TABLE = Table(
    (
        Shown("cdp.device_id", ("cdp.deviceid",)),
        Shown("cdp.port_id", ("cdp.portid",)),
        Shown("cdp.platform", ("cdp.platform",)),
        Shown("cdp.system_name", ("cdp.system_name",)),
        Shown("cdp.native_vlan", ("cdp.native_vlan",)),
        Shown("cdp.voice_vlan", ("cdp.voice_vlan",)),
        Shown("cdp.software_version", (SOFTWARE,), read=software),
    ),
    differs=(
        Differs(TUNNELLED, "cdp.device_id", IN_GRE, theirs=("R1", "R2")),
        Differs(TUNNELLED, "cdp.port_id", IN_GRE, theirs=("Tunnel40",)),
        Differs(TUNNELLED, "cdp.platform", IN_GRE, theirs=("Linux Unix",)),
        Differs(
            TUNNELLED, "cdp.software_version", IN_GRE, theirs=("Cisco IOS Software, Linux Software (I86BI_LINUX-*",)
        ),
    ),
)
