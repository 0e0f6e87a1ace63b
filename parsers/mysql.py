"""MySQL and MariaDB: version of the server, program and system of a client. MySQL internals: connection phase packets.

  packet      0 length 3 (little-endian)   3 number 1   then the data
  greeting    0 protocol 10   1 version, NUL
  answer      0 capabilities 4   4 largest packet 4   8 character set 1   9 zeros 23   32 user, NUL   then what the
              capabilities tell: the proof, a database, a plug-in, attributes; cut off at 32 it announces TLS

User, proof and database are stepped over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parsers.api import SENDER, Anew, Done, Event, Odd, Said, StreamParser, StreamSpec
from parsers.reading import printable, u32le
from parsers.units import Units

HEAD = 4
PROTOCOL = 10
TLS_RECORD = b"\x16\x03"  # would be the length of a packet that is too long for an opening
FIXED = 32
VERSION_MAX = 64
DATABASE, PROTOCOL_41, PLUGIN, ATTRIBUTES = 1 << 3, 1 << 9, 1 << 19, 1 << 20
ATTRIBUTES_MAX = 16
WANTED = {b"program_name": "mysql.application", b"_os": "mysql.client_os", b"_client_version": "mysql.client_version"}


def probe(first: bytes) -> bool | None:
    """A greeting: number 0, protocol 10, a version that begins with a digit."""
    if first[1:5] != b"\0\0\0\x0a"[: len(first[1:5])]:
        return False
    if len(first) < 6:
        return None
    end = first.find(b"\0", 5, 5 + VERSION_MAX)
    if end < 0:
        return None if len(first) < 5 + VERSION_MAX else False
    return 5 < end < HEAD + first[0] and first[5:6].isdigit() and first[5:end].isascii()


class Packets(Units):
    protocol = "mysql"

    def measure(self, head: bytes | bytearray) -> int:
        if len(head) < HEAD:
            return 0
        if head[:2] == TLS_RECORD:
            return -1
        return HEAD + (head[0] | head[1] << 8 | head[2] << 16)

    def stranger(self) -> Iterable[Event]:
        return (Anew(self.here),)


class Client(Packets):
    def unit(self, data: bytes) -> Iterator[Event]:
        body = data[HEAD:]
        if len(body) == FIXED:
            return  # TLS comes
        fields = attributes(body)
        if fields is None:
            yield Odd("mysql.malformed")
        elif fields:
            yield Said(SENDER, fields)
        yield Done()


class Server(Packets):
    def __init__(self) -> None:
        super().__init__()
        self._greeted = False

    def unit(self, data: bytes) -> Iterator[Event]:
        if self._greeted or data[HEAD : HEAD + 1] != bytes([PROTOCOL]):
            yield Done()
            return
        self._greeted = True
        version = printable(data[HEAD + 1 : HEAD + 1 + VERSION_MAX].partition(b"\0")[0])
        if version:
            yield Said(SENDER, (("mysql.version", version),))


def attributes(body: bytes) -> tuple[tuple[str, str], ...] | None:
    """What a client says of itself; None where it breaks off."""
    if len(body) < FIXED:
        return None
    flags = u32le(body, 0)
    if not flags & PROTOCOL_41 or not flags & ATTRIBUTES:
        return ()
    at = after_text(body, FIXED)
    at = sized(body, at)[1]  # the proof: its length is in one byte, or so encoded that a short one is
    if flags & DATABASE:
        at = after_text(body, at)
    if flags & PLUGIN:
        at = after_text(body, at)
    told, _ = sized(body, at)
    if told is None:
        return None
    fields: list[tuple[str, str]] = []
    at = 0
    for _ in range(ATTRIBUTES_MAX):
        name, at = sized(told, at)
        value, at = sized(told, at)
        if name is None or value is None:
            break
        if name in WANTED and (text := printable(value)):
            fields.append((WANTED[name], text))
    return tuple(dict.fromkeys(fields))


def after_text(body: bytes, at: int) -> int:
    """Behind a text that ends with NUL."""
    end = body.find(b"\0", at)
    return end + 1 if end >= 0 else len(body)


def sized(body: bytes, at: int) -> tuple[bytes | None, int]:
    """Bytes behind their length ("length-encoded": one byte, or FC and two), and the place behind them."""
    if at >= len(body):
        return None, len(body)
    size, begin = body[at], at + 1
    if size == 0xFC and at + 3 <= len(body):
        size, begin = body[at + 1] | body[at + 2] << 8, at + 3
    elif size > 0xFA:
        return None, len(body)
    stop = begin + size
    return (body[begin:stop], stop) if stop <= len(body) else (None, len(body))


def make() -> tuple[StreamParser, StreamParser]:
    return Client(), Server()


SPEC = StreamSpec(
    name="mysql",
    title="MySQL and MariaDB",
    ports=frozenset({3306}),
    probe=probe,
    make=make,
    emits={"mysql.version": 0.9, "mysql.application": 0.6, "mysql.client_os": 0.7, "mysql.client_version": 0.7},
    never_reads="users, passwords, databases, queries, the name of the client's user",
)
