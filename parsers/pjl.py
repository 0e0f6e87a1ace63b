"""PJL: what a printer answers when it is asked who it is. HP PJL Technical Reference Manual, chapter 7 ("INFO").

An answer repeats its question ("@PJL INFO ID"), and ends with a form feed. What is sent to a printer is not read: jobs
hold documents, and their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parsers.api import SENDER, Done, Event, Odd, Said, StreamParser, StreamSpec
from parsers.reading import printable
from parsers.units import Units

UNIVERSAL_EXIT = b"\x1b%-12345X"
QUESTION = b"@PJL "
ANSWER_MAX = 8192  # bytes up to a form feed; lists of variables are the longest, about 4 KiB
ANSWERS_MAX = 64  # status is asked for again and again
FORM_FEED = 0x0C
PRODUCT = "PRODUCTNAME"  # the one line of INFO PRODINFO that is read


def probe(first: bytes) -> bool | None:
    """The way out of all languages that precedes a job and its questions, or an answer."""
    if first[:1] not in b"\x1b@":
        return False
    if first.startswith((UNIVERSAL_EXIT, QUESTION)):
        return True
    return None if UNIVERSAL_EXIT.startswith(first) or QUESTION.startswith(first) else False


class Client:
    """Prints."""

    def feed(self, _data: bytes, _at: int) -> tuple[Event, ...]:
        return (Done(),)

    def end(self) -> tuple[Event, ...]:
        return ()


class Server(Units):
    protocol = "pjl"

    def __init__(self) -> None:
        super().__init__()
        self._answers = 0

    def measure(self, head: bytes | bytearray) -> int:
        return len(head) if head[-1] == FORM_FEED else 0 if len(head) < ANSWER_MAX else -1

    def unit(self, data: bytes) -> Iterator[Event]:
        self._answers += 1
        yield from answered(data)
        if self._answers >= ANSWERS_MAX:
            yield Done()


def answered(data: bytes) -> Iterable[Event]:
    question, *lines = data.replace(b"\r", b"").strip(b"\n\x0c ").split(b"\n")
    fields: list[tuple[str, str]] = []
    if question == b"@PJL INFO ID" and lines:
        fields = [("pjl.id", text) for text in (printable(lines[0].strip(b' "')),) if text]
    elif question == b"@PJL INFO PRODINFO":
        pairs = [printable(line).partition("=")[::2] for line in lines]
        fields = [
            ("pjl.model", text)
            for name, value in pairs
            if name.strip().upper() == PRODUCT and (text := value.strip(' "'))
        ]
    elif not question.startswith(b"@PJL"):
        return (Odd("pjl.no_answer"), Done())
    return (Said(SENDER, tuple(dict.fromkeys(fields))),) if fields else ()


def make() -> tuple[StreamParser, StreamParser]:
    return Client(), Server()


SPEC = StreamSpec(
    name="pjl",
    title="PJL",
    ports=frozenset({9100}),
    probe=probe,
    make=make,
    emits={"pjl.id": 0.9, "pjl.model": 0.9},
    never_reads="jobs: documents, their names and who prints them",
)
