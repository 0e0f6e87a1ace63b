"""Dräger MEDIBUS and MEDIBUS.X: ventilators and anaesthesia machines behind a serial-to-IP converter.

Written from programs that read it (mdpnp/mdpnp Medibus.java, xeonfusion/VSCaptureDrgVent, wokai/xenon, whose commands
are those of Dräger's definitions of MEDIBUS 6.00 and of MEDIBUS.X), not checked with a device. Of both the framing and
the identity are the same; MEDIBUS.X has its own codes for values, which are never looked into.

  message   1B (command) or 01 (answer), code, text, checksum 2 hexadecimal digits, 0D
  checksum  sum of all bytes before it, modulo 256
  52        identity: 4 hexadecimal digits, 'name', revision of the software 5, ':', version of MEDIBUS 5
  >= 80     bytes of realtime data between all others; 11 and 13 are those of XON/XOFF

Either end may be the TCP server and either may be asked who it is. What answers is a device behind the host, which is
the converter, or a program on it. It tells a model and no serial number: two alike behind one host look like one.
"""

from __future__ import annotations

import re
from functools import lru_cache

from parsers.api import PROBE_MAX, TEXT_MAX, About, Event, Flag, Id, Odd, Said, StreamParser, StreamSpec
from parsers.reading import clean
from parsers.serial_line import TUNNEL, Marked

COMMAND, ANSWER, END = 0x1B, 0x01, b"\r"
CODES = frozenset(  # control, data and realtime commands, infusion pumps, trends, and the negative answer
    (0x15, *range(0x23, 0x31), 0x49, 0x4A, *range(0x51, 0x57), 0x59, 0x6C, 0x6D)
)
IDENTITY = b"\x01\x52"
FAST = bytes((0x11, 0x13, *range(0x80, 0x100)))  # realtime data and flow control, which may stand anywhere
SHORTEST = 5  # 1B, code, checksum, 0D
MESSAGE_MAX = 4096  # of one message; the longest has some hundred values of six characters
PROOF = 2  # messages in a row whose checksums are right: by chance one in 65,536 has them
IDENTITIES_KEPT = 256

_IDENTITY = re.compile(rb"([0-9A-Fa-f]{4})'([^']{1,64})'([ -~]{5}):([ -~]{5})")


def probe(first: bytes) -> bool | None:
    """Two messages in a row, each with a known code and the right checksum."""
    if not first:
        return None
    if first[0] not in (COMMAND, ANSWER) and first[0] not in FAST:
        return False
    slow = first.translate(None, FAST)
    if len(slow) > 1 and (slow[0] not in (COMMAND, ANSWER) or slow[1] not in CODES):
        return False
    *whole, _ = slow.split(END, PROOF)
    if not all(map(sound, whole)):
        return False
    return True if len(whole) == PROOF else False if len(first) >= PROBE_MAX else None


def sound(message: bytes | bytearray) -> bool:
    """Whether it is a message whose checksum is right."""
    return (
        len(message) >= SHORTEST - 1
        and message[0] in (COMMAND, ANSWER)
        and message[1] in CODES
        and b"%02X" % (sum(message[:-2]) & 0xFF) == message[-2:].upper()
    )


class Messages(Marked):
    """One direction, without realtime data."""

    protocol, mark, aside, unit_max = "medibus", END, FAST, MESSAGE_MAX

    def unit(self, data: bytes) -> tuple[Event, ...]:
        return read(data)


def read(message: bytes) -> tuple[Event, ...]:
    """An identity; nothing else is looked into: messages in text and settings can name patients."""
    if message[:2] != IDENTITY:
        return ()
    return identity(message) if sound(message) else (Odd("medibus.bad_checksum"),)


@lru_cache(maxsize=IDENTITIES_KEPT)
def identity(message: bytes) -> tuple[Event, ...]:
    found = _IDENTITY.fullmatch(message[2:-2])
    name = clean(found[2], "latin-1") if found else ""
    if found is None or not name.isprintable() or not name:
        return (Odd("medibus.malformed"),)
    texts = {
        "medibus.device_id": found[1].decode().upper(),
        "medibus.model": name[:TEXT_MAX],
        "medibus.software": clean(found[3], "latin-1"),
        "medibus.version": clean(found[4], "latin-1"),
    }
    device = About("sender", behind=(Id("model_station", name),))
    fields = tuple((observable, text) for observable, text in texts.items() if text)
    return (Said(device, fields), Flag("medibus.serial_tunnel", device))


def make() -> tuple[StreamParser, StreamParser]:
    return Messages(), Messages()


SPEC = StreamSpec(
    name="medibus",
    title="Dräger MEDIBUS and MEDIBUS.X",
    ports=frozenset(),
    probe=probe,
    make=make,
    budget=None,  # a converter keeps its connection open for months, and another device may be plugged into it
    emits={
        "medibus.device_id": 0.7,
        "medibus.model": 0.7,
        "medibus.software": 0.7,
        "medibus.version": 0.6,
    },
    findings={"medibus.serial_tunnel": TUNNEL},
    never_reads=(
        "every answer but the identity: measurements, alarms, settings, texts, realtime data; the layout is from "
        "programs that read it, not from a device"
    ),
)
