"""One HL7 v2 message under way: its segments as they come, collected into rows, and what they say when it is complete.

HL7 v2.5.1 chapters 2 (MSH), 3 (PV1), 4 (OBR), 7 (OBX), 13 (EQU); v2.8.2 chapter 7 (PRT); IHE PCD TF-2. Of a segment
the fields that are read are cut out, the rest of it is left as it is.
"""

from __future__ import annotations

from parsers.api import Event, Flag, Odd, Said
from parsers.hl7_devices import (
    ATTRIBUTES,
    EQUIPMENT,
    OBSERVATION,
    ORDER,
    PARTICIPANT,
    PLACE,
    SOFTWARE,
    told,
)
from parsers.hl7_fields import FIELD_MAX
from parsers.hl7_identity import Identity, control_serial

SEGMENT_MAX = 64 * 1024  # MSH, OBX-18 and PRT are under 1 KiB; past this it is an image in an OBX
ROWS_MAX = 64  # rows that speak of devices in one message; a monitor with all modules has about thirty
NO_INSTANCE = frozenset({b""})
SOFTWARE_MAX = 4  # SFT segments: the origin and three that passed the message on

HEADER, PATIENT, END, WANTED = 1, 2, 3, 4
DEVICE = b"_DEV_"  # what the name of a device row's code contains
SEGMENTS = {b"MSH": HEADER, b"PID": PATIENT, OBSERVATION: WANTED, SOFTWARE: WANTED, EQUIPMENT: WANTED}
SEGMENTS |= {PARTICIPANT: WANTED, PLACE: WANTED, ORDER: WANTED, b"FHS": END, b"BHS": END, b"BTS": END, b"FTS": END}


class Message:
    """The message under way in one direction of a connection: none while `who` is None. One object serves them all."""

    __slots__ = ("again", "implant", "instances", "numbered", "patient", "place", "rows", "size", "start", "who")

    def __init__(self) -> None:
        self.who: Identity | None = None
        self.start = 0  # offset of its MSH in the direction
        self.patient = False  # the finding was made for it
        self.implant = False
        self.numbered = False  # control ids name a device, so that each message has to be read
        self.place = b""  # PV1-3, until it is known whether a device was named
        self.rows: list[bytes] | None = None
        self.size = 0  # bytes in them
        self.instances: set[bytes] | frozenset[bytes] = NO_INSTANCE  # its OBX-18 values
        self.again = b"|"  # the end of a segment that says nothing new, because it ends with the last of them

    def begin(self, who: Identity, control_id: bytes, start: int, out: list[Event]) -> None:
        """An MSH; the message before it has been finished."""
        out += who.events
        if who.efficia:
            self.numbered = True
            if serial := control_serial(control_id):
                out.append(Said(who.sender, (("hl7.control_serial", serial),)))
        self.who = who
        self.start = start
        self.again = who.separator
        self.patient = who.patient
        self.implant = who.implant

    def segments(self, data: bytes, at: int, stop: int, out: list[Event]) -> int:
        """Takes the complete segments of data[at:stop], not longer than one may be and ended with CR; gives back where
        the incomplete one begins, or one that begins or ends a message, or begins with a control. This is where the
        time goes: most segments are results, of which only the number of fields and the last one is looked at."""
        who, last = self.who, data.rfind(b"\r", at, stop)
        if who is None or last < 0:
            return at
        separator, again, attribute = who.separator, self.again, who.attribute
        kind_of = SEGMENTS.get
        plain = False  # none of the results here is a device row or an attribute
        searched = False  # and it is known whether
        lines = data[at:last].split(b"\r")
        for n, line in enumerate(lines):
            head = line[:3]
            if head == OBSERVATION:
                fields = line.count(separator)
                if fields == 18 and plain and line.endswith(again):
                    continue
                if not searched:  # backwards, because that takes half as long
                    plain = data.rfind(DEVICE, at, last) < 0 and data.rfind(attribute, at, last) < 0
                    searched = True
                if (fields > 17 and not (fields == 18 and line.endswith(again))) or (
                    not plain and (line.find(DEVICE) >= 0 or line.find(attribute) >= 0)
                ):
                    self.observation(line, fields, out)
                    again = self.again
                continue
            kind = kind_of(head)
            if kind == WANTED:
                self.segment(head, line, out)
            elif kind == PATIENT:
                if not self.patient:
                    self.noted(kind, out)
            elif kind is not None or line < b" ":
                return at + n + sum(map(len, lines[:n]))
        return last + 1

    def noted(self, kind: int, out: list[Event]) -> None:
        """A segment of which it matters only that it is there."""
        if kind == END:
            self.finish(out)
        elif not self.patient:
            self.patient = True
            out.append(Flag("hl7.cleartext"))

    def observation(self, line: bytes, fields: int, out: list[Event]) -> None:
        """OBX: a device row, an attribute of exactly two codes, or a result that names its instrument in OBX-18."""
        who = self.who
        if who is None or self.implant or fields < 4:
            return
        separator, component = who.separator, who.component
        f = line.split(separator, 6)
        coded, value = f[3], b""
        instance = b""
        if fields == 18:
            instance = line[line.rindex(separator) + 1 :]
        elif fields > 18:
            instance = line.split(separator, 19)[18]
        code, _, name = coded.partition(component)
        name, _, system = name.partition(component)
        if name.startswith(b"MDC_IDC_"):
            self.implant = True
            self.rows = [row for row in self.rows or () if row.startswith(SOFTWARE)]
            return
        if code in ATTRIBUTES and (name == ATTRIBUTES[code] or system[:3] == b"MDC"):
            value = f[5] if fields > 4 else b""
            coded = code
        elif code.isdigit() and (
            name.startswith(b"MDC_DEV_") or (name.startswith(b"NOM_DEV_") and system[:3] == b"MDC")
        ):
            coded = code + component + name
        elif instance in self.instances:
            return
        else:
            coded = b"MDC" if name.startswith(b"MDC_") or system[:3] == b"MDC" else b""
        if len(self.instances) < ROWS_MAX:
            if isinstance(self.instances, frozenset):
                self.instances = {b"", instance}
            else:
                self.instances.add(instance)
            self.again = separator + instance
        self._row((OBSERVATION, coded, f[4], value, instance), separator, out)

    def segment(self, head: bytes, line: bytes, out: list[Event]) -> None:
        """A segment of which something is wanted, perhaps."""
        who = self.who
        if len(line) > SEGMENT_MAX:
            out.append(Odd("hl7.segment_too_long"))
            return
        if who is None:
            return
        separator, component = who.separator, who.component
        if head == OBSERVATION:
            fields = line.count(separator)
            repeated = fields < 18 or (fields == 18 and line.endswith(self.again))
            if not repeated or line.find(DEVICE) >= 0 or line.find(who.attribute) >= 0:
                self.observation(line, fields, out)
        elif head == PLACE:
            if self.implant:
                return
            f = line.split(separator, 4) if who.located else []
            place = f[3] if len(f) > 3 else b""
            self.place = component.join(place.split(component, 4)[:4]) if place.count(component) > 3 else place
        elif head == SOFTWARE:
            f = line.split(separator, 5)
            if sum(1 for row in self.rows or () if row.startswith(SOFTWARE)) < SOFTWARE_MAX:
                self._row((SOFTWARE, *f[1:5], *[b""] * (5 - len(f))), separator, out)
        elif self.implant:
            return
        elif head == EQUIPMENT:
            f = line.split(separator, 2)
            if len(f) > 1:
                self._row((EQUIPMENT, f[1]), separator, out)
        elif head == PARTICIPANT:
            f = line.split(separator, 23)
            if len(f) > 10 and f[4].split(component, 1)[0] == b"EQUIP":
                f += [b""] * (23 - len(f))
                self._row((PARTICIPANT, f[9], f[10], f[16], f[17], f[18], f[19], f[20], f[22]), separator, out)
        elif line.find(b"EUI-64") >= 0:
            for entity in line.split(separator, 4)[2:4]:
                parts = entity.split(component, 4)
                if len(parts) > 3 and parts[3] == b"EUI-64":
                    self._row((ORDER, parts[2]), separator, out)

    def _row(self, fields: tuple[bytes, ...], separator: bytes, out: list[Event]) -> None:
        """Keeps a row: its kind and what is read of it, with the separator between them, which is in none of them."""
        row = separator.join(fields)
        if self.rows is None:
            self.rows = []
        if len(row) > FIELD_MAX and max(map(len, fields)) > FIELD_MAX:
            out.append(Odd("hl7.field_too_long"))
        elif len(self.rows) < ROWS_MAX:
            self.rows.append(row)
            self.size += len(row)
        elif len(self.rows) == ROWS_MAX:
            self.rows.append(b"")
            out.append(Odd("hl7.too_many_rows"))

    def finish(self, out: list[Event]) -> None:
        """It is complete: says what its rows say together."""
        who = self.who
        if who is None:
            return
        if self.rows:
            place = self.place
            if place and len(place) <= FIELD_MAX:
                self.rows.append(PLACE + who.separator + place)
            out += told(who, self.rows, self.size + len(place))
        self.drop()

    def drop(self) -> None:
        """It is over, whatever was collected of it."""
        self.who = None
        self.place = b""
        self.instances = NO_INSTANCE
        if self.rows:
            self.rows = None
            self.size = 0
