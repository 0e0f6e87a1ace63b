"""The ring that the Linux kernel shares with us: Documentation/networking/packet_mmap.rst, TPACKET_V3."""

from __future__ import annotations

import mmap
import select
import socket
import struct

from sensor.capture.file import Block
from sensor.capture.live import RING, SOL_PACKET, Lost, went_down
from sensor.wire.ring import USABLE, announced, ready, records, release

BLOCK = 1 << 18  # bytes: verdicts act from the next block on, and the kernel must find this much memory in one piece
LEAST = 8  # blocks; fewer would be no ring
RETIRE = 50  # ms after which a block that is not full is handed over: how late a quiet network is seen
FRAME = 2048  # a number that the kernel wants to divide the block's size; frames are packed as they come
FRAME_LEAST = 96  # bytes that the shortest frame takes in a block, its header included
COLUMNS = 5  # of the record table

# linux/if_packet.h
PACKET_RX_RING = 5
PACKET_STATISTICS = 6
PACKET_VERSION = 10
TPACKET_V3 = 2


def make_ring(opened: socket.socket, size: int) -> int:
    """Gives the socket a ring of so many bytes, or what the kernel has; its number of blocks, 0 if refused."""
    if not USABLE:
        return 0
    try:
        opened.setsockopt(SOL_PACKET, PACKET_VERSION, TPACKET_V3)
    except OSError:
        return 0
    blocks = max(size // BLOCK, LEAST)
    while blocks >= LEAST:
        request = struct.pack("=7I", BLOCK, blocks, FRAME, BLOCK // FRAME * blocks, RETIRE, 0, 0)
        try:
            opened.setsockopt(SOL_PACKET, PACKET_RX_RING, request)
        except OSError:  # not so much memory
            blocks //= 2
            continue
        return blocks
    opened.setsockopt(SOL_PACKET, PACKET_VERSION, 0)  # TPACKET_V1: as if it had not been asked for
    return 0


class Ring:
    """Reads the blocks in turn. A block is the reader's until `done`."""

    kind = RING

    def __init__(self, opened: socket.socket, link: int, blocks: int) -> None:
        self.descriptors = frozenset({opened.fileno()})
        self._socket = opened
        self._link = link
        self._size = blocks * BLOCK
        self._map = mmap.mmap(opened.fileno(), self._size)
        self._view = memoryview(self._map)
        self._table = memoryview(bytearray(BLOCK // FRAME_LEAST * COLUMNS * 8)).cast("q")
        self._at = 0
        self._poll = select.poll()
        self._poll.register(opened.fileno(), select.POLLIN | select.POLLERR)
        self.misread = 0  # frames that the kernel announced and that were not where it said

    def fileno(self) -> int:
        """To wait for frames together with other things."""
        return self._socket.fileno()

    def next(self, timeout: float) -> Block | None:
        """The next block with frames."""
        if not ready(self._view, self._at):
            for _, events in self._poll.poll(timeout * 1000):
                if events & select.POLLERR and not ready(self._view, self._at):
                    went_down(self._socket)
            if not ready(self._view, self._at):
                return None
        count = records(self._view, self._at, BLOCK, self._link, self._table)
        self.misread += announced(self._view, self._at) - count
        return Block(self._view, self._table, count, 0)

    def done(self) -> None:
        """Gives the block back to the kernel."""
        release(self._view, self._at)
        self._at = (self._at + BLOCK) % self._size

    def lost(self) -> Lost:
        """struct tpacket_stats_v3: packets, drops, times that the ring was frozen; reading sets them to zero."""
        return Lost(*struct.unpack("=3I", self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 12)))
