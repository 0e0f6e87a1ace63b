"""OPC UA: what servers list of themselves. tshark's answers to a session say the same again."""

from __future__ import annotations

from tests.differential.table import Frame, Shown, Table

TYPE, ENDPOINTS, SERVERS = "opcua.servicenodeid.numeric", "431", "425"


def lists(frame: Frame) -> bool:
    return frame.last(TYPE) in (ENDPOINTS, SERVERS)


TABLE = Table(
    (
        Shown("opcua.application", ("opcua.ApplicationUri",), when=lists, needs=(TYPE,)),
        Shown("opcua.product", ("opcua.ProductUri",), when=lists, needs=(TYPE,)),
    )
)
