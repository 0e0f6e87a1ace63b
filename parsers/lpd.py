"""LPD: which queues a printer has, and that documents are sent to it in clear. RFC 1179 sections 5 and 6.

  a command: 1 code   queue   for 3 to 5 a space and a list   LF
  behind "receive a job" (2), each answered by a byte:
             2 length SP name LF, control file, 0   3 length SP name LF, data file, 0

The control file names the job, its host and its user, and lists name users: they are stepped over undecoded, and so is
what a server answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parsers.api import RECEIVER, SENDER, Done, Event, Flag, Said, StreamParser, StreamSpec
from parsers.reading import printable
from parsers.units import UNIT_MAX, Units

PRINT, RECEIVE, SHORT_STATE, LONG_STATE, REMOVE = range(1, 6)
CONTROL_FILE, DATA_FILE = 2, 3
LINE_MAX = 256  # of a command; queues have names of a word, and lists name a few jobs
QUEUE_MAX = 64
PLAIN = bytes(range(0x21, 0x7F))


def probe(first: bytes) -> bool | None:
    """One command, behind which the client waits for an answer."""
    if not PRINT <= (first[0] if first else PRINT) <= REMOVE:
        return False
    end = first.find(b"\n")
    if end < 0:
        return None if len(first) < LINE_MAX and not first[1 : QUEUE_MAX + 1].partition(b" ")[0].strip(PLAIN) else False
    if end != len(first) - 1 and (first[0] != RECEIVE or first[end + 1] not in (1, CONTROL_FILE, DATA_FILE)):
        return False
    queue, space, _ = first[1:end].partition(b" ")
    return 0 < len(queue) <= QUEUE_MAX and not queue.strip(PLAIN) and (not space or first[0] >= SHORT_STATE)


class Client(Units):
    protocol = "lpd"

    def __init__(self) -> None:
        super().__init__()
        self._receives = False  # the command was to receive a job
        self._file = 0  # bytes of a file and of the zero behind it

    def measure(self, head: bytes | bytearray) -> int:
        if self._file:
            return self._file
        return len(head) if head[-1] == 10 else 0 if len(head) < LINE_MAX else -1

    def unit(self, data: bytes) -> Iterator[Event]:
        if self._file:
            self._file = 0
        elif not self._receives:
            yield from asked(data)
            self._receives = data[0] == RECEIVE
            if not self._receives:  # one command to a connection
                yield Done()
        elif data[0] == DATA_FILE:
            yield Flag("lpd.document_in_clear", RECEIVER)
            yield Done()
        elif data[0] == CONTROL_FILE:
            length = data[1:].partition(b" ")[0]
            if length.isdigit() and len(length) < len(str(UNIT_MAX)):
                self._file = int(length) + 1
            else:
                yield from self.stranger()
        else:
            yield Done()


class Server:
    """Says a zero, or lists jobs and users."""

    def feed(self, _data: bytes, _at: int) -> Iterable[Event]:
        return (Done(),)

    def end(self) -> Iterable[Event]:
        return ()


def asked(command: bytes) -> Iterator[Event]:
    queue = printable(command[1:].strip(b"\r\n").partition(b" ")[0]) if PRINT <= command[0] <= REMOVE else ""
    if queue:
        yield Said(RECEIVER, (("lpd.role", "server"), ("lpd.printer_name", queue)))
        yield Said(SENDER, (("lpd.role", "client"),))


def make() -> tuple[StreamParser, StreamParser]:
    return Client(), Server()


SPEC = StreamSpec(
    name="lpd",
    title="LPD",
    ports=frozenset({515}),
    probe=probe,
    make=make,
    emits={"lpd.role": 0.7, "lpd.printer_name": 0.6},
    findings={"lpd.document_in_clear": "Documents are sent to this printer in clear (LPD)."},
    never_reads="control files, which name jobs and users; documents; lists of jobs",
)
