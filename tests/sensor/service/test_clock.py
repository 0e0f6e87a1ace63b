"""Clock steps while a sensor listens: frames whose time jumps either way are all accounted for, and what they say is
still heard."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from parsers.api import installed
from sensor.capture.file import open_capture
from sensor.model import DAY_NS
from sensor.rows import Origin, Rows
from sensor.service.gather import Gathering
from sensor.service.messages import Teller
from sensor.service.pipeline import Plan, Reading
from sensor.wire.tables import FATES, RECORD_COLUMNS
from tests.observe import EVERYTHING
from tests.sensor.service.test_telling import Direct

CAPTURE = Path(__file__).parents[3] / "pcaps" / "mini-hospital.pcap"
ORIGIN = Origin("main", "tap1", "x")
PLAN = Plan("main", "tap1", installed(), EVERYTHING)
SECOND = 10**9
EVERY = 50  # frames of a block, after each of which there is a report


def heard(steps: dict[int, int]) -> tuple[list[Rows], Counter[str]]:
    """steps: number of a block -> by how much the clock is off from there on, in ns."""
    gathering, folded = Gathering(ORIGIN, EVERYTHING), []
    teller = Teller(Direct(gathering, folded), live=True)
    reading = Reading(teller.rows, PLAN, ORIGIN, teller)
    off = 0
    for number, block in enumerate(open_capture(CAPTURE, frames=EVERY).blocks()):
        off = steps.get(number, off)
        for at in range(0, block.count * RECORD_COLUMNS, RECORD_COLUMNS):
            block.records[at] += off
        reading.take(block)
        reading.report()
        if teller.day_ended:
            reading.forget()
            teller.begin_day()
    reading.finish()
    gathering.end_day()
    return [*folded, gathering.ledger.drain()], Counter(reading.counters())


def carried(rows: list[Rows]) -> int:
    return sum(c.client_frames + c.server_frames for each in rows for c in each.conversations)


def said(rows: list[Rows]) -> set[tuple[str, str, str]]:
    return {(e.subject.mac, e.observable, e.value) for each in rows for e in each.evidence}


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param({20: -3600 * SECOND}, id="an hour back"),
        pytest.param({20: -2 * DAY_NS}, id="two days back"),
        pytest.param({20: 400 * DAY_NS}, id="a year ahead"),
        pytest.param({10: 3 * DAY_NS, 20: 0, 30: -3 * DAY_NS, 40: 0}, id="to and fro"),
        pytest.param({number: (-1) ** number * 5 * SECOND for number in range(1000)}, id="unsteady"),
    ],
)
def test_nothing_is_lost(steps: dict[int, int]) -> None:
    steady, counted = heard({})
    rows, counters = heard(steps)
    assert counters["wire.frames"] == counted["wire.frames"] > 1000
    assert sum(counters[fate] for fate in FATES) == counters["wire.frames"]
    copies = "copies.routed"  # which are known by how soon they come: not when the step lies between
    assert carried(rows) + counters[copies] == carried(steady) + counted[copies]
    changed = {observable for _, observable, _ in said(rows) ^ said(steady)}
    assert len(changed - {"ip.address"}) <= 1  # a connection that seems idle for long is another one afterwards
