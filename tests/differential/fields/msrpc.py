"""MS-RPC over TCP; that in a pipe of SMB is SMB's payload."""

from __future__ import annotations

from tests.differential.ntlm import shown
from tests.differential.table import Differs, Table

WMI = "elcabezzonn_Pcaps__wmi-service-remote.pcap"
LATER = "another log-in within a connection, behind its first calls: not read"
TABLE = Table(
    shown("msrpc", ":tcp:dcerpc"),
    differs=(
        Differs(WMI, "msrpc.ntlm_computer", LATER, theirs=("CHIP_DOUGLAS-PC",)),
        Differs(WMI, "msrpc.ntlm_fqdn", LATER, theirs=("Chip_Douglas-PC.picklesworth.local",)),
        Differs(WMI, "msrpc.ntlm_domain", LATER, theirs=("PICKLESWORTH",)),
        Differs(WMI, "msrpc.ntlm_dns_domain", LATER, theirs=("picklesworth.local",)),
        Differs(WMI, "msrpc.ntlm_forest", LATER, theirs=("picklesworth.local",)),
        Differs(WMI, "msrpc.ntlm_workstation", LATER, theirs=("SNICKLEFRITZ",)),
        Differs(WMI, "msrpc.ntlm_version", LATER, theirs=("6.1.7601",)),
    ),
)
