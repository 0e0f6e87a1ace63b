"""Puritan Bennett 840 and 980 ventilators behind a serial-to-IP converter: who reports. ASCII, a carriage return ends.

Written from programs that read them, with recorded reports of several ventilators (mdpnp/mdpnp, and others in public
code); not checked with one.

  request  SNDA or SNDF, RSET
  report   MISCA or MISCF, ',' length, ',' number of fields, ',' 02 time, ',' model and serial number, ',' and all else

The host is the converter; the ventilator is behind it. Of a report only its first two fields are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from parsers.api import About, Done, Event, Flag, Id, Odd, Said, StreamParser, StreamSpec
from parsers.serial_line import TUNNEL
from parsers.units import Units

REQUESTS = (b"SNDA\r", b"SNDF\r", b"RSET\r")
REPORTS = (b"MISCA,", b"MISCF,")
LINE_MAX = 4096  # of a report; 1225 characters and its head are the longest
END = 0x0D
HEADS_KEPT = 256

_HEAD = re.compile(rb"MISC[AF],\d{3,4} *,\d{2,3} *,\x02\d\d:\d\d *,(\d{3}) ([0-9A-Z]{6,14}) *,")


def probe(first: bytes) -> bool | None:
    """A request, or a report with a length, a time, a model and a serial number where they belong."""
    if first[:1] not in (b"", b"S", b"R", b"M"):
        return False
    if any(first.startswith(request) for request in REQUESTS):
        return True
    if any(first.startswith(report) for report in REPORTS):
        return None if len(first) < 64 and b"\r" not in first else _HEAD.match(first) is not None
    return None if any(begin.startswith(first) for begin in (*REQUESTS, *REPORTS)) else False


class Lines(Units):
    """One direction. Holds one line."""

    protocol = "puritan_bennett"

    def measure(self, head: bytes | bytearray) -> int:
        return len(head) if head[-1] == END else 0 if len(head) < LINE_MAX else -1

    def unit(self, data: bytes) -> Iterable[Event]:
        if data in REQUESTS:
            return ()
        if data[:6] not in REPORTS:
            return (Odd("puritan_bennett.other_line"), Done())
        found = _HEAD.match(data)
        return said(found[1], found[2]) if found else (Odd("puritan_bennett.malformed"),)


@lru_cache(maxsize=HEADS_KEPT)
def said(model: bytes, serial: bytes) -> tuple[Event, ...]:
    number = serial.decode("ascii")
    ventilator = About("sender", behind=(Id("serial", number),))
    fields = (("puritan_bennett.model", model.decode("ascii")), ("puritan_bennett.serial", number))
    return (Said(ventilator, fields), Flag("puritan_bennett.serial_tunnel", ventilator))


def make() -> tuple[StreamParser, StreamParser]:
    return Lines(), Lines()


SPEC = StreamSpec(
    name="puritan_bennett",
    title="Puritan Bennett 840/980 reports",
    ports=frozenset(),
    probe=probe,
    make=make,
    budget=None,  # a converter keeps its connection open for months, and another ventilator may be plugged into it
    emits={"puritan_bennett.model": 0.8, "puritan_bennett.serial": 0.8},
    findings={"puritan_bennett.serial_tunnel": TUNNEL},
    never_reads="settings, measurements and alarms; the layout is from programs that read it, not from a ventilator",
)
