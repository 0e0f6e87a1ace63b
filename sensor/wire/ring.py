# cython: infer_types=True, boundscheck=True, wraparound=False, initializedcheck=False, show_performance_hints=False
"""Frames where the Linux kernel puts them: blocks of a TPACKET_V3 ring as rows of a record table.

linux/if_packet.h (tpacket_block_desc, tpacket_hdr_v1, tpacket3_hdr) and Documentation/networking/packet_mmap.rst.
Compiled where it can be, and the same results where not. All fields are in the machine's byte order, which is
little-endian on every machine that may use this (see `USABLE`).

A block belongs to the kernel or to the reader, as its status says; whoever hands it over must have finished with it
before the other sees the new status. Compiled, that is an atomic store with release order; plain Python has no such
store, and may read rings only where the processor keeps the order of stores by itself (x86).
"""

from __future__ import annotations

import platform
import sys
from typing import Any

try:
    import cython
    from cython import longlong as i64
    from cython import uchar as u8
except ModuleNotFoundError:
    from sensor.wire.nocython import cython, i64, u8

if not cython.compiled:
    from sensor.wire.nocython import load_acquire, store_release

COMPILED: bool = cython.compiled
USABLE: bool = sys.byteorder == "little" and (COMPILED or platform.machine() in ("x86_64", "i686", "AMD64"))

# Block descriptor: version, offset of the private part, then tpacket_hdr_v1.
B_STATUS = cython.declare(i64, 8)
B_FRAMES = cython.declare(i64, 12)
B_FIRST = cython.declare(i64, 16)
B_HEAD = cython.declare(i64, 48)
TO_USER = cython.declare(i64, 1)  # TP_STATUS_USER

# Frame header, tpacket3_hdr.
F_NEXT = cython.declare(i64, 0)
F_SECONDS = cython.declare(i64, 4)
F_NANOSECONDS = cython.declare(i64, 8)
F_CAPTURED = cython.declare(i64, 12)
F_ORIGINAL = cython.declare(i64, 16)
F_STATUS = cython.declare(i64, 20)
F_LINK = cython.declare(i64, 24)  # where the link-layer header begins, 16 bits
F_TAG = cython.declare(i64, 32)
F_TAG_TYPE = cython.declare(i64, 36)  # 16 bits
F_HEAD = cython.declare(i64, 48)
HAS_TAG = cython.declare(i64, 0x10)  # TP_STATUS_VLAN_VALID
HAS_TAG_TYPE = cython.declare(i64, 0x40)  # TP_STATUS_VLAN_TPID_VALID
VLAN = cython.declare(i64, 0x8100)
TAG = cython.declare(i64, 4)  # bytes of a VLAN tag
ADDRESSES = cython.declare(i64, 12)  # bytes before it
ETHERNET = cython.declare(i64, 1)

C_TIME = cython.declare(i64, 0)
C_START = cython.declare(i64, 1)
C_CAPTURED = cython.declare(i64, 2)
C_ORIGINAL = cython.declare(i64, 3)
C_LINK = cython.declare(i64, 4)
C_COLUMNS = cython.declare(i64, 5)
SECOND = cython.declare(i64, 1_000_000_000)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(-9, check=True)
def word(b: u8[::1], at: i64) -> i64:
    """32 bits."""
    last: i64 = b[at + 3]  # widened: in C, a byte << 24 is a signed int
    return last << 24 | b[at + 2] << 16 | b[at + 1] << 8 | b[at]


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(-9, check=True)
def half(b: u8[::1], at: i64) -> i64:
    """16 bits."""
    high: i64 = b[at + 1]
    return high << 8 | b[at]


@cython.cfunc
@cython.nogil
@cython.exceptval(-9, check=True)
def put_tag(b: u8[::1], at: i64, frame: i64) -> i64:
    """Puts the tag that the kernel took off back before the ethertype; where the frame begins now. The addresses move
    into the room that the ring leaves before a frame."""
    start: i64 = at - TAG
    for i in range(ADDRESSES):
        b[start + i] = b[at + i]
    kind: i64 = half(b, frame + F_TAG_TYPE) if word(b, frame + F_STATUS) & HAS_TAG_TYPE else VLAN
    tag: i64 = word(b, frame + F_TAG)
    b[start + ADDRESSES] = kind >> 8 & 255
    b[start + ADDRESSES + 1] = kind & 255
    b[start + ADDRESSES + 2] = tag >> 8 & 255
    b[start + ADDRESSES + 3] = tag & 255
    return start


@cython.cfunc
@cython.nogil
@cython.exceptval(-9, check=True)
def scan(b: u8[::1], block: i64, size: i64, link: i64, table: i64[::1], room: i64) -> i64:
    """Fills the table from a block; how many frames, one that lies outside the block and what follows left out."""
    end: i64 = block + size
    frames: i64 = min(word(b, block + B_FRAMES), room)
    frame: i64 = block + word(b, block + B_FIRST)
    count: i64 = 0
    while count < frames:
        if frame < block + B_HEAD or end - frame < F_HEAD:
            break
        start: i64 = frame + half(b, frame + F_LINK)
        captured: i64 = word(b, frame + F_CAPTURED)
        original: i64 = word(b, frame + F_ORIGINAL)
        if start - frame < F_HEAD or captured > end - start:
            break
        if (
            word(b, frame + F_STATUS) & HAS_TAG
            and link == ETHERNET
            and captured >= ADDRESSES
            and start - frame >= F_HEAD + TAG
        ):
            start = put_tag(b, start, frame)
            captured += TAG
            original += TAG
        row: i64 = count * C_COLUMNS
        table[row + C_TIME] = word(b, frame + F_SECONDS) * SECOND + word(b, frame + F_NANOSECONDS)
        table[row + C_START] = start
        table[row + C_CAPTURED] = captured
        table[row + C_ORIGINAL] = original
        table[row + C_LINK] = link
        count += 1
        frame += word(b, frame + F_NEXT)
    return count


def ready(data: Any, block: int) -> bool:
    """Whether the block at that offset is the reader's."""
    b: u8[::1] = data
    at: i64 = block + B_STATUS
    if at < 0 or at + 4 > len(b):
        return False
    return bool(load_acquire(cython.address(b[at])) & TO_USER if cython.compiled else load_acquire(b, at) & TO_USER)


def records(data: Any, block: int, size: int, link: int, table: Any) -> int:
    """Rows of the frames in the reader's block; a VLAN tag that the kernel took off is put back."""
    b: u8[::1] = data
    t: i64[::1] = table
    if block < 0 or size < B_HEAD or block + size > len(b):
        return 0
    return int(scan(b, block, size, link, t, len(t) // C_COLUMNS))


def announced(data: Any, block: int) -> int:
    """How many frames the kernel says are in the block."""
    b: u8[::1] = data
    return int(word(b, block + B_FRAMES))


def release(data: Any, block: int) -> None:
    """Gives the block back: everything read from it was read before."""
    b: u8[::1] = data
    at: i64 = block + B_STATUS
    if at < 0 or at + 4 > len(b):
        return
    if cython.compiled:
        store_release(cython.address(b[at]), 0)
    else:
        store_release(b, at)
