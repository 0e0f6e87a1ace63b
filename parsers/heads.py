"""Messages of the kind of RFC 822 in a stream (SIP, RTSP): a head of lines, a blank line, a body of Content-Length."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from parsers.api import Done, Event, Odd
from parsers.units import UNIT_MAX, Units

HEAD_MAX = 16 * 1024  # bytes; SIP's longest, with routes and certificates, are under 8 KiB
LINES_MAX = 128

Headers = list[tuple[bytes, bytes]]  # lower-case name, value


class Head(Struct, frozen=True):
    """Of one message."""

    first: bytes  # line
    headers: Headers
    whole: bytes


class Heads(Units):
    """One direction. Holds one head, or one body."""

    def __init__(self) -> None:
        super().__init__()
        self._body = 0

    def message(self, head: Head) -> Iterable[Event]:
        """Reads one."""
        raise NotImplementedError

    def body(self, _data: bytes) -> Iterable[Event]:
        """Reads what belongs to the last one. Few want it."""
        return ()

    def measure(self, head: bytes | bytearray) -> int:
        if self._body:
            return self._body
        if head[-1] == 10 and (len(head) <= 2 or head[-4:] == b"\r\n\r\n" or head[-2:] == b"\n\n"):
            return len(head)
        return 0 if len(head) < HEAD_MAX else -1

    def unit(self, data: bytes) -> Iterable[Event]:
        if self._body:
            self._body = 0
            return self.body(data)
        if len(data) <= 2:  # between messages: to keep a connection open (RFC 5626 section 3.5.1)
            return () if data in (b"\r\n", b"\n") else self.stranger()
        first, headers = split(data)
        length = next((value for name, value in headers if name in (b"content-length", b"l")), b"0")
        if not length.isdigit() or len(length) > 6 or int(length) > UNIT_MAX:
            return (Odd(f"{self.protocol}.bad_length"), Done())
        self._body = int(length)
        return self.message(Head(first, headers, data))


def split(head: bytes) -> tuple[bytes, Headers]:
    """The first line, and the headers; lines that go on with white space are left out."""
    first, *lines = head[:HEAD_MAX].split(b"\n", LINES_MAX)
    headers = []
    for line in lines[: LINES_MAX - 1]:
        if not line.strip():
            break
        name, colon, value = line.partition(b":")
        if colon and line[:1] not in b" \t":
            headers.append((name.strip().lower(), value.strip()))
    return first.strip(), headers


def values(headers: Headers, *names: bytes) -> list[bytes]:
    return [value for name, value in headers if name in names]
