"""UPnP device descriptions, as they pass over HTTP. UPnP Device Architecture 2.0 section 2.3.

  root device   deviceType friendlyName manufacturer modelName modelNumber serialNumber UDN

Only the outermost device is read: those in it (deviceList) are parts of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers import soap
from parsers.api import SENDER, DatagramSpec, Event, Odd, Said

NAMESPACE = "urn:schemas-upnp-org:device-1-0"
IN_BYTES = NAMESPACE.encode()
ROOT = tuple(f"{{{NAMESPACE}}}{name}" for name in ("root", "device"))
TEXTS = {
    f"{{{NAMESPACE}}}{name}": observable
    for name, observable in {
        "deviceType": "upnp.device_type",
        "friendlyName": "upnp.friendly_name",
        "manufacturer": "upnp.manufacturer",
        "modelName": "upnp.model",
        "modelNumber": "upnp.model_number",
        "serialNumber": "upnp.serial",
        "UDN": "upnp.uuid",
    }.items()
}
WANTED = soap.Wanted(frozenset(TEXTS))
_UUID = re.compile(r"uuid:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)


def probe(first: bytes) -> bool:
    return soap.looks_like_xml(first) and IN_BYTES in first


def read(data: bytes) -> Sequence[Event]:
    message = soap.read(data, WANTED)
    if message is None:
        return (Odd("upnp.malformed"),)
    fields: dict[str, str] = {}
    for element in message.elements:
        if element.parents == ROOT and (text := element.line()):
            fields.setdefault(TEXTS[element.name], text)
    uuid = _UUID.fullmatch(fields.pop("upnp.uuid", ""))
    if uuid is not None:
        fields["upnp.uuid"] = uuid[1].lower()
    out: list[Event] = [Said(SENDER, tuple(fields.items()))] if fields else []
    if not message.whole:
        out.append(Odd("upnp.malformed"))
    if message.capped:
        out.append(Odd("upnp.too_many_elements"))
    return out


SPEC = DatagramSpec(
    name="upnp",
    title="UPnP device description",
    carriers=frozenset({"http:text/xml", "http:application/xml"}),
    probe=probe,
    read=read,
    emits={
        "upnp.device_type": 0.7,
        "upnp.friendly_name": 0.4,
        "upnp.manufacturer": 0.8,
        "upnp.model": 0.8,
        "upnp.model_number": 0.7,
        "upnp.serial": 0.8,
        "upnp.uuid": 0.8,
    },
    never_reads="icons, services, addresses of pages; devices within the outermost one",
)
