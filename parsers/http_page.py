"""The title of a page: HTML Living Standard section 4.2.2, as programs and devices write it."""

from __future__ import annotations

import html
import re

from parsers.api import TEXT_MAX
from parsers.reading import clean

TITLE_WITHIN = 4096  # bytes of a page in which its title is looked for
ENCODINGS = {b"utf-8": "utf-8", b"iso-8859-1": "latin-1", b"windows-1252": "cp1252", b"iso-8859-15": "iso8859-15"}
_TITLE = re.compile(rb"<title(?:\s[^<>]{0,200})?>([^<]{0,1000})</title", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s*=\s*\"?([A-Za-z0-9_-]{3,20})", re.IGNORECASE)


class Page:
    """Holds its beginning."""

    def __init__(self, content_type: bytes) -> None:
        charset = _CHARSET.search(content_type)
        self._encoding = ENCODINGS.get(charset[1].lower(), "utf-8") if charset else "utf-8"
        self._held = bytearray()

    @property
    def full(self) -> bool:
        """A title that has not come by now will not."""
        return len(self._held) == TITLE_WITHIN

    def take(self, data: bytes) -> None:
        self._held += data[: TITLE_WITHIN - len(self._held)]

    def title(self) -> str:
        """As far as the page has come."""
        found = _TITLE.search(self._held)
        return " ".join(html.unescape(clean(found[1], self._encoding)).split())[:TEXT_MAX] if found is not None else ""
