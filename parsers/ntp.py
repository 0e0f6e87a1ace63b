"""NTP: who serves time, who asks for it, and what software does. RFC 5905 section 7.3; RFC 9327 (control messages).

0 leap 2 bits, version 3 bits, mode 3 bits   1 stratum 1   2 poll 1   3 precision 1   4 delay 4   8 dispersion 4
12 reference id 4   16 reference time 8   24 originate 8   32 receive 8   40 transmit time 8   48 extensions
mode 6: 1 response bit, error bit, more bit, operation 5 bits   2 sequence 2   4 status 2   6 association 2   8 offset 2
        10 count 2   12 text: name=value, ...
mode 7: 0 response bit, more bit, version 3 bits, mode   2 implementation 1   3 request 1
        4 error 4 bits, count 12 bits
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers.api import SENDER, DatagramSpec, Event, Flag, Odd, Said
from parsers.reading import ip_text, printable, u16, u32

Field = tuple[str, str]

SIZE = 48
SYMMETRIC, PASSIVE, CLIENT, SERVER, BROADCAST, CONTROL, PRIVATE = range(1, 8)
MODES = {SYMMETRIC: "peer", PASSIVE: "peer", CLIENT: "client", SERVER: "server", BROADCAST: "broadcast"}
SERVING = (PASSIVE, SERVER, BROADCAST)
VERSIONS = (1, 2, 3, 4)
STRATUM_MAX = 16  # unsynchronised
DISTANCE_MAX = 16  # seconds (MAXDISP, section 11.2.2): more is no clock's
POLL_MAX = 17  # MAXPOLL, as a power of two
POLL_LEAST = 0xF0  # -16 as a signed byte: several times a second
PRECISION_LEAST = 0xC0  # -64 as a signed byte; a clock's is between that and -1, or not told (0)
ANSWER_MAX = 60  # seconds that a server may take; it takes microseconds
YEAR_2000 = 0xBC17C200  # seconds since 1900; in 2036 the count begins anew
ERA_1_END = 0x40000000  # 2070
READ_VARIABLES, RESPONSE, MORE = 2, 0x80, 0x20
CONTROL_HEAD = 12
SYSTEM = 0  # association: the clock itself, not one of its peers
TEXTS_MAX = 8  # of one answer; three are wanted
SAID = re.compile(rb'(?:^|[,\s])(version|processor|system)="([^"]{1,200})"')
MONLIST = (20, 42)  # MON_GETLIST and MON_GETLIST_1: an answer many times larger than the question, to any address
FLAG_CONTROL, FLAG_MONLIST = Flag("ntp.control"), Flag("ntp.monlist")


def probe(first: bytes) -> bool:
    if len(first) < 8:
        return False
    mode = first[0] & 7
    if mode in MODES:
        return is_time(first)
    return is_answer(first) if mode == CONTROL else mode == PRIVATE and is_monlist(first)


def is_time(data: bytes) -> bool:
    """Every part of the head must be possible, and whoever serves must know the time."""
    if len(data) < SIZE or len(data) % 4 or data[0] >> 3 & 7 not in VERSIONS or data[1] > STRATUM_MAX:
        return False
    if POLL_MAX < data[2] < POLL_LEAST or 0 < data[3] < PRECISION_LEAST:
        return False
    now = u32(data, 40)
    if data[0] & 7 == SERVER:  # whose own distance may be any
        return is_possible(now) and abs(u32(data, 32) - now) <= ANSWER_MAX
    near = u16(data, 4) <= DISTANCE_MAX and u16(data, 8) <= DISTANCE_MAX
    return near and (any(data[40:48]) if data[0] & 7 == CLIENT else is_possible(now))


def is_possible(seconds: int) -> bool:
    return seconds >= YEAR_2000 or 0 < seconds < ERA_1_END


def is_answer(data: bytes) -> bool:
    """A control message that answers for the clock's variables, from their beginning."""
    whole = len(data) >= CONTROL_HEAD and data[1] == RESPONSE | data[1] & MORE | READ_VARIABLES
    return whole and u16(data, 6) == SYSTEM and u16(data, 8) == 0 and 0 < u16(data, 10) <= len(data) - CONTROL_HEAD


def is_monlist(data: bytes) -> bool:
    count = u16(data, 4)
    return bool(data[0] & RESPONSE) and data[2] in (2, 3) and data[3] in MONLIST and count >> 12 == 0 and count > 0


def read(data: bytes) -> Sequence[Event]:
    if not probe(data):
        return (Odd("ntp.malformed"),) if data and data[0] & 7 in MODES else ()
    mode = data[0] & 7
    if mode == CONTROL:
        return control(data[CONTROL_HEAD : CONTROL_HEAD + u16(data, 10)])
    if mode == PRIVATE:
        return (FLAG_MONLIST,)
    fields: list[Field] = [("ntp.mode", MODES[mode]), ("ntp.version", str(data[0] >> 3 & 7))]
    if mode in SERVING and 0 < data[1] < STRATUM_MAX:
        fields.append(("ntp.server", "yes"))
    if 0 < data[1] < STRATUM_MAX:
        fields.append(("ntp.stratum", str(data[1])))
        if text := printable(data[12:16]) if data[1] == 1 else ip_text(data[12:16]) * any(data[12:16]):
            fields.append(("ntp.reference_id", text))
    return (Said(SENDER, tuple(fields)),)


def control(text: bytes) -> list[Event]:
    """Program, processor and operating system; the rest of the variables is not looked at."""
    fields: list[Field] = []
    for _, found in zip(range(TEXTS_MAX), SAID.finditer(text), strict=False):
        if value := printable(found[2]):
            fields.append((f"ntp.{OBSERVABLES[found[1]]}", value))
    said = [Said(SENDER, tuple(dict.fromkeys(fields)))] if fields else []
    return [*said, FLAG_CONTROL]


OBSERVABLES = {b"version": "program", b"processor": "processor", b"system": "system"}


SPEC = DatagramSpec(
    name="ntp",
    title="NTP",
    carriers=frozenset({"udp"}),
    ports=frozenset({123}),
    probe=probe,
    read=read,
    emits={
        "ntp.mode": 0.5,
        "ntp.version": 0.4,
        "ntp.server": 0.7,
        "ntp.stratum": 0.5,
        "ntp.reference_id": 0.5,
        "ntp.program": 0.7,
        "ntp.processor": 0.6,
        "ntp.system": 0.7,
    },
    findings={
        "ntp.control": "Tells anybody who asks (mode 6) which time server, processor and operating system it runs.",
        "ntp.monlist": "Tells anybody who asks (mode 7) whom it talked to, in answers that serve to flood others.",
    },
    never_reads="the list of hosts that asked, keys and authenticators",
)
