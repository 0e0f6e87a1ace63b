"""FTP control connections by hand from RFC 959; the captures hold what vsftpd does."""

from __future__ import annotations

import pytest

from parsers.ftp import SPEC, probe
from tests.parsers.datagrams import about, odd
from tests.parsers.harness import cut, said

CLIENT, SERVER = 0, 1
HELLO = bytes.fromhex("16 0301 0005") + b"hello"
IN_CLEAR = ("flag", ("receiver", "", ()), "ftp.password_in_clear")


def heard(client: bytes = b"", server: bytes = b"") -> list[tuple[object, ...]]:
    segments = [(side, 0, way) for side, way in ((CLIENT, client), (SERVER, server)) if way]
    whole = said(SPEC, segments)
    for size in (1, 7, 40):
        assert said(SPEC, cut(segments, size)) == whole
    return whole


@pytest.mark.parametrize(
    ("greeting", "fields"),
    [
        (b"220 (vsFTPd 3.0.3)\r\n", [("ftp.banner", "(vsFTPd 3.0.3)")]),
        (
            b"220 CT7 FTP server (Version 6.4) ready.\r\n",
            [("ftp.host_name", "ct7"), ("ftp.banner", "FTP server (Version 6.4) ready.")],
        ),
        (
            b"220---------- Welcome to Pure-FTPd ----------\r\n220-You are user 1 of ZQCANARY.\r\n220 IPv6 too.\r\n",
            [("ftp.banner", "Welcome to Pure-FTPd"), ("ftp.banner", "IPv6 too.")],
        ),
        (b"220-\r\n ZQCANARY\r\n220 \r\n", [("ftp.banner", "ZQCANARY")]),
        (b"220\r\n", []),
    ],
)
def test_a_server_greets(greeting: bytes, fields: list[tuple[str, str]]) -> None:
    rest = b"331 Password for ZQCANARY2\r\n230 hello ZQCANARY2\r\n215 UNIX\r\n"
    assert heard(server=greeting + rest) == ([about("sender", *fields)] if fields else [])


def test_the_system() -> None:
    events = heard(server=b"220 FTP\r\n215 UNIX Type: L8\r\n")
    assert events[1:] == [about("sender", ("ftp.system", "UNIX Type: L8"))]
    assert heard(server=b"530 ZQCANARY\r\n220 ZQCANARY\r\n") == []


@pytest.mark.parametrize(
    ("client", "events"),
    [
        (b"USER zqcanary\r\nPASS ZQCANARY\r\n", [IN_CLEAR]),
        (b"PASS ZQCANARY\r\nPASS ZQCANARY\r\n", [IN_CLEAR]),
        (b"USER anonymous\r\nPASS zqcanary@x\r\n", []),
        (b"USER zqcanary\r\n", []),
    ],
)
def test_passwords(client: bytes, events: list[tuple[object, ...]]) -> None:
    assert heard(client) == events


def test_tls() -> None:
    client, server = b"AUTH TLS\r\n", b"220 FTP\r\n234 go\r\n"
    events = heard(client + HELLO, server + HELLO)
    assert [e for e in events if e[0] == "anew"] == [("anew", CLIENT, len(client)), ("anew", SERVER, len(server))]


def test_nothing_is_read_of_a_server_that_hangs_up() -> None:
    """RFC 959 section 4.2: 421 closes the control connection."""
    assert heard(server=b"220 FTP\r\n421 Timeout.\r\n215 UNIX Type: L8\r\n") == [about("sender", ("ftp.banner", "FTP"))]


def test_broken() -> None:
    assert heard(server=b"220 " + b"x" * 2000) == [odd("ftp.no_unit")]


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (b"220 (vsFTPd 3.0.3)\r\n", True),
        (b"220-Welcome\r\n220 FTP server\r\n", True),
        (b"220-Welcome\r\n", None),
        (b"220 Welcome\r\n", False),
        (b"220 ftp.example ESMTP\r\n", False),
        (b"220", None),
        (b"220-" + b"x" * 2000, False),
        (b"2200", False),
        (b"USER x", True),
        (b"AUTH TL", None),
        (b"", None),
        (b"AUTH PLAIN", False),
        (b"GET", False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
