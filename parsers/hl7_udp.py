"""HL7 v2 in datagrams, with MLLP's frame or without: hands on each one, which is a message or a batch. See `hl7`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.api import Carried, DatagramSpec, Event
from parsers.hl7_fields import good_separators

FIRST = b"\x0bMFB\r\n"  # of a frame, or of MSH, FHS and BHS
SEPARATORS_AT = 3  # in each of the three segments

_BEGINNING = re.compile(rb"[\x0b\r\n]{0,3}(?:MSH|FHS|BHS)")
_NOBODYS = re.compile(rb"(.)[^\r]{4,5}\1{7}")  # neither sender, receiver nor time: of monitors that `mindray` reads


def probe(first: bytes) -> bool:
    """A segment that begins a message or a batch, and declares separators; more of one datagram never comes."""
    found = _BEGINNING.match(first) if first[:1] and first[0] in FIRST else None
    if found is None:
        return False
    begin = found.end() - SEPARATORS_AT
    return good_separators(first[begin:]) and _NOBODYS.match(first, begin + SEPARATORS_AT) is None


def read(data: bytes) -> Iterator[Event]:
    if data:
        yield Carried("hl7_udp", data)


SPEC = DatagramSpec(
    name="hl7_udp",
    title="HL7 v2 in datagrams",
    carriers=frozenset({"udp"}),
    ports=frozenset({2575}),
    probe=probe,
    read=read,
    emits={},
    never_reads="see HL7 v2",
)
