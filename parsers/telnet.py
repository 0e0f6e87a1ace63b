"""Telnet: what a server negotiates and shows before the first log-in, and that one logs in there. RFC 854, 855.

  IAC (FF) and a command: WILL FB, WONT FC, DO FD, DONT FE with an option; SB FA option ... IAC SE F0; others alone

The first prompt for a log-in ends the server's direction; nothing that a client types is read. Where either end comes
to speak of a serial line, that protocol begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.api import SENDER, Anew, Done, Event, Flag, Odd, Said, StreamParser, StreamSpec
from parsers.reading import printable
from parsers.screens import device

IAC, SUBNEGOTIATION, END = 0xFF, 0xFA, 0xF0
COMMANDS = {0xFB: "will", 0xFC: "wont", 0xFD: "do", 0xFE: "dont"}
SERIAL_LINE = 44  # RFC 2217
BEFORE_OPTION = 2  # bytes of a command
OPTION_MAX = 49  # IANA's registry of Telnet options; above are 138 to 140 and 255
OPTIONS_MAX = 24  # that are said; servers negotiate about eight
SCREEN_MAX = 2048  # bytes before the prompt
LINE_MAX = 256
LINES_MAX = 4  # that are said; the names of devices stand at the top

_PROMPT = re.compile(
    rb"(?:\A(?P<host>[A-Za-z0-9][A-Za-z0-9_.-]{0,62}) )?"
    rb"(?:user ?name|user|login|log ?in|password|passwd) ?:\Z",
    re.IGNORECASE,
)
_CONTROL = re.compile(rb"\x1b\[[0-9;?]{0,16}[A-Za-z]")  # ECMA-48 section 5.4: colours and places on a screen


def probe(first: bytes) -> bool | None:
    """Negotiation."""
    if first[:1] != b"\xff"[: len(first)]:
        return False
    if len(first) < 3:
        return None if len(first) < 2 or first[1] in COMMANDS else False
    return first[1] in COMMANDS and first[2] <= OPTION_MAX


class Client:
    """Negotiates; with the first byte that is no command it types. A serial line (RFC 2217) is another protocol."""

    def __init__(self) -> None:
        self._next = -1
        self._state = 0

    def feed(self, data: bytes, at: int) -> tuple[Event, ...]:
        if self._next >= 0 and at != self._next:
            return (Done(),)
        self._next = at + len(data)
        for place, byte in enumerate(data):
            state, self._state = self._state, 0
            if serves_line(state, byte):
                return (Anew(at + place - BEFORE_OPTION),)
            if state == 0 and byte != IAC:
                return (Done(),)
            self._state = following(state, byte)
        return ()

    def end(self) -> tuple[Event, ...]:
        return ()


def serves_line(state: int, option: int) -> bool:
    """Whether a command agrees to, or asks for, a serial line."""
    return option == SERIAL_LINE and COMMANDS.get(state) in ("will", "do")


def following(state: int, byte: int) -> int:
    """The state behind a byte: the command that an option is awaited of, IAC, SUBNEGOTIATION, END (IAC inside that),
    or 0, where text may stand."""
    if state == IAC:
        return byte if byte == SUBNEGOTIATION or byte in COMMANDS else 0
    if state == SUBNEGOTIATION:
        return END if byte == IAC else SUBNEGOTIATION
    if state == END:
        return 0 if byte == END else SUBNEGOTIATION
    return IAC if state == 0 and byte == IAC else 0


class Server:
    """Holds one line, and what was said before it."""

    def __init__(self) -> None:
        self._next = -1
        self._state = 0
        self._line = bytearray()
        self._lines: list[str] = []
        self._options: list[str] = []
        self._seen = 0

    def feed(self, data: bytes, at: int) -> Iterator[Event]:
        if self._next >= 0 and at != self._next:
            yield Odd("telnet.gap")
            yield from self._over()
            return
        self._next = at + len(data)
        for place, byte in enumerate(data):
            self._seen += 1
            if serves_line(self._state, byte):
                yield from self._told()
                yield Anew(at + place - BEFORE_OPTION)
                return
            prompt = self._take(byte)
            if prompt is not None:
                yield Flag("telnet.login")
                yield from self._over(prompt["host"])
                return
            if self._seen >= SCREEN_MAX:
                yield from self._over()
                return

    def end(self) -> Iterator[Event]:
        return self._told()

    def _take(self, byte: int) -> re.Match[bytes] | None:
        """One byte; a prompt, where it ends one."""
        state, self._state = self._state, following(self._state, byte)
        if state or self._state:  # a command
            if state in COMMANDS and len(self._options) < OPTIONS_MAX:
                self._options.append(f"{COMMANDS[state]} {byte}")
        elif byte in b"\r\n":
            self._ended()
        elif len(self._line) < LINE_MAX:
            self._line.append(byte)
            if byte == 0x3A:
                return _PROMPT.search(_CONTROL.sub(b"", self._line).strip(b"\0 \t"))
        return None

    def _ended(self) -> None:
        text = printable(_CONTROL.sub(b"", self._line))
        self._line.clear()
        if len(self._lines) < LINES_MAX and any(c.isalnum() for c in text):
            self._lines.append(" ".join(text.split()))

    def _over(self, host: bytes | None = None) -> Iterator[Event]:
        yield from self._told(host)
        yield Done()

    def _told(self, host: bytes | None = None) -> Iterator[Event]:
        fields = [("telnet.options", ",".join(self._options))] if self._options else []
        fields += device(self._lines, "telnet") or [("telnet.banner", line) for line in dict.fromkeys(self._lines)]
        fields += [("telnet.host_name", host.decode("ascii").lower())] if host else []
        if fields:
            yield Said(SENDER, tuple(fields))


def make() -> tuple[StreamParser, StreamParser]:
    return Client(), Server()


SPEC = StreamSpec(
    name="telnet",
    title="Telnet",
    ports=frozenset({23}),
    probe=probe,
    make=make,
    emits={
        "telnet.options": 0.4,
        "telnet.banner": 0.6,
        "telnet.host_name": 0.5,
        # of a serial server, which shows its setup
        "telnet.model": 0.8,
        "telnet.mac": 0.8,
        "telnet.serial": 0.7,
        "telnet.firmware": 0.8,
    },
    findings={"telnet.login": "One logs in to it by Telnet: password and session cross the network in clear."},
    never_reads="everything that is typed, everything behind the first prompt for a log-in",
)
