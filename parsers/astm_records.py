"""Records of ASTM E1394 / CLSI LIS02, and the fields of a mini VIDAS: who sends, and which instruments it speaks of.

Fields are counted from 1, and the letter of the record is the first. H-2 gives the delimiters: after the one of fields
those of repeats and of components, and the escape character.

  H-4 password   H-5 sender: components in the maker's own order   H-10 receiver   H-13 version of the standard
  O-25 section of the instrument   R-14 instrument
"""

from __future__ import annotations

from msgspec import Struct

from parsers.api import RECEIVER, SENDER, TEXT_MAX, About, Event, Flag, Id, Odd, Said
from parsers.reading import printable

HEAD = 0x48  # H
DELIMITERS = 4
PASSWORD, SENDING, RECEIVING, VERSION = 3, 4, 9, 12  # places in H, from 0
INSTRUMENT = {b"R": 13, b"O": 24}  # places in records
OF_PATIENTS = frozenset({b"P", b"R", b"Q"})
SENDS = {b"R": "results", b"Q": "queries"}
RECORD_MAX = 64 * 1024  # of a record in several frames; only images are longer, and they name nobody
INSTRUMENTS_MAX = 32  # of one direction: lines of analysers have a dozen modules
COMPONENT = "^"  # how components are joined here, whatever their delimiter was
PUNCTUATION = frozenset(b"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")

# mini VIDAS: by the letters before the value
VIDAS = {b"id": "astm.instrument_id", b"sn": "astm.serial"}


def good_header(line: bytes) -> bool | None:
    """H, four delimiters that differ, and the first of them again; None: more bytes are needed."""
    if len(line) < 2 + DELIMITERS:
        return None
    marks = line[1 : 1 + DELIMITERS]
    return len(set(marks)) == DELIMITERS and PUNCTUATION.issuperset(marks) and line[1 + DELIMITERS] == line[1]


class Session(Struct):
    """What a header opened. own: the components of the sender's name. said: what was said of it once, and need not be
    said with every record."""

    field: bytes
    component: bytes
    about: About
    own: frozenset[str]
    said: set[str]


class Records:
    """The records of one direction."""

    def __init__(self) -> None:
        self.unframed = False  # the session's header stood outside frames
        self._session: Session | None = None
        self._begun = b""  # of a record that goes on in the next frame
        self._dropping = False  # the rest of one that is lost or too long
        self._instruments: dict[tuple[str, str], Said] = {}

    def lost(self) -> None:
        """Bytes are missing: of the record under way, and perhaps the end of the session."""
        self._begun, self._dropping = b"", True
        self.unframed = False

    def over(self) -> None:
        """The session has ended."""
        self._begun, self._dropping = b"", False
        self._session, self.unframed = None, False

    def text(self, text: bytes, more: bool, out: list[Event]) -> None:
        """The text of a frame. more: its last record goes on in the next one."""
        self.unframed = False
        first, *others = text.split(b"\r")
        if self._dropping and not good_header(first):
            first = b""
        elif self._begun:
            first = self._begun + first
        lines = [first, *others]
        self._dropping = self._dropping and more and not others
        self._begun = lines.pop() if more else b""
        if len(self._begun) > RECORD_MAX:
            out.append(Odd("astm.record_too_long"))
            self._begun, self._dropping = b"", True
        for line in lines:
            self._record(line, out)

    def line(self, line: bytes, out: list[Event]) -> None:
        """A record outside frames."""
        if line[0] == HEAD and good_header(line):
            self.unframed = True
            self._record(line, out)
        elif self.unframed:
            self._record(line, out)

    def _record(self, line: bytes, out: list[Event]) -> None:
        kind = line[:1]
        if kind == b"H" and good_header(line):
            self._header(line, out)
            return
        session = self._session
        if session is None or line[1:2] != session.field:
            return
        if kind in OF_PATIENTS and "cleartext" not in session.said:
            session.said.add("cleartext")
            out.append(Flag("astm.cleartext"))
        sends = SENDS.get(kind, "")
        if sends and sends not in session.said:
            session.said.add(sends)
            out.append(Said(session.about, (("astm.sends", sends),)))
        place = INSTRUMENT.get(kind)
        if place is not None:
            fields = line.split(session.field, place + 1)
            if len(fields) > place:
                self._instrument(session, fields[place], out)

    def _header(self, line: bytes, out: list[Event]) -> None:
        field, component = line[1:2], line[3:4]
        fields = line.split(field, VERSION + 1)
        sender, receiver = (components(fields, place, component) for place in (SENDING, RECEIVING))
        about = About(SENDER.host, next((part for part in sender.split(COMPONENT) if part), ""))
        self._session = Session(field, component, about, frozenset(sender.split(COMPONENT)), set())
        version = printable(fields[VERSION]) if len(fields) > VERSION else ""
        said = tuple(each for each in (("astm.sending_system", sender), ("astm.version", version)) if each[1])
        if said:
            out.append(Said(about, said))
        if receiver:
            out.append(Said(RECEIVER, (("astm.receiving_system", receiver),)))
        if len(fields) > PASSWORD and fields[PASSWORD].strip(b" " + component):
            out.append(Flag("astm.password_cleartext"))

    def _instrument(self, session: Session, field: bytes, out: list[Event]) -> None:
        """Its first component; those behind it may be cartridges and lots. One word with a digit in it, so that nobody
        who stands in the wrong field is taken for an instrument."""
        name = printable(field.split(session.component, 1)[0])
        if name in session.own or " " in name or not any(letter.isdigit() for letter in name):
            return
        system = session.about.application
        known = self._instruments.get((system, name))
        if known is None:
            if len(self._instruments) >= INSTRUMENTS_MAX:
                out.append(Odd("astm.too_many_instruments"))
                return
            behind = (Id("model_station", f"{name}|{system}"[:TEXT_MAX]),)
            known = Said(About(SENDER.host, behind=behind), (("astm.instrument", name),))
            self._instruments[system, name] = known
        if name not in session.said:
            session.said.add(name)
            out.append(known)


def components(fields: list[bytes], place: int, delimiter: bytes) -> str:
    """A field's components without the blanks around them, joined by ^; "" where there are none."""
    if len(fields) <= place:
        return ""
    text = COMPONENT.join(printable(part) for part in fields[place].split(delimiter))
    return text.rstrip(COMPONENT)[:TEXT_MAX]


def vidas(message: bytes, out: list[Event]) -> None:
    """The fields of a mini VIDAS: of these only what names the instrument."""
    if not message.startswith(b"mt"):
        return
    said = [("astm.dialect", "mini VIDAS")]
    for part in message.split(b"\x1e"):
        observable = VIDAS.get(part[:2], "")
        value = printable(part[2:].rstrip(b"|")) if observable else ""
        if value:
            said.append((observable, value))
    out.append(Said(SENDER, tuple(said)))
    out.append(Flag("astm.cleartext"))
