"""Mindray Patient Data Share: a monitor's own broadcast, once a second, of where it stands and where it can be asked.

One HL7 v2.3.1 ADT^A01 in a UDP datagram, with empty MSH-3 to 8; fields after three independent clients that cite the
Patient Data Share Programmer's Guide (0010-20-43061-2). Read are PV1-3 and two rows: 2304, the monitor's name, and
2308, the bed's. The rest of it is about the patient.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.api import SENDER, DatagramSpec, Event, Flag, Odd, Said
from parsers.reading import ip_text, printable

SEGMENTS_MAX = 256  # of one datagram; clients show about thirty
FRAME = b"\x0b\x1c\r\n"  # of MLLP: some units have it, some not
_BEGINNING = re.compile(rb"[\x0b\r\n]{0,2}MSH\|\^~\\&\|{7}ADT\^A01\|")
_NAME, _BED = b"2304", b"2308"
_ROWS = {_NAME: "mindray.name", _BED: "mindray.bed"}


def probe(first: bytes) -> bool:
    return first[:1] in b"M\x0b\r\n" and _BEGINNING.match(first) is not None


def read(data: bytes) -> Iterator[Event]:
    said: list[tuple[str, str]] = []
    patient = False
    segments = data.strip(FRAME).replace(b"\n", b"\r").split(b"\r", SEGMENTS_MAX)
    if len(segments) > SEGMENTS_MAX:
        yield Odd("mindray.too_many_segments")
    for line in segments[:SEGMENTS_MAX]:
        head = line[:4]
        if head == b"PID|":
            patient = True
        elif head == b"PV1|":
            said += _place(line.split(b"|", 4)[3:4])
        elif head == b"OBX|":
            fields = line.split(b"|", 6)
            observable = _ROWS.get(fields[3].split(b"^", 1)[0]) if len(fields) > 5 else None
            if observable and (text := printable(fields[5])):
                said.append((observable, text))
    yield Said(SENDER, (("mindray.speaks", "Patient Data Share"), *dict.fromkeys(said)))
    if patient:
        yield Flag("mindray.patient_broadcast")


def _place(field: list[bytes]) -> list[tuple[str, str]]:
    """PV1-3: department & bed & address as one unsigned number & port, in its third component."""
    parts = field[0].split(b"^")[2].split(b"&") if field and field[0].count(b"^") >= 2 else []
    department, bed, address, port = ([*parts, b"", b"", b"", b""])[:4]
    place = "^".join(text for text in (printable(department), printable(bed)) if text)
    said = [("mindray.location", place)] if place else []
    if address.isdigit() and len(address) <= 10 and 0 < (number := int(address)) < 1 << 32:
        said.append(("mindray.address", ip_text(number.to_bytes(4, "big"))))
    if port.isdigit() and len(port) <= 5 and 0 < int(port) < 1 << 16:
        said.append(("mindray.port", str(int(port))))
    return said


SPEC = DatagramSpec(
    name="mindray",
    title="Mindray Patient Data Share",
    carriers=frozenset({"udp"}),
    ports=frozenset({4600, 4620, 4679}),
    probe=probe,
    read=read,
    emits={
        "mindray.speaks": 0.8,
        "mindray.name": 0.6,
        "mindray.bed": 0.6,
        "mindray.location": 0.6,
        "mindray.address": 0.6,
        "mindray.port": 0.6,
    },
    findings={"mindray.patient_broadcast": "A monitor broadcasts the patient's name and data to its network in clear."},
    never_reads="PID and every other segment about the patient; rows other than the names of monitor and bed.",
)
