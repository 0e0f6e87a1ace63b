"""Dräger Infinity: messages as in tests/parsers/infinity_bytes.py, whose layout comes from programs that read them."""

from __future__ import annotations

import pytest

from parsers.infinity import SEGMENTS_MAX, SPEC
from tests.parsers import infinity_bytes as ib
from tests.parsers.datagrams import about, heard, odd

IP = "192.168.28.110"
NODE = ("infinity.role", "node")
DELTA = (("infinity.firmware", "VF8.3-W"), ("infinity.model", "Delta"), ("infinity.serial", "6002591075"))
MULTICAST = ("flag", (IP, "", ()), "infinity.patient_multicast")


def test_one_announcement_tells_who_it_is() -> None:
    assert SPEC.probe(ib.ANNOUNCEMENT)
    assert heard(SPEC, ib.ANNOUNCEMENT) == [about(IP, NODE, ("infinity.name", "2808"), *DELTA), MULTICAST]


@pytest.mark.parametrize("padded", [True, False])
def test_texts_of_odd_length_with_and_without_a_zero_behind_them(padded: bool) -> None:
    product = ib.segment(13, "ICU", ib.product("VF8.3-W", "Delta", "6002591075", padded=padded), padded=padded)
    assert heard(SPEC, ib.announcement(product)) == [about(IP, NODE, *DELTA)]


@pytest.mark.parametrize("end", [b"", bytes(4), b"\0\1\0\0rest"])
def test_where_the_segments_end(end: bytes) -> None:
    assert heard(SPEC, ib.announcement(ib.NAMED, end=end)) == [about(IP, NODE, ("infinity.name", "2808"))]


@pytest.mark.parametrize(
    "product",
    [
        b"",
        ib.product("VF8.3-W", "Delta", "6002591075")[:-2],
        ib.product("VF8.3-W", "Delta", "6002591075") + b"x",
        ib.product("VF8.3-W", "Del\ta", "6002591075"),
        ib.product("VF8.3-W", "Delta", "6002591075").replace(b"\3\1\x09", b"\3\2\x09"),
    ],
)
def test_a_product_of_another_form_is_not_guessed_at(product: bytes) -> None:
    assert heard(SPEC, ib.announcement(ib.NAMED, ib.segment(13, "", product))) == [
        about(IP, NODE, ("infinity.name", "2808")),
        odd("infinity.other_product"),
    ]


def test_segments_are_counted_up_to_a_number() -> None:
    most = ib.announcement(*[ib.SERVICE] * SEGMENTS_MAX)
    assert heard(SPEC, most) == [about(IP, NODE)]
    assert not SPEC.probe(ib.announcement(*[ib.SERVICE] * (SEGMENTS_MAX + 1)))


@pytest.mark.parametrize("count", [3, 4])
def test_data_tell_that_it_is_a_monitor(count: int) -> None:
    """The head counts itself in one of the sources, and not in the other."""
    data = ib.data(ib.BED, ib.WAVES, ib.VALUES, count=count)
    assert SPEC.probe(data)
    assert heard(SPEC, data) == [about(IP, ("infinity.role", "monitor")), MULTICAST]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        ib.announcement(),
        ib.announcement(ib.NAMED)[:-6],
        ib.announcement(ib.NAMED, end=b"\0\1\0\x2e"),
        ib.announcement(ib.NAMED, address=bytes(4)),
        ib.announcement(ib.NAMED, address=b"\xe0\0\0\1"),
        ib.announcement(ib.NAMED).replace(b"\0\4\0\0\0\1", b"\0\4\0\0\0\2"),
        ib.announcement(b"\0\1\0\x2d\0\x07\1"),
        ib.data(),
        ib.data(ib.BED, count=7),
        ib.data(ib.BED, address=b"\x7f\0\0\1"),
        ib.DATA + b"\0",
        ib.DATA[:-1],
        ib.data(ib.block(99, b"0123")),
        ib.data(ib.block(10, b"")),
        bytes(64),
    ],
)
def test_what_it_is_not(data: bytes) -> None:
    assert not SPEC.probe(data)
    assert heard(SPEC, data) == [odd("infinity.malformed")]


@pytest.mark.parametrize("data", [ib.ANNOUNCEMENT, ib.DATA])
def test_no_patient_is_named(data: bytes) -> None:
    assert "ZQCANARY".encode("utf-16-be") in data
    assert "canary" not in repr(heard(SPEC, data)).lower()
