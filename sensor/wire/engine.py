"""The one way into `sensor.wire`: blocks of frames in, batches of index rows out.

    engine = Engine()
    for block in blocks:                   # data, records, count: see Block
        for batch in engine.feed(block):   # take each batch before asking for the next one
            if batch.day_ends:
                ...                        # drain engine.accounts() and engine.endpoints(): they belong to batch.day
            for slot, connection in batch.ended:
                ...                        # drop what is held for that connection; its end is not on the wire
            for account in batch.accounts:
                ...                        # the last word on flows that were thrown out
            for (kind, flow, connection, side, at, start, length,
                 time, frame, sender, receiver, vlan, note, walked, sign) in batch.rows:
                payload = batch.data[start : start + length]
                ...                        # engine.verdict(flow, side, connection, MODE, offset)
    engine.finish()                        # then drain accounts(), endpoints(), counters()

A batch has rows, or `ended` and `accounts`, or `day_ends`: never two of them, so their order is the order of iteration.
`batch.data` is the block's buffer or, for a reassembled datagram, another one; it is only valid until the next batch is
asked for. All offsets (start, sender, receiver) point into `batch.data`, but for those of an opening.

Rows are tuples of the 15 columns that `sensor.wire.tables` documents (R_KIND .. R_SIGN), made by one `tolist` and one
`zip` a batch: unpacking a tuple is the cheapest thing a Python loop can do with 15 numbers. What `engine.folder` was
asked to remember is not among them: it is counted there.

What a row is: TCP payload, UDP payload, a link frame that is not IP, the payload of another IP protocol, or the IP and
TCP header of a segment with SYN. A TCP row may have length 0: the first FIN or RST of a direction, if it is bare.
A SYN row has AT 1 for a SYN-ACK and 0 for an *opening*: the SYN comes only when something else of its connection is
handed on, right before that, and its offsets point into `batch.openings`. So a flood of SYNs gives no rows. Pure ACKs,
keep-alives and copies made by mirrors give none either.
The innermost packet of a tunnel is what is delivered, with the MACs and VLAN of the Ethernet header around it, if any.

Verdicts act on frames that the kernel has not seen yet; rows already made are the caller's to drop. A verdict for a
connection that is no longer the flow's present one is ignored and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from ipaddress import IPv6Address
from typing import Any, Protocol

from msgspec import Struct

from sensor.model import DAY_NS
from sensor.wire import tables
from sensor.wire.folder import Folder
from sensor.wire.folding import Folding
from sensor.wire.fragments import Fragment, Fragments
from sensor.wire.kernel import COMPILED, Kernel
from sensor.wire.pressure import Pressure
from sensor.wire.tables import (
    ACCOUNT,
    ATTEMPTS,
    DELIVER,
    ENDPOINTS,
    FLOWS,
    OPENINGS,
    ROWS,
    SKIP,
    WALK_DICOM,
    Tables,
)

__all__ = ["ACCOUNT", "COMPILED", "DELIVER", "SKIP", "WALK_DICOM", "Account", "Batch", "Endpoint", "Engine", "Flow"]

SEED = 0x5EED0FA05C017  # constant, so that what a full table throws out is the same each time
FLOWS_LEAST = 64  # one frame may need DEPTH_MAX + 1 of them
SWEEP = 4  # a full flow table gives up at least a quarter, so that a sweep costs each new flow four looks
TEXTS = 1 << 16  # addresses kept as text: those of a university hospital three times over, in 10 MB
SINGLE = 16  # a full endpoint table keeps a sixteenth for senders of one unanswered frame

TAKEN = 32  # rows handed on at a time; then verdicts are obeyed, so that of an image that is skipped few more come

Row = tuple[int, int, int, int, int, int, int, int, int, int, int, int, int, int, int]


class Block(Protocol):
    """What the engine needs of a block of frames. data: writable bytes, for C's sake. records: 64-bit signed words, 5 a
    frame, see RECORD_COLUMNS."""

    data: bytearray | memoryview
    records: memoryview
    count: int


class Flow(Struct, frozen=True, gc=False):
    """The key of a flow. End 0 is the numerically lower (address, port); a protocol without ports has port 0."""

    ip0: str
    port0: int
    ip1: str
    port1: int
    protocol: int
    tunnel: int  # VXLAN or GENEVE VNI, or GRE key, of the innermost tunnel that has one; 0 none


class Account(Struct, frozen=True):
    """What one flow carried since it was last drained, in bytes as they were on the wire (whole frames).

    Or what flows did that nobody answered, summed up under pressure: slot -1, end 0 is the client, its port is 0.
    """

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
    openings: bytes | memoryview = b""  # what openings among the rows point into
    ended: list[tuple[int, int]] = []  # (slot, connection) of the flows thrown out that had given a row, by slot
    accounts: list[Account] = []  # of the flows thrown out that had something to drain, but for attempts
    day_ends: bool = False
    more: bool = False  # rows of the same block follow


class Engine:
    """The flow table, the endpoint table and the fragment table of one capture, and the kernel that works on them."""

    def __init__(
        self,
        flows: int = FLOWS,
        endpoints: int = ENDPOINTS,
        rows: int = ROWS,
        seed: int = SEED,
        openings: int = OPENINGS,
        attempts: int = ATTEMPTS,
        forms: tuple[type[Kernel], type[Pressure], type[Folding]] = (Kernel, Pressure, Folding),
        share: tuple[int, int] = (0, 1),
    ) -> None:
        """flows, endpoints, openings, attempts: powers of two, flows at least 64. rows: the most in a batch, at least
        3. seed: of the hash tables, to be drawn anew where senders may know the constant one. forms: the plain ones, in
        tests. share: which of how many, where several engines are fed the same frames: each pair of addresses is one
        engine's, what is not IP the first one's. Which counters add up, `tables.OWN` tells."""
        if flows < FLOWS_LEAST or any(size & (size - 1) for size in (flows, endpoints, openings, attempts)):
            raise ValueError(f"flows, endpoints: {flows}, {endpoints}: not powers of two, or too few")
        self.named: Iterable[int] = ()  # slots of flows that somebody knows: never summed up; for the dispatcher to set
        self._tables = Tables(flows, endpoints, rows, openings, attempts)
        self._kernel = forms[0](self._tables, seed)
        self._kernel.take_share(*share)
        self._pressure = forms[1](self._tables, seed)
        self.folder = Folder(self._tables, seed, forms[2])
        self._fragments = Fragments()
        self._day: int | None = None
        self._flows = self._tables.flows
        self._sides = self._tables.sides
        self._capacity = flows
        self._expired = self._evicted = self._single = 0

    def feed(self, block: Block) -> Iterator[Batch]:
        """Works through a block. Frames are numbered from 1 over all blocks."""
        data = block.data
        at = 0
        while True:
            at, stop = self._kernel.run(data, block.records, at, block.count)
            if stop == tables.STOP_FRAGMENT:
                yield from self._fragment(data)
                continue
            yield from self._take(data)
            if stop == tables.STOP_DONE:
                return
            if stop == tables.STOP_FLOWS:
                yield self._sweep(data)
            elif stop == tables.STOP_ENDPOINTS:
                self._thin()
            elif stop == tables.STOP_DAY:
                if self._day is not None:
                    yield Batch(data, self._day, day_ends=True)
                self._begin_day()

    def finish(self) -> None:
        """No more frames: what is left in the fragment table is counted as incomplete."""
        self._fragments.finish()

    def verdict(self, flow: int, side: int, connection: int, mode: int, offset: int = 0) -> None:
        """What to do with the coming frames of one direction.

        DELIVER: hand on everything. SKIP: drop what lies wholly before `offset`. ACCOUNT: only count. WALK_DICOM (TCP):
        a PDU header is at `offset`, and the rest of the present data set is not wanted: PDUs are dropped as long as
        each is P-DATA with one data PDV of that data set. The row that holds the first other header says so in
        `walked`, and the direction is in DELIVER again. A segment beyond the expected header is delivered, with that
        header's offset as `walked`: if the missing one comes, it is delivered too and the walk goes on; a caller who
        gives it up for lost gives another verdict.
        """
        self._kernel.verdict(flow, side, connection, mode, offset)

    def accounts(self) -> list[Account]:
        """Drains the counters of all flows that had a frame since the last time, in order of their first one; then the
        attempts, if flows had to make room since then: all that only one end was heard of and that nobody knows."""
        return list(self.each_account())

    def each_account(self) -> Iterator[Account]:
        """The same one by one, as a full table is 100 MB of them. To be used up before the next block is fed."""
        self._pressure.name(self.named)
        listed = self._pressure.sum_up_touched(self._kernel.take_flows())
        yield from map(self._account, self._tables.touched[:listed].tolist())
        yield from map(self._attempt, range(self._pressure.take_attempts()))

    def endpoints(self) -> list[Endpoint]:
        """Drains the counters of all endpoints that sent a frame since the last time, in order of their first one."""
        return list(self.each_endpoint())

    def each_endpoint(self) -> Iterator[Endpoint]:
        """The same one by one."""
        listed = self._kernel.take_endpoints()
        epoch = self._kernel.today()
        return (_endpoint(self._tables, row, epoch) for row in self._tables.end_touched[:listed].tolist())

    def counters(self) -> dict[str, int]:
        """Every count so far, by dotted name; those at zero are left out. Never drained.

        wire.frames is the sum of the counts in `tables.FATES`, fragments.reassembled that of the reassembled.* ones.
        """
        found = dict(zip(tables.COUNTERS, self._tables.counts.tolist(), strict=True))
        for link, count in enumerate(self._tables.links.tolist()):
            found[f"wire.link_type.{link or 'other'}"] = count
        found["flows.expired"] = self._expired
        found["flows.evicted"] = self._evicted
        found["flows.attempts_capped"] = self._pressure.frames_lost()
        found["endpoints.unconfirmed_capped"] = self._single
        found.update(self._fragments.counts)
        found.update(self.folder.counters())
        return {name: count for name, count in sorted(found.items()) if count}

    def flow(self, slot: int) -> Flow:
        """The key of the flow that is in a slot now."""
        at = slot * tables.KEY_COLUMNS
        high_0, low_0, high_1, low_1, rest, tunnel = self._tables.keys[at : at + tables.KEY_COLUMNS].tolist()
        version = rest >> 40
        return Flow(
            _ip(version, high_0, low_0),
            rest >> 16 & 0xFFFF,
            _ip(version, high_1, low_1),
            rest & 0xFFFF,
            rest >> 32 & 0xFF,
            tunnel,
        )

    def _take(self, data: bytearray | memoryview) -> Iterator[Batch]:
        count = self.folder.run(data, self._kernel.take_rows())
        first = 0
        while first < count:
            last = min(first + TAKEN, count)
            flat = iter(self._tables.rows[first * tables.ROW_COLUMNS : last * tables.ROW_COLUMNS].tolist())
            rows: Any = zip(*[flat] * tables.ROW_COLUMNS, strict=True)
            yield Batch(data, self._day or 0, list(rows), self._tables.row_bytes, more=last < count)
            first = last
            if first < count:
                count = self._kernel.obey(data, first, count)

    def _fragment(self, data: bytearray | memoryview) -> Iterator[Batch]:
        """Takes the fragment that the kernel stopped at; a datagram that is complete goes the way of a frame."""
        time = self._kernel.place()[0]
        whole = self._fragments.add(data, Fragment(*self._kernel.fragment()), time)
        if whole is None:
            return
        yield from self._take(data)
        while whole is not None:
            stop = self._kernel.inject(whole.data, whole.ip, whole.end, whole.link, whole.weight, whole.wire)
            if stop == tables.STOP_FLOWS:
                yield self._sweep(whole.data)
                continue
            yield from self._take(whole.data)
            if stop != tables.STOP_FRAGMENT:
                return
            whole = self._fragments.add(whole.data, Fragment(*self._kernel.fragment()), time)

    def _begin_day(self) -> None:
        self._day = self._kernel.place()[0] // DAY_NS
        self._kernel.begin_day(self._day * DAY_NS, (self._day + 1) * DAY_NS - 1)
        self._pressure.begin_day()

    def _sweep(self, data: bytearray | memoryview) -> Batch:
        """Makes room. First what is idle beyond its limit; if that is little, what was heard from one end only, so that
        a scan cannot push out conversations; then those; the least recently seen first."""
        t = self._tables
        least = self._capacity // SWEEP
        count, idle = self._pressure.choose(self._kernel.place()[0], self._kernel.slots(), least)
        self._expired += idle
        self._evicted += count - idle
        self._pressure.name(self.named)
        due, given = self._pressure.sum_up(count)
        accounts = [self._account(slot) for slot in t.told[:due].tolist()]
        ended = [
            (slot, t.flows[slot * tables.FLOW_COLUMNS + tables.F_CONNECTION])
            for slot in t.told[due : due + given].tolist()
        ]
        self._kernel.remove(count)
        return Batch(data, self._day or 0, ended=ended, accounts=accounts)

    def _thin(self) -> None:
        """Makes room among the endpoints, if there are senders of one unanswered frame."""
        used, freed = self._kernel.senders()
        keep = len(self._tables.end_touched) // SINGLE
        count = self._pressure.choose_senders(used, freed, self._kernel.today(), keep)
        self._single += count
        self._kernel.drop_senders(count)

    def _attempt(self, row: int) -> Account:
        key = row * tables.ATTEMPT_KEY_COLUMNS
        at = row * tables.ATTEMPT_COLUMNS
        high_0, low_0, high_1, low_1, rest, tunnel, _ = self._tables.attempt_keys[
            key : key + tables.ATTEMPT_KEY_COLUMNS
        ].tolist()
        sent, sent_bytes, answered, answered_bytes, connections, *places = self._tables.attempts[
            at : at + tables.ATTEMPT_COLUMNS
        ].tolist()
        version = rest >> 40
        client, server = _ip(version, high_0, low_0), _ip(version, high_1, low_1)
        return Account(
            -1,
            0,
            Flow(client, 0, server, rest & 0xFFFF, rest >> 32 & 0xFF, tunnel),
            0,
            0,
            (sent, answered),
            (sent_bytes, answered_bytes),
            connections,
            (places[0], places[1]),
            (places[2], places[3]),
        )

    def _account(self, slot: int) -> Account:
        """Reads a flow's counters and sets them to zero."""
        at = slot * tables.FLOW_COLUMNS
        connection, _, _, client, opener, _, opened, *places = self._flows[at : at + tables.F_LIMIT].tolist()
        self._flows[at + tables.F_FRAMES] = self._flows[at + tables.F_CONNECTIONS] = 0
        frames: list[int] = []
        octets: list[int] = []
        for side in (0, 1):
            here = (2 * slot + side) * tables.SIDE_COLUMNS
            frames.append(self._sides[here + tables.S_FRAMES])
            octets.append(self._sides[here + tables.S_BYTES])
            self._sides[here + tables.S_FRAMES] = self._sides[here + tables.S_BYTES] = 0
        return Account(
            slot,
            connection,
            self.flow(slot),
            client - 1 if client else None,
            opener,
            (frames[0], frames[1]),
            (octets[0], octets[1]),
            opened,
            (places[0], places[1]),
            (places[2], places[3]),
        )


@lru_cache(maxsize=TEXTS)
def _ip(version: int, high: int, low: int) -> str:
    if version == 4:
        return f"{low >> 24}.{low >> 16 & 255}.{low >> 8 & 255}.{low & 255}"
    return str(IPv6Address(high << 64 | low))


def _endpoint(t: Tables, row: int, epoch: int) -> Endpoint:
    """Reads an endpoint's counters and sets them to zero."""
    key = row * tables.END_KEY_COLUMNS
    at = row * tables.END_COLUMNS
    link, high, low, version = t.end_keys[key : key + tables.END_KEY_COLUMNS].tolist()
    frames, octets, first, first_frame, last, last_frame, answered = t.ends[at : at + tables.END_COLUMNS].tolist()
    t.ends[at + tables.E_FRAMES] = t.ends[at + tables.E_BYTES] = 0
    mac = link & 0xFFFFFFFFFFFF
    return Endpoint(
        mac.to_bytes(6, "big").hex(":") if mac else "",
        link >> 48,
        _ip(version, high, low) if version else "",
        frames,
        octets,
        (first, first_frame),
        (last, last_frame),
        answered == epoch,
    )
