"""What became of devices. Days and scenarios written by hand."""

from __future__ import annotations

from msgspec.structs import replace

from sensor.correlate.device import Device, Tenure
from sensor.correlate.lifecycle import Change, compare, day_from, its_days, life, moves, replacements
from sensor.model import DAY_NS, Place, Subject
from tests.sensor.correlate.scenes import (
    SECOND,
    START,
    arp,
    host,
    known,
    lease,
    row,
    says,
    scanner,
    sends,
    value,
    with_mac,
)

A, B = "00:11:22:00:00:0a", "00:11:22:00:00:0b"
USES = {
    "hl7.message_type": "messages",
    "dicom.performed_modality": "examinations",
    "dicom.role_request store": "transfers",
}
DAY = 24 * 3600  # seconds, as the scenes count
HOST = Subject(mac=A, ip="10.0.0.5")


def on_day(number, *rows):
    """Rows of the scenes, seen that many days later (2026-01-05 is day 0)."""
    moved = []
    for each in rows:
        first, last = (Place(at.time + number * DAY_NS, at.frame) for at in (each.first, each.last))
        moved.append(replace(each, day=f"2026-01-{5 + number:02}", first=first, last=last))
    return moved


def lived(rows, now):
    (device,) = known(rows)
    return life(device, rows, START + now * DAY_NS, USES)


def what(found):
    return [(change.what, (change.time - START) // DAY_NS) for change in found.changes]


def test_a_device_is_new_for_a_week_then_active_then_silent():
    rows = [each for day in range(4) for each in on_day(day, *host(A, "10.0.0.5"))]
    assert lived(rows, 3).state == "new"
    assert lived(rows, 10).state == "active"
    silent = lived(rows, 3 + 15)
    assert silent.state == "silent"
    assert what(silent) == [("new", 0), ("silent", 3)]


def test_a_device_that_comes_back_has_returned():
    rows = [*on_day(0, *host(A, "10.0.0.5")), *on_day(20, *host(A, "10.0.0.5"))]
    found = lived(rows, 22)
    assert found.state == "returned"
    assert what(found) == [("new", 0), ("silent", 0), ("returned", 20)]
    assert what(lived([*on_day(0, *host(A, "10.0.0.5")), *on_day(13, *host(A, "10.0.0.5"))], 13)) == [("new", 0)]


def test_use_is_counted_by_day_and_answers_are_not():
    rows = [
        sends(A, "10.0.0.5", 0, 2 * 3600 + 1),  # from 8:00 to 10:00:01: begun hours are 8, 9 and 10
        row(HOST, "hl7.message_type", "ORU^R01", 10, count=40),
        row(HOST, "hl7.message_type", "ACK^R01", 10, count=7),
        row(HOST, "hl7.message_type", "ORM^O01", 10, count=2),
        row(HOST, "dicom.performed_modality", "CT", 20, count=3),
        row(HOST, "dicom.role_request", "store", 20, count=5),
        row(HOST, "dicom.role_request", "find", 20, count=9),
        *on_day(1, sends(A, "10.0.0.5", 0, 10)),
    ]
    one, two = lived(rows, 1).days
    assert (one.day, one.hours, dict(one.uses)) == (
        "2026-01-05",
        3,
        {"examinations": 3, "messages": 42, "transfers": 5},
    )
    assert (two.day, two.hours, dict(two.uses)) == ("2026-01-06", 1, {})


def test_what_another_holder_of_the_address_did_is_not_counted():
    rows = [
        arp(A, "10.0.0.5", 0, 100),
        arp(B, "10.0.0.5", 500, 600),
        row(Subject(ip="10.0.0.5"), "hl7.message_type", "ORU^R01", 50, count=3),
        row(Subject(ip="10.0.0.5"), "hl7.message_type", "ORU^R01", 550, count=70),
    ]
    device = with_mac(known(rows), A)
    (day,) = life(device, rows, START, USES).days
    assert day.uses == {"messages": 3}


def test_of_a_day_on_which_an_address_changed_hands_the_part_of_its_holder_counts():
    def of(first, last):
        return [
            (day.first, day.last) for day in its_days(held, [(Subject(ip="10.0.0.5"), day_from("", first, last, {}))])
        ]

    held = replace(
        known(host(A, "10.0.0.5"))[0], interfaces=(), addresses=(Tenure("10.0.0.5", 10, 20), Tenure("10.0.0.5", 40, 50))
    )
    assert of(12, 15) == [(12, 15)]
    assert of(15, 45) == [(15, 20), (40, 45)]
    assert of(20, 30) == [(20, 20)]
    assert of(25, 35) == [], "somebody else had it"


def test_a_new_release_is_a_change_from_what_to_what():
    rows = [
        *on_day(0, *host(A, "10.0.0.5"), *says(HOST, ("dhcp.host_name", "bed-1"))),
        *on_day(3, *says(HOST, ("dhcp.host_name", "bed-2"))),
    ]
    (change,) = [each for each in lived(rows, 3).changes if each.what == "changed"]
    assert (change.attribute, change.before, change.after) == ("hostname", "bed-1", "bed-2")
    assert change.time == START + 3 * DAY_NS
    assert value(known(rows)[0], "hostname") == "bed-2", "what was said last is what it is called now"


def test_two_values_at_the_same_time_are_a_contradiction_and_no_change():
    rows = [*host(A, "10.0.0.5"), *says(HOST, ("dhcp.host_name", "a"), until=90), *says(HOST, ("dns.name", "b"), at=50)]
    assert not [each for each in lived(rows, 0).changes if each.what == "changed"]


def test_a_device_that_gives_up_an_address_for_another_moved():
    (device,) = known([*lease(A, "10.0.0.5", 0, 100), *lease(A, "10.0.7.9", 5000, 5100)])
    (change,) = moves(device)
    assert (change.before, change.after, change.time) == ("10.0.0.5", "10.0.7.9", START + 5000 * SECOND)
    (device,) = known([*lease(A, "10.0.0.5", 0, 6000), *lease(A, "10.0.0.9", 5000, 5100)])
    assert list(moves(device)) == []


def replaced_scanner():
    """CT1 breaks; a new one of another serial number gets its title and its address."""
    return [
        arp(A, "10.0.0.5", 0, 100),
        *scanner(A, "10.0.0.5", "CT1", "4711"),
        arp(B, "10.0.0.5", 9 * DAY, 9 * DAY + 100),
        *scanner(B, "10.0.0.5", "CT1", "4799", at=9 * DAY + 5),
    ]


def test_another_serial_number_under_the_same_name_and_address_is_a_replacement():
    devices = known(replaced_scanner())
    old, new = with_mac(devices, A), with_mac(devices, B)
    assert (value(old, "serial"), value(new, "serial")) == ("4711", "4799")
    (change,) = replacements(devices)
    assert (change.what, change.device, change.before) == ("replaced", old.id, "4711")
    assert change.after == f"4799 ({new.id})"


def test_two_titles_at_one_address_in_turn_are_no_replacement():
    rows = [
        replace(each, value="CT2") if each.value == "CT1" and each.first.time > START + DAY_NS else each
        for each in replaced_scanner()
    ]
    rows = [
        replace(each, subject=replace(each.subject, application="CT2"))
        if each.subject.application and each.first.time > START + DAY_NS
        else each
        for each in rows
    ]
    assert list(replacements(known(rows))) == []


def words(found: list[Change]):
    return [(change.what, change.attribute, change.before, change.after) for change in found]


def test_two_lists_are_compared():
    before = known([*host(A, "10.0.0.5"), *says(HOST, ("dhcp.host_name", "a")), *host(B, "10.0.0.6")])
    after = known([*lease(A, "10.0.0.9", 700), *says(Subject(mac=A), ("dhcp.host_name", "b"), at=700)])
    assert words(compare(before, before)) == []
    gone = with_mac(before, B).id
    found = compare(before, [replace(after[0], aliases=(with_mac(before, A).id,))])
    assert [each.device for each in found if each.what == "gone"] == [gone]
    assert ("changed", "hostname", "a", "b") in words(found)
    assert ("moved", "address", "10.0.0.5", "10.0.0.9") in words(found)
    assert [each.what for each in compare([], before)] == ["new", "new"]


def test_a_device_that_was_merged_into_another_is_not_gone():
    one, two = known([*host(A, "10.0.0.5"), *host(B, "10.0.0.6")])
    both = Device(
        id=one.id,
        site=one.site,
        kind=one.kind,
        name=one.name,
        attributes=one.attributes,
        addresses=one.addresses,
        aliases=(two.id,),
        first_seen=one.first_seen,
        last_seen=one.last_seen,
    )
    assert compare([one, two], [both]) == []
