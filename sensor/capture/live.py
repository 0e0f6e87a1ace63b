"""Frames of an interface as they come, in blocks for the engine: the options, and the receivers to choose from.

    opened = open_interface(interface, options, program, group)  # the supervisor, with the right to
    receiver = receive(opened)                                   # the worker, without any
    while True:
        block = receiver.next(timeout)                           # None: nothing came in that time
        ...                                                      # use it up
        receiver.done()                                          # give its room back

packet(7); Documentation/networking/packet_mmap.rst. A receiver never sends, and a socket is bound only when all that
limits what comes is set, so that nothing else is in it.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from msgspec import Struct

from sensor.capture.file import Block
from sensor.capture.live_filter import Instruction, attach
from sensor.capture.live_interface import Interface
from sensor.capture.source import CaptureError

RING, PLAIN, LIBPCAP = "ring", "socket", "libpcap"
RECEIVERS = (RING, PLAIN, LIBPCAP)
RING_MIB = 256  # for one interface: at 3 Gb/s a stall of two thirds of a second
DESCRIPTORS = 1024  # numbers looked at; new ones are the smallest that are free
CAPABILITIES = "CAP_NET_RAW and CAP_NET_ADMIN"

# linux/if_packet.h, linux/if_ether.h
SOL_PACKET = 263
PACKET_ADD_MEMBERSHIP = 1
PACKET_STATISTICS = 6
PACKET_FANOUT = 18
PACKET_IGNORE_OUTGOING = 23
PACKET_MR_PROMISC = 1
PACKET_FANOUT_HASH = 0  # by flow, the same for both directions; the parts of a fragmented packet stay together
ETH_P_ALL = 3


class LiveError(CaptureError):
    """An interface that cannot be listened on; the text is one line that says what to do."""


class DownError(Exception):
    """The interface went down or away."""


class Options(Struct, frozen=True):
    """How to listen, alike for all interfaces."""

    receiver: str = RING
    ring: int = RING_MIB  # MiB for one interface, shared by its workers
    snap: int = 0  # bytes of a frame that are kept, 0: all
    filter: str = ""
    workers: int = 1  # for one interface
    promiscuous: bool = True


class Lost(Struct):
    """What the kernel counted since it was last asked."""

    seen: int = 0  # frames that came for us, those that were dropped included
    dropped: int = 0  # for want of room
    freezes: int = 0  # times that a ring was full and stood still


class Receiver(Protocol):
    """What gives blocks."""

    kind: str
    descriptors: frozenset[int]  # that it needs

    def fileno(self) -> int:
        """Becomes readable when there may be frames."""

    def next(self, timeout: float) -> Block | None:
        """The next frames, None if none came in so many seconds; `DownError` when none will."""

    def done(self) -> None:
        """The block has been used up."""

    def lost(self) -> Lost:
        """Since the last time."""


class Opened(Struct):
    """An open way to an interface's frames, as the supervisor hands it to a worker."""

    interface: Interface
    link: int
    kind: str  # the receiver it is for
    socket: socket.socket | None = None
    blocks: int = 0  # of the ring
    options: Options = Options()

    def close(self) -> None:
        """The supervisor's part of it; a worker that has it keeps hearing."""
        if self.socket is not None:
            self.socket.close()


def open_interface(interface: Interface, options: Options, program: Sequence[Instruction], group: int) -> Opened:
    """Opens what hears everything on the interface but what the machine itself sends. `group`: number of the set of
    workers that share the interface's flows."""
    if interface.link is None:
        raise LiveError(f"{interface.name}: its link (ARPHRD {interface.hardware}) is not one that the sensor reads")
    if options.receiver == LIBPCAP:
        from sensor.capture.live_libpcap import require

        require()  # what it opens cannot be handed over: the worker opens it, before it gives up its rights
        return Opened(interface, interface.link, LIBPCAP, options=options)
    try:
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)  # hears nothing until it is bound
    except PermissionError:
        raise LiveError(f"{interface.name}: no right to listen; run as root, or with {CAPABILITIES}") from None
    try:
        opened.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        attach(opened, program)
        blocks = _make_room(opened, options)
        if options.promiscuous:
            request = struct.pack("=iHH8s", interface.index, PACKET_MR_PROMISC, 0, b"")
            opened.setsockopt(SOL_PACKET, PACKET_ADD_MEMBERSHIP, request)
        opened.bind((interface.name, ETH_P_ALL))
        if options.workers > 1:
            opened.setsockopt(SOL_PACKET, PACKET_FANOUT, group & 0xFFFF | PACKET_FANOUT_HASH << 16)
    except OSError as error:
        opened.close()
        raise LiveError(f"{interface.name}: cannot be listened on ({error.strerror or error})") from error
    return Opened(interface, interface.link, RING if blocks else PLAIN, opened, blocks)


def _make_room(opened: socket.socket, options: Options) -> int:
    """A ring, whose blocks are counted, or 0 and a long queue where the kernel refuses one."""
    from sensor.capture.live_ring import make_ring
    from sensor.capture.live_socket import make_queue

    if options.receiver == RING and (blocks := make_ring(opened, (options.ring << 20) // options.workers)):
        return blocks
    make_queue(opened)
    return 0


def receive(opened: Opened) -> Receiver:
    """The receiver for what was opened."""
    if opened.socket is None:
        from sensor.capture.live_libpcap import Libpcap, open_handle

        before = _open_descriptors()
        handle = open_handle(opened.interface, opened.options)
        return Libpcap(handle, opened.link, _open_descriptors() - before)
    if opened.kind == RING:
        from sensor.capture.live_ring import Ring

        return Ring(opened.socket, opened.link, opened.blocks)
    from sensor.capture.live_socket import Plain

    return Plain(opened.socket, opened.link)


def _open_descriptors() -> frozenset[int]:
    """Those of this process, of the first few that a fresh worker has."""
    found = set()
    for fd in range(DESCRIPTORS):
        with suppress(OSError):
            os.fstat(fd)
            found.add(fd)
    return frozenset(found)


def went_down(opened: socket.socket) -> None:
    """Raises if the socket has an error pending: the interface is down or gone."""
    error = opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if error in (errno.ENETDOWN, errno.ENODEV, errno.ENXIO):
        raise DownError
    if error:
        raise OSError(error, "listening failed")
