"""The one way into `sensor.wire`: blocks of frames in, batches of index rows out.

    engine = Engine()
    for block in blocks:                        # data, records, count: see Block
        for batch in engine.feed(block):        # take each batch before asking for the next one
            if batch.day_ends:
                ...                             # drain engine.accounts() and engine.endpoints(): they belong to batch.day
            for slot, connection in batch.ended:
                ...                             # drop what is held for that connection; its end is not on the wire
            for account in batch.accounts:
                ...                             # the last word on flows that were thrown out
            for kind, flow, connection, side, at, start, length, time, frame, sender, receiver, vlan, note, walked in batch.rows:
                payload = batch.data[start : start + length]
                ...                             # engine.verdict(flow, side, connection, MODE, offset)
    engine.finish()                             # then drain accounts(), endpoints(), counters()

A batch has rows, or `ended` and `accounts`, or `day_ends`: never two of them, so their order is the order of iteration. `data`
and `rows` are only valid until the next batch is asked for (the buffer is used again); `batch.data` is the block's buffer or,
for a reassembled datagram, another one. All offsets (start, sender, receiver) point into `batch.data`.

Rows are tuples of the 14 columns that `sensor.wire.tables` documents (R_KIND .. R_WALKED), made by one `tolist` and one `zip` a batch:
unpacking a tuple is the cheapest thing a Python loop can do with 14 numbers.

What a row is: TCP payload, UDP payload, a link frame that is not IP, the payload of another IP protocol, or the IP and
TCP header of a segment with SYN. A TCP row may have length 0: the first FIN or RST of a direction that carries no payload.
A row of kind SYN has AT 0 for a SYN and 1 for a SYN-ACK. Pure ACKs, keep-alives and copies made by mirrors give no row.

Verdicts act on frames that the kernel has not seen yet; rows already made are the caller's to drop. A verdict for a
connection that is no longer the flow's present one is ignored and counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct

from sensor.wire.tables import ACCOUNT, DELIVER, ENDPOINTS, FLOWS, SKIP, WALK_DICOM

__all__ = ["ACCOUNT", "DELIVER", "SKIP", "WALK_DICOM", "Account", "Batch", "Endpoint", "Engine", "Flow"]

Row = tuple[int, int, int, int, int, int, int, int, int, int, int, int, int, int]


class Block(Protocol):
    """What the engine needs of a block of frames. `records`: 64-bit signed words, 5 a frame, see RECORD_COLUMNS."""

    data: bytearray | memoryview
    records: memoryview
    count: int


class Flow(Struct, frozen=True):
    """The key of a flow. End 0 is the numerically lower (address, port); a protocol without ports has port 0."""

    ip0: str
    port0: int
    ip1: str
    port1: int
    protocol: int
    tunnel: int  # VXLAN or GENEVE VNI, or GRE key, of the innermost tunnel that has one; 0 none


class Account(Struct, frozen=True):
    """What one flow carried since it was last drained, in bytes as they were on the wire (whole frames)."""

    slot: int
    connection: int  # the flow's present one, or its last
    flow: Flow
    client: int | None  # side that opened the TCP connection, if that was seen
    opener: int  # side of the first frame seen: a guess at the client of a UDP flow
    frames: tuple[int, int]  # by side
    bytes: tuple[int, int]
    connections: int  # SYNs seen, retransmissions not counted
    first: tuple[int, int]  # time, frame
    last: tuple[int, int]


class Endpoint(Struct, frozen=True):
    """What one (MAC, VLAN, IP) sent since it was last drained. Empty text: not known (mac) or none (ip)."""

    mac: str
    vlan: int
    ip: str
    frames: int
    bytes: int
    first: tuple[int, int]
    last: tuple[int, int]
    answered: bool  # a flow that it took part in had both directions


class Batch(Struct):
    """Either rows; or connections that ended, with the accounts of their flows; or the end of a UTC day."""

    data: bytearray | memoryview
    day: int  # UTC day of what is in here, counted from 1970-01-01
    rows: list[Row] = []
    ended: list[
        tuple[int, int]
    ] = []  # (slot, connection) thrown out of the flow table: idle too long, or the table was full
    accounts: list[Account] = []  # of the flows in `ended` that had something to drain
    day_ends: bool = False


class Engine:
    """The flow table, the endpoint table and the fragment table of one capture, and the kernel that works on them."""

    def __init__(self, flows: int = FLOWS, endpoints: int = ENDPOINTS, seed: int | None = None) -> None:
        """flows, endpoints: powers of two. seed: of the hash tables; results do not depend on it unless a table is full."""
        raise NotImplementedError

    def feed(self, block: Block) -> Iterator[Batch]:
        """Works through a block. Frames are numbered from 1 over all blocks."""
        raise NotImplementedError

    def finish(self) -> None:
        """No more frames: what is left in the fragment table is counted as incomplete."""

    def verdict(self, flow: int, side: int, connection: int, mode: int, offset: int = 0) -> None:
        """What to do with the coming frames of one direction.

        DELIVER: hand on everything. SKIP: drop what lies wholly before `offset`. ACCOUNT: only count. WALK_DICOM (TCP): a PDU header is at `offset`,
        and the present data set is not wanted: PDUs are dropped as long as each is P-DATA with one data PDV of that data set;
        the row that holds the first other header says so in `walked`, and the direction is in DELIVER again.
        """
        raise NotImplementedError

    def accounts(self) -> list[Account]:
        """Drains the counters of all flows that had a frame since the last time, in order of their first one."""
        raise NotImplementedError

    def endpoints(self) -> list[Endpoint]:
        """Drains the counters of all endpoints that sent a frame since the last time, in order of their first one."""
        raise NotImplementedError

    def counters(self) -> dict[str, int]:
        """Every count so far, by dotted name; those at zero are left out. Never drained."""
        raise NotImplementedError

    def flow(self, slot: int) -> Flow:
        """The key of the flow that is in a slot now."""
        raise NotImplementedError
