"""apcupsd's network information server: the status that apcaccess prints in a public example, framed by hand."""

from __future__ import annotations

import pytest

from parsers.apcupsd import SPEC, probe
from tests.parsers.harness import cut, one_way, said

STATUS = (
    ("APC", "001,036,0881"),
    ("HOSTNAME", "ward-nas"),
    ("VERSION", "3.14.14 (31 May 2016) debian"),
    ("UPSNAME", "ZQCANARY"),
    ("MODEL", "Back-UPS XS 1400U"),
    ("LINEV", "232.0 Volts"),
    ("SERIALNO", "4B1948P07984  "),
    ("FIRMWARE", "926.T2 .I USB FW:T2"),
    ("END APC", "2022-11-13 11:40:42 +0100"),
)


def unit(text: bytes) -> bytes:
    return len(text).to_bytes(2, "big") + text


def lines(*status: tuple[str, str]) -> bytes:
    return b"".join(unit(f"{name:9}: {value}\n".encode()) for name, value in status) + b"\0\0"


def heard(blob: bytes) -> list[tuple[object, ...]]:
    whole = said(SPEC, one_way(blob, 1))
    for size in (1, 2, 7):
        assert said(SPEC, cut(one_way(blob, 1), size)) == whole
    assert "ZQCANARY" not in repr(whole)
    return whole


def test_a_status() -> None:
    assert heard(lines(*STATUS)) == [
        (
            "said",
            ("sender", "", ()),
            (("apcupsd.host_name", "ward-nas"), ("apcupsd.version", "3.14.14 (31 May 2016) debian")),
        ),
        (
            "said",
            ("sender", "", (("serial", "4B1948P07984", "APC"),)),
            (
                ("apcupsd.model", "Back-UPS XS 1400U"),
                ("apcupsd.serial", "4B1948P07984"),
                ("apcupsd.firmware", "926.T2 .I USB FW:T2"),
            ),
        ),
    ]


def test_one_without_a_serial_number_and_one_without_an_end() -> None:
    events = heard(lines(STATUS[0], STATUS[4], STATUS[-1]))
    ids = (("model_station", "Back-UPS XS 1400U|", "APC"),)
    assert events == [("said", ("sender", "", ids), (("apcupsd.model", "Back-UPS XS 1400U"),))]
    assert heard(lines(*STATUS[:-1])) == []
    assert heard(lines(*STATUS[1:])) == []
    assert heard(unit(b"status") + unit(b"x" * 600)) == [("odd", "apcupsd.no_unit")]


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (b"", None),
        (b"\0\6", None),
        (b"\0\6status", True),
        (b"\0\6events", True),
        (b"\0\6stated", False),
        (lines(*STATUS), True),
        (lines(*STATUS)[:10], None),
        (lines(*STATUS[1:]), False),
        (b"\0\0\0\x2f\xffSMB", False),
        (b"GET /", False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
