"""Philips IntelliVue patient monitors behind a serial-to-IP converter: the data export in frames of its serial line.

Written from one program that reads it (wlbaker/mdrepo serial_converter.cxx and its test, after Philips' programming
guide); not checked against a monitor, so it weighs little. The messages are those of the UDP export: see
`intellivue_message`.

  frame  C0, head, message, checksum, C1; within it 7D escapes: the byte behind it has had its bit 5 inverted
  head      0 11   1 01   2 length of the message, 2
  checksum  16 bits as in HDLC (ISO/IEC 13239, 4.2.5.2) over head and message, low byte first

The host is the converter; the monitor is behind it. What describes it comes once, when a client has associated.
"""

from __future__ import annotations

import re
from binascii import crc_hqx

from parsers.api import SENDER, About, Event, Flag, Id, Odd, Said, StreamParser, StreamSpec
from parsers.intellivue_message import ACCEPT, CLIENT, Field
from parsers.intellivue_message import probe as is_message
from parsers.intellivue_message import read as read_message
from parsers.reading import u16
from parsers.serial_line import TUNNEL, Marked

BEGIN, MARK = b"\xc0", b"\xc1"
HEAD = b"\x11\x01"
MESSAGE_MAX = 1500  # over UDP they fit into one frame of Ethernet
FRAME_MAX = 2 * (MESSAGE_MAX + 6) + 1  # every byte escaped

_ESCAPED = re.compile(rb"\x7d(.)", re.DOTALL)
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def probe(first: bytes) -> bool | None:
    """A frame whose length and checksum are right."""
    if not (BEGIN + HEAD).startswith(first[:3]):
        return False
    frame, mark, _ = first.partition(MARK)
    if mark:
        return message(frame) != b""
    return None if len(first) <= FRAME_MAX else False


def message(frame: bytes) -> bytes:
    """The message in a frame, or nothing."""
    _, begin, raw = frame.rpartition(BEGIN)
    plain = _ESCAPED.sub(lambda found: bytes((found[1][0] ^ 0x20,)), raw)
    sound = begin and plain[:2] == HEAD and len(plain) > 6 and u16(plain, 2) == len(plain) - 6
    return plain[4:-2] if sound and checksum(plain[:-2]) == plain[-2:] else b""


def checksum(data: bytes) -> bytes:
    """The frame check sequence: the same polynomial as that of `crc_hqx`, of bits in the other order."""
    mirrored = crc_hqx(data.translate(_MIRRORED), 0xFFFF) ^ 0xFFFF
    return mirrored.to_bytes(2, "big").translate(_MIRRORED)


class Frames(Marked):
    """One direction. Says what it knows of a monitor once, and again when another one is plugged in."""

    protocol, mark, unit_max = "intellivue_serial", MARK, FRAME_MAX

    def __init__(self) -> None:
        super().__init__()
        self._said: tuple[Field, ...] = ()
        self._described = False

    def unit(self, data: bytes) -> tuple[Event, ...]:
        found = message(data)
        if not found:
            return (Odd("intellivue_serial.bad_frame"),)
        if not is_message(found):
            return ()  # an end of an association
        read = read_message(found)
        odd = (Odd(f"intellivue_serial.{read.odd}"),) if read.odd else ()
        described = len(read.fields) > 1
        if found[0] == ACCEPT:
            self._described = False
            return odd  # the monitor describes itself next
        if not read.fields or read.fields == self._said or (self._described and not described):
            return odd
        self._said, self._described = read.fields, described
        return (*said(read.fields), *odd)


def said(fields: tuple[Field, ...]) -> tuple[Event, ...]:
    named = tuple((f"intellivue_serial.{name}", text) for name, text in fields)
    known = tuple(field for field in named if field[0] in EMITS)
    if CLIENT in fields:
        return (Said(SENDER, known),)
    of = dict(fields)
    if "serial" not in of and "model" not in of:  # which one is not said: it may be known from its description already
        return (Flag("intellivue_serial.serial_tunnel", SENDER),)
    maker = of.get("manufacturer", "Philips")
    name = Id("serial", of["serial"], maker) if "serial" in of else Id("model_station", of["model"])
    monitor = About("sender", behind=(name,))
    return (Said(monitor, known), Flag("intellivue_serial.serial_tunnel", monitor))


def make() -> tuple[StreamParser, StreamParser]:
    return Frames(), Frames()


EMITS = {
    "intellivue_serial.role": 0.5,
    "intellivue_serial.mdc_device": 0.6,
    "intellivue_serial.manufacturer": 0.6,
    "intellivue_serial.model": 0.6,
    "intellivue_serial.serial": 0.7,
    "intellivue_serial.hardware": 0.5,
    "intellivue_serial.software": 0.6,
    "intellivue_serial.firmware": 0.5,
    "intellivue_serial.location": 0.4,
}

SPEC = StreamSpec(
    name="intellivue_serial",
    title="Philips IntelliVue data export in serial tunnels",
    ports=frozenset(),
    probe=probe,
    make=make,
    budget=None,  # a converter keeps its connection open for months, and another monitor may be plugged into it
    emits=EMITS,
    findings={"intellivue_serial.serial_tunnel": TUNNEL},
    never_reads="patients, alarms, numerics, waves; the layout is from one program that reads it, not from a monitor",
)
