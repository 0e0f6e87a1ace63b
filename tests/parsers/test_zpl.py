"""ZPL: labels and answers by hand from Zebra's ZPL II Programming Guide (45541L-004, ^XA, ~HI and ~HS)."""

from __future__ import annotations

import pytest

from parsers.zpl import ANSWERS_MAX, LABEL_WITHIN, SPEC, probe
from tests.parsers.datagrams import about, odd
from tests.parsers.harness import Segment, cut, said

CLIENT, SERVER = 0, 1
LABEL = b"^XA^FO50,50^ADN,36,20^FDZQCANARYMARTIN JEANNE^FS^FO50,90^BCN^FDZQCANARY4711^FS^XZ"
IDENTITY = b"\x02ZTC ZD420-300dpi ZPL,V84.20.21Z,12,262144KB\x03\r\n"
STATUS = b"\x02030,0,0,1218,000,0,0,0,000,0,0,0\x03\r\n\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
PRINTER = about("receiver", ("zpl.role", "printer"))
CLEARTEXT = ("flag", ("receiver", "", ()), "zpl.cleartext")
NAMED = about("sender", ("zpl.model", "ZTC ZD420-300dpi ZPL"), ("zpl.firmware", "V84.20.21Z"))


def heard(client: bytes, server: bytes = b"") -> list[tuple[object, ...]]:
    segments: list[Segment] = [(side, 0, data) for side, data in ((CLIENT, client), (SERVER, server)) if data]
    whole = said(SPEC, segments)
    for size in (1, 2, 7, 700):
        for obey in ("never", "at once", "late"):
            assert said(SPEC, cut(segments, size), obey) == whole
    assert "ZQCANARY" not in repr(whole)
    return whole


def test_who_prints_labels_on_what() -> None:
    assert heard(b"~HI\r\n" + LABEL, IDENTITY) == [PRINTER, CLEARTEXT, NAMED]


def test_who_only_asks_prints_nothing() -> None:
    assert heard(b"~HS~HI", STATUS + IDENTITY) == [PRINTER, NAMED]


@pytest.mark.parametrize(
    "answer",
    [
        b"ZT411-203dpi,V92.21.39Z,8,8176KB\r\n",
        b"\x02ZT411-203dpi,V92.21.39Z,8,8176KB,X\x03",
        b"ZT411-203dpi,V92.21.39Z,8,8176\n",
    ],
)
def test_answers_as_printers_write_them(answer: bytes) -> None:
    assert heard(b"~HI", answer)[-1] == about("sender", ("zpl.model", "ZT411-203dpi"), ("zpl.firmware", "V92.21.39Z"))


def test_a_label_behind_long_settings() -> None:
    settings = b"~HS" + b"~SD15" * (LABEL_WITHIN // 5 - 1)
    assert heard(settings + b" " * (LABEL_WITHIN - len(settings) - 3) + LABEL) == [PRINTER, CLEARTEXT]
    assert heard(settings + b" " * (LABEL_WITHIN - len(settings) - 2) + LABEL) == [PRINTER]


def test_what_was_lost_may_have_held_a_label() -> None:
    segments: list[Segment] = [(CLIENT, 0, b"~HI"), (CLIENT, 500, LABEL)]
    assert said(SPEC, segments) == [PRINTER]


def test_other_answers_say_nothing() -> None:
    assert heard(b"~HS", STATUS) == [PRINTER]
    assert heard(b"~HI", b"ZQCANARY,X,Y\r\n") == [PRINTER]
    assert heard(b"~HI", b"\xff" * 600) == [PRINTER, odd("zpl.no_unit")]
    assert len(heard(b"~HI", IDENTITY.removesuffix(b"\r\n") * 100)) == 1 + ANSWERS_MAX


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (LABEL, True),
        (b"\r\n~HI\r\n", True),
        (IDENTITY, True),
        (IDENTITY[:20], None),
        (b"", None),
        (b"^X", None),
        (b"\r\n", None),
        (STATUS, False),
        (b"^XZ", False),
        (b"~/.ssh", False),
        (b"\x02" + b"x" * 600, False),
        (b"\x021H|\\^&|||XN-550\r\x03", False),  # ASTM
        (b"MSH|^~\\&|", False),
        (b"ZT411-203dpi,V92.21.39Z,8,8176KB\r\n", False),  # it takes the question to know that it is an answer
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
