"""IEC 60870-5-104, remote control of plants: recognised, and who commands. IEC 60870-5-104 clause 5, -5-101 clause 7.2.

  0 0x68 1   length of the rest 1   control 4: bit 0 clear: numbered, 01: supervision, 11: start, stop, test
  numbered: 6 kind 1   count 1   cause 2   address 2   objects

Values and addresses of objects are never read.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsers.api import SENDER, Done, Event, Flag, Said, StreamParser, StreamSpec
from parsers.units import Units

START, HEAD, LEAST, MOST = 0x68, 6, 4, 253
# start, stop and test, each asked and confirmed (clause 5.3)
UNNUMBERED = frozenset((0x07, 0x0B, 0x13, 0x23, 0x43, 0x83))
START_ASKED, START_CONFIRMED = 0x07, 0x0B
KINDS = frozenset(
    (*range(1, 41), *range(45, 52), *range(58, 65), 70, *range(100, 108), *range(110, 114), *range(120, 128))
)
COMMANDS = frozenset((*range(45, 52), *range(58, 65), 105, *range(110, 113)))  # set, restart, change parameters
CAUSE, CAUSE_MAX, ACTIVATED = 0x3F, 47, 6
ASDU_LEAST = 6  # kind, count, cause, address
UNITS_MAX = 2000  # messages of a direction that are read


def probe(first: bytes) -> bool | None:
    if first[:1] not in (b"", b"\x68"):
        return False
    if len(first) < HEAD:
        return None
    return is_message(first) if len(first) >= min(HEAD + 4, 2 + first[1]) else None


def is_message(data: bytes) -> bool:
    size, control = data[1], data[2:6]
    if not LEAST <= size <= MOST or control[2] & 1:
        return False
    if control[0] & 3 == 3:
        return size == LEAST and control[0] in UNNUMBERED and control[1:] == bytes(3)
    if control[0] & 3 == 1:
        return size == LEAST and control[:2] == b"\1\0"
    return size >= LEAST + ASDU_LEAST and data[6] in KINDS and 0 < data[8] & CAUSE <= CAUSE_MAX


def is_command(data: bytes) -> bool:
    return not data[2] & 1 and is_message(data) and data[6] in COMMANDS and data[8] & CAUSE == ACTIVATED


class Messages(Units):
    protocol = "iec104"

    def __init__(self) -> None:
        super().__init__()
        self._read = 0
        self._said: set[str] = set()

    def measure(self, head: bytes | bytearray) -> int:
        if head[0] != START:
            return -1
        if len(head) < 2:
            return 0
        return 2 + head[1] if LEAST <= head[1] <= MOST else -1

    def unit(self, data: bytes) -> Iterator[Event]:
        if data[2] == START_ASKED and self.new("controlling"):
            yield Said(SENDER, (("iec104.role", "controlling station"),))
        elif data[2] == START_CONFIRMED and self.new("controlled"):
            yield Said(SENDER, (("iec104.role", "controlled station"),))
        elif is_command(data) and self.new("commands"):
            yield Flag("iec104.commands")
        self._read += 1
        if self._read == UNITS_MAX:
            yield Done()

    def new(self, what: str) -> bool:
        before = len(self._said)
        self._said.add(what)
        return len(self._said) > before


def make() -> tuple[StreamParser, StreamParser]:
    return Messages(), Messages()


SPEC = StreamSpec(
    name="iec104",
    title="IEC 60870-5-104",
    ports=frozenset({2404}),
    probe=probe,
    make=make,
    emits={"iec104.role": 0.8},
    findings={"iec104.commands": "Commands a plant by a protocol that asks nobody who they are (IEC 60870-5-104)."},
    never_reads="values, addresses of objects",
)
