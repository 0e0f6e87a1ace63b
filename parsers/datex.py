"""GE Datex-Ohmeda S/5 monitors on their network: records of DRI, each in a datagram. See `datex_record`."""

from __future__ import annotations

from collections.abc import Sequence

from parsers.api import SENDER, DatagramSpec, Event, Flag, Said
from parsers.datex_record import fields, is_record

OF_PATIENTS = frozenset({0, 1, 4})  # main types: measurements, waves, alarms


def read(data: bytes) -> Sequence[Event]:
    if not is_record(data):
        return ()
    said = Said(SENDER, fields(data, "datex"))
    measured = data[14] in OF_PATIENTS and ("datex.role", "monitor") in said.fields
    return (said, Flag("datex.cleartext")) if measured else (said,)


SPEC = DatagramSpec(
    name="datex",
    title="Datex-Ohmeda S/5 (DRI)",
    carriers=frozenset({"udp"}),
    probe=is_record,
    read=read,
    emits={"datex.role": 0.4, "datex.level": 0.4, "datex.plug": 0.4},
    findings={"datex.cleartext": "It sends a patient's measurements over the network without encryption."},
    never_reads="everything behind the head of a record; the layout is from programs that read it on serial lines",
)
