"""Serial lines over Telnet (RFC 2217): who serves one. What then crosses the line is found by its own structure.

  FF (IAC)   FB to FE: will, won't, do, don't, and an option   FA option ... FF F0: a subnegotiation   FF FF: a byte FF
  option 2C is the serial line; of its subnegotiations 0 (client) and 100 (server) are a text that names the program

With the first byte that is no Telnet command the other protocol begins, in each direction by itself. Commands that come
later stand between its bytes: who reads it steps over them.
"""

from __future__ import annotations

from parsers.api import SENDER, Anew, Done, Event, Flag, Odd, Said, StreamParser, StreamSpec
from parsers.reading import printable

IAC, SE, SB, WILL, WONT, DO, DONT = 0xFF, 0xF0, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE
SERIAL_LINE = 0x2C
SIGNATURES = frozenset({0, 100})
COMMAND_MAX = 512  # of a subnegotiation; texts are a line
OPENING_MAX = 4096  # of commands before anything else: a client sets every parameter of the line in a fifth of that
PROBED = 128  # bytes of commands in which the serial line is offered


def probe(first: bytes) -> bool | None:
    """Telnet commands alone, one of which is about a serial line."""
    at = 0
    while at < min(len(first), PROBED):
        if first[at] != IAC:
            return False
        size = length(first, at)
        if size == 0:
            return None
        if size < 0:
            return False
        if size > 2 and first[at + 2] == SERIAL_LINE:
            return True
        at += size
    return None if len(first) < PROBED else False


def length(data: bytes | bytearray, at: int) -> int:
    """Of the command that begins there; 0: more bytes are needed; -1: it is none, or too long."""
    if len(data) < at + 2:
        return 0
    command = data[at + 1]
    if WILL <= command <= DONT:
        return 3 if len(data) >= at + 3 else 0
    if command != SB:
        return 2 if SE <= command < SB else -1
    end = at + 3
    while True:
        end = data.find(b"\xff", end, at + COMMAND_MAX)
        if end < 0 or end + 2 > at + COMMAND_MAX:
            return 0 if len(data) < at + COMMAND_MAX else -1
        if len(data) < end + 2:
            return 0
        if data[end + 1] == SE:
            return end + 2 - at
        end += 2


class Commands:
    """One direction, up to the first byte that is no command. Holds one unfinished command."""

    def __init__(self, serves: bool) -> None:
        self._serves = serves
        self._held = bytearray()
        self._next = -1
        self._agreed = False

    def feed(self, data: bytes, at: int) -> list[Event]:
        out: list[Event] = []
        if at != self._next and self._next >= 0:
            return [Odd("comport.gap"), Anew(at)]
        begin = at - len(self._held)
        self._next = at + len(data)
        self._held += data
        held, place = self._held, 0
        while place < len(held):
            if held[place] != IAC:
                out.append(Anew(begin + place))
                return out
            size = length(held, place)
            if size == 0:
                break
            if size < 0:
                if held[place + 1] == IAC:  # a byte FF of the other protocol
                    out.append(Anew(begin + place + 1))
                else:
                    out += (Odd("comport.no_command"), Done())
                return out
            self._command(bytes(held[place : place + size]), out)
            place += size
            if begin + place > OPENING_MAX:
                out += (Odd("comport.endless"), Done())
                return out
        del held[:place]
        return out

    def end(self) -> list[Event]:
        return []

    def _command(self, command: bytes, out: list[Event]) -> None:
        if command[2:3] != bytes([SERIAL_LINE]):
            return
        if command[1] in (WILL, DO) and not self._agreed:
            self._agreed = True
            out.append(Said(SENDER, (("comport.role", "server" if self._serves else "client"),)))
            if self._serves:
                out.append(Flag("comport.open"))
        elif command[1] == SB and command[3] in SIGNATURES:
            text = printable(command[4:-2].replace(b"\xff\xff", b"\xff"))
            if text:
                out.append(Said(SENDER, (("comport.program", text),)))


def make() -> tuple[StreamParser, StreamParser]:
    return Commands(serves=False), Commands(serves=True)


SPEC = StreamSpec(
    name="comport",
    title="RFC 2217 serial line",
    ports=frozenset(),
    probe=probe,
    make=make,
    emits={"comport.role": 0.8, "comport.program": 0.7},
    findings={"comport.open": "It serves a serial line over the network by a protocol without log-in or encryption."},
    never_reads="what crosses the line",
)
