"""Bodies of HTTP that are handed on to other parsers: whole, uncompressed, or an excerpt. RFC 9110 section 8.4."""

from __future__ import annotations

import zlib

from parsers.api import CARRIED_MAX
from parsers.sdc_names import WANTED
from parsers.soap import Excerpt, Wanted

# Images, of which only the beginning is handed on: it names the device, and the rest is pixels
PARTS = "multipart/related"
IMAGES = frozenset({"application/dicom", PARTS})
IMAGE_HEAD_MAX = 20 * 1024  # bytes of one: the head of a part, that of a file, and 16 KiB of data set
LONG_MAX = 1 << 20  # plain bytes of a body of which an excerpt is made: an SDC device with all its alarms has 0.4 MiB
COMPRESSED = frozenset({b"gzip", b"x-gzip"})
GZIP = 16 + zlib.MAX_WBITS  # zlib: a stream with the head and tail of gzip

# What is wanted of a body that is too long to be handed on whole, by media type: elements of XML
EXCERPTS = {"application/soap+xml": WANTED}


class Body:
    """One that is under way. Holds at most CARRIED_MAX plain bytes of it, or the excerpt instead."""

    def __init__(self, kind: str, *, compressed: bool) -> None:
        self.carrier = f"http:{kind}"
        self.tells_its_end = kind.endswith("xml") or kind in IMAGES
        self.odd = ""  # why it is not handed on
        self._inflate = zlib.decompressobj(GZIP) if compressed else None
        self._wanted: Wanted | None = EXCERPTS.get(kind)
        self._head = IMAGE_HEAD_MAX if kind in IMAGES else 0
        self._max = LONG_MAX if self._wanted else CARRIED_MAX
        self._taken = 0  # bytes as they came
        self._size = 0  # plain bytes
        self._held = bytearray()
        self._excerpt: Excerpt | None = None

    @property
    def is_over(self) -> bool:
        """Nothing more of it is wanted."""
        return bool(self.odd) or 0 < self._head <= self._size

    def expects(self, more: int) -> None:
        """So many bytes are still to come, at least."""
        if not self._head and self._taken + more > (self._max if self._inflate is None else CARRIED_MAX):
            self.odd = "unit_too_long"

    def take(self, data: bytes) -> None:
        self._taken += len(data)
        if self._inflate is None:
            self._plain(data)
            return
        try:
            self._plain(self._inflate.decompress(data, max(1, self._max + 1 - self._size)))
        except zlib.error:
            self.odd = "bad_encoding"

    def whole(self) -> bytes:
        """What is handed on, now that it has ended."""
        if self._inflate is not None and not self._inflate.eof and not self.is_over:
            self.odd = "bad_encoding"
        if self.odd:
            return b""
        return bytes(self._held) if self._excerpt is None else self._excerpt.whole()

    def _plain(self, data: bytes) -> None:
        self._size += len(data)
        if self._head:
            self._held += data[: self._head - len(self._held)]
        elif self._size > self._max:
            self.odd = "unit_too_long"
        elif self._excerpt is not None:
            self._excerpt.take(data)
        else:
            self._held += data
            if self._size > CARRIED_MAX and self._wanted:
                self._excerpt = Excerpt(self._wanted, CARRIED_MAX)
                self._excerpt.take(bytes(self._held))
                self._held.clear()
