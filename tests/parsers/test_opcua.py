"""OPC UA written by hand from IEC 62541 parts 4 and 6."""

from __future__ import annotations

import struct

import pytest

from parsers.opcua import SPEC
from tests.parsers.datagrams import about
from tests.parsers.harness import cut, said

Heard = list[tuple[object, ...]]
CLIENT, SERVER = about("sender", ("opcua.role", "client")), about("sender", ("opcua.role", "server"))


def text(value: str | None) -> bytes:
    return struct.pack("<i", -1) if value is None else struct.pack("<I", len(value.encode())) + value.encode()


def message(kind: str, rest: bytes) -> bytes:
    return kind.encode() + b"F" + struct.pack("<I", len(rest) + 8) + rest


def hello(url: str) -> bytes:
    return message("HEL", struct.pack("<5I", 0, 65536, 65536, 0, 0) + text(url))


ACK = message("ACK", struct.pack("<5I", 0, 65536, 65536, 0, 0))


def answer(kind: int, body: bytes, *, diagnostics: int = 0, texts: bytes = b"\xff\xff\xff\xff") -> bytes:
    head = struct.pack("<QIIB", 7, 1, 0, diagnostics) + texts + bytes(3)
    return message("MSG", struct.pack("<4I", 1, 1, 2, 2) + b"\1\0" + struct.pack("<H", kind) + head + body)


def server(name: bytes = b"\3" + text("en") + text("Acme analyser 7")) -> bytes:
    return text("urn:analyser-7:acme") + text("urn:acme:analyser") + name


def heard(client: bytes = b"", own: bytes = b"") -> Heard:
    segments = [(side, 0, way) for side, way in enumerate((client, own)) if way]
    whole = said(SPEC, segments)
    for size in (1, 9, 50):
        assert said(SPEC, cut(segments, size)) == whole
    assert "zqcanary" not in repr(whole).lower()
    return whole


URL = "opc.tcp://Analyser-7.wards.example:4840/acme"
IDENTITY = (("opcua.application", "urn:analyser-7:acme"), ("opcua.product", "urn:acme:analyser"))
NAME = ("opcua.name", "Acme analyser 7")
ONE = struct.pack("<I", 1)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (URL, "analyser-7.wards.example"),
        ("opc.tcp://analyser-7", "analyser-7"),
        ("opc.tcp://10.74.0.20:4840/", ""),
        ("opc.tcp://[fe80::1]:4840", ""),
        ("opc.tcp://ZQCANARY@analyser/", ""),
        ("https://zqcanary", ""),
    ],
)
def test_whom_a_client_means(url: str, host: str) -> None:
    assert heard(hello(url)) == [CLIENT, *([about("receiver", ("opcua.host_name", host))] if host else [])]


@pytest.mark.parametrize(
    ("own", "fields"),
    [
        (answer(431, ONE + text(URL) + server()), (("opcua.host_name", "analyser-7.wards.example"), *IDENTITY, NAME)),
        (answer(425, ONE + server()), (*IDENTITY, NAME)),
        (answer(425, ONE + server(b"\2" + text("Acme analyser 7"))), (*IDENTITY, NAME)),
        (answer(425, ONE + server(b"\0")), IDENTITY),
        (answer(425, ONE + server(), texts=ONE + text("ZQCANARY")), (*IDENTITY, NAME)),
        (answer(425, ONE + text("urn:a")), (("opcua.application", "urn:a"),)),
        (answer(425, ONE + server(), diagnostics=1), ()),
        (answer(425, bytes(4)), ()),
        (answer(634, ONE + text("ZQCANARY") * 9), ()),
        (message("MSG", b"ZQCANARY" * 20), ()),
    ],
)
def test_what_a_server_is(own: bytes, fields: tuple[tuple[str, str], ...]) -> None:
    assert heard(b"", ACK + own) == [SERVER, *([about("sender", *fields)] if fields else [])]


def test_what_follows_the_first_messages_is_not_looked_at() -> None:
    assert heard(b"", ACK + message("MSG", b"ZQCANARY" * 3) * 15 + answer(425, ONE + server())) == [SERVER]
    assert heard(b"", ACK + b"GET / HTTP/1.1") == [SERVER, ("odd", "opcua.no_unit")]


@pytest.mark.parametrize(
    ("first", "answer_"),
    [
        (hello(URL), True),
        (ACK, True),
        (b"HE", None),
        (b"HELF\x20\0", None),
        (b"HELO mail.example\r\n", False),
        (b"HELF\4\0\0\0", False),
        (b"MSGF\0\0\0\x7f", False),
        (b"GET / HTTP", False),
    ],
)
def test_probe(first: bytes, answer_: bool | None) -> None:
    assert SPEC.probe(first) is answer_
