"""Spanning tree."""

from __future__ import annotations

from tests.differential.table import Shown, Table

TABLE = Table(
    (
        Shown("stp.bridge_id", ("stp.bridge.hw",)),
        Shown("stp.root_id", ("stp.root.hw",)),
        Shown("stp.priority", ("stp.bridge.prio",)),
        Shown("stp.port", ("stp.port",), lambda value: (str(int(value, 16) & 0x0FFF),)),
    )
)
