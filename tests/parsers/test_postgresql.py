"""PostgreSQL by hand from its manual, chapter 55; the captures hold what psql does."""

from __future__ import annotations

import struct

import pytest

from parsers.postgresql import SPEC, probe
from tests.parsers.datagrams import about, odd
from tests.parsers.harness import cut, said

CLIENT, SERVER = 0, 1
HELLO = bytes.fromhex("16 0301 0005") + b"hello"


def heard(client: bytes = b"", server: bytes = b"") -> list[tuple[object, ...]]:
    segments = [(side, 0, way) for side, way in ((CLIENT, client), (SERVER, server)) if way]
    whole = said(SPEC, segments)
    for size in (1, 7, 40):
        assert said(SPEC, cut(segments, size)) == whole
    return whole


def flag(host: str, name: str) -> tuple[object, ...]:
    return ("flag", (host, "", ()), name)


TLS, GSSAPI = struct.pack(">II", 8, 80877103), struct.pack(">II", 8, 80877104)


def opening(*names: bytes) -> bytes:
    data = b"".join(name + b"\0" for name in names) + b"\0"
    return struct.pack(">II", 8 + len(data), 196608) + data


def message(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack(">I", 4 + len(data)) + data


OPENING = opening(b"user", b"zqcanary", b"database", b"zqcanary_db", b"application_name", b"LabLink")
PROGRAM = about("sender", ("postgresql.application", "LabLink"))
STATUS = message(b"S", b"TimeZone\0ZQCANARY\0") + message(b"S", b"server_version\x0015.6\0") + message(b"Z", b"I")
VERSION = about("sender", ("postgresql.version", "15.6"))


@pytest.mark.parametrize(("kind", "flags"), [(3, [flag("sender", "postgresql.password_in_clear")]), (5, []), (10, [])])
def test_a_log_in(kind: int, flags: list[tuple[object, ...]]) -> None:
    server = message(b"R", struct.pack(">I", kind)) + message(b"R", bytes(4)) + STATUS + message(b"D", b"ZQCANARY")
    assert heard(OPENING + message(b"p", b"ZQCANARY\0"), server) == [PROGRAM, *flags, VERSION]


def test_tls() -> None:
    events = heard(GSSAPI + TLS + HELLO, b"NS" + HELLO)
    assert events == [("anew", CLIENT, 16), ("anew", SERVER, 2)]


def test_a_server_without_tls() -> None:
    assert heard(TLS + OPENING, b"N" + message(b"R", bytes(4)) + STATUS) == [PROGRAM, VERSION]


def test_broken() -> None:
    assert heard(b"GET / HTTP/1.1", message(b"R", b"")) == [odd("postgresql.no_unit"), odd("postgresql.malformed")]
    assert heard(opening(b"user")) == []
    assert heard(server=message(b"E", b"ZQCANARY")) == []


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (OPENING, True),
        (TLS, True),
        (GSSAPI, True),
        (OPENING[:7], None),
        (b"", None),
        (bytes(8), False),
        (b"GET / HTTP/1.1", False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
