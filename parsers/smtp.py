"""SMTP: what a mail server says it is, who hands mail to it, and whether one logs in in clear. RFC 5321, 4954, 3207.

The first mail ends a direction: no address and no line of it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from parsers.api import RECEIVER, SENDER, Done, Event, Flag, Said, StreamParser, StreamSpec
from parsers.lines import CLEAR_MECHANISMS, Lines, lasting, words
from parsers.reading import printable

COMMANDS = (b"EHLO ", b"HELO ", b"LHLO ")
GREETING, GREETING_MAX = b"220", 512
OVER = frozenset({b"235", b"354", b"221", b"421"})  # logged in, a mail comes, closed

_HOST = re.compile(r"(?=[^ ]*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62})(?:\.[A-Za-z0-9_-]{1,63}){0,8}")


def probe(first: bytes) -> bool | None:
    """A greeting that names SMTP, or a client's."""
    if first[:3] == GREETING:
        end = first.find(b"\n")
        if first[3:4] not in (b"", b" ", b"-"):
            return False
        if end < 0:
            return None if len(first) < GREETING_MAX else False
        return b"SMTP" in first[:end]
    if first[:1] not in b"EHLehl2":
        return False
    head = first[:5].upper()
    return True if head in COMMANDS else None if any(c.startswith(head) for c in (*COMMANDS, GREETING)) else False


class Client(Lines):
    protocol = "smtp"

    def line(self, text: bytes) -> Iterator[Event]:
        command = words(text, 2)
        if text[:5].upper() in COMMANDS:
            if found := _HOST.fullmatch(printable(text[5:])):
                yield Said(SENDER, (("smtp.client_host_name", found[0].lower()),))
        elif command[:1] == [b"AUTH"]:
            if command[1:] and command[1] in CLEAR_MECHANISMS:
                yield Flag("smtp.password_in_clear", RECEIVER)
            yield Done()
        elif command[:1] in ([b"MAIL"], [b"DATA"], [b"RCPT"]):
            yield Done()


class Server(Lines):
    protocol = "smtp"

    def __init__(self) -> None:
        super().__init__()
        self._greeted = False

    def line(self, text: bytes) -> Iterable[Event]:
        if text[:3] in OVER:
            return (Done(),)
        if text[:3] != GREETING or self._greeted:
            return ()
        self._greeted = True
        return greeted(lasting(text[4:]))


def greeted(text: str) -> Iterator[Event]:
    """The host's name, and what it runs."""
    name, _, rest = text.partition(" ")
    fields = [("smtp.host_name", name.lower())] if _HOST.fullmatch(name) and "SMTP" not in name else []
    banner = rest if fields else text
    fields += [("smtp.banner", banner)] if banner else []
    if fields:
        yield Said(SENDER, tuple(fields))


def make() -> tuple[StreamParser, StreamParser]:
    return Client(), Server()


SPEC = StreamSpec(
    name="smtp",
    title="SMTP",
    ports=frozenset({25, 587}),
    probe=probe,
    make=make,
    emits={"smtp.host_name": 0.6, "smtp.banner": 0.7, "smtp.client_host_name": 0.4},
    findings={"smtp.password_in_clear": "A password for this mail server crosses the network in clear (SMTP)."},
    never_reads="addresses, log-ins, mail",
)
