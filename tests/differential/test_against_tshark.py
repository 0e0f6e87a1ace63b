"""A second opinion: tshark reads every capture too, and what both can see must be the same text about the same host.

Captures: those in pcaps/, and where AUSCULT_CAPTURES names a folder, all in it. What is compared, and every difference
that remains with its reason, stands in fields/; a reason that no longer holds fails.
"""

from __future__ import annotations

import shutil
from pathlib import Path, PurePath

import pytest

from parsers.api import installed
from sensor.capture.source import CaptureError
from tests.differential.comparing import MORE, Compared, captures, compare, unexplained
from tests.differential.table import Differs, Frame, Shown, tables

TABLES = tables()
CAPTURES = captures()
DIFFERS = [one for table in TABLES.values() for one in table.differs]


@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name[-60:])
def test_the_same_texts_about_the_same_hosts(path: Path) -> None:
    try:
        found = compare(path, TABLES)
    except CaptureError as error:
        pytest.skip(str(error)[-80:])
    problems = [line for one in found for line in unexplained(path, one, DIFFERS)]
    assert not problems, "\n".join(problems)


def test_what_is_compared_is_said_by_a_parser() -> None:
    emitted = {name for spec in installed().values() for name in spec.emits}
    files = [{shown.observable for shown in table.shown} for table in TABLES.values()]
    compared = [observable for file in files for observable in file]
    assert not set(compared) - emitted
    assert len(compared) == len(set(compared))  # each in one file, on one or more rows


def test_differences_are_listed_for_what_is_compared() -> None:
    for name, table in TABLES.items():
        known = {shown.observable for shown in table.shown}
        assert not [one for one in table.differs if one.observable not in known], name
        assert all(one.reason and (one.ours or one.theirs) for one in table.differs), name


@pytest.mark.skipif(not MORE, reason="AUSCULT_CAPTURES names no folder of captures")
def test_differences_are_listed_for_captures_that_there_are() -> None:
    assert not [one.capture for one in DIFFERS if not any(map(one.of, CAPTURES))]


SAYS = Compared("a.b", frozenset({("10.0.0.1", "both"), ("10.0.0.1", "x1")}), frozenset({("10.0.0.1", "both")}))


def test_a_difference_counts_until_it_is_listed_and_what_is_listed_must_be_one() -> None:
    listed = Differs("c.pcap", "a.b", "why", ours=("x*",))
    assert unexplained(PurePath("x/c.pcap"), SAYS, [listed]) == []
    assert unexplained(PurePath("x/other-c.pcap"), SAYS, [listed]) == ["a.b: only the sensor: 'x1' of 10.0.0.1"]
    stale = Differs("c.pcap", "a.b", "why", ours=("x1",), theirs=("gone",))
    assert unexplained(PurePath("x/c.pcap"), SAYS, [stale]) == ["a.b: listed as only tshark, and is not: 'gone'"]


def test_the_same_text_about_another_host_is_a_difference() -> None:
    other = Compared("a.b", frozenset({("10.0.0.1", "x")}), frozenset({("10.0.0.2", "x")}))
    assert len(unexplained(PurePath("x/c.pcap"), other, [])) == 2


def test_a_host_is_the_innermost_address_or_its_mac_or_what_a_field_names() -> None:
    tunnel = Frame(
        {"ip.src": ["10.0.0.1", "10.0.0.2"], "eth.src": ["00:00:5e:00:53:01"], "x.who": ["00:00:5E:00:53:02"]}
    )
    assert tunnel.host("sender") == "10.0.0.2"
    assert tunnel.host("x.who") == "00:00:5e:00:53:02"
    unaddressed = Frame({"ip.src": ["0.0.0.0"], "eth.src": ["00:00:5e:00:53:01"]})
    assert unaddressed.host("sender") == "00:00:5e:00:53:01"


def test_a_table_row_reads_what_it_asks_for() -> None:
    row = Shown("a.b", ("f",), over=":tcp:", when=lambda frame: frame.last("g") == "1", needs=("g",))
    frame = Frame({"f": [" x\0", ""], "g": ["1"], "ip.src": ["10.0.0.1"], "frame.protocols": ["eth:ip:tcp:p"]})
    assert list(row.told(frame)) == [("10.0.0.1", "x")]
    assert not row.told(Frame({**frame.values, "g": ["0"]}))
    assert not row.told(Frame({**frame.values, "frame.protocols": ["eth:ip:udp:p"]}))
    assert row.asks == {"f", "g"}
