"""Kerberos 5 over TCP: hands on whole messages, each behind its length in four bytes. RFC 4120 section 7.2.2."""

from __future__ import annotations

from collections.abc import Iterable

from parsers import kerberos_message
from parsers.api import CARRIED_MAX, Carried, Event, StreamParser, StreamSpec
from parsers.units import Units

LENGTH = 4
TAG_MORE = 24  # bytes of a message in which the version is


def probe(first: bytes) -> bool | None:
    """A length under 64 KiB, and what is a message over UDP."""
    if any(first[:2]) or (len(first) > LENGTH and first[LENGTH] not in kerberos_message.TAGS):
        return False
    size = int.from_bytes(first[2:4], "big")
    return kerberos_message.probe(first[LENGTH:]) if len(first) >= LENGTH + min(size, TAG_MORE) > LENGTH else None


class Messages(Units):
    protocol = "kerberos_tcp"

    def measure(self, head: bytes | bytearray) -> int:
        if any(head[:2]):
            return -1
        return LENGTH + int.from_bytes(head[2:4], "big") if len(head) >= LENGTH else 0

    def unit(self, data: bytes) -> Iterable[Event]:
        message = data[LENGTH:]
        return (Carried("kerberos_tcp", message),) if 0 < len(message) <= CARRIED_MAX else ()


def make() -> tuple[StreamParser, StreamParser]:
    return Messages(), Messages()


SPEC = StreamSpec(
    name="kerberos_tcp",
    title="Kerberos over TCP",
    ports=frozenset({88}),
    probe=probe,
    make=make,
    emits={},
    never_reads="see Kerberos",
)
