"""Moxa serial servers: what they answer to Moxa's search utility, over UDP port 4800.

  0 request, or with bit 80 its answer   1 status   2 length of all 2   4 echoed 4   8 product line 2, 2
  12 hardware id 2, low byte first   14 MAC 6   20 what the request asked for; a search is the first 8 bytes alone

Layout as inferred by two independent public works: M. Davidsaver's notes on an NPort 5110A, and a dissector in Lua for
Wireshark. Settings, mail addresses and SNMP communities are among the answers: only those below are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from parsers.api import SENDER, DatagramSpec, Event, Odd, Said
from parsers.reading import mac_text, printable, u16, u16le

HEAD = 8
ID = 20  # with the device's id
ANSWER = 0x80
SEARCH, NAME, PRODUCT = 0x01, 0x10, 0x16
REQUESTS = frozenset({SEARCH, *range(0x10, 0x57)})
STATUS = frozenset({0, 4})  # well; no such request
MULTICAST = 0x01  # in the first byte of a MAC
NAME_SIZE = 40
VERSION_AT, SERIAL_AT = 2, 8  # in the answer about the product, which is 16 bytes long
PRODUCT_SIZE = 16


def probe(first: bytes) -> bool:
    """The length that is said is the datagram's; an answer says which device it is."""
    if len(first) < HEAD or u16(first, 2) != len(first):
        return False
    if first[0] & 0x7F not in REQUESTS or first[1] not in STATUS:
        return False
    if not first[0] & ANSWER:
        return len(first) == HEAD if first[0] == SEARCH else len(first) >= ID
    return len(first) >= ID and not first[14] & MULTICAST and any(first[14:20])


def named(rest: bytes) -> str:
    return printable(rest[:NAME_SIZE].split(b"\0", 1)[0])


def version(rest: bytes) -> str:
    """Minor and major number in hexadecimal digits that are meant as decimal ones."""
    raw = rest[VERSION_AT : VERSION_AT + 2]
    return f"{raw[1]:02x}.{raw[0]:02x}" if len(rest) >= PRODUCT_SIZE and any(raw) else ""


def serial(rest: bytes) -> str:
    return str(u16le(rest, SERIAL_AT) or "") if len(rest) >= PRODUCT_SIZE else ""


FIELDS: dict[int, tuple[tuple[str, Callable[[bytes], str]], ...]] = {
    NAME: (("moxa.host_name", named),),
    PRODUCT: (("moxa.firmware", version), ("moxa.serial", serial)),
}


def read(data: bytes) -> Iterator[Event]:
    if not probe(data):
        yield Odd("moxa.malformed")
    elif data[0] & ANSWER and not data[1]:
        rest = data[ID:]
        fields = [("moxa.mac", mac_text(data[14:20])), ("moxa.hardware_id", f"{u16le(data, 12):04x}")]
        fields += [(name, text_of(rest)) for name, text_of in FIELDS.get(data[0] & 0x7F, ())]
        yield Said(SENDER, tuple((name, text) for name, text in fields if text))


SPEC = DatagramSpec(
    name="moxa",
    title="Moxa search",
    carriers=frozenset({"udp"}),
    ports=frozenset({4800}),
    probe=probe,
    read=read,
    emits={
        "moxa.mac": 0.9,
        "moxa.hardware_id": 0.8,
        "moxa.host_name": 0.7,
        "moxa.firmware": 0.8,
        "moxa.serial": 0.6,  # sixteen bits: some will be the same
    },
    never_reads="network and mail settings, SNMP communities, contacts, access lists",
)
