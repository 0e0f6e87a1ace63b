"""Evidence is a mergeable set about the right subject, without strangers' names and without groups."""

from __future__ import annotations

import pytest

from parsers.api import SENDER, About, DatagramSpec, Flag, Id, Odd, Said
from sensor.evidence import VALUES_MAX, Ledger, sighted
from sensor.model import DAY_NS, Place, Subject, rank
from sensor.policy import Policy
from sensor.rows import Origin
from sensor.stream import Talk, Voice
from sensor.subjects import is_one_host

SPEC = DatagramSpec(
    name="acme",
    title="Acme",
    carriers=frozenset({"udp"}),
    probe=lambda first: True,
    read=lambda data: (),
    emits={"acme.name": 0.8, "dns.name": 0.5},
    findings={"acme.bad": "bad"},
)
DAY = 20_000
NOON = DAY * DAY_NS + DAY_NS // 2


def talk(time: int = NOON, frame: int = 1, sender: str = "10.0.0.1", receiver: str = "10.0.0.2") -> Talk:
    return Talk(time, frame, Voice("02:00:00:00:00:01", sender, "02:00:00:00:00:02", receiver, 12))


def ledger() -> Ledger:
    policy = Policy(
        keep=lambda observable, value: "<personal>" if "Anna" in value else value,
        inside=lambda ip: ip.startswith("10."),
        named=lambda observable, value: value == "cloud.acme.example",
    )
    return Ledger(Origin("main", "tap1", "x"), policy)


@pytest.mark.parametrize(
    ("about", "subject", "source"),
    [
        (SENDER, Subject(mac="02:00:00:00:00:01", ip="10.0.0.1", vlan=12), "acme"),
        (About("receiver", "PACS"), Subject("02:00:00:00:00:02", "10.0.0.2", 12, "PACS"), "acme 10.0.0.1"),
        (About("10.0.0.9"), Subject(ip="10.0.0.9"), "acme 10.0.0.1"),
        (About("00:09:fb:00:00:01"), Subject(mac="00:09:fb:00:00:01"), "acme 10.0.0.1"),
        (
            About("sender", behind=(Id("serial", "4711", "GE"),)),
            Subject("02:00:00:00:00:01", "10.0.0.1", 12, behind=(Id("serial", "4711", "GE"),)),
            "acme",
        ),
    ],
    ids=["sender", "receiver", "an address", "a MAC", "a component"],
)
def test_whom_it_is_about(about: About, subject: Subject, source: str) -> None:
    book = ledger()
    book.said(Said(about, (("acme.name", "x"),)), talk(), SPEC)
    (row,) = book.drain().evidence
    assert (row.subject, row.source, row.weight) == (subject, source, 0.8)


def test_counts_add_and_times_widen() -> None:
    book = ledger()
    event = Said(SENDER, (("acme.name", "x"),))
    for time, frame in ((NOON + 5, 7), (NOON, 9), (NOON + 9, 3)):
        book.said(event, talk(time, frame), SPEC)
    (row,) = book.drain().evidence
    assert (row.count, row.first, row.last) == (3, Place(NOON, 9), Place(NOON + 9, 3))
    assert book.drain().evidence == []


def test_each_day_has_its_own_row() -> None:
    book = ledger()
    event = Said(SENDER, (("acme.name", "x"),))
    book.said(event, talk(NOON), SPEC)
    book.said(event, talk(NOON + DAY_NS), SPEC)
    assert [row.day for row in book.drain().evidence] == ["2024-10-04", "2024-10-05"]


@pytest.mark.parametrize("host", ["224.0.0.251", "255.255.255.255", "ff02::fb", "01:00:5e:00:00:fb", "not an address"])
def test_groups_and_nonsense_are_nobody(host: str) -> None:
    book = ledger()
    book.said(Said(About(host), (("acme.name", "x"),)), talk(), SPEC)
    assert book.drain().evidence == []
    assert book.counts["evidence.about_nobody"] == 1


def test_strangers_are_only_counted_unless_a_rule_names_the_text() -> None:
    book = ledger()
    book.said(Said(About("93.184.216.34"), (("dns.name", "news.example"),)), talk(), SPEC)
    book.said(Said(About("93.184.216.34"), (("dns.name", "cloud.acme.example"),)), talk(), SPEC)
    assert [row.value for row in book.drain().evidence] == ["cloud.acme.example"]
    assert book.counts["evidence.outside_site"] == 1


def test_personal_names_become_a_placeholder() -> None:
    book = ledger()
    book.said(Said(About("sender", "Anna"), (("acme.name", "Anna's phone"),)), talk(), SPEC)
    (row,) = book.drain().evidence
    assert (row.value, row.subject.application) == ("<personal>", "<personal>")


def test_the_cap_keeps_the_smallest_ranks_however_often_it_is_drained() -> None:
    values = [f"v{i}" for i in range(3 * VALUES_MAX)]
    kept: set[str] = set()
    parts = ledger()
    for i, value in enumerate(values):
        parts.said(Said(SENDER, (("acme.name", value),)), talk(), SPEC)
        if i % 50 == 49:
            kept |= {row.value for row in parts.drain().evidence}
    kept |= {row.value for row in parts.drain().evidence}
    whole = ledger()
    for value in values:
        whole.said(Said(SENDER, (("acme.name", value),)), talk(), SPEC)
    smallest = set(sorted(values, key=rank)[:VALUES_MAX])
    assert {row.value for row in whole.drain().evidence} == smallest
    assert set(sorted(kept, key=rank)[:VALUES_MAX]) == smallest
    assert whole.counts["evidence.values_capped"] == 2 * VALUES_MAX


def test_free_texts_are_kept_only_where_a_rule_knows_them() -> None:
    """What hosts ask a name server for tells about people, whether the host is of the site or not."""
    book = ledger()
    for name in ("cloud.acme.example", "zqcanary.example"):
        book.said(Said(SENDER, (("dns.asked", name),)), talk(), SPEC)
    assert [row.value for row in book.drain().evidence] == ["cloud.acme.example"]
    assert book.counts["evidence.unruled"] == 1


def test_findings_are_folded_too() -> None:
    book = ledger()
    for frame in (1, 2):
        book.flag(Flag("acme.bad", About("receiver")), talk(frame=frame), SPEC)
    (row,) = book.drain().findings
    assert (row.finding, row.subject.ip, row.count) == ("acme.bad", "10.0.0.2", 2)


def test_a_finding_counts_from_the_time_on_at_which_it_came_to_be_true() -> None:
    """Seen by itself, and together with what is said in the same breath."""
    expired = Flag("acme.bad", since=NOON // 1_000_000_000)
    book = ledger()
    for time in (NOON - 1, NOON, NOON + 1):
        book.flag(expired, talk(time), SPEC)
    (row,) = book.drain().findings
    assert (row.count, row.first.time) == (2, NOON)
    assert book.together((Said(SENDER, (("acme.name", "x"),)), expired), NOON // DAY_NS, talk().voice, SPEC) is None


def test_no_address_is_nobody() -> None:
    assert not is_one_host("", "0.0.0.0")
    assert is_one_host("02:00:00:00:00:01", "0.0.0.0")
    assert not is_one_host("ff:ff:ff:ff:ff:ff", "10.0.0.1")


def test_an_identifier_that_names_a_person_identifies_nothing() -> None:
    """Otherwise all such devices would share the placeholder as their id."""
    book = ledger()
    for name in ("Anna's pump", "Anna's other pump"):
        about = About("sender", behind=(Id("obx18", name),))
        book.said(Said(about, (("acme.name", "x"),)), talk(), SPEC)
    both = About("sender", behind=(Id("obx18", "Anna's pump"), Id("serial", "4711")))
    book.said(Said(both, (("acme.name", "x"),)), talk(), SPEC)
    (row,) = book.drain().evidence
    assert row.subject.behind == (Id("serial", "4711"),)


def test_what_is_said_together_counts_as_if_said_one_by_one() -> None:
    events = (
        Said(SENDER, (("acme.name", "x"),)),
        Said(About("receiver"), (("acme.name", "y"),)),
        Flag("acme.bad", SENDER),
        Flag("acme.bad", About("01:00:5e:00:00:fb")),  # of a group: about nobody
    )
    heard = [talk(NOON + at, frame) for at, frame in ((5, 3), (9, 4), (1, 5), (9, 2))]  # not in order
    apart, together = ledger(), ledger()
    apart.said(events[0], heard[0], SPEC)
    together.said(events[0], heard[0], SPEC)
    for one in heard:
        for event in events:
            apart.said(event, one, SPEC) if isinstance(event, Said) else apart.flag(event, one, SPEC)
        if one is heard[2]:
            together.regroup()
        sightings = together.together(events, DAY, heard[0].voice, SPEC)
        assert sightings is not None
        sighted(sightings, one.time, one.frame)
    a, b = apart.drain(), together.drain()
    assert sorted(map(repr, a.evidence)) == sorted(map(repr, b.evidence))
    assert a.findings == b.findings
    assert len(a.evidence) == 2
    assert [row.count for row in a.findings] == [4]
    assert not together.drain().findings


def test_sightings_of_one_epoch_do_not_count_in_the_next() -> None:
    book, said = ledger(), (Said(SENDER, (("acme.name", "x"),)),)
    voice = talk().voice
    first, epoch = book.together(said, DAY, voice, SPEC), book.epoch
    assert first is book.together(said, DAY, voice, SPEC)
    book.drain()
    assert book.epoch is not epoch
    assert first is not book.together(said, DAY, voice, SPEC)


def test_what_is_not_for_the_ledger_is_not_taken_together() -> None:
    assert ledger().together((Said(SENDER, (("acme.name", "x"),)), Odd("acme.odd")), DAY, talk().voice, SPEC) is None
