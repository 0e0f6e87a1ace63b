"""SIP over TCP: hands on the heads of messages. RFC 3261 section 18.3."""

from __future__ import annotations

from collections.abc import Iterable

from parsers.api import Carried, Event, StreamParser, StreamSpec
from parsers.heads import Head, Heads
from parsers.sip_start import probe


class Messages(Heads):
    protocol = "sip_tcp"

    def message(self, head: Head) -> Iterable[Event]:
        return (Carried("sip_tcp", head.whole),) if probe(head.whole) else self.stranger()


def make() -> tuple[StreamParser, StreamParser]:
    return Messages(), Messages()


SPEC = StreamSpec(
    name="sip_tcp",
    title="SIP over TCP",
    ports=frozenset({5060}),
    probe=probe,
    make=make,
    emits={},
    never_reads="see SIP",
)
