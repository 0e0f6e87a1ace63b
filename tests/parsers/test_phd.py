"""IEEE 11073-20601: an agent's messages as public code sends them (tests/parsers/phd_bytes.py), and changes of them."""

from __future__ import annotations

import pytest

from parsers.phd import SPEC
from tests.parsers import phd_bytes as phd
from tests.parsers.harness import Segment, cut, one_way, said

SENDER, RECEIVER = ("sender", "", ()), ("receiver", "", ())
AGENT = ("said", SENDER, (("phd.role", "agent"), ("phd.system_id", "4C4E494147454E54")))  # "LNIAGENT"
MANAGER = ("said", SENDER, (("phd.role", "manager"), ("phd.system_id", "0009FBFFFE112233")))
SCALE = (
    "said",
    SENDER,
    (
        ("phd.role", "agent"),
        ("phd.mdc_device", "528399"),  # 8 << 16 | 100F, MDC_DEV_SPEC_PROFILE_SCALE
        ("phd.manufacturer", "Freescale"),
        ("phd.model", "Medical CFV1"),
        ("phd.serial", "DE124567"),
    ),
)
CLEARTEXT = ("flag", RECEIVER, "phd.cleartext")
WHOLE: list[Segment] = [
    (0, 0, phd.REQUEST),
    (1, 0, phd.RESPONSE + phd.GET),
    (0, len(phd.REQUEST), phd.ATTRIBUTES + phd.MEASURED + phd.RELEASE),
]


def test_an_association_and_what_follows() -> None:
    assert said(SPEC, WHOLE) == [AGENT, MANAGER, CLEARTEXT, SCALE]
    assert said(SPEC, cut(WHOLE, 5)) == [AGENT, MANAGER, CLEARTEXT, SCALE]


@pytest.mark.parametrize("message", [phd.REQUEST, phd.RESPONSE, phd.ATTRIBUTES, phd.MEASURED, phd.GET])
def test_it_is_known_by_any_message(message: bytes) -> None:
    assert SPEC.probe(message) is True
    for size in range(14):
        assert SPEC.probe(message[:size]) is None


@pytest.mark.parametrize(
    "data",
    [
        phd.RELEASE + phd.REQUEST,
        phd.REQUEST.replace(b"\x50\x79", b"\x50\x78"),
        phd.REQUEST.replace(b"\x80\0\0\0\0\1", b"\x40\0\0\0\0\1"),
        phd.RESPONSE.replace(b"\x50\x79\0\x26", b"\x50\x79\0\x27"),
        phd.MEASURED.replace(b"\x12\x36\1\1", b"\x12\x36\5\1"),
        phd.MEASURED.replace(b"\0\x58\x12\x36", b"\0\x57\x12\x36"),
        b"\xe2\x01" + bytes(20),
        b"GET / HTTP/1.1\r\n",
        "éà".encode() * 10,
        b"\xe7\x9a\x84" * 10,
    ],
)
def test_what_it_is_not(data: bytes) -> None:
    assert SPEC.probe(data) is False


def test_a_refusal_names_nobody() -> None:
    refused = phd.RESPONSE.replace(b"\0\0\x50\x79", b"\0\1\x50\x79")
    assert said(SPEC, one_way(refused)) == []


def test_parts_of_an_agent_are_not_the_agent() -> None:
    """The serial number of a component, and what a get gives of another object."""
    component = phd.ATTRIBUTES.replace(b"\0\1\0\0\0\x08DE", b"\0\1\0\7\0\x08DE")
    fields = tuple(field for field in SCALE[2] if field[0] != "phd.serial")
    assert said(SPEC, one_way(component)) == [("said", SENDER, fields)]
    other = phd.ATTRIBUTES.replace(b"\x02\x03\0\x66\0\0", b"\x02\x03\0\x66\0\1")
    assert said(SPEC, one_way(other)) == []


def test_another_protocol_in_the_middle_ends_it() -> None:
    assert said(SPEC, one_way(phd.REQUEST + b"HTTP" + phd.ATTRIBUTES)) == [AGENT, ("odd", "phd.no_unit")]


def test_more_attributes_than_a_system_has() -> None:
    many = bytes(8) + (70).to_bytes(2, "big") + b"\0\0"
    body = b"\0\2\2\3" + (len(many) - 6).to_bytes(2, "big") + b"\0\0" + many[8:]
    data = b"\xe7\0" + (len(body) + 2).to_bytes(2, "big") + len(body).to_bytes(2, "big") + body
    assert said(SPEC, one_way(data)) == [("odd", "phd.too_many_attributes")]


def test_no_person_is_named() -> None:
    """In a measurement, and in an attribute that nobody asks for, in the place of the time."""
    assert said(SPEC, one_way(phd.MEASURED.replace(b"\xff\0\2\xfa\x20\x07\x12\x06", b"ZQCANARY"))) == []
    named = phd.ATTRIBUTES.replace(bytes.fromhex("2009061212050000"), b"ZQCANARY")
    assert b"ZQCANARY" in named
    assert said(SPEC, one_way(named)) == [SCALE]
