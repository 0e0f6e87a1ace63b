"""RFC 2217 openings written by hand from RFC 854, 855 and 2217."""

from __future__ import annotations

import pytest

from parsers.comport import COMMAND_MAX, SPEC, probe
from tests.parsers.harness import cut, said

Heard = list[tuple[object, ...]]
OFFERS, AGREES = b"\xff\xfb\x2c", b"\xff\xfd\x2c"
BAUD = b"\xff\xfa\x2c\x01\x00\x00\x25\x80\xff\xf0"


def heard(client: bytes = b"", server: bytes = b"") -> Heard:
    segments = [(side, 0, way) for side, way in ((0, client), (1, server)) if way]
    whole = said(SPEC, segments)
    for size in (1, 2, 5):
        assert said(SPEC, cut(segments, size)) == whole
    return whole


def about(*fields: tuple[str, str]) -> tuple[object, ...]:
    return ("said", ("sender", "", ()), fields)


def test_both_ends_and_where_the_other_protocol_begins() -> None:
    client = b"\xff\xfb\x03" + OFFERS + BAUD + b"\x06ZQCANARY"
    server = AGREES + b"\xff\xfa\x2c\x64ser2net\xff\xf0" + b"\x05ZQCANARY"
    assert heard(client, server) == [
        about(("comport.role", "client")),
        ("anew", 0, 16),
        about(("comport.role", "server")),
        ("flag", ("sender", "", ()), "comport.open"),
        about(("comport.program", "ser2net")),
        ("anew", 1, 16),
    ]


def test_a_byte_ff_is_no_command() -> None:
    assert heard(OFFERS + b"\xff\xff\x01") == [about(("comport.role", "client")), ("anew", 0, 4)]
    escaped = b"\xff\xfa\x2c\x64a\xff\xffb\xff\xf0"
    assert heard(server=AGREES + escaped)[2:] == []  # no text in UTF-8


def test_what_is_no_command_ends_it() -> None:
    assert heard(OFFERS + b"\xff\x01") == [about(("comport.role", "client")), ("odd", "comport.no_command")]
    endless = OFFERS + b"\xff\xfa\x2c" + b"x" * COMMAND_MAX
    assert heard(endless)[1:] == [("odd", "comport.no_command")]
    assert heard(OFFERS + BAUD * 500)[1:] == [("odd", "comport.endless")]


def test_after_a_loss_the_other_protocol_is_looked_for() -> None:
    segments = [(0, 0, OFFERS), (0, 10, b"\x06")]
    assert said(SPEC, segments)[1:] == [("odd", "comport.gap"), ("anew", 0, 10)]


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (b"", None),
        (b"\xff\xfb", None),
        (b"\xff\xfb\x03\xff\xfd\x03", None),
        (b"\xff\xfb\x03" + OFFERS, True),
        (BAUD, True),
        (b"\xff\xfb\x03login:", False),
        (b"\xff\xd8\xff\xe0", False),  # a JPEG
        (b"\xff\xfb\x03" * 60, False),
        (b"SSH-2.0-", False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
