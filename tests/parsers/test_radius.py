"""RADIUS written by hand from RFC 2865, 2866, 2869 and 3580."""

from __future__ import annotations

import pytest

from parsers.radius import SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

CANARY = b"ZQCANARY"
PASSWORD = ("flag", ("receiver", "", ()), "radius.password")
STATION = "00:09:fb:11:22:33"


def message(code: int, *attributes: tuple[int, bytes]) -> bytes:
    told = b"".join(bytes((kind, len(data) + 2)) + data for kind, data in attributes)
    return bytes((code, 7)) + (20 + len(told)).to_bytes(2) + bytes(range(16)) + told


NAS_IP, NAME, USER, SECRET = (4, bytes((10, 79, 0, 30))), (32, b"sw-ward-3"), (1, CANARY), (2, CANARY * 2)
CALLING = (31, b"00-09-FB-11-22-33")
CASES: dict[str, tuple[bytes, Heard]] = {
    "a switch, and what is plugged into it": (
        message(1, USER, SECRET, NAS_IP, NAME, CALLING, (5, b"\0\0\xc3\xbb"), (61, b"\0\0\0\x0f"), (87, b"Gi1/0/7")),
        [
            about("10.79.0.30", ("radius.role", "client"), ("radius.system_name", "sw-ward-3")),
            about(STATION, ("radius.port", "sw-ward-3 Gi1/0/7"), ("radius.port_type", "ethernet")),
            PASSWORD,
        ],
    ),
    "a port by its number, of a switch by its address": (
        message(1, NAS_IP, (79, CANARY), (31, b"0009.fb11.2233"), (5, b"\0\0\0\x32")),
        [about("10.79.0.30", ("radius.role", "client")), about(STATION, ("radius.port", "10.79.0.30 50"))],
    ),
    "an access point": (
        message(4, (30, b"02-AA-00-00-00-31:medical"), (31, b"0009FB112233"), (61, b"\0\0\0\x13"), (44, CANARY)),
        [
            about("sender", ("radius.role", "client"), ("radius.called_mac", "02:aa:00:00:00:31")),
            about(STATION, ("radius.ssid", "medical"), ("radius.port_type", "wireless")),
        ],
    ),
    "a telephone number": (
        message(4, NAME, (31, b"+33 1 ZQCANARY"), (30, CANARY)),
        [
            about("sender", ("radius.role", "client"), ("radius.system_name", "sw-ward-3")),
        ],
    ),
    "a group's address, and nobody's": (
        message(1, (79, b"x"), (30, b"00-00-00-00-00-00"), (31, b"01-00-5E-00-00-01"), (87, b"1")),
        [about("sender", ("radius.role", "client"))],
    ),
    "an address of its own that is none": (
        message(1, (4, b"\x7f\0\0\1"), (79, b"x")),
        [about("sender", ("radius.role", "client"))],
    ),
    "with EAP no password is sent": (message(1, (79, CANARY), SECRET), [about("sender", ("radius.role", "client"))]),
    "an answer": (message(2, (18, CANARY), (25, CANARY)), [about("sender", ("radius.role", "server"))]),
    "a refusal": (message(3), [about("sender", ("radius.role", "server"))]),
    "a change": (message(43, USER, NAS_IP), []),
    "an attribute that is cut": (message(1, USER)[:-2], [odd("radius.malformed")]),
    "a code of nobody": (message(99), [odd("radius.malformed")]),
    "an attribute of no length": (message(1)[:2] + b"\0\x16" + message(1)[4:] + b"\1\1", [odd("radius.malformed")]),
    "nothing": (b"", [odd("radius.malformed")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: bytes, expected: Heard) -> None:
    assert heard(SPEC, data) == expected
    assert SPEC.probe(data) is (expected != [odd("radius.malformed")])
