# cython: infer_types=True, boundscheck=True, wraparound=False, initializedcheck=False, show_performance_hints=False
"""Where the frames lie in a buffer of capture file: pcap records and pcapng packet blocks, as rows of a table.

pcap: draft-ietf-opsawg-pcap, section 5. pcapng: draft-ietf-opsawg-pcapng, sections 3.1 and 4. Compiled where it
can be, and the same results where not. Broken input is a status, never an exception.
"""

from __future__ import annotations

try:
    import cython
    from cython import longlong as i64
    from cython import uchar as u8
    from cython import ulonglong as u64
except ModuleNotFoundError:
    from sensor.wire.nocython import cython, i64, u8, u64

COMPILED: bool = cython.compiled

# Numbers as C variables, which a compiled module does not show to Python: the last lines of this file do.

# A row of the record table.
C_TIME = cython.declare(i64, 0)
C_START = cython.declare(i64, 1)
C_CAPTURED = cython.declare(i64, 2)
C_ORIGINAL = cython.declare(i64, 3)
C_LINK = cython.declare(i64, 4)
C_COLUMNS = cython.declare(i64, 5)

# The state of one file, kept between calls. FRAMES and what follows are counters.
BIG = cython.declare(i64, 0)
UNIT = cython.declare(i64, 1)
HEADER = cython.declare(i64, 2)
LINK = cython.declare(i64, 3)
INTERFACES = cython.declare(i64, 4)
AT = cython.declare(i64, 5)
COUNT = cython.declare(i64, 6)
TRAILER = cython.declare(i64, 7)
LAST = cython.declare(i64, 8)
FRAMES = cython.declare(i64, 9)
BYTES = cython.declare(i64, 10)
SHORT = cython.declare(i64, 11)
CLIPPED = cython.declare(i64, 12)
REFUSED = cython.declare(i64, 13)
STATE = cython.declare(i64, 14)

# A row of a pcapng section's interface table.
I_LINK = cython.declare(i64, 0)
I_MULTIPLY = cython.declare(i64, 1)
I_DIVIDE = cython.declare(i64, 2)
I_SHIFT = cython.declare(i64, 3)
I_OFFSET = cython.declare(i64, 4)
I_SNAP = cython.declare(i64, 5)
I_SUPPORTED = cython.declare(i64, 6)
I_FRAMES = cython.declare(i64, 7)
I_COLUMNS = cython.declare(i64, 8)

# How a scan ended: bytes are missing, the table is full, a section or interface block is to be read; else damage.
MORE = cython.declare(i64, 0)
FULL = cython.declare(i64, 1)
HEAD = cython.declare(i64, 2)
W_FRAME = cython.declare(i64, 3)
W_BLOCK = cython.declare(i64, 4)
W_TRAILER = cython.declare(i64, 5)
W_INTERFACE = cython.declare(i64, 6)

# Block types, pcapng section 4. PACKET is obsolete but was written for years.
SECTION = cython.declare(i64, 0x0A0D0D0A)
INTERFACE = cython.declare(i64, 1)
PACKET = cython.declare(i64, 2)
SIMPLE = cython.declare(i64, 3)
ENHANCED = cython.declare(i64, 6)

FRAME_MAX = cython.declare(i64, 1 << 18)  # captured bytes of a frame: the most that libpcap and Wireshark allow
PACKET_BLOCK_MAX = cython.declare(i64, 1 << 19)  # must fit the buffer whole: a frame and as much again for its options
BLOCK_MAX = cython.declare(i64, 1 << 24)  # any other block is stepped over; Wireshark has the same limit

SECOND = cython.declare(i64, 1_000_000_000)
TIME_MAX = cython.declare(i64, 0x7FFFFFFFFFFFFFFF)  # ns: 2262-04-11
LATE = cython.declare(i64, -1)
EARLY = cython.declare(i64, -2)
U_SECOND = cython.declare(u64, 1_000_000_000)
U_SECONDS_MAX = cython.declare(u64, 9_223_372_036)
U_TIME_MAX = cython.declare(u64, 0x7FFFFFFFFFFFFFFF)
U_M32 = cython.declare(u64, 0xFFFFFFFF)
U_ONE = cython.declare(u64, 1)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(-9, check=True)
def word(b: u8[::1], at: i64, big: cython.bint) -> i64:
    """32 bits in the file's byte order."""
    first: i64 = b[at]  # widened: in C, a byte << 24 is a signed int
    last: i64 = b[at + 3]
    if big:
        return first << 24 | b[at + 1] << 16 | b[at + 2] << 8 | last
    return first | b[at + 1] << 8 | b[at + 2] << 16 | last << 24


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(-9, check=True)
def half(b: u8[::1], at: i64, big: cython.bint) -> i64:
    """16 bits in the file's byte order."""
    first: i64 = b[at]
    last: i64 = b[at + 1]
    return first << 8 | last if big else first | last << 8


@cython.cfunc
@cython.nogil
@cython.exceptval(-9, check=True)
def when(high: i64, low: i64, interfaces: i64[::1], row: i64) -> i64:
    """A pcapng time in ns, LATE past what 64 bits hold, EARLY before 1970 (pcapng 4.2 if_tsresol, 4.3)."""
    upper: u64 = high
    lower: u64 = low
    ticks: u64 = upper << 32 | lower
    shift: i64 = interfaces[row + I_SHIFT]
    multiply: u64 = interfaces[row + I_MULTIPLY]
    divide: u64 = interfaces[row + I_DIVIDE]
    offset: i64 = interfaces[row + I_OFFSET]
    ns: u64 = 0
    if shift >= 0:
        whole: u64 = ticks >> shift
        part: u64 = ticks & ((U_ONE << shift) - 1)
        if whole > U_SECONDS_MAX:
            return LATE
        if shift <= 32:
            ns = part * U_SECOND >> shift
        else:  # in two steps, so that the product stays in 64 bits
            ns = ((part >> 32) * U_SECOND + ((part & U_M32) * U_SECOND >> 32)) >> (shift - 32)
        ns = ns + whole * U_SECOND
    elif divide > 1:
        ns = ticks // divide
    else:
        if ticks > U_TIME_MAX // multiply:
            return LATE
        ns = ticks * multiply
    if ns > U_TIME_MAX:
        return LATE
    time: i64 = ns
    if offset > 0 and time > TIME_MAX - offset:
        return LATE
    time = time + offset
    return EARLY if time < 0 else time


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(-1, check=True)
def put(
    table: i64[::1], state: i64[::1], time: i64, start: i64, captured: i64, original: i64, link: i64
) -> cython.bint:
    """One row; the state's counters with it."""
    row: i64 = state[COUNT] * C_COLUMNS
    table[row + C_TIME] = time
    table[row + C_START] = start
    table[row + C_CAPTURED] = captured
    table[row + C_ORIGINAL] = original
    table[row + C_LINK] = link
    state[COUNT] += 1
    state[FRAMES] += 1
    state[BYTES] += captured
    state[SHORT] += captured < original
    state[LAST] = time
    return False


@cython.cfunc
@cython.nogil
@cython.exceptval(-1, check=True)
def scan_pcap(b: u8[::1], at: i64, end: i64, table: i64[::1], room: i64, state: i64[::1]) -> i64:
    big: cython.bint = state[BIG] != 0
    unit: i64 = state[UNIT]
    header: i64 = state[HEADER]
    link: i64 = state[LINK]
    status: i64 = MORE
    while end - at >= header:
        captured: i64 = word(b, at + 8, big)
        if captured > FRAME_MAX:
            status = W_FRAME
            break
        if end - at - header < captured:
            break
        if state[COUNT] == room:
            status = FULL
            break
        fraction: i64 = word(b, at + 4, big) * unit
        if fraction >= SECOND:
            state[CLIPPED] += 1
            fraction = SECOND - 1
        time: i64 = word(b, at, big) * SECOND + fraction  # at most 2106: fits
        put(table, state, time, at + header, captured, word(b, at + 12, big), link)
        at += header + captured
    state[AT] = at
    return status


@cython.cfunc
@cython.nogil
@cython.exceptval(-1, check=True)
def packet(b: u8[::1], at: i64, kind: i64, total: i64, table: i64[::1], state: i64[::1], interfaces: i64[::1]) -> i64:
    """One packet block, whole in the buffer; returns what is wrong with it, 0 if nothing."""
    big: cython.bint = state[BIG] != 0
    if word(b, at + total - 4, big) != total:
        return W_TRAILER
    header: i64 = 12 if kind == SIMPLE else 28
    if total < header + 4:
        return W_BLOCK
    number: i64 = 0
    if kind == ENHANCED:
        number = word(b, at + 8, big)
    elif kind == PACKET:
        number = half(b, at + 8, big)
    if number >= state[INTERFACES]:
        return W_INTERFACE
    row: i64 = number * I_COLUMNS
    captured: i64
    original: i64
    if kind == SIMPLE:
        original = word(b, at + 8, big)
        captured = original
        if interfaces[row + I_SNAP] and captured > interfaces[row + I_SNAP]:
            captured = interfaces[row + I_SNAP]
        time: i64 = state[LAST]  # it has none of its own
    else:
        captured = word(b, at + 20, big)
        original = word(b, at + 24, big)
        time = when(word(b, at + 12, big), word(b, at + 16, big), interfaces, row)
    if captured > FRAME_MAX:
        return W_FRAME
    if captured > total - header - 4:
        return W_BLOCK
    if not interfaces[row + I_SUPPORTED]:
        state[REFUSED] += 1
        interfaces[row + I_FRAMES] += 1
        return 0
    if time < 0:
        state[CLIPPED] += 1
        time = TIME_MAX if time == LATE else 0
    interfaces[row + I_FRAMES] += 1
    put(table, state, time, at + header, captured, original, interfaces[row + I_LINK])
    return 0


@cython.cfunc
@cython.nogil
@cython.exceptval(-1, check=True)
def scan_pcapng(
    b: u8[::1], at: i64, end: i64, table: i64[::1], room: i64, state: i64[::1], interfaces: i64[::1]
) -> i64:
    big: cython.bint = state[BIG] != 0
    status: i64 = MORE
    while True:
        if state[TRAILER]:  # a block was stepped over up to the copy of its length
            if end - at < 4:
                break
            if word(b, at, big) != state[TRAILER]:
                status = W_TRAILER
                break
            state[TRAILER] = 0
            at += 4
        if end - at < 8:
            break
        kind: i64 = word(b, at, big)
        total: i64 = word(b, at + 4, big)
        if kind == SECTION:  # its length is in the byte order that it is about to tell
            status = HEAD
            break
        known: cython.bint = kind in (ENHANCED, SIMPLE, PACKET)
        most: i64 = PACKET_BLOCK_MAX if known or kind == INTERFACE else BLOCK_MAX
        if total < 12 or total & 3 or total > most:
            status = W_BLOCK
            break
        if kind == INTERFACE:
            status = HEAD
            break
        if not known:
            state[TRAILER] = total
            at += total - 4
            continue
        if end - at < total:
            break
        if state[COUNT] == room:
            status = FULL
            break
        status = packet(b, at, kind, total, table, state, interfaces)
        if status:
            break
        at += total
    state[AT] = at
    return status


class Records:
    """The records of one file: told the layout by whoever reads its headers, then given one buffer after another."""

    def __init__(self, room: int) -> None:
        self.table = memoryview(bytearray(room * R_COLUMNS * 8)).cast("q")
        self.links: dict[int, int] = {}  # link type -> frames
        self.refused: dict[int, int] = {}  # link type that the sensor does not read -> frames
        self._room = room
        self._state = memoryview(bytearray(STATE * 8)).cast("q")
        self._interfaces = memoryview(bytearray(I_COLUMNS * 8)).cast("q")
        self._pcapng = False

    def pcap(self, *, big: bool, unit: int, header: int, link: int) -> None:
        """Records of a pcap file: byte order, ns per fraction of a second, bytes of a record's header, link type."""
        self._state[BIG] = big
        self._state[UNIT] = unit
        self._state[HEADER] = header
        self._state[LINK] = link

    def section(self, *, big: bool) -> None:
        """A pcapng section begins; the interfaces of the one before are forgotten."""
        self._tally()
        self._pcapng = True
        self._state[BIG] = big
        self._state[INTERFACES] = 0

    def interface(
        self, *, link: int, supported: bool, multiply: int, divide: int, shift: int, offset: int, snap: int
    ) -> None:
        """The section's next interface. Of ticks to ns: a shift by `shift` (-1: none), or divided, or multiplied."""
        number = self._state[INTERFACES]
        if (number + 1) * I_COLUMNS > len(self._interfaces):  # twice as many rows
            self._interfaces = memoryview(bytearray(self._interfaces.tobytes() * 2)).cast("q")
        at = number * I_COLUMNS
        row = (link, multiply, divide, shift, offset, snap, int(supported), 0)
        for column, value in enumerate(row):
            self._interfaces[at + column] = value
        self._state[INTERFACES] = number + 1

    @property
    def interfaces(self) -> int:
        """How many the section has so far."""
        return int(self._state[INTERFACES])

    @property
    def frames(self) -> int:
        """How many frames the file had so far, those of refused link types included."""
        return int(self._state[FRAMES] + self._state[REFUSED])

    @property
    def inside_block(self) -> bool:
        """A block was stepped over, but the copy of its length at its end has not come."""
        return bool(self._state[TRAILER])

    def scan(self, data: bytearray, at: int, end: int) -> tuple[int, int, str]:
        """Fills the table from the record at `at`: rows, the first byte not used, how it ended.

        That byte may lie past `end`: what is between is to be passed over. "more": a record is not whole. "full": so is
        the table. "head": a section or interface block is to be read. Anything else names what is damaged there.
        """
        state = self._state
        state[COUNT] = 0
        if self._pcapng:
            status = scan_pcapng(data, at, end, self.table, self._room, state, self._interfaces)
        else:
            status = scan_pcap(data, at, end, self.table, self._room, state)
        return int(state[COUNT]), int(state[AT]), ENDED[status]

    def counters(self) -> dict[str, int]:
        """What was met so far."""
        self._tally()
        state = self._state
        return {
            "capture.frames": int(state[FRAMES]),
            "capture.bytes": int(state[BYTES]),
            "capture.frames_cut_short": int(state[SHORT]),
            "capture.times_clipped": int(state[CLIPPED]),
            "capture.frames_refused": int(state[REFUSED]),
        }

    def _tally(self) -> None:
        """Moves the interfaces' frame counts to their link types."""
        if not self._pcapng:
            if self._state[FRAMES]:
                self.links[int(self._state[LINK])] = int(self._state[FRAMES])
            return
        for at in range(0, int(self._state[INTERFACES]) * I_COLUMNS, I_COLUMNS):
            frames = self._interfaces[at + I_FRAMES]
            if frames:
                kept = self.links if self._interfaces[at + I_SUPPORTED] else self.refused
                link = self._interfaces[at + I_LINK]
                kept[link] = kept.get(link, 0) + frames
                self._interfaces[at + I_FRAMES] = 0


ENDED = ("more", "full", "head", "frame length", "block length", "closing block length", "interface number")

# What callers read of the above.
R_TIME: int = C_TIME
R_START: int = C_START
R_COLUMNS: int = C_COLUMNS
RECORD_MAX: int = PACKET_BLOCK_MAX
