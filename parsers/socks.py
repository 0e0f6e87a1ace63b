"""SOCKS 5: a proxy, and what then passes through it by its own structure. RFC 1928 sections 3, 4, 6; RFC 1929.

  client  5, number of methods 1, methods   [1, name counted 1, password counted 1]   5, command 1, 0, address, port 2
  server  5, method 1                       [1, status 1]                             5, reply 1, 0, address, port 2
  address: kind 1, and 4 bytes, 16 bytes, or a name counted 1

Where to, by whose order and with which password is stepped over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parsers.api import RECEIVER, Anew, Done, Event, Flag, Said, StreamParser, StreamSpec
from parsers.units import Units

VERSION, LOG_IN = 5, 1
METHODS_MAX = 8  # offered; clients offer one to three
CONNECT = 1
SUCCEEDED = 0
ADDRESS = {1: 4, 4: 16}  # by kind; 3 is a name
NAME = 3
PROXY = Said(RECEIVER, (("socks.role", "proxy"),))


def probe(first: bytes) -> bool | None:
    """The methods that a client offers, none twice; it waits for an answer, or goes on in the same way."""
    if first[:1] != bytes([VERSION])[: len(first)]:
        return False
    if len(first) < 2 or len(first) < 2 + first[1] <= 2 + METHODS_MAX:
        return None if len(first) < 2 or first[1] else False
    methods = first[2 : 2 + first[1]]
    if not 0 < len(methods) <= METHODS_MAX or len(set(methods)) < len(methods) or 0xFF in methods:
        return False
    return first[2 + len(methods) : 3 + len(methods)] in (b"", b"\5", b"\1")


def addressed(head: bytes | bytearray) -> int:
    """Length of a request or a reply; 0: more bytes are needed; -1: it is none."""
    if len(head) < 5:
        return 0
    if head[0] != VERSION or head[2]:
        return -1
    if head[3] == NAME:
        return 7 + head[4]
    return 6 + ADDRESS[head[3]] if head[3] in ADDRESS else -1


class Client(Units):
    protocol = "socks"

    def __init__(self) -> None:
        super().__init__()
        self._offered = False

    def measure(self, head: bytes | bytearray) -> int:
        if not self._offered:
            return 2 + head[1] if len(head) > 1 else 0
        if head[0] != LOG_IN:
            return addressed(head)
        password_at = 2 + head[1] if len(head) > 1 else len(head)
        return password_at + 1 + head[password_at] if len(head) > password_at else 0

    def unit(self, data: bytes) -> Iterator[Event]:
        if not self._offered:
            self._offered = True
        elif data[0] == LOG_IN:
            yield Flag("socks.password_in_clear", RECEIVER)
        else:
            yield PROXY
            yield Anew(self.here) if data[1] == CONNECT else Done()


class Server(Units):
    protocol = "socks"

    def __init__(self) -> None:
        super().__init__()
        self._chosen = False

    def measure(self, head: bytes | bytearray) -> int:
        return addressed(head) if self._chosen and head[0] != LOG_IN else 2

    def unit(self, data: bytes) -> Iterable[Event]:
        if not self._chosen or data[0] == LOG_IN:
            self._chosen = True
            return ()
        return (Anew(self.here),) if data[1] == SUCCEEDED else (Done(),)


def make() -> tuple[StreamParser, StreamParser]:
    return Client(), Server()


SPEC = StreamSpec(
    name="socks",
    title="SOCKS",
    ports=frozenset({1080}),
    probe=probe,
    make=make,
    emits={"socks.role": 0.7},
    findings={"socks.password_in_clear": "A password for this proxy crosses the network in clear (SOCKS)."},
    never_reads="where connections go, users, passwords",
)
