"""POCT1-A: analysers at the point of care, by what they say when they connect. CLSI POCT1-A2, appendix B (DML).

XML documents one after the other over TCP, without framing. Their root names the message, and values stand in attribute
V; in device_id the element's text is where the device belongs:

  <HEL.R01><HDR>..</HDR><DEV><DEV.device_id V="D1">HOSP^ICU</DEV.device_id><DEV.serial_id V="A100"/>..</DEV></HEL.R01>

HEL.R01 is the device's greeting; of all other messages only the root is read, and of their tags none is looked into.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.api import RECEIVER, SENDER, TEXT_MAX, About, Event, Flag, Odd, Said, StreamParser, StreamSpec
from parsers.reading import printable
from parsers.tags import TAG_MAX, Tags, attribute, undeclared, unescaped, value

DOCUMENT_MAX = 256 * 1024  # of a message; a greeting is under 2 KiB, lists of operators may be long
HELLO = "HEL.R01"
LOCATED = "DEV.device_id"  # whose text is the place
FIELDS = {
    "DEV.device_id": "poct1a.device_id",
    "DEV.vendor_id": "poct1a.vendor",
    "DEV.model_id": "poct1a.model",
    "DEV.serial_id": "poct1a.serial",
    "DEV.manufacturer_name": "poct1a.manufacturer",
    "DEV.hw_version": "poct1a.hardware",
    "DEV.sw_version": "poct1a.software",
    "DEV.device_name": "poct1a.name",
}
MESSAGES = frozenset({"HEL", "ACK", "DST", "REQ", "OBS", "EOT", "END", "ESC", "DTV", "OPL", "PTL", "KPA"})
OF_PERSONS = frozenset({"OBS", "OPL", "PTL"})
ROOT_SIZE = len("<HEL.R01>")

_NAME = re.compile(rb"</?([A-Z]{2,4}\.\w{1,40})(?=[\s/>])")
_ROOT = re.compile(r"([A-Z]{3})\.R0\d")
_VALUE = attribute(b"V")


def probe(first: bytes) -> bool | None:
    """The root of a message, after an XML declaration at most."""
    begins = undeclared(first)
    if begins is None:
        return None
    if begins[:1] not in (b"<", b""):
        return False
    if len(begins) < ROOT_SIZE:
        return None if len(first) < TAG_MAX and (len(begins) < 5 or begins[4:5] == b".") else False
    name = _NAME.match(begins)
    return name is not None and begins[1:2] != b"/" and message(name[1].decode()) != ""


def message(name: str) -> str:
    """The kind of message that a root opens, or ""."""
    found = _ROOT.fullmatch(name)
    return found[1] if found and found[1] in MESSAGES else ""


class Direction(Tags):
    """One direction of a connection. Holds what a greeting has said so far."""

    protocol = "poct1a"

    def __init__(self) -> None:
        super().__init__()
        self._root = ""  # of the document under way
        self._began = 0  # offset at which it did
        self._fields: dict[str, str] = {}
        self._text: bytearray | None = None  # of the element that tells the place
        self._about = SENDER
        self._flagged = False

    def lost(self) -> None:
        self._root, self._text = "", None
        self._fields = {}

    def text(self, data: bytes | bytearray) -> None:
        if self._text is not None:
            self._text += data[: TEXT_MAX - len(self._text)]

    def tag(self, tag: bytes, offset: int) -> Iterator[Event]:
        found = _NAME.match(tag)
        if found is None:
            return
        name = found[1].decode()
        if tag[1:2] == b"/":
            if name == LOCATED:
                self._located()
            elif name == self._root:
                if name == HELLO:
                    yield from self._greeted()
                self.lost()
            return
        self._text = None
        kind = message(name)
        if kind:
            self.lost()
            self._root, self._began = name, offset
            yield from self._opened(name, kind)
            return
        if self._root and offset - self._began > DOCUMENT_MAX:
            yield Odd("poct1a.document_too_long")
            self.lost()
        if self._root == HELLO and name in FIELDS:
            if text := value(tag, _VALUE):
                self._fields.setdefault(FIELDS[name], text)
            if name == LOCATED and tag[-2:] != b"/>":
                self._text = bytearray()

    def _located(self) -> None:
        text = printable(bytes(self._text or b""))
        self._text = None
        if text and self._root == HELLO:
            self._fields.setdefault("poct1a.location", unescaped(text))

    def _opened(self, name: str, kind: str) -> Iterator[Event]:
        if kind == "HEL":
            return  # whose it is, its fields tell
        yield Said(self._about, (("poct1a.message", name),))
        if kind in OF_PERSONS and not self._flagged:
            self._flagged = True
            yield Flag("poct1a.cleartext")

    def _greeted(self) -> Iterator[Event]:
        """A greeting is complete: who speaks from here on. A base station speaks for one device after the other."""
        model, serial = (self._fields.get(f"poct1a.{part}", "") for part in ("model", "serial"))
        self._about = About(SENDER.host, f"{model} {serial}".strip()[:TEXT_MAX])
        yield Said(self._about, (*self._fields.items(), ("poct1a.message", HELLO)))
        yield Said(RECEIVER, (("poct1a.receives", HELLO),))


def make() -> tuple[StreamParser, StreamParser]:
    return Direction(), Direction()


SPEC = StreamSpec(
    name="poct1a",
    title="POCT1-A",
    ports=frozenset(),
    probe=probe,
    make=make,
    budget=None,  # a base station names another device whenever one is put on it
    emits={
        "poct1a.device_id": 0.8,
        "poct1a.vendor": 0.8,
        "poct1a.model": 0.9,
        "poct1a.serial": 0.95,
        "poct1a.manufacturer": 0.9,
        "poct1a.hardware": 0.9,
        "poct1a.software": 0.9,
        "poct1a.name": 0.6,
        "poct1a.location": 0.6,
        "poct1a.message": 0.8,
        "poct1a.receives": 0.6,
    },
    findings={
        "poct1a.cleartext": "Patients, operators or results cross the network in POCT1-A messages without encryption."
    },
    never_reads="patients, operators, orders, observations, specimens, notes and lists: all but the device's greeting",
)
