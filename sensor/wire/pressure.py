# cython: infer_types=True, boundscheck=True, wraparound=False, initializedcheck=False, show_performance_hints=False
"""What gives way when a table of the kernel is full, and what is kept of it. One source, as `sensor.wire.kernel` is.

Flows: who is idle, then who was heard from one end only, then the rest; of each the least recently seen. What flows
carried that nobody answered and nobody knows is summed up by client, server and service, as *attempts*, so that a scan
costs no object a probe. There is a cap on those: kept are the ones with the smallest hash, which are the same whatever
the order they came in, and the rest are counted. Senders of one unanswered frame give way likewise.
"""

from __future__ import annotations

from typing import Any

from sensor.wire import tables

try:
    import cython
    from cython import longlong as i64
    from cython import ulonglong as u64
except ModuleNotFoundError:
    from sensor.wire.nocython import cython, i64, u64

COMPILED: bool = cython.compiled

M32 = cython.declare(i64, 0xFFFFFFFF)
M64 = cython.declare(u64, 0xFFFFFFFFFFFFFFFF)
ODD = cython.declare(u64, 0xD6E8FEB86659FD93)  # as in the kernel

KEY_COLUMNS = cython.declare(i64, tables.KEY_COLUMNS)
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
SENT = cython.declare(i64, tables.SENT)
GIVEN = cython.declare(i64, tables.GIVEN)
NAMED = cython.declare(i64, tables.NAMED)
SIDE_COLUMNS = cython.declare(i64, tables.SIDE_COLUMNS)
S_FRAMES = cython.declare(i64, tables.S_FRAMES)
S_BYTES = cython.declare(i64, tables.S_BYTES)
ATTEMPT_KEY_COLUMNS = cython.declare(i64, tables.ATTEMPT_KEY_COLUMNS)
A_HIGH_0 = cython.declare(i64, tables.A_HIGH_0)
A_LOW_0 = cython.declare(i64, tables.A_LOW_0)
A_HIGH_1 = cython.declare(i64, tables.A_HIGH_1)
A_LOW_1 = cython.declare(i64, tables.A_LOW_1)
A_REST = cython.declare(i64, tables.A_REST)
A_TUNNEL = cython.declare(i64, tables.A_TUNNEL)
A_RANK = cython.declare(i64, tables.A_RANK)
ATTEMPT_COLUMNS = cython.declare(i64, tables.ATTEMPT_COLUMNS)
A_CLIENT_FRAMES = cython.declare(i64, tables.A_CLIENT_FRAMES)
A_CLIENT_BYTES = cython.declare(i64, tables.A_CLIENT_BYTES)
A_SERVER_FRAMES = cython.declare(i64, tables.A_SERVER_FRAMES)
A_SERVER_BYTES = cython.declare(i64, tables.A_SERVER_BYTES)
A_CONNECTIONS = cython.declare(i64, tables.A_CONNECTIONS)
A_FIRST_TIME = cython.declare(i64, tables.A_FIRST_TIME)
A_FIRST_FRAME = cython.declare(i64, tables.A_FIRST_FRAME)
A_LAST_TIME = cython.declare(i64, tables.A_LAST_TIME)
A_LAST_FRAME = cython.declare(i64, tables.A_LAST_FRAME)
END_KEY_COLUMNS = cython.declare(i64, tables.END_KEY_COLUMNS)
E_LINK = cython.declare(i64, tables.E_LINK)
E_HIGH = cython.declare(i64, tables.E_HIGH)
E_LOW = cython.declare(i64, tables.E_LOW)
E_VERSION = cython.declare(i64, tables.E_VERSION)
END_COLUMNS = cython.declare(i64, tables.END_COLUMNS)
E_FRAMES = cython.declare(i64, tables.E_FRAMES)
E_ANSWERED = cython.declare(i64, tables.E_ANSWERED)

IDLE = cython.declare(i64, 0)  # classes of flows, in the order in which they give way
ONE_SIDED = cython.declare(i64, 1)
ANSWERED = cython.declare(i64, 2)
VACANT = cython.declare(i64, 3)


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


@cython.final
@cython.cclass
class Pressure:
    """Works on a `Tables`, of which the kernel has the use in between."""

    keys: u64[::1]
    flows: i64[::1]
    sides: i64[::1]
    touched: i64[::1]
    gone: i64[::1]
    told: i64[::1]
    attempt_keys: u64[::1]
    attempts: i64[::1]
    attempt_index: i64[::1]
    end_keys: u64[::1]
    ends: i64[::1]
    end_free: i64[::1]

    seed: u64
    used: i64  # attempts
    limit: u64  # no attempt with a greater rank is kept
    lost: i64  # frames of attempts not kept
    end_limit: u64  # likewise of senders
    ties: i64  # of those seen at the time that `_oldest` found, how many go

    def __init__(self, t: Any, seed: int) -> None:
        self.keys = t.keys
        self.flows = t.flows
        self.sides = t.sides
        self.touched = t.touched
        self.gone = t.gone
        self.told = t.told
        self.attempt_keys = t.attempt_keys
        self.attempts = t.attempts
        self.attempt_index = t.attempt_index
        self.end_keys = t.end_keys
        self.ends = t.ends
        self.end_free = t.end_free
        self.seed = seed
        self.used = self.lost = self.ties = 0
        self.limit = M64
        self.end_limit = M64

    # ---- called from Python ----

    def name(self, slots: Any) -> None:
        """These flows are known: they are never summed up."""
        for slot in slots:
            f: i64 = slot * FLOW_COLUMNS
            self.flows[f + F_STATE] |= NAMED

    def choose(self, now: int, slots: int, least: int) -> tuple[int, int]:
        """Lists the slots that have to make room in `gone`: how many, and how many of them because they were idle."""
        return self._choose(now, slots, least), int(self.ties)

    def sum_up(self, count: int) -> tuple[int, int]:
        """Of the slots in `gone`, sums up what is an attempt. How many of the others, first in `told`, have something
        to drain, and of how many, which are next there, somebody may hold something."""
        due = self._sum_up(count)
        given: i64 = 0
        for i in range(count):
            if self.flows[self.gone[i] * FLOW_COLUMNS + F_STATE] & GIVEN:
                self.told[due + given] = self.gone[i]
                given += 1
        return int(due), int(given)

    def sum_up_touched(self, listed: int) -> int:
        """The same of the slots in `touched`, if attempts were summed up today; how many are left there."""
        if self.used == 0 and self.limit == M64:
            return listed
        return int(self._sum_up_touched(listed))

    def take_attempts(self) -> int:
        """How many attempts there are, to be read at once; the table starts anew."""
        used = self.used
        self.used = 0
        self.limit = M64
        if used:
            for i in range(len(self.attempt_index)):
                self.attempt_index[i] = 0
        return int(used)

    def frames_lost(self) -> int:
        """Frames of attempts that were not kept."""
        return int(self.lost)

    def choose_senders(self, used: int, freed: int, epoch: int, keep: int) -> int:
        """Puts senders of one unanswered frame on the free list, all but about `keep`; how many."""
        return int(self._choose_senders(used, freed, epoch, keep))

    def begin_day(self) -> None:
        """Senders are kept or not by today's pressure."""
        self.end_limit = M64

    # ---- flows ----

    @cython.cfunc
    @cython.inline
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _class(self, slot: i64, now: i64) -> i64:
        f: i64 = slot * FLOW_COLUMNS
        if self.flows[f + F_CONNECTION] == 0:
            return VACANT
        if now - self.flows[f + F_SEEN] > self.flows[f + F_LIMIT]:
            return IDLE
        return ANSWERED if self.flows[f + F_STATE] & SENT == SENT else ONE_SIDED

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _choose(self, now: i64, slots: i64, least: i64) -> i64:
        idle: i64 = 0
        single: i64 = 0
        for slot in range(slots):
            kind = self._class(slot, now)
            idle += kind == IDLE
            single += kind == ONE_SIDED
        wanted: i64 = least - idle
        from_single = min(wanted, single)
        single_before = self._oldest(now, slots, ONE_SIDED, from_single)
        single_ties = self.ties
        pair_before = self._oldest(now, slots, ANSWERED, wanted - from_single)
        pair_ties = self.ties
        count: i64 = 0
        for slot in range(slots):
            kind = self._class(slot, now)
            seen = self.flows[slot * FLOW_COLUMNS + F_SEEN]
            goes: cython.bint = kind == IDLE
            if kind == ONE_SIDED:
                goes = seen < single_before
                if seen == single_before and single_ties > 0:
                    single_ties -= 1
                    goes = True
            elif kind == ANSWERED:
                goes = seen < pair_before
                if seen == pair_before and pair_ties > 0:
                    pair_ties -= 1
                    goes = True
            if goes:
                self.gone[count] = slot
                count += 1
        self.ties = idle
        return count

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _oldest(self, now: i64, slots: i64, kind: i64, wanted: i64) -> i64:
        """A time: who of the class was seen before it goes, and `ties` of those seen then, `wanted` in all."""
        self.ties = 0
        if wanted <= 0:
            return -1
        n: i64 = 0
        low: i64 = -1
        high: i64 = 0
        for slot in range(slots):
            if self._class(slot, now) == kind:
                seen = self.flows[slot * FLOW_COLUMNS + F_SEEN]
                self.told[n] = seen
                n += 1
                low = seen if low < 0 else min(low, seen)
                high = max(high, seen)
        below: i64 = 0
        while low < high:  # the smallest time that `wanted` of them were seen until
            middle = low + ((high - low) >> 1)
            until: i64 = 0
            for i in range(n):
                until += self.told[i] <= middle
            if until >= wanted:
                high = middle
            else:
                low = middle + 1
        for i in range(n):
            below += self.told[i] < low
        self.ties = wanted - below
        return low

    # ---- attempts ----

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _sum_up(self, count: i64) -> i64:
        due: i64 = 0
        for i in range(count):
            slot = self.gone[i]
            if self.flows[slot * FLOW_COLUMNS + F_FRAMES] and not self._attempt(slot):
                self.told[due] = slot
                due += 1
        return due

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _sum_up_touched(self, listed: i64) -> i64:
        kept: i64 = 0
        for i in range(listed):
            slot = self.touched[i]
            if not self._attempt(slot):
                self.touched[kept] = slot
                kept += 1
        return kept

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-1, check=True)
    def _attempt(self, slot: i64) -> cython.bint:
        """Sums up the flow's counters, and sets them to zero, if only one end was heard and nobody knows what it is.
        Its client is found as `sensor.connections.client_by_port` finds it: services have the lower port."""
        f: i64 = slot * FLOW_COLUMNS
        k: i64 = slot * KEY_COLUMNS
        state = self.flows[f + F_STATE]
        if state & SENT == SENT or state & NAMED:
            return False
        rest = self.keys[k + K_REST]
        high_port: i64 = rest >> 16 & 0xFFFF
        low_port: i64 = rest & 0xFFFF
        client: i64 = self.flows[f + F_OPENER]
        if self.flows[f + F_CLIENT]:
            client = self.flows[f + F_CLIENT] - 1
        elif high_port != low_port:
            client = 0 if high_port > low_port else 1
        service: u64 = high_port if client else low_port
        rest = (rest >> 32) << 32 | service
        a: i64 = k + (K_HIGH_1 if client else K_HIGH_0)
        z: i64 = k + (K_HIGH_0 if client else K_HIGH_1)
        row = self._row(self.keys[a], self.keys[a + 1], self.keys[z], self.keys[z + 1], rest, self.keys[k + K_TUNNEL])
        if row < 0:
            self.lost += self.flows[f + F_FRAMES]
        else:
            self._add(
                row * ATTEMPT_COLUMNS, f, (2 * slot + client) * SIDE_COLUMNS, (2 * slot + 1 - client) * SIDE_COLUMNS
            )
        self.flows[f + F_FRAMES] = 0
        self.flows[f + F_CONNECTIONS] = 0
        for r in range(2 * slot, 2 * slot + 2):
            s: i64 = r * SIDE_COLUMNS
            self.sides[s + S_FRAMES] = 0
            self.sides[s + S_BYTES] = 0
        return True

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _add(self, at: i64, f: i64, client: i64, server: i64) -> i64:
        """The counters of the flow at f, and of its sides, to the attempt's at `at`."""
        t = self.attempts
        fresh: cython.bint = t[at + A_CLIENT_FRAMES] + t[at + A_SERVER_FRAMES] == 0
        t[at + A_CLIENT_FRAMES] += self.sides[client + S_FRAMES]
        t[at + A_CLIENT_BYTES] += self.sides[client + S_BYTES]
        t[at + A_SERVER_FRAMES] += self.sides[server + S_FRAMES]
        t[at + A_SERVER_BYTES] += self.sides[server + S_BYTES]
        t[at + A_CONNECTIONS] += self.flows[f + F_CONNECTIONS]
        time = self.flows[f + F_FIRST_TIME]
        frame = self.flows[f + F_FIRST_FRAME]
        if fresh or time < t[at + A_FIRST_TIME] or (time == t[at + A_FIRST_TIME] and frame < t[at + A_FIRST_FRAME]):
            t[at + A_FIRST_TIME] = time
            t[at + A_FIRST_FRAME] = frame
        time = self.flows[f + F_LAST_TIME]
        frame = self.flows[f + F_LAST_FRAME]
        if fresh or time > t[at + A_LAST_TIME] or (time == t[at + A_LAST_TIME] and frame > t[at + A_LAST_FRAME]):
            t[at + A_LAST_TIME] = time
            t[at + A_LAST_FRAME] = frame
        return 0

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _row(self, high_0: u64, low_0: u64, high_1: u64, low_1: u64, rest: u64, tunnel: u64) -> i64:
        """Row of the attempt, made if new; -1: its rank is too great."""
        rank = mix(self.seed ^ high_0)
        rank = mix(rank ^ low_0)
        rank = mix(rank + high_1 & M64)
        rank = mix(rank ^ low_1)
        rank = mix((rank ^ rest) + tunnel & M64)
        if rank > self.limit:
            return -1
        mask = len(self.attempt_index) - 1
        place: i64 = rank & M32
        i: i64 = place & mask
        k: i64 = 0
        while self.attempt_index[i] != 0:
            k = (self.attempt_index[i] - 1) * ATTEMPT_KEY_COLUMNS
            if (
                self.attempt_keys[k + A_RANK] == rank
                and self.attempt_keys[k + A_HIGH_0] == high_0
                and self.attempt_keys[k + A_LOW_0] == low_0
                and self.attempt_keys[k + A_HIGH_1] == high_1
                and self.attempt_keys[k + A_LOW_1] == low_1
                and self.attempt_keys[k + A_REST] == rest
                and self.attempt_keys[k + A_TUNNEL] == tunnel
            ):
                return self.attempt_index[i] - 1
            i = (i + 1) & mask
        if 2 * (self.used + 1) > mask + 1:  # the table is full
            self._thin()
            return self._row(high_0, low_0, high_1, low_1, rest, tunnel)
        row = self.used
        self.used += 1
        self.attempt_index[i] = row + 1
        k = row * ATTEMPT_KEY_COLUMNS
        self.attempt_keys[k + A_HIGH_0] = high_0
        self.attempt_keys[k + A_LOW_0] = low_0
        self.attempt_keys[k + A_HIGH_1] = high_1
        self.attempt_keys[k + A_LOW_1] = low_1
        self.attempt_keys[k + A_REST] = rest
        self.attempt_keys[k + A_TUNNEL] = tunnel
        self.attempt_keys[k + A_RANK] = rank
        for column in range(ATTEMPT_COLUMNS):
            self.attempts[row * ATTEMPT_COLUMNS + column] = 0
        return row

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _thin(self) -> i64:
        """Halves the limit, and drops what is above it; the rest moves together."""
        self.limit = self.limit >> 1
        for i in range(len(self.attempt_index)):
            self.attempt_index[i] = 0
        mask = len(self.attempt_index) - 1
        kept: i64 = 0
        for row in range(self.used):
            k: i64 = row * ATTEMPT_KEY_COLUMNS
            a: i64 = row * ATTEMPT_COLUMNS
            if self.attempt_keys[k + A_RANK] > self.limit:
                self.lost += self.attempts[a + A_CLIENT_FRAMES] + self.attempts[a + A_SERVER_FRAMES]
                continue
            for column in range(ATTEMPT_KEY_COLUMNS):
                self.attempt_keys[kept * ATTEMPT_KEY_COLUMNS + column] = self.attempt_keys[k + column]
            for column in range(ATTEMPT_COLUMNS):
                self.attempts[kept * ATTEMPT_COLUMNS + column] = self.attempts[a + column]
            kept += 1
            place: i64 = self.attempt_keys[k + A_RANK] & M32
            at: i64 = place & mask
            while self.attempt_index[at] != 0:
                at = (at + 1) & mask
            self.attempt_index[at] = kept
        self.used = kept
        return 0

    # ---- senders ----

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _choose_senders(self, used: i64, freed: i64, epoch: i64, keep: i64) -> i64:
        single = self._single_senders(used, epoch)
        while single > keep:
            self.end_limit = self.end_limit >> 1
            single = self._single_senders(used, epoch)
        count: i64 = 0
        for row in range(used):
            if self._is_single(row, epoch) and self._rank(row) > self.end_limit:
                self.end_free[freed + count] = row
                count += 1
        return count

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(-9, check=True)
    def _single_senders(self, used: i64, epoch: i64) -> i64:
        """How many have a rank within the limit."""
        found: i64 = 0
        for row in range(used):
            found += self._is_single(row, epoch) and self._rank(row) <= self.end_limit
        return found

    @cython.cfunc
    @cython.inline
    @cython.nogil
    @cython.exceptval(-1, check=True)
    def _is_single(self, row: i64, epoch: i64) -> cython.bint:
        e: i64 = row * END_COLUMNS
        return (
            self.ends[e + E_FRAMES] == 1
            and self.ends[e + E_ANSWERED] != epoch
            and self.end_keys[row * END_KEY_COLUMNS + E_VERSION] != 0
        )

    @cython.cfunc
    @cython.inline
    @cython.nogil
    @cython.exceptval(77, check=True)
    def _rank(self, row: i64) -> u64:
        k: i64 = row * END_KEY_COLUMNS
        rank = mix(self.seed ^ self.end_keys[k + E_LINK])
        rank = mix(rank ^ self.end_keys[k + E_HIGH])
        return mix(rank + self.end_keys[k + E_LOW] & M64)
