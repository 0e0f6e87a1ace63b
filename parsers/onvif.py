"""ONVIF: what a camera answers about itself, in SOAP over HTTP. ONVIF Core Specification, device management.

  Envelope Body GetDeviceInformationResponse   Manufacturer Model FirmwareVersion SerialNumber HardwareId

What a camera announces of itself by WS-Discovery is read there. Requests, which carry the log-in, are not read.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsers import soap
from parsers.api import SENDER, DatagramSpec, Event, Odd, Said

NAMESPACE = "http://www.onvif.org/ver10/device/wsdl"
ANSWER = "GetDeviceInformationResponse"
IN_BYTES = (NAMESPACE.encode(), ANSWER.encode())
PARENT = f"{{{NAMESPACE}}}{ANSWER}"
TEXTS = {
    f"{{{NAMESPACE}}}{name}": observable
    for name, observable in {
        "Manufacturer": "onvif.manufacturer",
        "Model": "onvif.model",
        "FirmwareVersion": "onvif.firmware",
        "SerialNumber": "onvif.serial",
        "HardwareId": "onvif.hardware_id",
    }.items()
}
WANTED = soap.Wanted(frozenset(TEXTS), dict.fromkeys(TEXTS, frozenset({PARENT})))


def probe(first: bytes) -> bool:
    return soap.looks_like_xml(first) and all(text in first for text in IN_BYTES)


def read(data: bytes) -> Sequence[Event]:
    message = soap.read(data, WANTED)
    if message is None:
        return (Odd("onvif.malformed"),)
    fields = {TEXTS[element.name]: element.line() for element in message.elements if element.line()}
    out: list[Event] = [Said(SENDER, tuple(fields.items()))] if fields else []
    if not message.whole:
        out.append(Odd("onvif.malformed"))
    if message.capped:
        out.append(Odd("onvif.too_many_elements"))
    return out


SPEC = DatagramSpec(
    name="onvif",
    title="ONVIF device management",
    carriers=frozenset({"http:application/soap+xml", "http:text/xml", "http:application/xml"}),
    probe=probe,
    read=read,
    emits={
        "onvif.manufacturer": 0.8,
        "onvif.model": 0.8,
        "onvif.firmware": 0.8,
        "onvif.serial": 0.8,
        "onvif.hardware_id": 0.6,
    },
    never_reads="requests and the log-ins in them, users, settings, streams",
)
