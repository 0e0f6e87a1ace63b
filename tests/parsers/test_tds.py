"""TDS by hand from MS-TDS 2.2; the capture holds what FreeTDS does."""

from __future__ import annotations

import struct

import pytest

from parsers.tds import SPEC, probe
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


IN_CLEAR = flag("receiver", "tds.password_in_clear")


def packet(kind: int, data: bytes) -> bytes:
    return struct.pack(">BBHHBB", kind, 1, 8 + len(data), 0, 1, 0) + data


def prelogin(version: bytes = bytes.fromhex("0f0007d00000"), encryption: int = 2) -> bytes:
    options = struct.pack(">BHHBHHB", 0, 11, 6, 1, 17, 1, 0xFF)
    return options + version + bytes([encryption])


def login(user: str) -> bytes:
    texts = ("ANALYSER7", user, "ZQCANARY", "LabLink", "server", "", "ODBC")
    slots, data = b"", b""
    for text in texts:
        slots += struct.pack("<HH", 94 + len(data), len(text))
        data += text.encode("utf-16-le")
    head = bytes(36) + slots + bytes(8) + bytes.fromhex("005056630021") + bytes(16)
    return packet(0x10, head + data)


CLIENT_SAYS = about(
    "sender",
    ("tds.client_computer", "ANALYSER7"),
    ("tds.application", "LabLink"),
    ("tds.library", "ODBC"),
    ("tds.client_mac", "00:50:56:63:00:21"),
)
SERVER_SAYS = about("sender", ("tds.version", "15.0.2000"), ("tds.encryption", "not supported"))


@pytest.mark.parametrize(("user", "flags"), [("zqcanary", [IN_CLEAR]), ("", [])])
def test_a_log_in(user: str, flags: list[tuple[object, ...]]) -> None:
    client = packet(0x12, prelogin()) + login(user) + packet(1, b"select ZQCANARY")
    assert heard(client, packet(4, prelogin()) + packet(4, b"ZQCANARY")) == [CLIENT_SAYS, *flags, SERVER_SAYS]


def test_tls_inside() -> None:
    client = packet(0x12, prelogin()) + packet(0x12, b"\x16\x03\x01") + login("zqcanary")
    assert heard(client, packet(4, prelogin(encryption=9))) == [about("sender", ("tds.version", "15.0.2000"))]


def test_broken() -> None:
    assert heard(packet(0x10, bytes(40))) == [odd("tds.malformed")]
    assert heard(b"GET / HTTP/1.1") == [odd("tds.no_unit")]
    assert heard(server=packet(4, b"\0\xff\xff\0\6")) == []


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (packet(0x12, prelogin()), True),
        (packet(4, prelogin()), True),
        (packet(0x12, prelogin())[:10], None),
        (b"", None),
        (packet(4, b"\x81" * 20), False),
        (packet(0x12, b"\0\0\x0c\0\6" + bytes(9)), False),
        (b"GET / HTTP/1.1", False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
