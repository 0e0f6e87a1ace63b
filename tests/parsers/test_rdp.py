"""RDP openings written by hand from MS-RDPBCGR 2.2.1.1 to 2.2.1.4."""

from __future__ import annotations

import struct

import pytest

from parsers.rdp import SPEC, probe
from tests.parsers.datagrams import about, odd
from tests.parsers.harness import cut, said

CLIENT, SERVER = 0, 1
TLS, CREDSSP = 1, 2
COOKIE = b"Cookie: mstshash=ZQCANARY\r\n"
HELLO = bytes.fromhex("16 0301 0005") + b"hello"
STANDARD = ("flag", ("sender", "", ()), "rdp.standard_security")


def tpkt(rest: bytes) -> bytes:
    return b"\3\0" + struct.pack(">H", 4 + len(rest)) + rest


def connect(kind: int, rest: bytes = b"", reference: int = 0) -> bytes:
    return tpkt(bytes([6 + len(rest), kind]) + struct.pack(">HH", 0, reference) + b"\0" + rest)


def negotiation(kind: int, value: int) -> bytes:
    return struct.pack("<BBHI", kind, 0, 8, value)


def request(protocols: int | None, before: bytes = b"") -> bytes:
    return connect(0xE0, before + (b"" if protocols is None else negotiation(1, protocols)))


def confirm(protocol: int | None) -> bytes:
    return connect(0xD0, b"" if protocol is None else negotiation(2, protocol), 0x1234)


def conference(key: bytes, *blocks: bytes) -> bytes:
    data = b"".join(blocks)
    return tpkt(b"\x02\xf0\x80\x7f\x65 BER around it " + key + struct.pack(">H", 0x8000 | len(data)) + data)


def core(name: str = "US7-CONSOLE") -> bytes:
    body = struct.pack("<HHHHHHII", 4, 8, 1024, 768, 0xCA01, 0xAA03, 0x40C, 7601)
    body += name.encode("utf-16-le").ljust(32, b"\0")[:32] + bytes(12) + b"ZQCANARY".ljust(64)
    return struct.pack("<HH", 0xC001, 4 + len(body)) + body


SECURITY = struct.pack("<HHII", 0xC002, 12, 3, 0)
SERVER_CORE = struct.pack("<HHHH", 0x0C01, 8, 4, 8)


def heard(client: bytes = b"", server: bytes = b"") -> list[tuple[object, ...]]:
    segments = [(side, 0, way) for side, way in ((CLIENT, client), (SERVER, server)) if way]
    whole = said(SPEC, segments)
    for size in (1, 7, 40):
        assert said(SPEC, cut(segments, size)) == whole
    return whole


@pytest.mark.parametrize("before", [b"", COOKIE, b"Cookie: msts=3640205228.15629.0000\r\n"])
def test_tls_begins_behind_what_was_agreed_on(before: bytes) -> None:
    client, server = request(TLS | CREDSSP, before), confirm(CREDSSP)
    assert heard(client + HELLO, server + HELLO) == [
        about("sender", ("rdp.offers", "rdp,tls,credssp")),
        ("anew", CLIENT, len(client)),
        about("sender", ("rdp.security", "credssp")),
        ("anew", SERVER, len(server)),
    ]


@pytest.mark.parametrize("chosen", [None, 0])
def test_without_it_the_conference_is_in_clear(chosen: int | None) -> None:
    client = request(None, COOKIE) + conference(b"Duca", SECURITY, core()) + tpkt(b"\x02\xf0\x80ZQCANARY")
    server = confirm(chosen) + conference(b"McDn", SERVER_CORE) + tpkt(b"\x02\xf0\x80ZQCANARY")
    assert heard(client, server) == [
        about("sender", ("rdp.offers", "rdp")),
        about(
            "sender",
            ("rdp.client_version", "8.4"),
            ("rdp.client_build", "7601"),
            ("rdp.keyboard_layout", "0000040c"),
            ("rdp.client_computer", "US7-CONSOLE"),
        ),
        about("sender", ("rdp.security", "rdp")),
        STANDARD,
        about("sender", ("rdp.server_version", "8.4")),
    ]


def test_a_refusal_ends_it() -> None:
    assert heard(server=connect(0xD0, negotiation(3, 5)) + HELLO) == []


def test_a_name_that_fills_its_room_and_one_that_is_empty() -> None:
    full, none = core("SIXTEENLETTERSXY"), core("")
    assert ("rdp.client_computer", "SIXTEENLETTERSXY") in heard(conference(b"Duca", full))[0][2]  # type: ignore[operator]  # pairs
    assert "rdp.client_computer" not in repr(heard(conference(b"Duca", none)))


@pytest.mark.parametrize(
    ("client", "events"),
    [
        (conference(b"Duca"), [odd("rdp.no_core")]),
        (conference(b"none"), [odd("rdp.no_core")]),
        (conference(b"Duca", core()[:40]), [odd("rdp.no_core")]),
        (b"GET / HTTP/1.1\r\n", [odd("rdp.no_unit")]),
        (b"\3\0\0\2", [odd("rdp.no_unit")]),
    ],
)
def test_broken(client: bytes, events: list[tuple[object, ...]]) -> None:
    assert heard(client) == events


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (request(TLS), True),
        (request(None, COOKIE), True),
        (request(None), True),
        (confirm(TLS), True),
        (connect(0xD0, negotiation(3, 1)), True),
        (request(TLS)[:8], None),
        (b"\3", None),
        (b"", None),
        (connect(0xE0, bytes.fromhex("c00109c1020100c2020102"), 1), False),  # S7: TPDU size and selectors
        (connect(0xE0, b"", 1), False),
        (tpkt(bytes.fromhex("02f080") + b"32 S7 again"), False),
        (tpkt(bytes.fromhex("08020001050401a0")), False),  # H.323
        (HELLO, False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
