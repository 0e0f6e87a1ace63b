"""DICOM associations and messages: PDUs written by hand after PS3.8 and PS3.7."""

from __future__ import annotations

import struct

import pytest

from parsers.dicom import SPEC, probe
from tests.parsers.dicom_bytes import (
    BIG,
    COMMITMENT,
    CT_IMAGE,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    MPPS,
    MR_IMAGE,
    PRINTER,
    RELEASE_RP,
    RELEASE_RQ,
    STUDY_FIND,
    STUDY_MOVE,
    VERIFICATION,
    WORKLIST,
    ac,
    command,
    element,
    item,
    message,
    p_data,
    pdv,
    rj,
    rq,
    user,
)
from tests.parsers.dicom_flows import EQUIPMENT, HEAD, OPEN, OPENED, PIXELS, QUERY, Event, about_said, flag, flow, run
from tests.parsers.harness import said


def test_request_byte_by_byte() -> None:
    """The example of an A-ASSOCIATE-RQ, every byte of it written out: PS3.8 table 9-11."""
    raw = bytes.fromhex(
        "01 00 00 00 00 CD  00 01 00 00"
        "50 41 43 53 31 20 20 20 20 20 20 20 20 20 20 20"  # called "PACS1"
        "43 54 30 30 31 20 20 20 20 20 20 20 20 20 20 20"  # calling "CT001"
        + "00" * 32
        + "10 00 00 15"
        + b"1.2.840.10008.3.1.1.1".hex()
        + "20 00 00 2E 01 00 00 00"
        + "30 00 00 11"
        + b"1.2.840.10008.1.1".hex()
        + "40 00 00 11"
        + b"1.2.840.10008.1.2".hex()
        + "50 00 00 3A 51 00 00 04 00 00 40 00"
        + "52 00 00 1B"
        + b"1.2.276.0.7230010.3.0.3.6.7".hex()
        + "55 00 00 0F"
        + b"OFFIS_DCMTK_367".hex()
    )
    assert len(raw) == 6 + 0xCD
    assert probe(raw) is True
    assert run((0, raw)) == [
        about_said(
            "sender",
            "CT001",
            ("dicom.calling_ae", "CT001"),
            ("dicom.implementation_uid", "1.2.276.0.7230010.3.0.3.6.7"),
            ("dicom.implementation_version", "OFFIS_DCMTK_367"),
            ("dicom.max_pdu", "16384"),
            ("dicom.proposed_count", "1"),
            ("dicom.proposed_sop_class", VERIFICATION),
        ),
        about_said("receiver", "", ("dicom.called_ae_unconfirmed", "PACS1")),
    ]


def test_association_and_echo() -> None:
    found = run(
        *OPEN,
        (0, message(3, command(0x0030, VERIFICATION))),
        (1, message(3, command(0x8030, VERIFICATION))),
        (0, RELEASE_RQ),
        (1, RELEASE_RP),
    )
    assert found == [
        *OPENED,
        about_said("sender", "CT001", ("dicom.role_request", "echo")),
        about_said("sender", "PACS1", ("dicom.role_provide", "echo")),
    ]


def test_accepted_and_refused_contexts() -> None:
    """PS3.8 table 9-18: 0 accepted, 3 abstract syntax not supported, 4 transfer syntaxes not supported."""
    contexts = {1: (CT_IMAGE, [IMPLICIT]), 3: (MR_IMAGE, [IMPLICIT]), 5: (CT_IMAGE, [EXPLICIT]), 7: (WORKLIST, [BIG])}
    answer = {1: (4, ""), 3: (3, ""), 5: (0, EXPLICIT), 7: (4, ""), 9: (0, IMPLICIT)}
    found = run((0, rq(contexts)), (1, ac(answer)))
    assert found[1] == about_said(
        "sender",
        "PACS1",
        ("dicom.called_ae", "PACS1"),
        ("dicom.implementation_uid", "1.2.40.0.13.1.3"),
        ("dicom.implementation_version", "dcm4che-5.31.0"),
        ("dicom.max_pdu", "16384"),
        ("dicom.accepted_count", "1"),
        ("dicom.accepted_sop_class", CT_IMAGE),
        ("dicom.refused_sop_class", MR_IMAGE),
    )


def test_user_information() -> None:
    """PS3.7 D.3.3: window 53, role 54, extended 56 and 57, identity 58. Of the identity only its type is taken."""
    identity = item(0x58, b"\2\1" + struct.pack(">H", 8) + b"ZQCANARY" + struct.pack(">H", 10) + b"ZQCANARYPW")
    role = item(0x54, struct.pack(">H", len(CT_IMAGE)) + CT_IMAGE.encode() + b"\0\1")
    user_role = item(0x54, struct.pack(">H", len(MR_IMAGE)) + MR_IMAGE.encode() + b"\1\0")
    extended = item(0x56, struct.pack(">H", 4) + b"1.2\0ZQCANARY") + item(0x57, b"ZQCANARY")
    more = (item(0x53, b"\0\5\0\1"), role, user_role, extended, identity)
    found = run((0, rq({1: (CT_IMAGE, [IMPLICIT])}, user_information=user("1.2.3", "X_1", *more))))
    assert found[0] == about_said(
        "sender",
        "CT001",
        ("dicom.calling_ae", "CT001"),
        ("dicom.implementation_uid", "1.2.3"),
        ("dicom.implementation_version", "X_1"),
        ("dicom.max_pdu", "16384"),
        ("dicom.async_window", "5/1"),
        ("dicom.proposed_count", "1"),
        ("dicom.proposed_sop_class", CT_IMAGE),
        ("dicom.role_selection", "provider"),
        ("dicom.user_identity", "name and passcode"),
    )
    assert found[1] == flag("sender", "CT001", "dicom.passcode")


@pytest.mark.parametrize(
    ("answer", "reason", "called_is_said"),
    [
        ((1, 1, 3), "calling AE title not recognized", True),
        ((1, 1, 7), "called AE title not recognized", False),  # so that is not its name
        ((2, 3, 1), "temporary congestion", True),
        ((1, 1, 9), "source 1 reason 9", True),
    ],
)
def test_rejection(answer: tuple[int, int, int], reason: str, called_is_said: bool) -> None:
    found = run((0, rq({1: (CT_IMAGE, [IMPLICIT])})), (1, rj(*answer)))
    assert found[1:] == [
        about_said("sender", "", ("dicom.rejects", reason)),
        *([about_said("sender", "", ("dicom.called_ae_unconfirmed", "PACS1"))] if called_is_said else []),
    ]


def test_answer_whose_request_was_not_seen() -> None:
    """The AC repeats the titles, but the standard calls those bytes reserved: they are not used."""
    found = run((1, ac({1: (0, IMPLICIT)})))
    assert found == [
        about_said(
            "sender",
            "",
            ("dicom.implementation_uid", "1.2.40.0.13.1.3"),
            ("dicom.implementation_version", "dcm4che-5.31.0"),
            ("dicom.max_pdu", "16384"),
        ),
        flag("sender", "", "dicom.cleartext"),
    ]


def test_the_end_that_asks_is_the_requestor_whoever_connected() -> None:
    swapped = [(1 - side, data) for side, data in OPEN]
    assert run(*swapped) == OPENED


def test_stored_object_and_its_walk() -> None:
    """Of 300 KB only the head is read; the advice steps from PDU header to PDU header."""
    found = run(*OPEN, (0, message(1, command(0x0001, CT_IMAGE, data=True), HEAD + PIXELS)), (0, RELEASE_RQ))
    assert found == [*OPENED, about_said("sender", "CT001", ("dicom.role_request", "store")), EQUIPMENT]


@pytest.mark.parametrize("size", [64, 200, 1024, 16384, 400_000])
def test_heads_in_any_pdu_size(size: int) -> None:
    found = run(*OPEN, (0, message(1, command(0x0001, CT_IMAGE, data=True), HEAD + bytes(30_000), size=size)))
    assert found[-1] == EQUIPMENT


def test_several_pdvs_in_one_pdu() -> None:
    whole = p_data(
        pdv(1, 3, command(0x0001, CT_IMAGE, data=True)), pdv(1, 0, HEAD[:40]), pdv(1, 0, HEAD[40:]), pdv(1, 2, b"")
    )
    echo = command(0x0030, VERIFICATION)
    split = p_data(pdv(3, 1, echo[:10]), pdv(3, 1, echo[10:30])) + p_data(pdv(3, 3, echo[30:]))
    found = run(*OPEN, (0, whole + split))
    assert found[-2:] == [EQUIPMENT, about_said("sender", "CT001", ("dicom.role_request", "echo"))]


def test_deflated_and_big_endian_objects() -> None:
    import zlib

    little = b"".join(
        struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, b"LO", len(v)) + v
        for tag, v in ((0x00080070, b"SIEMENS "), (0x00181000, b"64123 "))
    )
    big = b"".join(
        struct.pack(">HH2sH", tag >> 16, tag & 0xFFFF, b"LO", len(v)) + v
        for tag, v in ((0x00080070, b"SIEMENS "), (0x00181000, b"64123 "))
    )
    packer = zlib.compressobj(wbits=-15)
    deflated = packer.compress(little) + packer.flush()
    opened = (
        (0, rq({1: (CT_IMAGE, [DEFLATED]), 3: (CT_IMAGE, [BIG])})),
        (1, ac({1: (0, DEFLATED), 3: (0, BIG)})),
    )
    store = command(0x0001, CT_IMAGE, data=True)
    found = run(*opened, (0, message(1, store, deflated)), (0, message(3, store, big)))
    equipment = (
        "said",
        ("sender", "CT001", (("serial", "64123", "SIEMENS"),)),
        (("dicom.manufacturer", "SIEMENS"), ("dicom.serial", "64123")),
    )
    assert found.count(equipment) == 2


STEP = element(0x00080060, b"CT") + element(0x00400241, b"CT001 ") + element(0x00400243, b"ROOM 3")
PRINTING = element(0x00080070, b"KODAK ") + element(0x00081090, b"DryView 8900") + element(0x21100030, b"FILM1 ")

STUDY_GET, PRINT_JOB = "1.2.840.10008.5.1.4.1.2.2.3", "1.2.840.10008.5.1.1.14"
SERVICES = [
    pytest.param((0, command(0x0020, STUDY_FIND, True), QUERY), [("role_request", "find")], id="find asks"),
    pytest.param((1, command(0x8020, STUDY_FIND, True, status=0xFF00), HEAD), [("role_provide", "find")], id="answer"),
    pytest.param((1, command(0x8020, STUDY_FIND, status=0xA700), None), [], id="find failed"),
    pytest.param(
        (0, command(0x0020, WORKLIST, True), QUERY),
        [("role_request", "worklist"), ("scheduled_modality", "CT"), ("scheduled_station_ae", "CT001")],
        id="worklist",
    ),
    pytest.param((1, command(0x8020, WORKLIST, True, status=0xFF00), QUERY), [("role_provide", "worklist")], id="wl"),
    pytest.param(
        (0, command(0x0140, MPPS, True), STEP),
        [
            ("role_request", "mpps"),
            ("performed_modality", "CT"),
            ("performed_station_ae", "CT001"),
            ("performed_location", "ROOM 3"),
        ],
        id="procedure step",
    ),
    pytest.param((0, command(0x0120, MPPS, True, requested=1), STEP), [("role_request", "mpps")], id="step set"),
    pytest.param((0, command(0x0130, COMMITMENT, True, requested=1), HEAD), [("role_request", "commit")], id="commit"),
    pytest.param((1, command(0x0100, COMMITMENT, True), HEAD), [("role_provide", "commit")], id="committed"),
    pytest.param((0, command(0x8100, COMMITMENT), None), [("role_request", "commit")], id="thanks for the commitment"),
    pytest.param(
        (0, command(0x0021, STUDY_MOVE, True, destination="WS07"), QUERY),
        [("role_request", "move"), ("move_destination", "WS07")],
        id="move",
    ),
    pytest.param(
        (0, command(0x0001, CT_IMAGE, originator="WS07"), None),
        [("role_request", "store"), ("move_originator", "WS07")],
        id="store for somebody",
    ),
    pytest.param((0, command(0x0010, STUDY_GET), None), [("role_request", "get")], id="get"),
    pytest.param((1, command(0x8010, STUDY_GET, status=0xFF00), None), [("role_provide", "get")], id="got"),
    pytest.param((1, command(0x8010, STUDY_GET, status=0xA701), None), [], id="get failed"),
    pytest.param((1, command(0x8021, STUDY_MOVE, status=0xFF00), None), [("role_provide", "move")], id="moving"),
    pytest.param((1, command(0x8021, STUDY_MOVE, status=0xB000), None), [("role_provide", "move")], id="moved in part"),
    pytest.param((0, command(0x0140, "1.2.840.10008.5.1.1.1", True), STEP), [("role_request", "print")], id="print"),
    pytest.param((0, command(0x0130, "1.2.840.10008.5.1.1.2"), None), [("role_request", "print")], id="print a sheet"),
    pytest.param((1, command(0x8130, "1.2.840.10008.5.1.1.2"), None), [("role_provide", "print")], id="printed"),
    pytest.param((1, command(0x0100, PRINTER), None), [("role_provide", "print")], id="a printer's state"),
    pytest.param((0, command(0x8100, PRINTER), None), [("role_request", "print")], id="thanks for the state"),
    pytest.param((1, command(0x0100, PRINT_JOB), None), [("role_provide", "print")], id="a job's state"),
    pytest.param(
        (1, command(0x8110, PRINTER, True), PRINTING),
        [
            ("role_provide", "print"),
            ("manufacturer", "KODAK"),
            ("model", "DryView 8900"),
            ("printer_name", "FILM1"),
        ],
        id="printer",
    ),
    pytest.param((0, command(0x0FFF), None), [], id="cancel"),
]


@pytest.mark.parametrize(("sent", "expected"), SERVICES)
def test_services(sent: tuple[int, bytes, bytes | None], expected: list[tuple[str, str]]) -> None:
    side, command_set, data_set = sent
    found = run(*OPEN, (side, message(1, command_set, data_set)))
    assert found[: len(OPENED)] == OPENED
    application = ("CT001", "PACS1")[side]
    assert all(event[1] == ("sender", application, ()) for event in found[len(OPENED) :])
    assert [pair for event in found[len(OPENED) :] for pair in event[2]] == [(f"dicom.{n}", v) for n, v in expected]


def test_printer_that_does_not_repeat_its_class() -> None:
    """PS3.7 10.3.2: an N-GET answer may leave the class out; the question named it."""
    found = run(
        *OPEN,
        (0, message(1, command(0x0110, PRINTER, requested=1))),
        (1, message(1, command(0x8110, "", True), PRINTING)),
    )
    assert ("dicom.printer_name", "FILM1") in found[-1][2]
    assert found[-1][1] == ("sender", "PACS1", ())


@pytest.mark.parametrize(
    ("calling", "called", "stack", "flags"),
    [
        ("ECHOSCU", "PACS1", user(), [flag("sender", "ECHOSCU", "dicom.default_ae")]),
        ("CT001", "ORTHANC", user(), [flag("sender", "ORTHANC", "dicom.default_ae")]),
        (
            "NMAP_NSE",
            "PACS1",
            user(),
            [flag("sender", "NMAP_NSE", "dicom.scanner"), flag("sender", "PACS1", "dicom.any_ae")],
        ),
        ("CT001", "ANY-SCP", user(), [flag("sender", "ANY-SCP", "dicom.any_ae")]),
        (
            "ECHOSCU",
            "ANY-SCP",
            user("1.2.276.0.7230010.3.0.3.6.2", "OFFIS_DCMTK_362"),
            [
                flag("sender", "ECHOSCU", "dicom.default_ae"),
                flag("sender", "ANY-SCP", "dicom.any_ae"),
                flag("sender", "ECHOSCU", "dicom.scanner"),
            ],
        ),
    ],
)
def test_findings(calling: str, called: str, stack: bytes, flags: list[Event]) -> None:
    found = run(
        (0, rq({1: (VERIFICATION, [IMPLICIT])}, calling, called, stack)),
        (1, ac({1: (0, IMPLICIT)}, calling, called)),
    )
    assert [e for e in found if e[0] == "flag" and e[2] != "dicom.cleartext"] == flags
    assert flag("sender", called, "dicom.cleartext") in found


def test_who_refuses_such_a_title_takes_not_whoever_calls() -> None:
    found = run((0, rq({1: (VERIFICATION, [IMPLICIT])}, "CT001", "ANY-SCP", user())), (1, rj(1, 1, 7)))
    assert not any(e[2] == "dicom.any_ae" for e in found if e[0] == "flag")


def test_an_echo_is_no_scan() -> None:
    stack = user("1.2.276.0.7230010.3.0.3.6.2", "OFFIS_DCMTK_362")
    found = run(
        (0, rq({1: (VERIFICATION, [IMPLICIT])}, "ECHOSCU", "ANY-SCP", stack)),
        (1, ac({1: (0, IMPLICIT)})),
        (0, message(1, command(0x0030, VERIFICATION))),
    )
    assert not any(e[2] == "dicom.scanner" for e in found)


def test_a_cut_item_keeps_what_came_before() -> None:
    raw = bytearray(rq({1: (CT_IMAGE, [IMPLICIT])}))
    raw[-17:-15] = b"\xff\xff"  # the length of the implementation version
    found = run((0, bytes(raw)))
    assert found[0] == ("odd", "dicom.bad_item")
    assert found[1][2] == (
        ("dicom.calling_ae", "CT001"),
        ("dicom.implementation_uid", "1.2.276.0.7230010.3.0.3.6.7"),
        ("dicom.max_pdu", "16384"),
        ("dicom.proposed_count", "1"),
        ("dicom.proposed_sop_class", CT_IMAGE),
    )


def test_items_without_end() -> None:
    """64 KiB of empty items: read up to the cap, what came before is kept."""
    empty = item(0x50, b"") * 15_000
    found = run((0, rq({1: (CT_IMAGE, [IMPLICIT])}, user_information=user() + empty)))
    assert found[0] == ("odd", "dicom.too_many_items")
    assert ("dicom.implementation_version", "OFFIS_DCMTK_367") in found[1][2]


def test_many_associations_on_one_connection() -> None:
    parts = [(0, rq({1: (CT_IMAGE, [IMPLICIT])}, calling=f"AE{n}")) for n in range(100)]
    found = said(SPEC, flow(*parts))
    calling = [v for e in found if e[0] == "said" for n, v in e[2] if n == "dicom.calling_ae"]
    assert calling == [f"AE{n}" for n in range(16)]
    assert found.count(("odd", "dicom.too_many_associations")) == 84


def test_second_association_has_its_own_names() -> None:
    second = (
        (0, rq({1: (MR_IMAGE, [IMPLICIT])}, "MR1", "PACS2")),
        (1, ac({1: (0, IMPLICIT)})),
        (0, message(1, command(0x0001, MR_IMAGE))),
    )
    found = run(*OPEN, (0, RELEASE_RQ), (1, RELEASE_RP), *second)
    assert found[-1] == about_said("sender", "MR1", ("dicom.role_request", "store"))
    assert any(e[1] == ("sender", "PACS2", ()) for e in found)
