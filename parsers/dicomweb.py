"""DICOMweb: who asks for images over HTTP, who keeps them, and which devices made them. DICOM PS3.18, PS3.18 annex F.

A request gives the transaction, the path with all that identifies something replaced, and the AE title that some
archives put into it; its query is not seen. Of objects and metadata the equipment is read (`dicomweb_objects`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import msgspec

from parsers.api import SENDER, TEXT_MAX, About, DatagramSpec, Event, Flag, Odd, Said
from parsers.dicom_dataset import HEAD_MAX
from parsers.dicomweb_objects import EMITS, begins_file, begins_parts, of_file, of_json, parts

DEVICES_MAX = 16  # of one answer; it lists objects of one study or series, which a few devices made
PATH_MAX = 1024  # bytes: three UIDs of 64 and the words between them are 300
BASE_MAX = 6  # parts of a path before its resource

_UID = re.compile(r"[0-9]+(?:\.[0-9]+){3,}")
_AE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,15}")  # PS3.5 6.2, without what a URL would escape
_REQUEST = re.compile(rb"([A-Z]{3,10}) (?:https?://[^/]*)?(/[^?\s]*)(\?requestType=WADO)?", re.IGNORECASE)
# Words of paths that identify nobody: resources of PS3.18, and bases of Orthanc, dcm4chee and what resembles them
_RESOURCE_WORDS = (
    "studies series instances frames bulkdata metadata rendered thumbnail workitems subscribers suspend state"
    " cancelrequest wado"
)
_BASE_WORDS = (
    "aets api dcm4chee-arc dicom dicom-web dicomweb orthanc pacs qido qido-rs rs stow stow-rs ups-rs viewer wado"
    " wado-rs wado-uri v1 v2"
)
_RESOURCES = frozenset(_RESOURCE_WORDS.split())
_BASES = frozenset(_BASE_WORDS.split())
_SURE = frozenset(["dicom-web", "dicomweb", "dcm4chee-arc", "aets", "qido-rs", "stow-rs", "wado-rs", "ups-rs"])
_WITHIN = ("studies", "series", "instances", "workitems")
_JSON = re.compile(rb'\s{0,64}(?:\[\s{0,64})?\{\s{0,64}"[0-9A-F]{8}"\s{0,8}:\s{0,8}\{', re.ASCII)


def probe(first: bytes) -> bool:
    """A request for a resource of DICOMweb, JSON whose first key is a tag, a DICOM file, or parts that are of these."""
    if begins_file(first) or begins_parts(first):
        return True
    if first[:1] in (b"[", b"{", b" ", b"\r", b"\n", b"\t"):
        return _JSON.match(first) is not None
    return _request(first) is not None


def read(data: bytes) -> Iterator[Event]:
    if begins_file(data):
        yield from of_file(data, whole=len(data) < HEAD_MAX)
    elif begins_parts(data):
        yield from _parts(data)
    elif _JSON.match(data):
        yield from _metadata(data)
    elif found := _request(data):
        transaction, template, title = found
        server = About("receiver", title)
        yield Said(SENDER, (("dicomweb.requests", transaction),))
        said = [("dicomweb.serves", transaction), ("dicomweb.path", template)]
        yield Said(server, (*said, ("dicomweb.server_ae", title)) if title else tuple(said))
        yield Flag("dicomweb.cleartext", server)


def _request(data: bytes) -> tuple[str, str, str] | None:
    """Transaction, path without identifiers, AE title in it or ""; None: it is none of DICOMweb."""
    line, _, types = data.partition(b"\n")
    found = _REQUEST.fullmatch(line) if len(line) <= PATH_MAX else None
    if found is None:
        return None
    parts = [part for part in found[2].decode("ascii", "replace").split("/") if part]
    at = next((i for i, part in enumerate(parts) if part.lower() in _WITHIN), len(parts))
    title = next((ae for word, ae in pairwise(parts) if word == "aets" and _AE.fullmatch(ae)), "")
    template = _template(parts, at)
    if found[3]:
        return ("WADO-URI", template, title) if found[1] == b"GET" else None
    rest = parts[at:]
    sure = b"application/dicom" in types.lower() or not _SURE.isdisjoint(part.lower() for part in parts[:at])
    if not rest or not (sure or any(_UID.fullmatch(part) for part in rest[1::2])):
        return None
    transaction = _transaction(found[1], rest)
    return (transaction, template, title) if transaction else None


def _transaction(method: bytes, resource: list[str]) -> str:
    """PS3.18 sections 10.3 to 10.6 and 11: what a method does to a resource; "" where it does nothing."""
    if resource[0].lower() == "workitems":
        return "UPS-RS" if method in (b"GET", b"POST", b"PUT", b"DELETE") else ""
    if method == b"POST":
        return "STOW-RS" if resource[0].lower() == "studies" and len(resource) <= 2 else ""
    if method not in (b"GET", b"HEAD"):
        return ""
    # what ends in a kind is asked for by its attributes; what ends in one object, or a form of it, is fetched
    return "QIDO-RS" if resource[-1].lower() in _WITHIN else "WADO-RS"


def _template(parts: list[str], at: int) -> str:
    """The path with everything replaced that is not a word of the standard, or of a known server's base."""
    base = [part if part.lower() in _BASES else "{}" for part in parts[:at][:BASE_MAX]]
    rest = [part if part.lower() in _RESOURCES else "{}" for part in parts[at:]]
    return ("/" + "/".join((*base, *rest)))[:TEXT_MAX]


def _metadata(data: bytes) -> Iterator[Event]:
    """The devices that made the objects: each once, it may be the sender or one behind it."""
    said: dict[Event, None] = {}
    try:
        for events in of_json(data):
            said.update(dict.fromkeys(events))
            if len(said) > DEVICES_MAX:
                yield Odd("dicomweb.too_many_devices")
                break
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        yield Odd("dicomweb.malformed")
        return
    yield from list(said)[:DEVICES_MAX]


def _parts(data: bytes) -> Iterator[Event]:
    """What is stored or fetched; of most bodies only the beginning is handed on, which is the first object's."""
    said: dict[Event, None] = {}
    for part in parts(data):
        if part.kind == "application/dicom" and begins_file(part.data):
            said.update(dict.fromkeys(of_file(part.data, whole=part.whole)))
        elif part.kind == "application/dicom+json" and part.whole:
            said.update(dict.fromkeys(_metadata(part.data)))
    yield from list(said)[:DEVICES_MAX]


SPEC = DatagramSpec(
    name="dicomweb",
    title="DICOMweb",
    carriers=frozenset(
        {
            "http:request",
            "http:application/dicom",
            "http:application/dicom+json",
            "http:application/json",
            "http:multipart/related",
        }
    ),
    probe=probe,
    read=read,
    emits={
        "dicomweb.requests": 0.9,
        "dicomweb.serves": 0.6,  # it was asked; whether it answered is not told
        "dicomweb.path": 0.6,
        "dicomweb.server_ae": 0.7,
        **EMITS,
    },
    findings={"dicomweb.cleartext": "Images and patient data can be read on the way: DICOMweb runs over plain HTTP."},
    never_reads="Queries, UIDs and other identifiers in paths; of objects and metadata every element but those of the"
    " equipment; images.",
)
