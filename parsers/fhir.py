"""FHIR over plain HTTP: which product serves it, who asks, and the devices that it tells of. HL7 FHIR R4: http (3.1),
CapabilityStatement (2.3), Device (8.9); R5 and STU3 where their Device has the same elements under other names.

Of a resource in JSON or XML (`fhir_xml`) only what is named below is decoded. A device that belongs to a patient
identifies the patient, and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec import Raw, Struct, field

from parsers import fhir_xml
from parsers.api import SENDER, TEXT_MAX, About, DatagramSpec, Event, Flag, Id, Odd, Said
from parsers.fhir_xml import Resource
from parsers.udi import without_donation

RESOURCES_MAX = 64  # devices of one bundle; a page of a search has 20 to 50
VERSIONS_MAX = 8  # of one device
PATH_MAX = 1024  # bytes

_REQUEST = re.compile(rb"([A-Z]{3,7}) (?:https?://[^/]*)?(/[^?\s]*)(?:\?\S*)?")
_RESOURCE = re.compile(rb'\s{0,64}\{(?:[^{}\[\]]{0,2048}[,\s])?\s{0,64}"resourceType"\s{0,8}:\s{0,8}"[A-Z]', re.DOTALL)
_BASE = re.compile(r"(?:.*fhir.*|(?:base)?(?:r4b?|r5|r3|stu3|dstu[23]))", re.IGNORECASE | re.ASCII)
_TYPE_NAMES = (
    "AllergyIntolerance Appointment AuditEvent Binary Bundle CarePlan Communication Condition Device DeviceMetric"
    " DeviceRequest DeviceUseStatement DiagnosticReport DocumentReference Encounter ImagingStudy Immunization Location"
    " Medication MedicationAdministration MedicationRequest Observation Organization Patient Practitioner Procedure"
    " QuestionnaireResponse Schedule ServiceRequest Specimen Subscription Task metadata"
)
TYPES = frozenset(_TYPE_NAMES.split())  # resources that may stand in a path, and no word that somebody made up
ABOUT_SYSTEMS = frozenset(
    {"CapabilityStatement", "Conformance", "Device", "DeviceDefinition", "DeviceMetric", "OperationOutcome", "metadata"}
)  # of which none holds a patient's data
ASSOCIATION = "DeviceAssociation"  # R5: whose a device is stands beside it, so that none of that bundle is told of


class _Kind(Struct, gc=False):
    type: str = field(name="resourceType", default="")


class _Software(Struct, gc=False):
    name: str = ""
    version: str = ""


class _Capabilities(Struct, gc=False, rename="camel"):
    fhir_version: str = ""
    software: _Software | None = None


class _Value(Struct, gc=False):
    value: str = ""


class _Udi(Struct, gc=False):
    device_identifier: str = field(name="deviceIdentifier", default="")
    human_readable: str = field(name="carrierHRF", default="")


class _Device(Struct, gc=False, rename="camel"):
    manufacturer: str = ""
    serial_number: str = ""
    model_number: str = ""
    model: str = ""  # STU3
    lot_number: str = ""
    version: list[_Value] | str = ""  # STU3: one text
    udi_carrier: list[_Udi] = []
    udi: _Udi | None = None  # STU3
    patient: Raw = Raw()


class _Entry(Struct, gc=False):
    resource: Raw = Raw()


class _Bundle(Struct, gc=False):
    entry: list[_Entry] = []


_kind = msgspec.json.Decoder(_Kind).decode
_capabilities = msgspec.json.Decoder(_Capabilities).decode
_device = msgspec.json.Decoder(_Device).decode
_bundle = msgspec.json.Decoder(_Bundle).decode


def probe(first: bytes) -> bool:
    """A resource in JSON or XML, or a request for one."""
    if first[:1] in (b"{", b" ", b"\r", b"\n", b"\t") and _RESOURCE.match(first):
        return True
    return fhir_xml.type_of(first) != "" or _request(first) != ""


def read(data: bytes) -> Iterator[Event]:
    if wanted := _request(data):
        server = About("receiver")
        yield Said(SENDER, (("fhir.requests", wanted),))
        yield Said(server, (("fhir.serves", wanted),))
        if wanted not in ABOUT_SYSTEMS:
            yield Flag("fhir.cleartext", server)
        return
    if kind := fhir_xml.type_of(data):
        yield from _in_xml(data, kind)
        return
    try:
        yield from _resource(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        yield Odd("fhir.malformed")


def _request(data: bytes) -> str:
    """The type of resource that is asked for below a base that says FHIR, or ""."""
    line, _, types = data.partition(b"\n")
    found = _REQUEST.fullmatch(line) if len(line) <= PATH_MAX else None
    if found is None:
        return ""
    parts = found[2].decode("ascii", "replace").split("/")
    at = next((i for i, part in enumerate(parts) if part in TYPES), 0)
    sure = b"application/fhir" in types.lower() or any(_BASE.fullmatch(part) for part in parts[:at])
    return parts[at] if at and sure else ""


def _resource(data: bytes | Raw) -> Iterator[Event]:
    kind = _kind(data).type
    if kind in ("CapabilityStatement", "Conformance"):
        yield from _server(_capabilities(data))
    elif kind == "Device":
        yield from _described(_device(data))
    elif kind == "Bundle":
        yield Flag("fhir.cleartext")
        resources = [(_kind(entry.resource).type, entry.resource) for entry in _bundle(data).entry if entry.resource]
        if not any(kind == ASSOCIATION for kind, _ in resources):
            yield from _all_described([_device(each) for kind, each in resources if kind == "Device"])
    elif kind not in ABOUT_SYSTEMS:
        yield Flag("fhir.cleartext")


def _in_xml(data: bytes, kind: str) -> Iterator[Event]:
    if kind not in ABOUT_SYSTEMS:
        yield Flag("fhir.cleartext")
    found = fhir_xml.resources(data)
    if found is None:
        yield Odd("fhir.malformed")
        return
    devices = []
    associated = False
    for each in found:
        if each.kind == "Device":
            devices.append(_device_in_xml(each))
        elif each.kind == ASSOCIATION:
            associated = True
        else:
            software = _Software(each.first("software/name"), each.first("software/version"))
            yield from _server(_Capabilities(each.first("fhirVersion"), software))
    yield from _all_described([] if associated else devices)


def _device_in_xml(found: Resource) -> _Device:
    versions = [*found.values.get("version/value", ()), *found.values.get("version", ())]
    udis = [
        _Udi(found.first(f"{udi}/deviceIdentifier"), found.first(f"{udi}/carrierHRF")) for udi in ("udiCarrier", "udi")
    ]
    return _Device(
        manufacturer=found.first("manufacturer"),
        serial_number=found.first("serialNumber"),
        model_number=found.first("modelNumber"),
        model=found.first("model"),
        lot_number=found.first("lotNumber"),
        version=[_Value(text) for text in versions],
        udi_carrier=udis,
        patient=Raw(b"{}") if "patient" in found.values else Raw(),
    )


def _server(found: _Capabilities) -> Iterator[Event]:
    """What a server says of itself."""
    software = found.software or _Software()
    said = [("software", software.name), ("software_version", software.version), ("version", found.fhir_version)]
    if fields := _fields(said):
        yield Said(SENDER, fields)


def _all_described(devices: list[_Device]) -> Iterator[Event]:
    for device in devices[:RESOURCES_MAX]:
        yield from _described(device)
    if len(devices) > RESOURCES_MAX:
        yield Odd("fhir.too_many_devices")


def _described(found: _Device) -> Iterator[Event]:
    """A device that is spoken of. It is not the one who speaks."""
    if found.patient:
        return
    udis = [*found.udi_carrier[:2], *([found.udi] if found.udi else [])]
    carried = [without_donation(udi.human_readable) for udi in udis]
    versions = found.version if isinstance(found.version, list) else [_Value(found.version)]
    model = found.model_number or found.model
    said = [
        ("manufacturer", found.manufacturer),
        ("model", model),
        ("serial", found.serial_number),
        ("lot", found.lot_number),
        *(("software", version.value) for version in versions[:VERSIONS_MAX]),
        *(("udi", text) for text in carried),
        *(("udi_di", udi.device_identifier) for udi in udis),
    ]
    fields = _fields([(f"device_{name}", value) for name, value in said])
    by_name = dict(fields)
    maker = by_name.get("fhir.device_manufacturer", "")
    ids = []
    if serial := by_name.get("fhir.device_serial", ""):
        ids.append(Id("serial", serial, maker))
    if udi := by_name.get("fhir.device_udi", ""):
        ids.append(Id("udi", udi))
    if not ids and (name := by_name.get("fhir.device_model", "")):
        ids.append(Id("model_station", f"{name}|"[:TEXT_MAX], maker))
    if ids:
        yield Said(About("sender", behind=tuple(ids)), fields)


def _fields(said: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    cleaned = ((f"fhir.{name}", value.strip("\0 \t\r\n")[:TEXT_MAX]) for name, value in said)
    return tuple(dict.fromkeys(pair for pair in cleaned if pair[1]))


SPEC = DatagramSpec(
    name="fhir",
    title="HL7 FHIR",
    carriers=frozenset(
        {
            "http:request",
            "http:application/fhir+json",
            "http:application/fhir+xml",
            "http:application/json",
            "http:application/xml",
            "http:text/xml",
        }
    ),
    probe=probe,
    read=read,
    emits={
        "fhir.requests": 0.8,
        "fhir.serves": 0.6,  # it was asked; whether it answered is not told
        "fhir.software": 0.9,
        "fhir.software_version": 0.9,
        "fhir.version": 0.9,
        # people enter devices into records, and devices enter themselves
        "fhir.device_manufacturer": 0.8,
        "fhir.device_model": 0.8,
        "fhir.device_serial": 0.8,
        "fhir.device_lot": 0.8,
        "fhir.device_software": 0.8,
        "fhir.device_udi": 0.9,
        "fhir.device_udi_di": 0.9,
    },
    findings={"fhir.cleartext": "Health records cross the network in clear: FHIR runs over plain HTTP."},
    never_reads="Queries and ids; every resource but CapabilityStatement and Device; devices that belong to a patient;"
    " names, notes, locations and owners of devices.",
)
