"""What heads say, and about whom. PS3.3 C.7.5.1, C.4.10, C.4.14, C.12.1.1.5."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest
from pydicom.filereader import read_dataset

from parsers.api import Odd, Said
from parsers.dicom_dataset import (
    IMPLICIT,
)
from parsers.dicom_equipment import CONTRIBUTING, QUERIED, STARTED
from tests.parsers.dicom_bytes import element
from tests.parsers.dicom_heads import events, fields

CHARSETS = [
    ("ISO_IR 100", "Hôpital Saint-Éloi", "latin-1"),
    ("ISO_IR 192", "Universitätsklinik – Röntgen", "utf-8"),
    ("ISO_IR 144", "Больница", "iso8859-5"),
    ("ISO_IR 126", "Νοσοκομείο", "iso8859-7"),
    ("GB18030", "北京医院", "gb18030"),
    ("GBK", "放射科", "gbk"),
    ("ISO 2022 IR 6\\ISO 2022 IR 87", "東京病院", "iso2022_jp_2"),
    ("ISO_IR 13", "ﾄｳｷｮｳ", "shift_jis"),
]


@pytest.mark.parametrize(("charset", "text", "codec"), CHARSETS, ids=[c[0] for c in CHARSETS])
def test_character_sets(charset: str, text: str, codec: str) -> None:
    """PS3.3 C.12.1.1.2. Written with Python's codec, read by us and, as a second opinion, by pydicom."""
    raw_text = text.encode(codec)
    raw_text += b" " * (len(raw_text) % 2)
    charset_raw = charset.encode() + b" " * (len(charset) % 2)
    raw = element(0x00080005, charset_raw) + element(0x00080080, raw_text) + element(0x00181000, b"4711")
    assert ("dicom.institution", text) in fields(raw, IMPLICIT)
    theirs = read_dataset(BytesIO(raw), True, True)
    assert theirs.InstitutionName == text


def test_no_character_set_declared() -> None:
    serial = element(0x00181000, b"4711")
    for raw_text in ("Clinique Étoile ".encode("latin-1"), "Clinique Étoile".encode()):
        raw = element(0x00080080, raw_text) + serial
        assert ("dicom.institution", "Clinique Étoile") in fields(raw, IMPLICIT)


def test_software_versions_are_said_one_by_one() -> None:
    raw = element(0x00181000, b"4711") + element(0x00181020, b"syngo CT 2012B\\VA44A \\\\x ")
    versions = [text for name, text in fields(raw, IMPLICIT) if name == "dicom.software_versions"]
    assert versions == ["syngo CT 2012B", "VA44A", "x"]


@pytest.mark.parametrize(
    ("elements", "subject"),
    [
        pytest.param(
            [(0x00080070, b"SIEMENS "), (0x00081010, b"CT01"), (0x00081090, b"Emotion "), (0x00181000, b"34081 ")],
            ("serial", "34081", "SIEMENS"),
            id="serial",
        ),
        pytest.param(
            [(0x00080070, b"SIEMENS "), (0x00081010, b"CT01"), (0x00081090, b"Emotion ")],
            ("model_station", "Emotion|CT01", "SIEMENS"),
            id="model and station",
        ),
        pytest.param([(0x00081090, b"Emotion ")], ("model_station", "Emotion|", ""), id="model"),
        pytest.param([(0x00080070, b"SIEMENS ")], None, id="maker alone is nobody"),
    ],
)
def test_subject_of_a_stored_object(elements: list[tuple[int, bytes]], subject: tuple[str, str, str] | None) -> None:
    found = events(b"".join(element(*e) for e in elements), IMPLICIT)
    if subject is None:
        assert found == []
        return
    (event,) = found
    (identifier,) = event.about.behind
    assert (identifier.scheme, identifier.value, identifier.maker) == subject
    assert (event.about.host, event.about.application) == ("sender", "CT001")


def sequence(tag: int, *items: bytes, undefined: bool = False) -> bytes:
    """Implicit VR; PS3.5 7.5.1 and 7.5.2."""
    if not undefined:
        return element(tag, b"".join(element(0xFFFEE000, i) for i in items))
    open_item, close_item = struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF), struct.pack("<HHL", 0xFFFE, 0xE00D, 0)
    body = b"".join(open_item + i + close_item for i in items)
    return struct.pack("<HHL", tag >> 16, tag & 0xFFFF, 0xFFFFFFFF) + body + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)


@pytest.mark.parametrize("undefined", [False, True])
def test_contributing_equipment(undefined: bool) -> None:
    """PS3.3 C.12.1.1.5: each item is a device of its own; who operated it is passed over."""
    code = sequence(0x0040A170, element(0x00080100, b"109103") + element(0x00080104, b"Modifying Equipment "))
    router = element(0x00080070, b"Laurel Bridge ") + element(0x00081070, b"ZQCANARY^OP ")
    router += element(0x00081090, b"Compass ") + element(0x00181000, b"LB-77 ") + code
    chain = sequence(CONTRIBUTING, router, element(0x00081070, b"ZQCANARY"), undefined=undefined)
    raw = element(0x00080070, b"SIEMENS ") + element(0x00181000, b"34081 ") + chain
    maker, second = events(raw, IMPLICIT)
    assert maker.about.behind[0].value == "34081"
    assert (second.about.behind[0].value, second.about.behind[0].maker) == ("LB-77", "Laurel Bridge")
    assert second.fields == (
        ("dicom.manufacturer", "Laurel Bridge"),
        ("dicom.model", "Compass"),
        ("dicom.serial", "LB-77"),
        ("dicom.contribution", "109103"),
    )


def test_a_cut_chain_drops_its_last_device() -> None:
    """Its serial may be in what is missing."""
    item = element(0x00080070, b"Laurel Bridge ") + element(0x00081090, b"Compass ") + element(0x00181000, b"LB-77 ")
    raw = element(0x00181000, b"4711") + sequence(CONTRIBUTING, item)
    found = events(raw[:-4], IMPLICIT)
    assert [type(e) for e in found] == [Odd, Said]
    assert found[1].about.behind[0].value == "4711"


def test_worklist_query_says_what_it_holds_and_not_what_it_asks() -> None:
    step = element(0x00080060, b"CT") + element(0x00400001, b"CT001 ") + element(0x00400002, b"20260105")
    step += element(0x00400006, b"ZQCANARY") + element(0x00400010, b"*ROOM*")
    raw = element(0x00100010, b"ZQCANARY") + sequence(0x00400100, step, undefined=True)
    (event,) = events(raw, IMPLICIT, QUERIED)
    assert event.about.behind == ()
    assert event.fields == (("dicom.scheduled_modality", "CT"), ("dicom.scheduled_station_ae", "CT001"))


def test_procedure_step() -> None:
    raw = element(0x00080060, b"CT") + element(0x00100010, b"ZQCANARY") + element(0x00400241, b"CT001 ")
    raw += element(0x00400242, b"CTAWP1") + element(0x00400243, b"ROOM 3") + element(0x00400253, b"ZQCANARY")
    (event,) = events(raw, IMPLICIT, STARTED)
    assert event.fields == (
        ("dicom.performed_modality", "CT"),
        ("dicom.performed_station_ae", "CT001"),
        ("dicom.performed_station_name", "CTAWP1"),
        ("dicom.performed_location", "ROOM 3"),
    )


def test_a_value_that_is_too_long_is_not_said() -> None:
    raw = element(0x00080080, b"X" * 2000) + element(0x00181000, b"4711")
    assert events(raw, IMPLICIT)[0] == Odd("dicom.value_too_long")
    assert fields(raw, IMPLICIT) == [("dicom.serial", "4711")]
