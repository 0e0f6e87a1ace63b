"""CARESCAPE: messages as in tests/parsers/carescape_bytes.py, which says where their layouts come from."""

from __future__ import annotations

import datetime as dt

import pytest

from parsers.carescape import SPEC
from tests.parsers import carescape_bytes as cs
from tests.parsers.datagrams import about, heard

NODE = ("carescape.role", "node")


def test_the_time_in_the_example_is_one() -> None:
    since_1900 = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) - dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
    assert cs.TIME[60:] == int(since_1900.total_seconds()).to_bytes(4, "big")


def test_the_time_master() -> None:
    assert heard(SPEC, cs.TIME) == [
        about("126.0.27.1", NODE, ("carescape.location", "ICU|CENTRL"), ("carescape.time", "master"))
    ]


def test_one_presence_tells_where_it_stands() -> None:
    """A finding as well, where it names a patient."""
    assert SPEC.probe(cs.WHO)
    assert heard(SPEC, cs.WHO) == [
        about("126.0.27.5", NODE, ("carescape.location", "ICU|BED3")),
        ("flag", ("126.0.27.5", "", ()), "carescape.patient_broadcast"),
    ]
    assert heard(SPEC, cs.EMPTY_BED) == [about("126.0.27.6", NODE, ("carescape.location", "HOME|B-02"))]
    assert len(heard(SPEC, cs.presence(b"ICU|BED3", patient=b","))) == 1
    assert SPEC.probe(cs.presence(b"ICU|BED3", size=84))


def test_who_gives_values_is_a_monitor() -> None:
    assert SPEC.probe(cs.VALUES)
    assert heard(SPEC, cs.VALUES) == [
        about("126.0.27.5", ("carescape.role", "monitor")),
        ("flag", ("126.0.27.5", "", ()), "carescape.cleartext"),
    ]


def test_a_node_at_a_bed() -> None:
    assert heard(SPEC, cs.PRESENT) == [about("126.0.27.5", NODE, ("carescape.location", "ICU|BED3"))]


def test_it_is_about_whom_the_message_names() -> None:
    """A gateway sends for others."""
    assert heard(SPEC, cs.message(b"NICU-2|B 7", "0a010203"))[0] == about(
        "10.1.2.3", NODE, ("carescape.location", "NICU-2|B 7")
    )


def test_no_time_before_there_was_one() -> None:
    assert ("carescape.time", "master") not in heard(SPEC, cs.message(b"ICU|BED3"))[0][2]  # type: ignore[operator]


@pytest.mark.parametrize(
    "place",
    [
        b"",
        b"ICU",
        b"ICU|",
        b"|BED3",
        b"icu|BED3",
        b"ICUICUIC|BED3",
        b"ICU|BED3456",
        b"ICU|B\xe9D",
        b" CU|BED3",
        b"A|B|C",
    ],
)
def test_places_of_another_form(place: bytes) -> None:
    for data in (cs.message(place), cs.presence(place)):
        assert not SPEC.probe(data)
        assert heard(SPEC, data) == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        cs.PRESENT[:59],
        cs.message(b"ICU|BED3", "00000000"),
        cs.message(b"ICU|BED3", "7f000001"),
        cs.message(b"ICU|BED3", "efffffff"),
        cs.message(b"ICU|BED3", function=0),
        cs.message(b"ICU|BED3", function=300),
        b"x" * 24 + b"ICU|BED3" + bytes(40),
        cs.values(function="00c90015"),
        cs.values(second="00ca0014"),
        cs.values("00000000"),
        cs.VALUES[:120],
        cs.VALUES.replace(bytes.fromhex("7e001b05000000c9"), bytes.fromhex("7e001b06000000c9"), 1),
        cs.presence(b"ICU|BED3", size=92),
        cs.presence(b"ICU|BED3", "00000000"),
        cs.presence(b"ICU|BED3\0rest"),
        cs.WHO.replace(b"\1\4\0\0", b"\2\4\0\0"),
        cs.WHO.replace(b"\1\4\0\0", b"\1\4\0\1"),
    ],
)
def test_what_it_is_not(data: bytes) -> None:
    assert not SPEC.probe(data)


def test_no_patient_is_named() -> None:
    for data in (cs.PRESENT, cs.WHO, cs.VALUES):
        assert b"ZQCANARY" in data
        assert "canary" not in repr(heard(SPEC, data)).lower()
    behind = cs.message(b"ICU|BED3\0ZQCANARYMARTIN")
    assert heard(SPEC, behind) == [about("126.0.27.5", NODE, ("carescape.location", "ICU|BED3"))]
