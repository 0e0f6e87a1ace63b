"""Modbus over TCP: what servers and the devices behind gateways are, and who changes something in them.

  Modbus Messaging on TCP/IP 1.0b section 3.1: 0 transaction 2   protocol 0: 2   length of the rest 2   unit 1
  Modbus Application Protocol 1.1b3 section 6: 7 function 1, with 0x80 a refusal: 8 reason 1
    0x11 answer: 8 count 1   what it is, of its own making, with 0x00 or 0xff for "runs" in it         (section 6.13)
    0x2b answer: 8 kind 0x0e 1   code 1   conformity 1   more 1   next 1   count 1   (id 1, length 1, text) (6.21)

Unit 0 or 255 is the host itself (1 mostly, too); another that answers is a device on a serial line behind it. Values of
coils and registers are never read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parsers.api import SENDER, About, Done, Event, Flag, Id, Odd, Said, StreamParser, StreamSpec
from parsers.reading import printable, u16
from parsers.units import Units

HEAD, LENGTH_MAX = 6, 254
UNITS_MAX = 4000  # messages of a direction that are read: who is polled tells what it is in the first of them
OWN = frozenset((0, 1, 255))
LAST_UNIT = 247  # of a serial line
REFUSED = 0x80
NO_PATH, NO_ANSWER = 0x0A, 0x0B  # reasons that only a gateway gives
REASONS = frozenset((1, 2, 3, 4, 5, 6, 7, 8, NO_PATH, NO_ANSWER))
READING = frozenset((1, 2, 3, 4))
WRITING_ONE, WRITING_MANY = frozenset((5, 6)), frozenset((15, 16))
WRITING = WRITING_ONE | WRITING_MANY | {21, 22, 23}
# function -> lengths of the other requests and answers that have fixed ones: status, diagnostics, counter, mask
FIXED = {7: (2, 3), 8: (6,), 11: (2, 6), 22: (8,)}
COUNTED = frozenset((12, 20, 21))
REPORT, ENCAPSULATED, IDENTIFICATION = 0x11, 0x2B, 0x0E
OBJECTS_MAX = 16  # of one answer; seven have names
OBJECTS = {
    0: "vendor",
    1: "product_code",
    2: "revision",
    4: "product",
    5: "model",
    6: "application",
}
RUNS = (b"\0", b"\xff")


def probe(first: bytes) -> bool | None:
    """A head with a possible length, and a function whose length agrees with it."""
    if len(first) < HEAD + 2:
        return False if any(first[2:5]) else None
    size = u16(first, 4)
    if any(first[2:5]) or not 2 <= size <= LENGTH_MAX:
        return False
    if len(first) < min(HEAD + size, 13):
        return None
    if len(first) > HEAD + size and any(first[HEAD + size + 2 : HEAD + size + 5]):
        return False
    return is_possible(first[7], size, first)


def is_possible(function: int, size: int, data: bytes) -> bool:
    """size: of unit, function and what follows. A request, or an answer."""
    after = data[8] if size > 2 else -1
    if function & REFUSED:
        return size == 3 and after in REASONS
    if function in READING:
        return size == 6 or size == 3 + after
    if function in WRITING_ONE:
        return size == 6
    if function in WRITING_MANY:
        return size == 6 or (size > 7 and size == 7 + data[12])
    if function == REPORT:
        return size in (2, 3 + after)
    if function == ENCAPSULATED:
        return after in (IDENTIFICATION, 0x0D)
    if function in COUNTED:
        return size == 3 + after or (function == 12 and size == 2)
    return size in FIXED.get(function, ())


class Direction(Units):
    protocol = "modbus"

    def __init__(self) -> None:
        super().__init__()
        self._read = 0
        self._said: set[tuple[int, str]] = set()  # unit and what was said of it: polls say the same for days

    def measure(self, head: bytes | bytearray) -> int:
        if any(head[2:4]):
            return -1
        if len(head) < HEAD:
            return 0
        size = int.from_bytes(head[4:6], "big")
        return HEAD + size if 2 <= size <= LENGTH_MAX else -1

    def unit(self, data: bytes) -> Iterator[Event]:
        yield from self.message(data)
        self._read += 1
        if self._read == UNITS_MAX:
            yield Done()

    def message(self, data: bytes) -> Iterable[Event]:
        raise NotImplementedError

    def new(self, unit: int, what: str) -> bool:
        before = len(self._said)
        self._said.add((unit, what))
        return len(self._said) > before


class Requests(Direction):
    def message(self, data: bytes) -> Iterator[Event]:
        if self.new(0, "role"):
            yield Said(SENDER, (("modbus.role", "client"),))
        if data[7] in WRITING and self.new(0, "writes"):
            yield Flag("modbus.writes")


class Answers(Direction):
    def message(self, data: bytes) -> Iterator[Event]:
        unit, function = data[6], data[7]
        if function & REFUSED:
            gateway = len(data) > 8 and data[8] in (NO_PATH, NO_ANSWER)
            role = "gateway" if gateway else "server"
            if self.new(0, role):
                yield Said(SENDER, (("modbus.role", role),))
            return
        if self.new(0, "server"):
            yield Said(SENDER, (("modbus.role", "server"),))
        about = whose(unit)
        if about is not SENDER and self.new(unit, "unit"):
            yield Said(about, (("modbus.unit", str(unit)),))
        if function == REPORT:
            if (text := report(data)) and self.new(unit, text):
                yield Said(about, (("modbus.server_id", text),))
        elif function == ENCAPSULATED and data[8:9] == bytes((IDENTIFICATION,)):
            fields, whole = identification(data)
            if fields and self.new(unit, repr(fields)):
                yield Said(about, tuple(fields.items()))
            if not whole:
                yield Odd("modbus.malformed")


def whose(unit: int) -> About:
    if unit in OWN or unit > LAST_UNIT:
        return SENDER
    return About("sender", behind=(Id("model_station", f"Modbus unit {unit}"),))


def report(data: bytes) -> str:
    """The text in it: before and behind the byte for "runs"."""
    told = data[9 : 9 + data[8]] if len(data) > 8 else b""
    for runs in RUNS:
        told = told.replace(runs, b"\n")
    return " ".join(text for part in told.split(b"\n") if len(text := printable(part)) > 1)


def identification(data: bytes) -> tuple[dict[str, str], bool]:
    """What it tells of itself, and whether it was whole."""
    fields: dict[str, str] = {}
    at = 14
    for _ in range(min(data[13], OBJECTS_MAX) if len(data) > 13 else 0):
        if at + 2 > len(data) or at + 2 + data[at + 1] > len(data):
            return fields, False
        text = printable(data[at + 2 : at + 2 + data[at + 1]])
        if text and data[at] in OBJECTS:
            fields[f"modbus.{OBJECTS[data[at]]}"] = text
        at += 2 + data[at + 1]
    return fields, len(data) > 13


def make() -> tuple[StreamParser, StreamParser]:
    return Requests(), Answers()


SPEC = StreamSpec(
    name="modbus",
    title="Modbus/TCP",
    ports=frozenset({502}),
    probe=probe,
    make=make,
    emits={
        "modbus.role": 0.8,
        "modbus.unit": 0.7,
        "modbus.vendor": 0.9,
        "modbus.product_code": 0.9,
        "modbus.revision": 0.9,
        "modbus.product": 0.9,
        "modbus.model": 0.9,
        "modbus.application": 0.4,
        "modbus.server_id": 0.7,
    },
    findings={"modbus.writes": "Changes values in controllers, which ask nobody who they are (Modbus)."},
    never_reads="values of coils, registers and files",
)
