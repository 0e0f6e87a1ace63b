"""Which parsers are asked, by ports and by the first byte of a stream."""

from __future__ import annotations

from parsers.api import DatagramSpec
from sensor.candidates import Candidates


def spec(name: str, begins: bytes, *ports: int) -> DatagramSpec:
    def probe(first: bytes) -> bool | None:
        if first[:1] == b"!":
            raise ValueError("a bug")
        return first.startswith(begins) or (None if begins.startswith(first) else False)

    return DatagramSpec(
        name=name,
        title=name,
        carriers=frozenset({"udp"}),
        ports=frozenset(ports),
        probe=probe,
        read=lambda _: (),
        emits={},
    )


A, B, C = spec("a", b"xy", 80), spec("b", b"xz"), spec("c", b"y", 81)


def test_ports_come_first() -> None:
    candidates = Candidates([A, B, C])
    assert candidates.of(1, 2) == (A, B, C)
    assert candidates.of(50_000, 81) == (C, A, B)


def test_who_refuses_the_first_byte_is_not_asked_again() -> None:
    candidates = Candidates([A, B, C])
    assert candidates.beginning((C, A, B), ord("x")) == [A, B]
    assert candidates.beginning([B], ord("x")) == [B]
    assert candidates.beginning((A, B, C), ord("?")) == []


def test_a_probe_that_fails_is_asked_with_the_stream() -> None:
    assert Candidates([A]).beginning((A,), ord("!")) == [A]
