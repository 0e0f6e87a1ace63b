"""Network UPS Tools: conversations written by hand from RFC 9271."""

from __future__ import annotations

import pytest

from parsers.nut import LINE_MAX, SPEC, probe
from tests.parsers.harness import cut, said

Heard = list[tuple[object, ...]]


def heard(client: bytes = b"", server: bytes = b"") -> Heard:
    segments = [(side, 0, way) for side, way in ((0, client), (1, server)) if way]
    whole = said(SPEC, segments)
    for size in (1, 2, 5, 64):
        assert said(SPEC, cut(segments, size)) == whole
    assert "ZQCANARY" not in repr(whole)
    return whole


def listed(name: str, *variables: tuple[str, str]) -> bytes:
    lines = [f'VAR {name} {variable} "{value}"' for variable, value in variables]
    return "\n".join((f"BEGIN LIST VAR {name}", *lines, f"END LIST VAR {name}", "")).encode()


def behind(scheme: str, value: str, maker: str, *fields: tuple[str, str]) -> tuple[object, ...]:
    return ("said", ("sender", "", ((scheme, value, maker),)), fields)


SERIAL = (("ups.mfr", "EATON"), ("ups.model", "5P 1550"), ("device.serial", "G117E01234"), ("ups.contact", "ZQCANARY"))
TOLD = behind(
    *("serial", "G117E01234", "EATON"),
    *(("nut.manufacturer", "EATON"), ("nut.model", "5P 1550"), ("nut.serial", "G117E01234")),
)


def test_a_ups_and_one_without_a_serial_number() -> None:
    other = listed("b", ("device.model", 'Say \\"hi\\"'), ("device.type", "pdu"), ("input.voltage", "230"))
    assert heard(server=listed("a", *SERIAL) + other) == [
        TOLD,
        behind("model_station", 'Say "hi"|b', "", ("nut.model", 'Say "hi"'), ("nut.type", "pdu")),
    ]


def test_a_list_that_is_cut_or_mixed_up_says_nothing() -> None:
    blob = listed("a", *SERIAL)
    assert heard(server=blob[:-3]) == []
    assert heard(server=blob.replace(b"END LIST VAR a", b"END LIST VAR b")) == []
    assert heard(server=b'VAR a ups.model "5P"\n') == []
    segments = [(1, 0, blob[:20]), (1, 30, blob[30:])]
    assert said(SPEC, segments) == [("odd", "nut.gap")]


def test_what_a_server_calls_itself() -> None:
    assert heard(server=b"Network UPS Tools upsd 2.8.0 - http://www.networkupstools.org/\n") == [
        ("said", ("sender", "", ()), (("nut.server", "Network UPS Tools upsd 2.8.0"),))
    ]
    assert heard(server=b"Network UPS Tools upsd \0\1\n") == []


def test_a_log_in_is_found_and_not_read() -> None:
    client = b"VER\nUSERNAME zqcanary.user\nPASSWORD ZQCANARY\nLOGIN a\n"
    server = b"Network UPS Tools upsd 2.8.0 - http://www.networkupstools.org/\nOK\nOK\n"
    assert heard(client, server) == [
        ("flag", ("sender", "", ()), "nut.password_cleartext"),
        ("said", ("sender", "", ()), (("nut.server", "Network UPS Tools upsd 2.8.0"),)),
    ]


def test_tls_begins_where_both_agree() -> None:
    assert heard(b"STARTTLS\n\x16\x03\x01", b"OK STARTTLS\n\x16\x03\x03") == [("anew", 0, 9), ("anew", 1, 12)]
    refused = b"ERR FEATURE-NOT-CONFIGURED\n" + listed("a", *SERIAL)
    assert heard(b"STARTTLS\nLIST VAR a\n", refused) == [TOLD]


def test_a_line_too_long_is_stepped_over() -> None:
    long = b"x" * (LINE_MAX + 1) + b"\n"
    assert heard(server=long + listed("a", *SERIAL)) == [("odd", "nut.line_too_long"), TOLD]


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (b"", None),
        (b"LI", None),
        (b"LIST UPS\n", True),
        (b"LIST VAR rack4\n", True),
        (b"LIST\r\n", False),  # POP3
        (b"GET VAR a ups.status\n", True),
        (b"GET / HTTP/1.1\r\n", False),
        (b"STARTTLS\n", None),
        (b"STARTTLS\nLIST UPS\n", True),
        (b"STARTTLS\r\nEHLO x\r\n", False),
        (b"BEGIN LIST UPS\n", True),
        (b'VAR a ups.model "5P"\n', True),
        (b"ERR UNKNOWN-UPS\n", True),
        (b"ERR no\n", False),
        (b"BEGIN:VCARD\n", False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
