"""GE Datex-Ohmeda S/5 monitors on their network: records of DRI, each in a datagram. See `datex_record`."""

from __future__ import annotations

from collections.abc import Sequence

from parsers.api import SENDER, DatagramSpec, Event, Said
from parsers.datex_record import fields, is_record


def read(data: bytes) -> Sequence[Event]:
    return (Said(SENDER, fields(data, "datex")),) if is_record(data) else ()


SPEC = DatagramSpec(
    name="datex",
    title="Datex-Ohmeda S/5 (DRI)",
    carriers=frozenset({"udp"}),
    probe=is_record,
    read=read,
    emits={"datex.role": 0.4, "datex.level": 0.4, "datex.plug": 0.4},
    never_reads="everything behind the head of a record; the layout is from programs that read it on serial lines",
)
