"""Remote Desktop: who asks for a desktop, who gives it, and how it is protected. MS-RDPBCGR 2.2.1.1 to 2.2.1.4.

  TPKT    0 version 3   1 0   2 length 2 (RFC 1006)
  X.224   4 length 1   5 type (E0 request, D0 confirm, F0 data)   6 references 2+2   10 class   11 the rest
          of a request: a cookie or a routing token up to a line end, then the negotiation
  negotiation   type 1 (1 request, 2 response, 3 failure)   flags 1   length 2 = 8   protocols 4

Where the answer chooses TLS or CredSSP, that begins behind it; else the conference is opened in clear, and its client
and server blocks tell names and versions. The cookie, which names a user, is stepped over undecoded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parsers.api import SENDER, Anew, Done, Event, Flag, Odd, Said, StreamParser, StreamSpec
from parsers.reading import clean, u16, u16le, u32le
from parsers.units import Units

TPKT, TPKT_HEAD = 3, 4
REQUEST, CONFIRM, DATA = 0xE0, 0xD0, 0xF0
NEGOTIATION_AT = 11  # in a TPKT unit, where nothing stands before it
NEGOTIATION = 8  # its length
ASKED, CHOSEN, FAILED = 1, 2, 3
PROTOCOLS = {0: "rdp", 1: "tls", 2: "credssp", 4: "rdstls", 8: "credssp_ex", 16: "rdsaad"}  # 2.2.1.1.1
COOKIE_MAX = 1024  # bytes before the negotiation; a routing token has about 40
TO_CLIENT_CORE, TO_SERVER_CORE = b"Duca", b"McDn"  # H.221 keys that stand before the blocks (2.2.1.3, 2.2.1.4)
CLIENT_CORE, SERVER_CORE = 0xC001, 0x0C01
BLOCKS_MAX = 16  # of one side; eight are defined
CLIENT_NAME = slice(24, 56)


def probe(first: bytes) -> bool | None:
    """A TPKT with a connection request or confirm of class 0, and in it what RDP puts there; other protocols put
    parameters there (ISO 8073 section 13.3)."""
    if first[:2] != b"\3\0"[: len(first)]:
        return False
    if len(first) < NEGOTIATION_AT:
        return None if len(first) < 6 or first[5] in (REQUEST, CONFIRM) else False
    size = u16(first, 2)
    if first[5] not in (REQUEST, CONFIRM) or first[4] != size - 5 or first[10] != 0 or size < NEGOTIATION_AT:
        return False
    rest = first[NEGOTIATION_AT:size]
    if size == NEGOTIATION_AT:
        return first[5] == REQUEST and first[8:10] == b"\0\0"
    if len(rest) < min(size - NEGOTIATION_AT, 8):
        return None
    kinds = (ASKED,) if first[5] == REQUEST else (CHOSEN, FAILED)
    if rest[0] in kinds and rest[2:4] == b"\x08\0":
        return True
    return first[5] == REQUEST and rest[:7] == b"Cookie:"


class Opening(Units):
    protocol = "rdp"

    def measure(self, head: bytes | bytearray) -> int:
        if head[0] != TPKT:
            return -1
        if len(head) < TPKT_HEAD:
            return 0
        size = head[2] << 8 | head[3]
        return size if head[1] == 0 and size >= 7 else -1


class Client(Opening):
    def __init__(self) -> None:
        super().__init__()
        self._asked = False

    def stranger(self) -> Iterable[Event]:
        """Behind the request, and not TPKT: what was agreed on."""
        return (Anew(self.here),) if self._asked else super().stranger()

    def unit(self, data: bytes) -> Iterable[Event]:
        if data[5] == REQUEST:
            self._asked = True
            yield from requested(data)
        else:
            yield from client_core(block(data, TO_CLIENT_CORE, CLIENT_CORE))
            yield Done()


class Server(Opening):
    def unit(self, data: bytes) -> Iterable[Event]:
        if data[5] == CONFIRM:
            yield from confirmed(data, self.here)
        else:
            yield from server_core(block(data, TO_SERVER_CORE, SERVER_CORE))
            yield Done()


def requested(data: bytes) -> Iterator[Event]:
    at = NEGOTIATION_AT
    if len(data) >= at + 2 and data[at : at + 2] != b"\1\0" and (line := data.find(b"\r\n", at, at + COOKIE_MAX)) > 0:
        at = line + 2  # a cookie with a user's name, or a token: not looked at
    found = negotiation(data, at)
    names = [name for bit, name in PROTOCOLS.items() if bit and found[1] & bit] if found and found[0] == ASKED else []
    yield Said(SENDER, (("rdp.offers", ",".join(["rdp", *names])),))


def confirmed(data: bytes, end: int) -> Iterator[Event]:
    found = negotiation(data, NEGOTIATION_AT)
    if found is not None and found[0] == FAILED:
        yield Done()
        return
    chosen = found[1] if found is not None and found[0] == CHOSEN else 0  # RDP 4 and 5.0 know nothing else
    yield Said(SENDER, (("rdp.security", PROTOCOLS.get(chosen, "other")),))
    if chosen:
        yield Anew(end)
    else:
        yield Flag("rdp.standard_security")


def negotiation(data: bytes, at: int) -> tuple[int, int] | None:
    """Its type and protocols, or a failure's code."""
    if len(data) < at + NEGOTIATION or u16le(data, at + 2) != NEGOTIATION:
        return None
    return data[at], u32le(data, at + 4)


def block(data: bytes, key: bytes, wanted: int) -> bytes:
    """One of the blocks of a conference's user data: kind 2, length 2 with this head. Before them stands their length
    in PER (X.691 section 10.9), in one octet or two."""
    at = data.find(key)
    if at < 0 or at + 6 > len(data):
        return b""
    at += 4 + (2 if data[at + 4] & 0x80 else 1)
    for _ in range(BLOCKS_MAX):
        if at + 4 > len(data):
            break
        kind, size = u16le(data, at), u16le(data, at + 2)
        if kind == wanted and at + size <= len(data):
            return data[at : at + size]
        at += max(size, 4)
    return b""


def client_core(core: bytes) -> Iterator[Event]:
    """2.2.1.3.2: 4 version   16 keyboard layout   20 build   24 name, 16 UTF-16 characters"""
    if len(core) < CLIENT_NAME.stop:
        yield Odd("rdp.no_core")
        return
    name = core[CLIENT_NAME]
    stop = next((i for i in range(0, len(name), 2) if name[i : i + 2] == b"\0\0"), len(name))
    fields = [("rdp.client_version", version(core)), ("rdp.client_build", str(u32le(core, 20)))]
    fields.append(("rdp.keyboard_layout", f"{u32le(core, 16):08x}"))
    if text := clean(name[:stop], "utf-16-le"):
        fields.append(("rdp.client_computer", text))
    yield Said(SENDER, tuple(fields))


def server_core(core: bytes) -> Iterator[Event]:
    """2.2.1.4.2: 4 version"""
    if len(core) < 8:
        yield Odd("rdp.no_core")
    else:
        yield Said(SENDER, (("rdp.server_version", version(core)),))


def version(core: bytes) -> str:
    """Of the protocol, as major and minor number."""
    return f"{u16le(core, 6)}.{u16le(core, 4)}"


def make() -> tuple[StreamParser, StreamParser]:
    return Client(), Server()


SPEC = StreamSpec(
    name="rdp",
    title="RDP",
    ports=frozenset({3389}),
    probe=probe,
    make=make,
    emits={
        "rdp.offers": 0.5,
        "rdp.security": 0.9,
        "rdp.client_version": 0.4,
        "rdp.client_build": 0.5,
        "rdp.keyboard_layout": 0.4,
        "rdp.client_computer": 0.7,
        "rdp.server_version": 0.4,
    },
    findings={
        "rdp.standard_security": "Its remote desktop is protected by RDP's own security, without TLS: the server is not"
        " authenticated, and who stands between can read the session."
    },
    encrypted=True,
    never_reads="the cookie, which names the user; credentials; the session",
)
