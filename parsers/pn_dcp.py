"""PROFINET DCP: names, makers and addresses of devices of a plant. IEC 61158-6-10 (as read by Wireshark).

0 frame 2: fefc to feff   2 service 1   kind 1   4 number 4   8 delay 2   10 length 2   12 blocks, each on even bytes:
  option 1, part 1, length 2, in answers and hellos information 2, in sets qualifier 2, data
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from parsers.api import SENDER, DatagramSpec, Event, Flag, Odd, Said
from parsers.reading import ip_text, printable, u16

Field = tuple[str, str]

HEAD, BLOCK_HEAD, INFORMATION = 12, 4, 2
HELLO, QUESTION, ANSWER, OTHER = 0xFEFC, 0xFEFE, 0xFEFF, 0xFEFD
GET, SET, IDENTIFY, GREET = 3, 4, 5, 6
REQUEST, SUCCESS = 0, 1
BLOCKS_MAX = 32
IP, DEVICE = 1, 2
IP_SUITE = 2
STATION_TYPE, STATION_NAME, DEVICE_ID, ROLE = 1, 2, 3, 4
ROLES = {1: "device", 2: "controller", 4: "multidevice", 8: "supervisor"}


def probe(first: bytes) -> bool:
    """A frame of DCP whose service and kind go together and whose length is there; Ethernet pads it."""
    if len(first) < HEAD or first[0] != 0xFE or u16(first, 0) not in (HELLO, QUESTION, ANSWER, OTHER):
        return False
    return first[2] in (GET, SET, IDENTIFY, GREET) and first[3] <= 5 and HEAD + u16(first, 10) <= len(first)


def read(data: bytes) -> Sequence[Event]:
    if not probe(data):
        # the other frames of PROFINET carry values of a running plant, and the clock
        return () if data[:1] and data[0] < 0xFE else (Odd("pn_dcp.malformed"),)
    service, kind = data[2], data[3]
    if service == SET and kind == REQUEST:
        return (Flag("pn_dcp.sets"),)
    tells = (kind == SUCCESS and service in (GET, IDENTIFY)) or service == GREET
    fields = [field for option, part, value in blocks(data) for field in told(option, part, value)] if tells else []
    return (Said(SENDER, tuple(dict.fromkeys(fields))),) if fields else ()


def blocks(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Option, part, and the data behind the information."""
    at, end = HEAD, HEAD + u16(data, 10)
    for _ in range(BLOCKS_MAX):
        if at + BLOCK_HEAD > end:
            return
        size = u16(data, at + 2)
        after = at + BLOCK_HEAD + size
        if after > end or size < INFORMATION:
            return
        yield data[at], data[at + 1], data[at + BLOCK_HEAD + INFORMATION : after]
        at = after + (size & 1)


def told(option: int, part: int, value: bytes) -> Iterator[Field]:
    if option == IP and part == IP_SUITE and len(value) >= 4 and any(value[:4]):
        yield "pn_dcp.address", ip_text(value[:4])
    elif option != DEVICE:
        return
    elif part in (STATION_TYPE, STATION_NAME):
        if text := printable(value):
            yield "pn_dcp.model" if part == STATION_TYPE else "pn_dcp.host_name", text
    elif part == DEVICE_ID and len(value) == 4:
        yield "pn_dcp.vendor_id", f"{u16(value, 0):04x}"
        yield "pn_dcp.device_id", f"{u16(value, 0):04x}:{u16(value, 2):04x}"
    elif part == ROLE and value:
        for bit, role in ROLES.items():
            if value[0] & bit:
                yield "pn_dcp.role", role


SPEC = DatagramSpec(
    name="pn_dcp",
    title="PROFINET DCP",
    carriers=frozenset({"ethertype:8892"}),
    probe=probe,
    read=read,
    emits={
        "pn_dcp.host_name": 0.8,
        "pn_dcp.model": 0.8,
        "pn_dcp.vendor_id": 0.9,
        "pn_dcp.device_id": 0.9,
        "pn_dcp.role": 0.9,
        "pn_dcp.address": 0.8,
    },
    findings={"pn_dcp.sets": "Sets names and addresses of devices, which ask nobody who they are (PROFINET DCP)."},
    never_reads="values of a running plant",
)
