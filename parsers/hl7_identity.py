"""Who speaks in an HL7 v2 message, to whom, and how its MSH wants the rest to be read.

HL7 v2.5.1 chapter 2.15.9 (MSH) and 2A (HD); IHE PCD TF-2 (profiles). What an MSH says is remembered; it is put together
from what it says of its sort of message, of the receiver, and of the sender, because many senders share the former.
"""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct

from parsers.api import SENDER, TEXT_MAX, About, Event, Flag, Odd, Said
from parsers.hl7_fields import CHARSETS, FIELD_MAX, Marks, components, entities, eui64, eui64_mac, joined
from parsers.hl7_memory import SIZE_MAX, Remembered

SHARED = 512  # sorts of messages, and receivers, that are kept ready; a hospital has some dozen of each

IDCO = "1.3.6.1.4.1.19376.1.6.1.9.1"  # implant follow-up: every device in it is inside a patient
MEMDMC = "1.3.6.1.4.1.19376.1.6.1.15.1"  # device management: an ORU^R01 without a patient
GIVE = "RGV^O15"  # what is to be given: to a pump (IHE PCD-03) or by a person, who takes it out of a cabinet
PIV = "1.3.6.1.4.1.19376.1.6.1.3.1"  # the former

_EFFICIA = re.compile(rb"([0-9A-Z]{10})[0-9]{10}\Z")  # device serial, message counter
_OID = re.compile(r"[0-2](?:\.\d+){4,}\Z")

PUMP_ORDER = Flag("hl7.pump_order_cleartext", SENDER)
Pairs = tuple[tuple[str, str], ...]


class Sort(Struct, frozen=True, gc=False, eq=False):
    """What MSH-2, 9, 12, 18 and 21 say: what sort of message it is, whoever sends it."""

    marks: Marks
    kinds: str  # MSH-9, first two components
    answer: bool  # an ACK
    fields: Pairs  # what is said of it
    flags: tuple[Flag, ...]
    patient: bool
    located: bool
    implant: bool


class Identity(Struct, frozen=True, gc=False, eq=False):
    """What an MSH says, and how the rest of its message is to be read. One is equal to itself alone: what says the same
    is the same object, but for what is too long or too rare to be remembered."""

    marks: Marks
    sender: About
    events: tuple[Event, ...]
    patient: bool  # the finding of patient data in clear is among `events` already
    located: bool  # PV1-3 may be the place of a device; it still takes a device row to believe it
    of_receiver: bool  # the devices in it are the receiver's: an order to one of them
    pump_order: bool  # it says itself that it is one, and the finding is among `events`
    implant: bool  # every device in it is inside a patient
    efficia: bool  # the control id begins with the serial number of the monitor
    separator: bytes  # of fields, and of components, as in `marks`
    component: bytes
    attribute: bytes  # how OBX-3 of a row in hl7_devices.ATTRIBUTES begins


def control_serial(control_id: bytes) -> str:
    """The serial number in a control id of an Efficia CM monitor: ten characters, then a counter of ten digits."""
    found = _EFFICIA.match(control_id)
    return found[1].decode("ascii") if found else ""


def _hd(prefix: str, parts: list[str]) -> list[tuple[str, str]]:
    """The EUI-64 in an HD (namespace^universal id^type), and the MAC it was made from."""
    if len(parts) == 3 and (digits := eui64(parts[1], parts[2])):
        mac = eui64_mac(digits)
        return [(f"hl7.{prefix}_eui64", digits), *([(f"hl7.{prefix}_mac", mac)] if mac else [])]
    return []


def _application(parts: list[str]) -> str:
    """The name of an application in an HD: its namespace, or where that is empty its universal id."""
    return next((part for part in parts[:2] if part), "")


def _profiles(raw: bytes, marks: Marks) -> list[str]:
    """MSH-21: the OID where there is one, otherwise name and namespace."""
    found = []
    for parts in entities(raw, marks):
        oid = next((part for part in parts if _OID.match(part)), "")
        found.append(oid or joined(parts[:2]))
    return [value for value in dict.fromkeys(found) if value]


@lru_cache(maxsize=SHARED)
def _sort(marks2: bytes, m9: bytes, m12: bytes, m18: bytes, m21: bytes) -> Sort:
    """marks2 is MSH-1 and MSH-2 together."""
    separators = (marks2[:1], marks2[1:2], marks2[2:3], marks2[3:4] or b"\\", marks2[4:5] or b"&")
    declared = joined(components(m18, Marks(*separators, "utf-8"), 1))
    marks = Marks(*separators, CHARSETS.get(declared.upper(), "utf-8"))
    kind = [part.upper() for part in components(m9, marks, 2)]
    kinds = "^".join(kind)
    profiles = _profiles(m21, marks)
    answer = kind[:1] == ["ACK"]
    said = [("hl7.message_type", kinds), ("hl7.version", joined(components(m12, marks, 1)))]
    if not answer:
        said.append(("hl7.charset", declared))
        said.extend(("hl7.profile", profile) for profile in profiles)
    flags = []
    patient = kind[:1] in (["ADT"], ["ORU"]) and MEMDMC not in profiles
    if patient:
        flags.append(Flag("hl7.cleartext", SENDER))
    if kinds == GIVE and PIV in profiles:
        flags.append(PUMP_ORDER)
    return Sort(
        marks=marks,
        kinds=kinds,
        answer=answer,
        fields=tuple((name, value) for name, value in said if value),
        flags=tuple(flags),
        patient=patient,
        located=kind[:1] == ["ORU"],
        implant=not answer and IDCO in profiles,
    )


@lru_cache(maxsize=SHARED)
def _receiver(m5: bytes, m6: bytes, m25: bytes, kinds: str, pump_order: bool, marks: Marks) -> tuple[Said, ...]:
    to = components(m5, marks)
    said = [("hl7.receiving_application", joined(to)), ("hl7.receiving_facility", joined(components(m6, marks)))]
    said += [("hl7.receives_type", kinds), *_hd("receiving", to)]
    if pump_order:
        said.append(("hl7.receives_profile", PIV))
    said.append(("hl7.receiving_address", joined(components(m25, marks))))
    found = tuple((name, value) for name, value in said if value)
    return (Said(About("receiver", _application(to)), found),) if found else ()


def _identity(key: bytes) -> Identity:
    """key: "MSH", MSH-2 to 6, MSH-9, and all from MSH-12 on, with the field separator between them."""
    separator = key[3:4]
    f = key.split(separator, 21)  # f[n - 5] is MSH-n from 12 on; f[21] is what follows MSH-25
    f += [b""] * (21 - len(f))
    read = [f[2], f[3], f[4], f[5], f[6], f[7], f[13], f[16], f[19], f[20]]
    events: list[Event] = []
    if len(key) > FIELD_MAX and max(map(len, read)) > FIELD_MAX:
        events.append(Odd("hl7.field_too_long"))
        read = [m if len(m) <= FIELD_MAX else b"" for m in read]
    m3, m4, m5, m6, m9, m12, m18, m21, m24, m25 = read
    sort = _sort(separator + f[1], m9, m12, m18, m21)
    marks = sort.marks
    application = components(m3, marks)
    sender = About("sender", _application(application))
    efficia = False
    if sort.answer:  # written by whoever took the message: fields of the client swapped, so only a hint
        name = joined(application)
        events.append(Said(sender, (("hl7.ack_application", name), *sort.fields) if name else sort.fields))
    else:
        name, facility = joined(application), joined(components(m4, marks))
        said = [("hl7.sending_application", name)] if name else []
        if facility:
            said.append(("hl7.sending_facility", facility))
            if application:
                said.append(("hl7.sending_system", f"{name}|{facility}"[:TEXT_MAX]))
        said += sort.fields
        said += _hd("sending", application)
        if m24 and (address := joined(components(m24, marks))):
            said.append(("hl7.sending_address", address))
        if said:
            events.append(Said(sender, tuple(said)))
        events += _receiver(m5, m6, m25, sort.kinds, PUMP_ORDER in sort.flags, marks)
        efficia = len(application) > 1 and application[1] == "EfficiaCM"
    events += sort.flags
    return Identity(
        marks=marks,
        sender=sender,
        events=tuple(events),
        patient=sort.patient,
        located=sort.located,
        of_receiver=sort.kinds == GIVE,
        pump_order=PUMP_ORDER in sort.flags,
        implant=sort.implant,
        efficia=efficia,
        separator=separator,
        component=marks.component,
        attribute=separator + b"67",
    )


_identities: Remembered[bytes, Identity | None]  # None: it is not of one line
_identities = Remembered(lambda key: None if b"\r" in key or b"\n" in key else _identity(key))


def read_msh(line: bytes) -> tuple[Identity, bytes]:
    """The identity in an MSH segment, and its control id. `good_separators(line)` holds."""
    separator = line[3:4]
    f = line.split(separator, 14)  # f[n - 1] is MSH-n; f[14] is MSH-15 and all that follows
    f += [b""] * (12 - len(f))
    key = separator.join((*f[:6], f[8], f[11], *((b"", b"", f[14]) if len(f) > 14 else ())))
    return (_identities[key] if len(key) <= SIZE_MAX else None) or _identity(key), f[9]


_READ, _PASSED = rb"\|([^|]*+)", rb"\|[^|\r\n]*+"
USUAL = re.compile(
    rb"\x0b(MSH\|\^~\\&"
    + 4 * rb"\|[^|]*+"
    + rb")"
    + 2 * _PASSED
    + _READ
    + rb"\|([^|\r\n]*+)"
    + _PASSED
    # MSH-12, and unless the line ends there an empty MSH-13 and 14
    + rb"\|([^|\r]*+(?:\|\|\|[^\r]*+)?+)\r"
)


def usual_msh(found: re.Match[bytes]) -> Identity | None:
    """The identity in an MSH segment that USUAL has found; its control id is found[3]. None: no line, or a long one."""
    key = b"|".join(found.group(1, 2, 4))
    return _identities[key] if found.end() - found.start() <= SIZE_MAX else None
