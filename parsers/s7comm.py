"""S7 communication, what Siemens controllers speak: their order numbers, names and serial numbers. RFC 1006, ISO 8073;
what is in them has no published standard: nmap's s7-info.nse and Wireshark's packet-s7comm*.c.

  TPKT 0 version 3, reserved 1, length 2   COTP 4 length 1   kind 1: 0xe0, 0xd0 connects, 0xf0 data, last 1
  7 0x32 1   kind 1: 1 job, 2, 3 answers, 7 user data   reserved 2   number 2   13 length of parameters 2, of data 2
  job: 17 function 1: 5 writes, 0x1a to 0x1c loads, 0x28, 0x29 start and stop
  answer with a status list: 29 0xff 0x09 length 2   33 list 2   index 2   37 size of an entry 2   count 2   41 entries
    list 0x11: index 2   order number 20   2   version 4      list 0x1c: index 2   text 32
"""

from __future__ import annotations

from collections.abc import Iterator

from parsers.api import SENDER, Done, Event, Flag, Said, StreamParser, StreamSpec
from parsers.reading import printable, u16
from parsers.units import Units

TPKT, MARK = 3, 0x32
CONNECT, CONFIRM, DATA = 0xE0, 0xD0, 0xF0
JOB, ACKNOWLEDGE, ANSWER, USER_DATA = 1, 2, 3, 7
OPENED = b"\2\xf0\x80\x32"  # data of class 0 with the mark
KINDS = frozenset((JOB, ACKNOWLEDGE, ANSWER, USER_DATA))
AT, FUNCTION_AT, LIST_AT, ENTRIES_AT = 7, 17, 33, 41
WHOLE = b"\xff\x09"
CHANGING = frozenset((5, 0x1A, 0x1B, 0x1C, 0x28, 0x29))
MODULES, COMPONENTS = 0x11, 0x1C
LIST_MASK = 0xFF  # the other byte says which part of it
ENTRIES_MAX = 16
ORDER_NUMBER, FIRMWARE = 1, 7  # index in the list of modules
ORDER_SIZE, ORDER_ENTRY = 20, 28
TEXTS = {1: "station", 2: "module", 5: "serial", 7: "model"}  # index in the list of components
TEXT_ENTRY = 34
UNITS_MAX = 2000  # messages of a direction that are read; who it is, is asked at first


def probe(first: bytes) -> bool | None:
    """Data with the mark of S7; behind a connection's opening, which others have too, it is waited for."""
    at = 0
    if first[:2] != b"\3\0"[: len(first)]:
        return False
    if len(first) >= 6 and first[5] in (CONNECT, CONFIRM):
        at = u16(first, 2)
        if first[4] != at - 5 or at < 11:
            return False
        if first[at : at + 2] != b"\3\0"[: max(0, len(first) - at)]:
            return False
    data = first[at:]
    if data[4 : AT + 1] != OPENED[: max(0, len(data) - 4)]:
        return False
    return data[AT + 1] in KINDS if len(data) > AT + 1 else None


class Messages(Units):
    protocol = "s7comm"

    def __init__(self) -> None:
        super().__init__()
        self._read = 0
        self._role = ""
        self._changes = False

    def measure(self, head: bytes | bytearray) -> int:
        if head[0] != TPKT:
            return -1
        if len(head) < 4:
            return 0
        size = int.from_bytes(head[2:4], "big")
        return size if size >= AT else -1

    def unit(self, data: bytes) -> Iterator[Event]:
        if len(data) > FUNCTION_AT and data[5] == DATA and data[AT] == MARK:
            kind = data[AT + 1]
            yield from self.role("client" if kind == JOB else "server" if kind == ANSWER else "")
            if kind == JOB and data[FUNCTION_AT] in CHANGING and not self._changes:
                self._changes = True
                yield Flag("s7comm.writes")
            if kind == USER_DATA and data[LIST_AT - 4 : LIST_AT - 2] == WHOLE and (fields := status(data)):
                yield Said(SENDER, tuple(fields.items()))
        self._read += 1
        if self._read == UNITS_MAX:
            yield Done()

    def role(self, name: str) -> Iterator[Event]:
        if name and not self._role:
            self._role = name
            yield Said(SENDER, (("s7comm.role", name),))


def status(data: bytes) -> dict[str, str]:
    """Of the lists that name the controller."""
    fields: dict[str, str] = {}
    if len(data) < ENTRIES_AT:
        return fields
    which, size = u16(data, LIST_AT) & LIST_MASK, u16(data, LIST_AT + 4)
    if size != {MODULES: ORDER_ENTRY, COMPONENTS: TEXT_ENTRY}.get(which, 0):
        return fields
    for number in range(min(u16(data, LIST_AT + 6), ENTRIES_MAX)):
        entry = data[ENTRIES_AT + number * size : ENTRIES_AT + (number + 1) * size]
        if len(entry) < size:
            break
        index = u16(entry, 0)
        if which == COMPONENTS and index in TEXTS:
            name, text = TEXTS[index], printable(entry[2:].partition(b"\0")[0])
        elif which == MODULES and index == ORDER_NUMBER:
            name, text = "order_number", printable(entry[2 : 2 + ORDER_SIZE].partition(b"\0")[0])
        elif which == MODULES and index == FIRMWARE and entry[24:25] == b"V":
            name, text = "firmware", ".".join(str(part) for part in entry[25:28])
        else:
            continue
        if text:
            fields.setdefault(f"s7comm.{name}", text)
    return fields


def make() -> tuple[StreamParser, StreamParser]:
    return Messages(), Messages()


SPEC = StreamSpec(
    name="s7comm",
    title="S7 communication",
    ports=frozenset({102}),
    probe=probe,
    make=make,
    emits={
        "s7comm.role": 0.7,
        "s7comm.order_number": 0.9,
        "s7comm.firmware": 0.9,
        "s7comm.station": 0.6,
        "s7comm.module": 0.6,
        "s7comm.model": 0.9,
        "s7comm.serial": 0.9,
    },
    findings={
        "s7comm.writes": "Changes values, programs or the state of controllers, which ask nobody who they are (S7)."
    },
    never_reads="values, programs, passwords, diagnostic texts",
)
