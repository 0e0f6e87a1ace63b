"""DICOM upper layer (PS3.8)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.differential.table import RECEIVER, SENDER, Differs, Frame, Shown, Table, plain

CALLING, KIND = "dicom.assoc.ae.calling", "dicom.pdu.type"
REQUEST = 1  # A-ASSOCIATE-RQ; the answer repeats the title of whom it is sent to


def calling(frame: Frame) -> Iterator[tuple[str, str]]:
    host = frame.host(SENDER if int(frame.last(KIND), 0) == REQUEST else RECEIVER)
    for title in frame.all(CALLING):
        for text in plain(title):
            yield host, text


TABLE = Table(
    (
        Shown("dicom.calling_ae", (CALLING,), needs=(KIND,), read=calling),
        Shown("dicom.implementation_uid", ("dicom.userinfo.uid",)),
        Shown("dicom.implementation_version", ("dicom.userinfo.version",)),
    ),
    differs=(
        Differs(
            "virtalabs_tapirxl__tests_fixtures_ct_to_pacs_scenario.pcap",
            "dicom.calling_ae",
            "bytes of an A-ASSOCIATE-AC that PS3.8 9.3.3 declares to be without significance",
            theirs=("CENTRICITY001",),
        ),
    ),
    arguments=("--enable-heuristic", "dicom_tcp"),
)
