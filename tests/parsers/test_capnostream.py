"""Capnostream: messages as in tests/parsers/capnostream_bytes.py, whose layout comes from one program."""

from __future__ import annotations

import pytest

from parsers.capnostream import FRAME_MAX, SPEC
from tests.parsers import capnostream_bytes as cb
from tests.parsers.harness import cut, one_way, said

BEHIND = ("sender", "", (("serial", "B355987654", ""),))
DEVICE = [
    (
        "said",
        BEHIND,
        (
            ("capnostream.model", "Capnostream"),
            ("capnostream.serial", "B355987654"),
            ("capnostream.software", "45.67"),
        ),
    ),
    ("flag", BEHIND, "capnostream.serial_tunnel"),
]


def test_the_shortest_message() -> None:
    """By hand: length 1, command 1 (enable), 1 xor 1 = 0."""
    assert bytes.fromhex("85010100") == cb.ENABLE


def test_a_device_says_which_it_is() -> None:
    stream = cb.WAVE + cb.IDENTITY + cb.PATIENT
    assert b"\x80\x05" in cb.WAVE
    assert SPEC.probe(stream) is True
    assert said(SPEC, [(0, 0, cb.ENABLE + cb.ACTIVE), (1, 0, stream)]) == DEVICE
    assert said(SPEC, cut(one_way(stream, 1), 1)) == DEVICE


def test_the_last_message_counts() -> None:
    assert said(SPEC, one_way(cb.WAVE + cb.IDENTITY)) == DEVICE


def test_a_wave_with_one_zero_more() -> None:
    padded = cb.sent(0, b"\x01\x02\x03\x04", padding=b"\0")
    assert SPEC.probe(padded + cb.IDENTITY) is True
    assert SPEC.probe(cb.sent(1, b"\x01", padding=b"\0") + cb.IDENTITY) is False


@pytest.mark.parametrize("size", range(1, 8))
def test_it_waits_for_two_messages(size: int) -> None:
    both = cb.ENABLE + cb.ACTIVE
    assert len(both) == 8
    assert SPEC.probe(both[:size]) is None
    assert SPEC.probe(both) is True


@pytest.mark.parametrize(
    "data",
    [
        b"\x85\x01\x01\x01" + cb.ACTIVE,
        cb.sent(63) + cb.ACTIVE,
        b"\x85" * 10,
        b"\x85" + b"x" * (FRAME_MAX + 1),
        b"GET / HTTP/1.1\r\n",
        b"\x16\x03\x01",
    ],
)
def test_what_it_is_not(data: bytes) -> None:
    assert SPEC.probe(data) is False


@pytest.mark.parametrize(
    "other",
    [
        cb.sent(4, b"V45.67 02/24/2008"),
        cb.sent(4, b"ZQCANARYMARTIN JEANNE"),
        cb.IDENTITY.replace(b"V45", b"V46"),
        cb.PATIENT,
    ],
)
def test_other_messages_name_nobody(other: bytes) -> None:
    assert said(SPEC, one_way(other + cb.WAVE)) == []


def test_a_loss_costs_one_message() -> None:
    stream = cb.PATIENT + cb.IDENTITY
    assert said(SPEC, [(0, 0, stream[:5]), (0, 9, stream[9:])]) == [("odd", "capnostream.gap"), *DEVICE]


def test_a_message_without_end_is_dropped() -> None:
    stream = b"\x85" + b"0" * 3000 + cb.IDENTITY
    for size in (1, 100, 10_000):
        assert said(SPEC, cut(one_way(stream), size)) == [("odd", "capnostream.unit_too_long"), *DEVICE]
