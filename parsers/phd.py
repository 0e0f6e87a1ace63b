"""Personal health devices over TCP: which agent associates, and its model. ISO/IEEE 11073-20601 in MDER, big-endian.

Written from code that sends and reads it (signove/antidote, and an agent's own messages in an example for AVR32).

  message      0 choice 2: E2 00 association request, E3 00 response, E4 00 to E6 00 its end, E7 00 data   2 length 2
  request      0 version 80000000   4 count 2, length 2, then of each protocol: id 2 (50 79), length 2, information
  response     0 result 2: 0 or 3 accepted   2 id 2   4 length 2, information
  information  0 version 4   4 encoding 2   6 nomenclature 4   10 units 4   14 role 4: 80000000 manager, 00800000 agent
               18 system id: length 2, EUI-64   then the number of the configuration 2
  data         0 length 2   2 invoke id 2   4 choice 2: 02 03 what a get gives   6 length 2, handle 2 (0: the system)
               then attributes: count 2, length 2, of each id 2, length 2, value

The agent opens the connection. A get of the whole system gives its attributes; a measurement is never looked into.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from parsers.api import RECEIVER, SENDER, Event, Flag, Odd, Said, StreamParser, StreamSpec
from parsers.reading import printable, u16
from parsers.units import Units

Field = tuple[str, str]

REQUEST, RESPONSE, DATA = 0xE2, 0xE3, 0xE7
CHOICES = frozenset(range(0xE2, 0xE8))
VERSION = b"\x80\0\0\0"
PROTOCOL = b"\x50\x79"
ACCEPTED = frozenset({0, 3})  # with a known configuration, or one that is still to be told
GIVES = b"\x02\x03"
ROLES = {b"\x80\0\0\0": "manager", b"\x00\x80\0\0": "agent"}
PROTOCOLS_MAX = 8  # that an agent offers; one is usual
ATTRIBUTES_MAX = 64  # of a system; a dozen is usual
ENTRIES_MAX = 32  # of a list in an attribute

TYPES, MODEL, SPECIFICATION = 0x0A5A, 0x0928, 0x092D
INFRASTRUCTURE = 8 << 16  # the partition of device specialisations in ISO/IEEE 11073-10101
SPECIFIED = {
    1: "phd.serial",
    2: "phd.part_number",
    3: "phd.hardware",
    4: "phd.software",
    5: "phd.firmware",
}


def probe(first: bytes) -> bool | None:
    """An association by its versions and protocol; data by two lengths that agree and a choice that there is."""
    if not first:
        return None
    if first[0] not in (REQUEST, RESPONSE, DATA) or (len(first) > 1 and first[1]):
        return False
    if len(first) < 14:
        return None
    length = u16(first, 2)
    if first[0] == REQUEST:
        return first[4:8] == VERSION and length >= 10 and first[12:14] == PROTOCOL
    if first[0] == RESPONSE:
        return first[4] == 0 and first[6:8] == PROTOCOL and u16(first, 8) + 6 == length
    return u16(first, 4) + 2 == length and u16(first, 10) + 6 == u16(first, 4) and 1 <= first[8] <= 4 and first[9] <= 7


class Messages(Units):
    protocol = "phd"

    def measure(self, head: bytes | bytearray) -> int:
        if head[0] not in CHOICES or (len(head) > 1 and head[1]):
            return -1
        return 4 + int.from_bytes(head[2:4], "big") if len(head) >= 4 else 0

    def unit(self, data: bytes) -> Iterable[Event]:
        if data[0] == REQUEST:
            return request(data[4:])
        if data[0] == RESPONSE:
            return response(data[4:])
        return given(data[4:]) if data[0] == DATA and data[8:10] == GIVES else ()


def request(body: bytes) -> Iterator[Event]:
    for name, value in items(body[4:], PROTOCOLS_MAX):
        if name.to_bytes(2, "big") == PROTOCOL and (fields := information(value)):
            yield Said(SENDER, fields)


def response(body: bytes) -> Iterator[Event]:
    if len(body) < 6 or body[2:4] != PROTOCOL or u16(body, 0) not in ACCEPTED:
        return
    if fields := information(body[6 : 6 + u16(body, 4)]):
        yield Said(SENDER, fields)
    yield Flag("phd.cleartext", RECEIVER)  # the agent: it sends from now on


def information(value: bytes) -> tuple[Field, ...]:
    role = ROLES.get(value[14:18], "")
    system = value[20 : 20 + u16(value, 18)] if len(value) >= 20 else b""
    fields: list[Field] = [("phd.role", role)] if role else []
    if len(system) == 8 and any(system):
        fields.append(("phd.system_id", system.hex().upper()))
    return tuple(fields)


def given(body: bytes) -> Iterator[Event]:
    """What a get gives of the system itself (handle 0)."""
    if len(body) < 14 or any(body[8:10]):
        return
    if u16(body, 10) > ATTRIBUTES_MAX:
        yield Odd("phd.too_many_attributes")
    found = [field for code, value in items(body[10:], ATTRIBUTES_MAX) if code in READ for field in READ[code](value)]
    if fields := tuple(dict.fromkeys(field for field in found if field[1])):
        yield Said(SENDER, (("phd.role", "agent"), *fields))


def items(data: bytes, most: int) -> Iterator[tuple[int, bytes]]:
    """A list of ids and values behind its count and length, as far as it goes."""
    if len(data) < 4:
        return
    at, stop = 4, min(len(data), 4 + u16(data, 2))
    for _ in range(min(u16(data, 0), most)):
        if at + 4 > stop or at + 4 + u16(data, at + 2) > stop:
            return
        end = at + 4 + u16(data, at + 2)
        yield u16(data, at), data[at + 4 : end]
        at = end


def types(value: bytes) -> Iterator[Field]:
    """Specialisations: code and version of the standard, as the code that is the same in every context."""
    entries = value[4 : 4 + 4 * ENTRIES_MAX]
    for at in range(0, len(entries) // 4 * 4, 4):
        yield "phd.mdc_device", str(INFRASTRUCTURE | u16(entries, at))


def model(value: bytes) -> Iterator[Field]:
    maker, rest = text(value)
    number, _ = text(rest)
    yield "phd.manufacturer", printable(maker)
    yield "phd.model", printable(number)


def specification(value: bytes) -> Iterator[Field]:
    """Kind 2, component 2, text: revisions and numbers. Those of a component (other than 0) are not the device's."""
    rest = value[4:]
    for _ in range(ENTRIES_MAX):
        if len(rest) < 6:
            return
        kind, component = u16(rest, 0), u16(rest, 2)
        value, rest = text(rest[4:])
        if kind in SPECIFIED and component == 0:
            yield SPECIFIED[kind], printable(value)


def text(value: bytes) -> tuple[bytes, bytes]:
    """A string behind its length, and what follows it; both empty where it is cut."""
    end = 2 + u16(value, 0) if len(value) >= 2 else 0
    return (value[2:end], value[end:]) if 2 <= end <= len(value) else (b"", b"")


READ: dict[int, Callable[[bytes], Iterator[Field]]] = {TYPES: types, MODEL: model, SPECIFICATION: specification}


def make() -> tuple[StreamParser, StreamParser]:
    return Messages(), Messages()


SPEC = StreamSpec(
    name="phd",
    title="IEEE 11073-20601",
    ports=frozenset(),
    probe=probe,
    make=make,
    emits={
        "phd.role": 0.6,
        "phd.system_id": 0.6,
        "phd.mdc_device": 0.6,
        "phd.manufacturer": 0.7,
        "phd.model": 0.7,
        "phd.serial": 0.7,
        "phd.part_number": 0.6,
        "phd.hardware": 0.6,
        "phd.software": 0.6,
        "phd.firmware": 0.6,
    },
    findings={"phd.cleartext": "It sends measurements of a person without authentication or encryption (IEEE 11073)."},
    never_reads="measurements, configurations, persons' numbers; the layout is from code that speaks it, not a device",
)
