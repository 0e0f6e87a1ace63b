"""IP fragments put together: RFC 791, 3.2 and RFC 8200, 4.5. Overlaps are refused, as RFC 5722 demands for IPv6."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

TIMEOUT = 30 * 10**9  # ns of frame time; RFC 791 proposes 15 s, Linux waits 30 s (IPv4) and 60 s (IPv6)
DATAGRAMS_MAX = 1024  # unfinished datagrams held; on a healthy network it is a handful
SOURCE_MAX = 64  # of one sender, so that one talker cannot push out the others
BYTES_MAX = 8 << 20  # held in all: 128 datagrams of the largest size
PIECES_MAX = 128  # of one datagram: 64 KiB in pieces of 576 bytes, the least any link carries, are 119
SIZE_MAX = 65_535  # of one datagram: the length field has 16 bits
COPY_WINDOW = 10**7  # 10 ms after a datagram is complete, its fragments are copies made by a mirror, not new ones
DONE_MAX = 1024  # complete datagrams remembered for that

Link = tuple[int, int, int, int, int]  # sender MAC, receiver MAC (offsets, -1 unknown), VLAN, tunnel, depth
Key = tuple[int, int, bytes, int, bytes]


class Fragment(Struct, frozen=True):
    """Where the kernel found a fragment in a buffer."""

    version: int
    ip: int  # offset of the IP header
    head: int  # IPv4: end of the IP header; IPv6: offset of the fragment header
    end: int
    cut: bool  # the capture has less of it than it claims
    weight: int  # frames it stands for: more than one if it was itself put together
    wire: int  # bytes of those frames on the wire
    link: Link


class Datagram(Struct, frozen=True):
    """A datagram put together, in a buffer of its own."""

    data: bytearray
    ip: int
    end: int
    link: Link
    weight: int
    wire: int


class _Held(Struct):
    since: int
    pieces: dict[int, bytes]
    head: bytes = b""  # what stands before the payload in the first fragment
    total: int = -1  # payload bytes, known from the last fragment
    got: int = 0
    weight: int = 0
    wire: int = 0
    refused: bool = False


class Fragments:
    """The unfinished datagrams, oldest first, in all and by sender."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._held: dict[Key, _Held] = {}
        self._sources: dict[tuple[int, bytes], dict[Key, None]] = {}
        self._done: dict[Key, int] = {}
        self._bytes = 0

    def add(self, data: bytearray | memoryview, piece: Fragment, time: int) -> Datagram | None:
        """Takes a fragment; gives the datagram if it was the one that was missing."""
        self._expire(time)
        if piece.cut:
            self.counts["fragments.cut"] += 1
            return None
        key, start, more, payload = _read(data, piece)
        size = len(payload)
        if size == 0 or (more and size % 8) or start + size > SIZE_MAX:
            self.counts["fragments.bad"] += 1
            return None
        done = self._done.get(key)
        if done is not None:
            if abs(time - done) <= COPY_WINDOW:
                self.counts["fragments.copies"] += 1
                return None
            del self._done[key]
        held = self._held.get(key)
        if held is not None and abs(time - held.since) > TIMEOUT:
            self._drop(key)
            held = None
        if held is None:
            held = self._open(key, time)
        if held.refused:
            self.counts["fragments.refused"] += 1
            return None
        if held.pieces.get(start) == payload:
            self.counts["fragments.copies"] += 1
            return None
        if self._overlaps(held, start, start + size, more):
            self.counts["fragments.overlaps"] += 1
            self._refuse(held)
            return None
        if len(held.pieces) >= PIECES_MAX:
            self.counts["fragments.too_many"] += 1
            self._refuse(held)
            return None
        if start == 0:
            head = piece.head if piece.version == 4 else piece.head + 8
            held.head = bytes(data[piece.ip : head])
        if not more:
            held.total = start + size
        held.pieces[start] = payload
        held.got += size
        held.weight += piece.weight
        held.wire += piece.wire
        self._bytes += size
        if held.got == held.total:
            return self._finish(key, held, data, piece, time)
        while self._bytes > BYTES_MAX:
            self.counts["fragments.evicted"] += 1
            self._drop(next(iter(self._held)), counted=True)
        return None

    def finish(self) -> None:
        """No more frames: what is held will never be complete."""
        while self._held:
            self._drop(next(iter(self._held)))

    def _overlaps(self, held: _Held, start: int, end: int, more: bool) -> bool:
        if held.total >= 0 and (end > held.total or not more):
            return True
        return any(start < at + len(held.pieces[at]) and (at < end or not more) for at in held.pieces)

    def _finish(
        self, key: Key, held: _Held, data: bytearray | memoryview, last: Fragment, time: int
    ) -> Datagram | None:
        self._drop(key, counted=True)
        self._done.pop(key, None)
        self._done[key] = time
        if len(self._done) > DONE_MAX:
            del self._done[next(iter(self._done))]
        sender, receiver, vlan, tunnel, depth = last.link
        out = bytearray(12)
        if receiver >= 0:
            out[0:6] = data[receiver : receiver + 6]
        if sender >= 0:
            out[6:12] = data[sender : sender + 6]
        out += held.head
        for start in sorted(held.pieces):
            out += held.pieces[start]
        size = len(out) - 12 if last.version == 4 else len(out) - 52
        if size > SIZE_MAX:
            self.counts["fragments.bad"] += 1
            return None
        if last.version == 4:
            out[14:16] = size.to_bytes(2, "big")
            out[18:20] = b"\0\0"
        else:
            out[16:18] = size.to_bytes(2, "big")
            at = len(out) - held.total - 8
            out[at + 2 : at + 4] = b"\0\0"  # a fragment header of nothing: RFC 6946
        self.counts["fragments.reassembled"] += 1
        link = (6 if sender >= 0 else -1, 0 if receiver >= 0 else -1, vlan, tunnel, depth)
        return Datagram(out, 12, len(out), link, held.weight, held.wire)

    def _open(self, key: Key, time: int) -> _Held:
        source = (key[1], key[2][: len(key[2]) // 2])
        own = self._sources.setdefault(source, {})
        if len(own) >= SOURCE_MAX:
            self.counts["fragments.evicted"] += 1
            self._drop(next(iter(own)), counted=True)
            own = self._sources.setdefault(source, {})
        elif len(self._held) >= DATAGRAMS_MAX:
            self.counts["fragments.evicted"] += 1
            self._drop(next(iter(self._held)), counted=True)
            own = self._sources.setdefault(source, {})
        own[key] = None
        held = self._held[key] = _Held(time, {})
        return held

    def _refuse(self, held: _Held) -> None:
        """Forgets what came, and takes no more of it until the time is up (RFC 5722, 4)."""
        self._bytes -= held.got
        held.pieces = {}
        held.got = 0
        held.refused = True

    def _drop(self, key: Key, counted: bool = False) -> None:
        held = self._held.pop(key)
        source = (key[1], key[2][: len(key[2]) // 2])
        own = self._sources[source]
        del own[key]
        if not own:
            del self._sources[source]
        self._bytes -= held.got
        if not counted and not held.refused:
            self.counts["fragments.incomplete"] += 1

    def _expire(self, time: int) -> None:
        while self._held:
            key = next(iter(self._held))
            if time - self._held[key].since <= TIMEOUT:
                return
            self._drop(key)


def _read(data: bytearray | memoryview, piece: Fragment) -> tuple[Key, int, bool, bytes]:
    """Key, first byte of the payload in the datagram, whether more follows, and the payload."""
    at = piece.ip
    if piece.version == 4:
        word = data[at + 6] << 8 | data[at + 7]
        key = (4, piece.link[3], bytes(data[at + 12 : at + 20]), data[at + 9], bytes(data[at + 4 : at + 6]))
        return key, (word & 0x1FFF) * 8, bool(word & 0x2000), bytes(data[piece.head : piece.end])
    head = piece.head
    word = data[head + 2] << 8 | data[head + 3]
    key = (6, piece.link[3], bytes(data[at + 8 : at + 40]), 0, bytes(data[head + 4 : head + 8]))
    return key, word & 0xFFF8, bool(word & 1), bytes(data[head + 8 : piece.end])
