"""Services of text lines that greet (FTP, SMTP, POP, IMAP): the framing, and what is left of a greeting.

TLS begins where a line would: that is STARTTLS, AUTH TLS or STLS agreed on, and the direction is another protocol's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from parsers.api import Anew, Done, Event
from parsers.reading import printable
from parsers.units import Units

LINE_MAX = 1024  # RFC 5321 section 4.5.3.1: 512, 998 for text; RFC 2449 section 4: 512
LINES_MAX = 256  # of a direction: those before a log-in are few
TLS_HANDSHAKE = 0x16
CLEAR_MECHANISMS = frozenset({b"PLAIN", b"LOGIN"})

_CAPABILITIES = re.compile(rb"\[CAPABILITY [^\]]*\]")  # RFC 3501 section 7.1; longer than what is kept of a text
# The time of day, the number of a visitor, a stamp for APOP (RFC 1939 section 7)
_PASSING = re.compile(
    r"<[^<>]*>"
    r"|[;,]? *(?:(?:is )?ready,? *)?(?:at *)?\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*"
    r"|[;,]? *\d{4}-\d\d-\d\d[ T]\d\d:\d\d.*"
)


class Lines(Units):
    """One direction. Holds one line."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0

    def line(self, text: bytes) -> Iterable[Event]:
        """Reads one, without its end."""
        raise NotImplementedError

    def measure(self, head: bytes | bytearray) -> int:
        if head[0] == TLS_HANDSHAKE:
            return -1
        return len(head) if head[-1] == 10 else 0 if len(head) < LINE_MAX else -1

    def unit(self, data: bytes) -> Iterable[Event]:
        self._count += 1
        if self._count > LINES_MAX:
            return (Done(),)
        return self.line(data.rstrip(b"\r\n"))

    def stranger(self) -> Iterable[Event]:
        return (Anew(self.here),) if self.head[0] == TLS_HANDSHAKE else super().stranger()


def lasting(text: bytes) -> str:
    """A greeting without what is another one tomorrow."""
    return " ".join(_PASSING.sub("", printable(_CAPABILITIES.sub(b"", text))).split())


def words(line: bytes, count: int) -> list[bytes]:
    """The first words of a command in capitals: at most `count`, and never what a log-in is made of."""
    return [word.upper() for word in line[:LINE_MAX].split(None, count)[:count]]
