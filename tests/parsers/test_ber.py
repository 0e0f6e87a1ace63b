"""Tags and lengths: the examples are those of X.690 and of its clauses 8.1.3 and 10.1."""

from __future__ import annotations

import pytest

from parsers import ber
from tests.parsers.ber_bytes import integer, octets, sequence, tlv


@pytest.mark.parametrize(
    ("head", "end"),
    [
        ("", 0),
        ("30", 0),
        ("30 03", 5),
        ("30 81", 0),
        ("30 81 80", 131),
        ("30 82 0100", 260),
        ("30 84 00000005", 11),
        ("30 80", -1),  # indefinite
        ("30 85 0000000005", -1),
        ("1f 81", -1),  # a tag of several octets
        ("1f", -1),
    ],
)
def test_extent(head: str, end: int) -> None:
    assert ber.extent(bytes.fromhex(head)) == end


def test_an_answer_once_given_stays() -> None:
    for whole in (tlv(0x30, bytes(200)), tlv(4, b"x", long=True), b"\x30\x80\x00\x00", b"\x1f\x81\x01\x00"):
        answers = [ber.extent(whole[:end]) for end in range(len(whole) + 1)]
        told = [answer for answer in answers if answer]
        assert set(told) == {told[0]}
        assert answers.index(told[0]) == len(answers) - len(told)


def test_what_is_inside() -> None:
    data = sequence(integer(7), tlv(0xA1, octets("a")), tlv(0xA1, octets("b")))
    whole = ber.element(data, 0, len(data))
    assert whole == (0x30, 2, len(data))
    found = ber.inside(data, whole, 0xA1, ber.OCTET_STRING)
    assert found is not None
    assert data[found[1] : found[2]] == b"a"
    assert ber.number(data, ber.inside(data, whole, ber.INTEGER)) == 7
    assert ber.inside(data, whole, 0xA2, ber.OCTET_STRING) is None


def test_what_reaches_over_its_place_is_none() -> None:
    data = sequence(octets("abc"))
    assert ber.element(data, 0, len(data) - 1) is None
    assert ber.element(data, 0, len(data) + 9) is None
    inner = b"\x30\x05\x04\x07abc"
    assert list(ber.elements(inner, 2, 7)) == []


def test_siblings_are_capped() -> None:
    data = octets("") * (ber.ELEMENTS_MAX + 5)
    assert sum(1 for _ in ber.elements(data, 0, len(data))) == ber.ELEMENTS_MAX


@pytest.mark.parametrize(("data", "value"), [("020100", 0), ("0201ff", -1), ("02020100", 256), ("0200", None)])
def test_numbers(data: str, value: int | None) -> None:
    raw = bytes.fromhex(data)
    assert ber.number(raw, ber.element(raw, 0, len(raw))) == value
