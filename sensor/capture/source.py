"""The bytes of a capture in order, from a file or a stream, unpacked if packed with gzip (RFC 1952) or zstd (RFC 8878).

Packed data is unpacked in pieces of a bounded size whatever it claims, and what comes before damage is given out.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import zlib
from collections.abc import Iterator

import zstandard

PIECE = 1 << 18  # bytes read from a compressed file at a time, and unpacked at a time: big enough to be quick
ZSTD_WINDOW_MAX = 1 << 27  # memory that a zstd file may ask for; what `zstd --long` makes and unpacks by default
ZSTD_BLOCK_MAX = 1 << 17  # RFC 8878 section 3.1.1.2.4

GZIP_HEADER = zlib.MAX_WBITS | 16  # zlib's way of saying that the data has gzip's header and checksum
GZIP = b"\x1f\x8b\x08"
ZSTD = b"\x28\xb5\x2f\xfd"
STANDARD_INPUT = "-"


class CaptureError(Exception):
    """A capture that cannot be read at all; the text is one line that says what to do."""


class DamageError(Exception):
    """Inside this package: compressed data that cannot be unpacked any further."""


class CutError(DamageError):
    """It ends before its time."""


class Raw:
    """The bytes as they lie on disk or come down a pipe."""

    def __init__(self, path: str) -> None:
        self.stream = path == STANDARD_INPUT
        self.consumed = 0  # bytes read so far
        self.size: int | None = None
        self.fault = ""  # why reading ended early
        self._head = b""  # looked at, not yet read
        self._hash = hashlib.sha256()
        try:
            if self.stream:
                file = io.FileIO(0, closefd=False)
            else:
                file = io.FileIO(path)
                status = os.fstat(file.fileno())
                self.stream = not stat.S_ISREG(status.st_mode)
                self.size = None if self.stream else status.st_size
            self._file = io.BufferedReader(file, PIECE)
        except OSError as error:
            raise CaptureError(refusal(path, error)) from error

    def readinto(self, view: memoryview) -> int:
        if self._head:
            count = min(len(self._head), len(view))
            view[:count] = self._head[:count]
            self._head = self._head[count:]
            self.consumed += count
            return count
        try:
            count = self._file.readinto1(view)  # what is there, not all that fits: a pipe may be slow
        except OSError as error:
            self.fault = f"reading failed at byte {self.consumed}: {error.strerror or error}"
            return 0
        if self.stream:
            self._hash.update(view[:count])
        self.consumed += count
        return count

    def read(self, count: int) -> bytes:
        """`count` bytes, fewer only at the end."""
        data = bytearray(count)
        filled = 0
        with memoryview(data) as view:
            while filled < count:
                got = self.readinto(view[filled:])
                if not got:
                    break
                filled += got
        return bytes(data[:filled])

    def peek(self, count: int) -> bytes:
        """The next `count` bytes, fewer only at the end; they stay to be read."""
        data = self.read(count)
        self.consumed -= len(data)
        self._head = data + self._head
        return data

    def whole_hash(self) -> str:
        """Of a stream: SHA-256 of all of it, what was not read by now included."""
        piece = memoryview(bytearray(PIECE))
        while self.readinto(piece):
            pass
        return self._hash.hexdigest()

    def close(self) -> None:
        self._file.close()


class Source:
    """What a reader of captures reads: `readinto`, and afterwards `fault` if the bytes ended before their time."""

    def __init__(self, path: str) -> None:
        self.raw = Raw(path)
        self.fault = ""
        self.cut = False  # the fault is an early end
        self.packing = ""
        magic = self.raw.peek(4)
        if magic[:3] == GZIP:
            self.packing = "gzip"
            self._pieces = gunzip(self.raw)
        elif magic == ZSTD or is_skippable(magic):
            self.packing = "zstd"
            self._pieces = unzstd(self.raw)
        self._held = memoryview(b"")

    def readinto(self, view: memoryview) -> int:
        """Fills a part of the view; 0 at the end."""
        if not self.packing:
            count = self.raw.readinto(view)
            self.fault = self.raw.fault
            return count
        while not self._held:
            try:
                piece = next(self._pieces, None)
            except DamageError as damage:
                self.fault = self.raw.fault or str(damage)
                self.cut = isinstance(damage, CutError) and not self.raw.fault
                return 0
            if piece is None:
                self.fault = self.raw.fault
                return 0
            self._held = memoryview(piece)
        count = min(len(self._held), len(view))
        view[:count] = self._held[:count]
        self._held = self._held[count:]
        return count

    def close(self) -> None:
        self.raw.close()


def gunzip(raw: Raw) -> Iterator[bytes]:
    """Members one after another; zeros between and after them are padding, as tapes leave it."""
    decoder = zlib.decompressobj(GZIP_HEADER)
    data = raw.read(PIECE)
    while data:
        before = decoder.copy()
        try:
            piece = decoder.decompress(data, PIECE)
        except zlib.error:
            good, at = _good_part(before, data)
            if good:
                yield good
            raise DamageError(f"the gzip data is damaged at byte {raw.consumed - len(data) + at}") from None
        if piece:
            yield piece
        if not decoder.eof:
            data = decoder.unconsumed_tail or raw.read(PIECE)
            continue
        data = decoder.unused_data.lstrip(b"\0")
        while not data:
            read = raw.read(PIECE)
            if not read:
                return
            data = read.lstrip(b"\0")
        decoder = zlib.decompressobj(GZIP_HEADER)
    rest = decoder.flush()
    if rest:
        yield rest
    raise CutError(f"the gzip data is cut: the file ends at byte {raw.consumed}")


def _good_part(decoder: zlib._Decompress, data: bytes) -> tuple[bytes, int]:
    """What unpacks before the byte at which it fails, and which byte that is."""
    good = bytearray()
    for at in range(len(data)):
        try:
            good += decoder.decompress(data[at : at + 1])
        except zlib.error:
            return bytes(good), at
    return bytes(good), len(data)


def is_skippable(magic: bytes) -> bool:
    """A zstd frame that holds no data (RFC 8878 section 3.1.2)."""
    return len(magic) == 4 and 0x50 <= magic[0] <= 0x5F and magic[1:] == b"\x2a\x4d\x18"


def unzstd(raw: Raw) -> Iterator[bytes]:
    """Frames one after another, handed to the library block by block, so that no piece unpacks to more than a block."""
    unpacker = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_MAX)
    while magic := raw.read(4):
        if is_skippable(magic):
            left = int.from_bytes(_exactly(raw, 4), "little")
            while left:
                left -= len(_exactly(raw, min(left, PIECE)))
            continue
        if magic != ZSTD:
            raise DamageError(f"the zstd data is damaged before byte {raw.consumed} of the file")
        decoder = unpacker.decompressobj()
        try:
            for part in _zstd_parts(raw, magic):
                piece = decoder.decompress(part)
                if piece:
                    yield piece
        except zstandard.ZstdError as error:
            raise DamageError(f"the zstd data is damaged before byte {raw.consumed} of the file ({error})") from None


def _zstd_parts(raw: Raw, magic: bytes) -> Iterator[bytes]:
    """A frame's header, its blocks, its checksum (RFC 8878 section 3.1.1)."""
    descriptor = _exactly(raw, 1)
    bits = descriptor[0]
    single = bits >> 5 & 1
    size = (0 if single else 1) + (0, 1, 2, 4)[bits & 3] + (single, 2, 4, 8)[bits >> 6]
    yield magic + descriptor + _exactly(raw, size)
    last = 0
    while not last:
        header = _exactly(raw, 3)
        fields = int.from_bytes(header, "little")
        last = fields & 1
        length = 1 if fields >> 1 & 3 == 1 else fields >> 3  # type 1 repeats one byte
        if length > ZSTD_BLOCK_MAX:
            raise DamageError(f"the zstd data is damaged before byte {raw.consumed} of the file (block length)")
        yield header + _exactly(raw, length)
    if bits >> 2 & 1:
        yield _exactly(raw, 4)


def _exactly(raw: Raw, count: int) -> bytes:
    data = raw.read(count)
    if len(data) < count:
        raise CutError(f"the zstd data is cut: the file ends at byte {raw.consumed}")
    return data


def refusal(path: str, error: OSError) -> str:
    """One line for a file that the system does not let us read."""
    if isinstance(error, FileNotFoundError):
        return f"{path}: no such file; check the name"
    if isinstance(error, PermissionError):
        return f"{path}: permission denied; run as a user who may read it"
    return f"{path}: cannot be read ({error.strerror or error})"
