"""DNS over TCP: hands on whole messages, each behind its length in two bytes. RFC 1035 section 4.2.2, RFC 7766."""

from __future__ import annotations

from collections.abc import Iterable

from parsers.api import Carried, Event, StreamParser, StreamSpec
from parsers.dns_message import HEAD, NAME_MAX, is_message
from parsers.reading import u16
from parsers.units import Units

LENGTH = 2
TOLD = HEAD + NAME_MAX + 5  # bytes of a message in which its question is
ONE_QUESTION = b"\0\1"


def probe(first: bytes) -> bool | None:
    """A length, and what is a message over UDP, with one question."""
    if len(first) < LENGTH + 6:
        return None
    size = u16(first, 0)
    if size < HEAD + 5 or first[LENGTH + 4 : LENGTH + 6] != ONE_QUESTION:
        return False
    if len(first) < LENGTH + min(size, TOLD):
        return None
    return is_message(first[LENGTH : LENGTH + size])


class Messages(Units):
    protocol = "dns_tcp"

    def measure(self, head: bytes | bytearray) -> int:
        return LENGTH + int.from_bytes(head[:LENGTH], "big") if len(head) >= LENGTH else 0

    def unit(self, data: bytes) -> Iterable[Event]:
        return (Carried("dns_tcp", data[LENGTH:]),) if len(data) > LENGTH else ()


def make() -> tuple[StreamParser, StreamParser]:
    return Messages(), Messages()


SPEC = StreamSpec(
    name="dns_tcp",
    title="DNS over TCP",
    ports=frozenset({53}),
    probe=probe,
    make=make,
    emits={},
    never_reads="see DNS",
)
