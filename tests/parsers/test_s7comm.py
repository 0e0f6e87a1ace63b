"""S7 written by hand from RFC 1006, ISO 8073, and the layout in nmap's s7-info.nse, of which the sample texts are."""

from __future__ import annotations

import pytest

from parsers import rdp
from parsers.s7comm import SPEC
from tests.parsers.datagrams import about
from tests.parsers.harness import cut, said

Heard = list[tuple[object, ...]]
CONNECT = bytes.fromhex("0300001611e00000001400c1020100c2020102c0010a")
CONFIRM = bytes.fromhex("0300001611d00014000100c0010ac1020100c2020102")
SETUP = bytes.fromhex("0300001902f08032010000000000080000f0000001000101e0")
SERVER, CLIENT = about("sender", ("s7comm.role", "server")), about("sender", ("s7comm.role", "client"))


def tpkt(rest: bytes) -> bytes:
    raw = b"\x02\xf0\x80" + rest
    return b"\3\0" + (len(raw) + 4).to_bytes(2) + raw


def job(function: int, data: bytes = b"") -> bytes:
    parameters = bytes((function, 1))
    return tpkt(b"\x32\1\0\0\0\1" + len(parameters).to_bytes(2) + len(data).to_bytes(2) + parameters + data)


def answer(which: str, size: int, *entries: bytes, whole: str = "ff09") -> bytes:
    told = bytes.fromhex(which) + b"\0\0" + size.to_bytes(2) + len(entries).to_bytes(2) + b"".join(entries)
    data = bytes.fromhex(whole) + len(told).to_bytes(2) + told
    parameters = bytes.fromhex("000112081284010000000000")
    return tpkt(b"\x32\7\0\0\0\2" + len(parameters).to_bytes(2) + len(data).to_bytes(2) + parameters + data)


def module(index: int, text: str, version: str = "0000 0000 0000") -> bytes:
    return index.to_bytes(2) + text.encode().ljust(20) + bytes.fromhex(version)


def component(index: int, text: str) -> bytes:
    return index.to_bytes(2) + text.encode().ljust(32, b"\0")


def heard(client: bytes = b"", server: bytes = b"") -> Heard:
    segments = [(side, 0, way) for side, way in enumerate((client, server)) if way]
    whole = said(SPEC, segments)
    for size in (1, 9, 50):
        assert said(SPEC, cut(segments, size)) == whole
    assert "zqcanary" not in repr(whole).lower()
    return whole


MODULES = answer(
    "0011", 28, module(1, "6ES7 315-2AG10-0AB0"), module(6, "6ES7 315-2AG10-0AB0"), module(7, "", "00c0 5602 0609")
)
COMPONENTS = answer(
    "001c",
    34,
    component(1, "SIMATIC 300(1)"),
    component(2, "CPU 315-2 DP"),
    component(3, "ZQCANARY"),
    component(4, "Original Siemens Equipment"),
    component(5, "S C-X4U421302009"),
    component(7, "CPU 315-2 DP"),
    component(11, "ZQCANARY"),
)


def test_what_a_controller_is() -> None:
    assert heard(CONNECT + SETUP, CONFIRM + MODULES + COMPONENTS) == [
        CLIENT,
        about("sender", ("s7comm.order_number", "6ES7 315-2AG10-0AB0"), ("s7comm.firmware", "2.6.9")),
        about(
            "sender",
            ("s7comm.station", "SIMATIC 300(1)"),
            ("s7comm.module", "CPU 315-2 DP"),
            ("s7comm.serial", "S C-X4U421302009"),
            ("s7comm.model", "CPU 315-2 DP"),
        ),
    ]


@pytest.mark.parametrize(
    ("function", "found"), [(4, False), (5, True), (0x1A, True), (0x28, True), (0x29, True), (0x1E, False)]
)
def test_who_changes_something(function: int, found: bool) -> None:
    writes = ("flag", ("sender", "", ()), "s7comm.writes")
    assert heard(CONNECT + job(function, b"ZQCANARY") * 2) == [CLIENT, *([writes] if found else [])]


@pytest.mark.parametrize(
    "told",
    [
        answer("001c", 0, component(5, "ZQCANARY")),  # a size that is none
        answer("00a0", 20, b"ZQCANARY" * 3),  # what happened lately
        answer("001c", 34, component(5, "ZQCANARY"), whole="0a00"),
        answer("001c", 34, component(5, "ZQCANARY")[:20]),
        tpkt(b"\x32\7"),
    ],
)
def test_other_answers(told: bytes) -> None:
    assert heard(b"", CONFIRM + told) == []


def test_another_protocol_follows() -> None:
    assert heard(CONNECT + SETUP + b"GET /") == [CLIENT, ("odd", "s7comm.no_unit")]


@pytest.mark.parametrize(
    ("first", "answer_"),
    [
        (SETUP, True),
        (CONNECT, None),
        (CONNECT + SETUP, True),
        (CONFIRM + SETUP[:8], None),
        (CONNECT + bytes.fromhex("0300001702f0800d"), False),  # a session of OSI, as MMS has it
        (bytes.fromhex("030000130ee000000000000100080003000000"), None),  # RDP opens like this; what follows tells
        (b"\3\0", None),
        (b"\3\1", False),
        (b"\x16\3\1", False),
    ],
)
def test_probe(first: bytes, answer_: bool | None) -> None:
    assert SPEC.probe(first) is answer_


def test_remote_desktops_are_left_to_their_own() -> None:
    opening = bytes.fromhex("030000130ee000000000000100080003000000")
    assert rdp.SPEC.probe(opening) is True
