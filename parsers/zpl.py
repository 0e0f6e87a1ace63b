"""ZPL, the language of label printers: who prints labels, and what a printer answers to "who are you".

Zebra, ZPL II Programming Guide (45541L-004): ^XA begins a label; ~HI (host identification) is answered with model,
version of the software, dots per millimetre, memory and options, which printers put between STX and ETX. Wristbands and
specimen labels name patients: nothing of a label is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.api import RECEIVER, SENDER, Done, Event, Flag, Said, StreamParser, StreamSpec
from parsers.reading import printable
from parsers.units import Units

LABEL, QUESTIONS = b"^XA", (b"~HI", b"~HS", b"~HQ", b"~HM")  # identification, status, its details, memory
BEFORE = b" \r\n\t\x02"  # may stand before them
FIRST = BEFORE + b"^~"
LABEL_WITHIN = 4096  # bytes in which a label begins, behind settings and questions
ANSWERS_MAX = 64  # status is asked for again and again
ANSWER_MAX = 512  # bytes of one line; identification has under 100
ENDS = frozenset(b"\x03\n")

_IDENTITY = re.compile(r"([A-Za-z0-9][A-Za-z0-9 ._+/-]{1,40}),(V[0-9A-Za-z.]{3,20}),\d{1,3},\d{1,7}(?:KB)?(?:,[ -~]*)?")


def probe(first: bytes) -> bool | None:
    """A label or a question at the beginning, or the answer to that of identity."""
    if first and first[0] not in FIRST:
        return False
    begins = first.lstrip(BEFORE)
    undecided = None if len(first) < ANSWER_MAX else False
    if begins[:1] in (b"^", b"~"):
        return begins.startswith((LABEL, *QUESTIONS)) if len(begins) >= len(LABEL) else undecided
    if not begins:
        return undecided
    if first[:1] != b"\x02" or not begins[:1].isalnum():
        return False
    line, end, _ = begins.partition(b"\x03")
    return _IDENTITY.fullmatch(line.decode("latin-1")) is not None if end else undecided


class Client:
    """Prints, or asks."""

    def __init__(self) -> None:
        self._held = b""
        self._taken = 0
        self._next = 0

    def feed(self, data: bytes, at: int) -> Iterator[Event]:
        if not self._taken:
            yield Said(RECEIVER, (("zpl.role", "printer"),))
        elif at != self._next:
            yield Done()  # a label may have begun in what was lost
            return
        self._next = at + len(data)
        room = LABEL_WITHIN - self._taken
        self._taken += len(data)
        seen = self._held + data[:room]
        if LABEL in seen:
            yield Flag("zpl.cleartext", RECEIVER)
            yield Done()
        elif self._taken >= LABEL_WITHIN:
            yield Done()
        self._held = seen[1 - len(LABEL) :]

    def end(self) -> tuple[Event, ...]:
        return ()


class Printer(Units):
    protocol = "zpl"

    def __init__(self) -> None:
        super().__init__()
        self._answers = 0

    def measure(self, head: bytes | bytearray) -> int:
        return len(head) if head[-1] in ENDS else 0 if len(head) < ANSWER_MAX else -1

    def unit(self, data: bytes) -> Iterator[Event]:
        self._answers += 1
        found = _IDENTITY.fullmatch(data.decode("latin-1").strip("\2\3\r\n"))
        if found is not None:
            said = (("zpl.model", printable(found[1].encode())), ("zpl.firmware", found[2]))
            yield Said(SENDER, tuple(pair for pair in said if pair[1]))
        if self._answers >= ANSWERS_MAX:
            yield Done()


def make() -> tuple[StreamParser, StreamParser]:
    return Client(), Printer()


SPEC = StreamSpec(
    name="zpl",
    title="ZPL label printing",
    ports=frozenset({6101, 9100}),
    probe=probe,
    make=make,
    emits={"zpl.role": 0.6, "zpl.model": 0.9, "zpl.firmware": 0.9},
    findings={"zpl.cleartext": "Labels, which may name patients, are sent to it in clear."},
    never_reads="labels, graphics, settings, and every answer but that of identity",
)
