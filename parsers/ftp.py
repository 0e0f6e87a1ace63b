"""FTP: what a server says it is, and whether one logs in to it in clear. RFC 959; RFC 4217 (AUTH TLS).

A reply is a code of three digits, and a hyphen where more lines follow. Nothing behind USER, PASS and ACCT is read but
whether a user is anonymous (RFC 1635); a log-in that succeeded ends both directions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from parsers.api import RECEIVER, SENDER, Done, Event, Flag, Said, StreamParser, StreamSpec
from parsers.lines import Lines, lasting
from parsers.reading import printable

COMMANDS = (b"USER ", b"AUTH TLS", b"AUTH SSL", b"FEAT\r", b"SYST\r")  # that a session begins with
WORDS = (b"ftp", b"FTP", b"FileZilla", b"Titan", b"Wing", b"Serv-U")  # FTP: in the names of nearly all programs
ANONYMOUS = frozenset({b"ANONYMOUS", b"FTP"})
LOGGED_IN = frozenset({b"230", b"232"})
GREETING, CLOSED, SYSTEM = b"220", b"421", b"215"
GREETING_MAX = 1024  # bytes in which a greeting names the program, if it does

_HOST = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9-]{1,63}){0,6}) (?=(?:Microsoft )?FTP\b)")


def probe(first: bytes) -> bool | None:
    """A greeting that names FTP, or one of the commands that a client begins with."""
    if first[:3] == b"220":
        return greeting(first) if first[3:4] in (b"", b" ", b"-") else False
    if first[:1] not in (b"U", b"A", b"F", b"S", b""):
        return False
    if first.startswith(COMMANDS):
        return True
    return None if any(command.startswith(first) for command in COMMANDS) else False


def greeting(first: bytes) -> bool | None:
    """A notice may stand before the line that names the program."""
    end = first.rfind(b"\n")
    told = first[: end + 1]
    if b"SMTP" in told:
        return False
    if any(word in told for word in WORDS):
        return True
    unfinished = end < 0 or told[told.rfind(b"\n", 0, end) + 1 :][:4] != b"220 "
    return None if unfinished and len(first) < GREETING_MAX else False


class Client(Lines):
    protocol = "ftp"

    def __init__(self) -> None:
        super().__init__()
        self._anonymous = False

    def line(self, text: bytes) -> Iterator[Event]:
        command = text[:5].upper()
        if command == b"USER ":
            self._anonymous = text[5:].strip().upper() in ANONYMOUS
        elif command == b"PASS ":
            if not self._anonymous:
                yield Flag("ftp.password_in_clear", RECEIVER)
            yield Done()


class Server(Lines):
    protocol = "ftp"

    def __init__(self) -> None:
        super().__init__()
        self._first = self._last = ""  # lines of the greeting that say something
        self._greeted = False

    def line(self, text: bytes) -> Iterable[Event]:
        code, more = text[:3], text[3:4] == b"-"
        if not self._greeted:
            return self._greets(text, more=more)
        if code in LOGGED_IN or code == CLOSED:
            return (Done(),)
        if code == SYSTEM and (system := printable(text[4:])):
            return (Said(SENDER, (("ftp.system", system),)),)
        return ()

    def _greets(self, text: bytes, *, more: bool) -> Iterator[Event]:
        """The first line and the last of a greeting: between them stand notices to people."""
        code = text[:3]
        if code.isdigit() and code not in (GREETING, b"120"):
            self._greeted = True  # the beginning was not seen, or it refuses
            return
        told = lasting(text[4:] if code.isdigit() else text).strip("-*=# ")
        if any(c.isalpha() for c in told):
            self._first, self._last = self._first or told, told
        if code == GREETING and not more:
            self._greeted = True
            yield from greeted((self._first, self._last))


def greeted(lines: Iterable[str]) -> Iterator[Event]:
    fields: list[tuple[str, str]] = []
    for line in dict.fromkeys(filter(None, lines)):
        if found := _HOST.match(line):
            fields.append(("ftp.host_name", found[1].lower()))
            line = line[found.end() :]
        fields.append(("ftp.banner", line))
    if fields:
        yield Said(SENDER, tuple(fields))


def make() -> tuple[StreamParser, StreamParser]:
    return Client(), Server()


SPEC = StreamSpec(
    name="ftp",
    title="FTP",
    ports=frozenset({21}),
    probe=probe,
    make=make,
    emits={"ftp.banner": 0.7, "ftp.host_name": 0.6, "ftp.system": 0.5},
    findings={"ftp.password_in_clear": "A password for this file server crosses the network in clear (FTP)."},
    never_reads="users, passwords, accounts, paths, notices before and after a log-in",
)
