"""Niagara Fox as nmap's fox-info.nse shows it."""

from __future__ import annotations

import pytest

from parsers.fox import SPEC
from tests.parsers.datagrams import about
from tests.parsers.harness import cut, said

Heard = list[tuple[object, ...]]
CLIENT = b"fox a 1 -1 fox hello\n{\nfox.version=s:1.0\nid=i:1\n};;\n"
SERVER = (
    b"fox a 0 -1 fox hello\n{\nfox.version=s:1.0.1\nid=i:1\nhostName=s:bms-station-1\nhostAddress=s:10.80.0.20\n"
    b"app.name=s:Station\napp.version=s:3.7.44\nvm.name=s:Java HotSpot(TM) Server VM\nvm.version=s:20.4-b02\n"
    b"os.name=s:Windows XP\ntimeZone=s:America/Chicago\nhostId=s:Win-99CB-D49D-5442-07BB\nauthUser=s:ZQCANARY\n"
    b"vmUuid=s:8b530bc8-76c5-4139-a2ea-0fabd394d305\nbrandId=s:vykon\n};;\n"
)
LOG_IN = b"fox a 1 -1 fox login\n{\nusername=s:ZQCANARY\n};;\n"


def heard(*ways: bytes) -> Heard:
    segments = [(side, 0, way) for side, way in enumerate(ways) if way]
    whole = said(SPEC, segments)
    for size in (1, 7, 100):
        assert said(SPEC, cut(segments, size)) == whole
    assert "zqcanary" not in repr(whole).lower()
    return whole


def test_both_sides() -> None:
    assert heard(CLIENT + LOG_IN, SERVER + LOG_IN) == [
        about("sender", ("fox.version", "1.0")),
        about(
            "sender",
            ("fox.version", "1.0.1"),
            ("fox.host_name", "bms-station-1"),
            ("fox.address", "10.80.0.20"),
            ("fox.program", "Station"),
            ("fox.program_version", "3.7.44"),
            ("fox.vm", "Java HotSpot(TM) Server VM"),
            ("fox.vm_version", "20.4-b02"),
            ("fox.os", "Windows XP"),
            ("fox.host_id", "Win-99CB-D49D-5442-07BB"),
            ("fox.brand", "vykon"),
        ),
    ]


@pytest.mark.parametrize(
    ("way", "events"),
    [
        (LOG_IN, [("odd", "fox.no_hello")]),
        (CLIENT[:30], []),
        (b"fox a 1 -1 fox hello\n{\n" + b"a=s:b\n" * 2000, [("odd", "fox.hello_too_long")]),
        (b"fox a 1 -1 fox hello\n{\nhostName=s:\n};;\n", []),
        (b"GET / HTTP/1.1\r\n", [("odd", "fox.no_hello")]),
    ],
)
def test_others(way: bytes, events: Heard) -> None:
    assert heard(way) == events


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (CLIENT, True),
        (LOG_IN, True),
        (b"fox", None),
        (b"fox a 1 -1", None),
        (b"fox b", False),
        (b"GET ", False),
        (b"fox a " * 9, False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert SPEC.probe(first) is answer
