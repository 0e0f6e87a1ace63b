"""EtherNet/IP over UDP: devices that answer who is there. See `parsers.cip`."""

from __future__ import annotations

from collections.abc import Iterable

from parsers import cip
from parsers.api import DatagramSpec, Event, Odd
from parsers.reading import u16le


def probe(first: bytes) -> bool:
    return len(first) >= cip.HEAD and cip.is_head(first) and u16le(first, 2) == len(first) - cip.HEAD


def read(data: bytes) -> Iterable[Event]:
    return cip.read(data, "enip") if probe(data) else (Odd("enip.malformed"),)


SPEC = DatagramSpec(
    name="enip",
    title="EtherNet/IP over UDP",
    carriers=frozenset({"udp"}),
    ports=frozenset({44818}),
    probe=probe,
    read=read,
    emits={**cip.emits("enip"), "enip.address": 0.6},
)
