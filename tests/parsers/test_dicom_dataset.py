"""Heads of data sets: what our walk keeps against what pydicom reads, in every syntax and any cut. PS3.5 7, A."""

from __future__ import annotations

import random
import struct
import zlib
from io import BytesIO

import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag

from parsers.api import Odd
from parsers.dicom_dataset import (
    BIG_ENDIAN,
    DEFLATED,
    EXPLICIT,
    HEAD_MAX,
    IMPLICIT,
    INFLATED_MAX,
    Head,
    Syntax,
    sniff,
    syntax_of,
)
from parsers.dicom_equipment import STORED, UDI, UDI_SEQUENCE, describe
from tests.parsers.dicom_bytes import element
from tests.parsers.dicom_heads import SYNTAXES, encode, events, fields, head_of

WANTED_TEXT = {
    0x00080060: "CS",
    0x00080064: "CS",
    0x00080070: "LO",
    0x00081090: "LO",
    0x00081010: "SH",
    0x00080055: "AE",
    0x00080080: "LO",
    0x00081040: "LO",
    0x00181000: "LO",
    0x00181003: "LO",
    0x00181004: "LO",
    0x00181005: "LO",
    0x00181008: "LO",
    0x00181016: "LO",
    0x00181018: "LO",
    0x0018700A: "SH",
}
OTHERS = {
    0x00080018: "UI",
    0x00080020: "DA",
    0x00080050: "SH",
    0x00080090: "PN",
    0x00081030: "LO",
    0x00091001: "OB",
    0x00091002: "LO",
    0x00100010: "PN",
    0x00100020: "LO",
    0x00101030: "DS",
    0x001021B0: "LT",
    0x00111001: "UN",
    0x00180050: "DS",
    0x00180060: "DS",
    0x00181030: "LO",
    0x00185100: "CS",
    0x00189004: "CS",
}
SEQUENCES = (0x00081110, 0x00081140, 0x00082112, 0x0008103F, 0x00101002, 0x00189304)


def a_value(rng: random.Random, vr: str) -> object:
    if vr in ("OB", "UN"):
        return rng.randbytes(2 * rng.randrange(40))
    if vr == "UI":
        return "1.2." + str(rng.randrange(10**9))
    if vr == "DA":
        return "20260105"
    if vr == "DS":
        return str(rng.randrange(1000) / 4)
    return "".join(rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789") for _ in range(rng.randrange(16))).strip()


def a_sequence(rng: random.Random, tag: int, depth: int) -> DataElement:
    items = []
    for _ in range(rng.randrange(3)):
        ds = Dataset()
        for inner, vr in rng.sample(sorted({**WANTED_TEXT, **OTHERS}.items()), 3):
            ds[inner] = DataElement(Tag(inner), vr, a_value(rng, vr))
        if depth and rng.random() < 0.5:
            inner = rng.choice(SEQUENCES)
            ds[inner] = a_sequence(rng, inner, depth - 1)
        ds.is_undefined_length_sequence_item = rng.random() < 0.5
        items.append(ds)
    found = DataElement(Tag(tag), "SQ", Sequence(items))
    found.is_undefined_length = rng.random() < 0.5
    return found


def a_data_set(rng: random.Random) -> Dataset:
    ds = Dataset()
    for table in (WANTED_TEXT, OTHERS):
        for tag, vr in table.items():
            if rng.random() < 0.7:
                ds[tag] = DataElement(Tag(tag), vr, a_value(rng, vr))
    for tag in SEQUENCES:
        if rng.random() < 0.3:
            ds[tag] = a_sequence(rng, tag, 3)
    if rng.random() < 0.3:
        item = Dataset()
        item[UDI] = DataElement(Tag(UDI), "UT", "(01)00643169007222(21)" + str(rng.randrange(10**6)))
        item.is_undefined_length_sequence_item = rng.random() < 0.5
        ds[UDI_SEQUENCE] = DataElement(Tag(UDI_SEQUENCE), "SQ", Sequence([item]))
        ds[UDI_SEQUENCE].is_undefined_length = rng.random() < 0.5
    if rng.random() < 0.5:
        ds[0x0020000D] = DataElement(Tag(0x0020000D), "UI", "1.2.3.4")
    return ds


@pytest.mark.parametrize("name", SYNTAXES)
def test_pydicom_reads_the_same(name: str) -> None:
    """Some thousand generated heads: the raw bytes that we keep are the ones that pydicom finds under these tags."""
    syntax = SYNTAXES[name]
    rng = random.Random(f"heads {name}")
    seen = 0
    for _ in range(500):
        ds = a_data_set(rng)
        raw = encode(ds, syntax)
        plain = zlib.decompress(raw, wbits=-15) if syntax.deflated else raw
        theirs = read_dataset(BytesIO(plain), syntax.implicit, not syntax.big)
        expected = {t: theirs.get_item(t).value or b"" for t in WANTED_TEXT if t in theirs}
        cuts = sorted(rng.randrange(len(raw) + 1) for _ in range(rng.randrange(6)))
        for head in (head_of(raw, syntax), head_of(raw, syntax, cuts=cuts)):
            assert head.done
            assert head.odd == ""
            assert {t: v for t, v in head.root.values.items() if t in WANTED_TEXT} == expected
            if UDI_SEQUENCE in theirs:
                got = [item.values[UDI].rstrip(b" ").decode() for item in head.root.sequences[UDI_SEQUENCE]]
                assert got == [item[UDI].value for item in theirs[UDI_SEQUENCE].value]
        seen += len(expected)
    assert seen > 3000


REAL = ("CT_small", "MR_small", "examples_overlay", "ExplVR_BigEnd", "waveform_ecg", "liver_1frame", "SC_rgb_small_odd")


@pytest.mark.parametrize("name", REAL)
def test_files_of_real_devices(name: str) -> None:
    """pydicom's own sample files, rewritten in each syntax."""
    ds = pydicom.dcmread(get_testdata_file(f"{name}.dcm", download=False))
    short = Dataset()
    for found in ds:
        if found.tag.group < 0x0028:
            short.add(found)
    expected = {
        observable: str(ds.get(keyword)).strip()
        for keyword, observable in (
            ("Modality", "dicom.modality"),
            ("Manufacturer", "dicom.manufacturer"),
            ("ManufacturerModelName", "dicom.model"),
            ("DeviceSerialNumber", "dicom.serial"),
            ("StationName", "dicom.station_name"),
            ("InstitutionName", "dicom.institution"),
        )
        if str(ds.get(keyword) or "").strip()
    }
    for syntax in SYNTAXES.values():
        said = dict(fields(encode(short, syntax), syntax))
        if "dicom.serial" in expected or "dicom.model" in expected or "dicom.station_name" in expected:
            assert {k: said.get(k) for k in expected} == expected
        else:
            assert said == {}


def test_unknown_sequence_of_undefined_length_is_implicit_inside() -> None:
    """PS3.5 6.2.2 note 5: UN of undefined length holds implicit VR whatever the transfer syntax."""
    inside = struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF) + element(0x00091011, b"abcd")
    inside += struct.pack("<HHLHHL", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
    raw = struct.pack("<HH2sHL", 0x0009, 0x1010, b"UN", 0, 0xFFFFFFFF) + inside
    raw += struct.pack("<HH2sH", 0x0018, 0x1000, b"LO", 4) + b"4711"
    assert ("dicom.serial", "4711") in fields(raw, EXPLICIT)


def test_fragments_of_undefined_length_are_stepped_over() -> None:
    """PS3.5 A.4: OB of undefined length holds raw fragments, here an icon before the serial."""
    raw = struct.pack("<HH2sHL", 0x0009, 0x1010, b"OB", 0, 0xFFFFFFFF)
    raw += struct.pack("<HHL", 0xFFFE, 0xE000, 6) + b"\xff\xd8\xff\xfe\0\xe0"
    raw += struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    raw += struct.pack("<HH2sH", 0x0018, 0x1000, b"LO", 4) + b"4711"
    assert ("dicom.serial", "4711") in fields(raw, EXPLICIT)


@pytest.mark.parametrize("explicit", [True, False])
def test_three_thousand_levels(explicit: bool) -> None:
    opened = struct.pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)
    if explicit:
        level, syntax = struct.pack("<HH2sHL", 0x0008, 0x1140, b"SQ", 0, 0xFFFFFFFF) + opened, EXPLICIT
    else:
        level, syntax = struct.pack("<HHL", 0x0008, 0x1140, 0xFFFFFFFF) + opened, IMPLICIT
    head = head_of(level * 3000, syntax)
    assert (head.done, head.odd) == (True, "dicom.too_deep")


def test_head_is_read_no_further_than_its_cap() -> None:
    """A private value pushes the serial across the cap; where it lies just inside it is read."""
    model = element(0x00081090, b"Emotion ")
    serial = element(0x00181000, b"4711")
    inside = model + element(0x00091010, bytes(HEAD_MAX - len(model) - 8 - len(serial))) + serial
    assert len(inside) == HEAD_MAX
    assert ("dicom.serial", "4711") in fields(inside + bytes(100), IMPLICIT)
    outside = model + element(0x00091010, bytes(HEAD_MAX - len(model) - 8 - len(serial) + 2)) + serial
    assert events(outside, IMPLICIT) == [Odd("dicom.head_too_long")]


def test_a_long_value_ends_the_reading_at_its_header() -> None:
    """A value that reaches beyond the cap: nothing after it can be read, so nothing more is asked for."""
    head = Head(STORED, IMPLICIT)
    head.feed(element(0x00081090, b"Emotion ") + struct.pack("<HHL", 0x0009, 0x1010, 0xFFFFFFF0))
    assert head.done


def test_deflate_bomb() -> None:
    packer = zlib.compressobj(9, wbits=-15)
    bomb = struct.pack("<HH2sHL", 0x0009, 0x1010, b"OB", 0, 64 * 1024 * 1024) + bytes(64 * 1024 * 1024)
    raw = packer.compress(bomb) + packer.flush()
    head = head_of(raw, DEFLATED)
    assert head.done
    assert head.odd == "dicom.head_too_long"
    assert head._inflated <= INFLATED_MAX


def test_broken_deflate_is_the_same_in_every_cut() -> None:
    ds = a_data_set(random.Random(5))
    raw = bytearray(encode(ds, DEFLATED) + bytes(2000))
    raw[60:64] = b"\xff\xff\xff\xff"
    whole = head_of(bytes(raw), DEFLATED)
    for size in (1, 7, 100, 513):
        cuts = list(range(size, len(raw), size))
        again = head_of(bytes(raw), DEFLATED, cuts=cuts)
        assert (again.odd, again.root.values, again.done) == (whole.odd, whole.root.values, whole.done)


@pytest.mark.parametrize(
    ("uid", "syntax"),
    [
        ("1.2.840.10008.1.2", IMPLICIT),
        ("1.2.840.10008.1.2.1", EXPLICIT),
        ("1.2.840.10008.1.2.2", BIG_ENDIAN),
        ("1.2.840.10008.1.2.1.99", DEFLATED),
        ("1.2.840.10008.1.2.4.90", EXPLICIT),  # JPEG 2000
        ("1.2.840.113619.5.2", IMPLICIT),
        ("1.3.6.1.4.1.5962.300.2", None),  # private
    ],
)
def test_transfer_syntaxes(uid: str, syntax: Syntax | None) -> None:
    assert syntax_of(uid) == syntax


def test_pydicom_agrees_on_every_transfer_syntax_it_knows() -> None:
    from pydicom.uid import AllTransferSyntaxes

    deflated = {uid for uid in AllTransferSyntaxes if uid.is_deflated}
    deflated.add("1.2.840.10008.1.2.4.205")  # PS3.5 A.9 says deflated; pydicom 3.0 has forgotten this one
    for uid in AllTransferSyntaxes:
        ours = syntax_of(str(uid))
        assert ours is not None
        assert (ours.implicit, ours.big, ours.deflated) == (
            uid.is_implicit_VR,
            not uid.is_little_endian,
            uid in deflated,
        ), uid


@pytest.mark.parametrize("name", ["implicit", "explicit", "big-endian"])
def test_first_element_tells_the_syntax(name: str) -> None:
    syntax = SYNTAXES[name]
    rng = random.Random(7)
    for _ in range(100):
        ds = a_data_set(rng)
        ds[0x00080005] = DataElement(Tag(0x00080005), "CS", "ISO_IR 100")
        raw = encode(ds, syntax)
        assert sniff(raw[:8]) == syntax
        assert head_of(raw, None).root.values == head_of(raw, syntax).root.values
    assert sniff(b"\xde\xad\xbe\xef\xde\xad\xbe\xef") is None


def test_broken_heads_never_raise_and_cuts_never_matter() -> None:
    rng = random.Random(11)
    for number in range(700):
        syntax = list(SYNTAXES.values())[number % 4]
        raw = bytearray(encode(a_data_set(rng), syntax))
        for _ in range(rng.randrange(1, 6)):
            at = rng.randrange(len(raw))
            what = rng.randrange(3)
            if what == 0:
                raw[at] = rng.randrange(256)
            elif what == 1:
                del raw[at : at + rng.randrange(1, 9)]
            else:
                raw[at:at] = rng.choice([b"\xff\xff\xff\xff", b"\xfe\xff\x00\xe0", rng.randbytes(4)])
            if not raw:
                raw = bytearray(b"\0")
        blob = bytes(raw)
        whole = list(describe(head_of(blob, syntax), "X"))
        cuts = sorted(rng.randrange(len(blob) + 1) for _ in range(4))
        assert list(describe(head_of(blob, syntax, cuts=cuts), "X")) == whole
        if number % 10 == 0:
            assert list(describe(head_of(blob, syntax, cuts=list(range(1, len(blob)))), "X")) == whole
