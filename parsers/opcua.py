"""OPC UA over TCP: the server that is meant, and what servers say of themselves in clear. IEC 62541-6, parts 4 and 6.

  0 kind 3   chunk 1   4 length 4   hello: 8 version 4   four sizes 4 each   28 URL
  message: 8 channel 4   token 4   number 4   request 4   24 type, as 0x01 0x00 number 2   28 head of an answer:
    time 8   handle 4   result 4   diagnostics 1: 0   texts 4: count   additional 3: 0     (numbers are little-endian)
  list of endpoints: count 4, then: URL, server, ...   list of servers: count 4, then: server
  server: its URI, its product's URI, name: mask 1, language, text     (texts: length 4, or -1; then UTF-8)

Encrypted messages do not look like that. The first of a list is the server's own. Values and log-ins are never read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.api import RECEIVER, SENDER, Done, Event, Said, StreamParser, StreamSpec
from parsers.reading import printable, u16le, u32le
from parsers.units import Units

HELLO, ACKNOWLEDGE, ERROR, OPEN, MESSAGE, CLOSE, REVERSE = b"HEL", b"ACK", b"ERR", b"OPN", b"MSG", b"CLO", b"RHE"
KINDS = frozenset((HELLO, ACKNOWLEDGE, ERROR, OPEN, MESSAGE, CLOSE, REVERSE))
CHUNKS = b"FCA"
HEAD, URL_AT, TYPE_AT, ANSWER_AT, ANSWER_HEAD = 8, 28, 24, 28, 24
SIZE_MAX = 1 << 24
MESSAGES_MAX = 16  # of a direction that are looked at: endpoints come first
ENDPOINTS, SERVERS = 431, 425  # numbers of the types of two answers (opcua.servicenodeid in Wireshark)
TYPE = b"\1\0"
ABSENT = 0xFFFFFFFF
LANGUAGE, TEXT = 1, 2  # bits of a mask: which parts are there
TEXTS_MAX = 64  # tables of texts in the head of an answer
HOST = re.compile(r"opc\.tcp://([A-Za-z0-9._-]{1,253})(?::\d{1,5})?(?:/.*)?", re.DOTALL)
ADDRESS = re.compile(r"[\d.]+")


def probe(first: bytes) -> bool | None:
    if first[:3] not in KINDS:
        return None if len(first) < 3 and any(kind.startswith(first) for kind in KINDS) else False
    if len(first) < HEAD:
        return None
    return first[3] in CHUNKS and HEAD <= u32le(first, 4) <= SIZE_MAX


class Messages(Units):
    protocol = "opcua"

    def __init__(self) -> None:
        super().__init__()
        self._read = 0

    def measure(self, head: bytes | bytearray) -> int:
        if len(head) < HEAD:
            return 0
        size = int.from_bytes(head[4:8], "little")
        known = bytes(head[:3]) in KINDS and head[3] in CHUNKS
        return size if known and HEAD <= size <= SIZE_MAX else -1

    def unit(self, data: bytes) -> Iterator[Event]:
        kind = data[:3]
        if kind in (HELLO, ACKNOWLEDGE):
            yield Said(SENDER, (("opcua.role", "client" if kind == HELLO else "server"),))
        if kind == HELLO and (host := host_of(string(data, URL_AT)[0])):
            yield Said(RECEIVER, (("opcua.host_name", host),))
        elif kind == MESSAGE and data[TYPE_AT : TYPE_AT + 2] == TYPE and len(data) >= ANSWER_AT + ANSWER_HEAD:
            which = u16le(data, TYPE_AT + 2)
            if which in (ENDPOINTS, SERVERS) and (fields := listed(data, which)):
                yield Said(SENDER, tuple(fields))
        self._read += 1
        if self._read == MESSAGES_MAX:
            yield Done()


def string(data: bytes, at: int) -> tuple[str, int]:
    """A text and the place behind it; -1: it is cut, and so is all that follows."""
    if at < 0 or at + 4 > len(data):
        return "", -1
    size = u32le(data, at)
    if size == ABSENT:
        return "", at + 4
    after = at + 4 + size
    return (printable(data[at + 4 : after]), after) if after <= len(data) else ("", -1)


def listed(data: bytes, which: int) -> list[tuple[str, str]]:
    """The first of the list."""
    at = ANSWER_AT + 16
    if data[at] != 0:  # diagnostics
        return []
    texts = u32le(data, at + 1)
    at += 5
    for _ in range(0 if texts == ABSENT else min(texts, TEXTS_MAX)):
        at = string(data, at)[1]
    if at < 0 or data[at : at + 3] != bytes(3) or at + 7 > len(data) or u32le(data, at + 3) == 0:
        return []
    at += 7
    url = ""
    if which == ENDPOINTS:
        url, at = string(data, at)
    application, at = string(data, at)
    product, at = string(data, at)
    name = ""
    if 0 <= at < len(data):
        mask = data[at]
        at += 1
        if mask & LANGUAGE:
            at = string(data, at)[1]
        name = string(data, at)[0] if mask & TEXT else ""
    told = (("host_name", host_of(url)), ("application", application), ("product", product), ("name", name))
    return [(f"opcua.{field}", text) for field, text in told if text]


def host_of(url: str) -> str:
    """The name in it; an address is no name."""
    found = HOST.fullmatch(url)
    return found[1].lower() if found and not ADDRESS.fullmatch(found[1]) else ""


def make() -> tuple[StreamParser, StreamParser]:
    return Messages(), Messages()


SPEC = StreamSpec(
    name="opcua",
    title="OPC UA",
    ports=frozenset({4840}),
    probe=probe,
    make=make,
    emits={
        "opcua.role": 0.8,
        "opcua.host_name": 0.5,
        "opcua.application": 0.7,
        "opcua.product": 0.8,
        "opcua.name": 0.6,
    },
    never_reads="values, log-ins, certificates",
)
