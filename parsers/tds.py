"""Microsoft SQL Server (TDS): its version; the host, program and library of a client. MS-TDS 2.2.3.1, 2.2.6.4, 2.2.6.5.

  packet     0 type   1 status   2 length 2   4 process 2   6 number   7 window   then the data
  PRELOGIN   options: token, offset 2, length 2 (big-endian), up to FF; 0 is the version, 1 whether all is encrypted
  LOGIN7     little-endian; at 36, 48, 60 offset and characters of host, program and library (UTF-16); at 72 the MAC

Users, passwords and databases are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parsers.api import RECEIVER, SENDER, Done, Event, Flag, Odd, Said, StreamParser, StreamSpec
from parsers.reading import clean, mac_text, u16, u16le
from parsers.units import Units

HEAD = 8
ANSWER, LOGIN, PRELOGIN = 4, 0x10, 0x12
TYPES = frozenset({1, 3, ANSWER, 6, 7, 8, 14, LOGIN, 0x11, PRELOGIN})
VERSION, ENCRYPTION, TERMINATOR = 0, 1, 0xFF
OPTIONS_MAX = 16  # eight are defined
ENCRYPTIONS = {0: "log-in", 1: "on", 2: "not supported", 3: "required"}
FIXED = 78  # bytes of LOGIN7 up to the MAC's end
TEXTS = ((36, "tds.client_computer"), (48, "tds.application"), (60, "tds.library"))
MAC_AT = 72
USER_CHARACTERS = 42  # number of them, at this offset


def probe(first: bytes) -> bool | None:
    """A PRELOGIN: the first option is the version, and lies behind the options."""
    if first[:1] not in (b"", b"\x12", b"\x04") or first[1:2] not in (b"", b"\1"):
        return False
    if len(first) < HEAD + 5:
        return None
    if first[HEAD:].startswith(b"\0\0") and u16(first, HEAD + 3) == 6 and first[6] <= 1 and first[7] == 0:
        return HEAD + u16(first, HEAD + 1) + 6 <= u16(first, 2) and u16(first, HEAD + 1) % 5 == 1
    return False


class Packets(Units):
    protocol = "tds"

    def measure(self, head: bytes | bytearray) -> int:
        if head[0] not in TYPES:
            return -1
        if len(head) < 4:
            return 0
        size = head[2] << 8 | head[3]
        return size if size >= HEAD else -1


class Client(Packets):
    def __init__(self) -> None:
        super().__init__()
        self._asked = False

    def unit(self, data: bytes) -> Iterable[Event]:
        if data[0] == PRELOGIN and not self._asked:
            self._asked = True
            return ()
        if data[0] == LOGIN:
            return login(data[HEAD:])
        return (Done(),)  # TLS inside PRELOGIN, or queries


class Server(Packets):
    def unit(self, data: bytes) -> Iterator[Event]:
        found = options(data[HEAD:]) if data[0] in (ANSWER, PRELOGIN) else {}
        version, encryption = found.get(VERSION, b""), found.get(ENCRYPTION, b"")
        if len(version) == 6:
            text = f"{version[0]}.{version[1]}.{u16(version, 2)}"
            fields = [("tds.version", text)]
            fields += [("tds.encryption", ENCRYPTIONS[kind]) for kind in encryption[:1] if kind in ENCRYPTIONS]
            yield Said(SENDER, tuple(fields))
        yield Done()


def options(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for at in range(0, 5 * OPTIONS_MAX, 5):
        if at + 5 > len(data) or data[at] == TERMINATOR:
            break
        start = u16(data, at + 1)
        found.setdefault(data[at], data[start : start + u16(data, at + 3)])
    return found


def login(data: bytes) -> Iterator[Event]:
    if len(data) < FIXED + HEAD:
        yield Odd("tds.malformed")
        yield Done()
        return
    fields = []
    for at, name in TEXTS:
        start = u16le(data, at)
        if text := clean(data[start : start + 2 * u16le(data, at + 2)], "utf-16-le"):
            fields.append((name, text))
    mac = data[MAC_AT : MAC_AT + 6]
    if any(mac):
        fields.append(("tds.client_mac", mac_text(mac)))
    if fields:
        yield Said(SENDER, tuple(fields))
    if u16le(data, USER_CHARACTERS):  # without one it logs in as the system's user, by a ticket or a challenge
        yield Flag("tds.password_in_clear", RECEIVER)
    yield Done()


def make() -> tuple[StreamParser, StreamParser]:
    return Client(), Server()


SPEC = StreamSpec(
    name="tds",
    title="Microsoft SQL Server (TDS)",
    ports=frozenset({1433}),
    probe=probe,
    make=make,
    emits={
        "tds.version": 0.9,
        "tds.encryption": 0.7,
        "tds.client_computer": 0.7,
        "tds.application": 0.6,
        "tds.library": 0.6,
        "tds.client_mac": 0.4,
    },
    findings={"tds.password_in_clear": "A password for this database crosses the network barely disguised (TDS)."},
    never_reads="users, passwords, databases, queries",
)
