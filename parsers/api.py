"""What a parser is: the events it yields, the `SPEC` it registers with, and how the parsers are found.

A parser never sees a packet object, an address, a time, a log or a setting. It is given bytes and yields events, and
the same object serves a capture file, a live port, a fuzzer and a unit test. Broken input is data: what could be read
is said, what could not is an `Odd`; an exception that leaves a parser is a bug in it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from msgspec import Struct

TEXT_MAX = 256  # characters of a value that are kept; every identifying field of every protocol here is shorter


class Id(Struct, frozen=True, gc=False, order=True):
    """An identifier of a device that is spoken of.

    scheme: serial, udi, eui64, uuid, obx18, engine_id, chassis or model_station. maker: as written on the wire, or "".
    """

    scheme: str
    value: str
    maker: str = ""


class About(Struct, frozen=True):
    """Whom an utterance describes.

    host: "sender", "receiver", or a MAC (aa:bb:cc:dd:ee:ff) or IP address in text form that the message itself names.
    application: an AE title or HL7 application on that host. behind: identifiers of one device that is not the host but
    is spoken of by it; with serial and maker in one `Id`, or `model_station` where there is no serial.
    """

    host: str
    application: str = ""
    behind: tuple[Id, ...] = ()


SENDER = About("sender")
RECEIVER = About("receiver")


class Said(Struct, frozen=True):
    """One utterance: `fields` are (observable, value) pairs said together about one subject."""

    about: About
    fields: tuple[tuple[str, str], ...]


class Odd(Struct, frozen=True):
    """Something broken or capped, `protocol.what`: counted by name, never raised."""

    name: str


class Flag(Struct, frozen=True):
    """A security finding about a subject; the name is listed in `SPEC.findings`.

    since: seconds since 1970 at which it came to be true (a certificate ran out): earlier frames do not raise it."""

    finding: str
    about: About = SENDER
    since: int = 0


class Skip(Struct, frozen=True):
    """No byte before offset `to` of this direction is wanted. Advice: step over them if they come all the same.

    record: a record of the parser's `SPEC.shape` begins at `to`, so that its chain may be walked without the parser.
    """

    to: int
    record: bool = False


class Done(Struct, frozen=True):
    """Nothing more to learn from this direction; the rest of it is only accounted for."""


CARRIED_MAX = 64 * 1024  # bytes of one unit handed on to another parser: the largest datagram


class Carried(Struct, frozen=True):
    """A whole unit of another protocol, as this one carried it: read by whoever lists `carrier` among its carriers
    ("http:application/ipp", "syslog": the name of the one that carries comes first) and says yes to the bytes. At most
    CARRIED_MAX bytes; what is longer is not handed on. Its speaker is the speaker of the unit that carried it."""

    carrier: str
    data: bytes


class Anew(Struct, frozen=True):
    """From offset `at` of this direction on, the connection speaks another protocol, to be found by its structure as
    at a beginning (STARTTLS, CONNECT, a tunnel). The parser is fed no more of this direction; the other direction's
    parser says so for itself. `at` lies within the bytes fed last or behind them; it may lie before them where bytes
    were lost in between."""

    at: int


Event = Said | Odd | Flag | Carried | Skip | Anew | Done


class StreamParser(Protocol):
    """Reads one direction of a TCP connection."""

    def feed(self, data: bytes, at: int) -> Iterable[Event]:
        """Takes the bytes at offset `at` of this direction. A jump in `at` that was not asked for is a loss.

        A parser that says the same thousands of times gives it as the very same tuple: that is known at a glance."""

    def end(self) -> Iterable[Event]:
        """The direction was closed, expired or evicted."""


class FoldableParser(StreamParser, Protocol):
    """One whose units may be counted without being read, where an earlier one said the same."""

    @property
    def settled(self) -> bool:
        """It stands between two units, and what the units of this direction say depends on their own content alone, as
        `SPEC.lines` describes it."""

    def passed(self, to: int) -> None:
        """Everything before offset `to` was units that said nothing new; the next one begins there."""


class Line(Struct, frozen=True, kw_only=True):
    """What tells something in a line of one kind: where that differs, it says another thing. Fields have numbers;
    0 is the head of the line, and 62 stands for all from there on.

    fields: those that tell something; none: the line tells something by being there. marks: where one of these (at most
    four, of at most eight bytes, of which the first may be the separator before the field) is in a field of `where`,
    the fields `also` tell something too; they come later in the line. only_marked: without a mark it tells nothing.
    instance: a field of which it is known that a line without a mark tells nothing if it is empty, or the same as in
    the last line of this kind that told something; 0: there is none. read: it has to be read, whatever is in it.
    """

    fields: frozenset[int] = frozenset()
    also: frozenset[int] = frozenset()
    where: frozenset[int] = frozenset()
    marks: tuple[bytes, ...] = ()
    only_marked: bool = False
    instance: int = 0
    read: bool = False


Lines = Mapping[bytes, Line]  # by the three bytes that a line begins with; all others tell nothing

Probe = Callable[[bytes], bool | None]  # by structure alone; None: not enough bytes yet to tell

PROBE_MAX = 4096  # bytes that a probe may ask for before its `None` counts as no
BUDGET = 1 << 20  # bytes of one direction in which a stream parser must have said `Done`; see `StreamSpec`


class StreamSpec(Struct, frozen=True, kw_only=True):
    """A protocol over TCP (or inside another stream parser's payload).

    emits: observable -> how far its text may be believed about its subject, 0 to 1. ports: a hint that orders the
    probes, never a reason. findings: name -> one sentence that says what it means. budget: bytes per direction handed
    to the parser; None where the protocol names new devices for as long as the connection lives (DICOM, HL7). shape:
    the name of the kernel's record chain that this protocol's streams are made of ("dicom"), or "". carriers: what
    hands on whole units of it as `Carried`, each read as a direction of its own ("http:application/hl7-v2"). lines: of
    units framed by 0B and 1C 0D, of lines that end with 0D and fields between bars: what tells something in them. Its
    parsers are `FoldableParser`s then.
    """

    name: str
    title: str  # as people write it, for docs and summaries
    ports: frozenset[int]
    probe: Probe
    make: Callable[[], tuple[StreamParser, StreamParser]]  # (client, server)
    emits: Mapping[str, float]
    findings: Mapping[str, str] = {}
    budget: int | None = BUDGET
    shape: str = ""
    carriers: frozenset[str] = frozenset()
    lines: Lines | None = None
    encrypted: bool = False  # what follows the opening is not readable: conversations are marked so
    anywhere: bool = False  # recognised by what stands behind the first byte, too: to refuse that one says nothing
    never_reads: str = ""  # one line for the docs: what is skipped undecoded


class DatagramSpec(Struct, frozen=True, kw_only=True):
    """A protocol whose units stand alone. `carriers`: "udp", "ethertype:0806", "ip:58", "syn" (IP and TCP header of a
    segment with SYN set, first byte of the IP header first), "llc:4242" (DSAP and SSAP, from the LLC header on), or
    what another parser hands on as `Carried` ("http:application/ipp", "syslog"). No memory between datagrams."""

    name: str
    title: str
    carriers: frozenset[str]
    ports: frozenset[int] = frozenset()
    probe: Probe
    read: Callable[[bytes], Iterable[Event]]
    emits: Mapping[str, float]
    findings: Mapping[str, str] = {}
    encrypted: bool = False  # what follows the opening is not readable: conversations are marked so
    never_reads: str = ""


Spec = StreamSpec | DatagramSpec


def whole(spec: StreamSpec) -> DatagramSpec:
    """The same protocol where its units come one by one: each is a stream that begins and ends with it."""

    def read(data: bytes) -> Iterable[Event]:
        parser, _ = spec.make()
        events = [*parser.feed(data, 0), *parser.end()]
        return [event for event in events if not isinstance(event, Skip | Anew | Done)]

    return DatagramSpec(
        name=spec.name,
        title=spec.title,
        carriers=spec.carriers,
        probe=spec.probe,
        read=read,
        emits=spec.emits,
        findings=spec.findings,
    )


def installed() -> dict[str, Spec]:
    """Every parser of this package by name, in alphabetical order: a module with a `SPEC` is a parser."""
    import parsers

    names = sorted(module.name for module in pkgutil.iter_modules(parsers.__path__, "parsers."))
    found = (importlib.import_module(name) for name in names)
    return {module.SPEC.name: module.SPEC for module in found if hasattr(module, "SPEC")}


def load_late() -> None:
    """Imports what modules of this package put off until it is needed: a process that may open no file comes too late
    for it then. A module that imports inside a function has a `load_late` of its own."""
    import parsers

    for module in pkgutil.walk_packages(parsers.__path__, "parsers."):
        late = getattr(importlib.import_module(module.name), "load_late", None)
        if late is not None and late is not load_late:
            late()
