"""Telnet by hand from RFC 854; the capture holds what inetutils does."""

from __future__ import annotations

import pytest

from parsers.telnet import SPEC, probe
from tests.parsers.datagrams import about, odd
from tests.parsers.harness import cut, said

CLIENT, SERVER = 0, 1


def heard(client: bytes = b"", server: bytes = b"") -> list[tuple[object, ...]]:
    segments = [(side, 0, way) for side, way in ((CLIENT, client), (SERVER, server)) if way]
    whole = said(SPEC, segments)
    for size in (1, 7, 40):
        assert said(SPEC, cut(segments, size)) == whole
    return whole


def flag(host: str, name: str) -> tuple[object, ...]:
    return ("flag", (host, "", ()), name)


LOGIN = flag("sender", "telnet.login")
ASKS = bytes.fromhex("fffd18 fffb03")


def told(*fields: tuple[str, str]) -> tuple[object, ...]:
    return about("sender", *fields)


OPTIONS = ("telnet.options", "do 24,will 3")


@pytest.mark.parametrize(
    ("screen", "fields"),
    [
        (
            b"\r\nAcme CT\r\n\x1b[1mVersion 4\x1b[0m\r\n\r\nlogin: ",
            [("telnet.banner", "Acme CT"), ("telnet.banner", "Version 4")],
        ),
        (b"ct7.ward login: ", [("telnet.host_name", "ct7.ward")]),
        (b"Password:", []),
        (b"User name :", []),
    ],
)
def test_what_is_shown_before_a_log_in(screen: bytes, fields: list[tuple[str, str]]) -> None:
    events = heard(b"zqcanary\r\nZQCANARY\r\n", ASKS + screen + b"zqcanary\r\nWelcome ZQCANARY\r\n")
    assert events == [LOGIN, told(OPTIONS, *fields)]


def test_subnegotiation_is_stepped_over() -> None:
    inside = bytes.fromhex("fffa18") + b"ZQCANARY\r\nlogin:\xff\xff" + bytes.fromhex("fff0")
    assert heard(server=ASKS + inside + b"x\r\n") == [told(OPTIONS, ("telnet.banner", "x"))]


def test_a_serial_line_is_another_protocol() -> None:
    """RFC 2217: who offers the option after others is read as that, from the command on, in each direction."""
    agreed = b"\xff\xfb\x03\xff\xfb\x2c"
    assert heard(server=agreed + b"\r\nlogin: ") == [told(("telnet.options", "will 3")), ("anew", SERVER, 3)]
    assert heard(client=b"\xff\xfd\x03\xff\xfa\x18\0x\xff\xf0\xff\xfd\x2cZQCANARY") == [("anew", CLIENT, 10)]
    assert heard(client=b"\xff\xfd\x03ZQCANARY\xff\xfd\x2c") == []  # it types
    assert heard(client=b"\xff\xfe\x2c\xff\xfd\x03") == []  # none is wanted


def test_no_prompt() -> None:
    assert heard(server=ASKS) == [told(OPTIONS)]
    assert heard(server=ASKS + b"a\r\n" + b"b" * 5000 + b"login:") == [told(OPTIONS, ("telnet.banner", "a"))]


def test_a_loss_ends_it() -> None:
    assert said(SPEC, [(1, 0, ASKS), (1, 90, b"zqcanary login:")]) == [odd("telnet.gap"), told(OPTIONS)]


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (ASKS, True),
        (b"\xff\xfd", None),
        (b"", None),
        (b"\xff\xd8\xff", False),
        (b"\xff\xfd\x90", False),
        (b"login:", False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
