"""Rhapsody's greeting, put together from the pattern in nmap's service probes."""

from __future__ import annotations

import pytest

from parsers.rhapsody import GREETING_MAX, SPEC, probe
from tests.parsers.datagrams import about, odd
from tests.parsers.harness import Segment, cut, said

TEXT = b"R" + b"\0\0\0\0\1\0\0\0" + b"16791614489711164477|Rhapsody Engine 3.1.0.2140|4"
GREETING = len(TEXT).to_bytes(4, "big") + TEXT
NAMED = [about("sender", ("rhapsody.version", "3.1.0.2140"))]


def heard(server: bytes, client: bytes = b"ZQCANARY") -> list[tuple[object, ...]]:
    segments: list[Segment] = [(1, 0, server), (0, 0, client)]
    whole = said(SPEC, segments)
    for size in (1, 7, 60):
        assert said(SPEC, cut(segments, size)) == whole
    assert "ZQCANARY" not in repr(whole)
    return whole


def test_an_engine_says_its_version() -> None:
    assert heard(GREETING) == NAMED
    assert heard(GREETING + b"ZQCANARY" * 100) == NAMED


def test_what_is_none() -> None:
    assert heard(GREETING[:40]) == []
    assert heard(b"\0\0\0:R" + b"x" * GREETING_MAX) == [odd("rhapsody.no_greeting")]
    assert said(SPEC, [(1, 0, GREETING[:20]), (1, 30, GREETING[30:])]) == [odd("rhapsody.gap")]


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (GREETING, True),
        (GREETING[:30], None),
        (b"", None),
        (b"\0\0", None),
        (b"\0\0\0:S", False),
        (GREETING.replace(b"Rhapsody", b"Raphsody") + bytes(GREETING_MAX), False),
        (b"\0\0\x01\x02", False),
        (b"MSH|^~\\&|", False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
