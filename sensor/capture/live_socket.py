"""Frame by frame from a plain packet socket, where there can be no ring: packet(7). A tenth as fast."""

from __future__ import annotations

import select
import socket
import struct
import time

from sensor.capture.file import Block
from sensor.capture.live import PLAIN, SOL_PACKET, Lost, went_down

FRAMES = 256  # in a block: a millisecond's worth at the rate that this can take
FRAME_MAX = 1 << 16  # bytes; longer ones, which no network card gives, are cut
TAG = 4
ADDRESSES = 12
COLUMNS = 5
QUEUE = 64 << 20  # bytes that wait in the kernel, counted with its overhead
ETHERNET = 1
VLAN = 0x8100

# linux/if_packet.h, asm-generic/socket.h
PACKET_STATISTICS = 6
PACKET_AUXDATA = 8
HAS_TAG, HAS_TAG_TYPE = 0x10, 0x40
SO_TIMESTAMPNS = 35
SO_RCVBUFFORCE = 33
AUXDATA = struct.Struct("=3I4H")  # status, length, captured, offsets of link and network header, tag, its type
STAMP = struct.Struct("@ll")  # struct timespec
ANCILLARY = socket.CMSG_SPACE(AUXDATA.size) + socket.CMSG_SPACE(STAMP.size)


def make_queue(opened: socket.socket) -> None:
    """A long queue, and with each frame what its bytes do not say: the VLAN tag that was taken off, its time."""
    opened.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    opened.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    opened.setblocking(False)
    try:
        opened.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, QUEUE)
    except PermissionError:  # without CAP_NET_ADMIN the system's limit holds
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, QUEUE)


class Plain:
    """Gathers what is there into a block."""

    kind = PLAIN

    def __init__(self, opened: socket.socket, link: int) -> None:
        self.descriptors = frozenset({opened.fileno()})
        self._socket = opened
        self._link = link
        self._data = bytearray(FRAMES * 2048 + FRAME_MAX + TAG)
        self._view = memoryview(self._data)
        self._table = memoryview(bytearray(FRAMES * COLUMNS * 8)).cast("q")
        self._poll = select.poll()
        self._poll.register(opened.fileno(), select.POLLIN | select.POLLERR)

    def fileno(self) -> int:
        """To wait for frames together with other things."""
        return self._socket.fileno()

    def next(self, timeout: float) -> Block | None:
        """What is there by now."""
        for _, events in self._poll.poll(timeout * 1000):
            if events & select.POLLERR and not events & select.POLLIN:
                went_down(self._socket)
        filled = count = 0
        while count < FRAMES and len(self._data) - filled >= FRAME_MAX + TAG:
            room = self._view[filled + TAG : filled + TAG + FRAME_MAX]  # a tag may have to be put in
            try:
                got, said, _, _ = self._socket.recvmsg_into([room], ANCILLARY)
            except BlockingIOError:
                break
            start, captured, original, stamp = self._tagged(filled + TAG, got, said)
            self._table[count * COLUMNS : (count + 1) * COLUMNS] = memoryview(
                struct.pack("=5q", stamp, start, captured, original, self._link)
            ).cast("q")
            filled = start + captured
            count += 1
        return Block(self._data, self._table, count, 0) if count else None

    def done(self) -> None:
        """The buffer is ours in any case."""

    def lost(self) -> Lost:
        """struct tpacket_stats: packets, drops; reading sets them to zero."""
        return Lost(*struct.unpack("=2I", self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)))

    def _tagged(self, start: int, captured: int, said: list[tuple[int, int, bytes]]) -> tuple[int, int, int, int]:
        """Where the frame begins with its VLAN tag put back, its captured and original length, its time in ns."""
        original, stamp = captured, 0
        for level, kind, data in said:
            if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and len(data) >= STAMP.size:
                seconds, ns = STAMP.unpack_from(data)
                stamp = seconds * 10**9 + ns
            elif level == SOL_PACKET and kind == PACKET_AUXDATA and len(data) >= AUXDATA.size:
                status, length, _, _, _, tag, tag_type = AUXDATA.unpack_from(data)
                original = max(original, length)
                if status & HAS_TAG and self._link == ETHERNET and captured >= ADDRESSES:
                    start -= TAG
                    self._data[start : start + ADDRESSES] = self._data[start + TAG : start + TAG + ADDRESSES]
                    put = struct.pack(">HH", tag_type if status & HAS_TAG_TYPE else VLAN, tag)
                    self._data[start + ADDRESSES : start + ADDRESSES + TAG] = put
                    captured, original = captured + TAG, original + TAG
        return start, captured, original, stamp or time.time_ns()
