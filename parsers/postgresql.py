"""PostgreSQL: version of the server, program of a client, how one logs in. PostgreSQL 15 manual, chapter 55.

  opening of a client   0 length 4   4 196608 (3.0), and names and values, each ending with NUL; or a request for TLS or
                        GSSAPI, which the server answers with one letter: S and G where that begins, N
  later                 0 kind 1   1 length 4   then the data

Of the opening only the program is read, never user or database; the first query ends it all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parsers.api import SENDER, Anew, Done, Event, Flag, Odd, Said, StreamParser, StreamSpec
from parsers.reading import printable, u32
from parsers.units import Units

VERSION_3, TLS, GSSAPI = 196608, 80877103, 80877104
OPENING_MAX = 10000  # as the server's own limit, MAX_STARTUP_PACKET_LENGTH
TLS_HANDSHAKE = 0x16
MESSAGE_HEAD = 5
AUTHENTICATION, STATUS = b"R", b"S"
PASSWORD_IN_CLEAR = 3
STARTING = frozenset(b"RSKNv")  # kinds before the first query: log-in, settings, key, notices, versions
SETTINGS = {b"server_version": "postgresql.version"}
PROGRAM = b"application_name"


def probe(first: bytes) -> bool | None:
    """An opening."""
    if first[:2] != b"\0\0"[: len(first)]:
        return False
    if len(first) < 8:
        return None
    size, code = u32(first, 0), u32(first, 4)
    return (code == VERSION_3 and 9 <= size <= OPENING_MAX) or (code in (TLS, GSSAPI) and size == 8)


class Client(Units):
    protocol = "postgresql"

    def measure(self, head: bytes | bytearray) -> int:
        if head[0] == TLS_HANDSHAKE:
            return -1
        if len(head) < 4:
            return 0
        size = int.from_bytes(head[:4], "big")
        return size if 8 <= size <= OPENING_MAX else -1

    def stranger(self) -> Iterable[Event]:
        return (Anew(self.here),) if self.head[0] == TLS_HANDSHAKE else super().stranger()

    def unit(self, data: bytes) -> Iterator[Event]:
        if u32(data, 4) != VERSION_3:
            return
        parts = data[8:].split(b"\0")
        texts = [printable(value) for name, value in zip(parts[::2], parts[1::2], strict=False) if name == PROGRAM]
        if texts and texts[0]:
            yield Said(SENDER, (("postgresql.application", texts[0]),))
        yield Done()


class Server(Units):
    protocol = "postgresql"

    def __init__(self) -> None:
        super().__init__()
        self._started = False

    def measure(self, head: bytes | bytearray) -> int:
        if head[0] == TLS_HANDSHAKE:
            return -1
        if not self._started and head[0] in b"SGN":  # before a log-in these letters stand alone
            return 1
        if len(head) < MESSAGE_HEAD:
            return 0
        size = int.from_bytes(head[1:MESSAGE_HEAD], "big")
        return 1 + size if size >= 4 else -1

    def stranger(self) -> Iterable[Event]:
        return (Anew(self.here),) if self.head[0] == TLS_HANDSHAKE else super().stranger()

    def unit(self, data: bytes) -> Iterator[Event]:
        if len(data) == 1:
            return
        self._started = True
        if data[0] not in STARTING:
            yield Done()
        elif data[:1] == AUTHENTICATION:
            if len(data) < 9:
                yield Odd("postgresql.malformed")
            elif u32(data, 5) == PASSWORD_IN_CLEAR:
                yield Flag("postgresql.password_in_clear")
        elif data[:1] == STATUS:
            name, _, value = data[MESSAGE_HEAD:].partition(b"\0")
            if name in SETTINGS and (text := printable(value)):
                yield Said(SENDER, ((SETTINGS[name], text),))


def make() -> tuple[StreamParser, StreamParser]:
    return Client(), Server()


SPEC = StreamSpec(
    name="postgresql",
    title="PostgreSQL",
    ports=frozenset({5432}),
    probe=probe,
    make=make,
    emits={"postgresql.version": 0.9, "postgresql.application": 0.6},
    findings={
        "postgresql.password_in_clear": "It asks for a password that then crosses the network in clear (PostgreSQL)."
    },
    never_reads="users, passwords, databases, queries, results",
)
