"""IPP messages written by hand from RFC 8010 section 3.1; the captures hold what CUPS does."""

from __future__ import annotations

import struct

import pytest

from parsers.ipp import SPEC, probe
from tests.parsers.datagrams import about, heard, odd

OPERATION, JOB, END, PRINTER = b"\1", b"\2", b"\3", b"\4"
TEXT, TEXT_LANGUAGE, NAME, URI, INTEGER = 0x41, 0x35, 0x42, 0x45, 0x21
DOCUMENT = ("flag", ("receiver", "", ()), "ipp.document_in_clear")


def attribute(tag: int, name: bytes, value: bytes) -> bytes:
    return struct.pack(">BH", tag, len(name)) + name + struct.pack(">H", len(value)) + value


def message(code: int, *groups: bytes) -> bytes:
    return b"\2\0" + struct.pack(">HI", code, 1) + b"".join(groups) + END


CHARSET = OPERATION + attribute(0x47, b"attributes-charset", b"utf-8")
TARGET = attribute(URI, b"printer-uri", b"ipp://10.0.0.7/ipp/print")
PEOPLE = attribute(NAME, b"requesting-user-name", b"zqcanary.user") + attribute(NAME, b"job-name", b"ZQCANARYMARTIN")


def test_a_printer_says_what_it_is() -> None:
    with_language = struct.pack(">H", 2) + b"fr" + struct.pack(">H", 13) + b"Acme Ward\xc2\xa0300"
    answer = message(
        0,
        CHARSET + PEOPLE,
        PRINTER
        + attribute(INTEGER, b"queued-job-count", bytes(4))
        + attribute(TEXT_LANGUAGE, b"printer-make-and-model", with_language)
        + attribute(TEXT, b"printer-device-id", b"MFG:Acme; MDL:Ward 300;CMD:PS;SN:W3-17;DES:ZQCANARY;")
        + attribute(URI, b"printer-uuid", b"urn:uuid:4509A320-00a0-008f-00b6-002507510eca")
        + attribute(TEXT, b"printer-firmware-string-version", b"4.11")
        + attribute(TEXT, b"", b"9.99 of the fuser")
        + attribute(NAME, b"printer-name", b"ward7")
        + attribute(TEXT, b"printer-location", b"Ward 7")
        + attribute(TEXT, b"printer-info", b"printer of ZQCANARY"),
    )
    assert heard(SPEC, answer) == [
        about(
            "sender",
            ("ipp.printer_name", "ward7"),
            ("ipp.location", "Ward 7"),
            ("ipp.firmware", "4.11"),
            ("ipp.uuid", "4509a320-00a0-008f-00b6-002507510eca"),
            ("ipp.manufacturer", "Acme"),
            ("ipp.model", "Ward 300"),
            ("ipp.serial", "W3-17"),
        )
    ]


def test_a_text_in_a_language() -> None:
    value = struct.pack(">H", 2) + b"fr" + struct.pack(">H", 8) + b"Acme 300"
    answer = message(0, CHARSET, PRINTER + attribute(TEXT_LANGUAGE, b"printer-make-and-model", value))
    assert heard(SPEC, answer) == [about("sender", ("ipp.make_and_model", "Acme 300"))]


def test_a_print_server_is_not_its_printers() -> None:
    queue = PRINTER + attribute(TEXT, b"printer-make-and-model", b"Acme") + attribute(TEXT, b"cups-version", b"2.4.2")
    assert heard(SPEC, message(0, CHARSET, queue)) == [about("sender", ("ipp.server", "CUPS 2.4.2"))]
    several = PRINTER + attribute(TEXT, b"printer-make-and-model", b"Acme")
    assert heard(SPEC, message(0, CHARSET, several * 3)) == []


@pytest.mark.parametrize("operation", [2, 6])
def test_a_document_in_clear(operation: int) -> None:
    assert heard(SPEC, message(operation, CHARSET + TARGET + PEOPLE, JOB + PEOPLE) + b"%!PS ZQCANARY") == [DOCUMENT]
    assert (
        heard(SPEC, message(operation, CHARSET, JOB + TARGET + PEOPLE)) == []
    )  # an answer with a status of that number


def test_a_request_says_nothing() -> None:
    assert heard(SPEC, message(11, CHARSET + PEOPLE)) == []


@pytest.mark.parametrize(
    "broken",
    [
        PRINTER + b"\x41\0\xff",
        PRINTER + b"\x41\0\4name",
        PRINTER + b"\x41\0\4name\0\x09short",
        PRINTER + b"\x41",
        b"",
    ],
)
def test_broken(broken: bytes) -> None:
    assert heard(SPEC, message(0, CHARSET)[:-1] + broken) == [odd("ipp.malformed")]


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (message(0, CHARSET), True),
        (message(11), True),
        (b"\1\1\0\2", None),
        (b"", None),
        (b"POST /", False),
        (b"\2\0\x60\0\0\0\0\1\1", False),
        (b"\2\0\0\0\0\0\0\1\x41", False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
