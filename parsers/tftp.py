"""TFTP: what devices fetch when they start. RFC 1350 section 5, RFC 2347.

  0 operation 2: 1 read, 2 write   name, ended by 0   mode, ended by 0   options: name and value, each ended by 0

A name says what a device is where a rule knows it ("SEP....cnf.xml"); others are dropped: anything can stand there.
The file itself goes to another port, and is not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsers.api import RECEIVER, SENDER, DatagramSpec, Event, Flag, Odd, Said
from parsers.reading import printable, u16

READ, WRITE = 1, 2
MODES = frozenset((b"octet", b"netascii", b"mail"))
SIZE_MAX = 512  # RFC 2347: of a request with its options
LEAST = 9  # operation, one character, "mail"


def probe(first: bytes) -> bool:
    return parts(first) is not None


def parts(data: bytes) -> tuple[bytes, bytes] | None:
    """Name and mode of a request."""
    if not LEAST <= len(data) <= SIZE_MAX or data[0] or data[1] not in (READ, WRITE) or data[-1]:
        return None
    name, _, rest = data[2:].partition(b"\0")
    mode = rest.partition(b"\0")[0].lower()
    return (name, mode) if name and mode in MODES else None


def read(data: bytes) -> Sequence[Event]:
    found = parts(data)
    if found is None:  # data, acknowledgements and errors on the same ports
        return () if len(data) >= 4 and data[0] == 0 and data[1] in (3, 4, 5, 6) else (Odd("tftp.malformed"),)
    name = printable(found[0].replace(b"\\", b"/").rpartition(b"/")[2])
    said = (Said(SENDER, (("tftp.file", name),)),) if name else ()
    return (*said, Flag("tftp.write", RECEIVER)) if u16(data, 0) == WRITE else said


SPEC = DatagramSpec(
    name="tftp",
    title="TFTP",
    carriers=frozenset({"udp"}),
    ports=frozenset({69}),
    probe=probe,
    read=read,
    emits={"tftp.file": 0.7},
    findings={"tftp.write": "Is sent files by TFTP, which knows neither passwords nor encryption."},
    never_reads="files; their names are kept only where a rule knows them",
)
