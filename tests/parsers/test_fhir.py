"""FHIR. Resources and paths written by hand from HL7 FHIR R4 (http, CapabilityStatement, Device), STU3 (Device) and R5
(DeviceAssociation); in XML after R4 section 2.6.1."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parsers.fhir import RESOURCES_MAX, SPEC
from tests.parsers.datagrams import about, heard, odd

SEEDS = Path(__file__).parent / "seeds" / "fhir"
CLEARTEXT = ("flag", ("sender", "", ()), "fhir.cleartext")


def seed(name: str) -> bytes:
    return (SEEDS / f"{name}.datagram").read_bytes()


def device(**elements: object) -> bytes:
    return json.dumps({"resourceType": "Device", **elements}).encode()


@pytest.mark.parametrize("name", ["capabilities", "bundle", "request"])
def test_nothing_of_people_is_said(name: str) -> None:
    assert b"ZQCANARY" in seed(name)
    assert SPEC.probe(seed(name))
    assert "ZQCANARY" not in repr(heard(SPEC, seed(name)))


def test_a_server_says_what_it_is() -> None:
    assert heard(SPEC, seed("capabilities")) == [
        about(
            "sender",
            ("fhir.software", "HAPI FHIR Server"),
            ("fhir.software_version", "6.2.0"),
            ("fhir.version", "4.0.1"),
        )
    ]


def test_devices_of_a_bundle_but_not_those_of_patients() -> None:
    ventilator = (
        "said",
        ("sender", "", (("serial", "1234", "Acme Medical"), ("udi", "(01)51022222233336(21)1234", ""))),
        (
            ("fhir.device_manufacturer", "Acme Medical"),
            ("fhir.device_model", "Ventilo 5"),
            ("fhir.device_serial", "1234"),
            ("fhir.device_software", "2.1.7"),
            ("fhir.device_udi", "(01)51022222233336(21)1234"),
            ("fhir.device_udi_di", "51022222233336"),
        ),
    )
    assert heard(SPEC, seed("bundle")) == [CLEARTEXT, ventilator]


def test_a_device_as_stu3_writes_it() -> None:
    body = device(model="V60", manufacturer="Acme", version="1.0", udi={"carrierHRF": "(01)51022222233336(10)L"})
    assert heard(SPEC, body) == [
        (
            "said",
            ("sender", "", (("udi", "(01)51022222233336(10)L", ""),)),
            (
                ("fhir.device_manufacturer", "Acme"),
                ("fhir.device_model", "V60"),
                ("fhir.device_software", "1.0"),
                ("fhir.device_udi", "(01)51022222233336(10)L"),
            ),
        )
    ]


def test_a_model_alone_and_nothing_at_all() -> None:
    assert heard(SPEC, device(modelNumber="V60"))[0][1] == ("sender", "", (("model_station", "V60|", ""),))
    assert heard(SPEC, device(manufacturer="Acme")) == []


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("GET /fhir/Patient", "Patient"),
        ("GET /baseR4/Observation/ZQCANARY/_history/2", "Observation"),
        ("POST /hapi-fhir/fhir/Bundle", "Bundle"),
        ("PUT /x/y/Encounter/7\ncontent-type: application/fhir+json; charset=utf-8", "Encounter"),
    ],
)
def test_requests_for_records(line: str, wanted: str) -> None:
    assert SPEC.probe(line.encode())
    assert heard(SPEC, line.encode()) == [
        about("sender", ("fhir.requests", wanted)),
        about("receiver", ("fhir.serves", wanted)),
        ("flag", ("receiver", "", ()), "fhir.cleartext"),
    ]


def test_what_is_asked_of_the_server_itself_is_no_record() -> None:
    assert heard(SPEC, b"GET /fhir/metadata") == [
        about("sender", ("fhir.requests", "metadata")),
        about("receiver", ("fhir.serves", "metadata")),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"GET /Patient",
        b"GET /shop/Device/7",
        b"GET /fhir/ZQCANARYMARTIN",
        b"GET /studies/1.2.3.4.5/metadata",
        b'{"a": {"resourceType": "Patient"}}',
        b"[]",
        b"",
    ],
)
def test_what_is_none(data: bytes) -> None:
    assert not SPEC.probe(data)


@pytest.mark.parametrize(
    "body",
    [
        b'{"resourceType":"Device","serialNumber":5}',
        b'{"resourceType":"Device","serialNumber":"5"',
        b'{"resourceType":"Device","x":' + b"[" * 30000,
        b'{"resourceType":"Device","serialNumber":"\xff"}',
    ],
)
def test_broken_json(body: bytes) -> None:
    assert heard(SPEC, body) == [odd("fhir.malformed")]


def test_a_bundle_with_too_many_devices() -> None:
    entries = [{"resource": {"resourceType": "Device", "serialNumber": f"77{n}"}} for n in range(RESOURCES_MAX + 2)]
    found = heard(SPEC, json.dumps({"resourceType": "Bundle", "entry": entries}).encode())
    assert len(found) == RESOURCES_MAX + 2
    assert found[-1] == odd("fhir.too_many_devices")


def xml(kind: str, inside: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind} xmlns="http://hl7.org/fhir">{inside}</{kind}>'.encode()


def entry(kind: str, inside: str) -> str:
    return f'<entry><fullUrl value="urn:ZQCANARY"/><resource><{kind}>{inside}</{kind}></resource></entry>'


VENTILATOR = (
    '<udiCarrier><deviceIdentifier value="51022222233336"/>'
    '<carrierHRF value="(01)51022222233336(21)1234"/></udiCarrier>'
    '<manufacturer value="Acme Medical"/><serialNumber value="1234"/><modelNumber value="Ventilo 5"/>'
    '<deviceName><name value="ZQCANARY"/></deviceName><version><value value="2.1.7"/></version>'
    '<owner><display value="ZQCANARY"/></owner><note><text value="ZQCANARY"/></note>'
)
IMPLANT = '<serialNumber value="ZQCANARY77"/><patient><reference value="Patient/ZQCANARY4711"/></patient>'
PATIENT = '<id value="ZQCANARY4711"/><name><family value="ZQCANARYMARTIN"/></name>'


def test_a_server_in_xml() -> None:
    inside = (
        '<publisher value="ZQCANARY Hospital"/>'
        '<software><name value="HAPI FHIR Server"/><version value="6.2.0"/></software>'
        '<implementation><description value="ZQCANARY"/></implementation><fhirVersion value="4.0.1"/>'
        '<rest><mode value="server"/></rest>'
    )
    assert SPEC.probe(xml("CapabilityStatement", inside))
    assert heard(SPEC, xml("CapabilityStatement", inside)) == heard(SPEC, seed("capabilities"))


def test_a_bundle_in_xml_says_what_one_in_json_says() -> None:
    entries = entry("Patient", PATIENT) + entry("Device", VENTILATOR) + entry("Device", IMPLANT)
    bundle = xml("Bundle", f'<type value="searchset"/>{entries}')
    assert SPEC.probe(bundle)
    assert heard(SPEC, bundle) == heard(SPEC, seed("bundle"))
    assert "ZQCANARY" not in repr(heard(SPEC, bundle))


def test_a_device_in_another_resource_is_not_read() -> None:
    inside = f"<contained><Device>{VENTILATOR}</Device></contained>{PATIENT}"
    assert heard(SPEC, xml("Patient", inside)) == [CLEARTEXT]
    assert heard(SPEC, xml("Bundle", entry("Observation", inside))) == [CLEARTEXT]


def test_devices_beside_their_association_with_a_person_are_left_out() -> None:
    """R5: a device no longer names its patient itself."""
    resources = [
        {"resourceType": "Device", "serialNumber": "ZQCANARY77"},
        {"resourceType": "DeviceAssociation", "subject": {"reference": "Patient/ZQCANARY4711"}},
    ]
    bundle = {"resourceType": "Bundle", "entry": [{"resource": each} for each in resources]}
    assert heard(SPEC, json.dumps(bundle).encode()) == [CLEARTEXT]
    subject = '<subject><reference value="Patient/ZQCANARY4711"/></subject>'
    entries = entry("Device", '<serialNumber value="ZQCANARY77"/>') + entry("DeviceAssociation", subject)
    assert heard(SPEC, xml("Bundle", entries)) == [CLEARTEXT]


@pytest.mark.parametrize(
    "body",
    [
        xml("Device", VENTILATOR)[:-3],
        xml("Device", VENTILATOR.replace("<note>", "<notes>")),
        b'<?xml version="1.0"?><Device xmlns="http://hl7.org/fhir"><!DOCTYPE x></Device>',
    ],
)
def test_broken_xml(body: bytes) -> None:
    assert heard(SPEC, body) == [odd("fhir.malformed")]


@pytest.mark.parametrize(
    "data",
    [
        b'<Device xmlns="http://example.org"><serialNumber value="1"/></Device>',
        b"<html><body>http://hl7.org/fhir</body></html>",
        b'<device xmlns="http://hl7.org/fhir"/>',
    ],
)
def test_xml_that_is_none(data: bytes) -> None:
    assert not SPEC.probe(data)


def test_a_device_of_stu3_in_xml() -> None:
    inside = '<udi><carrierHRF value="(01)51022222233336(10)L"/></udi><manufacturer value="Acme"/><model value="V60"/>'
    assert heard(SPEC, xml("Device", f'{inside}<version value="1.0"/>')) == heard(
        SPEC, device(model="V60", manufacturer="Acme", version="1.0", udi={"carrierHRF": "(01)51022222233336(10)L"})
    )
