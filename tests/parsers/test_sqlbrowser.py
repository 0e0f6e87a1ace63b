"""Answers of SQL Server Browser by hand from MC-SQLR 2.2.5."""

from __future__ import annotations

import pytest

from parsers.sqlbrowser import SPEC, probe
from tests.parsers.datagrams import about, heard, odd

ONE = b"ServerName;LABSQL1;InstanceName;LABLINK;IsClustered;No;Version;15.0.2000.5;tcp;49712;;"
TWO = b"ServerName;LABSQL1;InstanceName;PACS;Version;14.0.1000.169;np;\\\\x\\pipe\\zqcanary;;"


def answer(text: bytes) -> bytes:
    return b"\5" + len(text).to_bytes(2, "little") + text


def says(instance: str, version: str) -> tuple[object, ...]:
    return about(
        "sender",
        ("sqlbrowser.server_name", "LABSQL1"),
        ("sqlbrowser.database", instance),
        ("sqlbrowser.version", version),
    )


def test_instances() -> None:
    expected = [says("LABLINK", "15.0.2000.5"), says("PACS", "14.0.1000.169")]
    assert heard(SPEC, answer(ONE + TWO)) == expected


def test_broken() -> None:
    whole = answer(ONE)
    assert heard(SPEC, whole[:-60])[0] == odd("sqlbrowser.cut_short")
    assert heard(SPEC, b"\5") == [odd("sqlbrowser.cut_short")]
    assert heard(SPEC, answer(b"ServerName;;;;;;")) == []
    assert len(heard(SPEC, answer(ONE * 100))) == 16


@pytest.mark.parametrize(
    ("first", "known"),
    [(answer(ONE), True), (b"\5\x10\0Server", None), (b"", None), (b"\3", False), (b"\5\x10\0Name", False)],
)
def test_probe(first: bytes, known: bool | None) -> None:
    assert probe(first) is known
