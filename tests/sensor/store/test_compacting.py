"""Old days made one: fewer rows, the same devices, on any day; and what each did on which day is not forgotten."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor.cli.main import main
from sensor.config import Retention
from sensor.correlate.device import Device
from sensor.correlate.lifecycle import Life, life
from sensor.correlate.stretches import Stretches
from sensor.fingerprint.load import load
from sensor.model import DAY_NS, Conversation, Evidence, Place, Subject
from sensor.rows import Origin
from sensor.service.history import until
from sensor.service.retention import keep, terms
from sensor.store.error import StoreError
from sensor.store.origin import COMPLETE, INTERRUPTED, LIVE, OriginRow
from sensor.store.reads import Wanted
from sensor.store.store import Store
from tests.sensor.correlate.scenes import SECOND, START, known, lease, row, sends
from tests.sensor.correlate.test_properties import IPS, MACS, SAYINGS, subjects
from tests.sensor.store.rows import conversation, evidence, finding, origin_row

DAYS = 12  # of a scenario, from 2026-01-05
FIRST = date(2026, 1, 5)
TERMS = terms(load())
USES = TERMS.uses
RUNS = tuple(Origin("main", "tap1", f"run {number}") for number in range(2))
HOUR = 3600


def text(day: int) -> str:
    return (FIRST + timedelta(day)).isoformat()


def on(day: int, each: Evidence, origin: Origin = RUNS[0]) -> Evidence:
    """A row of the scenes, some days later and in an origin."""
    first, last = (Place(at.time + day * DAY_NS, at.frame) for at in (each.first, each.last))
    return msgspec.structs.replace(each, day=text(day), first=first, last=last, sensor=origin.sensor, origin=origin.id)


def fill(store: Store, rows: Iterable[Evidence], kind: str = LIVE, state: str = COMPLETE) -> None:
    by_origin: dict[Origin, list[Evidence]] = {origin: [] for origin in RUNS}
    for each in rows:
        by_origin[Origin(each.site, each.sensor, each.origin)].append(each)
    for origin, its in by_origin.items():
        last = max((each.last.time for each in its), default=0)
        store.begin(origin_row(origin, kind=kind))
        store.add(origin, its)
        store.finish(origin_row(origin, kind=kind, state=state, last=last))


def compact(store: Store, before: int, *, dry: bool = False) -> tuple[int, int]:
    """Rows before and after."""
    done = list(store.compact("main", text(before), TERMS, dry=dry))
    return sum(each.before.total() for each in done), sum(each.after.total() for each in done)


def devices(store: Store, day: int | None = None) -> list[Device]:
    """As they are, or were at the end of a day."""
    rows = store.site_evidence("main")
    return known(list(rows if day is None else until(rows, FIRST + timedelta(day))))


def plain(found: list[Device]) -> bytes:
    return msgspec.json.encode(found)


def believed(found: list[Device]) -> list[tuple[object, ...]]:
    """Who they were and what was believed of them, which counts of sightings have no part in."""
    return [
        (one.id, one.kind, one.parent, one.interfaces, [(each.name, each.believed.value) for each in one.attributes])
        for one in found
    ]


@st.composite
def dated(draw: st.DrawFn) -> Evidence:
    """Something said at some moment; often about an address that another interface had the day before."""
    subject = draw(subjects)
    observable, value = draw(st.sampled_from((*SAYINGS, ("dhcp.lease_time", "129600"))))
    if draw(st.booleans()):
        subject = Subject(mac=draw(st.sampled_from(MACS)))
        observable, value = draw(st.sampled_from(("arp.address", "dhcp.lease"))), draw(st.sampled_from(IPS[:3]))
    at = draw(st.integers(0, 3))
    said = row(
        subject,
        observable,
        subject.ip if observable == "ip.address" and subject.ip else value,
        at * HOUR,
        (at + draw(st.integers(0, 2))) * HOUR,
        count=draw(st.integers(1, 3)),
        weight=draw(st.sampled_from((0.1, 0.5, 0.9))),
    )
    return on(draw(st.integers(0, DAYS - 1)), said, draw(st.sampled_from(RUNS)))


@settings(deadline=None, max_examples=60)
@given(table=st.lists(dated(), min_size=4, max_size=40), middle=st.integers(1, DAYS), end=st.integers(1, DAYS))
def test_devices_are_the_same(table: list[Evidence], middle: int, end: int) -> None:
    with tempfile.TemporaryDirectory() as folder, Store.open(f"sqlite:///{folder}/x.db") as store:
        fill(store, table)
        before = devices(store)
        lived = [lived_by(one, store.evidence()) for one in before]
        for day in (middle, max(middle, end)):  # in two steps, as time goes on
            compact(store, day)
            assert plain(devices(store)) == plain(before)
        store.save_devices("main", before)
        assert [one.state for one in lived] == [lived_now(one, store).state for one in before]


def lived_by(device: Device, rows: Iterable[Evidence]) -> Life:
    mine = [each for each in rows if each.subject in device.subjects]
    return life(device, mine, START + DAYS * DAY_NS, USES)


def lived_now(device: Device, store: Store) -> Life:
    rows = store.evidence(Wanted(device=device.id, apart=True))
    return life(device, rows, START + DAYS * DAY_NS, USES, earlier=store.sightings(device.id))


A, B = "00:11:22:00:00:0a", "00:11:22:00:00:0b"
MODEL = Subject(mac=A, ip="10.0.0.5", application="CT001")


def ward() -> list[Evidence]:
    """Two hosts that exchange an address on day 6; one is renamed on day 4, and says nothing from day 7 to 9."""
    rows: list[Evidence] = []
    for day in range(DAYS):
        a, b = ("10.0.0.5", "10.0.0.6") if day < 6 else ("10.0.0.6", "10.0.0.5")
        rows += [on(day, each) for each in (sends(B, b, 0, 9 * HOUR), *lease(B, b, 1, name="pc-b"))]
        if day not in (7, 8, 9):
            name = "pc-a" if day < 4 else "ct-a"
            rows += [on(day, each) for each in (sends(A, a, 60, 2 * HOUR), *lease(A, a, 61, name=name))]
            rows.append(on(day, row(Subject(ip=a), "dns.name", name, 100)))
            rows.append(
                on(
                    day,
                    row(
                        msgspec.structs.replace(MODEL, ip=a), "dicom.performed_modality", "CT", 120, 7000, count=day + 1
                    ),
                )
            )
    return rows


def test_rows_of_many_days_become_one(store: Store) -> None:
    fill(store, ward())
    before, rows = devices(store), len(list(store.evidence()))
    looked, left = compact(store, 10)
    assert looked > 3 * left
    after = list(store.evidence())
    assert len(after) == rows - looked + left
    (performed,) = [
        each for each in after if each.observable == "dicom.performed_modality" and each.subject.ip == "10.0.0.5"
    ]
    assert performed.count == sum(range(1, 7))  # days 0 to 5
    assert (performed.day, performed.first.time) == (text(0), START + 120 * SECOND)
    assert performed.last.time == START + 5 * DAY_NS + 7000 * SECOND
    names = sorted((each.value, each.subject.ip, each.count) for each in after if each.observable == "dns.name")
    assert names == [  # never across the day on which the address changed hands; days 10 and 11 are as they were
        ("ct-a", "10.0.0.5", 2),
        ("ct-a", "10.0.0.6", 1),
        ("ct-a", "10.0.0.6", 1),
        ("ct-a", "10.0.0.6", 1),
        ("pc-a", "10.0.0.5", 4),
    ]
    assert plain(devices(store)) == plain(before)
    assert compact(store, 10) == (0, 0)  # nothing is left to do


def test_any_past_day_is_as_it_was(store: Store) -> None:
    fill(store, ward())
    then = [believed(devices(store, day)) for day in range(DAYS)]
    compact(store, 10)
    assert [believed(devices(store, day)) for day in range(DAYS)] == then
    assert len({str(one) for one in then}) > 1


def test_days_uses_and_silences_are_kept(store: Store) -> None:
    fill(store, ward())
    found = devices(store)
    store.save_devices("main", found)
    before = {one.id: lived_now(one, store) for one in found}
    compact(store, 10)
    after = {one.id: lived_now(one, store) for one in found}
    assert {name: to_the_minute(one) for name, one in after.items()} == {
        name: to_the_minute(one) for name, one in before.items()
    }
    (scanner,) = [one for one in after.values() if any(day.uses for day in one.days)]
    assert [day.day for day in scanner.days] == [text(day) for day in range(DAYS) if day not in (7, 8, 9)]
    assert [sum(day.uses.values()) for day in scanner.days] == [1, 2, 3, 4, 5, 6, 7, 11, 12]


def to_the_minute(lived: Life) -> list[tuple[object, ...]]:
    minute = 60 * SECOND
    return [(day.day, day.first // minute, day.last // minute, day.hours, day.uses) for day in lived.days]


def test_a_dry_run_says_the_same_and_changes_nothing(store: Store) -> None:
    fill(store, ward())
    before = list(store.evidence())
    said = compact(store, 10, dry=True)
    assert list(store.evidence()) == before
    assert compact(store, 10) == said


def test_what_comes_late_is_added(store: Store) -> None:
    """A capture of old days that is read after they were compacted: its days are counted once."""
    fill(store, [each for each in ward() if each.first.time < START + 5 * DAY_NS])
    compact(store, 10)
    late = Origin("main", "tap1", "late")
    store.begin(origin_row(late))
    store.add(late, [on(2, row(MODEL, "dicom.performed_modality", "CT", 9000, count=5), late)])
    store.finish(origin_row(late, state=COMPLETE, last=START + 2 * DAY_NS))
    for _ in range(2):
        compact(store, 10)
        (performed,) = [each for each in store.evidence() if each.observable == "dicom.performed_modality"]
        assert performed.count == 1 + 2 + 3 + 4 + 5 + 5
    found = devices(store)
    store.save_devices("main", found)
    (lived,) = [one for one in (lived_now(each, store) for each in found) if any(day.uses for day in one.days)]
    assert [sum(day.uses.values()) for day in lived.days] == [1, 2, 3 + 5, 4, 5]


@pytest.mark.parametrize("state", [INTERRUPTED, "reading"])
def test_a_capture_that_will_be_read_again_is_left_alone(store: Store, state: str) -> None:
    fill(store, ward(), kind="capture", state=state)
    if state == "reading":
        for origin in RUNS:
            store.begin(origin_row(origin))
            store.add(origin, [evidence(origin=origin)])
    assert compact(store, 400) == (0, 0)


def test_what_was_compacted_is_not_read_again(store: Store) -> None:
    fill(store, ward(), kind="capture")
    compact(store, 10)
    before = list(store.evidence())
    with pytest.raises(StoreError, match="was compacted, together with others: it cannot be read again"):
        store.begin(origin_row(RUNS[0]))
    assert list(store.evidence()) == before


def test_conversations_and_findings_keep_their_sums(store: Store) -> None:
    """Encrypted and plain traffic stay apart, so that how much is encrypted stays known."""
    origin = RUNS[0]
    store.begin(origin_row(origin, kind=LIVE))
    for day in range(6):
        at = {"first": Place(START + day * DAY_NS, 1), "last": Place(START + day * DAY_NS + 9, 2), "day": text(day)}
        store.add(
            origin,
            [],
            [conversation(origin, encrypted=day == 3, **at), conversation(origin, port=80, **at)],
            [finding(origin, **at)],
        )
    compact(store, 5)
    found: list[Conversation] = list(store.conversations())
    assert sorted((each.port, each.encrypted, each.client_frames, each.day) for each in found) == [
        (80, False, 10, text(5)),
        (80, False, 50, text(0)),
        (104, False, 10, text(5)),
        (104, False, 40, text(0)),
        (104, True, 10, text(3)),
    ]
    assert [(each.count, each.day) for each in store.findings()] == [
        (5 * finding().count, text(0)),
        (finding().count, text(5)),
    ]
    assert [each.port for each in store.conversations(Wanted(day=text(0)))] == [80, 104]
    assert {each.day for each in store.site_served("main", ["dicom"])} == {text(0), text(3), text(5)}


def test_a_loopback_capture_stays_one_of_its_own(store: Store) -> None:
    rows = [on(day, sends("", "127.0.0.1", 0), RUNS[1]) for day in range(4)]
    fill(store, [*rows, *ward()])
    before = devices(store)
    compact(store, 10)
    assert plain(devices(store)) == plain(before)
    assert len(list(store.evidence(Wanted(ip="127.0.0.1")))) == 4


@pytest.mark.parametrize(("days", "left"), [(0, DAYS), (400, DAYS), (5, 6)])
def test_what_is_too_old_is_forgotten(store: Store, days: int, left: int) -> None:
    rows = [on(day, row(Subject(mac=A), "dns.name", f"name {day}")) for day in range(DAYS)]
    fill(store, rows)
    wanted = Retention(compact_after=0, evidence=days)
    dry = [kept.forgotten.total() for kept in keep(store, "main", wanted, START * 2, load(), dry=True)]
    assert len(list(store.evidence())) == DAYS
    wet = [kept.forgotten.total() for kept in keep(store, "main", wanted, START * 2, load())]
    assert dry == wet
    assert len(list(store.evidence())) == left


def test_a_clock_before_the_last_frame_counts(store: Store) -> None:
    """A forged frame of the far future makes nothing old."""
    fill(store, [*ward(), on(3000, sends(A, "10.0.0.5"))])
    assert not list(keep(store, "main", Retention(compact_after=30), START + DAYS * DAY_NS, load()))


@pytest.mark.parametrize(
    ("first", "last", "number"),
    [(0, 9, 0), (10, 19, 1), (15, 15, 1), (20, 29, 2), (30, 39, 3), (9, 10, None), (19, 20, None), (29, 31, None)],
)
def test_stretches(first: int, last: int, number: int | None) -> None:
    """A has the address from 10 to 19, and by a lease until 29; B from 30 on. Leases within that time cut nothing."""
    sayings = [("ip", 10, 12, A), ("ip", 14, 19, A), ("ip", 30, 50, B), ("other", 5, 6, A)]
    found = Stretches(sayings, [("ip", A, 12, 15), ("ip", A, 14, 29), ("ip", B, 5, 7)])
    assert found.of("ip", first, last) == number
    assert found.of("other", first, last) == 0
    assert found.of("unheard of", first, last) == 0


def test_the_command(tmp_path: Path) -> None:
    db = f"sqlite:///{tmp_path / 'x.db'}"
    with Store.open(db) as store:
        fill(store, ward())
    run = CliRunner()
    for words in (["rebuild"], ["list", "--json"]):
        before = run.invoke(main, ["devices", *words, "--db", db])
    settings_file = tmp_path / "sensor.toml"
    settings_file.write_text("[retention]\ncompact_after = 2\n")
    environment = {"SENSOR_CONFIG": str(settings_file)}
    dry = run.invoke(main, ["db", "compact", "--dry-run", "--db", db], env=environment)
    done = run.invoke(main, ["db", "compact", "--db", db], env=environment)
    assert dry.exit_code == done.exit_code == 0, dry.output + done.output
    assert dry.stdout.splitlines()[0] == done.stdout.splitlines()[0]
    assert done.stdout.startswith("evidence: ")
    assert "nothing was changed" in dry.output
    run.invoke(main, ["devices", "rebuild", "--db", db])
    assert run.invoke(main, ["devices", "list", "--json", "--db", db]).stdout == before.stdout
    again = run.invoke(main, ["db", "compact", "--db", db], env=environment)
    assert "nothing is old enough" in again.output


def test_the_rest_of_an_origin_is_untouched(store: Store) -> None:
    fill(store, ward())
    before: list[OriginRow] = store.origins()
    compact(store, 10)
    assert store.origins() == before
