"""POCT1-A messages written by hand after published greetings (Nova StatStrip, Quidel Sofia) and the CIC draft."""

from __future__ import annotations

import pytest

from parsers.poct1a import DOCUMENT_MAX, SPEC, probe
from parsers.tags import TAG_MAX
from tests.parsers.harness import cut, one_way, said

Heard = list[tuple[object, ...]]
CLEARTEXT = ("flag", ("sender", "", ()), "poct1a.cleartext")
HELLO = ("poct1a.message", "HEL.R01")
RECEIVED = ("said", ("receiver", "", ()), (("poct1a.receives", "HEL.R01"),))
SHORT = b'<HEL.R01><HDR/><DEV><DEV.serial_id V="A100"/></DEV></HEL.R01>'
PERSONS = (
    b'<OBS.R01><HDR/><SVC><PT><PT.patient_id V="ZQCANARY4711"/><OBS><OBS.value V="104"/><NTE><NTE.text V="ZQCANARY"/>'
    b'</NTE></OBS></PT><OPR><OPR.operator_id V="ZQCANARYNURSE"/>ZQCANARY</OPR></SVC></OBS.R01>'
)


def heard(blob: bytes) -> Heard:
    whole = said(SPEC, one_way(blob))
    for size in (1, 2, 5, 64):
        assert said(SPEC, cut(one_way(blob), size)) == whole
    assert "ZQCANARY" not in repr(whole)
    return whole


def about(application: str, *fields: tuple[str, str]) -> tuple[object, ...]:
    return ("said", ("sender", application, ()), fields)


def test_a_greeting() -> None:
    blob = b"""<?xml version="1.0"?>
        <HEL.R01><HDR><HDR.control_id V="7135" /></HDR><DEV>
        <DEV.device_id V="">MGH^ICU</DEV.device_id> <DEV.vendor_id V='NOVABIO' />
        <DEV.model_id V="StatStrip" /><DEV.serial_id V="0600100736" /><DEV.hw_version V="K1"></DEV.hw_version>
        <DEV.sw_version V="3.10.8.0">3.10.8.0_it-IT</DEV.sw_version><DEV.device_name SN="x" V="B &amp; &quot;C&quot;"/>
        <DSC><DSC.topics_supported_cd V="D_EV"/></DSC></DEV></HEL.R01>"""
    assert heard(blob) == [
        about(
            "StatStrip 0600100736",
            ("poct1a.location", "MGH^ICU"),
            ("poct1a.vendor", "NOVABIO"),
            ("poct1a.model", "StatStrip"),
            ("poct1a.serial", "0600100736"),
            ("poct1a.hardware", "K1"),
            ("poct1a.software", "3.10.8.0"),
            ("poct1a.name", 'B & "C"'),
            HELLO,
        ),
        RECEIVED,
    ]


def test_results_are_counted_and_not_read() -> None:
    status = b'<DST.R01><DST><DST.new_observations_qty V="1"/></DST></DST.R01>'
    assert heard(SHORT + status + PERSONS + PERSONS) == [
        about("A100", ("poct1a.serial", "A100"), HELLO),
        RECEIVED,
        about("A100", ("poct1a.message", "DST.R01")),
        about("A100", ("poct1a.message", "OBS.R01")),
        CLEARTEXT,
        about("A100", ("poct1a.message", "OBS.R01")),
    ]


def test_the_manager_sends_operators_and_patients() -> None:
    blob = b'<OPL.R01><OPR><OPR.name V="ZQCANARY^IDA"/></OPR></OPL.R01><PTL.R01><PT.name V="ZQCANARY"/></PTL.R01>'
    assert heard(blob) == [
        about("", ("poct1a.message", "OPL.R01")),
        CLEARTEXT,
        about("", ("poct1a.message", "PTL.R01")),
    ]


def test_two_devices_of_one_base_station() -> None:
    other = SHORT.replace(b"A100", b"A101")
    events = heard(SHORT + other + b"<END.R01></END.R01>")
    assert [event for event in events if event != RECEIVED] == [
        about("A100", ("poct1a.serial", "A100"), HELLO),
        about("A101", ("poct1a.serial", "A101"), HELLO),
        about("A101", ("poct1a.message", "END.R01")),
    ]


def test_fields_of_the_device_outside_a_greeting_are_not_read() -> None:
    assert heard(SHORT.replace(b"HEL", b"OBS")) == [about("", ("poct1a.message", "OBS.R01")), CLEARTEXT]
    assert heard(b'<DEV><DEV.serial_id V="A100"/></DEV>') == []


def test_comments_and_character_data_are_stepped_over() -> None:
    inside = b"<!-- it's \"<HEL.R01>ZQCANARY --><![CDATA[<DEV.model_id V='ZQCANARY'/>]]>"
    assert heard(SHORT.replace(b"<DEV>", inside + b"<DEV>")) == heard(SHORT)


def test_a_document_that_declares_entities_is_refused() -> None:
    blob = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + SHORT
    assert heard(blob) == [("odd", "poct1a.document_type")]


def test_entities_are_not_expanded() -> None:
    events = heard(SHORT.replace(b"A100", b"&e;&lt;1"))
    assert events[0] == about("&e;<1", ("poct1a.serial", "&e;<1"), HELLO)


def test_a_loss_ends_the_greeting_and_the_next_one_is_read() -> None:
    half = len(SHORT) // 2
    segments = [(0, 0, SHORT[:half]), (0, half + 4, SHORT[half + 4 :] + SHORT)]
    assert said(SPEC, segments) == [("odd", "poct1a.gap"), *heard(SHORT)]


def test_an_unfinished_greeting_says_nothing() -> None:
    assert heard(SHORT[:-1]) == []
    assert heard(SHORT.replace(b"</HEL.R01>", b"") + SHORT) == heard(SHORT)


@pytest.mark.parametrize("size", [997, TAG_MAX, DOCUMENT_MAX * 2])
def test_caps(size: int) -> None:
    endless = b'<DEV.model_id V="' + b"x" * (2 * TAG_MAX)
    events = said(SPEC, cut(one_way(b"<HEL.R01>" + endless + b'"/></HEL.R01>' + SHORT), size))
    assert events == [("odd", "poct1a.no_tag"), *heard(SHORT)]
    endless = b"<HEL.R01>" + b"<DCP/>" * (DOCUMENT_MAX // 6) + b"<DEV.model_id V='x'/></HEL.R01>"
    events = said(SPEC, cut(one_way(endless + SHORT), size))
    assert events == [("odd", "poct1a.document_too_long"), *heard(SHORT)]


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (b"", None),
        (b"<", None),
        (b"<HEL", None),
        (b"<HEL.R0", None),
        (b"<HEL.R01>", True),
        (b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>\r\n<ACK.R01>', True),
        (b'<?xml version="1.0"', None),
        (b'<?xml version="1.0"?><html>', False),
        (b"<OBS.R02\n>", True),
        (b"<ABC.R01>", False),
        (b"<HELLO>", False),
        (b"<html><body>", False),
        (b"<134>1 2026-01-05T14:00:00Z", False),
        (b"GET / HTTP/1.1", False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
