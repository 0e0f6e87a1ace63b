"""Bindings of MS-RPC written by hand from C706 chapter 12 and MS-RPCE 2.2.2."""

from __future__ import annotations

import struct

import pytest

from parsers.msrpc import SPEC, probe
from tests.parsers.datagrams import about, odd, since
from tests.parsers.harness import cut, said
from tests.parsers.test_ntlmssp import authenticate, challenge, negotiate, pair

BIND, ACK, AUTH3, REQUEST = 11, 12, 16, 0
NTLM, SPNEGO = 10, 9


def fragment(kind: int, body: bytes, token: bytes = b"", *, scheme: int = NTLM, order: str = "<") -> bytes:
    trailer = bytes([scheme, 5, 0, 0]) + bytes(4) + token if token else b""
    size = 16 + len(body) + len(trailer)
    head = bytes([5, 0, kind, 3, 0x10 if order == "<" else 0, 0, 0, 0])
    return head + struct.pack(f"{order}HHI", size, len(token), 1) + body + trailer


def heard(client: bytes = b"", server: bytes = b"") -> list[tuple[object, ...]]:
    segments = [(side, 0, way) for side, way in ((0, client), (1, server)) if way]
    whole = said(SPEC, segments)
    for size in (1, 9, 50):
        assert said(SPEC, cut(segments, size)) == whole
    return whole


WINDOWS_7 = since("2020-01-15", "msrpc.old_windows")


@pytest.mark.parametrize("order", ["<", ">"])
def test_names_in_a_binding(order: str) -> None:
    client = fragment(BIND, bytes(56), negotiate(), order=order)
    client += fragment(AUTH3, bytes(4), authenticate("US7".encode("utf-16-le")), order=order)
    client += fragment(REQUEST, b"ZQCANARY" + challenge(pair(1, "NOBODY")), b"ZQCANARY", order=order)
    server = fragment(ACK, bytes(40), b"spnego" + challenge(pair(1, "DC1")), scheme=SPNEGO, order=order)
    assert heard(client, server) == [
        about("sender", ("msrpc.ntlm_version", "6.1.7601")),
        WINDOWS_7,
        about("sender", ("msrpc.ntlm_workstation", "US7"), ("msrpc.ntlm_version", "6.1.7601")),
        WINDOWS_7,
        about("sender", ("msrpc.ntlm_computer", "DC1"), ("msrpc.ntlm_version", "6.1.7601")),
        WINDOWS_7,
    ]


def test_a_binding_without_authentication_and_a_call() -> None:
    assert heard(fragment(BIND, bytes(56)) + fragment(REQUEST, b"ZQCANARY") + b"anything") == []


def test_what_is_no_fragment_is_odd() -> None:
    assert heard(fragment(BIND, bytes(56)) + b"GET / HTTP/1.1\r\n\r\n") == [odd("msrpc.no_unit")]


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (fragment(BIND, bytes(56)), True),
        (fragment(REQUEST, b"x" * 30, order=">"), True),
        (fragment(BIND, bytes(56))[:15], None),
        (b"\5", None),
        (b"\5\2", False),
        (b"\5\1\0" + bytes(13), False),  # SOCKS
        (fragment(99, b""), False),
        (fragment(BIND, b"")[:8] + struct.pack("<HHI", 20, 5, 1), False),  # a token longer than the fragment
        (b"\4\0" + bytes(14), False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
