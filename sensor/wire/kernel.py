# cython: infer_types=True, boundscheck=True, wraparound=False, initializedcheck=False, show_performance_hints=False
"""The hot path: frames of a block -> flows, endpoints, rows. One source, compiled where it can be, else plain Python.

Every inner function is `nogil` although nothing releases the lock: so a Python object that slips in is a compile error.
Rules of this file (each is a trap once fallen into): bytes are widened by the loaders before they are shifted; unsigned
64-bit arithmetic is masked with M64; every offset is checked against the end before it is used. The constants are
declared in C; what they mean is said in `sensor.wire.tables`.
"""

from __future__ import annotations

from typing import Any

from sensor.wire import tables

try:
    import cython
    from cython import longlong as i64
    from cython import uchar as u8
    from cython import ulonglong as u64
except ModuleNotFoundError:
    from sensor.wire.nocython import cython, i64, u8, u64

COMPILED: bool = cython.compiled

M32 = cython.declare(i64, 0xFFFFFFFF)
H32 = cython.declare(i64, 0x80000000)
M64 = cython.declare(u64, 0xFFFFFFFFFFFFFFFF)
ODD = cython.declare(u64, 0xD6E8FEB86659FD93)  # an odd multiplier whose bits avalanche well (rrmxmx, P. Evensen)
ONE = cython.declare(u64, 1)
TIME_MAX = cython.declare(i64, 1 << 62)  # year 2116: differences of two times fit 64 bits

COPY_COLUMNS = cython.declare(i64, tables.COPY_COLUMNS)
END_KEY_COLUMNS = cython.declare(i64, tables.END_KEY_COLUMNS)
KEY_COLUMNS = cython.declare(i64, tables.KEY_COLUMNS)
LAYER_COLUMNS = cython.declare(i64, tables.LAYER_COLUMNS)
ROW_COLUMNS = cython.declare(i64, tables.ROW_COLUMNS)
RECORD_COLUMNS = cython.declare(i64, tables.RECORD_COLUMNS)
RECORD_TIME = cython.declare(i64, tables.RECORD_TIME)
RECORD_START = cython.declare(i64, tables.RECORD_START)
RECORD_CAPTURED = cython.declare(i64, tables.RECORD_CAPTURED)
RECORD_ORIGINAL = cython.declare(i64, tables.RECORD_ORIGINAL)
RECORD_LINK = cython.declare(i64, tables.RECORD_LINK)
R_KIND = cython.declare(i64, tables.R_KIND)
TCP = cython.declare(i64, tables.TCP)
UDP = cython.declare(i64, tables.UDP)
LINK = cython.declare(i64, tables.LINK)
IP = cython.declare(i64, tables.IP)
SYN = cython.declare(i64, tables.SYN)
R_FLOW = cython.declare(i64, tables.R_FLOW)
R_CONNECTION = cython.declare(i64, tables.R_CONNECTION)
R_SIDE = cython.declare(i64, tables.R_SIDE)
R_AT = cython.declare(i64, tables.R_AT)
LLC = cython.declare(i64, tables.LLC)
R_START = cython.declare(i64, tables.R_START)
R_LENGTH = cython.declare(i64, tables.R_LENGTH)
R_TIME = cython.declare(i64, tables.R_TIME)
R_FRAME = cython.declare(i64, tables.R_FRAME)
R_SENDER = cython.declare(i64, tables.R_SENDER)
R_RECEIVER = cython.declare(i64, tables.R_RECEIVER)
R_VLAN = cython.declare(i64, tables.R_VLAN)
R_NOTE = cython.declare(i64, tables.R_NOTE)
R_WALKED = cython.declare(i64, tables.R_WALKED)
NOTE_START = cython.declare(i64, tables.NOTE_START)
NOTE_CLOSE = cython.declare(i64, tables.NOTE_CLOSE)
NOTE_CUT = cython.declare(i64, tables.NOTE_CUT)
DELIVER = cython.declare(i64, tables.DELIVER)
SKIP = cython.declare(i64, tables.SKIP)
ACCOUNT = cython.declare(i64, tables.ACCOUNT)
WALK_DICOM = cython.declare(i64, tables.WALK_DICOM)
K_HIGH_0 = cython.declare(i64, tables.K_HIGH_0)
K_LOW_0 = cython.declare(i64, tables.K_LOW_0)
K_HIGH_1 = cython.declare(i64, tables.K_HIGH_1)
K_LOW_1 = cython.declare(i64, tables.K_LOW_1)
K_REST = cython.declare(i64, tables.K_REST)
K_TUNNEL = cython.declare(i64, tables.K_TUNNEL)
FLOW_COLUMNS = cython.declare(i64, tables.FLOW_COLUMNS)
F_CONNECTION = cython.declare(i64, tables.F_CONNECTION)
F_SEEN = cython.declare(i64, tables.F_SEEN)
F_STATE = cython.declare(i64, tables.F_STATE)
F_CLIENT = cython.declare(i64, tables.F_CLIENT)
F_OPENER = cython.declare(i64, tables.F_OPENER)
F_FRAMES = cython.declare(i64, tables.F_FRAMES)
F_CONNECTIONS = cython.declare(i64, tables.F_CONNECTIONS)
F_FIRST_TIME = cython.declare(i64, tables.F_FIRST_TIME)
F_FIRST_FRAME = cython.declare(i64, tables.F_FIRST_FRAME)
F_LAST_TIME = cython.declare(i64, tables.F_LAST_TIME)
F_LAST_FRAME = cython.declare(i64, tables.F_LAST_FRAME)
F_LIMIT = cython.declare(i64, tables.F_LIMIT)
F_OPENING = cython.declare(i64, tables.F_OPENING)
F_DATAGRAMS = cython.declare(i64, tables.F_DATAGRAMS)
OPENING_COLUMNS = cython.declare(i64, tables.OPENING_COLUMNS)
OPENING_BYTES = cython.declare(i64, tables.OPENING_BYTES)
OPENING_HEAD = cython.declare(i64, tables.OPENING_HEAD)
OP_FLOW = cython.declare(i64, tables.OP_FLOW)
OP_SIDE = cython.declare(i64, tables.OP_SIDE)
OP_TIME = cython.declare(i64, tables.OP_TIME)
OP_FRAME = cython.declare(i64, tables.OP_FRAME)
OP_VLAN = cython.declare(i64, tables.OP_VLAN)
OP_NOTE = cython.declare(i64, tables.OP_NOTE)
OP_MACS = cython.declare(i64, tables.OP_MACS)
OP_LENGTH = cython.declare(i64, tables.OP_LENGTH)
SIDE_COLUMNS = cython.declare(i64, tables.SIDE_COLUMNS)
S_FRAMES = cython.declare(i64, tables.S_FRAMES)
S_BYTES = cython.declare(i64, tables.S_BYTES)
S_ENDPOINT = cython.declare(i64, tables.S_ENDPOINT)
S_LINK = cython.declare(i64, tables.S_LINK)
S_MODE = cython.declare(i64, tables.S_MODE)
S_NEXT = cython.declare(i64, tables.S_NEXT)
S_LAST = cython.declare(i64, tables.S_LAST)
S_BASE = cython.declare(i64, tables.S_BASE)
S_HIGH = cython.declare(i64, tables.S_HIGH)
S_STATE = cython.declare(i64, tables.S_STATE)
E_LINK = cython.declare(i64, tables.E_LINK)
E_HIGH = cython.declare(i64, tables.E_HIGH)
E_LOW = cython.declare(i64, tables.E_LOW)
E_VERSION = cython.declare(i64, tables.E_VERSION)
END_COLUMNS = cython.declare(i64, tables.END_COLUMNS)
E_FRAMES = cython.declare(i64, tables.E_FRAMES)
E_BYTES = cython.declare(i64, tables.E_BYTES)
E_FIRST_TIME = cython.declare(i64, tables.E_FIRST_TIME)
E_FIRST_FRAME = cython.declare(i64, tables.E_FIRST_FRAME)
E_LAST_TIME = cython.declare(i64, tables.E_LAST_TIME)
E_LAST_FRAME = cython.declare(i64, tables.E_LAST_FRAME)
E_ANSWERED = cython.declare(i64, tables.E_ANSWERED)
DEPTH_MAX = cython.declare(i64, tables.DEPTH_MAX)
EXTENSIONS_MAX = cython.declare(i64, tables.EXTENSIONS_MAX)
TCP_IDLE = cython.declare(i64, tables.TCP_IDLE)
OTHER_IDLE = cython.declare(i64, tables.OTHER_IDLE)
EXACT_WINDOW = cython.declare(i64, tables.EXACT_WINDOW)
EXACT_WINDOW_NO_ID = cython.declare(i64, tables.EXACT_WINDOW_NO_ID)
ROUTED_WINDOW = cython.declare(i64, tables.ROUTED_WINDOW)
OUTCOMES = cython.declare(i64, tables.OUTCOMES)

# Outcomes of a frame, and remarks: places in the counter array.
O_TCP = cython.declare(i64, tables.counter("wire.tcp"))
O_UDP = cython.declare(i64, tables.counter("wire.udp"))
O_IP = cython.declare(i64, tables.counter("wire.ip_other"))
O_LINK = cython.declare(i64, tables.counter("wire.not_ip"))
O_FRAGMENT = cython.declare(i64, tables.counter("wire.fragments"))
O_EXACT = cython.declare(i64, tables.counter("copies.exact"))
O_ROUTED = cython.declare(i64, tables.counter("copies.routed"))
O_LINK_TYPE = cython.declare(i64, tables.counter("wire.link_type"))
O_LINK_PROTOCOL = cython.declare(i64, tables.counter("wire.link_protocol"))
O_SHORT = cython.declare(i64, tables.counter("wire.short"))
O_DEPTH = cython.declare(i64, tables.counter("wire.depth"))
O_VERSION = cython.declare(i64, tables.counter("wire.ip_bad_version"))
O_IP_LENGTH = cython.declare(i64, tables.counter("wire.ip_bad_length"))
O_EXTENSIONS = cython.declare(i64, tables.counter("wire.ip6_bad_extensions"))
O_OFFSET = cython.declare(i64, tables.counter("wire.tcp_bad_offset"))
O_UDP_LENGTH = cython.declare(i64, tables.counter("wire.udp_bad_length"))
O_RECORD = cython.declare(i64, tables.counter("wire.bad_record"))
O_ELSEWHERE = cython.declare(i64, tables.counter("wire.elsewhere"))
C_FRAMES = cython.declare(i64, tables.counter("wire.frames"))
C_BYTES = cython.declare(i64, tables.counter("wire.bytes"))
C_CUT = cython.declare(i64, tables.counter("wire.cut"))
C_TIME = cython.declare(i64, tables.counter("wire.odd_time"))
C_GROUP = cython.declare(i64, tables.counter("wire.group_source"))
C_TUNNELS = cython.declare(i64, tables.counter("wire.tunnels"))
C_NEW = cython.declare(i64, tables.counter("flows.new"))
C_IDLE = cython.declare(i64, tables.counter("flows.idle"))
C_CONNECTIONS = cython.declare(i64, tables.counter("flows.connections"))
C_OVERFLOW = cython.declare(i64, tables.counter("endpoints.overflow"))
C_OPENINGS = cython.declare(i64, tables.counter("tcp.openings_dropped"))
C_KEEPALIVES = cython.declare(i64, tables.counter("tcp.keepalives"))
C_FLAGS = cython.declare(i64, tables.counter("tcp.odd_flags"))
C_WALKED = cython.declare(i64, tables.counter("walk.segments"))
C_RECORDS = cython.declare(i64, tables.counter("walk.records"))
C_STALE = cython.declare(i64, tables.counter("verdicts.stale"))
C_ROWS = cython.declare(i64, tables.counter("rows"))

# Why `run` stopped before the end of the block: see tables.STOP_*.
STOP_DONE = cython.declare(i64, tables.STOP_DONE)
STOP_ROWS = cython.declare(i64, tables.STOP_ROWS)
STOP_FLOWS = cython.declare(i64, tables.STOP_FLOWS)
STOP_DAY = cython.declare(i64, tables.STOP_DAY)
STOP_FRAGMENT = cython.declare(i64, tables.STOP_FRAGMENT)
STOP_ENDPOINTS = cython.declare(i64, tables.STOP_ENDPOINTS)

# What is decoded next.
ETHERNET = cython.declare(i64, 1)
ETHERTYPE = cython.declare(i64, 2)
NIBBLE = cython.declare(i64, 3)  # IPv4 or IPv6 by the first four bits
IP4 = cython.declare(i64, 4)
IP6 = cython.declare(i64, 5)
TUNNEL = cython.declare(i64, 6)  # inside IP: GRE, VXLAN, GENEVE
DONE = cython.declare(i64, 7)

SNAP = cython.declare(i64, 0xAAAA0300)  # LLC: DSAP, SSAP, unnumbered information; first byte of the organisation
MAC = cython.declare(i64, 0xFFFFFFFFFFFF)

# Ethertypes (IEEE registry), IP protocols (IANA), ports (IANA).
T_IP4 = cython.declare(i64, 0x0800)
T_IP6 = cython.declare(i64, 0x86DD)
IP4_SWAPPED = cython.declare(i64, 0x00080000)  # the same as 32 bits in the other byte order
IP6_SWAPPED = cython.declare(i64, 0xDD860000)
T_ARP = cython.declare(i64, 0x0806)
T_VLAN = cython.declare(i64, 0x8100)
T_QINQ = cython.declare(i64, 0x88A8)
T_QINQ_OLD = cython.declare(i64, 0x9100)
T_MPLS = cython.declare(i64, 0x8847)
T_MPLS_MULTICAST = cython.declare(i64, 0x8848)
T_PPPOE = cython.declare(i64, 0x8864)
T_BRIDGED = cython.declare(i64, 0x6558)  # transparent Ethernet bridging
T_ERSPAN_2 = cython.declare(i64, 0x88BE)
T_ERSPAN_3 = cython.declare(i64, 0x22EB)
T_FIRST = cython.declare(i64, 1536)  # IEEE 802.3, 3.2.6: smaller values are lengths
P_TCP = cython.declare(i64, 6)
P_UDP = cython.declare(i64, 17)
P_GRE = cython.declare(i64, 47)
P_AH = cython.declare(i64, 51)
P_ICMP = cython.declare(i64, 1)
P_ICMP6 = cython.declare(i64, 58)
P_FRAGMENT = cython.declare(i64, 44)
PORT_VXLAN = cython.declare(i64, 4789)
PORT_GENEVE = cython.declare(i64, 6081)

# F_STATE, S_STATE and S_LAST bits.
COUNTED = cython.declare(i64, 1)  # this connection's SYN is in F_CONNECTIONS
CLOSED = cython.declare(i64, 2)  # a FIN or RST was seen
SENT_0 = cython.declare(i64, 4)
SENT_1 = cython.declare(i64, 8)
SENT = cython.declare(i64, tables.SENT)  # both
GIVEN = cython.declare(i64, tables.GIVEN)
KEPT = cython.declare(i64, tables.SENT | tables.GIVEN | tables.NAMED)  # by the next connection in the same slot
BASED = cython.declare(i64, 1)  # S_BASE is set
STARTED = cython.declare(i64, 2)  # by a SYN
ENDED = cython.declare(i64, 4)  # FIN or RST seen, row given
LAST = cython.declare(i64, 2)  # of S_LAST: the data set ended with the last PDU; the bit of PS3.8, E.2
AHEAD = cython.declare(i64, 4)  # of S_LAST: segments beyond the next header were delivered

# Lower half of S_ENDPOINT where it is not a row of the endpoint table.
FULL = cython.declare(i64, 0xFFFFFFFF)
GROUP = cython.declare(i64, 0xFFFFFFFE)
NOBODY = cython.declare(i64, 0xFFFFFFFD)
VACANT = cython.declare(u64, 0xFFFFFFFFFFFFFFFF)  # E_LINK of a row given back; no VLAN id has so many bits

PDU_DATA = cython.declare(i64, 4)  # P-DATA-TF, DICOM PS3.8, 9.3.5
PDU_MAX = cython.declare(i64, 1 << 28)  # a longer PDU is a header misread: the largest known offer is 128 MiB
PDU_HEAD = cython.declare(i64, 12)  # PDU header, PDV length, presentation context, message control: PS3.8, 9.3.5.1


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(-9, check=True)
def u16(b: u8[::1], at: i64) -> i64:
    high: i64 = b[at]
    return high << 8 | b[at + 1]


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(-9, check=True)
def u32(b: u8[::1], at: i64) -> i64:
    first: i64 = b[at]  # widened: in C, a byte << 24 is a signed int
    return first << 24 | b[at + 1] << 16 | b[at + 2] << 8 | b[at + 3]


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(77, check=True)
def u64_at(b: u8[::1], at: i64) -> u64:
    high: u64 = u32(b, at)
    low: u64 = u32(b, at + 4)
    return high << 32 | low


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(77, check=True)
def mix(x: u64) -> u64:
    x ^= x >> 32
    x = x * ODD & M64  # C wraps by itself, Python does not
    x ^= x >> 29
    x = x * ODD & M64
    return x ^ x >> 32


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(-9, check=True)
def ahead(a: i64, b: i64) -> i64:
    """How far sequence number a is ahead of b, -2**31 to 2**31 - 1 (RFC 9293, 3.4)."""
    return ((a - b + H32) & M32) - H32


if not cython.compiled:  # the same, three times as fast where there is an interpreter between the bytes
    from sensor.wire.nocython import u16, u32, u64_at


@cython.final
@cython.cclass
class Kernel:
    """Works on a `Tables`. The fields after the tables are registers: where it is, what it found in this frame."""

    keys: u64[::1]
    flows: i64[::1]
    sides: i64[::1]
    index: i64[::1]
    free: i64[::1]
    touched: i64[::1]
    end_keys: u64[::1]
    ends: i64[::1]
    end_index: i64[::1]
    end_touched: i64[::1]
    end_free: i64[::1]
    gone: i64[::1]
    openings: i64[::1]
    opening_bytes: u8[::1]
    row_bytes: u8[::1]
    copy_signs: u64[::1]
    copies: i64[::1]
    rows: i64[::1]
    layers: i64[::1]
    counts: i64[::1]
    links: i64[::1]

    seed: u64
    capacity: i64  # flows
    used: i64  # slots ever handed out
    freed: i64  # on the free list
    listed: i64  # flows to drain
    connections: i64  # numbers given
    end_capacity: i64
    end_used: i64
    end_freed: i64  # on the free list
    end_listed: i64
    end_stuck: cython.bint  # the table is full of endpoints that stay
    epoch: i64  # one a UTC day
    generation: i64  # of the endpoint table: places noted in an earlier one are void
    opened: i64  # openings ever noted
    filled: i64  # rows
    row_limit: i64
    frame: i64
    now: i64
    day_first: i64  # ns
    day_last: i64
    reassembled: i64  # OUTCOMES while a reassembled datagram is decoded, else 0
    weight: i64  # frames that what is decoded stands for
    share: u64  # of the pairs of addresses, if several kernels share a capture
    shares: u64
    wire: i64  # bytes of them on the wire

    depth: i64  # headers unwrapped
    outer: i64  # tunnel layers in `layers`
    sender: i64
    receiver: i64
    vlan: i64
    tunnel: i64
    cut: cython.bint
    version: i64
    ip: i64
    source: i64
    target: i64
    protocol: i64
    ttl: i64
    ident: i64
    size: i64
    l4: i64
    end: i64
    port_source: i64
    port_target: i64
    at: i64  # ethertype of a link frame

    high_0: u64
    low_0: u64
    high_1: u64
    low_1: u64
    rest: u64
    hash: u64
    side: i64

    def __init__(self, t: Any, seed: int) -> None:
        self.keys = t.keys
        self.flows = t.flows
        self.sides = t.sides
        self.index = t.index
        self.free = t.free
        self.touched = t.touched
        self.end_keys = t.end_keys
        self.ends = t.ends
        self.end_index = t.end_index
        self.end_touched = t.end_touched
        self.end_free = t.end_free
        self.gone = t.gone
        self.openings = t.openings
        self.opening_bytes = t.opening_bytes
        self.row_bytes = t.row_bytes
        self.copy_signs = t.copy_signs
        self.copies = t.copies
        self.rows = t.rows
        self.layers = t.layers
        self.counts = t.counts
        self.links = t.links
        self.seed = seed
        self.capacity = len(t.free)
        self.end_capacity = len(t.end_touched)
        self.row_limit = len(t.rows) // ROW_COLUMNS
        self.used = self.freed = self.listed = self.connections = 0
        self.end_used = self.end_freed = self.end_listed = self.opened = 0
        self.end_stuck = False
        self.epoch = self.generation = 1
        self.filled = self.frame = self.now = 0
        self.day_first = 1
        self.day_last = 0  # no day yet
        self.reassembled = 0
        self.weight = 1
        self.wire = 0
        self.share = 0
        self.shares = 1
        self._clear()

    # ---- called from Python ----

    def take_share(self, share: int, shares: int) -> None:
        """All frames are decoded, so that copies and fragments are known, but only the flows of some pairs of addresses
        are accounted and delivered; of frames that are not IP, all or none."""
        self.share = share
        self.shares = shares

    def run(self, data: Any, records: Any, first: int, count: int) -> tuple[int, int]:
        """Works through records `first` to `count` - 1; the first one not done, and why it stopped there."""
        b: u8[::1] = data
        r: i64[::1] = records
        i: i64 = first
        last: i64 = count
        outcome: i64 = 0
        self.reassembled = 0
        self.weight = 1
        while i < last:
            if self.filled + 3 > self.row_limit:
                return i, STOP_ROWS
            base = i * RECORD_COLUMNS
            time: i64 = r[base + RECORD_TIME]
            if time < 0:
                time = 0
            elif time > TIME_MAX:
                time = TIME_MAX
            self.now = time
            if time < self.day_first or time > self.day_last:
                return i, STOP_DAY
            if self.used - self.freed + DEPTH_MAX + 1 > self.capacity:
                return i, STOP_FLOWS
            if self.end_used - self.end_freed >= self.end_capacity and not self.end_stuck:
                return i, STOP_ENDPOINTS
            if time != r[base + RECORD_TIME]:
                self.counts[C_TIME] += 1
            self.frame += 1
            start: i64 = r[base + RECORD_START]
            captured: i64 = r[base + RECORD_CAPTURED]
            self.wire = max(r[base + RECORD_ORIGINAL], captured)
            self.counts[C_FRAMES] += 1
            self.counts[C_BYTES] += self.wire
            i += 1
            if start < 0 or captured < 0 or captured > len(b) or start > len(b) - captured:
                self.counts[O_RECORD] += 1
                continue
            outcome = self._frame(b, start, start + captured, r[base + RECORD_LINK])
            self.counts[outcome] += 1
            if outcome == O_FRAGMENT:
                return i, STOP_FRAGMENT
        return i, STOP_DONE

    def inject(self, data: Any, ip: int, end: int, link: tuple[int, int, int, int, int], weight: int, wire: int) -> int:
        """Decodes a reassembled datagram as part of the present frame; STOP_ROWS, STOP_FLOWS (then nothing was done),
        STOP_FRAGMENT or STOP_DONE. link: sender, receiver, VLAN, tunnel, depth."""
        b: u8[::1] = data
        if self.filled + 3 > self.row_limit:
            return int(STOP_ROWS)
        if self.used - self.freed + DEPTH_MAX + 1 > self.capacity:
            return int(STOP_FLOWS)
        self._clear()
        self.sender, self.receiver, self.vlan, self.tunnel, self.depth = link
        self.reassembled = OUTCOMES
        self.weight = weight
        self.wire = wire
        at: i64 = ip
        stop: i64 = end
        outcome = self._outcome(b, self._decode(b, at, stop, NIBBLE, 0))
        self.counts[outcome + OUTCOMES] += 1
        return int(STOP_FRAGMENT if outcome == O_FRAGMENT else STOP_DONE)

    def fragment(self) -> Any:
        """The fragment it stopped at, as the arguments of `fragments.Fragment`."""
        link = (self.sender, self.receiver, self.vlan, self.tunnel, self.depth)
        return self.version, self.ip, self.l4, self.end, bool(self.cut), self.weight, self.wire, link

    def verdict(self, slot: int, side: int, connection: int, mode: int, offset: int) -> None:
        known = 0 <= slot < self.capacity and 0 < connection == self.flows[slot * FLOW_COLUMNS + F_CONNECTION]
        if not known:
            self.counts[C_STALE] += 1
            return
        s: i64 = (2 * slot + (side & 1)) * SIDE_COLUMNS
        self.sides[s + S_MODE] = mode & 3
        self.sides[s + S_NEXT] = offset
        self.sides[s + S_LAST] = 0

    def place(self) -> tuple[int, int]:
        """Time and number of the frame it is at; the number is that of the last one begun."""
        return self.now, self.frame

    def begin_day(self, first: int, last: int) -> None:
        """Frames from `first` to `last` (ns) belong to the present UTC day; `run` stops before any other."""
        self.day_first = first
        self.day_last = last
        self.epoch += 1
        self.generation += 1
        self.end_stuck = False
        if 2 * self.end_used > self.end_capacity and self.end_listed == 0:
            self.end_used = self.end_freed = 0
            for i in range(len(self.end_index)):
                self.end_index[i] = 0

    def take_rows(self) -> int:
        """How many rows there are; the next ones overwrite them."""
        filled = self.filled
        self.counts[C_ROWS] += filled
        self.filled = 0
        return int(filled)

    def obey(self, data: Any, first: int, count: int) -> int:
        """Applies verdicts that came since the rows were filled to those not yet taken, from `first` to `count` - 1, as
        if each of their frames had come after them; how many rows there are now."""
        b: u8[::1] = data
        kept: i64 = first
        last: i64 = count
        for i in range(kept, last):
            w: i64 = i * ROW_COLUMNS
            if not self._wanted(b, w):
                continue
            if kept != i:
                to: i64 = kept * ROW_COLUMNS
                for column in range(ROW_COLUMNS):
                    self.rows[to + column] = self.rows[w + column]
            kept += 1
        return int(kept)

    def take_flows(self) -> int:
        """How many entries of `touched` there are; the list starts anew."""
        listed = self.listed
        self.listed = 0
        return int(listed)

    def take_endpoints(self) -> int:
        """How many entries of `end_touched` there are; the list starts anew."""
        listed = self.end_listed
        self.end_listed = 0
        return int(listed)

    def today(self) -> int:
        """The endpoint table's epoch: E_ANSWERED holds it where the endpoint was answered today."""
        return int(self.epoch)

    def slots(self) -> int:
        """Slots ever handed out: 0 to this - 1 may be in use."""
        return int(self.used)

    def remove(self, count: int) -> None:
        """Frees the flows listed in `gone` (their accounts are drained) and builds the index anew."""
        for i in range(count):
            slot: i64 = self.gone[i]
            f: i64 = slot * FLOW_COLUMNS
            self.flows[f + F_CONNECTION] = 0
            self.flows[f + F_FRAMES] = 0
            self.free[self.freed] = slot
            self.freed += 1
        kept: i64 = 0
        for i in range(self.listed):
            if self.flows[self.touched[i] * FLOW_COLUMNS + F_CONNECTION] != 0:
                self.touched[kept] = self.touched[i]
                kept += 1
        self.listed = kept
        self._index()

    def senders(self) -> tuple[int, int]:
        """Rows of the endpoint table ever handed out, and how many of them were given back."""
        return int(self.end_used), int(self.end_freed)

    def drop_senders(self, count: int) -> None:
        """Frees the endpoints that were put on the free list. If they are few, the table is left full until the day
        ends: who comes then is counted, and no search is made for each."""
        self.end_stuck = count <= self.end_capacity >> 4
        self.end_freed += count
        for i in range(self.end_freed - count, self.end_freed):
            row: i64 = self.end_free[i]
            self.end_keys[row * END_KEY_COLUMNS + E_LINK] = VACANT
            self.ends[row * END_COLUMNS + E_FRAMES] = 0
        kept: i64 = 0
        for i in range(self.end_listed):
            if self.end_keys[self.end_touched[i] * END_KEY_COLUMNS + E_LINK] != VACANT:
                self.end_touched[kept] = self.end_touched[i]
                kept += 1
        self.end_listed = kept
        self.generation += 1
        self._end_index()

    # ---- one frame ----

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _clear(self) -> i64:
        self.depth = 0
        self.outer = 0
        self.sender = -1
        self.receiver = -1
        self.vlan = 0
        self.tunnel = 0
        self.cut = False
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _frame(self, b: u8[::1], q: i64, end: i64, link: i64) -> i64:
        self._clear()
        if link == 1:
            return self._outcome(b, self._decode(b, q, end, ETHERNET, 0))
        step = NIBBLE
        kind: i64 = 0
        if link == 113:  # Linux cooked v1: packet type, ARPHRD type, address length, address (8), protocol
            if end - q < 16:
                return O_SHORT
            step = ETHERTYPE
            kind = u16(b, q + 14)
            if u16(b, q + 4) == 6:
                self.sender = q + 6
            q += 16
        elif link == 276:  # v2: protocol, reserved, interface, ARPHRD type, packet type, address length, address (8)
            if end - q < 20:
                return O_SHORT
            step = ETHERTYPE
            kind = u16(b, q)
            if b[q + 11] == 6:
                self.sender = q + 12
            q += 20
        elif link == 0 or link == 108:  # family in the byte order of the machine that captured, or big-endian
            if end - q < 4:
                return O_SHORT
            kind = u32(b, q)
            if kind & 0xFFFFFF == 0:
                kind = kind >> 24
            if kind in (2, T_IP4, IP4_SWAPPED):  # an address family; some write an ethertype, in either byte order
                step = IP4
            elif kind in (10, 23, 24, 28, 30, T_IP6, IP6_SWAPPED):  # Linux, Windows, BSDs, macOS; or an ethertype
                step = IP6
            else:
                return O_LINK_PROTOCOL
            q += 4
        elif link == 228:
            step = IP4
        elif link == 229:
            step = IP6
        elif link != 101 and link != 12 and link != 14:
            self.links[link if 0 <= link < len(self.links) else 0] += 1
            return O_LINK_TYPE
        if step == ETHERTYPE and kind < T_FIRST:
            if kind != 4:  # 4: an LLC header follows (linux/if_ether.h, ETH_P_802_2)
                return O_LINK_PROTOCOL
            kind = end - q if end - q < T_FIRST else T_FIRST - 1
        return self._outcome(b, self._decode(b, q, end, step, kind))

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _decode(self, b: u8[::1], q: i64, end: i64, step: i64, kind: i64) -> i64:
        """Unwraps to the innermost packet, fills the registers; nothing is accounted yet. kind: of step ETHERTYPE."""
        while True:
            if self.depth > DEPTH_MAX:
                return O_DEPTH
            if step == ETHERNET:
                if end - q < 14:
                    return O_SHORT
                self.receiver = q
                self.sender = q + 6
                self.vlan = 0
                kind = u16(b, q + 12)
                q += 14
                step = ETHERTYPE
            if step == ETHERTYPE:
                if kind == T_IP4:
                    step = IP4
                elif kind == T_IP6:
                    step = IP6
                elif kind in (T_VLAN, T_QINQ, T_QINQ_OLD):
                    if end - q < 4:
                        return O_SHORT
                    if self.vlan == 0:
                        self.vlan = u16(b, q) & 0xFFF
                    kind = u16(b, q + 2)
                    q += 4
                    self.depth += 1
                    continue
                elif kind < T_FIRST:
                    end = min(end, q + kind)
                    if end - q < 3:
                        return O_SHORT
                    # IEEE 802: SNAP with organisation 0 carries an ethertype (RFC 1042)
                    if end - q >= 8 and u32(b, q) == SNAP and u16(b, q + 4) == 0 and u16(b, q + 6) >= T_FIRST:
                        kind = u16(b, q + 6)
                        q += 8
                        self.depth += 1
                        continue
                    self.at = LLC | u16(b, q)
                    self.l4 = q
                    self.end = end
                    return O_LINK
                elif kind in (T_MPLS, T_MPLS_MULTICAST):
                    if end - q < 5:
                        return O_SHORT
                    self.depth += 1
                    if not b[q + 2] & 1:  # not the bottom of the stack (RFC 3032, 2.1)
                        q += 4
                        continue
                    q += 4
                    first: i64 = b[q]
                    first = first >> 4
                    if first == 4:
                        step = IP4
                    elif first == 6:
                        step = IP6
                    else:
                        step = ETHERNET
                        if first == 0 and not self._plain_ethernet(b, q, end):  # control word (RFC 4385, 3)
                            q += 4
                    continue
                elif kind == T_PPPOE:  # RFC 2516, 4: version and type 1, code, session, length; then a PPP protocol
                    if end - q < 8:
                        return O_SHORT
                    kind = u16(b, q + 6)
                    if b[q] == 0x11 and b[q + 1] == 0 and (kind == 0x21 or kind == 0x57):
                        end = min(end, q + 6 + u16(b, q + 4))
                        step = IP4 if kind == 0x21 else IP6
                        q += 8
                        self.depth += 1
                        continue
                    self.at = T_PPPOE
                    self.l4 = q
                    self.end = end
                    return O_LINK
                else:
                    self.at = kind
                    self.l4 = q
                    self.end = end
                    return O_LINK
            if step == NIBBLE:
                if end - q < 1:
                    return O_SHORT
                step = IP6 if b[q] >> 4 == 6 else IP4
            outcome = self._ip4(b, q, end) if step == IP4 else self._ip6(b, q, end)
            if outcome >= 0:
                return outcome
            # A packet in a packet: its place is in l4 and end, its kind in `at`, -outcome is the step
            step = -outcome
            kind = self.at
            q = self.l4
            end = self.end
            self.depth += 1
            self.counts[C_TUNNELS] += 1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-1, check=True)
    def _plain_ethernet(self, b: u8[::1], q: i64, end: i64) -> cython.bint:
        """Many MACs begin like a control word: is there an ethertype we know where a plain Ethernet header has one?"""
        if end - q < 14:
            return False
        kind = u16(b, q + 12)
        return kind in (T_IP4, T_IP6, T_ARP, T_VLAN, T_QINQ, T_MPLS)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-99, check=True)
    def _ip4(self, b: u8[::1], q: i64, end: i64) -> i64:
        """RFC 791. An outcome, or minus the step to go on with."""
        if end - q < 20:
            return O_SHORT
        first: i64 = b[q]
        if first >> 4 != 4:
            return O_VERSION
        head = (first & 15) << 2
        size = u16(b, q + 2)
        if head < 20 or (size != 0 and size < head):
            return O_IP_LENGTH
        if end - q < head:
            return O_SHORT
        if size != 0:  # 0: captured before the network card cut it up (segmentation offload)
            if size > end - q:
                self.cut = True
            else:
                end = q + size
        self.version = 4
        self.ip = q
        self.source = q + 12
        self.target = q + 16
        self.size = size
        self.ident = u16(b, q + 4)
        self.ttl = b[q + 8]
        self.protocol = b[q + 9]
        self.end = end
        self.l4 = q + head
        if u16(b, q + 6) & 0x3FFF:
            return O_FRAGMENT
        if self.protocol == P_AH:
            outcome = self._extensions(b, end)
            if outcome != 0:
                return outcome
        return self._transport(b)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-99, check=True)
    def _ip6(self, b: u8[::1], q: i64, end: i64) -> i64:
        """RFC 8200. An outcome, or minus the step to go on with."""
        if end - q < 40:
            return O_SHORT
        if b[q] >> 4 != 6:
            return O_VERSION
        size = u16(b, q + 4)
        if size != 0:  # 0: a jumbogram (RFC 2675), or captured before segmentation
            if size > end - q - 40:
                self.cut = True
            else:
                end = q + 40 + size
        self.version = 6
        self.ip = q
        self.source = q + 8
        self.target = q + 24
        self.size = size
        self.ident = 0
        self.ttl = b[q + 7]
        self.protocol = b[q + 6]
        self.end = end
        self.l4 = q + 40
        outcome = self._extensions(b, end)
        if outcome != 0:
            return outcome
        return self._transport(b)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-99, check=True)
    def _extensions(self, b: u8[::1], end: i64) -> i64:
        """Steps over extension headers (RFC 8200, 4; AH RFC 4302, 2.2; IANA's list of them); 0, or the outcome."""
        seen: i64 = 0
        p = self.protocol
        while p == P_AH or (
            self.version == 6 and (p == 0 or p == 43 or p == P_FRAGMENT or p == 60 or p == 135 or p == 139 or p == 140)
        ):
            seen += 1
            if seen > EXTENSIONS_MAX:
                return O_EXTENSIONS
            if end - self.l4 < 8:
                return O_SHORT
            size: i64 = b[self.l4 + 1]
            if p == P_AH:
                size = (size + 2) << 2
            elif p == P_FRAGMENT:
                if u16(b, self.l4 + 2) & 0xFFF9:  # an atomic fragment is a whole packet (RFC 6946)
                    return O_FRAGMENT
                size = 8
            else:
                size = (size + 1) << 3
            if size > end - self.l4:
                return O_SHORT
            p = b[self.l4]
            self.l4 += size
        self.protocol = p
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-99, check=True)
    def _transport(self, b: u8[::1]) -> i64:
        p = self.protocol
        at = self.l4
        room = self.end - at
        self.port_source = 0
        self.port_target = 0
        if p == P_TCP:
            if room < 20:
                return O_SHORT
            if b[at + 12] >> 4 < 5:
                return O_OFFSET
            self.port_source = u16(b, at)
            self.port_target = u16(b, at + 2)
            return O_TCP
        if p == P_UDP:
            if room < 8:
                return O_SHORT
            self.port_source = u16(b, at)
            self.port_target = u16(b, at + 2)
            size = u16(b, at + 4)
            if size != 0:  # 0: longer than 65,535 (RFC 2675, 4) or not yet segmented
                if size < 8:
                    return O_UDP_LENGTH
                if size > room:
                    self.cut = True
                else:
                    self.end = at + size
                    room = size
            if self.port_target == PORT_VXLAN and room >= 30 and b[at + 8] & 8:  # RFC 7348, 5: the I flag; 8 + 14 bytes
                return self._enter(at + 16, u32(b, at + 12) >> 8, ETHERNET)
            if self.port_target == PORT_GENEVE and room >= 16 and b[at + 8] >> 6 == 0:  # RFC 8926, 3.4
                options: i64 = b[at + 8]
                inner = at + 16 + ((options & 63) << 2)
                kind = u16(b, at + 10)
                if inner < self.end and not b[at + 9] & 0x80:  # O: a control message
                    if kind == T_BRIDGED:
                        return self._enter(inner, u32(b, at + 12) >> 8, ETHERNET)
                    if kind in (T_IP4, T_IP6):
                        return self._enter(inner, u32(b, at + 12) >> 8, IP4 if kind == T_IP4 else IP6)
            return O_UDP
        if p == 4 and room >= 20:  # RFC 2003
            return self._enter(at, 0, IP4)
        if p == 41 and room >= 40:  # RFC 4213
            return self._enter(at, 0, IP6)
        if p == P_GRE and room >= 4:
            return self._gre(b, at)
        return O_IP

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-99, check=True)
    def _gre(self, b: u8[::1], at: i64) -> i64:
        """RFC 2784 and 2890; ERSPAN: draft-foschiano-erspan-03."""
        flags = u16(b, at)
        kind = u16(b, at + 2)
        if flags & 0x4007:  # routing (RFC 1701, long dead) or version 1 (PPTP)
            return O_IP
        q = at + 4
        if flags & 0x8000:
            q += 4
        key: i64 = 0
        if flags & 0x2000:
            if self.end - q < 4:
                return O_IP
            key = u32(b, q)
            q += 4
        if flags & 0x1000:
            q += 4
        if kind == T_ERSPAN_2:
            if flags & 0x1000:  # without a sequence number it is type I, which has no header
                q += 8
            if self.end - q < 14:
                return O_IP
            return self._enter(q, -1, ETHERNET)
        if kind == T_ERSPAN_3:
            if self.end - q < 12:
                return O_IP
            inner = q + 12
            if b[q + 11] & 1:  # O: a platform header follows
                inner += 8
            frame_type: i64 = b[q + 10]
            if self.end - inner < 14:
                return O_IP
            return self._enter(inner, -1, NIBBLE if frame_type >> 2 & 31 == 2 else ETHERNET)
        if self.end - q < 14:
            return O_IP
        if kind == T_BRIDGED:
            return self._enter(q, key, ETHERNET)
        if kind in (T_IP4, T_IP6):
            return self._enter(q, key, IP4 if kind == T_IP4 else IP6)
        return O_IP

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-99, check=True)
    def _enter(self, inner: i64, tunnel: i64, step: i64) -> i64:
        """Notes the present packet as an outer layer; its inside is next. tunnel: -1 for a mirror: it is no network."""
        if self.outer >= DEPTH_MAX:
            return O_DEPTH
        n = self.outer * LAYER_COLUMNS
        self.layers[n] = self.version
        self.layers[n + 1] = self.source
        self.layers[n + 2] = self.target
        self.layers[n + 3] = self.port_source
        self.layers[n + 4] = self.port_target
        self.layers[n + 5] = self.protocol
        self.layers[n + 6] = self.sender
        self.layers[n + 7] = self.vlan
        self.layers[n + 8] = self.tunnel
        self.outer += 1
        if tunnel < 0:
            self.tunnel = 0
        elif tunnel != 0:
            self.tunnel = tunnel
        self.sender = -1
        self.receiver = -1
        self.vlan = 0
        self.l4 = inner
        self.at = 0
        return -step

    # ---- what becomes of it ----

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _outcome(self, b: u8[::1], outcome: i64) -> i64:
        if self.cut:
            self.counts[C_CUT] += 1
        if outcome > O_IP:  # no innermost packet: its envelopes were there all the same
            if self.outer:
                self._layers(b)
            if outcome == O_LINK:
                if self.share != 0:
                    return O_ELSEWHERE
                self._link(b)
            return outcome
        self._key(
            b, self.version, self.source, self.target, self.port_source, self.port_target, self.protocol, self.tunnel
        )
        copy = self._copy(b)
        mine: cython.bint = self._mine()
        if copy != 0:
            return copy if mine else O_ELSEWHERE
        if self.outer:
            self._layers(b)
            self._key(
                b,
                self.version,
                self.source,
                self.target,
                self.port_source,
                self.port_target,
                self.protocol,
                self.tunnel,
            )
        if not mine:
            return O_ELSEWHERE
        slot = self._slot(self.tunnel)
        r = self._account(b, slot, self.sender, self.vlan, self.version, self.source)
        if outcome == O_TCP:
            self._tcp(b, slot, r)
        elif self.sides[r * SIDE_COLUMNS + S_MODE] != ACCOUNT:
            if outcome == O_UDP:
                if self.end > self.l4 + 8:
                    f: i64 = slot * FLOW_COLUMNS + F_DATAGRAMS
                    self.flows[f] += 1
                    self._row(UDP, slot, self.flows[f] - 1, self.l4 + 8, self.end - self.l4 - 8, 0, -1)
            elif self.end > self.l4:
                self._row(IP, slot, self.protocol, self.l4, self.end - self.l4, 0, -1)
        return outcome

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _layers(self, b: u8[::1]) -> i64:
        """Accounts the flows of the tunnels that the packet came in."""
        for layer in range(self.outer):
            n: i64 = layer * LAYER_COLUMNS
            tunnel = self.layers[n + 8]
            self._key(
                b,
                self.layers[n],
                self.layers[n + 1],
                self.layers[n + 2],
                self.layers[n + 3],
                self.layers[n + 4],
                self.layers[n + 5],
                tunnel,
            )
            if not self._mine():
                continue
            slot = self._slot(tunnel)
            self._account(b, slot, self.layers[n + 6], self.layers[n + 7], self.layers[n], self.layers[n + 1])
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _link(self, b: u8[::1]) -> i64:
        """A frame that is not IP: its sender is an endpoint without an address."""
        link = self._link_word(b, self.sender, self.vlan)
        self._count_endpoint(self._endpoint(b, link, 0, 0))
        if self.end > self.l4:
            self._row(LINK, -1, self.at, self.l4, self.end - self.l4, 0, -1)
        return 0

    # ---- flows ----

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _key(
        self,
        b: u8[::1],
        version: i64,
        source: i64,
        target: i64,
        from_port: i64,
        to_port: i64,
        protocol: i64,
        tunnel: i64,
    ) -> i64:
        """The flow's key with the numerically lower end first, its hash, and the side that sent this."""
        a_high: u64 = 0
        z_high: u64 = 0
        a_low: u64 = 0
        z_low: u64 = 0
        swap: cython.bint = False
        if version == 4:
            a_low = u32(b, source)
            z_low = u32(b, target)
        else:
            a_high = u64_at(b, source)
            a_low = u64_at(b, source + 8)
            z_high = u64_at(b, target)
            z_low = u64_at(b, target + 8)
        if a_high != z_high:
            swap = a_high > z_high
        elif a_low != z_low:
            swap = a_low > z_low
        else:
            swap = from_port > to_port
        ports: i64 = from_port << 16 | to_port
        if swap:
            self.high_0, self.high_1 = z_high, a_high
            self.low_0, self.low_1 = z_low, a_low
            ports = to_port << 16 | from_port
            self.side = 1
        else:
            self.high_0, self.high_1 = a_high, z_high
            self.low_0, self.low_1 = a_low, z_low
            self.side = 0
        rest: u64 = version << 40 | protocol << 32 | ports
        self.rest = rest
        h: u64 = self.seed
        if version == 4:
            h = mix(h ^ (self.low_0 << 32 | self.low_1))
        else:
            h = mix(h ^ self.high_0)
            h = mix(h ^ self.low_0)
            h = mix(h + self.high_1 & M64)
            h = mix(h ^ self.low_1)
        if tunnel:
            t: u64 = tunnel
            h = mix(h + t & M64)
        self.hash = mix(h ^ rest)
        return 0

    @cython.cfunc
    @cython.inline
    @cython.nogil
    @cython.exceptval(-1, check=True)
    def _mine(self) -> cython.bint:
        """Whether the present key's addresses are of our share: both directions and all fragments are, or none."""
        if self.shares == 1:
            return True
        h: u64 = mix(self.low_0 ^ mix(self.high_0 ^ ODD))
        h = mix(h + self.low_1 & M64)
        h = mix(h ^ self.high_1)
        return h % self.shares == self.share

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _slot(self, tunnel: i64) -> i64:
        """Finds the flow of the present key, or makes it: `run` has seen to it that there is room."""
        h = self.hash
        t: u64 = tunnel
        mask = len(self.index) - 1
        tag: i64 = h >> 33
        place: i64 = h & M32
        i: i64 = place & mask
        slot: i64 = 0
        k: i64 = 0
        while True:
            word = self.index[i]
            if word == 0:
                break
            if word >> 32 == tag:
                slot = (word & M32) - 1
                k = slot * KEY_COLUMNS
                if (
                    self.keys[k + K_LOW_0] == self.low_0
                    and self.keys[k + K_LOW_1] == self.low_1
                    and self.keys[k + K_REST] == self.rest
                    and self.keys[k + K_TUNNEL] == t
                    and self.keys[k + K_HIGH_0] == self.high_0
                    and self.keys[k + K_HIGH_1] == self.high_1
                ):
                    return slot
            i = (i + 1) & mask
        if self.freed:
            self.freed -= 1
            slot = self.free[self.freed]
        else:
            slot = self.used
            self.used += 1
        self.index[i] = tag << 32 | slot + 1
        k = slot * KEY_COLUMNS
        self.keys[k + K_HIGH_0] = self.high_0
        self.keys[k + K_LOW_0] = self.low_0
        self.keys[k + K_HIGH_1] = self.high_1
        self.keys[k + K_LOW_1] = self.low_1
        self.keys[k + K_REST] = self.rest
        self.keys[k + K_TUNNEL] = t
        f = slot * FLOW_COLUMNS
        s = 2 * slot * SIDE_COLUMNS
        for column in range(FLOW_COLUMNS):
            self.flows[f + column] = 0
        for column in range(2 * SIDE_COLUMNS):
            self.sides[s + column] = 0
        self.sides[s + S_LINK] = -1
        self.sides[s + SIDE_COLUMNS + S_LINK] = -1
        self.connections += 1
        self.flows[f + F_CONNECTION] = self.connections
        self.flows[f + F_SEEN] = self.now
        self.flows[f + F_OPENER] = self.side
        self.flows[f + F_LIMIT] = TCP_IDLE if self.protocol == P_TCP else OTHER_IDLE
        self.counts[C_NEW] += 1
        return slot

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _index(self) -> i64:
        """Builds the hash index anew from the flows in use."""
        mask = len(self.index) - 1
        for i in range(mask + 1):
            self.index[i] = 0
        for slot in range(self.used):
            f: i64 = slot * FLOW_COLUMNS
            k: i64 = slot * KEY_COLUMNS
            if self.flows[f + F_CONNECTION] == 0:
                continue
            h: u64 = self.seed
            if self.keys[k + K_REST] >> 40 == 4:
                h = mix(h ^ (self.keys[k + K_LOW_0] << 32 | self.keys[k + K_LOW_1]))
            else:
                h = mix(h ^ self.keys[k + K_HIGH_0])
                h = mix(h ^ self.keys[k + K_LOW_0])
                h = mix(h + self.keys[k + K_HIGH_1] & M64)
                h = mix(h ^ self.keys[k + K_LOW_1])
            if self.keys[k + K_TUNNEL]:
                h = mix(h + self.keys[k + K_TUNNEL] & M64)
            h = mix(h ^ self.keys[k + K_REST])
            tag: i64 = h >> 33
            place: i64 = h & M32
            at: i64 = place & mask
            while self.index[at] != 0:
                at = (at + 1) & mask
            self.index[at] = tag << 32 | slot + 1
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _renew(self, slot: i64) -> i64:
        """The slot goes on with a new connection: nothing is known of its streams. Who was client stays until a SYN."""
        f = slot * FLOW_COLUMNS
        self.connections += 1
        self.flows[f + F_CONNECTION] = self.connections
        self.flows[f + F_STATE] &= KEPT
        self.flows[f + F_OPENING] = 0
        self.flows[f + F_DATAGRAMS] = 0
        for r in range(2 * slot, 2 * slot + 2):
            s: i64 = r * SIDE_COLUMNS
            self.sides[s + S_MODE] = DELIVER
            self.sides[s + S_NEXT] = 0
            self.sides[s + S_LAST] = 0
            self.sides[s + S_BASE] = 0
            self.sides[s + S_HIGH] = 0
            self.sides[s + S_STATE] = 0
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _account(self, b: u8[::1], slot: i64, sender: i64, vlan: i64, version: i64, source: i64) -> i64:
        """Counts the frame for the flow, its direction and its sender; the direction's row."""
        time = self.now
        r = 2 * slot + self.side
        f = slot * FLOW_COLUMNS
        s = r * SIDE_COLUMNS
        if time - self.flows[f + F_SEEN] > self.flows[f + F_LIMIT]:
            self._renew(slot)
            self.counts[C_IDLE] += 1
        self.flows[f + F_SEEN] = time
        if self.flows[f + F_FRAMES] == 0:
            self.touched[self.listed] = slot
            self.listed += 1
            self.flows[f + F_FIRST_TIME] = time
            self.flows[f + F_FIRST_FRAME] = self.frame
            self.flows[f + F_LAST_TIME] = time
            self.flows[f + F_LAST_FRAME] = self.frame
        elif time >= self.flows[f + F_LAST_TIME]:
            self.flows[f + F_LAST_TIME] = time
            self.flows[f + F_LAST_FRAME] = self.frame
        elif time < self.flows[f + F_FIRST_TIME]:  # interfaces whose clocks differ
            self.flows[f + F_FIRST_TIME] = time
            self.flows[f + F_FIRST_FRAME] = self.frame
        self.flows[f + F_FRAMES] += self.weight
        self.sides[s + S_FRAMES] += self.weight
        self.sides[s + S_BYTES] += self.wire
        state = self.flows[f + F_STATE]
        sent = SENT_1 if self.side else SENT_0
        link = self._link_word(b, sender, vlan)
        fresh: cython.bint = self.sides[s + S_LINK] != link or self.sides[s + S_ENDPOINT] >> 32 != self.generation
        if fresh:
            self.sides[s + S_LINK] = link
            self.sides[s + S_ENDPOINT] = self.generation << 32 | self._endpoint(b, link, version, source)
        if not state & sent:
            state |= sent
            self.flows[f + F_STATE] = state
            if state & SENT == SENT:
                self._answered(self.sides[(r ^ 1) * SIDE_COLUMNS + S_ENDPOINT])
                fresh = True
        if fresh and state & SENT == SENT:
            self._answered(self.sides[s + S_ENDPOINT])
        self._count_endpoint(self.sides[s + S_ENDPOINT] & M32)
        return r

    # ---- endpoints ----

    @cython.cfunc
    @cython.inline
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _link_word(self, b: u8[::1], sender: i64, vlan: i64) -> i64:
        """MAC (0: unknown) and VLAN id in one number."""
        if sender < 0:
            return vlan << 48
        return vlan << 48 | u16(b, sender) << 32 | u32(b, sender + 2)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _endpoint(self, b: u8[::1], link: i64, version: i64, source: i64) -> i64:
        """Row of the endpoint (link word, address), made if new; or FULL, GROUP, NOBODY."""
        high: u64 = 0
        low: u64 = 0
        if link >> 40 & 1:  # IEEE 802, 8.2.2: a group cannot send
            return GROUP
        if version == 4:
            low = u32(b, source)
            if low >> 28 == 14 or low == M32:
                return GROUP
        elif version == 6:
            if b[source] == 255:
                return GROUP
            high = u64_at(b, source)
            low = u64_at(b, source + 8)
        if high == 0 and low == 0:
            version = 0  # the unspecified address is nobody's
        if version == 0 and link & MAC == 0:
            return NOBODY
        key: u64 = link
        kind: u64 = version
        h = self._end_hash(key, high, low, kind)
        mask = len(self.end_index) - 1
        tag: i64 = h >> 33
        place: i64 = h & M32
        i: i64 = place & mask
        row: i64 = 0
        k: i64 = 0
        while True:
            word = self.end_index[i]
            if word == 0:
                break
            if word >> 32 == tag:
                row = (word & M32) - 1
                k = row * END_KEY_COLUMNS
                if (
                    self.end_keys[k + E_LINK] == key
                    and self.end_keys[k + E_LOW] == low
                    and self.end_keys[k + E_HIGH] == high
                    and self.end_keys[k + E_VERSION] == kind
                ):
                    return row
            i = (i + 1) & mask
        if self.end_freed:
            self.end_freed -= 1
            row = self.end_free[self.end_freed]
        elif self.end_used < self.end_capacity:
            row = self.end_used
            self.end_used += 1
        else:
            return FULL
        k = row * END_KEY_COLUMNS
        e = row * END_COLUMNS
        self.end_index[i] = tag << 32 | row + 1
        self.end_keys[k + E_LINK] = key
        self.end_keys[k + E_HIGH] = high
        self.end_keys[k + E_LOW] = low
        self.end_keys[k + E_VERSION] = kind
        for column in range(END_COLUMNS):
            self.ends[e + column] = 0
        return row

    @cython.cfunc
    @cython.inline
    @cython.nogil
    @cython.exceptval(77, check=True)
    def _end_hash(self, key: u64, high: u64, low: u64, kind: u64) -> u64:
        h = mix(self.seed ^ key)
        h = mix(h + high & M64)
        return mix((h ^ low) + kind & M64)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _end_index(self) -> i64:
        """Builds the hash index of the endpoints anew."""
        mask = len(self.end_index) - 1
        for i in range(mask + 1):
            self.end_index[i] = 0
        for row in range(self.end_used):
            k: i64 = row * END_KEY_COLUMNS
            if self.end_keys[k + E_LINK] == VACANT:
                continue
            h = self._end_hash(
                self.end_keys[k + E_LINK],
                self.end_keys[k + E_HIGH],
                self.end_keys[k + E_LOW],
                self.end_keys[k + E_VERSION],
            )
            tag: i64 = h >> 33
            place: i64 = h & M32
            at: i64 = place & mask
            while self.end_index[at] != 0:
                at = (at + 1) & mask
            self.end_index[at] = tag << 32 | row + 1
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _count_endpoint(self, row: i64) -> i64:
        if row >= NOBODY:
            if row == FULL:
                self.counts[C_OVERFLOW] += self.weight
            elif row == GROUP:
                self.counts[C_GROUP] += self.weight
            return 0
        time = self.now
        e = row * END_COLUMNS
        if self.ends[e + E_FRAMES] == 0:
            self.end_touched[self.end_listed] = row
            self.end_listed += 1
            self.ends[e + E_FIRST_TIME] = time
            self.ends[e + E_FIRST_FRAME] = self.frame
            self.ends[e + E_LAST_TIME] = time
            self.ends[e + E_LAST_FRAME] = self.frame
        elif time >= self.ends[e + E_LAST_TIME]:
            self.ends[e + E_LAST_TIME] = time
            self.ends[e + E_LAST_FRAME] = self.frame
        elif time < self.ends[e + E_FIRST_TIME]:
            self.ends[e + E_FIRST_TIME] = time
            self.ends[e + E_FIRST_FRAME] = self.frame
        self.ends[e + E_FRAMES] += self.weight
        self.ends[e + E_BYTES] += self.wire
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _answered(self, place: i64) -> i64:
        """Marks an S_ENDPOINT as one that took part in a flow with both directions."""
        if place >> 32 == self.generation and place & M32 < NOBODY:
            self.ends[(place & M32) * END_COLUMNS + E_ANSWERED] = self.epoch
        return 0

    # ---- copies ----

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _copy(self, b: u8[::1]) -> i64:
        """O_EXACT or O_ROUTED if the same packet came a moment ago; 0 if not, and then it is remembered.

        Same: key, direction, IP id, length, and the first 20 bytes from the transport header on with the checksum, by
        a 64-bit hash. Without an IP id a packet is known by its checksum; UDP that has neither is never a copy.
        """
        p = self.protocol
        at = self.l4
        x: u64 = 0
        y: u64 = 0
        if p == P_TCP:
            x = u64_at(b, at + 4)
            y = u64_at(b, at + 12)
        elif p == P_UDP:
            if self.ident == 0 and u16(b, at + 6) == 0:
                return 0
            x = u32(b, at + 4)
            if self.end - at >= 20:
                y = u64_at(b, at + 8)
                x = x << 32 | u32(b, at + 16)
        elif (p in (P_ICMP, P_ICMP6)) and self.end - at >= 8:
            x = u64_at(b, at)
        else:
            return 0
        z: u64 = self.ident << 17 | self.size << 1 | self.side
        sign = mix((x * ODD + y & M64) ^ z)
        sign = mix(sign + self.hash & M64) | ONE
        place: i64 = sign >> 40
        i: i64 = place & (len(self.copy_signs) - 1)
        c = i * COPY_COLUMNS
        if self.copy_signs[i] == sign:
            age: i64 = self.now - self.copies[c]
            if age < 0:
                age = -age
            if self.ttl == self.copies[c + 1]:
                if age <= (EXACT_WINDOW if self.ident else EXACT_WINDOW_NO_ID):
                    return O_EXACT
            elif self.ttl < self.copies[c + 1] and age <= ROUTED_WINDOW:
                return O_ROUTED
        self.copy_signs[i] = sign
        self.copies[c] = self.now
        self.copies[c + 1] = self.ttl
        return 0

    # ---- streams ----

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _tcp(self, b: u8[::1], slot: i64, r: i64) -> i64:
        at = self.l4
        f = slot * FLOW_COLUMNS
        s = r * SIDE_COLUMNS
        flags: i64 = b[at + 13]
        offset: i64 = b[at + 12]
        head = (offset >> 4) << 2
        start = min(at + head, self.end)
        n = self.end - start
        seq = u32(b, at + 4)
        closing: i64 = flags & 5  # FIN or RST
        if flags & 2:
            if closing:
                self.counts[C_FLAGS] += 1
                return 0
            seq = (seq + 1) & M32
            self._syn(slot, r, seq, flags & 16)
            if flags & 16:
                self._row(SYN, slot, 1, self.ip, start - self.ip, 0, -1)
            else:
                self._wait(b, slot, self.ip, start - self.ip)
        elif flags & 4:
            n = 0  # RFC 9293, 3.5.3: text in a RST is a reason for people, not part of the stream
        note: i64 = 0
        if closing:
            note = NOTE_CLOSE
            self.flows[f + F_STATE] |= CLOSED
        elif n == 0:
            return 0
        state = self.sides[s + S_STATE]
        if not state & BASED and n > 0:
            self.sides[s + S_BASE] = seq
            self.sides[s + S_HIGH] = 0
            state |= BASED
        high = self.sides[s + S_HIGH]
        offset = 0
        if state & BASED:
            offset = high + ahead(seq, (self.sides[s + S_BASE] + high) & M32)
        if closing and n == 0:
            if not state & ENDED and self.sides[s + S_MODE] != ACCOUNT:
                self._row(TCP, slot, offset, start, 0, note, -1)
            self.sides[s + S_STATE] = state | ENDED
            return 0
        if closing:
            state |= ENDED
        self.sides[s + S_STATE] = state
        if n == 1 and offset + 1 == high and not closing:
            self.counts[C_KEEPALIVES] += 1  # RFC 9293, 3.8.4: a probe repeats the last byte
            return 0
        if offset + n > high:
            self.sides[s + S_HIGH] = offset + n
        mode = self.sides[s + S_MODE]
        if mode == ACCOUNT or (mode == SKIP and offset + n <= self.sides[s + S_NEXT]):
            return 0
        walked: i64 = -1
        if mode == WALK_DICOM:
            walked = self._walk(b, r, offset, start, n)
            if walked == -2:
                self.counts[C_WALKED] += 1
                if not closing:
                    return 0
                self._row(TCP, slot, offset + n, start + n, 0, note, -1)
                return 0
        self._row(TCP, slot, offset, start, n, note, walked)
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _syn(self, slot: i64, r: i64, base: i64, ack: i64) -> i64:
        """Does this SYN open a new connection, or belong to the present one? base: sequence number after it."""
        f = slot * FLOW_COLUMNS
        s = r * SIDE_COLUMNS
        state = self.sides[s + S_STATE]
        other = self.sides[(r ^ 1) * SIDE_COLUMNS + S_STATE]
        closed = self.flows[f + F_STATE] & CLOSED
        fresh: cython.bint = False
        if state & BASED:
            # The same number again is a retransmission, or a SYN that a mirror brought after the first data
            fresh = self.sides[s + S_BASE] != base or (closed != 0 and ack == 0)
        elif ack == 0:
            # This direction is silent so far. If the other one's SYN-ACK was seen, a mirror swapped the two
            fresh = closed != 0 or (other & BASED != 0 and other & STARTED == 0)
        if fresh:
            self._renew(slot)
            state = 0
        if not state & BASED:
            self.sides[s + S_BASE] = base
            self.sides[s + S_HIGH] = 0
        self.sides[s + S_STATE] = self.sides[s + S_STATE] | BASED | STARTED
        side = r & 1
        self.flows[f + F_CLIENT] = 1 + (1 - side if ack else side)
        if ack == 0 and not self.flows[f + F_STATE] & COUNTED:
            self.flows[f + F_STATE] |= COUNTED
            self.flows[f + F_CONNECTIONS] += 1
            self.counts[C_CONNECTIONS] += 1
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _walk(self, b: u8[::1], r: i64, offset: i64, start: i64, n: i64) -> i64:
        """Walks the chain of PDUs through the segment. -2: nothing in it is wanted, and it need not be delivered; else
        deliver it, and everything before that offset was walked over."""
        s = r * SIDE_COLUMNS
        following = self.sides[s + S_NEXT]
        if following < offset:  # the segment with the header is late or lost
            self.sides[s + S_LAST] |= AHEAD
            return following
        found: i64 = 0
        while following < offset + n:
            if offset + n - following < PDU_HEAD:
                self.sides[s + S_MODE] = DELIVER
                return following
            q = start + following - offset
            size = u32(b, q + 2)
            control: i64 = b[q + 11]
            if (
                b[q] != PDU_DATA
                or size > PDU_MAX
                or size < 6
                or u32(b, q + 6) != size - 4  # more than one PDV: not for us to take apart
                or control & 1  # a command
                or self.sides[s + S_LAST] & LAST  # the data set had ended: this one is another
            ):
                self.sides[s + S_MODE] = DELIVER
                return following
            self.sides[s + S_LAST] = self.sides[s + S_LAST] & AHEAD | control & LAST
            following += 6 + size
            found += 1
            self.counts[C_RECORDS] += 1
        self.sides[s + S_NEXT] = following
        if found and self.sides[s + S_LAST] & AHEAD:  # this is what those who took the ones ahead of it wait for
            self.sides[s + S_LAST] &= LAST
            return following
        return -2

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-1, check=True)
    def _wanted(self, b: u8[::1], w: i64) -> cython.bint:
        """Whether a row is still wanted by the verdict that its direction has now."""
        kind = self.rows[w + R_KIND]
        if kind != TCP and kind != UDP:
            return True
        slot = self.rows[w + R_FLOW]
        if self.rows[w + R_CONNECTION] != self.flows[slot * FLOW_COLUMNS + F_CONNECTION]:
            return True
        r = 2 * slot + self.rows[w + R_SIDE]
        mode = self.sides[r * SIDE_COLUMNS + S_MODE]
        if mode == DELIVER:
            return True
        if mode == ACCOUNT:
            return False
        at = self.rows[w + R_AT]
        n = self.rows[w + R_LENGTH]
        if n == 0:
            return True
        if mode == SKIP:
            return at + n > self.sides[r * SIDE_COLUMNS + S_NEXT]
        walked = self._walk(b, r, at, self.rows[w + R_START], n)
        if walked != -2:
            self.rows[w + R_WALKED] = walked
            return True
        self.counts[C_WALKED] += 1
        if not self.rows[w + R_NOTE] & NOTE_CLOSE:
            return False
        self.rows[w + R_AT] = at + n
        self.rows[w + R_START] += n
        self.rows[w + R_LENGTH] = 0
        return True

    # ---- openings ----

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _wait(self, b: u8[::1], slot: i64, start: i64, length: i64) -> i64:
        """Notes a SYN until something answers: what a flood of them would say is about nobody."""
        places = len(self.openings) // OPENING_COLUMNS
        n = self.opened % places
        o = n * OPENING_COLUMNS
        f: i64 = slot * FLOW_COLUMNS
        other: i64 = (self.openings[o + OP_FLOW] - 1) * FLOW_COLUMNS
        if other >= 0 and self.flows[other + F_OPENING] == self.opened - places + 1:  # it still waits
            self.flows[other + F_OPENING] = 0
            self.counts[C_OPENINGS] += 1
        if length > OPENING_BYTES - OPENING_HEAD:
            self.flows[f + F_OPENING] = 0
            self.counts[C_OPENINGS] += 1
            return 0
        self.opened += 1
        self.flows[f + F_OPENING] = self.opened
        self.openings[o + OP_FLOW] = slot + 1
        self.openings[o + OP_SIDE] = self.side
        self.openings[o + OP_TIME] = self.now
        self.openings[o + OP_FRAME] = self.frame
        self.openings[o + OP_VLAN] = self.vlan
        self.openings[o + OP_NOTE] = NOTE_CUT if self.cut else 0
        self.openings[o + OP_MACS] = (1 if self.sender >= 0 else 0) | (2 if self.receiver >= 0 else 0)
        self.openings[o + OP_LENGTH] = length
        to = n * OPENING_BYTES
        for i in range(6):
            if self.receiver >= 0:
                self.opening_bytes[to + i] = b[self.receiver + i]
            if self.sender >= 0:
                self.opening_bytes[to + 6 + i] = b[self.sender + i]
        to += OPENING_HEAD
        for i in range(length):
            self.opening_bytes[to + i] = b[start + i]
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _opening(self, slot: i64) -> i64:
        """The row of a SYN that is answered now. Its bytes go where they stay until the batch is taken."""
        f: i64 = slot * FLOW_COLUMNS
        n = (self.flows[f + F_OPENING] - 1) % (len(self.openings) // OPENING_COLUMNS)
        self.flows[f + F_OPENING] = 0
        o = n * OPENING_COLUMNS
        start = self.filled * OPENING_BYTES
        length = self.openings[o + OP_LENGTH]
        for i in range(OPENING_HEAD + length):
            self.row_bytes[start + i] = self.opening_bytes[n * OPENING_BYTES + i]
        w = self.filled * ROW_COLUMNS
        self.filled += 1
        macs = self.openings[o + OP_MACS]
        self.rows[w + R_KIND] = SYN
        self.rows[w + R_FLOW] = slot
        self.rows[w + R_CONNECTION] = self.flows[f + F_CONNECTION]
        self.rows[w + R_SIDE] = self.openings[o + OP_SIDE]
        self.rows[w + R_AT] = 0
        self.rows[w + R_START] = start + OPENING_HEAD
        self.rows[w + R_LENGTH] = length
        self.rows[w + R_TIME] = self.openings[o + OP_TIME]
        self.rows[w + R_FRAME] = self.openings[o + OP_FRAME]
        self.rows[w + R_SENDER] = start + 6 if macs & 1 else -1
        self.rows[w + R_RECEIVER] = start if macs & 2 else -1
        self.rows[w + R_VLAN] = self.openings[o + OP_VLAN]
        self.rows[w + R_NOTE] = self.openings[o + OP_NOTE] | NOTE_START | self.flows[f + F_CLIENT] << 1
        self.rows[w + R_WALKED] = -1
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _row(self, kind: i64, slot: i64, at: i64, start: i64, length: i64, note: i64, walked: i64) -> i64:
        if slot >= 0 and self.flows[slot * FLOW_COLUMNS + F_OPENING] != 0:
            self._opening(slot)
        w = self.filled * ROW_COLUMNS
        self.filled += 1
        self.rows[w + R_KIND] = kind
        self.rows[w + R_FLOW] = slot
        self.rows[w + R_AT] = at
        self.rows[w + R_START] = start
        self.rows[w + R_LENGTH] = length
        self.rows[w + R_TIME] = self.now
        self.rows[w + R_FRAME] = self.frame
        self.rows[w + R_SENDER] = self.sender
        self.rows[w + R_RECEIVER] = self.receiver
        self.rows[w + R_VLAN] = self.vlan
        self.rows[w + R_WALKED] = walked
        if self.cut:
            note |= NOTE_CUT
        if slot < 0:
            self.rows[w + R_CONNECTION] = -1
            self.rows[w + R_SIDE] = 0
        else:
            f = slot * FLOW_COLUMNS
            self.flows[f + F_STATE] |= GIVEN
            self.rows[w + R_CONNECTION] = self.flows[f + F_CONNECTION]
            self.rows[w + R_SIDE] = self.side
            if self.sides[(2 * slot + self.side) * SIDE_COLUMNS + S_STATE] & STARTED:
                note |= NOTE_START
            note |= self.flows[f + F_CLIENT] << 1
        self.rows[w + R_NOTE] = note
        return 0
