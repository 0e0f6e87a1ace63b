"""IP fragments: put together once, in any order; overlaps, floods and the lost are refused and counted."""

from __future__ import annotations

import itertools
import struct

import pytest

from sensor.wire import fragments as f
from sensor.wire import tables as t
from tests.sensor.wire.frames import (
    MAC_A,
    MAC_B,
    MILLISECOND,
    SECOND,
    START,
    Frame,
    ethernet,
    ip4,
    ip6,
    see,
    tcp,
    udp,
    vlan,
)

TEXT = bytes(range(256)) * 12  # 3072 bytes
WHOLE = udp(1000, 2000, TEXT)  # 3080
CUTS = [(0, 1480), (1480, 2960), (2960, 3080)]


def piece4(
    start: int,
    end: int,
    whole: bytes = WHOLE,
    ident: int = 7,
    src: str = "10.0.0.1",
    time: int = START,
    protocol: int = 17,
) -> Frame:
    word = start // 8 | (0x2000 if end < len(whole) else 0)
    return Frame(ethernet(ip4(src, "10.0.0.2", protocol, whole[start:end], ident, word=word)), time)


def piece6(start: int, end: int, time: int = START) -> Frame:
    head = struct.pack(">BBHI", 17, 0, start | (end < len(WHOLE)), 0xABCDEF)
    hop = b"\x2c\0" + bytes(6)  # a hop-by-hop header before it
    return Frame(ethernet(ip6("fd00::1", "fd00::2", 0, hop + head + WHOLE[start:end]), 0x86DD), time)


@pytest.mark.parametrize("make", [piece4, piece6])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_fragments_come_in_any_order(make: type, order: tuple[int, ...]) -> None:
    frames = [make(*CUTS[n], time=START + k * MILLISECOND) for k, n in enumerate(order)]
    seen = see(frames)
    assert [(r[t.R_KIND], r[t.R_START]) for r in seen.rows] == [(t.UDP, TEXT)]
    row = seen.rows[0]
    assert (row[t.R_FRAME], row[t.R_TIME]) == (3, START + 2 * MILLISECOND)
    assert (row[t.R_SENDER], row[t.R_RECEIVER]) == (MAC_A, MAC_B)
    account = seen.accounts[0]
    assert account.frames == (3, 0)
    assert account.bytes == (sum(len(frame.data) for frame in frames), 0)
    assert (account.flow.port0, account.flow.port1) == (1000, 2000)
    assert seen.endpoints[0].frames == 3
    assert seen.counters["wire.fragments"] == 3
    assert seen.counters["fragments.reassembled"] == seen.counters["reassembled.udp"] == 1


def test_fragments_without_a_link_layer() -> None:
    (row,) = see([Frame(piece4(*cut).data[14:], link=101) for cut in CUTS]).rows
    assert (row[t.R_KIND], row[t.R_START]) == (t.UDP, TEXT)


def test_rows_stay_in_order_around_a_datagram() -> None:
    other = [Frame(ethernet(ip4("10.0.0.5", "10.0.0.6", 17, udp(1, 2, b"%d" % n), n)), START) for n in range(1, 5)]
    frames = [other[0], piece4(*CUTS[0]), other[1], piece4(*CUTS[2]), other[2], piece4(*CUTS[1]), other[3]]
    for size in (0, 1 << 20):
        assert [r[t.R_START] for r in see(frames, size).rows] == [b"1", b"2", b"3", TEXT, b"4"]


def test_a_segment_in_fragments_belongs_to_its_stream() -> None:
    segment = tcp(40000, 104, 1000, b"a" * 1980)
    frames = [piece4(0, 1000, segment, protocol=6), piece4(1000, 2000, segment, protocol=6)]
    frames.append(Frame(ethernet(ip4("10.0.0.1", "10.0.0.2", 6, tcp(40000, 104, 2980, b"next"), 8))))
    assert [(r[t.R_FLOW], r[t.R_AT], len(r[t.R_START])) for r in see(frames).rows] == [(0, 0, 1980), (0, 1980, 4)]


def test_an_envelope_in_fragments_is_opened() -> None:
    inner = ethernet(vlan(9, 0x0800, ip4("10.1.0.1", "10.1.0.2", 17, udp(5, 6, b"x" * 2000))), 0x8100, src=b"\2" * 6)
    envelope = udp(50000, 4789, b"\x08\0\0\0\0\0\x07\0" + inner)
    seen = see([piece4(0, 1480, envelope), piece4(1480, len(envelope), envelope)])
    row = seen.rows[0]
    assert (row[t.R_START], row[t.R_VLAN], row[t.R_SENDER]) == (b"x" * 2000, 9, b"\2" * 6)
    assert {(a.flow.ip0, a.flow.tunnel, a.frames) for a in seen.accounts} == {
        ("10.0.0.1", 0, (2, 0)),
        ("10.1.0.1", 7, (2, 0)),
    }


def test_fragments_in_an_envelope_account_the_envelope_each_time() -> None:
    frames = []
    for n, cut in enumerate(CUTS, 1):
        inner = piece4(*cut).data
        frames.append(Frame(ethernet(ip4("10.1.0.1", "10.1.0.2", 17, udp(5, 4789, b"\x08" + bytes(7) + inner), n))))
    seen = see(frames)
    assert [r[t.R_START] for r in seen.rows] == [TEXT]
    assert {(a.flow.ip0, a.frames) for a in seen.accounts} == {("10.1.0.1", (3, 0)), ("10.0.0.1", (3, 0))}


def test_an_atomic_fragment_needs_no_table() -> None:
    head = struct.pack(">BBHI", 17, 0, 0, 1)
    seen = see([Frame(ethernet(ip6("fd00::1", "fd00::2", 44, head + udp(1, 2, b"whole")), 0x86DD))])
    assert seen.rows[0][t.R_START] == b"whole"
    assert "wire.fragments" not in seen.counters


def counts(frames: list[Frame]) -> dict[str, int]:
    seen = see(frames)
    assert seen.rows == []
    return {name: count for name, count in seen.counters.items() if name.startswith("fragments.")}


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        pytest.param([piece4(0, 1480), piece4(1480, 2960)], {"fragments.incomplete": 1}, id="the last is lost"),
        pytest.param([piece4(1480, 2960), piece4(2960, 3080)], {"fragments.incomplete": 1}, id="the first is lost"),
        pytest.param(
            [piece4(0, 1480), piece4(1472, 2960), piece4(2960, 3080), piece4(1480, 2960)],
            {"fragments.overlaps": 1, "fragments.refused": 2},
            id="overlap",
        ),
        pytest.param(
            [piece4(0, 1480), piece4(0, 1480, b"?" * 3080)], {"fragments.overlaps": 1}, id="other text"
        ),
        pytest.param(
            [piece4(2960, 3080), piece4(2960, 3072, WHOLE[:3072])], {"fragments.overlaps": 1}, id="two ends"
        ),
        pytest.param(
            [piece4(2960, 3080), piece4(3080, 3160, WHOLE * 2)], {"fragments.overlaps": 1}, id="beyond the end"
        ),
        pytest.param([piece4(1480, 2960), piece4(8, 80, WHOLE[:80])], {"fragments.overlaps": 1}, id="an end before"),
        pytest.param([piece4(0, 1479)], {"fragments.bad": 1}, id="no multiple of eight"),
        pytest.param([piece4(65528, 65540, bytes(65540))], {"fragments.bad": 1}, id="ping of death"),
        pytest.param(
            [piece4(at, min(at + 13_104, 65_535), bytes(65_535)) for at in range(0, 65_535, 13_104)],
            {"fragments.bad": 1},
            id="longer than the length field can say, with its header",
        ),
        pytest.param([piece4(8, 8)], {"fragments.bad": 1}, id="empty"),
        pytest.param(
            [piece4(*CUTS[0]), piece4(*CUTS[1], time=START + 31 * SECOND), piece4(*CUTS[2], time=START + 31 * SECOND)],
            {"fragments.incomplete": 2},
            id="too late",
        ),
        pytest.param(
            [piece4(*CUTS[0]), piece4(*CUTS[1], ident=8), piece4(*CUTS[2], src="10.0.0.9")],
            {"fragments.incomplete": 3},
            id="of three datagrams",
        ),
        pytest.param(
            [Frame(piece4(*CUTS[0]).data[:500], START, 1514)], {"fragments.cut": 1}, id="cut by the snap length"
        ),
        pytest.param(
            [piece4(8 * n, 8 * n + 8, bytes(4096)) for n in range(f.PIECES_MAX + 2)],
            {"fragments.too_many": 1, "fragments.refused": 1},
            id="crumbs",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_put_together_is_counted(frames: list[Frame], expected: dict[str, int]) -> None:
    assert counts(frames) == expected


def test_copies_of_fragments_are_no_overlap_and_no_second_datagram() -> None:
    frames = [piece4(*cut, time=START + n) for n, cut in enumerate(CUTS) for _ in (0, 1)]
    seen = see(frames)
    assert [r[t.R_START] for r in seen.rows] == [TEXT]
    assert seen.counters["fragments.copies"] == 3
    assert seen.accounts[0].frames == (3, 0)


def test_an_identification_may_be_used_again() -> None:
    frames = [piece4(*cut) for cut in CUTS] + [piece4(*cut, time=START + SECOND) for cut in CUTS]
    assert [r[t.R_START] for r in see(frames).rows] == [TEXT, TEXT]


def test_one_talker_cannot_push_out_the_others() -> None:
    victim = [piece4(*cut, src="10.0.0.9", time=START + 2) for cut in CUTS]
    flood = [piece4(0, 1480, ident=n, time=START + 1) for n in range(5000)]
    seen = see([victim[0], victim[1], *flood, victim[2]])
    assert [r[t.R_START] for r in seen.rows] == [TEXT]
    assert seen.counters["fragments.evicted"] == 5000 - f.SOURCE_MAX
    assert seen.counters["fragments.incomplete"] == f.SOURCE_MAX


def test_many_talkers_stay_within_the_table() -> None:
    table = f.Fragments()
    held = 0
    for n in range(3000):
        data = piece4(0, 14800, bytes(20000), src=f"10.{n >> 8}.{n & 255}.1").data
        piece = f.Fragment(4, 14, 34, len(data), False, 1, len(data), (6, 0, 0, 0, 0))
        assert table.add(bytearray(data), piece, START) is None
        held = max(held, table._bytes)
    assert f.BYTES_MAX - 14800 < held <= f.BYTES_MAX + 14800
    table.finish()
    assert table.counts["fragments.evicted"] + table.counts["fragments.incomplete"] == 3000
    assert table._bytes == 0
    assert not table._held
    assert not table._sources
