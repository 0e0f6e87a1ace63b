"""XMPP: the domain of a chat server, and where TLS begins in its stream. RFC 6120 sections 4.7, 5.4, 6.4.

  client  <stream:stream to='domain' ...>   <starttls .../>   TLS
  server  <stream:stream from='domain' ...>   <stream:features> ...   <proceed .../>   TLS

No byte of XML is that with which TLS begins, so it is looked for. Who the client is, and all that is said, is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.api import RECEIVER, SENDER, Anew, Done, Event, Flag, Odd, Said, StreamParser, StreamSpec
from parsers.reading import printable

OPENING_MAX = 8 * 1024  # bytes of a direction before TLS: a header, a list of features and a few words
DECLARATION_MAX = 128  # "<?xml version='1.0' encoding='utf-8'?>" and blanks
TLS_HANDSHAKE = 0x16
HEADER = b"<stream:stream"

_FROM = re.compile(rb"<stream:stream\s[^>]*?\bfrom=['\"]([A-Za-z0-9][A-Za-z0-9.-]{0,252})['\"]")
_CLEAR = re.compile(rb"<auth\s[^>]*?\bmechanism=['\"]PLAIN['\"]")


def probe(first: bytes) -> bool | None:
    """A stream's header, behind an XML declaration or without one."""
    rest = first
    if first.startswith(b"<?xml"):
        end = first.find(b"?>")
        if end < 0:
            return None if len(first) < DECLARATION_MAX else False
        rest = first[end + 2 :].lstrip()
    if len(rest) < len(HEADER):
        begun = HEADER.startswith(rest) or b"<?xml".startswith(rest)
        return None if begun and len(first) < DECLARATION_MAX else False
    return rest.startswith(HEADER)


class Opening:
    """One direction up to TLS. Holds all of it, and reads it once."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._next = -1

    def feed(self, data: bytes, at: int) -> Iterator[Event]:
        if self._next >= 0 and at != self._next:
            yield Odd("xmpp.gap")
            yield Done()
            return
        self._next = at + len(data)
        room = OPENING_MAX - len(self._held)
        begins = data.find(TLS_HANDSHAKE, 0, room)
        self._held += data[: begins if begins >= 0 else room]
        if begins >= 0 or len(self._held) == OPENING_MAX:
            yield from self.told(bytes(self._held))
            yield Anew(at + begins) if begins >= 0 else Done()

    def end(self) -> Iterator[Event]:
        return self.told(bytes(self._held))

    def told(self, opening: bytes) -> Iterator[Event]:
        raise NotImplementedError


class Client(Opening):
    def told(self, opening: bytes) -> Iterator[Event]:
        if _CLEAR.search(opening):
            yield Flag("xmpp.password_in_clear", RECEIVER)


class Server(Opening):
    def told(self, opening: bytes) -> Iterator[Event]:
        found = _FROM.search(opening)
        if found is not None:
            yield Said(SENDER, (("xmpp.domain", printable(found[1]).lower()),))


def make() -> tuple[StreamParser, StreamParser]:
    return Client(), Server()


SPEC = StreamSpec(
    name="xmpp",
    title="XMPP",
    ports=frozenset({5222, 5269}),
    probe=probe,
    make=make,
    emits={"xmpp.domain": 0.7},
    findings={"xmpp.password_in_clear": "A password for this chat server crosses the network in clear (XMPP)."},
    never_reads="who the client is, passwords, messages, presence",
)
