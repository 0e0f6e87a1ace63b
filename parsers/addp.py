"""ADDP: Digi's serial servers answer who looks for them. Digi Advanced Device Discovery Protocol, over UDP.

  'DIGI'   type 2   length of the rest 2   then in answers, field by field: code 1, length 1, value

Layout as in public implementations of the protocol (a Python ADDP library after Q. Beukes' description). Requests that
change something carry the password in clear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from parsers.api import RECEIVER, SENDER, DatagramSpec, Event, Flag, Odd, Said
from parsers.reading import mac_text, printable, u16

MAGIC = b"DIGI"
HEAD = 8
SEARCH, CONFIGURE, RESTART, USE_DHCP = 1, 3, 5, 7  # the answer to each is the next number
ANSWERS = frozenset({2, 4, 6, 8})
CHANGES = frozenset({CONFIGURE, RESTART, USE_DHCP})
FIELDS_MAX = 64  # of an answer; there are 22 codes


def number(value: bytes) -> str:
    return str(int.from_bytes(value, "big")) if 0 < len(value) <= 4 else ""


def mac(value: bytes) -> str:
    return mac_text(value) if len(value) == 6 and any(value) else ""


def device_id(value: bytes) -> str:
    """Sixteen bytes, in four groups."""
    return "-".join(value[at : at + 4].hex() for at in range(0, 16, 4)) if len(value) == 16 and any(value) else ""


FIELDS: dict[int, tuple[str, Callable[[bytes], str]]] = {
    0x01: ("addp.mac", mac),
    0x04: ("addp.host_name", printable),
    0x07: ("addp.hardware_revision", number),
    0x08: ("addp.firmware", printable),
    0x0D: ("addp.model", printable),
    0x12: ("addp.serial_ports", number),
    0x1A: ("addp.device_id", device_id),
}


def probe(first: bytes) -> bool:
    return first[:4] == MAGIC and len(first) >= HEAD and 0 < u16(first, 4) <= 8 and u16(first, 6) <= len(first) - HEAD


def read(data: bytes) -> Iterator[Event]:
    if not probe(data):
        yield Odd("addp.malformed")
        return
    kind, body = u16(data, 4), data[HEAD : HEAD + u16(data, 6)]
    if kind in CHANGES:
        yield Flag("addp.configured", RECEIVER)
    if kind not in ANSWERS:
        return
    fields: dict[str, str] = {}
    at = 0
    for _ in range(FIELDS_MAX):
        if at + 2 > len(body):
            break
        code, size = body[at], body[at + 1]
        value = body[at + 2 : at + 2 + size]
        at += 2 + size
        if len(value) < size:
            yield Odd("addp.cut")
            break
        if code in FIELDS:
            name, text_of = FIELDS[code]
            fields.setdefault(name, text_of(value))
    else:
        yield Odd("addp.too_many_fields")
    said = tuple((name, text) for name, text in fields.items() if text)
    if said:
        yield Said(SENDER, said)


SPEC = DatagramSpec(
    name="addp",
    title="Digi ADDP",
    carriers=frozenset({"udp"}),
    ports=frozenset({2362}),
    probe=probe,
    read=read,
    emits={
        "addp.mac": 0.9,
        "addp.host_name": 0.7,
        "addp.hardware_revision": 0.8,
        "addp.firmware": 0.9,
        "addp.model": 0.9,
        "addp.serial_ports": 0.8,
        "addp.device_id": 0.9,
    },
    findings={
        "addp.configured": "Its network settings were changed, or it was restarted, by a protocol that sends passwords"
        " in clear."
    },
    never_reads="passwords, network settings",
)
