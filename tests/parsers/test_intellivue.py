"""IntelliVue: messages as in tests/parsers/intellivue_bytes.py, whose layouts come from programs that read them."""

from __future__ import annotations

import pytest

from parsers.intellivue import SPEC
from parsers.intellivue_message import ATTRIBUTES_MAX
from tests.parsers import intellivue_bytes as iv
from tests.parsers.datagrams import Heard, about, heard, odd

MONITOR, CLIENT = ("intellivue.role", "monitor"), ("intellivue.role", "client")
CLEARTEXT = ("flag", ("sender", "", ()), "intellivue.cleartext")
KIND = ("intellivue.mdc_device", "69965")
MAC = "00:09:fb:11:22:33"

CASES: dict[str, tuple[bytes, Heard]] = {
    "an indication names the hardware that sent it": (
        iv.indication(iv.SYSTEM_TYPE, iv.PROTOCOLS, iv.LOCALE, iv.ADDRESSES, iv.attribute(0xF135, iv.text("ICU-12"))),
        [
            about(
                MAC,
                MONITOR,
                KIND,
                ("intellivue.port", "24105"),
                ("intellivue.wireless", "yes"),
                ("intellivue.location", "ICU-12"),
            ),
            about(MAC, ("intellivue.address", "10.1.2.3")),
        ],
    ),
    "an indication without addresses is about its sender": (
        iv.indication(iv.SYSTEM_TYPE),
        [about("sender", MONITOR, KIND)],
    ),
    "addresses that nobody has": (
        iv.indication(
            iv.attribute(0xF100, bytes(14)), iv.attribute(0xF100, b"\1" * 14), iv.attribute(0xF100, b"\2" * 13)
        ),
        [about("sender", MONITOR)],
    ),
    "a system type of another partition": (
        iv.indication(iv.attribute(0x0986, iv.u16(2, 4429))),
        [about("sender", MONITOR)],
    ),
    "a creation tells model, serial and revisions": (
        iv.creation(iv.SYSTEM_TYPE, iv.MODEL, iv.SPECIFICATION, iv.SYSTEM_ID, iv.BED, *iv.PATIENT),
        [
            about(
                "sender",
                MONITOR,
                KIND,
                ("intellivue.manufacturer", "Philips"),
                ("intellivue.model", "M8007A"),
                ("intellivue.serial", "DE12345678"),
                ("intellivue.part_number", "M8007A"),
                ("intellivue.hardware", "A.01"),
                ("intellivue.software", "G.01.75"),
                ("intellivue.firmware", "B.02"),
                ("intellivue.system_id", MAC),
                ("intellivue.location", "ICU-12"),
            ),
            CLEARTEXT,
        ],
    ),
    "a bed label that is not UTF-16": (
        iv.creation(iv.attribute(0x091E, iv.sized(b"ICU"))),
        [about("sender", MONITOR), CLEARTEXT],
    ),
    "strings that are cut": (
        iv.creation(
            iv.attribute(0x0928, b"\x00\x09Philips"),
            iv.attribute(0x092D, b"\0\1"),
            iv.attribute(0x092D, iv.u16(1, 3, 1, 8)),
            iv.attribute(0x0984, b""),
            iv.attribute(0x0984, iv.sized(b"\1\2\3")),
        ),
        [about("sender", MONITOR), CLEARTEXT],
    ),
    "a client asks for an association": (iv.association(0x0D, "80000000"), [about("sender", CLIENT)]),
    "a monitor accepts": (iv.association(0x0E, "00800000"), [about("sender", MONITOR), CLEARTEXT]),
    "a monitor accepts, the context in short": (
        iv.association(0x0E, "00800000", b"\2\1\2"),
        [about("sender", MONITOR), CLEARTEXT],
    ),
    "a role that is neither": (iv.association(0x0E, "00000000"), []),
    "the user information is too far away": (
        iv.association(0x0D, "80000000", bytes(40)),
        [odd("intellivue.malformed")],
    ),
    "a client asks for data": (iv.ASK, [about("sender", CLIENT)]),
    "a monitor gives data": (iv.POLL, [about("sender", MONITOR), CLEARTEXT]),
    "a client confirms an event": (iv.operation(2, 1, bytes(14)), []),
    "another event": (iv.DATA + iv.event(0x0D07, iv.attributes(*iv.PATIENT)), []),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_said(name: str) -> None:
    data, expected = CASES[name]
    assert SPEC.probe(data)
    assert heard(SPEC, data) == expected


def test_more_attributes_than_there_are() -> None:
    many = iv.indication(*[iv.LOCALE] * (ATTRIBUTES_MAX + 1), iv.SYSTEM_TYPE)
    assert heard(SPEC, many) == [about("sender", MONITOR), odd("intellivue.too_many_attributes")]


def test_a_list_that_says_it_is_longer() -> None:
    """What came before the end is read."""
    whole = bytearray(iv.indication(iv.SYSTEM_TYPE))
    whole[30:32] = iv.u16(500)
    assert heard(SPEC, bytes(whole)) == [about("sender", MONITOR, KIND), odd("intellivue.cut")]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(64),
        iv.indication(iv.SYSTEM_TYPE)[:-1],
        iv.indication(iv.SYSTEM_TYPE)[:30],
        iv.POLL + b"\0",
        iv.POLL[:-1],
        b"\xe1\0\0\3" + iv.POLL[4:],
        b"\xe1\0\0\2\0\4" + iv.POLL[6:],
        iv.indication(iv.SYSTEM_TYPE).replace(b"\x0d\x17", b"\x0d\x18"),
        iv.association(0x0C, "00800000"),
        iv.association(0x0D, "80000000").replace(iv.MDC, bytes(10)),
        b"\x0d" + b"GET / HTTP/1.1" * 4,
    ],
)
def test_what_it_is_not(data: bytes) -> None:
    assert not SPEC.probe(data)


def test_no_patient_is_named() -> None:
    for data in (iv.POLL, iv.creation(*iv.PATIENT), iv.indication(*iv.PATIENT)):
        assert b"Z\0Q\0C\0A\0N" in data
        assert "canary" not in repr(heard(SPEC, data)).lower()
