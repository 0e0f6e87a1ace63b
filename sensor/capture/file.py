"""Captures in: pcap and pcapng, plain or packed, files or standard input, as blocks of bytes with record tables.

Memory does not grow with the file. A cut or damaged file is read up to the damage, and `Capture.faults` says where.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from sensor.capture.headers import Header, NotCaptureError, Pcapng, file_header, unsupported
from sensor.capture.identity import ID_LENGTH, file_id, joined_id
from sensor.capture.source import STANDARD_INPUT, CaptureError, Source
from sensor.wire.records import R_TIME, RECORD_MAX, Records

BLOCK = 1 << 18  # bytes read at a time: verdicts act from the next block on, and larger ones are not read faster
FRAMES = 1 << 14  # rows of a record table, 640 KiB: more than 1 MiB of frames of 64 bytes have
HEADER_MAX = 24  # bytes that decide what a file is


class Block(Struct):
    """Frames as they lie in a buffer. Buffer and table are used again for the next block."""

    data: bytearray | memoryview
    records: memoryview  # of 64-bit integers, R_COLUMNS for each frame
    count: int  # frames
    read: int  # bytes of the capture, as it lies on disk, that were read so far


class Capture:
    """One capture: a file, a stream, or several files read as one."""

    def __init__(self, paths: Sequence[str], block: int, frames: int, sha256: bool, joined: bool) -> None:
        self.name = _name(paths)
        self.size: int | None = 0  # bytes on disk; None for a stream
        self.id = ""  # of a stream: known when it has been read
        self.faults: list[str] = []
        self.counters: dict[str, int] = {}
        self.links: dict[int, int] = {}  # link type -> frames
        self.refused: dict[int, int] = {}  # link type that is not read -> frames
        self._joined = joined
        self._paths = paths
        self._block = block
        self._frames = frames
        self._stream: _Part | None = None
        ids = []
        for path in paths:
            part = _Part(path, block, frames)
            if part.source.raw.stream:
                self._stream = part
                self.size = None
                continue
            part.source.close()
            ids.append(file_id(path, whole=sha256))
            self.size = (self.size or 0) + (part.source.raw.size or 0)
        if self._stream is None:
            twice = [path for number, path in enumerate(paths) if ids[number] in ids[:number]]
            if twice:
                raise CaptureError(f"{twice[0]}: the same capture is to be joined twice; name it once")
            self.id = joined_id(ids)

    def blocks(self) -> Iterator[Block]:
        """Each block is to be used up before the next is asked for. A stream can be read only once."""
        self.faults.clear()
        for counts in (self.counters, self.links, self.refused):
            counts.clear()
        before = 0
        for path in self._paths:
            part = self._stream or _Part(path, self._block, self._frames)
            try:
                for block in part.blocks():
                    block.read += before
                    yield block
                before += part.source.raw.consumed
                if part.source.raw.stream:
                    self.id = part.source.raw.whole_hash()[:ID_LENGTH]
            finally:
                part.finish()
                self._add(part)
        if self.refused and not self.counters["capture.frames"]:
            raise CaptureError(f"{self.name}: {unsupported(list(self.refused))}")

    def _add(self, part: _Part) -> None:
        for name, count in part.counters.items():
            self.counters[name] = self.counters.get(name, 0) + count
        for mine, its in ((self.links, part.records.links), (self.refused, part.records.refused)):
            for link, frames in its.items():
                mine[link] = mine.get(link, 0) + frames
        if part.fault:
            self.faults.append(f"{_name([part.path])}: {part.fault}" if self._joined else part.fault)


def open_capture(path: str | Path, *, block: int = BLOCK, frames: int = FRAMES, sha256: bool = False) -> Capture:
    """A file, or "-" for standard input. block, frames: how much a block holds at most; they never change a result.
    sha256: the id is a hash of the whole file. `CaptureError` if it is no capture."""
    return Capture([str(path)], block, frames, sha256, joined=False)


def joined(paths: Iterable[str | Path], *, block: int = BLOCK, frames: int = FRAMES, sha256: bool = False) -> Capture:
    """Several files read in sequence as one capture, in the order of their first frames; ties stay as given."""
    named = [str(path) for path in paths]
    if not named:
        raise CaptureError("no captures to join; name at least one")
    if len(named) > 1 and STANDARD_INPUT in named:
        raise CaptureError("standard input cannot be joined with files; save it to a file first")
    return Capture(sorted(named, key=_first_time) if len(named) > 1 else named, block, frames, sha256, joined=True)


def _first_time(path: str) -> tuple[bool, int]:
    """Sorts captures; one without frames comes last."""
    part = _Part(path, 1 << 16, 1)
    try:
        if part.source.raw.stream:
            raise CaptureError(f"{path}: a pipe cannot be joined with files; save it to a file first")
        for block in part.blocks():
            return False, int(block.records[R_TIME])
    finally:
        part.source.close()
    return True, 0


def _name(paths: Sequence[str]) -> str:
    first = os.fsencode(Path(paths[0]).name).decode("utf-8", "replace")  # a name need not be UTF-8 on disk
    return f"{first}+{len(paths) - 1}" if len(paths) > 1 else first


class _Part:
    """One file while it is read."""

    def __init__(self, path: str, block: int, frames: int) -> None:
        self.path = path
        self.fault = ""
        self.records = Records(frames)
        self.source = Source(path)
        self._block = max(1, block)
        self._buffer = bytearray(self._block + RECORD_MAX)
        self._filled = 0
        self._base = 0  # offset of the buffer's first byte in the unpacked file
        self.counters = {"capture.cut": 0, "capture.damaged": 0}
        try:
            self._header = self._open()
        except NotCaptureError as reason:
            self.source.close()
            raise CaptureError(f"{path}: {reason}") from None

    def _open(self) -> Header:
        with memoryview(self._buffer) as view:
            while self._filled < HEADER_MAX and self._read(view[: self._filled + HEADER_MAX]):
                pass
        if self._filled < 4 and self.source.fault:
            raise NotCaptureError(f"holds no capture that can be read: {self.source.fault}; copy or record it again")
        return file_header(bytes(self._buffer[: self._filled]))

    def _read(self, view: memoryview) -> int:
        got = self.source.readinto(view[self._filled : self._filled + self._block])
        self._filled += got
        return got

    def finish(self) -> None:
        """Counts what was read and lets go of the file."""
        self.counters |= self.records.counters()
        self.source.close()

    def blocks(self) -> Iterator[Block]:
        header = self._header
        pcapng = Pcapng(self.records)
        if header.pcapng:
            self.records.section(big=False)  # until the first block says otherwise
        else:
            self.records.pcap(big=header.big, unit=header.unit, header=header.record, link=header.link)
        at = header.length
        view = memoryview(self._buffer)
        while True:
            ended = "full"
            while ended == "full":
                count, at, ended = self.records.scan(self._buffer, at, self._filled)
                if count:
                    yield Block(self._buffer, self.records.table, count, self.source.raw.consumed)
                if ended == "head":
                    length, damage = pcapng.block(self._buffer, at, self._filled)
                    at += length
                    ended = damage or ("full" if length else "more")
            if ended != "more":
                self.counters["capture.damaged"] = 1
                self.fault = f"damaged {ended} at {self._place(self._base + at)}"
                return
            at = self._carry(view, at)
            if not self._read(view):
                break
        self._end(whole=self._filled == at and not self.records.inside_block)

    def _carry(self, view: memoryview, at: int) -> int:
        """Moves the unfinished record to the front. Where it begins, past the front if bytes are to be skipped."""
        rest = max(0, self._filled - at)
        view[:rest] = view[self._filled - rest : self._filled]
        passed = self._filled - rest
        self._base += passed
        self._filled = rest
        return at - passed

    def _end(self, *, whole: bool) -> None:
        """The bytes have ended: where they should?"""
        if self.source.fault:
            self.counters["capture.cut" if self.source.cut else "capture.damaged"] = 1
            self.fault = f"{self.source.fault}; read up to {self._place(self._base + self._filled)}"
        elif not whole:
            self.counters["capture.cut"] = 1
            self.fault = f"cut at {self._place(self._base + self._filled)}"

    def _place(self, at: int) -> str:
        of = f" of the unpacked {self.source.packing} data" if self.source.packing else ""
        return f"byte {at}{of}, after frame {self.records.frames}; what follows is not read"
