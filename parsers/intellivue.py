"""Philips IntelliVue patient monitors: the data export over UDP. See `intellivue_message`.

A monitor writes its hardware address and its IP address into its indication: they are bound across routers by that.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsers.api import SENDER, About, DatagramSpec, Event, Flag, Odd, Said
from parsers.intellivue_message import probe
from parsers.intellivue_message import read as read_message


def read(data: bytes) -> Iterator[Event]:
    if not probe(data):
        yield Odd("intellivue.malformed")
        return
    message = read_message(data)
    about = About(message.mac) if message.mac else SENDER
    if message.fields:
        yield Said(about, tuple((f"intellivue.{name}", text) for name, text in message.fields))
    if message.ip:
        yield Said(about, (("intellivue.address", message.ip),))
    if message.gives:
        yield Flag("intellivue.cleartext")
    if message.odd:
        yield Odd(f"intellivue.{message.odd}")


SPEC = DatagramSpec(
    name="intellivue",
    title="Philips IntelliVue data export",
    carriers=frozenset({"udp"}),
    ports=frozenset({24005, 24105}),
    probe=probe,
    read=read,
    emits={
        "intellivue.role": 0.6,
        "intellivue.mdc_device": 0.7,
        "intellivue.manufacturer": 0.7,
        "intellivue.model": 0.7,
        "intellivue.serial": 0.8,
        "intellivue.part_number": 0.6,
        "intellivue.hardware": 0.6,
        "intellivue.software": 0.7,
        "intellivue.firmware": 0.6,
        "intellivue.system_id": 0.6,
        "intellivue.location": 0.5,
        "intellivue.address": 0.7,
        "intellivue.port": 0.6,
        "intellivue.wireless": 0.6,
    },
    findings={
        "intellivue.cleartext": "It gives patient data to whoever asks for them, without authentication or encryption.",
    },
    never_reads=(
        "patients' names, ids, birth dates, measures and notes, alarms, numerics and waves; layouts are from programs "
        "that read it, not from a monitor"
    ),
)
