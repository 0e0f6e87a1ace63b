"""Conversations of the DICOM tests: one association, one CT image, and what must be said of them."""

from __future__ import annotations

from parsers.dicom import SPEC
from tests.parsers.dicom_bytes import CT_IMAGE, IMPLICIT, VERIFICATION, ac, element, rq
from tests.parsers.harness import Segment, cut, said

Event = tuple[object, ...]

HEAD = (
    element(0x00080060, b"CT")
    + element(0x00080070, b"SIEMENS ")
    + element(0x00081010, b"CT01")
    + element(0x00081090, b"SOMATOM Definition AS ")
    + element(0x00100010, b"ZQCANARYMARTIN^JEANNE ")
    + element(0x00181000, b"64123 ")
    + element(0x00181020, b"syngo CT VA48A")
    + element(0x0020000D, b"1.2.3.4.5.6 ")
)
PIXELS = element(0x7FE00010, bytes(300_000))
EQUIPMENT = (
    "said",
    ("sender", "CT001", (("serial", "64123", "SIEMENS"),)),
    (
        ("dicom.modality", "CT"),
        ("dicom.manufacturer", "SIEMENS"),
        ("dicom.station_name", "CT01"),
        ("dicom.model", "SOMATOM Definition AS"),
        ("dicom.serial", "64123"),
        ("dicom.software_versions", "syngo CT VA48A"),
    ),
)


def about_said(host: str, application: str, *fields: tuple[str, str]) -> Event:
    return ("said", (host, application, ()), fields)


def flag(host: str, application: str, name: str) -> Event:
    return ("flag", (host, application, ()), name)


def flow(*parts: tuple[int, bytes]) -> list[Segment]:
    """(side, bytes) in the order of time, with the offsets of each direction."""
    at = [0, 0]
    out = []
    for side, data in parts:
        out.append((side, at[side], data))
        at[side] += len(data)
    return out


def run(*parts: tuple[int, bytes]) -> list[Event]:
    """What is said, after making sure that neither cuts nor obedience matter."""
    segments = flow(*parts)
    whole = said(SPEC, segments)
    longest = max(len(data) for _, data in parts)
    for size in (1, 7, 1460) if longest < 20_000 else (331, 1460):
        for obey in ("never", "late", "at once"):
            assert said(SPEC, cut(segments, size), obey) == whole, (size, obey)
    return whole


OPEN = (
    (0, rq({1: (CT_IMAGE, [IMPLICIT]), 3: (VERIFICATION, [IMPLICIT])})),
    (1, ac({1: (0, IMPLICIT), 3: (0, IMPLICIT)})),
)
RQ_SAID = about_said(
    "sender",
    "CT001",
    ("dicom.calling_ae", "CT001"),
    ("dicom.implementation_uid", "1.2.276.0.7230010.3.0.3.6.7"),
    ("dicom.implementation_version", "OFFIS_DCMTK_367"),
    ("dicom.max_pdu", "16384"),
    ("dicom.proposed_count", "2"),
    ("dicom.proposed_sop_class", CT_IMAGE),
    ("dicom.proposed_sop_class", VERIFICATION),
)
AC_SAID = about_said(
    "sender",
    "PACS1",
    ("dicom.called_ae", "PACS1"),
    ("dicom.implementation_uid", "1.2.40.0.13.1.3"),
    ("dicom.implementation_version", "dcm4che-5.31.0"),
    ("dicom.max_pdu", "16384"),
    ("dicom.accepted_count", "2"),
    ("dicom.accepted_sop_class", CT_IMAGE),
    ("dicom.accepted_sop_class", VERIFICATION),
)
OPENED = [RQ_SAID, AC_SAID, flag("sender", "PACS1", "dicom.cleartext")]
QUERY = element(0x00100010, b"ZQCANARY") + element(
    0x00400100, element(0xFFFEE000, element(0x00080060, b"CT") + element(0x00400001, b"CT001 "))
)
