"""Frames through libpcap (pcapy-ng): wherever libpcap runs, at the price of a copy and a call for each frame."""

from __future__ import annotations

import select
import struct
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Protocol

from sensor.capture.file import Block
from sensor.capture.live import CAPABILITIES, LIBPCAP, DownError, LiveError, Lost, Options
from sensor.capture.live_filter import WHOLE
from sensor.capture.live_interface import Interface

FRAMES = 2048  # in a block
COLUMNS = 5
TIMEOUT = 50  # ms that libpcap gathers frames
NO_PCAPY = "the receiver libpcap needs the package pcapy-ng; install it with: pip install 'auscult[live]'"


class Handle(Protocol):
    """What is used of pcapy's reader."""

    def dispatch(self, most: int, take: Callable[[Any, bytes], None]) -> int: ...
    def getfd(self) -> int: ...
    def stats(self) -> tuple[int, int, int]: ...
    def close(self) -> None: ...


def require() -> None:
    """`LiveError` if the package is not there."""
    if find_spec("pcapy") is None:
        raise LiveError(NO_PCAPY)


def open_handle(interface: Interface, options: Options) -> Handle:
    """Opens the interface; `LiveError` where that cannot be."""
    import pcapy

    try:
        handle = pcapy.create(interface.name)
        handle.set_snaplen(options.snap or WHOLE)
        handle.set_promisc(int(options.promiscuous))
        handle.set_timeout(TIMEOUT)
        handle.set_buffer_size(options.ring << 20)
        handle.activate()
        handle.setdirection(pcapy.PCAP_D_IN)
        handle.setnonblock(1)
        if options.filter:
            handle.setfilter(options.filter)
    except pcapy.PcapError as error:
        raise LiveError(f"{interface.name}: libpcap cannot listen ({error}); it needs {CAPABILITIES}") from None
    reading: Handle = handle
    return reading


class Libpcap:
    """Copies what libpcap has into a block."""

    kind = LIBPCAP

    def __init__(self, handle: Handle, link: int, descriptors: frozenset[int]) -> None:
        """descriptors: those that libpcap opened, which are more than the socket."""
        import pcapy

        self.descriptors = descriptors
        self._error = pcapy.PcapError
        self._handle = handle
        self._link = link
        self._frames = bytearray()
        self._rows: list[bytes] = []
        self._poll = select.poll()
        self._poll.register(handle.getfd(), select.POLLIN | select.POLLERR)
        self._before = Lost()

    def fileno(self) -> int:
        """To wait for frames together with other things."""
        return self._handle.getfd()

    def next(self, timeout: float) -> Block | None:
        """What libpcap has by now."""
        self._poll.poll(timeout * 1000)
        self._frames, self._rows = bytearray(), []
        try:
            self._handle.dispatch(FRAMES, self._take)
        except self._error:
            if not self._rows:
                raise DownError from None
        if not self._rows:
            return None
        table = memoryview(bytearray().join(self._rows)).cast("q")
        return Block(self._frames, table, len(self._rows), 0)

    def done(self) -> None:
        """The buffer is ours in any case."""

    def lost(self) -> Lost:
        """libpcap counts from the beginning."""
        seen, dropped, _ = self._handle.stats()
        now = Lost(seen, dropped)
        gone = Lost(now.seen - self._before.seen, now.dropped - self._before.dropped)
        self._before = now
        return gone

    def _take(self, header: Any, frame: bytes) -> None:
        seconds, microseconds = header.getts()
        stamp = seconds * 10**9 + microseconds * 1000
        self._rows.append(struct.pack("=5q", stamp, len(self._frames), len(frame), header.getlen(), self._link))
        self._frames += frame
