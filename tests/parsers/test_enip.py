"""EtherNet/IP written by hand from EtherNet/IP volume 2 chapter 2 and CIP volume 1 chapter 5-2."""

from __future__ import annotations

import struct

import pytest

from parsers import enip, enip_tcp
from tests.parsers.datagrams import Heard, about, heard
from tests.parsers.harness import cut, said


def message(command: int, data: bytes = b"", *, status: int = 0, options: int = 0) -> bytes:
    return struct.pack("<HHII8sI", command, len(data), 0x4711, status, b"ZQCANARY", options) + data


def identity(name: bytes = b"PLC-7", serial: int = 0x006C061A) -> bytes:
    return struct.pack("<HHHBBHIB", 1, 14, 54, 20, 11, 0x3060, serial, len(name)) + name


def item(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def listed(told: bytes, address: bytes = bytes((10, 72, 0, 20))) -> bytes:
    place = struct.pack(">HH4s8x", 2, 44818, address)
    return message(0x63, b"\1\0" + item(0x0C, b"\1\0" + place + told + b"\3"))


def fields(name: str, *, address: str = "", serial: str = "006c061a") -> tuple[object, ...]:
    pairs = [("vendor_id", "1"), ("device_type", "14"), ("product_code", "54"), ("revision", "20.011")]
    pairs += [("product", "PLC-7"), ("serial", serial), ("address", address)]
    return about("sender", *((f"{name}.{field}", value) for field, value in pairs if value))


def answered(told: bytes) -> bytes:
    return message(0x6F, bytes(6) + b"\2\0" + item(0, b"") + item(0xB2, b"\x81\0\0\0" + told))


CASES: dict[str, tuple[bytes, Heard]] = {
    "who it is": (listed(identity()), [fields("enip", address="10.72.0.20")]),
    "without address and number": (listed(identity(serial=0), bytes(4)), [fields("enip", serial="")]),
    "the question": (message(0x63), []),
    "services": (message(4, b"\1\0" + item(0x100, b"Communications")), []),
    "a name that is cut": (listed(identity()[:-2])[:-3], [("odd", "enip.malformed")]),
    "no name": (listed(identity(b"")), [("odd", "enip.malformed")]),
    "no length": (b"\x63\0", [("odd", "enip.malformed")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_over_udp(data: bytes, expected: Heard) -> None:
    assert heard(enip.SPEC, data) == expected


def test_over_tcp() -> None:
    server = message(0x65, b"\1\0\0\0") + listed(identity()) + answered(identity()) + message(0x70, b"ZQCANARY")
    segments = [(0, 0, message(0x65, b"\1\0\0\0") + message(0x63)), (1, 0, server)]
    whole = said(enip_tcp.SPEC, segments)
    assert whole == [fields("enip_tcp", address="10.72.0.20"), fields("enip_tcp")]
    assert said(enip_tcp.SPEC, cut(segments, 7)) == whole


@pytest.mark.parametrize(
    "answer", [identity()[:-1], identity() + b"\0", identity(b"\1\2\3"), identity(b"x" * 33), b"ZQCANARY" * 3, b""]
)
def test_answers_to_other_questions(answer: bytes) -> None:
    assert said(enip_tcp.SPEC, [(1, 0, answered(answer))]) == []


@pytest.mark.parametrize(
    ("kind", "head"),
    [
        (0xB2, "8e000000"),  # of one attribute (Get_Attribute_Single)
        (0xB2, "81000800"),  # refused: service not supported
        (0xB1, "81000000"),  # connected: a sequence count comes first
    ],
)
def test_what_looks_like_an_identity_in_another_answer(kind: int, head: str) -> None:
    answer = message(0x6F, bytes(6) + b"\2\0" + item(0, b"") + item(kind, bytes.fromhex(head) + identity()))
    assert said(enip_tcp.SPEC, [(1, 0, answer)]) == []


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (message(0x63), True),
        (message(0x6F, b"abc"), True),
        (message(0x63)[:10], None),
        (message(0x63, options=1), False),
        (message(0x63, status=9), False),
        (message(0x62), False),
        (b"GET / HTTP/1.1\r\nHost: plc\r\n", False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert enip_tcp.SPEC.probe(first) is answer
    assert enip.SPEC.probe(first) is (answer is True and len(first) == 24 + first[2])
