"""What single HL7 v2 fields say: separators, escapes, character sets, identifiers, and the identity in an MSH segment.

HL7 v2.5.1 chapter 2 (2.7 escapes, 2.15.9 MSH), chapter 2A (EI, HD, PL). All functions here are pure; what an MSH says
is remembered, because a sender says the same of itself thousands of times a day.
"""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct, structs

from parsers.api import SENDER, TEXT_MAX, About, Event, Flag, Id, Odd, Said

FIELD_MAX = 1024  # bytes of a field that is read; four bytes for each character that is kept at all
REPEATS_MAX = 8  # repeats of one field that are read: LAW writes two, gateways up to four
REMEMBERED = 4096  # distinct identities, and distinct groups of device rows, that are kept ready; see SIZE_MAX
SIZE_MAX = 2048  # bytes that may be kept ready for one of them: REMEMBERED * (key + events) stays below 40 MB

PCD = "1.3.6.1.4.1.19376.1.6."  # profiles of IHE Patient Care Device
IDCO = "1.3.6.1.4.1.19376.1.6.1.9.1"  # implant follow-up: every device in it is inside a patient
MEMDMC = "1.3.6.1.4.1.19376.1.6.1.15.1"  # device management: an ORU^R01 without a patient

# HL7 table 0211 to Python. A message in UTF-16 or UTF-32 does not begin with "MSH" in ASCII and never gets here.
CHARSETS = {
    "ASCII": "ascii",
    "8859/1": "latin-1",
    "8859/2": "iso8859-2",
    "8859/3": "iso8859-3",
    "8859/4": "iso8859-4",
    "8859/5": "iso8859-5",
    "8859/6": "iso8859-6",
    "8859/7": "iso8859-7",
    "8859/8": "iso8859-8",
    "8859/9": "iso8859-9",
    "8859/15": "iso8859-15",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "GB 18030-2000": "gb18030",
    "KS X 1001": "euc_kr",
    "CNS 11643-1992": "big5",
    "BIG-5": "big5",
}

_HEX16 = re.compile(r"[0-9A-F]{16}\Z")
_HEX12 = re.compile(r"[0-9A-F]{12}\Z")
_EFFICIA = re.compile(rb"([0-9A-Z]{10})[0-9]{10}\Z")  # device serial, message counter
_FORMATTING = re.compile(rb"[HNP]|\.[a-z]{2}[+-]?\d*|C[0-9A-F]{4}|M[0-9A-F]{4,6}|Z\w*")
_OID = re.compile(r"[0-2](?:\.\d+){4,}\Z")


class Marks(Struct, frozen=True, gc=False):
    """Separators and character set of one message (MSH-1, MSH-2, MSH-18)."""

    field: bytes
    component: bytes
    repeat: bytes
    escape: bytes
    subcomponent: bytes
    charset: str


class Identity(Struct, frozen=True, gc=False):
    """What an MSH says, and how the rest of its message is to be read."""

    marks: Marks
    sender: About
    events: tuple[Event, ...]
    patient: bool  # the finding of patient data in clear is among `events` already
    located: bool  # PV1-3 may be the place of a device; it still takes a device row to believe it
    profiled: bool  # an IHE PCD profile
    of_receiver: bool  # the devices in it are the receiver's: an order to one of them
    implant: bool  # every device in it is inside a patient
    efficia: bool  # the control id begins with the serial number of the monitor


def _decode(raw: bytes, charset: str) -> str:
    for encoding in (charset, "utf-8"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _escaped(raw: bytes, marks: Marks) -> bytes:
    """Chapter 2.7: separators written as letters, bytes written in hexadecimal, formatting that says nothing. Anything
    else between two escape characters, and one without a partner, is text."""
    parts = raw.split(marks.escape)
    out = [parts[0]]
    at = 1
    while at < len(parts):
        code = parts[at]
        if at + 1 == len(parts):
            out.append(marks.escape + code)
            break
        known = {
            b"F": marks.field,
            b"S": marks.component,
            b"R": marks.repeat,
            b"E": marks.escape,
            b"T": marks.subcomponent,
        }.get(code)
        if known is not None:
            out.append(known)
        elif code[:1] == b"X" and re.fullmatch(rb"(?:[0-9A-Fa-f]{2})+", code[1:]):
            out.append(bytes.fromhex(code[1:].decode("ascii")))
        elif not _FORMATTING.fullmatch(code):
            out.append(marks.escape + code)
            at += 1
            continue
        out.append(parts[at + 1])
        at += 2
    return b"".join(out)


def text(raw: bytes, marks: Marks) -> str:
    """A component as text: unescaped, decoded, trimmed; the HL7 null `""` is nothing."""
    if not raw or raw == b'""' or len(raw) > FIELD_MAX:
        return ""
    if marks.escape in raw:
        raw = _escaped(raw, marks)
    return _decode(raw, marks.charset).strip("\0 \t\r\n")[:TEXT_MAX].rstrip()


def components(raw: bytes, marks: Marks, most: int = 6) -> list[str]:
    """The first components of the first repeat of a field, empty ones at the end left out."""
    parts = [text(part, marks) for part in raw.split(marks.repeat, 1)[0].split(marks.component, most)[:most]]
    while parts and not parts[-1]:
        parts.pop()
    return parts


def joined(parts: list[str]) -> str:
    """Components as one value, with `^` between them whatever the message used."""
    return "^".join(parts)[:TEXT_MAX].rstrip()


def eui64(value: str, scheme: str = "EUI-64") -> str:
    """An EUI-64 as 16 upper-case digits, or "". A MAC given as an EUI-64 is widened (FFFE in the middle)."""
    if scheme.upper() not in ("EUI-64", "EUI64"):
        return ""
    digits = value.upper().replace("-", "").replace(":", "")
    if _HEX12.match(digits):
        digits = digits[:6] + "FFFE" + digits[6:]
    if not _HEX16.match(digits) or len(set(digits.replace("FFFE", ""))) < 2:
        return ""
    return digits


def eui64_mac(digits: str) -> str:
    """The MAC that an EUI-64 was made from, or "" where it was not made from one."""
    if digits[6:10] != "FFFE" or int(digits[1], 16) & 1:
        return ""
    mac = (digits[:6] + digits[10:]).lower()
    return ":".join(mac[i : i + 2] for i in range(0, 12, 2))


def entities(raw: bytes, marks: Marks) -> list[list[str]]:
    """A repeating EI field (id^namespace^universal id^type) as one list of components per repeat."""
    found = [components(part, marks, 4) for part in raw.split(marks.repeat, REPEATS_MAX)[:REPEATS_MAX]]
    return [parts for parts in found if parts]


def entity_id(parts: list[str]) -> Id | None:
    """The identifier in an EI: the EUI-64 where it is one, otherwise the instance id with its namespace."""
    if len(parts) == 4 and (digits := eui64(parts[2], parts[3])):
        return Id("eui64", digits)
    if not parts[0]:
        return None
    namespace = parts[1] if len(parts) > 1 and parts[1] else parts[2] if len(parts) > 2 else ""
    return Id("obx18", parts[0], namespace)


def control_serial(control_id: bytes) -> str:
    """The serial number in a control id of an Efficia CM monitor: ten characters, then a counter of ten digits."""
    found = _EFFICIA.match(control_id)
    return found[1].decode("ascii") if found else ""


def good_separators(head: bytes) -> bool:
    """Whether `head` (the line from "MSH" on) declares separators: one field separator, then two to five others and the
    field separator again, none of them a letter, digit, blank or control character, all different."""
    if head[3:9] == b"|^~\\&|":
        return True
    if len(head) < 7:
        return False
    end = head.find(head[3:4], 4, 10)
    used = head[3:end]
    if not 3 <= len(used) <= 6 or end < 0 or len(set(used)) != len(used):
        return False
    return all(32 < c < 127 and not 48 <= c <= 57 and not 65 <= (c & 0xDF) <= 90 for c in used)


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


def _identity(
    marks2: bytes, m3: bytes, m4: bytes, m5: bytes, m6: bytes, m9: bytes, m12: bytes, rest: bytes
) -> Identity:
    """marks2 is MSH-1 and MSH-2 together; rest begins with MSH-15."""
    tail = rest.split(marks2[:1], 11)  # tail[0] is MSH-15, tail[10] is MSH-25
    more = {n: tail[n - 15] for n in (18, 21, 24, 25) if len(tail) > n - 15}
    events: list[Event] = []
    if max(map(len, (m3, m4, m5, m6, m9, m12, *more.values()))) > FIELD_MAX:
        events.append(Odd("hl7.field_too_long"))
        m3, m4, m5, m6, m9, m12 = (m if len(m) <= FIELD_MAX else b"" for m in (m3, m4, m5, m6, m9, m12))
        more = {n: m for n, m in more.items() if len(m) <= FIELD_MAX}
    marks = Marks(marks2[:1], marks2[1:2], marks2[2:3], marks2[3:4] or b"\\", marks2[4:5] or b"&", "utf-8")
    declared = joined(components(more.get(18, b""), marks, 1))
    marks = structs.replace(marks, charset=CHARSETS.get(declared.upper(), "utf-8"))

    application, facility = components(m3, marks), components(m4, marks)
    kind = [part.upper() for part in components(m9, marks, 2)]
    kinds = "^".join(kind)
    profiles = _profiles(more.get(21, b""), marks)
    version = joined(components(m12, marks, 1))
    sender = About("sender", _application(application))

    said: list[tuple[str, str]] = []
    if kind[:1] == ["ACK"]:  # written by whoever took the message: fields of the client swapped, so only a hint
        said.append(("hl7.ack_application", joined(application)))
        said.append(("hl7.message_type", kinds))
        said.append(("hl7.version", version))
        fields_said = tuple((name, value) for name, value in said if value)
        return Identity(marks, sender, (*events, Said(sender, fields_said)), False, False, False, False, False, False)

    said.append(("hl7.sending_application", joined(application)))
    said.append(("hl7.sending_facility", joined(facility)))
    if application and facility:
        said.append(("hl7.sending_system", f"{joined(application)}|{joined(facility)}"[:TEXT_MAX]))
    said.append(("hl7.message_type", kinds))
    said.append(("hl7.version", version))
    said.append(("hl7.charset", declared))
    said.extend(("hl7.profile", profile) for profile in profiles)
    said.extend(_hd("sending", application))
    said.append(("hl7.sending_address", joined(components(more.get(24, b""), marks))))
    if found := tuple((name, value) for name, value in said if value):
        events.append(Said(sender, found))

    to = components(m5, marks)
    said = [("hl7.receiving_application", joined(to)), ("hl7.receiving_facility", joined(components(m6, marks)))]
    said += [("hl7.receives_type", kinds), *_hd("receiving", to)]
    said.append(("hl7.receiving_address", joined(components(more.get(25, b""), marks))))
    if found := tuple((name, value) for name, value in said if value):
        events.append(Said(About("receiver", _application(to)), found))

    patient = kind[:1] in (["ADT"], ["ORU"]) and MEMDMC not in profiles
    if patient:
        events.append(Flag("hl7.cleartext", SENDER))
    if kinds == "RGV^O15":
        events.append(Flag("hl7.pump_order_cleartext", SENDER))
    return Identity(
        marks=marks,
        sender=sender,
        events=tuple(events),
        patient=patient,
        located=kind[:1] == ["ORU"],
        profiled=any(profile.startswith(PCD) for profile in profiles),
        of_receiver=kinds == "RGV^O15",
        implant=IDCO in profiles,
        efficia=len(application) > 1 and application[1] == "EfficiaCM",
    )


_remembered = lru_cache(maxsize=REMEMBERED)(_identity)


def read_msh(line: bytes) -> tuple[Identity, bytes]:
    """The identity in an MSH segment, and its control id. `good_separators(line)` holds."""
    f = line[3:].split(line[3:4], 14)  # f[n - 1] is MSH-n; f[14] is MSH-15 and all that follows
    if len(f) < 15:
        f += [b""] * (15 - len(f))
    args = (line[3:4] + f[1], f[2], f[3], f[4], f[5], f[8], f[11], f[14])
    if len(line) > SIZE_MAX:
        return _identity(*args), f[9]
    return _remembered(*args), f[9]
