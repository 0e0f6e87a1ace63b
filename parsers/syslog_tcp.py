"""Syslog over TCP: hands on whole messages, framed by a count of bytes or by line ends. RFC 6587 section 3.4."""

from __future__ import annotations

from collections.abc import Iterable

from parsers.api import CARRIED_MAX, Carried, Event, StreamParser, StreamSpec
from parsers.syslog_priority import priority
from parsers.units import Units

COUNT_DIGITS = 5  # of a message that may be handed on
LINE_MAX = 8192  # RFC 5425 section 4.3.1: what a receiver should be able to take
BUDGET = 16 << 20  # a relay names new hosts for long, but not for ever
LINE_END, ZERO, LESS, SPACE = 0x0A, 0x30, 0x3C, 0x20


def probe(first: bytes) -> bool | None:
    """A priority behind a count of at most five digits, or at the very beginning."""
    if not first:
        return None
    count = first[: COUNT_DIGITS + 1].partition(b" ")[0] if first[0] != LESS else b""
    if count:
        if not count.isdigit() or count[0] == ZERO or len(count) > COUNT_DIGITS:
            return False
        if len(first) == len(count):
            return None
        first = first[len(count) + 1 :]
    head = first[:6]
    if head and head[0] != LESS:
        return False
    if b">" not in head[:5]:
        return None if len(head) < 5 and not head[1:].strip(b"0123456789") else False
    at = priority(head)
    return None if at == len(first) else at > 0 and first[at] > SPACE


class Records(Units):
    protocol = "syslog_tcp"

    def measure(self, head: bytes | bytearray) -> int:
        if head[0] == LESS:
            return len(head) if head[-1] == LINE_END else 0 if len(head) < LINE_MAX else -1
        if head[0] == LINE_END:  # between a count and the next, as some add it
            return 1
        count = bytes(head[: COUNT_DIGITS + 1]).partition(b" ")[0]
        if not count.isdigit() or count[0] == ZERO or len(count) > COUNT_DIGITS:
            return -1
        return len(count) + 1 + int(count) if len(head) > len(count) else 0

    def unit(self, data: bytes) -> Iterable[Event]:
        message = (data if data[0] == LESS else data.partition(b" ")[2]).rstrip(b"\r\n\0")
        return (Carried("syslog_tcp", message),) if 0 < len(message) <= CARRIED_MAX else ()


def make() -> tuple[StreamParser, StreamParser]:
    return Records(), Records()


SPEC = StreamSpec(
    name="syslog_tcp",
    title="Syslog over TCP",
    ports=frozenset({514, 601, 1468}),
    probe=probe,
    make=make,
    emits={},
    budget=BUDGET,
    never_reads="see Syslog",
)
