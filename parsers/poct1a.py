"""POCT1-A: analysers at the point of care, by what they say when they connect. CLSI POCT1-A2, appendix B (DML).

XML documents one after the other over TCP, without framing. Their root names the message, and values stand in attribute
V; in device_id the element's text is where the device belongs:

  <HEL.R01><HDR>..</HDR><DEV><DEV.device_id V="D1">HOSP^ICU</DEV.device_id><DEV.serial_id V="A100"/>..</DEV></HEL.R01>

HEL.R01 is the device's greeting; of all other messages only the root is read. This is no XML parser: tags are found one
at a time, only those of the greeting are looked into, and a document that declares types or entities is refused.
"""

from __future__ import annotations

import re

from parsers.api import RECEIVER, SENDER, TEXT_MAX, About, Done, Event, Flag, Odd, Said, StreamParser, StreamSpec
from parsers.reading import printable

DOCUMENT_MAX = 256 * 1024  # of a message; a greeting is under 2 KiB, lists of operators may be long
TAG_MAX = 4096  # of a tag with its attributes; a value is a line
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
BLANKS = b" \t\r\n"
BOM = b"\xef\xbb\xbf"
ENTITIES = {"&quot;": '"', "&apos;": "'", "&lt;": "<", "&gt;": ">", "&amp;": "&"}  # XML 1.0, 4.6

_TAG = re.compile(rb"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""")
_NAME = re.compile(rb"</?([A-Z]{2,4}\.\w{1,40})(?=[\s/>])")
_ROOT = re.compile(r"([A-Z]{3})\.R0\d")
_ENTITY = re.compile("|".join(ENTITIES))
_VALUE = re.compile(rb"""\sV\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_DECLARED = re.compile(rb"<\?xml\s[^<>]{0,100}\?>\s*")


def probe(first: bytes) -> bool | None:
    """The root of a message, after an XML declaration at most."""
    begins = first.lstrip(BLANKS).removeprefix(BOM)
    if begins[:1] not in (b"<", b""):
        return False
    if begins[:2] == b"<?":
        declared = _DECLARED.match(begins)
        if declared is None:
            return None if len(begins) < 128 and b"<?xml".startswith(begins[:5]) else False
        begins = begins[declared.end() :]
    if len(begins) < ROOT_SIZE:
        return None if len(first) < TAG_MAX and (len(begins) < 5 or begins[4:5] == b".") else False
    name = _NAME.match(begins)
    return name is not None and begins[1:2] != b"/" and message(name[1].decode()) != ""


def _unescaped(text: str) -> str:
    return _ENTITY.sub(lambda found: ENTITIES[found[0]], text)


def message(name: str) -> str:
    """The kind of message that a root opens, or ""."""
    found = _ROOT.fullmatch(name)
    return found[1] if found and found[1] in MESSAGES else ""


class Direction:
    """One direction of a connection. Holds one unfinished tag, and what a greeting has said so far."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._next = -1  # offset of the byte expected next; -1: none seen yet
        self._until = b""  # what is stepped over ends so
        self._root = ""  # of the document under way
        self._began = 0  # offset at which it did
        self._fields: dict[str, str] = {}
        self._text: bytearray | None = None  # of the element that tells the place
        self._about = SENDER
        self._flagged = False

    def feed(self, data: bytes, at: int) -> list[Event]:
        out: list[Event] = []
        if at != self._next and self._next >= 0:
            out.append(Odd("poct1a.gap"))
            self._held.clear()
            self._until = b""
            self._forget()
        self._next = at + len(data)
        held = self._held
        held += data
        base = self._next - len(held)
        place = 0
        while place < len(held):
            taken = self._take(held, place, base + place, out)
            if not taken:
                break
            if taken < 0:
                held.clear()
                return out
            place += taken
        del held[:place]
        return out

    def end(self) -> list[Event]:
        return []

    def _forget(self) -> None:
        self._root, self._text = "", None
        self._fields = {}

    def _take(self, held: bytearray, at: int, offset: int, out: list[Event]) -> int:
        """Takes text, a tag, or what is stepped over; gives back its length, 0 where more bytes are needed, or -1 where
        nothing more is to be learnt."""
        if self._until:
            found = held.find(self._until, at)
            if found < 0:
                return max(0, len(held) - at - len(self._until) + 1)
            over = found + len(self._until) - at
            self._until = b""
            return over
        if held[at] != 0x3C:
            found = held.find(b"<", at)
            end = found if found >= 0 else len(held)
            if self._text is not None:
                self._text += held[at : min(end, at + TEXT_MAX - len(self._text))]
            return end - at
        return self._markup(held, at, offset, out)

    def _markup(self, held: bytearray, at: int, offset: int, out: list[Event]) -> int:
        head = bytes(held[at : at + 9])
        if head[1:2] == b"!":
            if len(head) < 9:
                return 0
            if head[:4] == b"<!--" or head == b"<![CDATA[":
                self._until = b"-->" if head[:4] == b"<!--" else b"]]>"
                return 4
            out += (Odd("poct1a.document_type"), Done())
            return -1
        tag = _TAG.match(held, at, at + TAG_MAX)
        if tag is not None:
            self._tag(tag[0], offset, out)
            return tag.end() - at
        if len(held) - at < TAG_MAX:
            return 0
        out.append(Odd("poct1a.no_tag"))
        self._forget()
        return 1

    def _tag(self, tag: bytes, offset: int, out: list[Event]) -> None:
        found = _NAME.match(tag)
        if found is None:
            return
        name = found[1].decode()
        if tag[1:2] == b"/":
            if name == LOCATED:
                self._located()
            elif name == self._root:
                if name == HELLO:
                    self._greeted(out)
                self._forget()
            return
        self._text = None
        kind = message(name)
        if kind:
            self._forget()
            self._root, self._began = name, offset
            self._opened(name, kind, out)
            return
        if self._root and offset - self._began > DOCUMENT_MAX:
            out.append(Odd("poct1a.document_too_long"))
            self._forget()
        if self._root == HELLO and name in FIELDS:
            value = _VALUE.search(tag)
            text = printable(value[1] if value[1] is not None else value[2]) if value else ""
            if text:
                self._fields.setdefault(FIELDS[name], _unescaped(text)[:TEXT_MAX])
            if name == LOCATED and tag[-2:] != b"/>":
                self._text = bytearray()

    def _located(self) -> None:
        text = printable(bytes(self._text or b""))
        self._text = None
        if text and self._root == HELLO:
            self._fields.setdefault("poct1a.location", _unescaped(text)[:TEXT_MAX])

    def _opened(self, name: str, kind: str, out: list[Event]) -> None:
        if kind == "HEL":
            return  # whose it is, its fields tell
        out.append(Said(self._about, (("poct1a.message", name),)))
        if kind in OF_PERSONS and not self._flagged:
            self._flagged = True
            out.append(Flag("poct1a.cleartext"))

    def _greeted(self, out: list[Event]) -> None:
        """A greeting is complete: who speaks from here on. A base station speaks for one device after the other."""
        model, serial = (self._fields.get(f"poct1a.{part}", "") for part in ("model", "serial"))
        self._about = About(SENDER.host, f"{model} {serial}".strip()[:TEXT_MAX])
        out.append(Said(self._about, (*self._fields.items(), ("poct1a.message", HELLO))))
        out.append(Said(RECEIVER, (("poct1a.receives", HELLO),)))


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
