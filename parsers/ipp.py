"""IPP: what a printer says it is. RFC 8010 section 3.1, RFC 8011 section 5.4, PWG 5100.13, IEEE 1284-2000 section 7.6.

  0 version 2   2 operation or status 2   4 request 4   then groups: a delimiter under 10, and attributes
  attribute   value tag 1   name length 2   name   value length 2   value; without a name one more value of the last

Only attributes of the printer are read, of an answer: requests, jobs and subscriptions name people and documents. A
print server (CUPS) speaks of queues, which are not itself: of it only the program is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsers.api import RECEIVER, SENDER, DatagramSpec, Event, Flag, Odd, Said
from parsers.reading import printable, u16

HEAD = 8
END, PRINTER = 3, 4  # delimiters (RFC 8010 section 3.5.1)
DELIMITERS = 0x10
WITH_LANGUAGE = frozenset({0x35, 0x36})  # length 2, language, length 2, text
PRINT_JOB, SEND_DOCUMENT = 2, 6  # operations that a document follows (RFC 8011 section 5.4.15)
OPERATIONS_MAX = 0x6000  # above are none; the statuses of answers are below 0x600
TEXTS = {
    b"printer-make-and-model": "ipp.make_and_model",
    b"printer-name": "ipp.printer_name",
    b"printer-location": "ipp.location",
    b"printer-firmware-string-version": "ipp.firmware",
}
DEVICE_ID, UUID, CUPS = b"printer-device-id", b"printer-uuid", b"cups-version"
WANTED = frozenset({*TEXTS, DEVICE_ID, UUID, CUPS})
DEVICE_KEYS = {
    "MANUFACTURER": "ipp.manufacturer",
    "MFG": "ipp.manufacturer",
    "MODEL": "ipp.model",
    "MDL": "ipp.model",
    "SERIALNUMBER": "ipp.serial",
    "SERN": "ipp.serial",
    "SN": "ipp.serial",
}
URN = "urn:uuid:"
TARGETS = frozenset({b"printer-uri", b"job-uri"})  # that a request names in its first group (section 4.1.5)
PRINTERS_MAX = 2  # in one answer; more than one are a server's

Attributes = dict[bytes, bytes]


def probe(first: bytes) -> bool | None:
    """Version 1 or 2, an operation or status, and a group of operation attributes or nothing more."""
    if len(first) < HEAD + 1:
        return None if first[:1] in (b"", b"\1", b"\2") else False
    return first[0] in (1, 2) and first[1] <= 2 and u16(first, 2) < OPERATIONS_MAX and first[HEAD] in (1, END)


def read(data: bytes) -> Iterator[Event]:
    if probe(data) is not True:
        yield Odd("ipp.malformed")
        return
    if u16(data, 2) in (PRINT_JOB, SEND_DOCUMENT) and any(
        name in TARGETS for group, _, name, _ in values(data) if group == 1
    ):
        yield Flag("ipp.document_in_clear", RECEIVER)
        return
    printers: dict[int, Attributes] = {}
    for group, tag, name, value in values(data):
        if group < 0:
            yield Odd("ipp.malformed")
        elif group >= PRINTER and name in WANTED:
            printers.setdefault(group, {}).setdefault(name, text(tag, value))
    servers = [found[CUPS] for found in printers.values() if CUPS in found]
    if servers:
        yield Said(SENDER, (("ipp.server", f"CUPS {printable(servers[0])}".strip()),))
    elif len(printers) == 1 and (fields := told(*printers.values())):
        yield Said(SENDER, fields)


def values(data: bytes) -> Iterator[tuple[int, int, bytes, bytes]]:
    """Group, tag, name, value. The groups of printers are PRINTER and those behind it, others their delimiter or 0; -1
    where the message breaks off."""
    group, printers = 0, 0
    at = HEAD
    while at < len(data):
        tag = data[at]
        if tag < DELIMITERS:
            at += 1
            if tag == END or (tag == PRINTER and printers == PRINTERS_MAX):
                return
            group = PRINTER + printers if tag == PRINTER else tag if tag < PRINTER else 0
            printers += tag == PRINTER
            continue
        name_stop = at + 3 + u16(data, at + 1) if at + 3 <= len(data) else len(data)
        value_stop = name_stop + 2 + u16(data, name_stop) if name_stop + 2 <= len(data) else len(data) + 1
        if value_stop > len(data):
            break
        yield group, tag, data[at + 3 : name_stop], data[name_stop + 2 : value_stop]
        at = value_stop
    yield -1, 0, b"", b""


def text(tag: int, value: bytes) -> bytes:
    """A value without its language."""
    if tag not in WITH_LANGUAGE or len(value) < 2:
        return value
    at = 2 + u16(value, 0)
    return value[at + 2 : at + 2 + u16(value, at)] if at + 2 <= len(value) else b""


def told(printer: Attributes) -> tuple[tuple[str, str], ...]:
    fields = [(TEXTS[name], told) for name in TEXTS if (told := printable(printer.get(name, b"")))]
    uuid = printable(printer.get(UUID, b"")).lower()
    if uuid.startswith(URN) and len(uuid) == len(URN) + 36:
        fields.append(("ipp.uuid", uuid.removeprefix(URN)))
    for part in printable(printer.get(DEVICE_ID, b"")).split(";"):
        key, _, value = part.partition(":")
        name = DEVICE_KEYS.get(key.strip().upper(), "")
        if name and value.strip():
            fields.append((name, value.strip()))
    return tuple(dict.fromkeys(fields))


SPEC = DatagramSpec(
    name="ipp",
    title="IPP",
    carriers=frozenset({"http:application/ipp"}),
    probe=probe,
    read=read,
    emits={
        "ipp.make_and_model": 0.8,
        "ipp.manufacturer": 0.8,
        "ipp.model": 0.8,
        "ipp.serial": 0.9,
        "ipp.uuid": 0.9,
        "ipp.firmware": 0.9,
        "ipp.printer_name": 0.5,
        "ipp.location": 0.5,
        "ipp.server": 0.9,
    },
    findings={"ipp.document_in_clear": "Documents are sent to this printer in clear (IPP without TLS)."},
    never_reads="documents, names of jobs and of those who print, everything but a printer's own attributes",
)
