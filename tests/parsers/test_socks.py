"""SOCKS 5 written by hand from RFC 1928 and RFC 1929."""

from __future__ import annotations

import pytest

from parsers.socks import SPEC, probe
from tests.parsers.datagrams import Heard, about
from tests.parsers.harness import cut, said

OFFER, CHOSEN = b"\5\1\0", b"\5\0"
NAME = b"\3\x10zqcanary.example\x01\xbb"
REQUEST, REPLY = b"\5\1\0" + NAME, b"\5\0\0\1\0\0\0\0\x01\xbb"
HELLO, ANSWER = b"\x16\3\1", b"\x16\3\3"
PROXY = about("receiver", ("socks.role", "proxy"))
LOG_IN = b"\1\x08zqcanary\x06secret"
IN_CLEAR = ("flag", ("receiver", "", ()), "socks.password_in_clear")

CASES: dict[str, tuple[bytes, bytes, Heard]] = {
    "to a name": (OFFER + REQUEST + HELLO, CHOSEN + REPLY + ANSWER, [PROXY, ("anew", 0, 26), ("anew", 1, 12)]),
    "to an address of IPv6": (
        OFFER + b"\5\1\0\4" + bytes(18) + HELLO,
        CHOSEN + b"\5\0\0\4" + bytes(18) + ANSWER,
        [PROXY, ("anew", 0, 25), ("anew", 1, 24)],
    ),
    "with a log-in": (
        b"\5\2\0\2" + LOG_IN + REQUEST + HELLO,
        b"\5\2\1\0" + REPLY + ANSWER,
        [IN_CLEAR, PROXY, ("anew", 0, 44), ("anew", 1, 14)],
    ),
    "refused": (OFFER + REQUEST, CHOSEN + b"\5\5" + REPLY[2:], [PROXY, ("anew", 0, 26)]),
    "to listen": (OFFER + b"\5\2\0" + NAME, CHOSEN, [PROXY]),
}


@pytest.mark.parametrize(("client", "server", "expected"), CASES.values(), ids=CASES)
def test_case(client: bytes, server: bytes, expected: Heard) -> None:
    segments = [(0, 0, client), (1, 0, server)]
    for size in (1, 5, 100):
        assert said(SPEC, cut(segments, size)) == expected
    assert "zqcanary" not in str(said(SPEC, segments)).lower()


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (OFFER, True),
        (OFFER + REQUEST, True),
        (b"\5\2\0", None),
        (b"\5", None),
        (b"", None),
        (b"\5\0", False),
        (b"\5\0\x0b\3", False),  # MS-RPC
        (b"\5\2\0\0", False),
        (b"\5\1\0\x10", False),
        (b"\5" + bytes([200]) + bytes(range(200)), False),
        (b"\4\1\0\x50", False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
