"""EtherNet/IP over TCP: what controllers of a plant say that they are. See `parsers.cip`.

Values of tags and programs are never read; the first messages tell who it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsers import cip
from parsers.api import Done, Event, StreamParser, StreamSpec
from parsers.reading import u16le
from parsers.units import Units

MESSAGES_MAX = 1000  # of a direction that are read: programs ask what it is at first, then poll for days


def probe(first: bytes) -> bool | None:
    if len(first) < cip.HEAD:
        return None if len(first) < 2 or u16le(first, 0) in cip.COMMANDS else False
    return cip.is_head(first)


class Messages(Units):
    protocol = "enip_tcp"

    def __init__(self) -> None:
        super().__init__()
        self._read = 0

    def measure(self, head: bytes | bytearray) -> int:
        if len(head) < cip.HEAD:
            return 0
        return cip.HEAD + int.from_bytes(head[2:4], "little") if cip.is_head(head) else -1

    def unit(self, data: bytes) -> Iterator[Event]:
        yield from cip.read(data, "enip_tcp")
        self._read += 1
        if self._read == MESSAGES_MAX:
            yield Done()


def make() -> tuple[StreamParser, StreamParser]:
    return Messages(), Messages()


SPEC = StreamSpec(
    name="enip_tcp",
    title="EtherNet/IP over TCP",
    ports=frozenset({44818}),
    probe=probe,
    make=make,
    emits={**cip.emits("enip_tcp"), "enip_tcp.address": 0.6},
    never_reads="values of tags, programs",
)
