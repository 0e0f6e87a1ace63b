"""The inventory as a CycloneDX 1.6 bill of materials (ECMA-424): each device a component with the evidence for it.

Written by hand and not by the library, whose objects of 25,000 devices take more memory than a sensor has; the
library's strict validator checks it in the tests. Reproducible in the sense of the property `cdx:reproducible`: the
same inventory gives the same bytes, so neither serial number nor time stamp are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from sensor import __version__
from sensor.correlate.device import Attribute, Belief, Device
from sensor.export.cells import GATHERED, Kinds
from sensor.names import shown
from sensor.times import instant

METHODS_MAX = 8  # pieces of evidence of a value; `sensor devices why` has them all

INSIDE = {"os": "operating-system", "software": "firmware"}  # attribute -> type of the component inside the device
IDENTITY = {
    "manufacturer": "group",
    "model": "name",
    "software": "version",
}  # attribute -> field that it is evidence of


def lines(devices: Iterable[Device], kind: Kinds) -> Iterator[bytes]:
    """The whole document, a piece at a time."""
    held = bytearray(
        b'{"$schema":"http://cyclonedx.org/schema/bom-1.6.schema.json","bomFormat":"CycloneDX","specVersion":"1.6","version":1,'
    )
    held += b'"metadata":' + _json(metadata()) + b',"components":['
    behind: dict[str, list[str]] = {}
    separator = b"\n"
    for device in devices:
        found = kind(device.kind)
        held += separator + _json(component(device, found.en if found else "Unknown device"))
        separator = b",\n"
        if device.parent:
            behind.setdefault(device.parent, []).append(device.id)
        if len(held) >= GATHERED:
            yield bytes(held)
            held.clear()
    held += b'\n],"dependencies":['
    separator = b"\n"
    for parent, components in sorted(behind.items()):
        held += separator + _json({"ref": parent, "dependsOn": sorted(components)})
        separator = b",\n"
    held += b"\n]}\n"
    yield bytes(held)


def metadata() -> dict[str, Any]:
    """Who wrote the document."""
    return {
        "lifecycles": [{"phase": "discovery"}],
        "tools": {"components": [{"type": "application", "name": "auscult", "version": __version__}]},
        "properties": [{"name": "cdx:reproducible", "value": "true"}],
    }


def component(device: Device, kind: str) -> dict[str, Any]:
    """A device. Its name is its model where that is known, as a component is a product; what people call it is a
    property."""
    attributes = {one.name: one for one in device.attributes}
    value = {name: shown(one.believed.value) for name, one in attributes.items()}
    found: dict[str, Any] = {"type": "device", "bom-ref": device.id}
    if "manufacturer" in value:
        found["manufacturer"] = {"name": value["manufacturer"]}
        found["group"] = value["manufacturer"]
    found["name"] = value.get("model") or shown(device.name) or kind
    if "software" in value:
        found["version"] = value["software"]
    found["description"] = kind
    inside = [
        part
        for name, type_ in INSIDE.items()
        if name in attributes
        for part in parts(device.id, attributes[name], type_)
    ]
    if inside:
        found["components"] = inside
    identity = [evidence(field, attributes[name].believed) for name, field in IDENTITY.items() if name in attributes]
    if identity:
        found["evidence"] = {"identity": identity}
    found["properties"] = [{"name": name, "value": text} for name, text in properties(device, value)]
    return found


def parts(id_: str, attribute: Attribute, type_: str) -> Iterator[dict[str, Any]]:
    """What runs on a device: a component for each release that is believed."""
    for number, belief in enumerate((attribute.believed, *attribute.also)):
        yield {
            "type": type_,
            "bom-ref": f"{id_}/{attribute.name}/{number}",
            "name": shown(belief.value),
            "evidence": {"identity": [evidence("name", belief)]},
        }


def evidence(field: str, belief: Belief) -> dict[str, Any]:
    """Why a value is believed: for each reason the text on the wire and its weight."""
    return {
        "field": field,
        "confidence": belief.confidence,
        "concludedValue": shown(belief.value),
        "methods": [
            {"technique": "other", "confidence": reason.weight, "value": shown(f"{reason.observable}: {reason.text}")}
            for reason in belief.reasons[:METHODS_MAX]
        ],
    }


def properties(device: Device, value: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What the standard has no field for: the names of its own taxonomy where it has one, ours for the rest."""
    if "serial" in value:
        yield "cdx:device:serialNumber", value["serial"]
    if "asset" in value:
        yield "cdx:device:sku", value["asset"]
    for mac in device.interfaces:
        yield "cdx:device:macAddress", mac
    yield "auscult:kind", device.kind
    yield "auscult:name", shown(device.name)
    yield "auscult:site", shown(device.site)
    if device.parent:
        yield "auscult:parent", device.parent
    for ip in dict.fromkeys(tenure.ip for tenure in device.addresses):
        yield "auscult:address", ip
    for application in device.applications:
        yield "auscult:application", shown(application)
    for name in ("udi", "hostname", "location", "department", "network_maker", "toolkit", "role"):
        if name in value:
            yield f"auscult:{name}", value[name]
    yield "auscult:first_seen", instant(device.first_seen)
    yield "auscult:last_seen", instant(device.last_seen)


def _json(item: Any) -> bytes:
    return msgspec.json.encode(item)
