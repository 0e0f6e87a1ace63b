"""TCP in order: whatever the order, overlap and cut of the segments, the same bytes come out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor.stream import HOLD_SEGMENTS, Piece, Stream, Talk, Voice

TALK = Talk(0, 1, Voice("", "", "", "", 0))


def run(
    segments: list[tuple[int, bytes]], *, start: int = 0, close: bool = True
) -> tuple[list[tuple[int, bytes]], int]:
    stream = Stream(start)
    out: list[tuple[int, bytes]] = []

    def take() -> None:
        while (piece := stream.take()) is not None:
            out.append((piece.at, piece.data))

    for at, data in segments:
        stream.accept(Piece(at, data, TALK))
        take()
    if close:
        stream.closing = True
        take()
    return out, stream.gap


@pytest.mark.parametrize(
    ("segments", "expected", "gap"),
    [
        ([(0, b"abc"), (3, b"def")], [(0, b"abc"), (3, b"def")], 0),
        ([(3, b"def"), (0, b"abc")], [(0, b"abc"), (3, b"def")], 0),  # reordered
        ([(0, b"abc"), (0, b"abc"), (3, b"d")], [(0, b"abc"), (3, b"d")], 0),  # retransmitted
        ([(0, b"abc"), (1, b"XXd")], [(0, b"abc"), (3, b"d")], 0),  # overlapping: the first copy wins
        ([(0, b"ab"), (4, b"ef")], [(0, b"ab"), (4, b"ef")], 2),  # a hole is known at the end
        ([(-2, b"zzab"), (2, b"c")], [(0, b"ab"), (2, b"c")], 0),  # bytes before the start seen
        ([(4, b"ef"), (4, b"efgh"), (0, b"abcd")], [(0, b"abcd"), (4, b"ef"), (6, b"gh")], 0),
    ],
    ids=["in order", "reordered", "retransmitted", "overlap", "hole", "before start", "longer copy"],
)
def test_segments(segments: list[tuple[int, bytes]], expected: list[tuple[int, bytes]], gap: int) -> None:
    assert run(segments) == (expected, gap)


def test_a_hole_is_given_up_when_too_much_waits_behind_it() -> None:
    late = [(10 + 2 * i, b"xy") for i in range(HOLD_SEGMENTS + 1)]
    out, gap = run([(0, b"a"), *late], close=False)
    assert gap == 9
    assert out[1:] == late


def test_skipping_acts_on_what_is_held() -> None:
    stream = Stream(0)
    stream.accept(Piece(5, b"fghij", TALK))
    assert stream.take() is None
    stream.skip(8)
    piece = stream.take()
    assert piece is not None
    assert (piece.at, piece.data) == (8, b"ij")
    assert stream.gap == 0  # nothing that was wanted is missing


@given(st.data())
def test_any_cut_order_and_repeat_gives_the_same_bytes(data: st.DataObject) -> None:
    whole = bytes(range(64))
    edges = sorted({0, 64, *data.draw(st.lists(st.integers(1, 63), max_size=12))})
    segments = [(a, whole[a:b]) for a, b in pairwise(edges)]
    repeats = data.draw(st.lists(st.sampled_from(segments), max_size=6))
    out, gap = run(data.draw(st.permutations(segments + repeats)))
    assert gap == 0
    assert b"".join(piece for _, piece in out) == whole
    assert all(a + len(piece) == b for (a, piece), (b, _) in pairwise(out))
