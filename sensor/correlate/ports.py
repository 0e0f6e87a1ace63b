"""Where a host is plugged in, as switches tell it that are asked for their neighbours and their tables of addresses.

Whom a switch hears by LLDP is at the other end of the cable (IEEE 802.1AB clause 6: bridges do not forward it). A table
lists every address behind a port, so of the port to another switch half of the site (BRIDGE-MIB, RFC 4188 section 4.3):
only a port behind which the switch knows one interface alone is the port of that interface.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sensor.correlate.believe import Vote
from sensor.model import Evidence

HEARD, LISTED = "snmp.lldp_port", "snmp.bridge_port"
WEIGHTS = {
    HEARD: 1.0,
    LISTED: 0.8,  # the table may have been seen in part, or the port leads to a switch that has one host
}

Behind = dict[tuple[str, str], dict[str, Evidence]]  # switch and port -> interface -> first row


def sole_ports(hosts: Mapping[str, Sequence[Evidence]]) -> dict[str, Vote]:
    """Interface -> the port that is its own; none where several switches name one. What was heard goes before what is
    listed. hosts: node -> what is about it."""
    behind: dict[str, Behind] = {HEARD: {}, LISTED: {}}
    for node, rows in hosts.items():
        for row in rows:
            if row.observable in WEIGHTS and node.startswith("m"):
                switch = row.source.partition(" ")[2]
                known = behind[row.observable].setdefault((switch, row.value), {})
                if switch and (node not in known or row.first < known[node].first):
                    known[node] = row
    return told(behind[LISTED]) | told(behind[HEARD])


def told(behind: Behind) -> dict[str, Vote]:
    found: dict[str, list[Vote]] = {}
    for (switch, port), interfaces in sorted(behind.items()):
        if len(interfaces) == 1:
            ((node, row),) = interfaces.items()
            weight = row.weight * WEIGHTS[row.observable]
            found.setdefault(node, []).append(Vote("switch_port", f"{switch} port {port}", weight, "port:sole", row))
    return {node: votes[0] for node, votes in found.items() if len(votes) == 1}
