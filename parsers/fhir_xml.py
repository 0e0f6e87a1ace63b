"""FHIR resources in XML: the few elements of them that are read. HL7 FHIR R4 section 2.6.1: a value is an attribute.

What another resource holds is not looked into, nor are elements that are not named here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from parsers import soap

NAMESPACE = "{http://hl7.org/fhir}"
VALUES_MAX = 8  # of one element of a resource; software versions of a device are a few
BUNDLED = ("entry", "resource")  # what a bundle holds is below these

_SYSTEM = frozenset({"software/name", "software/version", "fhirVersion"})
_DEVICE = ["manufacturer", "serialNumber", "modelNumber", "model", "lotNumber", "version", "version/value", "patient"]
_UDI = [f"{udi}/{part}" for udi in ("udiCarrier", "udi") for part in ("deviceIdentifier", "carrierHRF")]
READ = {  # kind of resource -> elements by their path below it; STU3 has model, udi and a version without parts
    "CapabilityStatement": _SYSTEM,
    "Conformance": _SYSTEM,
    "Device": frozenset((*_DEVICE, *_UDI)),
    "DeviceAssociation": frozenset[str](),
}
_UNDER: dict[str, set[str]] = {}
for _kind, _paths in READ.items():
    for _path in _paths:
        _above, _, _last = f"{_kind}/{_path}".rpartition("/")
        _UNDER.setdefault(NAMESPACE + _last, set()).add(NAMESPACE + _above.rpartition("/")[2])
_WANTED = soap.Wanted(
    frozenset(_UNDER) | {NAMESPACE + kind for kind in READ},
    {name: frozenset(parents) for name, parents in _UNDER.items()},
)
_ROOT = re.compile(
    rb"\s{0,64}(?:\xef\xbb\xbf)?(?:<\?xml[^<>]{0,200}\?>)?(?:\s{0,64}<!--[^<>]{0,500}-->)?\s{0,64}"
    rb"<([A-Z][A-Za-z]{1,39})\s[^<>]{0,500}?xmlns\s?=\s?[\"']http://hl7\.org/fhir[\"']"
)


class Resource(Struct, frozen=True):
    """kind: its type. values: by the path below it."""

    kind: str
    values: Mapping[str, tuple[str, ...]]

    def first(self, path: str) -> str:
        return next(iter(self.values.get(path, ())), "")


def type_of(data: bytes) -> str:
    """The type of the resource that begins here, or ""."""
    found = _ROOT.match(data)
    return found[1].decode("ascii") if found else ""


def resources(data: bytes) -> Iterator[Resource] | None:
    """Each resource of a kind that is read: the one that this is, or those of a bundle; none inside another. None: what
    is broken, or of a document type."""
    message = soap.read(data.lstrip(), _WANTED)
    return _resources(message.elements) if message is not None and message.whole else None


def _resources(elements: tuple[soap.Element, ...]) -> Iterator[Resource]:
    values: dict[str, list[str]] = {}
    for element in elements:  # by their ends: a resource comes behind what is in it
        chain = [name.removeprefix(NAMESPACE) for name in (*element.parents, element.name)]
        if chain[0] == "Bundle":
            if tuple(chain[1:3]) != BUNDLED:
                continue
            del chain[:3]
        kind, path = chain[0] if chain else "", "/".join(chain[1:])
        if not path and kind in READ:
            yield Resource(kind, {path: tuple(found) for path, found in values.items()})
            values = {}
        elif path in READ.get(kind, ()):
            found = values.setdefault(path, [])
            if len(found) < VALUES_MAX:
                found.append(element.attributes.get("value", ""))
