"""Where a host is plugged in, as switches tell it that are asked for their tables of addresses.

A table lists every address behind a port, so of the port to another switch half of the site (BRIDGE-MIB, RFC 4188
section 4.3). Only a port behind which the switch knows one interface alone is the port of that interface.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sensor.correlate.believe import Vote
from sensor.model import Evidence

LISTED = "snmp.bridge_port"
WEIGHT = 0.8  # the table may have been seen in part, or the port leads to a switch that has one host


def sole_ports(hosts: Mapping[str, Sequence[Evidence]]) -> dict[str, Vote]:
    """Interface -> the port that is its own; none where several switches name one. hosts: node -> what is about it."""
    behind: dict[tuple[str, str], dict[str, Evidence]] = {}  # switch and port -> interface -> first row
    for node, rows in hosts.items():
        for row in rows:
            if row.observable == LISTED and node.startswith("m"):
                switch = row.source.partition(" ")[2]
                known = behind.setdefault((switch, row.value), {})
                if switch and (node not in known or row.first < known[node].first):
                    known[node] = row
    found: dict[str, list[Vote]] = {}
    for (switch, port), interfaces in sorted(behind.items()):
        if len(interfaces) == 1:
            ((node, row),) = interfaces.items()
            vote = Vote("switch_port", f"{switch} port {port}", row.weight * WEIGHT, "port:sole", row)
            found.setdefault(node, []).append(vote)
    return {node: votes[0] for node, votes in found.items() if len(votes) == 1}
