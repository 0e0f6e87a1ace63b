"""IMAP: what a mail server says it is, and whether one logs in to it in clear. RFC 3501 sections 6.2, 7.1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parsers.api import RECEIVER, SENDER, Done, Event, Flag, Said, StreamParser, StreamSpec
from parsers.lines import CLEAR_MECHANISMS, Lines, lasting, words

GREETINGS = (b"* OK", b"* PREAUTH")
GREETING_MAX = 1024
LINES_MAX = 16  # greeting, capabilities, an identification, STARTTLS; behind them is mail
BEFORE = frozenset({b"CAPABILITY", b"ID", b"NOOP", b"STARTTLS", b"ENABLE"})  # what is asked before a log-in


def probe(first: bytes) -> bool | None:
    """A greeting; clients wait for it."""
    if first[:2] != b"* "[: len(first)]:
        return False
    if not first.startswith(GREETINGS):
        return None if any(greeting.startswith(first) for greeting in GREETINGS) else False
    return True if b"\n" in first else None if len(first) < GREETING_MAX else False


class Client(Lines):
    protocol = "imap"

    def line(self, text: bytes) -> Iterator[Event]:
        command = words(text, 3)[1:]
        if command[:1] == [b"LOGIN"] or (
            command[:1] == [b"AUTHENTICATE"] and command[1:] and command[1] in CLEAR_MECHANISMS
        ):
            yield Flag("imap.password_in_clear", RECEIVER)
        if command and command[0] not in BEFORE:
            yield Done()


class Server(Lines):
    protocol = "imap"

    def __init__(self) -> None:
        super().__init__()
        self._lines = 0

    def line(self, text: bytes) -> Iterable[Event]:
        self._lines += 1
        if self._lines > LINES_MAX:
            return (Done(),)
        greeting = lasting(text.split(b" ", 2)[-1]) if self._lines == 1 and text.startswith(GREETINGS) else ""
        return (Said(SENDER, (("imap.banner", greeting),)),) if greeting else ()


def make() -> tuple[StreamParser, StreamParser]:
    return Client(), Server()


SPEC = StreamSpec(
    name="imap",
    title="IMAP",
    ports=frozenset({143}),
    probe=probe,
    make=make,
    emits={"imap.banner": 0.7},
    findings={"imap.password_in_clear": "A password for this mail server crosses the network in clear (IMAP)."},
    never_reads="users, passwords, mail",
)
