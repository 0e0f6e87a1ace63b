"""MS-RPC over TCP, for the names of hosts in its authentication. C706 chapter 12; MS-RPCE 2.2.2.11.

  0 version 5   1 minor   2 type   3 flags   4 data representation 4   8 fragment's length 2   10 authentication's 2
  12 call 4   ...   at the end: authentication type 1, level 1, padding 1, 0, context 4, token

Only NTLMSSP in a bind, its answer and what completes it is read. With the first request the direction is done.
"""

from __future__ import annotations

from collections.abc import Iterable

from parsers import ntlmssp, windows_support
from parsers.api import Done, Event, StreamParser, StreamSpec
from parsers.reading import u16, u16le
from parsers.units import Units

HEADER, TRAILER = 16, 8
REQUEST, RESPONSE, FAULT, BIND, BIND_ACK, BIND_NAK, ALTER, ALTER_RESPONSE, AUTH3 = 0, 2, 3, 11, 12, 13, 14, 15, 16
OPENING = frozenset({BIND, BIND_ACK, BIND_NAK, ALTER, ALTER_RESPONSE, AUTH3})
TYPES = OPENING | {REQUEST, RESPONSE, FAULT}
LITTLE_ENDIAN = 0x10


def probe(first: bytes) -> bool | None:
    """The constant parts of the header, and lengths that fit each other."""
    if first and (first[0] != 5 or (len(first) > 1 and first[1] > 1)):
        return False
    return is_header(first) if len(first) >= HEADER else None


def is_header(head: bytes | bytearray) -> bool:
    if head[0] != 5 or head[1] > 1 or head[2] not in TYPES or head[4] not in (0, LITTLE_ENDIAN) or head[5] > 3:
        return False
    size, token = lengths(head)
    return head[6] == head[7] == 0 and size >= HEADER and HEADER + (token and TRAILER + token) <= size


def lengths(head: bytes | bytearray) -> tuple[int, int]:
    """Of the fragment and of the token at its end."""
    read = u16le if head[4] == LITTLE_ENDIAN else u16
    return read(bytes(head[8:10]), 0), read(bytes(head[10:12]), 0)


class Binding(Units):
    protocol = "msrpc"

    def measure(self, head: bytes | bytearray) -> int:
        if len(head) < HEADER:
            return 0
        return lengths(head)[0] if is_header(head) and head[2] in OPENING else -1

    def stranger(self) -> Iterable[Event]:
        return (Done(),) if is_header(self.head) else super().stranger()

    def unit(self, data: bytes) -> Iterable[Event]:
        token = lengths(data)[1]
        return ntlmssp.read(data[len(data) - token :], "msrpc") if token else ()


def make() -> tuple[StreamParser, StreamParser]:
    return Binding(), Binding()


SPEC = StreamSpec(
    name="msrpc",
    title="MS-RPC",
    ports=frozenset({135, 593}),
    probe=probe,
    make=make,
    emits=ntlmssp.emits("msrpc"),
    findings=windows_support.findings("msrpc"),
    never_reads="interfaces, calls and their arguments, users, responses to challenges",
)
