"""IntelliVue over serial lines: frames as in wlbaker/mdrepo, whose test has the two worked out below."""

from __future__ import annotations

import pytest

from parsers.intellivue_serial import FRAME_MAX, MESSAGE_MAX, SPEC, checksum, message
from tests.parsers import intellivue_bytes as iv
from tests.parsers.datagrams import about
from tests.parsers.harness import cut, one_way, said

CONNECT, ACCEPTED = iv.association(0x0D, "80000000"), iv.association(0x0E, "00800000")
CREATION = iv.creation(iv.SYSTEM_TYPE, iv.MODEL, iv.SPECIFICATION, iv.SYSTEM_ID, iv.BED, *iv.PATIENT)
CLIENT = about("sender", ("intellivue_serial.role", "client"))
MONITOR = ("intellivue_serial.role", "monitor")


def behind(scheme: str, value: str, maker: str, *fields: tuple[str, str]) -> list[tuple[object, ...]]:
    who = ("sender", "", ((scheme, value, maker),))
    return [("said", who, (MONITOR, *fields)), ("flag", who, "intellivue_serial.serial_tunnel")]


KNOWN = behind(
    "serial",
    "DE12345678",
    "Philips",
    ("intellivue_serial.mdc_device", "69965"),
    ("intellivue_serial.manufacturer", "Philips"),
    ("intellivue_serial.model", "M8007A"),
    ("intellivue_serial.serial", "DE12345678"),
    ("intellivue_serial.hardware", "A.01"),
    ("intellivue_serial.software", "G.01.75"),
    ("intellivue_serial.firmware", "B.02"),
    ("intellivue_serial.location", "ICU-12"),
)
# Nothing is said of which monitor it is: the one known from a description may be meant
UNKNOWN = [("flag", ("sender", "", ()), "intellivue_serial.serial_tunnel")]


def frames(*messages: bytes) -> bytes:
    return b"".join(map(iv.framed, messages))


def test_frames_are_those_of_the_program() -> None:
    assert checksum(bytes.fromhex("3a71")) == bytes.fromhex("9b26")
    frame = bytes.fromhex("c0 11 01 00 08 48 65 6c 6c 6f 7d e1 7d e0 7d 5d 36 bf c1")
    assert message(frame[:-1]) == b"Hello\xc1\xc0\x7d"
    assert iv.framed(b"Hello\xc1\xc0\x7d") == frame


@pytest.mark.parametrize("size", [0, 1, 3, 50])
def test_a_monitor_behind_a_converter(size: int) -> None:
    asks, answers = frames(CONNECT, iv.ASK), frames(ACCEPTED, CREATION, iv.POLL, iv.POLL)
    assert SPEC.probe(asks) is True
    assert SPEC.probe(answers) is True
    segments = [(0, 0, asks), (1, 0, answers)]
    pieces = cut(segments, size) if size else segments
    assert said(SPEC, pieces) == [CLIENT, *KNOWN]


def test_another_is_plugged_in() -> None:
    other = CREATION.replace(b"DE12345678", b"DE12345679")
    events = said(SPEC, one_way(frames(ACCEPTED, CREATION, iv.POLL, ACCEPTED, other, iv.POLL)))
    assert events[:2] == KNOWN
    assert [str(event).replace("DE12345679", "DE12345678") for event in events[2:]] == [str(event) for event in KNOWN]
    assert events[2] != KNOWN[0]


def test_one_that_described_itself_before_the_capture() -> None:
    assert said(SPEC, one_way(frames(iv.POLL, iv.POLL))) == UNKNOWN
    assert said(SPEC, one_way(frames(iv.POLL, CREATION, iv.POLL))) == [*UNKNOWN, *KNOWN]
    assert said(SPEC, one_way(frames(ACCEPTED))) == []  # it says next which it is


def test_a_model_without_a_serial_number() -> None:
    fields = (("intellivue_serial.manufacturer", "Philips"), ("intellivue_serial.model", "M8007A"))
    assert said(SPEC, one_way(frames(iv.creation(iv.MODEL)))) == behind("model_station", "M8007A", "", *fields)


def test_ends_of_associations_say_nothing() -> None:
    assert said(SPEC, one_way(frames(bytes.fromhex("0918c116618030800201") + bytes(16)))) == []


def test_a_description_that_is_cut() -> None:
    cut_short = iv.DATA + iv.event(0x0D06, iv.u16(0x21, 0, 0) + iv.u16(1, 99), command=1)
    assert said(SPEC, one_way(frames(cut_short))) == [*UNKNOWN, ("odd", "intellivue_serial.cut")]


@pytest.mark.parametrize(
    "broken",
    [
        iv.framed(iv.POLL).replace(b"\x11\x01", b"\x11\x02", 1),
        iv.framed(iv.POLL)[:-4] + iv.framed(iv.POLL)[-3:],
        iv.framed(iv.POLL).replace(b"ZQCANARY", b"ZQCANARX"),
        iv.framed(b""),
        b"\xc0\xc1",
        b"\xc1",
    ],
)
def test_what_is_no_frame(broken: bytes) -> None:
    assert SPEC.probe(broken) is False
    events = said(SPEC, one_way(broken + iv.framed(CREATION)))
    assert [event for event in events if event != ("odd", "intellivue_serial.bad_frame")] == KNOWN


def test_a_frame_that_began_anew() -> None:
    assert said(SPEC, one_way(iv.framed(iv.POLL)[:30] + iv.framed(CREATION))) == KNOWN


def test_a_loss_costs_one_frame() -> None:
    frame = iv.framed(iv.POLL)
    kept = [(0, 0, frame[:20]), (0, 30, frame[30:] + iv.framed(CREATION))]
    assert said(SPEC, kept) == [("odd", "intellivue_serial.gap"), *KNOWN]


def test_a_frame_without_end_is_dropped() -> None:
    endless = b"\xc0\x11\x01" + bytes(2 * FRAME_MAX)
    assert SPEC.probe(endless[:FRAME_MAX]) is None
    assert SPEC.probe(endless[: FRAME_MAX + 1]) is False
    for size in (1, 1000, 10_000):
        events = said(SPEC, cut(one_way(endless + b"\xc1" + iv.framed(CREATION)), size))
        assert events == [("odd", "intellivue_serial.unit_too_long"), *KNOWN]


def test_the_longest_is_read() -> None:
    assert message(iv.framed(b"\xc0" * MESSAGE_MAX)[:-1]) == b"\xc0" * MESSAGE_MAX
    assert len(iv.framed(b"\xc0" * MESSAGE_MAX)) <= FRAME_MAX + 1


@pytest.mark.parametrize("size", [0, 1, 2, 3, 40])
def test_it_waits_for_a_whole_frame(size: int) -> None:
    assert SPEC.probe(iv.framed(CREATION)[:size]) is None


def test_no_patient_is_named() -> None:
    stream = frames(ACCEPTED, CREATION, iv.POLL)
    assert all(canary.encode("utf-16-be") in stream for canary in iv.CANARIES)
    assert "canary" not in repr(said(SPEC, one_way(stream))).lower()
