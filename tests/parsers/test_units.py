"""Framing by length: holes, units that are too long, what is no unit."""

from __future__ import annotations

from collections.abc import Iterable

from parsers.api import SENDER, Event, Flag, Odd, Skip
from parsers.units import UNIT_MAX, Units


class Words(Units):
    """A length in three bytes, which counts itself; ? is no unit."""

    protocol = "words"

    def measure(self, head: bytes | bytearray) -> int:
        if head[:1] == b"?":
            return -1
        return int.from_bytes(head[:3], "big") if len(head) >= 3 else 0

    def unit(self, data: bytes) -> Iterable[Event]:
        return (Flag(f"{data[3:].decode()}@{self.here}", SENDER),)


def word(text: bytes) -> bytes:
    return (3 + len(text)).to_bytes(3, "big") + text


def heard(*pieces: tuple[int, bytes]) -> list[object]:
    words = Words()
    out: list[object] = []
    for at, data in pieces:
        out += [event.finding if isinstance(event, Flag) else event for event in words.feed(data, at)]
    return out


def odds(events: list[object]) -> list[str]:
    return [event.name for event in events if isinstance(event, Odd)]


def test_units_and_where_they_end() -> None:
    data = word(b"one") + word(b"two") + word(b"three")[:-1]
    assert heard((0, data)) == ["one@6", "two@12"]
    assert heard(*((100 + i, data[i : i + 1]) for i in range(len(data)))) == ["one@106", "two@112"]


def test_a_unit_that_is_too_long_is_stepped_over() -> None:
    long = (UNIT_MAX + 1).to_bytes(3, "big")
    events = heard((0, long), (UNIT_MAX + 1, word(b"next")))
    assert odds(events) == ["words.unit_too_long"]
    assert Skip(UNIT_MAX + 1) in events
    assert events[-1] == f"next@{UNIT_MAX + 1 + 7}"


def test_the_longest_unit_is_read() -> None:
    assert heard((0, word(b"x" * (UNIT_MAX - 3)))) == ["x" * (UNIT_MAX - 3) + f"@{UNIT_MAX}"]


def test_a_hole_ends_it_but_not_in_what_is_stepped_over() -> None:
    long = (UNIT_MAX + 1).to_bytes(3, "big")
    assert odds(heard((0, long), (1000, b"x"), (UNIT_MAX + 1, b""))) == ["words.unit_too_long"]
    assert odds(heard((0, long), (UNIT_MAX + 2, b"x"))) == ["words.unit_too_long", "words.gap"]
    assert odds(heard((0, word(b"one")), (7, b"x"), (8, word(b"two")))) == ["words.gap"]


def test_what_is_no_unit_ends_it() -> None:
    assert odds(heard((0, word(b"one") + b"?" + word(b"two")))) == ["words.no_unit"]
