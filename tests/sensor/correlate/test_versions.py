"""Releases as makers write them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from sensor.correlate.versions import ordered, spelled


@pytest.mark.parametrize(
    "texts",
    [
        ("1.2", "V1.2", "v 1.2", "Version 1.2", "rev. 1.2", "Release 1.2", "1-2", "SW: 1.2"),
        ("4.0 build 33", "4.0.33", "V4.0 (Build 33)"),
        ("VA48A", "va48a"),
        ("syngo CT VA48A", "syngo CT  VA48A"),
    ],
)
def test_texts_that_mean_one_release(texts):
    assert len({spelled(text) for text in texts}) == 1, [spelled(text) for text in texts]


@pytest.mark.parametrize(
    ("one", "other"),
    [("1.2", "1.3"), ("4.01", "4.1"), ("VA48A", "VA48B"), ("1.2", "12"), ("release", ""), ("v", ""), ("revo 3", "o 3")],
)
def test_texts_that_mean_two(one, other):
    assert spelled(one) != spelled(other)


@pytest.mark.parametrize(
    "rising",
    [
        ["1.2", "V1.10", "2.0"],
        ["VA48A", "VA50A", "VB10A"],
        ["6.1.7601", "10.0.19045", "10.0.22621"],
        ["3.6.7", "3.6.8", "3.7"],
        ["1", "1.0", "1.0.1"],
        ["9" * 19, "A"],
    ],
)
def test_later_releases_sort_behind_earlier_ones(rising):
    assert all(ordered(one) < ordered(other) for one, other in pairwise(rising))


@pytest.mark.parametrize("text", ["", " ", "²", "١٢", "..", "V", "(build)", "9" * 256])
def test_a_spelling_is_spelled_like_itself(text):
    assert spelled(spelled(text)) == spelled(text)
    assert ordered(spelled(text)) == ordered(text)
