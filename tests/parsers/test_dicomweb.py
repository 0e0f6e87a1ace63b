"""DICOMweb. Requests and JSON written by hand from PS3.18 (tables 10.3.1-1 to 10.6.1-1, annex F.2.3)."""

from __future__ import annotations

import json

import pytest

from parsers.dicomweb import DEVICES_MAX, SPEC
from parsers.http import SPEC as HTTP
from tests.parsers.datagrams import heard, odd
from tests.parsers.harness import said

STUDY, SERIES, INSTANCE = "1.2.250.1.59.40211.1", "1.2.250.1.59.40211.1.2", "1.2.250.1.59.40211.1.2.3"
QUERY = "?PatientName=ZQCANARYMARTIN&00100020=ZQCANARY4711"
DICOM = ["Accept: application/dicom+json"]


def request(line: str, *headers: str, body: bytes = b"") -> list[tuple[object, ...]]:
    """What a request says, through HTTP."""
    length = [f"Content-Length: {len(body)}"] if body else []
    head = "\r\n".join((f"{line} HTTP/1.1", "Host: pacs.wards.example", *headers, *length, "", "")).encode()
    events = said(HTTP, [(0, 0, head + body)])
    units = [event[2] for event in events if event[0] == "carried" and event[1] in SPEC.carriers]
    return [each for unit in units if isinstance(unit, bytes) and SPEC.probe(unit) for each in heard(SPEC, unit)]


def asked(transaction: str, path: str, title: str = "") -> list[tuple[object, ...]]:
    fields = [("dicomweb.serves", transaction), ("dicomweb.path", path)]
    fields += [("dicomweb.server_ae", title)] if title else []
    return [
        ("said", ("sender", "", ()), (("dicomweb.requests", transaction),)),
        ("said", ("receiver", title, ()), tuple(fields)),
        ("flag", ("receiver", title, ()), "dicomweb.cleartext"),
    ]


@pytest.mark.parametrize(
    ("line", "headers", "want"),
    [
        (f"GET /dicom-web/studies{QUERY}", DICOM, asked("QIDO-RS", "/dicom-web/studies")),
        (f"GET /dicom-web/studies/{STUDY}/series", DICOM, asked("QIDO-RS", "/dicom-web/studies/{}/series")),
        (f"GET /x/studies/{STUDY}/metadata", [], asked("WADO-RS", "/{}/studies/{}/metadata")),
        (
            f"GET /dicom-web/studies/{STUDY}/series/{SERIES}/instances/{INSTANCE}/frames/1",
            ['Accept: multipart/related; type="application/octet-stream"'],
            asked("WADO-RS", "/dicom-web/studies/{}/series/{}/instances/{}/frames/{}"),
        ),
        (
            "POST /dcm4chee-arc/aets/ARCHIVE1/rs/studies",
            ['Content-Type: multipart/related; type="application/dicom"; boundary=x'],
            asked("STOW-RS", "/dcm4chee-arc/aets/{}/rs/studies", "ARCHIVE1"),
        ),
        (f"POST /ups-rs/workitems/{STUDY}/cancelrequest", [], asked("UPS-RS", "/ups-rs/workitems/{}/cancelrequest")),
        (
            f"GET /wado?requestType=WADO&studyUID={STUDY}&contentType=application/dicom",
            [],
            asked("WADO-URI", "/wado"),
        ),
        # a patient's name where a base stands
        (f"GET /ZQCANARYMARTIN/dicom-web/studies/{STUDY}", [], asked("WADO-RS", "/{}/dicom-web/studies/{}")),
    ],
)
def test_requests(line: str, headers: list[str], want: list[tuple[object, ...]]) -> None:
    assert request(line, *headers) == want


@pytest.mark.parametrize(
    "line",
    [
        "GET /studies",  # a school's
        "GET /series/breaking-bad",
        "GET /studies/6b9e19d9-62094390-5f9ddb01-4a191ae7-9766b715",  # Orthanc's own interface
        "DELETE /dicom-web/studies",
        "PUT /dicom-web/studies/1.2.3.4.5",
        "GET /metadata",
        "GET /fhir/Patient/ZQCANARY4711",
        "GET /x?requestType=WADOX",
        "POST /wado?requestType=WADO",
    ],
)
def test_what_is_no_dicomweb(line: str) -> None:
    assert request(line) == []


def element(vr: str, *values: object) -> dict[str, object]:
    return {"vr": vr, "Value": list(values)}


def an_object(serial: str, **more: object) -> dict[str, object]:
    return {
        "00080005": element("CS", "ISO_IR 192"),
        "00080018": element("UI", INSTANCE),
        "00080060": element("CS", "CT"),
        "00080070": element("LO", "SIEMENS"),
        "00080090": element("PN", {"Alphabetic": "ZQCANARYDOC^GREGORY"}),
        "00081010": element("SH", "CT64"),
        "00081090": element("LO", "SOMATOM Force"),
        "00100010": element("PN", {"Alphabetic": "ZQCANARYMARTIN^JEANNE"}),
        "00100020": element("LO", "ZQCANARY4711"),
        "00181000": element("LO", serial),
        "00181020": element("LO", "VA50A", "syngo CT VA50A"),
        **more,
    }


def device(serial: str) -> tuple[object, ...]:
    return (
        "said",
        ("sender", "", (("serial", serial, "SIEMENS"),)),
        (
            ("dicomweb.modality", "CT"),
            ("dicomweb.manufacturer", "SIEMENS"),
            ("dicomweb.station_name", "CT64"),
            ("dicomweb.model", "SOMATOM Force"),
            ("dicomweb.serial", serial),
            ("dicomweb.software_versions", "VA50A"),
            ("dicomweb.software_versions", "syngo CT VA50A"),
        ),
    )


def test_metadata_name_the_devices_that_made_the_objects() -> None:
    body = json.dumps([an_object("66301"), an_object("66301"), an_object("66302")]).encode()
    assert SPEC.probe(body)
    assert heard(SPEC, body) == [device("66301"), device("66302")]
    assert "ZQCANARY" not in repr(heard(SPEC, body))


def test_metadata_in_an_answer_are_the_servers() -> None:
    body = json.dumps([an_object("66301")]).encode()
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/dicom+json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    assert [e for e in said(HTTP, [(1, 0, answer)]) if e[0] == "carried"] == [
        ("carried", "http:application/dicom+json", body)
    ]


def test_without_a_serial_number_model_and_station_tell() -> None:
    thing = {"00081090": element("LO", "SOMATOM Force"), "00081010": element("SH", "CT64")}
    assert heard(SPEC, json.dumps([thing]).encode()) == [
        (
            "said",
            ("sender", "", (("model_station", "SOMATOM Force|CT64", ""),)),
            (("dicomweb.station_name", "CT64"), ("dicomweb.model", "SOMATOM Force")),
        )
    ]
    assert heard(SPEC, json.dumps([{"00080070": element("LO", "SIEMENS")}]).encode()) == []


@pytest.mark.parametrize(
    "body",
    [
        b'[{"00080070": {"vr":"LO","Value":["A"',
        b'[{"00080070": {"vr":"LO","Value":"A"}}]',
        b'[{"00080070": {' + b'"a":[' * 30000,
        b'[{"00080070": {"Value":["\xff"]}}]',
    ],
)
def test_broken_json(body: bytes) -> None:
    assert heard(SPEC, body) == [odd("dicomweb.malformed")]


def test_values_of_another_type_and_too_many_devices() -> None:
    assert heard(SPEC, json.dumps([an_object("1", **{"00181000": element("LO", 5, None)})]).encode())[0][1] == (
        "sender",
        "",
        (("model_station", "SOMATOM Force|CT64", "SIEMENS"),),
    )
    many = heard(SPEC, json.dumps([an_object(f"66{n:03}") for n in range(DEVICES_MAX + 5)]).encode())
    assert many[0] == odd("dicomweb.too_many_devices")
    assert len(many) == DEVICES_MAX + 1
