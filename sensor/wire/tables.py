"""The tables that the kernel and the engine share: what each column means, how large a table is, and its memory.

The kernel repeats the column numbers as C constants; everything else takes them from here.
"""

from __future__ import annotations

import mmap
from typing import Literal

# Record table, filled by the capture layer: 5 columns a frame.
RECORD_COLUMNS = 5
RECORD_TIME, RECORD_START, RECORD_CAPTURED, RECORD_ORIGINAL, RECORD_LINK = range(RECORD_COLUMNS)

# Row table: what the kernel hands on.
ROW_COLUMNS = 15
(
    R_KIND,  # TCP, UDP, LINK, IP or SYN, below
    R_FLOW,  # slot in the flow table, -1 for link frames
    R_CONNECTION,  # unique number, new when a slot is used again (SYN, idle, eviction); -1 for link frames
    R_SIDE,  # 0 or 1: which end of the flow sent this; end 0 is the numerically lower (address, port)
    R_AT,  # TCP: offset in this direction; UDP: datagrams of the connection before it; link: ethertype or LLC | DSAP
    # << 8 | SSAP; IP: protocol; SYN: 1 with ACK
    R_START,  # offset of the payload in the buffer; SYN: of the IP header, without ACK in the openings' bytes
    R_LENGTH,  # payload bytes captured; SYN: IP and TCP header
    R_TIME,  # ns since 1970
    R_FRAME,  # number of the frame in the capture, from 1
    R_SENDER,  # offset in the buffer of the innermost Ethernet header's source MAC, -1 unknown
    R_RECEIVER,  # ... of its destination MAC
    R_VLAN,  # outermost VLAN id of that Ethernet header, 0 none
    R_NOTE,  # bits, below
    R_WALKED,  # everything of this direction before this offset was walked over as unwanted, or folded; -1: nothing is
    # said, and the direction is not followed
    R_SIGN,  # a unit ends with this row that may be remembered by this signature; 0: none does. See `folding`
) = range(ROW_COLUMNS)

TCP, UDP, LINK, IP, SYN = 1, 2, 3, 4, 5  # R_KIND
LLC = 0x10000  # R_AT of a link frame with an LLC header

NOTE_START = 1  # the SYN of this direction was seen: offset 0 is the first byte of the stream
NOTE_CLIENT_0 = 2  # side 0 opened the connection
NOTE_CLIENT_1 = 4  # side 1 did; with neither bit it is not known
NOTE_CLOSE = 8  # FIN or RST in this segment
NOTE_CUT = 16  # the capture has less of this packet than its headers claim

DELIVER, SKIP, ACCOUNT, WALK_DICOM = 0, 1, 2, 3  # verdicts, per flow and side

# Flow table. Keys: addresses as two 64-bit words each, IPv4 in the lower one.
KEY_COLUMNS = 6
K_HIGH_0, K_LOW_0, K_HIGH_1, K_LOW_1, K_REST, K_TUNNEL = range(KEY_COLUMNS)  # rest: version, protocol, port 0, port 1
FLOW_COLUMNS = 14
(
    F_CONNECTION,  # present connection, 0: the slot is free
    F_SEEN,  # time of the last frame
    F_STATE,  # bits: the kernel's, and those below
    F_CLIENT,  # 0 unknown, else 1 + side
    F_OPENER,  # side of the flow's first frame
    F_FRAMES,  # since the accounts were drained, like all below
    F_CONNECTIONS,
    F_FIRST_TIME,
    F_FIRST_FRAME,
    F_LAST_TIME,
    F_LAST_FRAME,
    F_LIMIT,  # ns without a frame after which the flow is idle
    F_OPENING,  # 1 + number of the opening that waits for an answer, 0 none
    F_DATAGRAMS,  # of the present connection, handed on
) = range(FLOW_COLUMNS)
SENT = 12  # of F_STATE: a bit for each end that sent something
GIVEN = 16  # of F_STATE: a row was handed on, so that somebody may hold something for this flow
NAMED = 32  # of F_STATE: somebody knows what it speaks
SIDE_COLUMNS = 10
(
    S_FRAMES,
    S_BYTES,
    S_ENDPOINT,  # row of the endpoint table, with the table's epoch above bit 32; -1 not recorded
    S_LINK,  # MAC and VLAN that S_ENDPOINT was looked up for, -1 none yet
    S_MODE,  # verdict
    S_NEXT,  # SKIP: nothing before this offset is wanted; WALK: offset of the next record header
    S_LAST,  # WALK, bits: the data set ended with the last PDU; segments beyond the next header were delivered
    S_BASE,  # sequence number of offset 0
    S_HIGH,  # offset after the highest byte seen
    S_STATE,  # bits: the kernel's
) = range(SIDE_COLUMNS)

# Openings: SYNs that wait for an answer, in a ring. Their bytes: receiver and sender MAC, IP and TCP header.
OPENING_COLUMNS = 8
(
    OP_FLOW,  # 1 + slot
    OP_SIDE,
    OP_TIME,
    OP_FRAME,
    OP_VLAN,
    OP_NOTE,
    OP_MACS,  # bits: 1 the sender's is known, 2 the receiver's
    OP_LENGTH,  # of the headers
) = range(OPENING_COLUMNS)
OPENING_HEAD = 12
OPENING_BYTES = 192  # of one: 60 bytes of TCP header leave 80 for IPv6 extension headers

# Attempts: what went one way in flows that had to make room, summed up by client, server and service.
ATTEMPT_KEY_COLUMNS = 7
(
    A_HIGH_0,  # the client's address
    A_LOW_0,
    A_HIGH_1,  # the server's
    A_LOW_1,
    A_REST,  # version, protocol, port of the server
    A_TUNNEL,
    A_RANK,  # hash of the others
) = range(ATTEMPT_KEY_COLUMNS)
ATTEMPT_COLUMNS = 9
(
    A_CLIENT_FRAMES,
    A_CLIENT_BYTES,
    A_SERVER_FRAMES,
    A_SERVER_BYTES,
    A_CONNECTIONS,
    A_FIRST_TIME,
    A_FIRST_FRAME,
    A_LAST_TIME,
    A_LAST_FRAME,
) = range(ATTEMPT_COLUMNS)

# Endpoint table. Keys: MAC and VLAN, the address's two words, IP version (0: no address).
END_KEY_COLUMNS = 4
E_LINK, E_HIGH, E_LOW, E_VERSION = range(END_KEY_COLUMNS)
END_COLUMNS = 7
(
    E_FRAMES,  # since the endpoints were drained, like all below
    E_BYTES,
    E_FIRST_TIME,
    E_FIRST_FRAME,
    E_LAST_TIME,
    E_LAST_FRAME,
    E_ANSWERED,  # epoch (UTC day) in which a flow that it took part in had both directions
) = range(END_COLUMNS)

# Directions that are followed, for `folding`.
DIRECTION_COLUMNS = 14
(
    D_CONNECTION,
    D_SHAPE,  # number of the shape of its units; -1 datagrams, -2 it is no longer followed
    D_FOLD,  # 1 + the fold remembered last, 0 none
    D_KNOWN,  # how many are remembered
    D_UNIT,  # offset at which the present unit begins
    D_NEXT,  # offset of the byte expected next
    D_ROW,  # of the last segment of the unit, in the present batch
    D_BATCH,  # in which the unit began
    D_PHASE,  # where in the unit; the rest is of the line at hand
    D_HEAD,  # 1 and its first bytes
    D_LINE,  # where in `kinds` its kind is
    D_FIELD,
    D_MARKED,  # a mark was in it
    D_TOLD,  # things that told something in the unit so far
) = range(DIRECTION_COLUMNS)
SIGN_COLUMNS = 5
H_UNIT, H_LINE, H_INSTANCE, H_LAST, H_WINDOW = range(SIGN_COLUMNS)  # hashes so far; last bytes of a field
FOLD_COLUMNS = 11
X_SIGN = 0  # what is folded: units with this signature
X_NEXT = 1  # 1 + the next fold of the direction
X_COUNT = 2  # since it was taken, like the rest: units
X_FIRST = 3  # earliest and latest (time, frame) of a unit's first segment
X_LAST = 7  # of its last segment
KIND_COLUMNS = 7  # of a shape: kinds of lines
L_HEAD, L_FIELDS, L_ALSO, L_WHERE, L_FORM, L_INSTANCE, L_MARKS = range(KIND_COLUMNS)  # see `parsers.api.Line`
ONLY_MARKED, TO_BE_READ = 1, 2  # L_FORM
SHAPES = 4
KINDS_MAX = 16  # of one shape
SHAPE_WORDS = 1 + KINDS_MAX * KIND_COLUMNS
MARKS_MAX = 4  # of one kind
FIELD_LAST = 62  # bit of all fields from this on

COPY_COLUMNS = 2  # time, TTL
LAYER_COLUMNS = 9  # of an envelope: the arguments of Kernel._key, its sender and VLAN

# Sizes. A flow costs 360 bytes with its two sides, so a full table 47 MB; memory is touched only as flows come.
FLOWS = 1 << 17  # a hospital network of 20,000 devices holds some 50,000 flows within the idle limits
ENDPOINTS = 1 << 17  # six times those devices
OPENINGS = 1 << 14  # SYNs that wait, 4 MB; those of a flood, which never get an answer, push each other out
ATTEMPTS = 1 << 15  # a day: six for each device of a university hospital, 4 MB
COPIES = 1 << 13  # packets remembered to know a copy: 10 ms at 800,000 packets a second, in 200 kB
ROWS = 4096  # rows a batch: about three blocks of 1 MiB in which every frame is delivered
LINKS = 512  # link types counted one by one; the registry is at 303 today

DIRECTIONS = 1 << 15  # followed: twice the HL7 connections and discovering hosts of a university hospital, 5 MB
FOLDS = 1 << 16  # remembered, 6 MB
VARIANTS_MAX = 64  # of them, of one direction: an engine relays a ward; past this a search costs more than reading
UNIT_MAX = 60_000  # bytes of a unit, under every cap of the parsers
TOLD_MAX = 60  # things told by a unit, likewise

DEPTH_MAX = 8  # headers unwrapped in one frame; ERSPAN of QinQ with VXLAN inside has 6
EXTENSIONS_MAX = 8  # IPv6 extension headers; RFC 8200, 4.1 allows 7 in a packet

# Idle limits, after which a frame opens a new connection.
TCP_IDLE = 3600 * 10**9  # RFC 1122, 4.2.3.6: keep-alives come after two hours, those of HL7 engines within one
OTHER_IDLE = 300 * 10**9  # RFC 4787, REQ-5 asks NATs to hold a UDP mapping two minutes, recommends five

# Copies made by mirrors.
EXACT_WINDOW = 10**6  # 1 ms: two ports of one switch differ by its queue; a retransmission comes with another IP id
EXACT_WINDOW_NO_ID = 10**5  # 0.1 ms where no IP id tells a copy from a fast retransmission or a repeated datagram
ROUTED_WINDOW = 10**7  # 10 ms: one router hop

# Why `Kernel.run` stopped.
STOP_DONE, STOP_ROWS, STOP_FLOWS, STOP_DAY, STOP_FRAGMENT, STOP_ENDPOINTS = range(6)

# What becomes of a frame: each moves exactly one of these.
FATES = (
    "wire.tcp",  # accounted to a TCP flow
    "wire.udp",
    "wire.ip_other",  # accounted to a flow of another IP protocol
    "wire.not_ip",  # link frame, handed on
    "wire.fragments",  # given to the fragment table
    "copies.exact",
    "copies.routed",
    "wire.link_type",  # unsupported; wire.link_type.N says which
    "wire.link_protocol",  # a cooked or loopback header that names no protocol we know
    "wire.short",  # the frame ends within a header
    "wire.depth",  # more than DEPTH_MAX headers
    "wire.ip_bad_version",
    "wire.ip_bad_length",
    "wire.ip6_bad_extensions",  # more than EXTENSIONS_MAX
    "wire.tcp_bad_offset",
    "wire.udp_bad_length",
    "wire.bad_record",  # the record table claims bytes that the buffer has not
    "wire.elsewhere",  # of a flow that is not of this kernel's share
)
OUTCOMES = len(FATES)
REMARKS = (
    "wire.frames",
    "wire.bytes",
    "wire.cut",  # packets of which the capture has less than their headers claim
    "wire.odd_time",  # before 1970 or after 2116, taken as the nearest of these
    "wire.group_source",  # a group MAC or address as sender: not an endpoint
    "wire.tunnels",  # tunnel headers unwrapped
    "flows.new",
    "flows.idle",  # connections that ended by silence and went on in the same slot
    "flows.connections",  # TCP connections opened
    "endpoints.overflow",  # frames of senders for which the table had no room
    "tcp.openings_dropped",  # SYNs that nothing answered before their place was wanted
    "tcp.keepalives",
    "tcp.odd_flags",  # SYN together with FIN or RST
    "walk.segments",  # segments not delivered because the kernel walked over them
    "walk.records",
    "verdicts.stale",
    "rows",
)
# The counter array: fates of frames, fates of reassembled datagrams (the same names after "reassembled."), remarks.
COUNTERS = (*FATES, *(f"reassembled.{name.partition('.')[2]}" for name in FATES), *REMARKS)
# Where several engines share a capture: the counters of `wire`, `fragments` and `reassembled` that only the one counts
# whose flow it is. All others of these are counted by each alike.
OWN = frozenset(
    name
    for fate in ("tcp", "udp", "ip_other", "not_ip", "exact", "routed", "group_source")
    for name in (f"wire.{fate}", f"reassembled.{fate}")
)
NOT_OURS = frozenset({"wire.elsewhere", "reassembled.elsewhere"})


def counter(name: str) -> int:
    """Place of a counter in the array."""
    return COUNTERS.index(name)


def words(rows: int, columns: int = 1, form: Literal["q", "Q"] = "q") -> memoryview:
    """`rows` x `columns` zeroed 64-bit words in a row, in memory that the system provides page by page, as touched."""
    return memoryview(mmap.mmap(-1, rows * columns * 8, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)).cast(form)


def octets(rows: int, columns: int) -> memoryview:
    """Likewise, of bytes."""
    return memoryview(mmap.mmap(-1, rows * columns, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))


class Tables:
    """All state of the kernel, each table flat: row r, column c is word r * columns + c. Sizes are powers of two."""

    def __init__(
        self,
        flows: int = FLOWS,
        endpoints: int = ENDPOINTS,
        rows: int = ROWS,
        openings: int = OPENINGS,
        attempts: int = ATTEMPTS,
    ) -> None:
        self.keys = words(flows, KEY_COLUMNS, "Q")
        self.flows = words(flows, FLOW_COLUMNS)
        self.sides = words(2 * flows, SIDE_COLUMNS)
        self.index = words(2 * flows)  # open addressing: 31 bits of the hash, 1 + slot
        self.free = words(flows)  # slots given back, a stack
        self.touched = words(flows)  # slots with something to drain
        self.end_keys = words(endpoints, END_KEY_COLUMNS, "Q")
        self.ends = words(endpoints, END_COLUMNS)
        self.end_index = words(2 * endpoints)
        self.end_touched = words(endpoints)
        self.end_free = words(endpoints)
        self.gone = words(flows)  # slots that have to make room
        self.told = words(2 * flows)  # of them: those with something to drain, then those of which somebody knows
        self.openings = words(openings, OPENING_COLUMNS)
        self.opening_bytes = octets(openings, OPENING_BYTES)
        self.attempt_keys = words(attempts, ATTEMPT_KEY_COLUMNS, "Q")
        self.attempts = words(attempts, ATTEMPT_COLUMNS)
        self.attempt_index = words(2 * attempts)
        self.copy_signs = words(COPIES, 1, "Q")
        self.copies = words(COPIES, COPY_COLUMNS)
        self.rows = words(rows, ROW_COLUMNS)
        self.row_bytes = octets(rows, OPENING_BYTES)
        self.chain = words(rows)  # row of the segment before in the same unit, -1 none
        self.followed = words(2 * flows)  # by flow and side: 1 + direction, 0 not followed
        self.directions = words(DIRECTIONS, DIRECTION_COLUMNS)
        self.direction_free = words(DIRECTIONS)
        self.direction_signs = words(DIRECTIONS, SIGN_COLUMNS, "Q")
        self.folds = words(FOLDS, FOLD_COLUMNS)
        self.fold_free = words(FOLDS)
        self.kinds = words(SHAPES, SHAPE_WORDS)
        self.marks = words(SHAPES, KINDS_MAX * MARKS_MAX * 2, "Q")
        self.layers = words(DEPTH_MAX, LAYER_COLUMNS)
        self.counts = words(len(COUNTERS))
        self.links = words(LINKS)
