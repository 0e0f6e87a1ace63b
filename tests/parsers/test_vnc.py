"""VNC openings by hand from RFC 6143 sections 7.1.1 and 7.1.2; the captures hold what x11vnc does."""

from __future__ import annotations

import pytest

from parsers.vnc import SPEC, probe
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


NONE, VNC, TLS = 1, 2, 18
NEW, OLD = b"RFB 003.008\n", b"RFB 003.003\n"
OPEN = flag("sender", "vnc.no_authentication")


def version(text: str) -> tuple[object, ...]:
    return about("sender", ("vnc.version", text))


@pytest.mark.parametrize(
    ("kinds", "told", "flags"),
    [
        (bytes([2, NONE, VNC]), "none,vnc", [OPEN]),
        (bytes([3, VNC, TLS, 99]), "vnc,tls,99", []),
        (bytes([0, 0, 0, VNC]), "vnc", []),
        (bytes([0, 0, 0, NONE]), "none", [OPEN]),
    ],
)
def test_kinds_of_log_in(kinds: bytes, told: str, flags: list[tuple[object, ...]]) -> None:
    events = heard(NEW + b"ZQCANARY", NEW + kinds + b"ZQCANARY")
    assert events == [version("3.8"), version("3.8"), about("sender", ("vnc.security", told)), *flags]


def test_version_3_3() -> None:
    assert heard(OLD, OLD + bytes([0, 0, 0, VNC])) == [
        version("3.3"),
        version("3.3"),
        about("sender", ("vnc.security", "vnc")),
    ]


def test_a_server_that_refuses() -> None:
    assert heard(server=OLD + bytes(4) + b"\0\0\0\x08ZQCANARY") == [version("3.3")]


def test_broken() -> None:
    assert heard(b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\n") == [odd("vnc.no_unit")] * 2


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (NEW, True),
        (b"RFB 004.001\n", True),
        (b"RFB 00", None),
        (b"", None),
        (b"RFB xxx.008\n", False),
        (b"GET", False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
