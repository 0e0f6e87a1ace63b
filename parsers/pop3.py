"""POP3: what a mail server says it is, and whether one logs in to it in clear. RFC 1939, 2595 (STLS), 5034 (AUTH)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parsers.api import RECEIVER, SENDER, Done, Event, Flag, Said, StreamParser, StreamSpec
from parsers.lines import CLEAR_MECHANISMS, Lines, lasting, words

COMMANDS = (b"USER ", b"CAPA\r", b"STLS\r")
OK, ERROR = b"+OK", b"-ERR"
GREETING_MAX = 512
ANSWERS_MAX = 4  # greeting, capabilities, STLS, and one more; behind them is mail


def probe(first: bytes) -> bool | None:
    """A greeting with a text, or what a client begins with."""
    if first[:1] == b"+":
        if first[:4] != b"+OK "[: len(first)]:
            return False
        end = first.find(b"\n")
        return b"\r" in first[5:end] if end >= 0 else None if len(first) < GREETING_MAX else False
    if first[:1] not in b"UuCcSs":
        return False
    head = first[:5].upper()
    return True if head in COMMANDS else None if any(command.startswith(head) for command in COMMANDS) else False


class Client(Lines):
    protocol = "pop3"

    def line(self, text: bytes) -> Iterator[Event]:
        command = words(text, 2)
        if command[:1] == [b"PASS"] or (command[:1] == [b"AUTH"] and command[1:] and command[1] in CLEAR_MECHANISMS):
            yield Flag("pop3.password_in_clear", RECEIVER)
            yield Done()
        elif command[:1] in ([b"AUTH"], [b"APOP"]) and command[1:]:
            yield Done()


class Server(Lines):
    protocol = "pop3"

    def __init__(self) -> None:
        super().__init__()
        self._answers = 0

    def line(self, text: bytes) -> Iterable[Event]:
        if not text.startswith((OK, ERROR)):
            return ()
        self._answers += 1
        if self._answers > ANSWERS_MAX:
            return (Done(),)
        greeting = lasting(text[3:]) if self._answers == 1 and text.startswith(OK) else ""
        return (Said(SENDER, (("pop3.banner", greeting),)),) if greeting else ()


def make() -> tuple[StreamParser, StreamParser]:
    return Client(), Server()


SPEC = StreamSpec(
    name="pop3",
    title="POP3",
    ports=frozenset({110}),
    probe=probe,
    make=make,
    emits={"pop3.banner": 0.7},
    findings={"pop3.password_in_clear": "A password for this mail server crosses the network in clear (POP3)."},
    never_reads="users, passwords, mail",
)
