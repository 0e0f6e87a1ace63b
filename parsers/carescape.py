"""GE CARESCAPE and Unity monitoring networks: which nodes there are, and at which bed. UDP broadcasts, big-endian.

  presence  0 01, 1, zero 2   4 IPv4 address 4   8 time 4   12 place `UNIT|ROOM`, NUL filled 16   28 patient's name 16
            44 services: number 2, port 2; zero up to 84 or 88 bytes
  message   0 receiver 6   6 sender: IPv4 address 4, rest 2   12 function 2   14 sub-function 2   16 version, sequence,
            request or response, process 2 each   24 place   60 in one of 64 bytes: seconds since 1900
  values    a message of function 201, sub-function 20 without a place, and at 60 a second head like it

A presence is laid out as a program in public code sends and reads it to talk with a Dash 4000 (J. Scholtyssek); another
finds it on a hospital's network with the same length and port. The head of messages is inferred: a vendor's page about
the time message (Vocera, adapter for CARESCAPE), that program's values and those that another reads on a serial line
(mdpnp/mdpnp GESerial.java) agree in it. None was checked with a monitor, so all are read strictly and weigh little.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers.api import About, DatagramSpec, Event, Flag, Said
from parsers.reading import ip_text, u32

PRESENCES = frozenset({84, 88})
PATIENT, NOBODY = 28, b"\0, "  # in a presence: looked at only for whether there is one; "LAST,FIRST"
SHORTEST = 60
TIME_MESSAGE = 64
SINCE_2000 = 3_155_673_600  # seconds from 1900-01-01 to 2000-01-01

_PLACE = rb"[A-Z0-9][A-Z0-9 _-]{0,6}\|[A-Za-z0-9][A-Za-z0-9 _-]{0,5}"
_IN_PRESENCE = re.compile(rb"(" + _PLACE + rb")\0+\Z")
_IN_MESSAGE = re.compile(rb"(" + _PLACE + rb")(?=\0)")
VALUES, SECOND_HEAD = b"\0\xc9\0\x14", 60  # functions 201 and 20
AT_PRESENCE, AT_MESSAGE = (12, PATIENT), (24, 38)  # of the place; what is behind it may name a patient


def is_host(address: bytes) -> bool:
    return 0 < address[0] < 224 and address[0] != 127


def presence(data: bytes) -> bytes:
    """The place in a presence, or nothing."""
    if len(data) not in PRESENCES or data[0] != 1 or data[2] or data[3] or not is_host(data[4:8]):
        return b""
    found = _IN_PRESENCE.match(data, *AT_PRESENCE)
    return found[1] if found else b""


def message(data: bytes) -> bytes:
    """The place in a message with small numbers where numbers are and an address that a host can have, or nothing."""
    if len(data) < SHORTEST or data[12] or data[14] or data[16] or not data[13] or not is_host(data[6:10]):
        return b""
    found = _IN_MESSAGE.match(data, *AT_MESSAGE)
    return found[1] if found else b""


def is_values(data: bytes) -> bool:
    """Values of a patient: both heads say so, and both senders are addresses with nothing behind them."""
    return (
        len(data) > 2 * SECOND_HEAD
        and data[12:16] == data[SECOND_HEAD + 12 : SECOND_HEAD + 16] == VALUES
        and data[6:12] == data[SECOND_HEAD + 6 : SECOND_HEAD + 12]
        and not any(data[10:12])
        and is_host(data[6:10])
    )


def probe(first: bytes) -> bool:
    return is_values(first) or bool(presence(first) or message(first))


def read(data: bytes) -> Sequence[Event]:
    if place := presence(data):
        node = About(ip_text(data[4:8]))
        known = data[PATIENT] not in NOBODY
        return (said(node, place), *((Flag("carescape.patient_broadcast", node),) if known else ()))
    if is_values(data):
        monitor = About(ip_text(data[6:10]))
        return (Said(monitor, (("carescape.role", "monitor"),)), Flag("carescape.cleartext", monitor))
    if place := message(data):
        node = About(ip_text(data[6:10]))
        master = len(data) == TIME_MESSAGE and u32(data, 60) >= SINCE_2000
        return (said(node, place, *((("carescape.time", "master"),) if master else ())),)
    return ()


def said(node: About, place: bytes, *more: tuple[str, str]) -> Said:
    return Said(node, (("carescape.role", "node"), ("carescape.location", place.decode("ascii")), *more))


SPEC = DatagramSpec(
    name="carescape",
    title="GE CARESCAPE/Unity network",
    carriers=frozenset({"udp"}),
    ports=frozenset({2000, 7000}),
    probe=probe,
    read=read,
    emits={"carescape.role": 0.5, "carescape.location": 0.4, "carescape.time": 0.4},
    findings={
        "carescape.patient_broadcast": "It broadcasts the patient's name to its network in clear.",
        "carescape.cleartext": "It gives a patient's measurements to whoever asks for them, in clear.",
    },
    never_reads=(
        "patients' names, values, and everything behind the place; the layouts are from programs that read them and a "
        "vendor's page, not from a monitor"
    ),
)
