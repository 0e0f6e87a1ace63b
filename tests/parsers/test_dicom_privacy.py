"""No patient, no person, no credential, no object identifier leaves the DICOM parser, in any syntax and any message."""

from __future__ import annotations

import struct

import pytest
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag

from parsers.dicom import SPEC
from tests.parsers.dicom_bytes import (
    BIG,
    COMMITMENT,
    CT_IMAGE,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    MPPS,
    PRINTER,
    STUDY_FIND,
    WORKLIST,
    ac,
    command,
    item,
    message,
    rq,
    user,
)
from tests.parsers.dicom_flows import flow
from tests.parsers.dicom_heads import SYNTAXES, encode
from tests.parsers.harness import cut, said

CANARY = "ZQCANARY"
CANARY_UID = "1.2.826.0.4711.4711.4711"  # identifiers of objects cannot hold letters

# Texts, persons, dates and identifiers that PS3.6 puts into the groups that are walked, and some beyond them
LEFT_ALONE = (
    0x00080012,
    0x00080018,
    0x00080050,
    0x00080081,
    0x00080090,
    0x00080092,
    0x00081030,
    0x0008103E,
    0x00081048,
    0x00081050,
    0x00081060,
    0x00081070,
    0x00081080,
    0x00084000,
    0x0020000D,
    0x0020000E,
    0x00200010,
    0x00204000,
    0x00321032,
    0x00324000,
    0x00401010,
    0x00400006,
    0x00400253,
    0x00400280,
)


def canary(tag: int) -> DataElement | None:
    """An element whose value is a canary, as far as its VR can hold one."""
    vr = dictionary_VR(tag)
    if vr in ("PN", "LO", "SH", "LT", "ST", "UC", "UT", "UR"):
        return DataElement(Tag(tag), vr, f"{CANARY}{tag:08X}")
    if vr in ("AE", "CS"):
        return DataElement(Tag(tag), vr, CANARY)
    if vr == "UI":
        return DataElement(Tag(tag), vr, CANARY_UID)
    if vr == "DA":
        return DataElement(Tag(tag), vr, "19470811")
    if vr == "AS":
        return DataElement(Tag(tag), vr, "079Y")
    return None


def patient_tags() -> list[int]:
    """All of group 0010 that pydicom's dictionary knows."""
    from pydicom._dicom_dict import DicomDictionary

    return sorted(tag for tag in DicomDictionary if tag >> 16 == 0x0010)


def laden(*equipment: DataElement) -> Dataset:
    """Canaries everywhere, at the top and inside sequences, around the equipment."""
    ds = Dataset()
    inner = Dataset()
    for tag in (*LEFT_ALONE, *patient_tags()):
        if (found := canary(tag)) is not None:
            ds[tag] = found
            inner[tag] = canary(tag)
    for tag in (0x00081110, 0x00081140, 0x00101002, 0x00400260, 0x0040A730):
        ds[tag] = DataElement(Tag(tag), "SQ", Sequence([inner]))
        ds[tag].is_undefined_length = tag & 1 == 0
    ds[0x00091010] = DataElement(Tag(0x00091010), "LO", CANARY)
    ds[0x00091011] = DataElement(Tag(0x00091011), "UN", CANARY.encode())
    ds[0x0040A160] = DataElement(Tag(0x0040A160), "UT", CANARY)
    for found in equipment:
        ds[found.tag] = found
    return ds


SERIAL = DataElement(Tag(0x00181000), "LO", "64123")
MAKER = DataElement(Tag(0x00080070), "LO", "SIEMENS")


def contributing() -> DataElement:
    router = Dataset()
    for tag in LEFT_ALONE[:14]:
        router[tag] = canary(tag)
    router[0x00181000] = DataElement(Tag(0x00181000), "LO", "LB-77")
    router[0x0018A003] = DataElement(Tag(0x0018A003), "ST", CANARY)
    return DataElement(Tag(0x0018A001), "SQ", Sequence([router]))


def scheduled() -> DataElement:
    step = Dataset()
    for tag in (0x00400006, 0x00400007, 0x00400009, 0x00400012):
        step[tag] = canary(tag)
    step[0x00400001] = DataElement(Tag(0x00400001), "AE", "CT001")
    return DataElement(Tag(0x00400100), "SQ", Sequence([step]))


UIDS = {"implicit": IMPLICIT, "explicit": EXPLICIT, "big-endian": BIG, "deflated": DEFLATED}


@pytest.mark.parametrize("name", UIDS)
def test_no_canary_in_what_is_said(name: str) -> None:
    """Every message that carries a data set, each laden with canaries; the equipment in their midst is still found."""
    syntax = SYNTAXES[name]
    identity = item(0x58, b"\2\1" + struct.pack(">H", 8) + b"ZQCANARY" + struct.pack(">H", 10) + b"ZQCANARYPW")
    stored = encode(laden(SERIAL, MAKER, contributing()), syntax)
    query = encode(laden(scheduled()), syntax)
    step = encode(laden(DataElement(Tag(0x00400241), "AE", "CT001")), syntax)
    printer = encode(laden(MAKER, DataElement(Tag(0x21100030), "LO", "FILM1")), syntax)
    anything = encode(laden(SERIAL, MAKER), syntax)
    segments = flow(
        (0, rq({1: (CT_IMAGE, [UIDS[name]])}, user_information=user("1.2.3", "X", identity))),
        (1, ac({1: (0, UIDS[name])})),
        (0, message(1, command(0x0001, CT_IMAGE, True), stored)),
        (1, message(1, command(0x8001, CT_IMAGE, True), anything)),
        (0, message(1, command(0x0020, WORKLIST, True), query)),
        (1, message(1, command(0x8020, WORKLIST, True, status=0xFF00), query)),
        (0, message(1, command(0x0020, STUDY_FIND, True), query)),
        (1, message(1, command(0x8020, STUDY_FIND, True, status=0xFF00), anything)),
        (0, message(1, command(0x0140, MPPS, True), step)),
        (0, message(1, command(0x0120, MPPS, True), step)),
        (0, message(1, command(0x0130, COMMITMENT, True), anything)),
        (1, message(1, command(0x0100, COMMITMENT, True), anything)),
        (1, message(1, command(0x8110, PRINTER, True), printer)),
    )
    whole = said(SPEC, segments)
    text = repr(whole)
    for forbidden in (CANARY, "4711.4711", "19470811", "079Y"):
        assert forbidden not in text
    values = {value for event in whole if event[0] == "said" for _, value in event[2]}
    assert {"64123", "LB-77", "CT001", "FILM1"} <= values
    assert sum(event[0] == "odd" for event in whole) == 0
    assert said(SPEC, cut(segments, 5), "late") == whole


@pytest.mark.parametrize(
    ("kind", "said_as"), [(1, "name"), (2, "name and passcode"), (3, "kerberos"), (4, "saml"), (5, "jwt"), (9, None)]
)
def test_no_credential_of_any_sort_is_read(kind: int, said_as: str | None) -> None:
    """PS3.7 D.3.3.7: identity of the user in the request (58), and what the server answers to it (59)."""
    name, secret = CANARY.encode(), CANARY.encode() + b"PW"
    fields = struct.pack(">H", len(name)) + name + struct.pack(">H", len(secret)) + secret
    asked = item(0x58, bytes([kind, 1]) + fields)
    answered = item(0x59, struct.pack(">H", len(secret)) + secret)
    whole = said(
        SPEC,
        flow(
            (0, rq({1: (CT_IMAGE, [EXPLICIT])}, user_information=user("1.2.3", "X", asked))),
            (1, ac({1: (0, EXPLICIT)}, user_information=user("1.2.3", "Y", answered))),
        ),
    )
    assert CANARY not in repr(whole)
    values = [
        value for event in whole if event[0] == "said" for name, value in event[2] if name == "dicom.user_identity"
    ]
    assert values == ([said_as] if said_as else [])


@pytest.mark.parametrize("name", ["implicit", "explicit", "big-endian"])  # deflated waits for zlib, 512 bytes at most
def test_no_canary_is_held(name: str) -> None:
    """Nor in the parser's memory, after each piece: what is not wanted is not copied."""
    stored = encode(laden(SERIAL, MAKER), SYNTAXES[name])
    client, _ = SPEC.make()
    at = 0
    stream = rq({1: (CT_IMAGE, [UIDS[name]])}) + message(1, command(0x0001, CT_IMAGE, True), stored)
    for start in range(0, len(stream), 1460):
        piece = stream[start : start + 1460]
        list(client.feed(piece, at))
        at += len(piece)
        head = client._head
        assert CANARY.encode() not in bytes(client._held)
        assert head is None or CANARY.encode() not in head._held + b"".join(head.root.values.values())
