"""What names equipment in the objects that DICOMweb carries: files, metadata in JSON, and bodies of several parts.

PS3.10 section 7 (a file: 128 bytes, "DICM", group 0002, data set), PS3.18 annex F.2 (JSON), PS3.18 section 8.6.1.2 and
RFC 2046 section 5.1 (parts). What is read of a data set is what is read of one that is stored (`dicom_equipment`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec import Raw, Struct, field

from parsers.api import Event, Odd, Said
from parsers.dicom_association import uid
from parsers.dicom_dataset import SEQUENCE_END, Head, Item, Plan, syntax_of
from parsers.dicom_equipment import CHARSET, OBSERVABLES, SEVERAL, STORED, VERSIONS_MAX, describe
from parsers.reading import u16le, u32le

PARTS_MAX = 16  # of one body; of the objects in it only those at the beginning are handed on
META_MAX = 32  # elements of group 0002; the standard defines fifteen
PREAMBLE = 128
TRANSFER_SYNTAX = 0x0010
UTF_8 = b"ISO_IR 192"
SHORT = re.compile(rb"A[EST]|CS|D[AST]|F[LD]|IS|L[OT]|PN|S[HLST]|TM|U[ILS]")  # length of 16 bits, PS3.5 section 7.1.2

_EDGE = re.compile(rb"(?:\r?\n)?--([!-~](?:[ -~]{0,69}))\r?\n")
_KIND = re.compile(rb"^content-type:[ \t]*([a-z]+/[a-z0-9.+-]+)", re.IGNORECASE | re.MULTILINE)

_Elements = dict[str, Raw]


class _Values(Struct, gc=False):
    values: list[str | int | float | bool | None] = field(name="Value", default_factory=list)


class _Items(Struct, gc=False):
    values: list[_Elements] = field(name="Value", default_factory=list)


class Part(Struct, frozen=True):
    """kind: its media type, or "". whole: its end was seen."""

    kind: str
    data: bytes
    whole: bool


_objects = msgspec.json.Decoder(list[_Elements]).decode
_object = msgspec.json.Decoder(_Elements).decode
_values = msgspec.json.Decoder(_Values).decode
_items = msgspec.json.Decoder(_Items).decode


def begins_parts(first: bytes) -> bool:
    """A body of parts, of which the first says that it is DICOM."""
    found = _EDGE.match(first)
    kind = _KIND.search(first, found.end(), found.end() + 512) if found else None
    return kind is not None and kind[1].lower().startswith(b"application/dicom")


def begins_file(first: bytes) -> bool:
    return first[PREAMBLE : PREAMBLE + 4] == b"DICM"


def parts(data: bytes) -> Iterator[Part]:
    found = _EDGE.match(data)
    if found is None:
        return
    edge = b"\r\n--" + found[1].rstrip(b" \t")
    at = found.end()
    for _ in range(PARTS_MAX):
        blank = data.find(b"\r\n\r\n", at - 2)
        if blank < 0:
            return
        kind = _KIND.search(data, at, blank + 2)
        end = data.find(edge, blank + 2)
        body = data[blank + 4 : end] if end >= 0 else data[blank + 4 :]
        yield Part(kind[1].decode("ascii").lower() if kind else "", body, end >= 0)
        if end < 0 or data[end + len(edge) :].startswith(b"--"):
            return
        at = end + len(edge) + 2


def of_file(data: bytes, *, whole: bool) -> list[Event]:
    """What a file says, of which the end may lie beyond `data`."""
    at, syntax = PREAMBLE + 4, ""
    for _ in range(META_MAX):
        if len(data) < at + 8 or u16le(data, at) != 2:
            break
        long = SHORT.fullmatch(data, at + 4, at + 6) is None
        begin = at + (12 if long else 8)
        size = u32le(data, at + 8) if long and len(data) >= begin else u16le(data, at + 6)
        if u16le(data, at + 2) == TRANSFER_SYNTAX:
            syntax = uid(data[begin : begin + size])
        at = begin + size
    else:
        return [Odd("dicomweb.bad_file")]
    head = Head(STORED, syntax_of(syntax))
    head.feed(data[at:], last=whole)
    return _told(head)


def of_json(data: bytes) -> Iterator[list[Event]]:
    """What each object says; errors of msgspec where it is no such JSON."""
    for elements in _objects(data) if data.lstrip()[:1] == b"[" else [_object(data)]:
        head = Head(STORED, None)
        head.root = _item(elements, STORED)
        head.reached = SEQUENCE_END
        yield _told(head)


def _item(elements: _Elements, plan: Plan) -> Item:
    """The elements that a plan names; no other is looked into."""
    item = Item()
    for tag in sorted(plan.values - {CHARSET}):
        if (raw := elements.get(f"{tag:08X}")) is not None:
            texts = [value for value in _values(raw).values if isinstance(value, str)]
            item.values[tag] = "\\".join(texts[: VERSIONS_MAX if tag in SEVERAL else 1]).encode("utf-8", "replace")
    item.values[CHARSET] = UTF_8
    for tag, inner in plan.sequences.items():
        if (raw := elements.get(f"{tag:08X}")) is not None:
            item.sequences[tag] = [_item(each, inner) for each in _items(raw).values]
    return item


def _told(head: Head) -> list[Event]:
    """By the names that these things have here."""
    return [
        Said(event.about, tuple((_own(name), value) for name, value in event.fields))
        if isinstance(event, Said)
        else Odd(_own(event.name))
        for event in describe(head, "")
        if isinstance(event, Said | Odd)
    ]


def _own(name: str) -> str:
    return name.replace("dicom.", "dicomweb.", 1)


_OTHERS = ("dicom.scheduled_", "dicom.performed_", "dicom.printer_")  # what is no stored object's
EMITS = {_own(name): weight for name, weight in OBSERVABLES.items() if not name.startswith(_OTHERS)}
