"""KNXnet/IP: gateways to the bus of a building, as they answer who is there. KNX 3/8/2, laid out as in xknx.

  0 head's length 6   version 0x10   2 service 2   4 length 2   a search's answer: 6 address 8
  then blocks: 0 length 1   kind 1; the device (1): 2 medium 1   status 1   4 address on the bus 2   installation 2
    8 serial number 6   14 multicast address 4   18 MAC 6   24 name 30 (ISO 8859-1)

What goes over the bus is never read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from parsers.api import SENDER, DatagramSpec, Event, Odd, Said
from parsers.reading import clean, mac_text, u16

START, HEAD, ENDPOINT = b"\x06\x10", 6, 8
SEARCH, SEARCH_EXTENDED, DESCRIPTION = 0x0202, 0x020C, 0x0204
BLOCKS_AT = {SEARCH: HEAD + ENDPOINT, SEARCH_EXTENDED: HEAD + ENDPOINT, DESCRIPTION: HEAD}
ASKING = frozenset((0x0201, 0x020B, 0x0203, 0x0205))  # searches, description, connection
# core, device management, tunnelling, routing, remote configuration, secure
FAMILIES = frozenset((0x02, 0x03, 0x04, 0x05, 0x07, 0x09))
DEVICE, DEVICE_SIZE = 1, 54
BLOCKS_MAX = 16


def probe(first: bytes) -> bool:
    return len(first) >= HEAD and first[:2] == START and first[2] in FAMILIES and u16(first, 4) == len(first)


def read(data: bytes) -> Sequence[Event]:
    if not probe(data):
        return (Odd("knx.malformed"),)
    service = u16(data, 2)
    if service in ASKING:
        return (Said(SENDER, (("knx.role", "client"),)),)
    if service not in BLOCKS_AT:
        return ()
    device = next((data for kind, data in blocks(data, BLOCKS_AT[service]) if kind == DEVICE), b"")
    return (Said(SENDER, described(device)),) if len(device) == DEVICE_SIZE else (Odd("knx.malformed"),)


def blocks(data: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    for _ in range(BLOCKS_MAX):
        if at + 2 > len(data) or data[at] < 2 or at + data[at] > len(data):
            return
        yield data[at + 1], data[at : at + data[at]]
        at += data[at]


def described(device: bytes) -> tuple[tuple[str, str], ...]:
    fields = [("knx.role", "gateway"), ("knx.bus_address", f"{device[4] >> 4}.{device[4] & 15}.{device[5]}")]
    if any(device[8:14]):
        fields.append(("knx.serial", device[8:14].hex()))
    if any(device[18:24]):
        fields.append(("knx.mac", mac_text(device[18:24])))
    name = clean(device[24:].partition(b"\0")[0], "iso-8859-1")
    if name and name.isprintable():
        fields.append(("knx.friendly_name", name))
    return tuple(fields)


SPEC = DatagramSpec(
    name="knx",
    title="KNXnet/IP",
    carriers=frozenset({"udp"}),
    ports=frozenset({3671}),
    probe=probe,
    read=read,
    emits={
        "knx.role": 0.8,
        "knx.bus_address": 0.8,
        "knx.serial": 0.9,
        "knx.mac": 0.8,
        "knx.friendly_name": 0.6,
    },
    never_reads="what goes over the bus",
)
