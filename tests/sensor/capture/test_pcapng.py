"""pcapng: sections, interfaces, resolutions, kinds of packet blocks. Expectations from draft-ietf-opsawg-pcapng."""

from __future__ import annotations

from pathlib import Path

import pytest

from sensor.capture.file import Capture, open_capture
from sensor.capture.headers import ticks
from sensor.capture.source import CaptureError
from tests.sensor.capture.make import T0, Ng, expected, frames, pcapng, rows

LAST = 2**63 - 1


@pytest.fixture(params=[False, True], ids=["little", "big"])
def ng(request) -> Ng:
    return Ng(big=request.param)


@pytest.fixture
def read(tmp_path: Path):
    def read(data: bytes) -> Capture:
        (tmp_path / "a.pcapng").write_bytes(data)
        return open_capture(tmp_path / "a.pcapng")

    return read


def test_sections_in_both_byte_orders(read) -> None:
    content = frames(6)
    capture = read(pcapng(content[:3]) + pcapng(content[3:], big=True))
    assert rows(capture) == expected(content)
    assert capture.faults == []


@pytest.mark.parametrize(
    ("resolution", "count", "ns"),
    [
        (0, 1_700_000_000, 1_700_000_000 * 10**9),
        (3, 1_700_000_000_123, 1_700_000_000_123 * 10**6),
        (6, 1_700_000_000_123_456, 1_700_000_000_123_456_000),
        (9, 1_700_000_000_123_456_789, 1_700_000_000_123_456_789),
        (10, 12_345_678_901, 1_234_567_890),
        (12, 123_456_789_123_456_789, 123_456_789_123_456),
        (19, 2**64 - 1, 1_844_674_407),
        (0x80 | 0, 1_700_000_000, 1_700_000_000 * 10**9),
        (0x80 | 1, 3, 1_500_000_000),
        (0x80 | 10, (1_700_000_000 << 10) + 1023, 1_700_000_000_999_023_437),
        (0x80 | 32, (1_700_000_000 << 32) + 2**31, 1_700_000_000_500_000_000),
        (0x80 | 33, (1_700_000_000 << 33) + 2**33 - 1, 1_700_000_000_999_999_999),
        (0x80 | 40, (5 << 40) + 2**40 - 1, 5_999_999_999),
        (0x80 | 63, 2**64 - 1, 1_999_999_999),
    ],
)
def test_resolutions(read, ng: Ng, resolution: int, count: int, ns: int) -> None:
    options = ng.option(2, b"eth0") + ng.option(9, bytes([resolution])) + ng.option(0, b"")
    capture = read(ng.section() + ng.interface(options=options) + ng.enhanced(count, b"x", 1))
    assert rows(capture) == [(ns, b"x", 1, 1)]


@pytest.mark.parametrize("power", [*range(0, 64, 3), 31, 32, 34, 62])
def test_powers_of_two_are_exact(read, power: int) -> None:
    ng = Ng()
    counts = [n for n in (0, 1, 2**power - 1, 2**power // 3, 2**62 + 12345, 2**64 - 1) if n >> power < 9 * 10**9]
    out = ng.section() + ng.interface(options=ng.option(9, bytes([0x80 | power])))
    capture = read(out + b"".join(ng.enhanced(n, b"", 0) for n in counts))
    assert [row[0] for row in rows(capture)] == [n * 10**9 // 2**power for n in counts]


def test_finer_than_64_bits_can_be() -> None:
    assert ticks(127) == ticks(27)
    assert ticks(0xFF) == ticks(0x80 | 63)


def test_options_after_the_end_of_options_are_none(read, ng: Ng) -> None:
    options = ng.option(0, b"") + ng.option(9, b"\x09")
    capture = read(ng.section() + ng.interface(options=options) + ng.enhanced(7, b"x", 1))
    assert rows(capture) == [(7000, b"x", 1, 1)]


def test_offset(read, ng: Ng) -> None:
    out = ng.section()
    for seconds in (1_000_000_000, -1, -(10**9), 2**63 - 1, -(2**63)):
        out += ng.interface(options=ng.option(9, b"\x09") + ng.option(14, ng.pack("q", seconds)))
    capture = read(out + b"".join(ng.enhanced(5 * 10**9, b"", 0, interface=n) for n in range(5)))
    assert [row[0] for row in rows(capture)] == [1_000_000_005 * 10**9, 4 * 10**9, 0, LAST, 0]
    assert capture.counters["capture.times_clipped"] == 3  # before 1970, and twice past what 64 bits hold


@pytest.mark.parametrize(
    ("resolution", "count", "ns", "clipped"),
    [
        (6, 2**64 - 1, LAST, 1),
        (0, 9_223_372_037, LAST, 1),
        (0, 9_223_372_036, 9_223_372_036 * 10**9, 0),
        (9, 2**63 - 1, LAST, 0),
        (9, 2**63, LAST, 1),
        (0x80, 9_223_372_036, 9_223_372_036 * 10**9, 0),
        (0x80, 9_223_372_037, LAST, 1),
        (0x80 | 1, 2 * 9_223_372_036 + 1, 9_223_372_036_500_000_000, 0),
        (0x80 | 4, 16 * 9_223_372_036 + 15, LAST, 1),
        (0x80 | 20, 2**64 - 1, LAST, 1),
    ],
)
def test_absurd_times(read, resolution: int, count: int, ns: int, clipped: int) -> None:
    ng = Ng()
    out = ng.section() + ng.interface(options=ng.option(9, bytes([resolution])))
    capture = read(out + ng.enhanced(count, b"x", 1))
    assert rows(capture) == [(ns, b"x", 1, 1)]
    assert capture.counters["capture.times_clipped"] == clipped


def test_several_interfaces(read, ng: Ng) -> None:
    out = ng.section() + ng.interface(1) + ng.interface(276, 0, ng.option(9, b"\x09")) + ng.interface(105)
    out += ng.enhanced(1, b"a", 1) + ng.enhanced(2, b"b", 1, interface=1) + ng.enhanced(3, b"c", 1, interface=2)
    out += ng.interface(12) + ng.enhanced(4, b"d", 1, interface=3)
    capture = read(out)
    assert rows(capture) == [(1000, b"a", 1, 1), (2, b"b", 1, 276), (4000, b"d", 1, 12)]
    assert capture.links == {1: 1, 276: 1, 12: 1}
    assert capture.refused == {105: 1}
    assert capture.counters["capture.frames_refused"] == 1
    assert capture.faults == []


def test_only_interfaces_that_are_not_read(read, ng: Ng) -> None:
    capture = read(ng.section() + ng.interface(105) + ng.enhanced(1, b"a", 1))
    with pytest.raises(CaptureError, match=r"105 \(802\.11\)"):
        rows(capture)


def test_simple_packets(read, ng: Ng) -> None:
    out = ng.section() + ng.interface(1, 4) + ng.simple(b"ab", 2) + ng.enhanced(T0 // 1000, b"cd", 2)
    out += ng.simple(b"efgh", 9)
    assert rows(read(out)) == [(0, b"ab", 2, 1), (T0 // 1000 * 1000, b"cd", 2, 1), (T0 // 1000 * 1000, b"efgh", 9, 1)]


def test_simple_packet_without_snap_length(read, ng: Ng) -> None:
    capture = read(ng.section() + ng.interface(1, 0) + ng.simple(b"efgh", 4) + ng.simple(b"efgh", 9))
    assert rows(capture) == [(0, b"efgh", 4, 1)]
    assert "damaged block length" in capture.faults[0]


def test_obsolete_packets(read, ng: Ng) -> None:
    out = ng.section() + ng.interface(1) + ng.interface(113) + ng.obsolete(T0 // 1000, b"abc", 9, interface=1)
    assert rows(read(out)) == [(T0 // 1000 * 1000, b"abc", 9, 113)]


def test_other_blocks_are_stepped_over(read, ng: Ng) -> None:
    content = frames(3)
    out = ng.section() + ng.interface(options=ng.option(9, b"\x09"))
    for number, (time, data, original) in enumerate(content):
        out += ng.block(5, bytes(24)) + ng.block(10, bytes(number * 1_500_000)) + ng.enhanced(time, data, original)
    assert rows(read(out)) == expected(content)


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda ng: ng.enhanced(1, b"x", 1, interface=1), "interface number"),
        (lambda ng: ng.pack("II", 6, 33) + bytes(40), "block length"),
        (lambda ng: ng.pack("II", 6, 8) + bytes(40), "block length"),
        (lambda ng: ng.pack("II", 6, 1 << 20) + bytes(1 << 20), "block length"),
        (lambda ng: ng.pack("II", 77, (1 << 24) + 4) + bytes(40), "block length"),
        (lambda ng: ng.enhanced(1, b"x", 1)[:-4] + bytes(4), "closing block length"),
        (lambda ng: ng.block(77, bytes(64))[:-4] + bytes(4), "closing block length"),
        (lambda ng: ng.interface()[:-4] + bytes(4), "closing block length"),
        (lambda ng: ng.block(6, ng.pack("IIIII", 0, 0, 0, 5, 5) + bytes(4)), "block length"),
        (lambda ng: ng.block(6, ng.pack("IIIII", 0, 0, 0, 262145, 5) + bytes(262148)), "frame length"),
        (lambda ng: ng.block(6, bytes(16)), "block length"),
        (lambda ng: ng.block(1, bytes(4)), "block length"),
        (lambda ng: b"\n\r\r\n" + ng.pack("I", 28) + bytes(20), "byte order"),
        (lambda ng: ng.block(0x0A0D0D0A, ng.pack("IHHq", 0x1A2B3C4D, 2, 0, -1)), "version"),
    ],
)
def test_damage(read, ng: Ng, harm, says: str) -> None:
    before = ng.section() + ng.interface() + ng.enhanced(1, b"a", 1)
    capture = read(before + harm(ng) + ng.enhanced(2, b"b", 1))
    assert rows(capture) == [(1000, b"a", 1, 1)]
    where = len(before) + (len(harm(ng)) - 4 if harm(ng)[:4] == ng.pack("I", 77) and "closing" in says else 0)
    assert capture.faults == [f"damaged {says} at byte {where}, after frame 1; what follows is not read"]
    assert capture.counters["capture.damaged"] == 1


def test_interfaces_are_forgotten_with_their_section(read, ng: Ng) -> None:
    capture = read(ng.section() + ng.interface() + ng.section() + ng.enhanced(1, b"a", 1))
    assert rows(capture) == []
    assert "interface number" in capture.faults[0]


def test_many_interfaces(read, ng: Ng) -> None:
    out = ng.section() + b"".join(ng.interface(1 if n % 2 else 113) for n in range(300))
    capture = read(out + b"".join(ng.enhanced(n, b"", 0, interface=n) for n in range(300)))
    assert [(row[0], row[3]) for row in rows(capture)] == [(n * 1000, 1 if n % 2 else 113) for n in range(300)]
    assert capture.links == {1: 150, 113: 150}
