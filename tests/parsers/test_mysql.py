"""MySQL by hand from the manual's connection phase; the captures hold what MariaDB does."""

from __future__ import annotations

import struct

import pytest

from parsers.mysql import SPEC, probe
from tests.parsers.datagrams import about, odd
from tests.parsers.harness import cut, said

CLIENT, SERVER = 0, 1
HELLO = bytes.fromhex("16 0303 0005") + b"hello"


def heard(client: bytes = b"", server: bytes = b"") -> list[tuple[object, ...]]:
    segments = [(side, 0, way) for side, way in ((CLIENT, client), (SERVER, server)) if way]
    whole = said(SPEC, segments)
    for size in (1, 7, 40):
        assert said(SPEC, cut(segments, size)) == whole
    return whole


def flag(host: str, name: str) -> tuple[object, ...]:
    return ("flag", (host, "", ()), name)


CAPABILITIES = 1 << 3 | 1 << 9 | 1 << 19 | 1 << 20


def packet(number: int, data: bytes) -> bytes:
    return struct.pack("<I", len(data))[:3] + bytes([number]) + data


def greeting(version: bytes) -> bytes:
    return packet(0, b"\x0a" + version + b"\0" + bytes(40))


def fixed(flags: int) -> bytes:
    return struct.pack("<IIB23x", flags, 1 << 24, 45)


def sized(data: bytes) -> bytes:
    return (bytes([len(data)]) if len(data) < 251 else b"\xfc" + struct.pack("<H", len(data))) + data


def answer(*pairs: tuple[bytes, bytes]) -> bytes:
    told = b"".join(sized(name) + sized(value) for name, value in pairs)
    return packet(1, fixed(CAPABILITIES) + b"zqcanary\0" + sized(b"ZQCANARY") + b"zqcanary_db\0plugin\0" + sized(told))


SAYS = about("sender", ("mysql.version", "8.0.36"))


def test_a_log_in() -> None:
    client = answer((b"_os", b"Linux"), (b"os_user", b"zqcanary"), (b"program_name", b"LabLink"), (b"x", b"y" * 300))
    told = about("sender", ("mysql.client_os", "Linux"), ("mysql.application", "LabLink"))
    assert heard(client + packet(0, b"\3select ZQCANARY"), greeting(b"8.0.36") + packet(2, b"ZQCANARY")) == [told, SAYS]


def test_tls() -> None:
    client, server = packet(1, fixed(CAPABILITIES | 1 << 11)), greeting(b"8.0.36")
    assert heard(client + HELLO, server + HELLO) == [("anew", CLIENT, len(client)), SAYS, ("anew", SERVER, len(server))]


def test_a_client_of_few_words() -> None:
    assert heard(packet(1, fixed(1 << 9) + b"zqcanary\0")) == []
    assert heard(packet(1, b"zqcanary")) == [odd("mysql.malformed")]
    assert heard(packet(1, fixed(CAPABILITIES) + b"zqcanary\0\xff")) == [odd("mysql.malformed")]


def test_a_refusal() -> None:
    assert heard(server=packet(0, b"\xff\x6a\4Host ZQCANARY is not allowed")) == []


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (greeting(b"5.7.16"), True),
        (greeting(b"5.5.5-10.11.19-MariaDB")[:12], None),
        (b"", None),
        (b"\x4a\0", None),
        (greeting(b"x"), False),
        (greeting(b""), False),
        (b"\x4a\0\0\0\x09", False),
        (b"GET / HTTP/1.1", False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
