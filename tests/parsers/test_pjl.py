"""PJL answers by hand from HP's PJL Technical Reference Manual."""

from __future__ import annotations

import pytest

from parsers.pjl import SPEC, probe
from tests.parsers.datagrams import about, odd
from tests.parsers.harness import cut, said

CLIENT, SERVER = 0, 1
EXIT = b"\x1b%-12345X"
JOB = EXIT + b'@PJL JOB NAME="ZQCANARY"\r\n@PJL INFO ID\r\n' + EXIT


def heard(server: bytes) -> list[tuple[object, ...]]:
    segments = [(CLIENT, 0, JOB), (SERVER, 0, server)]
    whole = said(SPEC, segments)
    for size in (1, 7, 40):
        assert said(SPEC, cut(segments, size)) == whole
    return whole


def answer(question: bytes, *lines: bytes) -> bytes:
    return b"\r\n".join((b"@PJL " + question, *lines)) + b"\r\n\x0c"


def test_who_a_printer_is() -> None:
    status = answer(b"USTATUS JOB", b"START", b'NAME="ZQCANARY"')
    product = answer(b"INFO PRODINFO", b'ProductName = "Acme Ward 3000"', b"Owner = ZQCANARY", b"broken")
    assert heard(status + answer(b"INFO ID", b'"Acme Ward 3000"') + product) == [
        about("sender", ("pjl.id", "Acme Ward 3000")),
        about("sender", ("pjl.model", "Acme Ward 3000")),
    ]


@pytest.mark.parametrize(
    "server", [answer(b"INFO ID"), answer(b"INFO ID", b'""'), answer(b"INFO PRODINFO", b"ProductName=")]
)
def test_an_answer_without_a_name(server: bytes) -> None:
    assert heard(server) == []


def test_broken() -> None:
    assert heard(b"ZQCANARY\x0c") == [odd("pjl.no_answer")]
    assert heard(b"@PJL INFO ID" + b"x" * 9000) == [odd("pjl.no_unit")]


def test_it_ends() -> None:
    assert len(heard(answer(b"INFO ID", b'"A"') * 100)) == 64


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (EXIT, True),
        (b"@PJL INFO ID", True),
        (EXIT[:4], None),
        (b"@P", None),
        (b"", None),
        (b"\x1bE", False),
        (b"@echo", False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
