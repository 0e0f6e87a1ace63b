"""A short run of the fuzzer; `make fuzz` is the long one, `make asan` the one under sanitizers."""

from __future__ import annotations

from tests.sensor.wire.fuzz import BLOCK_FRAMES, ROUNDS_PLAIN, fuzz


def test_mutated_frames_find_no_fault() -> None:
    frames = (ROUNDS_PLAIN + 1) * BLOCK_FRAMES  # so that two rounds run in the plain form, too
    result = fuzz(frames, seconds=60, seed=1)
    assert result.frames >= frames
    assert result.rows > frames // 10
