"""S/5 records: as in tests/parsers/datex_bytes.py, whose layout comes from programs that read them."""

from __future__ import annotations

import pytest

from parsers import datex, datex_serial
from parsers.datex_serial import FRAME_MAX, RECORDS_ENOUGH
from tests.parsers import datex_bytes as dx
from tests.parsers.datagrams import about, heard
from tests.parsers.harness import cut, one_way, said

FIELDS = (("role", "monitor"), ("level", "2005"), ("plug", "17"))
BEHIND = ("sender", "", (("model_station", "S/5 17", ""),))
MONITOR = [
    ("said", BEHIND, tuple((f"datex_serial.{name}", value) for name, value in FIELDS)),
    ("flag", BEHIND, "datex_serial.serial_tunnel"),
]
COLLECTOR = [about("sender", ("datex_serial.role", "collector"))]


@pytest.mark.parametrize("record", [dx.VALUES, dx.WAVES, dx.ALARMS])
def test_a_monitor_on_its_network(record: bytes) -> None:
    assert datex.SPEC.probe(record)
    said = about("sender", *((f"datex.{name}", value) for name, value in FIELDS))
    assert heard(datex.SPEC, record) == [said, ("flag", ("sender", "", ()), "datex.cleartext")]
    network = record[:14] + b"\5" + record[15:]  # what it tells of itself, not of a patient
    assert heard(datex.SPEC, network) == [said]


def test_who_asks_is_no_monitor() -> None:
    assert len(dx.REQUEST) == 49
    assert heard(datex.SPEC, dx.REQUEST) == [about("sender", ("datex.role", "collector"))]


@pytest.mark.parametrize(
    "record",
    [
        b"",
        dx.VALUES + b"\0",
        dx.VALUES[:-1],
        dx.VALUES[:40],
        dx.record(bytes(9), level=12, parts=((0, 1),)),
        dx.record(bytes(9), time=1000, parts=((0, 1),)),
        dx.record(bytes(9), main=2, parts=((0, 1),)),
        dx.record(bytes(9), main=256, parts=((0, 1),)),
        dx.record(bytes(9), parts=()),
        dx.record(bytes(9), parts=((9, 1),)),
        dx.record(bytes(99), parts=((50, 1), (40, 2))),
        dx.record(bytes(1451), parts=((0, 1),)),
        dx.VALUES[:10] + b"\1" + dx.VALUES[11:],
    ],
)
def test_what_is_no_record(record: bytes) -> None:
    assert not datex.SPEC.probe(record)
    assert heard(datex.SPEC, record) == []
    assert datex_serial.SPEC.probe(dx.framed(record)) is False


def test_a_monitor_behind_a_converter() -> None:
    stream = dx.framed(dx.VALUES) + dx.framed(dx.WAVES)
    assert b"\x7d\x5e" in stream
    assert datex_serial.SPEC.probe(stream)
    assert said(datex_serial.SPEC, [(0, 0, dx.framed(dx.REQUEST)), (1, 0, stream)]) == [*COLLECTOR, *MONITOR, *MONITOR]
    assert said(datex_serial.SPEC, cut(one_way(stream), 3)) == [*MONITOR, *MONITOR]


def test_one_mark_between_frames_is_enough() -> None:
    stream = dx.framed(dx.VALUES) + dx.framed(dx.ALARMS)[1:]
    assert said(datex_serial.SPEC, one_way(stream)) == [*MONITOR, *MONITOR]


def test_a_frame_with_a_bad_checksum_is_none() -> None:
    broken = dx.framed(dx.ALARMS).replace(b"MARTIN", b"MARTEN")
    assert datex_serial.SPEC.probe(broken) is False
    assert said(datex_serial.SPEC, one_way(broken + dx.framed(dx.VALUES))) == [
        ("odd", "datex_serial.bad_frame"),
        *MONITOR,
    ]


def test_a_loss_costs_one_frame() -> None:
    frame = dx.framed(dx.ALARMS)
    stream = frame + dx.framed(dx.VALUES)
    kept = [(0, 0, stream[:20]), (0, 30, stream[30:])]
    assert said(datex_serial.SPEC, kept) == [("odd", "datex_serial.gap"), *MONITOR]


def test_a_frame_without_end_is_dropped() -> None:
    endless = b"\x7e" + bytes(2 * FRAME_MAX)
    assert datex_serial.SPEC.probe(endless[:FRAME_MAX]) is None
    assert datex_serial.SPEC.probe(endless[: FRAME_MAX + 1]) is False
    for size in (1, 1000, 10_000):
        events = said(datex_serial.SPEC, cut(one_way(endless + dx.framed(dx.VALUES)), size))
        assert events == [("odd", "datex_serial.unit_too_long"), *MONITOR]


def test_it_has_enough_at_some_time() -> None:
    stream = dx.framed(dx.VALUES) * (2 * RECORDS_ENOUGH)
    assert said(datex_serial.SPEC, one_way(stream)) == MONITOR * RECORDS_ENOUGH


@pytest.mark.parametrize("size", [1, 20, 60])
def test_it_waits_for_a_whole_frame(size: int) -> None:
    assert datex_serial.SPEC.probe(dx.framed(dx.VALUES)[:size]) is None


def test_no_patient_is_named() -> None:
    for record in (dx.VALUES, dx.ALARMS):
        assert b"ZQCANARY" in record
        assert "canary" not in repr(heard(datex.SPEC, record)).lower()
        assert "canary" not in repr(said(datex_serial.SPEC, one_way(dx.framed(record)))).lower()
