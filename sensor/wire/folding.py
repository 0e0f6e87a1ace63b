# cython: infer_types=True, boundscheck=True, wraparound=False, initializedcheck=False, show_performance_hints=False
"""Units that say what an earlier one of their direction said: known by a signature of what tells something in them, and
counted instead of handed on. One source, as `sensor.wire.kernel` is.

Works on the rows that the kernel has filled, before anybody takes them. A direction is followed once its parser stands
at the beginning of a unit. A unit is what begins there and ends, as its shape says, with the end of a segment; of its
lines some fields tell something (`parsers.api.Lines`), the others are stepped over. Whoever read a unit may have its
signature remembered: from then on its like is folded. A unit that lies in more than one batch is handed on, whatever it
says, and the offset up to which all was folded goes with each row, so that nothing depends on how the capture was cut.
Datagrams are folded where they are the same byte for byte.

What surprises (a gap, a cut frame, a control character, a kind of line that has to be read) ends the following; it
begins anew when the parser next stands between two units.
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

M64 = cython.declare(u64, 0xFFFFFFFFFFFFFFFF)
ODD = cython.declare(u64, 0xD6E8FEB86659FD93)  # as in the kernel
PRIME = cython.declare(u64, 0x100000001B3)  # of FNV-1a, 64 bits (RFC 9923)
ONE = cython.declare(u64, 1)

ROW_COLUMNS = cython.declare(i64, tables.ROW_COLUMNS)
R_KIND = cython.declare(i64, tables.R_KIND)
R_FLOW = cython.declare(i64, tables.R_FLOW)
R_CONNECTION = cython.declare(i64, tables.R_CONNECTION)
R_SIDE = cython.declare(i64, tables.R_SIDE)
R_AT = cython.declare(i64, tables.R_AT)
R_START = cython.declare(i64, tables.R_START)
R_LENGTH = cython.declare(i64, tables.R_LENGTH)
R_TIME = cython.declare(i64, tables.R_TIME)
R_FRAME = cython.declare(i64, tables.R_FRAME)
R_SENDER = cython.declare(i64, tables.R_SENDER)
R_RECEIVER = cython.declare(i64, tables.R_RECEIVER)
R_VLAN = cython.declare(i64, tables.R_VLAN)
R_NOTE = cython.declare(i64, tables.R_NOTE)
R_WALKED = cython.declare(i64, tables.R_WALKED)
R_SIGN = cython.declare(i64, tables.R_SIGN)
TCP = cython.declare(i64, tables.TCP)
UDP = cython.declare(i64, tables.UDP)
NOTE_CUT = cython.declare(i64, tables.NOTE_CUT)
FLOW_COLUMNS = cython.declare(i64, tables.FLOW_COLUMNS)
F_CONNECTION = cython.declare(i64, tables.F_CONNECTION)
DIRECTION_COLUMNS = cython.declare(i64, tables.DIRECTION_COLUMNS)
D_CONNECTION = cython.declare(i64, tables.D_CONNECTION)
D_SHAPE = cython.declare(i64, tables.D_SHAPE)
D_FOLD = cython.declare(i64, tables.D_FOLD)
D_KNOWN = cython.declare(i64, tables.D_KNOWN)
D_UNIT = cython.declare(i64, tables.D_UNIT)
D_NEXT = cython.declare(i64, tables.D_NEXT)
D_ROW = cython.declare(i64, tables.D_ROW)
D_BATCH = cython.declare(i64, tables.D_BATCH)
D_PHASE = cython.declare(i64, tables.D_PHASE)
D_HEAD = cython.declare(i64, tables.D_HEAD)
D_LINE = cython.declare(i64, tables.D_LINE)
D_FIELD = cython.declare(i64, tables.D_FIELD)
D_MARKED = cython.declare(i64, tables.D_MARKED)
D_TOLD = cython.declare(i64, tables.D_TOLD)
SIGN_COLUMNS = cython.declare(i64, tables.SIGN_COLUMNS)
H_UNIT = cython.declare(i64, tables.H_UNIT)
H_LINE = cython.declare(i64, tables.H_LINE)
H_INSTANCE = cython.declare(i64, tables.H_INSTANCE)
H_LAST = cython.declare(i64, tables.H_LAST)
H_WINDOW = cython.declare(i64, tables.H_WINDOW)
FOLD_COLUMNS = cython.declare(i64, tables.FOLD_COLUMNS)
X_SIGN = cython.declare(i64, tables.X_SIGN)
X_NEXT = cython.declare(i64, tables.X_NEXT)
X_COUNT = cython.declare(i64, tables.X_COUNT)
X_FIRST = cython.declare(i64, tables.X_FIRST)
X_LAST = cython.declare(i64, tables.X_LAST)
KIND_COLUMNS = cython.declare(i64, tables.KIND_COLUMNS)
L_HEAD = cython.declare(i64, tables.L_HEAD)
L_FIELDS = cython.declare(i64, tables.L_FIELDS)
L_ALSO = cython.declare(i64, tables.L_ALSO)
L_WHERE = cython.declare(i64, tables.L_WHERE)
L_FORM = cython.declare(i64, tables.L_FORM)
L_INSTANCE = cython.declare(i64, tables.L_INSTANCE)
L_MARKS = cython.declare(i64, tables.L_MARKS)
MARKS_MAX = cython.declare(i64, tables.MARKS_MAX)
FIELD_LAST = cython.declare(i64, tables.FIELD_LAST)
VARIANTS_MAX = cython.declare(i64, tables.VARIANTS_MAX)
UNIT_MAX = cython.declare(i64, tables.UNIT_MAX)
SHAPE_WORDS = cython.declare(i64, tables.SHAPE_WORDS)
TOLD_MAX = cython.declare(i64, tables.TOLD_MAX)

DATAGRAMS = cython.declare(i64, -1)  # D_SHAPE of what comes whole
LOST = cython.declare(i64, -2)  # D_SHAPE while nothing is followed

ONLY_MARKED = cython.declare(i64, tables.ONLY_MARKED)
TO_BE_READ = cython.declare(i64, tables.TO_BE_READ)

# D_PHASE
BEFORE = cython.declare(i64, 0)  # a unit
HEAD = cython.declare(i64, 1)  # of a line
FIELD = cython.declare(i64, 2)
PASSING = cython.declare(i64, 3)  # to the end of a line that tells nothing more
ENDING = cython.declare(i64, 4)  # the unit

VT = cython.declare(i64, 0x0B)  # MLLP release 1: 0B block 1C 0D; segments end with 0D (HL7 v2.5.1, 2.5.2)
FS = cython.declare(i64, 0x1C)
CR = cython.declare(i64, 0x0D)
BAR = cython.declare(i64, 0x7C)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(77, check=True)
def mix(x: u64) -> u64:
    """As in the kernel. Not shared: only a .pxd hands an inlined function on, and plain Python reads none."""
    x ^= x >> 32
    x = x * ODD & M64
    x ^= x >> 29
    x = x * ODD & M64
    return x ^ x >> 32


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(77, check=True)
def fnv(h: u64, value: u64) -> u64:
    return (h ^ value) * PRIME & M64


@cython.final
@cython.cclass
class Folding:
    """Works on a `Tables` whose rows the kernel has filled. `rows` and `batch` are registers."""

    flows: i64[::1]
    rows: i64[::1]
    chain: i64[::1]
    followed: i64[::1]
    directions: i64[::1]
    direction_free: i64[::1]
    signs: u64[::1]
    folds: i64[::1]
    fold_free: i64[::1]
    kinds: i64[::1]
    marks: u64[::1]

    seed: u64
    batch: i64
    used: i64  # directions ever handed out
    freed: i64
    fold_used: i64
    fold_freed: i64
    shapes: i64
    folded: i64  # units counted and not handed on
    refused: i64  # not remembered for want of room

    def __init__(self, t: Any, seed: int) -> None:
        self.flows = t.flows
        self.rows = t.rows
        self.chain = t.chain
        self.followed = t.followed
        self.directions = t.directions
        self.direction_free = t.direction_free
        self.signs = t.direction_signs
        self.folds = t.folds
        self.fold_free = t.fold_free
        self.kinds = t.kinds
        self.marks = t.marks
        self.seed = seed
        self.batch = 1
        self.used = self.freed = self.fold_used = self.fold_freed = self.shapes = 0
        self.folded = self.refused = 0

    # ---- called from Python ----

    def shape(self, kinds: int) -> int:
        """The next shape is in the tables `kinds` and `marks`, with so many kinds of lines; its number."""
        self.kinds[self.shapes * SHAPE_WORDS] = kinds
        self.shapes += 1
        return int(self.shapes - 1)

    def follow(self, slot: int, side: int, connection: int, shape: int, at: int) -> bool:
        """A unit of this direction begins at offset `at`; shape: -1 for datagrams. False: stale, or no room."""
        if not 0 <= slot < len(self.followed) // 2 or self.flows[slot * FLOW_COLUMNS + F_CONNECTION] != connection:
            return False
        place: i64 = 2 * slot + (side & 1)
        d: i64 = self.followed[place] - 1
        if d < 0:
            if self.freed:
                self.freed -= 1
                d = self.direction_free[self.freed]
            elif self.used < len(self.direction_free):
                d = self.used
                self.used += 1
            else:
                self.refused += 1
                return False
            self.followed[place] = d + 1
            self.directions[d * DIRECTION_COLUMNS + D_FOLD] = 0
            self.directions[d * DIRECTION_COLUMNS + D_KNOWN] = 0
        w = d * DIRECTION_COLUMNS
        self.directions[w + D_CONNECTION] = connection
        self.directions[w + D_SHAPE] = shape
        self.directions[w + D_UNIT] = at
        self.directions[w + D_NEXT] = at
        self.directions[w + D_PHASE] = BEFORE
        return True

    def unfollow(self, slot: int) -> None:
        """Both directions are over; what was remembered of them is forgotten, and has been taken before."""
        if not 0 <= slot < len(self.followed) // 2:
            return
        for side in range(2):
            place: i64 = 2 * slot + side
            d: i64 = self.followed[place] - 1
            if d < 0:
                continue
            self.followed[place] = 0
            x: i64 = self.directions[d * DIRECTION_COLUMNS + D_FOLD] - 1
            while x >= 0:
                self.fold_free[self.fold_freed] = x
                self.fold_freed += 1
                x = self.folds[x * FOLD_COLUMNS + X_NEXT] - 1
            self.directions[d * DIRECTION_COLUMNS + D_FOLD] = 0
            self.directions[d * DIRECTION_COLUMNS + D_KNOWN] = 0
            self.directions[d * DIRECTION_COLUMNS + D_CONNECTION] = 0
            self.direction_free[self.freed] = d
            self.freed += 1

    def remember(self, slot: int, side: int, connection: int, sign: int) -> int:
        """What has this signature is folded from now on; the number of the fold, -1 if there is no room for it."""
        d: i64 = self.followed[2 * slot + (side & 1)] - 1
        if d < 0 or self.directions[d * DIRECTION_COLUMNS + D_CONNECTION] != connection:
            return -1
        x: i64 = 0
        if self.directions[d * DIRECTION_COLUMNS + D_KNOWN] >= VARIANTS_MAX:
            self.refused += 1
            return -1
        if self.fold_freed:
            self.fold_freed -= 1
            x = self.fold_free[self.fold_freed]
        elif self.fold_used < len(self.fold_free):
            x = self.fold_used
            self.fold_used += 1
        else:
            self.refused += 1
            return -1
        w = x * FOLD_COLUMNS
        self.folds[w + X_SIGN] = sign
        self.folds[w + X_NEXT] = self.directions[d * DIRECTION_COLUMNS + D_FOLD]
        self.folds[w + X_COUNT] = 0
        self.directions[d * DIRECTION_COLUMNS + D_FOLD] = x + 1
        self.directions[d * DIRECTION_COLUMNS + D_KNOWN] += 1
        return int(x)

    def counters(self) -> tuple[int, int]:
        """Units folded, and directions or signatures for which there was no room."""
        return int(self.folded), int(self.refused)

    def run(self, data: Any, count: int) -> int:
        """Folds what can be among the first `count` rows; how many are left, the first ones of the table."""
        b: u8[::1] = data
        n: i64 = count
        kept: i64 = 0
        if self.used == self.freed:
            for i in range(n):
                self.rows[i * ROW_COLUMNS + R_SIGN] = 0
            return count
        self.batch += 1
        for i in range(n):
            w: i64 = i * ROW_COLUMNS
            self.rows[w + R_SIGN] = 0
            kind = self.rows[w + R_KIND]
            if kind != TCP and kind != UDP:
                continue
            place: i64 = 2 * self.rows[w + R_FLOW] + self.rows[w + R_SIDE]
            d: i64 = self.followed[place] - 1
            if d < 0 or self.directions[d * DIRECTION_COLUMNS + D_CONNECTION] != self.rows[w + R_CONNECTION]:
                continue
            shape = self.directions[d * DIRECTION_COLUMNS + D_SHAPE]
            if shape >= 0:
                self._segment(b, d, i)
            elif shape == DATAGRAMS:
                self._datagram(b, d, i)
        for i in range(n):
            w = i * ROW_COLUMNS
            if self.rows[w + R_KIND] == 0:
                continue
            if kept != i:
                to: i64 = kept * ROW_COLUMNS
                for column in range(ROW_COLUMNS):
                    self.rows[to + column] = self.rows[w + column]
            kept += 1
        return int(kept)

    # ---- one row ----

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(77, check=True)
    def _ends(self, b: u8[::1], w: i64, h: u64) -> u64:
        """Mixes in who sent the row's frame to whom: another voice says another thing."""
        for column in range(R_SENDER, R_RECEIVER + 1):
            at = self.rows[w + column]
            if at >= 0:
                for i in range(6):
                    h = fnv(h, b[at + i])
            h = fnv(h, 256)
        v: u64 = self.rows[w + R_VLAN]
        return fnv(h, v)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _find(self, d: i64, sign: i64) -> i64:
        """The fold of this direction with this signature, -1 if there is none."""
        x = self.directions[d * DIRECTION_COLUMNS + D_FOLD] - 1
        while x >= 0:
            if self.folds[x * FOLD_COLUMNS + X_SIGN] == sign:
                return x
            x = self.folds[x * FOLD_COLUMNS + X_NEXT] - 1
        return -1

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _sight(self, x: i64, column: i64, w: i64) -> i64:
        """Widens what is known of when a unit's first (or last) frame came, by that of a row."""
        at = x * FOLD_COLUMNS + column
        time = self.rows[w + R_TIME]
        frame = self.rows[w + R_FRAME]
        first: cython.bint = self.folds[x * FOLD_COLUMNS + X_COUNT] == 0
        if first or time < self.folds[at] or (time == self.folds[at] and frame < self.folds[at + 1]):
            self.folds[at] = time
            self.folds[at + 1] = frame
        if first or time > self.folds[at + 2] or (time == self.folds[at + 2] and frame > self.folds[at + 3]):
            self.folds[at + 2] = time
            self.folds[at + 3] = frame
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _fold(self, x: i64, first: i64, last: i64) -> i64:
        """Counts a unit, by the rows of its first and its last frame."""
        self._sight(x, X_FIRST, first)
        self._sight(x, X_LAST, last)
        self.folds[x * FOLD_COLUMNS + X_COUNT] += 1
        self.folded += 1
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _datagram(self, b: u8[::1], d: i64, row: i64) -> i64:
        w = row * ROW_COLUMNS
        start = self.rows[w + R_START]
        length = self.rows[w + R_LENGTH]
        h = self._ends(b, w, self.seed)
        for i in range(start, start + length):
            h = fnv(h, b[i])
        note: u64 = self.rows[w + R_NOTE] & NOTE_CUT
        size: u64 = length
        h = mix(h + (size << 8 | note) & M64)
        sign: i64 = h >> 1 | ONE
        x = self._find(d, sign)
        if x < 0:
            self.rows[w + R_SIGN] = sign
            return 0
        self._fold(x, w, w)
        self.rows[w + R_KIND] = 0
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _segment(self, b: u8[::1], d: i64, row: i64) -> i64:
        w = row * ROW_COLUMNS
        g = d * DIRECTION_COLUMNS
        at = self.rows[w + R_AT]
        n = self.rows[w + R_LENGTH]
        unit = self.directions[g + D_UNIT]
        following = self.directions[g + D_NEXT]
        if n == 0:
            return 0
        if at + n <= following:
            self.rows[w + R_KIND] = 0  # all of it came before
            return 0
        self.rows[w + R_WALKED] = unit
        if at != following or self.rows[w + R_NOTE] & NOTE_CUT or at + n - unit > UNIT_MAX:
            self.directions[g + D_SHAPE] = LOST
            return 0
        h = d * SIGN_COLUMNS
        if at == unit:
            self.directions[g + D_BATCH] = self.batch
            self.directions[g + D_PHASE] = BEFORE
            self.directions[g + D_TOLD] = 0
            self.signs[h + H_UNIT] = self.seed
            self.signs[h + H_LAST] = 0
            self.chain[row] = -1
        elif self.directions[g + D_BATCH] == self.batch:
            self.chain[row] = self.directions[g + D_ROW]
        self.directions[g + D_ROW] = row
        self.directions[g + D_NEXT] = at + n
        self.signs[h + H_UNIT] = self._ends(b, w, self.signs[h + H_UNIT])
        start = self.rows[w + R_START]
        if not self._scan(b, d, start, start + n):
            self.directions[g + D_SHAPE] = LOST
            return 0
        told: u64 = self.directions[g + D_TOLD]
        if self.directions[g + D_PHASE] != BEFORE:
            self.signs[h + H_UNIT] = mix(self.signs[h + H_UNIT] + (told << 8 | 255) & M64)  # what came before the cut
            return 0
        sign: i64 = mix(self.signs[h + H_UNIT] + told & M64) >> 1 | ONE
        self.directions[g + D_UNIT] = at + n
        if self.directions[g + D_BATCH] != self.batch:
            return 0
        x = self._find(d, sign)
        if x < 0:
            self.rows[w + R_SIGN] = sign
            return 0
        first = row
        while True:
            self.rows[first * ROW_COLUMNS + R_KIND] = 0
            if self.chain[first] < 0:
                break
            first = self.chain[first]
        self._fold(x, first * ROW_COLUMNS, w)
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-1, check=True)
    def _scan(self, b: u8[::1], d: i64, at: i64, end: i64) -> cython.bint:
        """Goes on through a unit's bytes. False: something in them has to be read."""
        g = d * DIRECTION_COLUMNS
        s = d * SIGN_COLUMNS
        phase = self.directions[g + D_PHASE]
        line = self.directions[g + D_LINE]
        field = self.directions[g + D_FIELD]
        base: i64 = self.directions[g + D_SHAPE] * SHAPE_WORDS
        h: u64 = self.signs[s + H_LINE]
        hashed: cython.bint = False
        wanted: cython.bint = False
        if phase == FIELD:
            hashed = self._hashed(line, field, self.directions[g + D_MARKED])
            wanted = self._where(line, field)
        while at < end:
            c: i64 = b[at]
            at += 1
            if c >= 32:
                if phase == PASSING:
                    continue
                if phase == FIELD:
                    if c == BAR:
                        if field < FIELD_LAST:
                            field += 1
                        hashed = self._hashed(line, field, self.directions[g + D_MARKED])
                        wanted = self._where(line, field)
                        self.signs[s + H_WINDOW] = BAR
                        if hashed:
                            f: u64 = 256 + field
                            h = fnv(h, f)
                    elif field == 0:
                        return False  # another separator, or another kind of line
                    else:
                        if hashed:
                            value: u64 = c
                            h = fnv(h, value)
                            if field == self.kinds[line + L_INSTANCE]:
                                self.signs[s + H_INSTANCE] = fnv(self.signs[s + H_INSTANCE], value)
                        if wanted:
                            self._mark(line, g, s, c)
                    continue
                if phase != HEAD:
                    return False
                head = self.directions[g + D_HEAD] << 8 | c
                self.directions[g + D_HEAD] = head
                if head < 0x1000000:  # fewer than three bytes, after the one that stands for the beginning
                    continue
                line = self._kind(base, head & 0xFFFFFF)
                phase = PASSING
                if line >= 0:
                    if self.kinds[line + L_FORM] == TO_BE_READ:
                        return False
                    first: u64 = head
                    h = fnv(self.seed, first)
                    if self.kinds[line + L_FIELDS] == 0 and self.kinds[line + L_WHERE] == 0:
                        if not self._tell(d, h):
                            return False
                    else:
                        phase = FIELD
                        field = 0
                        hashed = False
                        wanted = False
                        self.directions[g + D_MARKED] = 0
                        self.signs[s + H_INSTANCE] = 0
                continue
            if c == CR and phase == ENDING:
                phase = BEFORE
                if not self._tell(d, ONE):
                    return False
                continue
            if c == VT and phase == BEFORE:
                phase = HEAD
                self.directions[g + D_HEAD] = 1
                continue
            if (c != CR and c != FS) or phase in (BEFORE, ENDING):
                return False
            if phase == FIELD and not self._line(d, line, h):
                return False
            if c == FS:
                phase = ENDING
            else:
                if phase == HEAD and self.directions[g + D_HEAD] == 1:
                    return False  # an empty line
                phase = HEAD
                self.directions[g + D_HEAD] = 1
        self.directions[g + D_PHASE] = phase
        self.directions[g + D_LINE] = line
        self.directions[g + D_FIELD] = field
        self.signs[s + H_LINE] = h
        return True

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _kind(self, base: i64, head: i64) -> i64:
        """Where in `kinds` the kind of line with this head is, -1 nowhere."""
        for i in range(self.kinds[base]):
            k: i64 = base + 1 + i * KIND_COLUMNS
            if self.kinds[k + L_HEAD] == head:
                return k
        return -1

    @cython.cfunc
    @cython.inline
    @cython.nogil
    @cython.exceptval(-1, check=True)
    def _hashed(self, line: i64, field: i64, marked: i64) -> cython.bint:
        fields = self.kinds[line + L_FIELDS]
        if marked:
            fields |= self.kinds[line + L_ALSO]
        return fields >> field & 1 != 0

    @cython.cfunc
    @cython.inline
    @cython.nogil
    @cython.exceptval(-1, check=True)
    def _where(self, line: i64, field: i64) -> cython.bint:
        return self.kinds[line + L_WHERE] >> field & 1 != 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _mark(self, line: i64, g: i64, s: i64, c: i64) -> i64:
        """Does one of the marks of this kind of line end here?"""
        value: u64 = c
        window: u64 = self.signs[s + H_WINDOW] << 8 & M64 | value
        self.signs[s + H_WINDOW] = window
        m = self.kinds[line + L_MARKS]
        for i in range(MARKS_MAX):
            mask = self.marks[m + 2 * i]
            if mask == 0:
                return 0
            if window & mask == self.marks[m + 2 * i + 1]:
                self.directions[g + D_MARKED] = 1
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-1, check=True)
    def _line(self, d: i64, line: i64, h: u64) -> cython.bint:
        """A line of a known kind is complete."""
        g = d * DIRECTION_COLUMNS
        s = d * SIGN_COLUMNS
        marked: cython.bint = self.directions[g + D_MARKED] != 0
        instance = self.kinds[line + L_INSTANCE]
        if self.kinds[line + L_FORM] == ONLY_MARKED and not marked:
            return True
        if instance:
            spoken = self.signs[s + H_INSTANCE]
            if not marked and (spoken == 0 or spoken == self.signs[s + H_LAST]):
                return True
            self.signs[s + H_LAST] = spoken
        return self._tell(d, h)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-1, check=True)
    def _tell(self, d: i64, h: u64) -> cython.bint:
        """Something tells something. False: it is more than one unit may."""
        g = d * DIRECTION_COLUMNS
        s = d * SIGN_COLUMNS
        self.signs[s + H_UNIT] = mix(self.signs[s + H_UNIT] ^ h)
        self.directions[g + D_TOLD] += 1
        return self.directions[g + D_TOLD] <= TOLD_MAX
