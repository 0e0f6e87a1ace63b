"""Network UPS Tools: which UPSs a server watches. RFC 9271, over TCP, lines of text.

  client  LIST VAR name     server  BEGIN LIST VAR name, VAR name variable "value" ..., END LIST VAR name

What is told of a UPS is said when its list ends. Log-ins are found, and neither names nor passwords are read. After
STARTTLS each direction goes on in TLS.
"""

from __future__ import annotations

import re

from parsers.api import SENDER, TEXT_MAX, About, Anew, Event, Flag, Id, Odd, Said, StreamParser, StreamSpec
from parsers.reading import printable

LINE_MAX = 1024  # of a line; values are under 256 characters (RFC 9271 section 4.1)
VARIABLES = {  # RFC 9271 appendix A; ups.contact and device.contact are persons
    "device.mfr": "nut.manufacturer",
    "ups.mfr": "nut.manufacturer",
    "device.model": "nut.model",
    "ups.model": "nut.model",
    "device.serial": "nut.serial",
    "ups.serial": "nut.serial",
    "device.type": "nut.type",
    "device.location": "nut.location",
    "ups.firmware": "nut.firmware",
}
SERVER = b"Network UPS Tools upsd "
PROBED = 64

_KINDS = rb"(?:UPS|VAR|RW|CMD|ENUM|RANGE|CLIENT)"
_ASKS = re.compile(
    rb"(?:LIST %s(?: [^\r\n ]|\r?\n)|GET (?:NUMLOGINS|UPSDESC|VAR|TYPE|DESC|CMDDESC) \S|NETVER\r?\n)" % _KINDS
)
_ANSWERS = re.compile(
    rb"(?:BEGIN LIST %s(?: \S|\r?\n)|VAR \S+ [a-z]+\.[a-z0-9.]+ \"|Network UPS Tools upsd |OK STARTTLS\r?\n"
    rb"|ERR (?:FEATURE-NOT-CONFIGURED|FEATURE-NOT-SUPPORTED|UNKNOWN-UPS|ACCESS-DENIED)\r?\n)" % _KINDS
)
_VAR = re.compile(rb'VAR (\S+) (\S+) "((?:[^"\\]|\\.)*)"')
_LIST = re.compile(rb"(BEGIN|END) LIST VAR (\S+)")
_STARTS = (b"LIST ", b"GET ", b"NETV", b"STAR", b"BEGI", b"VAR ", b"Netw", b"ERR ", b"OK S")
STARTTLS, AGREED = b"STARTTLS", b"OK STARTTLS"
HANDSHAKE = 0x16  # first byte of TLS


def probe(first: bytes) -> bool | None:
    if not first.startswith(_STARTS):
        return None if len(first) < 4 and any(start.startswith(first) for start in _STARTS) else False
    if first.startswith(STARTTLS):  # of all protocols that have it, NUT alone begins with it
        rest = first[len(STARTTLS) :].lstrip(b"\r\n")
        return probe(rest) if rest else None if len(first) < PROBED else False
    if _ASKS.match(first) or _ANSWERS.match(first):
        return True
    return None if len(first) < PROBED and b"\n" not in first else False


class Lines:
    """One direction. Holds one unfinished line, and what is told of one UPS."""

    def __init__(self, serves: bool) -> None:
        self._serves = serves
        self._held = bytearray()
        self._next = -1
        self._stepping = False  # over the rest of a line
        self._asked = False  # the client asked for TLS
        self._name = ""  # of the UPS that is listed
        self._fields: dict[str, str] = {}

    def feed(self, data: bytes, at: int) -> list[Event]:
        out: list[Event] = []
        if at != self._next and self._next >= 0:
            out.append(Odd("nut.gap"))
            self._held.clear()
            self._stepping, self._name = True, ""
        self._next = at + len(data)
        searched = len(self._held)
        self._held += data
        held, place = self._held, 0
        while place < len(held):
            if self._asked and held[place] == HANDSHAKE:
                out.append(Anew(self._next - len(held) + place))
                return out
            end = held.find(b"\n", max(place, searched))
            size = (end if end >= 0 else len(held)) - place
            if not self._stepping and size > LINE_MAX:
                out.append(Odd("nut.line_too_long"))
                self._stepping = True
            if end < 0:
                if self._stepping:
                    place = len(held)
                break
            line = b"" if self._stepping else bytes(held[place:end]).rstrip(b"\r")
            self._stepping = False
            place = end + 1
            if self._serves and line == AGREED:
                out.append(Anew(self._next - len(held) + place))
                return out
            self._line(line, out)
        del held[:place]
        return out

    def end(self) -> list[Event]:
        return []

    def _line(self, line: bytes, out: list[Event]) -> None:
        if not self._serves:
            if line.startswith(b"PASSWORD "):
                out.append(Flag("nut.password_cleartext"))
            self._asked = line == STARTTLS  # whether the server agrees, the next byte shows
        elif line.startswith(SERVER):
            if program := printable(line.split(b" - ")[0]):
                out.append(Said(SENDER, (("nut.server", program),)))
        elif listed := _LIST.fullmatch(line):
            if listed[1] == b"END" and self._name == printable(listed[2]):
                self._told(out)
            self._name = printable(listed[2]) if listed[1] == b"BEGIN" else ""
            self._fields = {}
        elif self._name and (told := _VAR.fullmatch(line)) and printable(told[1]) == self._name:
            observable = VARIABLES.get(told[2].decode("ascii", "replace"), "")
            text = printable(re.sub(rb"\\(.)", rb"\1", told[3])) if observable else ""
            if text:
                self._fields.setdefault(observable, text)

    def _told(self, out: list[Event]) -> None:
        """The list of a UPS is complete: it stands behind the server."""
        serial, model, maker = (self._fields.get(f"nut.{part}", "") for part in ("serial", "model", "manufacturer"))
        if not self._fields:
            return
        id_ = Id("serial", serial, maker) if serial else Id("model_station", f"{model}|{self._name}"[:TEXT_MAX], maker)
        out.append(Said(About(SENDER.host, behind=(id_,)), tuple(self._fields.items())))


def make() -> tuple[StreamParser, StreamParser]:
    return Lines(serves=False), Lines(serves=True)


SPEC = StreamSpec(
    name="nut",
    title="Network UPS Tools",
    ports=frozenset({3493}),
    probe=probe,
    make=make,
    emits={
        "nut.server": 0.8,
        "nut.manufacturer": 0.9,
        "nut.model": 0.9,
        "nut.serial": 0.9,
        "nut.type": 0.8,
        "nut.location": 0.5,
        "nut.firmware": 0.9,
    },
    findings={"nut.password_cleartext": "A password for its UPS crosses the network in clear."},
    never_reads="user names and passwords, contacts, measurements",
)
