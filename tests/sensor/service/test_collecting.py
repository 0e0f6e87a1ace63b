"""The collector is left as it was found, whatever happens meanwhile."""

from __future__ import annotations

import gc

import pytest

from sensor.service.collecting import few_collections, no_collections


def test_a_write_is_not_interrupted_by_the_collector() -> None:
    runs: list[str] = []
    gc.callbacks.append(lambda phase, info: runs.append(phase))
    try:
        with no_collections():
            before = len(runs)
            held = [[n] for n in range(10 * gc.get_threshold()[0])]
            after = len(runs)
        assert after == before
        assert gc.isenabled()
        held += [[n] for n in range(10 * gc.get_threshold()[0])]
        assert len(runs) > after
    finally:
        gc.callbacks.pop()


def test_what_fails_leaves_the_collector_on() -> None:
    before = gc.get_threshold()
    with pytest.raises(OSError, match="disk"), few_collections(), no_collections():
        raise OSError("disk")
    assert gc.isenabled()
    assert gc.get_threshold() == before


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with no_collections():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
