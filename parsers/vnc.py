"""VNC (RFB): version and how one logs in. RFC 6143 sections 7.1.1, 7.1.2; appendix A for version 3.3.

Each side says its version in twelve bytes; then the server lists the kinds of log-in (3.3: says one, in four bytes),
and nothing more is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parsers.api import SENDER, Done, Event, Flag, Said, StreamParser, StreamSpec
from parsers.units import Units

VERSION = 12  # "RFB 003.008\n"
NONE = 1
KINDS = {  # RFC 6143 section 8.1.2 and IANA's registry
    1: "none",
    2: "vnc",
    5: "ra2",
    6: "ra2ne",
    16: "tight",
    17: "ultra",
    18: "tls",
    19: "vencrypt",
    20: "sasl",
    30: "apple",
}


def probe(first: bytes) -> bool | None:
    """A version."""
    head = first[:VERSION]
    if head[:4] != b"RFB "[: len(head)]:
        return False
    if len(head) < VERSION:
        return None
    return head[7:8] == b"." and head[11:] == b"\n" and head[4:7].isdigit() and head[8:11].isdigit()


def version(data: bytes) -> Said:
    return Said(SENDER, (("vnc.version", f"{int(data[4:7])}.{int(data[8:11])}"),))


class Client(Units):
    protocol = "vnc"

    def measure(self, head: bytes | bytearray) -> int:
        return VERSION if len(head) < VERSION or probe(bytes(head)) else -1

    def unit(self, data: bytes) -> Iterable[Event]:
        return (version(data), Done()) if probe(data) else self.stranger()


class Server(Units):
    """The kinds of log-in come in the way of the version that the client chose, which is not above the server's."""

    protocol = "vnc"

    def __init__(self) -> None:
        super().__init__()
        self._old: bool | None = None  # 3.3; None: the version is still to come

    def measure(self, head: bytes | bytearray) -> int:
        if self._old is None:
            return VERSION
        if self._old or head[0] == 0:  # none: a reason follows
            return 4
        return 1 + head[0]

    def unit(self, data: bytes) -> Iterator[Event]:
        if self._old is None:
            if not probe(data):
                yield from self.stranger()
                return
            self._old = data[8:11] < b"007"
            yield version(data)
            return
        kinds = data[3:] if self._old or data[0] == 0 else data[1:]
        names = [KINDS.get(kind, str(kind)) for kind in dict.fromkeys(kinds) if kind]
        if names:
            yield Said(SENDER, (("vnc.security", ",".join(names)),))
        if NONE in kinds:
            yield Flag("vnc.no_authentication")
        yield Done()


def make() -> tuple[StreamParser, StreamParser]:
    return Client(), Server()


SPEC = StreamSpec(
    name="vnc",
    title="VNC",
    ports=frozenset({5900, 5901}),
    probe=probe,
    make=make,
    emits={"vnc.version": 0.7, "vnc.security": 0.8},
    findings={"vnc.no_authentication": "Its screen can be seen and used without a password (VNC)."},
    never_reads="log-ins, the name of the desktop, the screen",
)
