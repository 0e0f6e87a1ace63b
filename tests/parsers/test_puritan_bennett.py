"""Puritan Bennett: reports as in tests/parsers/puritan_bennett_bytes.py, recorded by people who read them."""

from __future__ import annotations

import pytest

from parsers.puritan_bennett import LINE_MAX, SPEC
from tests.parsers import puritan_bennett_bytes as pb
from tests.parsers.harness import cut, one_way, said

Events = list[tuple[object, ...]]


def ventilator(model: str, serial: str) -> Events:
    about = ("sender", "", (("serial", serial, ""),))
    fields = (("puritan_bennett.model", model), ("puritan_bennett.serial", serial))
    return [("said", about, fields), ("flag", about, "puritan_bennett.serial_tunnel")]


OLD, NEW = ventilator("840", "3510053249"), ventilator("980", "35B1500404")


@pytest.mark.parametrize(("report", "expected"), [(pb.SHORT, OLD), (pb.LONG, NEW)])
def test_a_report_names_its_ventilator(report: bytes, expected: Events) -> None:
    assert SPEC.probe(report) is True
    assert said(SPEC, [(0, 0, pb.ASK + pb.ASK_LONG), (1, 0, report)]) == expected
    assert said(SPEC, cut(one_way(report, 1), 1)) == expected


def test_another_ventilator_is_plugged_in() -> None:
    assert said(SPEC, one_way(pb.SHORT + pb.LONG)) == [*OLD, *NEW]


@pytest.mark.parametrize("request_line", [pb.ASK, pb.ASK_LONG, pb.RESET])
def test_requests(request_line: bytes) -> None:
    assert SPEC.probe(request_line) is True
    for size in range(len(request_line)):
        assert SPEC.probe(request_line[:size]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"SNDX\r",
        b"RSETX",
        b"MISCX,",
        b"MISCA,706,97,14:47 ,840 3510053249    ,\r",
        b"MISCA,706,97,\x0214:47 ,840              ,\r",
        b"MISCA,lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do",
        b"SSH-2.0-x\r\n",
        b"MSH|^~\\&|",
        b"\x16\x03",
    ],
)
def test_what_it_is_not(data: bytes) -> None:
    assert SPEC.probe(data) is False


def test_a_report_of_another_form_names_nobody() -> None:
    broken = pb.SHORT.replace(b"840 35", b"84O 35")
    assert said(SPEC, one_way(broken + pb.LONG)) == [("odd", "puritan_bennett.malformed"), *NEW]


def test_other_lines_end_it() -> None:
    assert said(SPEC, one_way(b"hello\r" + pb.SHORT)) == [("odd", "puritan_bennett.other_line")]
    endless = b"MISCA," + b"0" * LINE_MAX
    assert said(SPEC, one_way(endless + pb.SHORT)) == [("odd", "puritan_bennett.no_unit")]


def test_no_field_behind_the_second_is_read() -> None:
    assert b"ZQCANARY" in pb.SHORT
    assert "canary" not in repr(said(SPEC, one_way(pb.SHORT))).lower()
