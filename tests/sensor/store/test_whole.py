"""All of a site at once says the same as row by row, whatever else is in the database."""

from __future__ import annotations

import pytest

from parsers.api import Id
from sensor.model import Place, Subject
from sensor.rows import Origin
from sensor.store import whole
from sensor.store.reads import Wanted
from sensor.store.store import Store
from tests.sensor.store.rows import CT, MORNING, WARD, conversation, evidence, origin_row

ANNEX = Origin("annex", "tap2", "77")
BEHIND = Subject(ip="10.1.2.40", behind=(Id("serial", "4711", "GE"),))
LATER = Place(MORNING + 5, 200)
ROWS = [
    evidence(),
    evidence("CT002", last=LATER),
    evidence("CT001", observable="dicom.called_ae", first=LATER, last=LATER, weight=0.4),
    evidence("GE", subject=BEHIND, observable="dicom.manufacturer", source="dicom 10.1.2.9", count=7),
    evidence("CT001", day="2026-01-06", first=Place(MORNING + 86_400 * 10**9, 1), last=Place(MORNING * 2, 9)),
]
TALKS = [
    conversation(port=80, protocol="http"),
    conversation(port=81, protocol="http", server_frames=0),
    conversation(port=104),
]


@pytest.fixture(params=["alone", "beside another site"])
def filled(request: pytest.FixtureRequest, store: Store) -> Store:
    origins = (WARD,) if request.param == "alone" else (WARD, ANNEX)
    for origin in origins:
        store.begin(origin_row(origin))
        store.add(origin, ROWS, TALKS)
        store.finish(origin_row(origin, state="read"))
    return store


def test_the_rows_are_those_that_are_read_one_by_one(filled: Store) -> None:
    key = str
    assert sorted(filled.site_evidence("main"), key=key) == sorted(filled.evidence(Wanted(site="main")), key=key)
    assert sorted(filled.site_evidence("main"), key=key) == sorted(ROWS, key=key)
    assert list(filled.site_evidence("nowhere")) == []


def test_subjects_and_texts_are_in_memory_once(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row for row in filled.site_evidence("main") if row.subject == CT]
    assert len({id(row.subject) for row in rows}) == len({id(row.protocol) for row in rows}) == 1
    monkeypatch.setattr(whole, "TEXTS_MAX", 1)
    assert sorted(map(str, filled.site_evidence("main"))) == sorted(map(str, ROWS))


def test_only_answered_conversations_of_the_protocols_that_are_asked_for(filled: Store) -> None:
    assert list(filled.site_served("main", {"http"})) == [TALKS[0]]
    assert list(filled.site_served("main", {"http", "dicom"})) == [TALKS[0], TALKS[2]]
