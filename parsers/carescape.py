"""GE CARESCAPE and Unity monitoring networks: which nodes there are, and at which bed. UDP broadcasts, big-endian.

The layout is inferred: a vendor's page about the time message (Vocera, adapter for CARESCAPE) and a program that reads
the same head on a serial line (mdpnp/mdpnp GESerial.java) agree in it; nobody's capture was at hand. So it is read
strictly and weighs little.

  0 receiver 6   6 sender: IPv4 address 4, rest 2   12 function 2   14 sub-function 2   16 version, sequence, request or
  response, process 2 each   24 place `UNIT|ROOM`, NUL filled   60 in a message of 64 bytes: seconds since 1900
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers.api import About, DatagramSpec, Event, Said
from parsers.reading import ip_text, u32

SHORTEST = 60
TIME_MESSAGE = 64
AT, END = 24, 38  # of the place; what is behind it may name a patient and is never looked at
SINCE_2000 = 3_155_673_600  # seconds from 1900-01-01 to 2000-01-01

_PLACE = re.compile(rb"[A-Z0-9][A-Z0-9 _-]{0,6}\|[A-Za-z0-9][A-Za-z0-9 _-]{0,5}(?=\0)")


def probe(first: bytes) -> bool:
    """Small numbers where numbers are, an address that a host can have, a place of a unit and a room."""
    return (
        len(first) >= SHORTEST
        and not (first[12] or first[14] or first[16])
        and 0 < first[6] < 224
        and first[6] != 127
        and first[13] != 0
        and _PLACE.match(first, AT, END) is not None
    )


def read(data: bytes) -> Sequence[Event]:
    place = _PLACE.match(data, AT, END) if probe(data) else None
    if place is None:
        return ()
    fields = [("carescape.role", "node"), ("carescape.location", place[0].decode("ascii"))]
    if len(data) == TIME_MESSAGE and u32(data, 60) >= SINCE_2000:
        fields.append(("carescape.time", "master"))
    return (Said(About(ip_text(data[6:10])), tuple(fields)),)


SPEC = DatagramSpec(
    name="carescape",
    title="GE CARESCAPE/Unity network",
    carriers=frozenset({"udp"}),
    ports=frozenset({2000, 7000}),
    probe=probe,
    read=read,
    emits={"carescape.role": 0.4, "carescape.location": 0.4, "carescape.time": 0.4},
    never_reads="everything behind the place, where names of patients may be; the layout is inferred from two sources",
)
