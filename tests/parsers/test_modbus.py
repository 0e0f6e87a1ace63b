"""Modbus/TCP written by hand from the Modbus Application Protocol 1.1b3 and Messaging on TCP/IP 1.0b."""

from __future__ import annotations

import pytest

from parsers.modbus import SPEC
from tests.parsers.datagrams import about
from tests.parsers.harness import cut, said

Heard = list[tuple[object, ...]]
CLIENT = about("sender", ("modbus.role", "client"))
SERVER = about("sender", ("modbus.role", "server"))
WRITES = ("flag", ("sender", "", ()), "modbus.writes")
CANARY = b"ZQCANARY".hex()


def message(rest: str, unit: int = 0, transaction: int = 7) -> bytes:
    raw = bytes((unit,)) + bytes.fromhex(rest)
    return transaction.to_bytes(2) + b"\0\0" + len(raw).to_bytes(2) + raw


def heard(client: bytes = b"", server: bytes = b"") -> Heard:
    segments = [(side, 0, way) for side, way in enumerate((client, server)) if way]
    whole = said(SPEC, segments)
    assert said(SPEC, cut(segments, 5)) == whole
    assert "zqcanary" not in repr(whole).lower()
    return whole


def objects(*pairs: tuple[int, str]) -> str:
    told = "".join(f"{number:02x}{len(text):02x}" + text.encode().hex() for number, text in pairs)
    return f"2b 0e 01 01 00 00 {len(pairs):02x}" + told


def behind(unit: int, *fields: tuple[str, str]) -> tuple[object, ...]:
    return ("said", ("sender", "", (("model_station", f"Modbus unit {unit}", ""),)), fields)


def test_who_is_polled_is_told_once() -> None:
    asked, answered = message("03 0000 0002"), message("03 04 5a510000")
    assert heard(asked * 3, answered * 3) == [CLIENT, SERVER]


def test_what_a_server_says_it_is() -> None:
    told = objects(
        (0, "Acme"), (1, "PM-8"), (2, "V2.1"), (3, "http://zqcanary"), (4, "Power meter"), (0x80, "ZQCANARY")
    )
    assert heard(message("2b 0e 01 00"), message(told) * 2) == [
        CLIENT,
        SERVER,
        about(
            "sender",
            ("modbus.vendor", "Acme"),
            ("modbus.product_code", "PM-8"),
            ("modbus.revision", "V2.1"),
            ("modbus.product", "Power meter"),
        ),
    ]


def test_a_device_behind_a_gateway() -> None:
    server = message("83 0b", 18) + message("03 02 0001", 17) * 2 + message(objects((5, "X1")), 17)
    assert heard(server=server) == [
        about("sender", ("modbus.role", "gateway")),
        SERVER,
        behind(17, ("modbus.unit", "17")),
        behind(17, ("modbus.model", "X1")),
    ]


@pytest.mark.parametrize(
    ("told", "text"),
    [("05 00 ff 50 4d 38", "PM8"), ("04 504d38ff", "PM8"), ("05 41 42 00 43 44", "AB CD"), ("02 01 ff", "")],
)
def test_what_it_reports(told: str, text: str) -> None:
    assert heard(server=message("11" + told)) == [
        SERVER,
        *([about("sender", ("modbus.server_id", text))] if text else []),
    ]


@pytest.mark.parametrize("request_", ["05 0001 ff00", "06 0001 0003", f"10 0001 0004 08 {CANARY}", "16 0001 0001 0001"])
def test_who_writes_is_found_once(request_: str) -> None:
    assert heard(message(request_) * 2) == [CLIENT, WRITES]


def test_broken_ones() -> None:
    assert heard(server=message("2b 0e 01 01 00 00 01 00 20 41")) == [SERVER, ("odd", "modbus.malformed")]
    assert heard(message("03 0000 0001") + b"GET / HTTP/1.0") == [CLIENT, ("odd", "modbus.no_unit")]


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (message("03 0000 0002"), True),
        (message("03 04 5a510000"), True),
        (message("83 02"), True),
        (message("2b 0e 01 00"), True),
        (message("03 0000 0002")[:6], None),
        (b"\0\1\0", None),
        (message("03 0000"), False),  # too short for a request
        (message("41 0000 0002"), False),  # a function of nobody
        (message("83 40"), False),
        (message("07"), True),
        (message("16 0001 0001 0001"), True),
        (bytes.fromhex("57000000001111070000ffff030000fe03000014001c"), False),  # MELSOFT
        (message("03 0000 0002") + b"\0\0abc", False),
        (bytes.fromhex("0300001611e00000000100c1020100c2020102"), False),  # TPKT
        (b"\0\0\0\0\0\0\0\0\0\0", False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert SPEC.probe(first) is answer
