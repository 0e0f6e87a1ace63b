"""GE Datex-Ohmeda S/5 monitors behind a serial-to-IP converter: records of DRI in frames. See `datex_record`.

  frame  7E, record, checksum, 7E; within it 7D escapes: the byte behind it has had its bit 5 cleared
  checksum  sum of the record's bytes, modulo 256

The host is the converter; the monitor is behind it, without a serial number: two alike behind one host look like one.
"""

from __future__ import annotations

import re
from functools import lru_cache

from parsers.api import About, Done, Event, Flag, Id, Odd, Said, StreamParser, StreamSpec
from parsers.datex_record import LONGEST, fields, is_record
from parsers.serial_line import TUNNEL, Marked

MARK, ESCAPE = b"\x7e", 0x7D
FRAME_MAX = 2 * (LONGEST + 1)  # every byte escaped
RECORDS_ENOUGH = 64  # of a direction: the same is said in each
HEADS_KEPT = 256

_ESCAPED = re.compile(rb"\x7d(.)", re.DOTALL)


def probe(first: bytes) -> bool | None:
    """A frame whose checksum is right, with a record in it."""
    if not first:
        return None
    if first[0] != MARK[0]:
        return False
    frame, mark, _ = first.lstrip(MARK).partition(MARK)
    if mark:
        return record(frame) != b""
    return None if len(first) <= FRAME_MAX else False


def record(frame: bytes) -> bytes:
    """The record in a frame, or nothing."""
    plain = _ESCAPED.sub(lambda found: bytes((found[1][0] | 0x20,)), frame)
    body = plain[:-1]
    return body if is_record(body) and sum(body) & 0xFF == plain[-1] else b""


class Frames(Marked):
    """One direction."""

    protocol, mark, mark_first, unit_max = "datex_serial", MARK, True, FRAME_MAX

    def __init__(self) -> None:
        super().__init__()
        self._records = 0

    def unit(self, data: bytes) -> tuple[Event, ...]:
        found = record(data)
        if not found:
            return (Odd("datex_serial.bad_frame"),)
        self._records += 1
        events = said(fields(found, "datex_serial"))
        return (*events, Done()) if self._records == RECORDS_ENOUGH else events

    def end(self) -> tuple[Event, ...]:
        return ()  # a frame ends with a mark, too


@lru_cache(maxsize=HEADS_KEPT)
def said(of_record: tuple[tuple[str, str], ...]) -> tuple[Event, ...]:
    known = dict(of_record)
    if known["datex_serial.role"] != "monitor":
        return (Said(About("sender"), of_record),)
    name = f"S/5 {known.get('datex_serial.plug', '')}".strip()
    monitor = About("sender", behind=(Id("model_station", name),))
    return (Said(monitor, of_record), Flag("datex_serial.serial_tunnel", monitor))


def make() -> tuple[StreamParser, StreamParser]:
    return Frames(), Frames()


SPEC = StreamSpec(
    name="datex_serial",
    title="Datex-Ohmeda S/5 (DRI) in serial tunnels",
    ports=frozenset(),
    probe=probe,
    make=make,
    emits={"datex_serial.role": 0.5, "datex_serial.level": 0.5, "datex_serial.plug": 0.5},
    findings={"datex_serial.serial_tunnel": TUNNEL},
    never_reads="everything behind the head of a record; the layout is from programs that read it, not from a monitor",
)
