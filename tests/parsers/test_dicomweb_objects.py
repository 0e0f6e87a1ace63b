"""DICOMweb's objects: files and JSON as pydicom writes them, bodies of parts by hand from RFC 2046 and PS3.18."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    UID,
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
)

from parsers.dicomweb import SPEC
from parsers.dicomweb_objects import META_MAX, PARTS_MAX
from parsers.http_body import IMAGE_HEAD_MAX
from tests.parsers.datagrams import heard, odd

SYNTAXES = (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
    JPEG2000Lossless,
)
UDI = "(01)00889842001234(21)66301"
FORCE = (
    ("dicomweb.modality", "CT"),
    ("dicomweb.manufacturer", "SIEMENS"),
    ("dicomweb.station_name", "CT64"),
    ("dicomweb.model", "SOMATOM Force"),
    ("dicomweb.serial", "66301"),
    ("dicomweb.software_versions", "VA50A"),
    ("dicomweb.software_versions", "syngo CT VA50A"),
    ("dicomweb.udi", UDI),
)
ROUTER = (
    ("dicomweb.manufacturer", "Laurel Bridge"),
    ("dicomweb.model", "Compass"),
    ("dicomweb.serial", "LB77"),
    ("dicomweb.contribution", "109103"),
)
CT = ("said", ("sender", "", (("serial", "66301", "SIEMENS"),)), FORCE)
SIGNED = ("said", ("sender", "", (("serial", "LB77", "Laurel Bridge"),)), ROUTER)


def an_object() -> Dataset:
    """An image of a CT that a router signed (PS3.3 C.12.1, contributing equipment)."""
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID = CTImageStorage
    ds.Modality, ds.Manufacturer, ds.StationName, ds.ManufacturerModelName = "CT", "SIEMENS", "CT64", "SOMATOM Force"
    ds.ReferringPhysicianName, ds.OperatorsName = "ZQCANARYDOC^GREGORY", "ZQCANARYOP^ANNE"
    ds.StudyDescription, ds.AccessionNumber = "ZQCANARY knee", "ZQCANARY99"
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "ZQCANARYMARTIN^JEANNE", "ZQCANARY4711", "19600101"
    ds.DeviceSerialNumber, ds.SoftwareVersions = "66301", ["VA50A", "syngo CT VA50A"]
    udi, router, purpose = Dataset(), Dataset(), Dataset()
    udi.UniqueDeviceIdentifier = UDI
    ds.UDISequence = [udi]
    purpose.CodeValue, purpose.CodingSchemeDesignator, purpose.CodeMeaning = "109103", "DCM", "Modifying Equipment"
    router.Manufacturer, router.ManufacturerModelName, router.DeviceSerialNumber = "Laurel Bridge", "Compass", "LB77"
    router.OperatorsName = "ZQCANARYOP^ANNE"
    router.PurposeOfReferenceCodeSequence = [purpose]
    ds.ContributingEquipmentSequence = [router]
    ds.Rows = ds.Columns = 64
    return ds


def file(syntax: str = ExplicitVRLittleEndian, pixels: int = 2000) -> bytes:
    ds = an_object()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = UID(syntax)
    ds.file_meta.MediaStorageSOPClassUID = CTImageStorage
    ds.file_meta.MediaStorageSOPInstanceUID = UID("1.2.3.4.5")
    ds.file_meta.SourceApplicationEntityTitle = "ZQCANARY"
    if syntax != JPEG2000Lossless:
        ds.add_new(0x7FE00010, "OW", bytes(pixels))
    out = BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


def body(*parts: tuple[str, bytes], edge: str = "x-2f:7") -> bytes:
    heads = (f"--{edge}\r\nContent-Type: {kind}\r\n\r\n".encode() + data + b"\r\n" for kind, data in parts)
    return b"".join(heads) + f"--{edge}--\r\n".encode()


@pytest.mark.parametrize("syntax", SYNTAXES, ids=[syntax.name for syntax in SYNTAXES])
def test_a_file_says_what_made_it(syntax: str) -> None:
    data = file(syntax)
    assert b"ZQCANARY" in data
    assert SPEC.probe(data)
    assert heard(SPEC, data) == [CT, SIGNED]


def test_json_says_the_same() -> None:
    data = an_object().to_json(bulk_data_threshold=10).encode()
    assert b"ZQCANARY" in data
    assert SPEC.probe(data)
    assert heard(SPEC, data) == [CT, SIGNED]


@pytest.mark.parametrize("before", [b"", b"\r\n"])
def test_a_body_of_files(before: bytes) -> None:
    """PS3.18 section 10.5: what is stored."""
    data = before + body(("application/dicom", file()), ("APPLICATION/DICOM; transfer-syntax=*", file()))
    assert SPEC.probe(data)
    assert heard(SPEC, data) == [CT, SIGNED]


def test_a_body_of_metadata_and_pixels() -> None:
    """PS3.18 section 10.5.1: metadata first, then bulk data."""
    metadata = ("application/dicom+json", f"[{an_object().to_json()}]".encode())
    assert heard(SPEC, body(metadata, ("image/jp2", b"\xff" * 50))) == [CT, SIGNED]


def test_of_a_long_body_its_beginning_is_enough() -> None:
    data = body(("application/dicom", file(pixels=500_000)))[:IMAGE_HEAD_MAX]
    assert heard(SPEC, data) == [CT, SIGNED]


def test_bodies_of_others() -> None:
    for data in (
        body(("application/xop+xml", b"<a/>")),
        body(("image/jpeg", b"application/dicom")),
        b"--\r\nContent-Type: application/dicom\r\n\r\n",
        b"-- x",
    ):
        assert not SPEC.probe(data)


@pytest.mark.parametrize("size", [133, 200, 400, 700])
def test_a_file_that_breaks_off(size: int) -> None:
    found = heard(SPEC, file()[:size])
    assert [event for event in found if event[0] == "odd"]
    assert all(event in (CT, SIGNED) for event in found if event[0] == "said")


def test_a_file_with_too_long_a_group_of_its_own() -> None:
    element = b"\x02\0\x12\0UI\x02\x001\0"
    assert heard(SPEC, bytes(128) + b"DICM" + element * (META_MAX + 1)) == [odd("dicomweb.bad_file")]
    assert heard(SPEC, bytes(128) + b"DICM" + b"\x08\0\x60\0\xff\xff\xff\xff\xff\xff") != []


def test_more_parts_than_are_read() -> None:
    many = [("text/plain", b"x")] * (PARTS_MAX - 1)
    assert heard(SPEC, body(("application/dicom", file()), *many)) == [CT, SIGNED]
    many = [("application/dicom", b"no file"), *many]
    assert heard(SPEC, body(*many, ("application/dicom", file()))) == []


def test_metadata_that_are_cut_are_not_read() -> None:
    data = body(("application/dicom+json", json.dumps([{"00080070": {"Value": ["A"]}}]).encode()))
    assert heard(SPEC, data[:-20]) == []
