"""Evidence is a mergeable set: counts add, first is the smaller, last the larger, weight the greater, in any order."""

from __future__ import annotations

import tempfile
from itertools import permutations
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.api import Id
from sensor.model import Evidence, Place, Subject
from sensor.rows import Origin
from sensor.store.error import StoreError
from sensor.store.origin import COMPLETE, READING, Fault
from sensor.store.reads import Wanted
from sensor.store.store import Store
from tests.sensor.store.rows import CT, MORNING, SECOND, WARD, conversation, evidence, finding, origin_row

EARLY = {"first": Place(MORNING, 5), "last": Place(MORNING, 6), "count": 2, "weight": 0.5}
LATE = {"first": Place(MORNING, 7), "last": Place(MORNING + SECOND, 2), "count": 3, "weight": 0.9}
SAME_TIME = {"first": Place(MORNING, 4), "last": Place(MORNING + SECOND, 1), "count": 1, "weight": 0.1}


@pytest.mark.parametrize("order", list(permutations((EARLY, LATE, SAME_TIME))))
@pytest.mark.parametrize("batches", ["one batch", "one batch each"])
def test_the_same_key_merges_whatever_the_order(
    store: Store, order: tuple[dict[str, object], ...], batches: str
) -> None:
    rows = [evidence(**parts) for parts in order]
    store.begin(origin_row())
    for batch in [rows] if batches == "one batch" else [[row] for row in rows]:
        store.add(WARD, batch)
    assert list(store.evidence()) == [
        evidence(count=6, weight=0.9, first=Place(MORNING, 4), last=Place(MORNING + SECOND, 2))
    ]


def test_each_part_of_the_key_keeps_rows_apart(store: Store) -> None:
    other = Origin("main", "tap2", WARD.id)
    different = [
        evidence(day="2026-01-06"),
        evidence(subject=msgspec.structs.replace(CT, vlan=13)),
        evidence(subject=msgspec.structs.replace(CT, application="CT001")),
        evidence(subject=msgspec.structs.replace(CT, behind=(Id("serial", "4711", "GE"),))),
        evidence(subject=msgspec.structs.replace(CT, behind=(Id("serial", "4711", ""),))),
        evidence(observable="dicom.called_ae"),
        evidence("CT002"),
        evidence("ct001"),
        evidence(source="dicom 10.9.9.9"),
        evidence(protocol="dicomweb"),
    ]
    store.begin(origin_row())
    store.begin(origin_row(other))
    store.add(WARD, [evidence(), *different])
    store.add(other, [evidence(origin=other)])
    found = list(store.evidence())
    assert len(found) == len(different) + 2
    assert set(found) == {evidence(), evidence(origin=other), *different}


def test_a_conversation_merges_and_stays_encrypted(store: Store) -> None:
    store.begin(origin_row())
    store.add(WARD, conversations=[conversation(), conversation(encrypted=True, last=Place(MORNING, 9))])
    store.add(WARD, conversations=[conversation(first=Place(MORNING - SECOND, 90)), conversation(port=11112)])
    assert list(store.conversations()) == [
        conversation(
            encrypted=True,
            client_frames=30,
            client_bytes=3000,
            server_frames=15,
            server_bytes=1500,
            connections=3,
            first=Place(MORNING - SECOND, 90),
        ),
        conversation(port=11112),
    ]


def test_a_finding_merges(store: Store) -> None:
    store.begin(origin_row())
    store.add(WARD, findings=[finding(), finding(count=4, last=Place(MORNING, 8)), finding(finding="smb.version_1")])
    assert list(store.findings()) == [finding(count=5, last=Place(MORNING, 8)), finding(finding="smb.version_1")]


values = st.text(alphabet=st.characters(exclude_categories=()), min_size=1, max_size=300)


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(values, min_size=1, max_size=20, unique=True))
def test_any_text_is_stored_and_order_is_by_code_point(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, Store.open(f"sqlite:///{Path(folder) / 'i.db'}") as store:
        store.begin(origin_row())
        store.add(WARD, [evidence(text, subject=Subject(ip="10.0.0.1", application=text)) for text in texts])
        found = list(store.evidence())
        assert sum(row.count for row in found) == len(texts)
        assert [row.subject.application for row in found] == sorted(row.subject.application for row in found)
        plain = {text for text in texts if len(text) <= 256 and "\0" not in text and _encodable(text)}
        assert plain <= {row.value for row in found}


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("a\0b", "a␀b"),
        ("\0", "␀"),
        ("half \ud83d", "half ?"),
        ("é" * 300, "é" * 256),
        ("\U0001f3e5", "\U0001f3e5"),
    ],
)
def test_text_that_databases_refuse_is_made_storable(store: Store, text: str, stored: str) -> None:
    store.begin(origin_row())
    whom = Subject(ip="10.0.0.1", application=text, behind=(Id("serial", text, text),))
    store.add(WARD, [evidence(text, subject=whom)])
    kept = Subject(ip="10.0.0.1", application=stored, behind=(Id("serial", stored, stored),))
    assert list(store.evidence()) == [evidence(stored, subject=kept)]


def test_begun_is_reading_whatever_the_row_says(store: Store) -> None:
    store.begin(origin_row(state=COMPLETE))
    assert store.seen(WARD) == READING


def test_reading_again_counts_nothing_twice(store: Store) -> None:
    for _ in range(2):
        store.begin(origin_row())
        store.add(WARD, [evidence()], [conversation()], [finding()])
        store.finish(origin_row(state=COMPLETE))
    assert list(store.evidence()) == [evidence()]
    assert list(store.conversations()) == [conversation()]
    assert list(store.findings()) == [finding()]


def test_of_two_programs_that_read_one_capture_the_later_one_has_it(url: str) -> None:
    """Or each row of it would be there twice."""
    with Store.open(url) as early, Store.open(url) as late:
        early.begin(origin_row(started=1))
        early.add(WARD, [evidence()])
        late.begin(origin_row(started=2))
        for again in (lambda: early.add(WARD, [evidence()]), lambda: early.finish(origin_row(started=1))):
            with pytest.raises(StoreError, match="another program began to read the same capture"):
                again()
        late.add(WARD, [evidence()])
        late.finish(origin_row(started=2, state=COMPLETE))
        assert list(late.evidence()) == [evidence()]
        assert late.seen(WARD) == COMPLETE


@pytest.mark.parametrize("more", [[], [evidence("twice", count=5)]], ids=["each once", "one twice"])
def test_many_rows_at_once_merge_like_few(store: Store, more: list[Evidence]) -> None:
    many = [evidence("twice"), *(evidence(f"{n}", subject=Subject(ip=f"10.0.{n >> 8}.{n & 255}")) for n in range(1500))]
    store.begin(origin_row())
    for batch in ([*many, *more], many):
        store.add(
            WARD, batch, [conversation(port=n) for n in range(600)], [finding(finding=f"f{n}") for n in range(600)]
        )
    found = {row.value: row.count for row in store.evidence()}
    assert found.pop("twice") == 2 + 5 * len(more)
    assert found == {f"{n}": 2 for n in range(1500)}
    assert [row.client_frames for row in store.conversations()] == [20] * 600
    assert {row.count for row in store.findings()} == {2 * finding().count}


def test_an_unfinished_read_is_removed_when_begun_again(url: str) -> None:
    with Store.open(url) as killed:
        killed.begin(origin_row())
        killed.add(WARD, [evidence("half"), evidence("read")])
    with Store.open(url) as store:
        assert store.seen(WARD) == READING
        assert {row.value for row in store.evidence()} == {"half", "read"}
        store.begin(origin_row())
        assert list(store.evidence()) == []
        store.add(WARD, [evidence("whole")])
        store.finish(origin_row(state=COMPLETE))
        assert store.seen(WARD) == COMPLETE
        assert [row.value for row in store.evidence()] == ["whole"]


def test_other_origins_are_left_alone(store: Store) -> None:
    night = Origin("main", "tap1", "aa00")
    for origin in (WARD, night):
        store.begin(origin_row(origin))
        store.add(origin, [evidence(origin=origin)], [conversation(origin)], [finding(origin)])
    store.roll_back(WARD)
    assert store.seen(WARD) is None
    assert [row.id for row in store.origins()] == ["aa00"]
    assert list(store.evidence()) == [evidence(origin=night)]
    assert list(store.conversations()) == [conversation(night)]
    assert list(store.findings()) == [finding(night)]


def test_standard_input_gets_its_id_at_the_end(store: Store) -> None:
    piped = Origin("main", "tap1", "stdin-1234")
    store.begin(origin_row(piped, name="-"))
    store.add(piped, [evidence(origin=piped)])
    assert store.rename(piped, WARD.id) == WARD
    store.finish(origin_row(name="-", state=COMPLETE, frames=7))
    assert store.seen(piped) is None
    assert store.seen(WARD) == COMPLETE
    assert list(store.evidence()) == [evidence()]


def test_an_origin_comes_back_as_it_was_finished(store: Store) -> None:
    done = origin_row(
        state=COMPLETE,
        size=24_000,
        frames=118,
        bytes=23_000,
        started=MORNING + 9 * SECOND,
        finished=MORNING + 10 * SECOND,
        first=MORNING,
        last=MORNING + SECOND,
        counters={"stream.gap": 2, "arp.frames": 1},
        faults=(Fault("hl7.gap", 2, Place(MORNING, 17)), Fault("capture.cut", 1, Place(MORNING, 118), "cut short")),
        version="0.1.0",
    )
    store.begin(origin_row(started=done.started))
    store.finish(done)
    assert store.origins() == [done]
    assert done.label == "ward.pcap#5f0c1122"


def _smallest(rows: list[Evidence]) -> set[str]:
    """The 64 that stay, by the definition: a 63-bit BLAKE2b of the UTF-8 text, smallest first."""
    import hashlib

    def key(text: str) -> int:
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") // 2

    return set(sorted({row.value for row in rows}, key=key)[:64])


@pytest.mark.parametrize("prune_every", [1, 70, 10_000])
def test_the_64_smallest_values_stay_whenever_it_is_done(
    store: Store, monkeypatch: pytest.MonkeyPatch, prune_every: int
) -> None:
    monkeypatch.setattr("sensor.store.store.PRUNE_EVERY", prune_every)
    flood = [evidence(f"AE{n}", source=source, count=2) for n in range(200) for source in ("dicom", "dicom 10.9.9.9")]
    quiet = [evidence(f"AE{n}", day="2026-01-06") for n in range(64)]
    store.begin(origin_row())
    for at in range(0, len(flood), 50):
        store.add(WARD, flood[at : at + 50])
    store.add(WARD, [*quiet, *flood[:10]])
    kept = _smallest(flood)
    dropped = sum(row.count for row in [*flood, *flood[:10]] if row.value not in kept)
    assert store.finish(origin_row(state=COMPLETE, counters={"stream.gap": 1})) == dropped
    assert store.origins()[0].counters == {"stream.gap": 1, "evidence.sightings_capped": dropped}
    assert {row.value for row in store.evidence(Wanted(day="2026-01-05"))} == kept
    assert len({(row.value, row.source) for row in store.evidence(Wanted(day="2026-01-05"))}) == 128
    assert len(list(store.evidence(Wanted(day="2026-01-06")))) == 64


def test_the_order_of_storing_does_not_show(tmp_path: Path) -> None:
    night = Origin("main", "tap1", "aa00")
    rows = {
        WARD: [evidence(v, subject=Subject(ip=f"10.0.0.{n}")) for n, v in enumerate(("b", "a", "B", "ä"))],
        night: [evidence("a", night, subject=Subject(ip="10.0.0.1")), evidence("z", night)],
    }
    seen = []
    for number, order in enumerate(((WARD, night), (night, WARD))):
        with Store.open(f"sqlite:///{tmp_path / str(number)}.db") as store:
            for origin in order:
                store.begin(origin_row(origin))
                for row in rows[origin] if number else reversed(rows[origin]):
                    store.add(origin, [row], [conversation(origin)], [finding(origin)])
            seen.append((list(store.evidence()), list(store.conversations()), list(store.findings()), store.origins()))
    assert seen[0] == seen[1]
    assert [row.value for row in seen[0][0] if row.subject.mac == ""] == ["b", "a", "a", "B", "ä"]


@pytest.mark.parametrize(
    ("wanted", "values"),
    [
        (Wanted(), {"CT001", "acme", "apache", "100%"}),
        (Wanted(observable="dicom.calling_ae"), {"CT001"}),
        (Wanted(observable="dicom.*"), {"CT001", "100%"}),
        (Wanted(observable="dicom%"), set()),
        (Wanted(ip="10.1.2.3"), {"CT001", "100%"}),
        (Wanted(mac="00:09:fb:00:00:01"), {"acme"}),
        (Wanted(application="HIS"), {"acme"}),
        (Wanted(protocol="http"), {"apache"}),
        (Wanted(value="100%"), {"100%"}),
        (Wanted(day="2026-01-06"), {"apache"}),
        (Wanted(site="main"), {"CT001", "acme", "100%"}),
        (Wanted(sensor="tap9"), {"apache"}),
        (Wanted(origin="ward.pcap"), {"CT001", "acme", "100%"}),
        (Wanted(origin="ward.pcap#5f0c"), {"CT001", "acme", "100%"}),
        (Wanted(origin="ward.pcap#5f0d"), set()),
        (Wanted(origin="00aa"), {"apache"}),
    ],
)
def test_filters(store: Store, wanted: Wanted, values: set[str]) -> None:
    annex = Origin("annex", "tap9", "00aa")
    store.begin(origin_row())
    store.begin(origin_row(annex, name="night.pcap"))
    his = Subject(mac="00:09:fb:00:00:01", ip="10.1.2.4", application="HIS")
    store.add(
        WARD,
        [
            evidence(),
            evidence("100%", observable="dicom.manufacturer"),
            evidence("acme", subject=his, observable="hl7.x"),
        ],
    )
    web = evidence(
        "apache", annex, observable="http.server", protocol="http", day="2026-01-06", subject=Subject(ip="10.7.7.7")
    )
    store.add(annex, [web])
    assert {row.value for row in store.evidence(wanted)} == values


def test_conversations_of_an_address_are_those_at_either_end(store: Store) -> None:
    store.begin(origin_row())
    store.add(
        WARD,
        conversations=[
            conversation(),
            conversation(client="10.1.2.9", server="10.8.8.8"),
            conversation(client="10.7.7.7", server="10.8.8.8"),
        ],
    )
    found = [(row.client, row.server) for row in store.conversations(Wanted(ip="10.1.2.9"))]
    assert found == [("10.1.2.3", "10.1.2.9"), ("10.1.2.9", "10.8.8.8")]


def test_a_long_read_sees_one_state_and_does_not_stop_the_writer(store: Store) -> None:
    store.begin(origin_row())
    store.add(WARD, [evidence(f"{n:05}") for n in range(5000)])
    reading = store.evidence()
    first = next(reading)
    store.add(WARD, [evidence("zzzzz")])
    assert [first.value, *(row.value for row in reading)] == [f"{n:05}" for n in range(5000)]
    assert sum(1 for _ in store.evidence()) == 5001
