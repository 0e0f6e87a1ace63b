"""Mindray's broadcast, written from the layout that clients of it show (PV1-3, rows 2304 and 2308)."""

from __future__ import annotations

import pytest

from parsers.mindray import SEGMENTS_MAX, SPEC
from tests.parsers.datagrams import about, heard, odd

MSH = r"MSH|^~\&|||||||ADT^A01|101|P|2.3.1|"
PID = "PID|||ZQCANARY4711||ZQCANARYMARTIN^JEANNE||19600101|F"
PV1 = "PV1||I|^^ICU&BED7&3232237756&4601&&1|||||ZQCANARYDOC"
ROWS = (
    "OBX||CE|2305||0||||||F",
    "OBX||ST|2304^MonitorName||MON-ICU-7||||||F",
    "OBX||ST|2308^BedNoStr||BED7||||||F",
    "OBX||ST|4527^||ZQCANARY||||||F",
)
FLAG = ("flag", ("sender", "", ()), "mindray.patient_broadcast")
SAID = about(
    "sender",
    ("mindray.speaks", "Patient Data Share"),
    ("mindray.location", "ICU^BED7"),
    ("mindray.address", "192.168.8.188"),
    ("mindray.port", "4601"),
    ("mindray.name", "MON-ICU-7"),
    ("mindray.bed", "BED7"),
)


def datagram(*segments: str) -> bytes:
    return "\r".join((*segments, "")).encode()


@pytest.mark.parametrize("around", [(b"", b""), (b"\x0b", b"\x1c\r"), (b"\r\n", b"")])
def test_a_monitor_and_its_place(around: tuple[bytes, bytes]) -> None:
    data = around[0] + datagram(MSH, "EVN|A01", PID, PV1, *ROWS) + around[1]
    assert SPEC.probe(data)
    assert heard(SPEC, data) == [SAID, FLAG]


def test_without_a_patient_nothing_is_found() -> None:
    assert heard(SPEC, datagram(MSH, PV1, *ROWS)) == [SAID]


@pytest.mark.parametrize(
    "place", ["", "^", "ICU^1^2", "^^", "^^&&0&0", "^^&&99999999999&70000", "^^&&4294967296&x", "^^&&\u0663&1x"]
)
def test_places_that_are_none(place: str) -> None:
    found = heard(SPEC, datagram(MSH, f"PV1||I|{place}|"))[0]
    assert not {"mindray.address", "mindray.port"} & {name for name, _ in found[2]}  # type: ignore[attr-defined]  # flat


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"MSH",
        rb"MSH|^~\&|APP||||||ADT^A01|101|P|2.3.1|",
        rb"MSH|^~\&|||||||ADT^A08|101|P|2.3.1|",
        rb"MSH|^~\&|||||||ORU^R01|103|P|2.3.1|",
    ],
)
def test_what_is_none(data: bytes) -> None:
    assert not SPEC.probe(data)


def test_more_segments_than_any_monitor_sends() -> None:
    found = heard(SPEC, datagram(MSH, *["OBX|"] * SEGMENTS_MAX, PV1))
    assert found == [odd("mindray.too_many_segments"), about("sender", ("mindray.speaks", "Patient Data Share"))]
