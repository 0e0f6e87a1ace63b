"""What people decide goes before what was computed, and outlives it. Scenarios written by hand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.api import Id
from sensor.correlate.decisions import (
    LABEL,
    MERGE,
    SPLIT,
    ContradictionError,
    Decision,
    anchor,
    concerns,
    label,
    merge,
    replaced,
    split,
)
from sensor.correlate.groups import Groups
from sensor.correlate.inventory import inventory
from sensor.correlate.networks import Networks
from sensor.model import Subject
from tests.sensor.correlate.scenes import (
    KNOWLEDGE,
    SECOND,
    SITE,
    START,
    arp,
    at_ip,
    host,
    known,
    monitor,
    parents,
    says,
    scanner,
    sends,
    value,
    with_mac,
)

A, B, C = (f"00:11:22:00:00:0{x}" for x in "abc")
NOON = START + 4 * 3600 * SECOND


def decided(evidence, decisions):
    numbered = [one if one.number else with_number(one, at) for at, one in enumerate(decisions, 1)]
    return list(inventory(evidence, (), KNOWLEDGE, Networks(), SITE, numbered).devices)


def with_number(one: Decision, number: int) -> Decision:
    from msgspec.structs import replace

    return replace(one, number=number)


def two_hosts():
    return [*host(A, "10.0.0.5"), *host(B, "10.0.0.6")]


def merged(evidence, one, other, *, by="anna"):
    devices = known(evidence)
    return merge(with_mac(devices, one), with_mac(devices, other), (), by, NOON)


def test_two_hosts_that_a_person_merges_are_one_device_that_says_who_and_when():
    (device,) = decided(two_hosts(), [merged(two_hosts(), A, B)])
    assert device.interfaces == (A, B)
    assert f"decided by anna on 2026-01-05T12:00:00Z (decision 1): {A} and {B} are one device" in device.merges


def test_a_merge_holds_when_earlier_evidence_changes_both_ids():
    decision = merged(two_hosts(), A, B)
    before = {device.id for device in known(two_hosts())}
    later = [*two_hosts(), sends(A, "10.0.0.5", -900), sends(B, "10.0.0.6", -1000)]
    (device,) = decided(later, [decision])
    assert device.id not in before
    assert device.interfaces == (A, B)


def test_a_merge_waits_for_a_device_that_is_not_there():
    (device,) = decided(host(A, "10.0.0.5"), [merged(two_hosts(), A, B)])
    assert device.interfaces == (A,)


def test_one_interface_is_split_from_a_device_that_was_joined_for_a_reason():
    evidence = [
        *host(A, "10.0.0.5"),
        *scanner(A, "10.0.0.5", "CT001", "4711"),
        *host(B, "10.0.1.5"),
        *scanner(B, "10.0.1.5", "CT001", "4711", at=50),
    ]
    (ct,) = known(evidence)
    decision = split(ct, B, (), "anna", NOON)
    devices = decided(evidence, [decision])
    assert {device.interfaces for device in devices} >= {(A,), (B,)}
    assert any("no part of" in why and "anna" in why for why in with_mac(devices, B).merges)


def test_an_address_is_split_from_its_interface():
    evidence = [*host(A, "10.0.0.5"), *host(A, "10.0.0.6"), *says(Subject(ip="10.0.0.6"), ("dns.name", "other"))]
    (both,) = known(evidence)
    devices = decided(evidence, [split(both, "10.0.0.6", (), "anna", NOON)])
    assert with_mac(devices, A).addresses[0].ip == "10.0.0.5"
    assert at_ip(devices, "10.0.0.6").interfaces == ()
    assert value(at_ip(devices, "10.0.0.6"), "hostname") == "other"
    assert value(with_mac(devices, A), "hostname") == ""


def test_a_component_that_was_taken_for_the_host_is_split_from_it():
    evidence = [*host(A, "10.0.0.5"), *scanner(A, "10.0.0.5", "CT001", "4711")]
    (ct,) = known(evidence)
    devices = decided(evidence, [split(ct, "serial 4711", (), "anna", NOON)])
    workstation = with_mac(devices, A)
    assert value(workstation, "serial") == ""
    assert [value(each, "serial") for each in parents(devices, workstation)] == ["4711"]


def test_a_component_merged_with_its_host_is_that_host():
    evidence = [*host(A, "10.0.0.20"), *monitor(A, "10.0.0.20", 1), *monitor(A, "10.0.0.20", 2)]
    devices = known(evidence)
    gateway = with_mac(devices, A)
    first = min(parents(devices, gateway), key=lambda each: each.name)
    devices = decided(evidence, [merge(gateway, first, (), "anna", NOON)])
    assert len(devices) == 2
    assert value(with_mac(devices, A), "model") == "MX800"


def test_a_label_goes_before_what_was_seen_and_that_stays_visible():
    evidence = [*host(A, "10.0.0.5"), *scanner(A, "10.0.0.5", "CT001", "4711")]
    (ct,) = known(evidence)
    labels = [label(ct, "model", "Somatom X", "anna", NOON), label(ct, "name", "CT room 3", "anna", NOON)]
    (device,) = decided(evidence, labels)
    model = next(each for each in device.attributes if each.name == "model")
    assert (device.name, model.believed.value, model.believed.confidence) == ("CT room 3", "Somatom X", 1.0)
    assert [other.value for other in model.others] == ["Somatom"]
    (why,) = model.believed.reasons
    assert (why.source, why.first.time, why.rule) == ("person anna", NOON, "decision:1")


def test_a_label_that_agrees_keeps_what_agrees_as_reasons():
    evidence = [*host(A, "10.0.0.5"), *scanner(A, "10.0.0.5", "CT001", "4711")]
    (ct,) = known(evidence)
    (device,) = decided(evidence, [label(ct, "model", "SOMATOM", "anna", NOON)])
    model = next(each for each in device.attributes if each.name == "model")
    assert model.others == ()
    assert {reason.protocol for reason in model.believed.reasons} == {"person", "dicom"}


def test_a_kind_given_by_a_person_is_the_kind():
    evidence = host(A, "10.0.0.5")
    (device,) = decided(evidence, [label(known(evidence)[0], "kind", "infusion_pump", "anna", NOON)])
    assert device.kind == "infusion_pump"


def test_of_two_labels_on_devices_merged_later_the_later_holds():
    devices = known(two_hosts())
    one = label(with_mac(devices, A), "location", "Room 1", "anna", NOON)
    two = label(with_mac(devices, B), "location", "Room 2", "bert", NOON + SECOND)
    (device,) = decided(two_hosts(), [one, two, merged(two_hosts(), A, B)])
    location = next(each for each in device.attributes if each.name == "location")
    assert location.believed.value == "Room 2"
    assert [other.value for other in location.others] == ["Room 1"]


def test_a_label_stays_with_who_had_the_address_then():
    """Known by its address alone; later another interface has it."""
    early = [sends("00:11:22:00:00:01", "10.9.0.5"), sends("00:11:22:00:00:01", "10.8.0.5")]
    device = at_ip(known(early), "10.9.0.5")
    decision = label(device, "asset", "INV-1", "anna", NOON)
    later = [*early, arp(B, "10.9.0.77", 900), sends(B, "10.9.0.77", 900)]
    devices = decided(later, [decision])
    assert value(at_ip(devices, "10.9.0.5"), "asset") == "INV-1"
    assert value(with_mac(devices, B), "asset") == ""


def test_what_contradicts_another_decision_is_refused_and_says_which():
    devices = known(two_hosts())
    one, two = with_mac(devices, A), with_mac(devices, B)
    with pytest.raises(ContradictionError, match="already one device"):
        merge(one, one, (), "anna", NOON)
    (both,) = decided(two_hosts(), [merge(one, two, (), "anna", NOON)])
    first = with_number(merge(one, two, (), "anna", NOON), 7)
    with pytest.raises(ContradictionError, match=r"anna .*decision 7.*sensor devices undo 7"):
        split(both, B, [first], "bert", NOON)
    apart = with_number(split(both, B, (), "bert", NOON), 8)
    with pytest.raises(ContradictionError, match=r"bert .*decision 8.*sensor devices undo 8"):
        merge(one, two, [apart], "anna", NOON)


def test_only_parts_of_a_device_are_split_off_and_something_must_be_left():
    (device,) = known(host(A, "10.0.0.5"))
    with pytest.raises(ContradictionError, match=rf"no part of .* it has: {A}, 10\.0\.0\.5"):
        split(device, "10.0.0.99", (), "anna", NOON)
    with pytest.raises(ContradictionError, match="all that"):
        split(device, A, (), "anna", NOON)


def test_decisions_that_contradict_through_a_third_device_keep_apart_and_say_so():
    """A is B, B is C, but C is not A: each was decided while the others were not there."""
    evidence = [*two_hosts(), *host(C, "10.0.0.7")]

    def one(action, first, second, number):
        return Decision(
            site=SITE,
            action=action,
            subject=Subject(mac=first),
            other=Subject(mac=second),
            seen=NOON,
            other_seen=NOON,
            by="anna",
            at=NOON + number,
            number=number,
        )

    devices = decided(evidence, [one(MERGE, A, B, 1), one(MERGE, B, C, 2), one(SPLIT, C, A, 3)])
    assert sorted(device.interfaces for device in devices) == [(A, B), (C,)]
    for mac in (A, C):
        assert any("not followed" in why and "decision 2" in why for why in with_mac(devices, mac).merges)


def test_where_a_decision_is_anchored():
    (device,) = known(host(B, "10.0.0.5"))
    assert anchor(device) == (Subject(mac=B), device.last_seen)
    component = parents(known([*host(A, "10.0.0.20"), *monitor(A, "10.0.0.20", 1)]), device)
    assert component == []
    devices = known(
        [*host(A, "10.0.0.20"), *says(Subject(mac=A, ip="10.0.0.20", behind=(Id("udi", "(21)9"),)), ("hl7.model", "X"))]
    )
    (component,) = parents(devices, with_mac(devices, A))
    subject, _ = anchor(component)
    assert subject.behind == (Id("udi", "(21)9"),)
    assert concerns(component, *anchor(component))
    assert not concerns(with_mac(devices, A), *anchor(component))


def test_a_new_label_takes_the_place_of_one_of_the_same_name():
    (device,) = known(host(A, "10.0.0.5"))
    old = [label(device, "location", "Room 1", "anna", NOON), label(device, "asset", "7", "anna", NOON)]
    assert [one.value for one in replaced(device, "location", old)] == ["Room 1"]
    assert old[0].action == LABEL


pairs = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=12)


@settings(deadline=None, max_examples=200)
@given(apart=pairs, joins=pairs, decided=pairs)
def test_what_people_keep_apart_is_never_together(apart, joins, decided):
    groups = Groups()
    for one, other in apart:
        groups.keep_apart(one, other)
    for one, other in decided:
        groups.join(one, other, "", decided=True)
    by_people = {node: groups.root(node) for node in "abcdef"}
    for one, other in joins:
        groups.join(one, other, "")
    for one, other in apart:
        assert one == other or not groups.same(one, other)
    for one, other in joins:
        if one != other and one in {node for node, _ in apart} and by_people[one] != by_people[other]:
            alike = [node for node in "abcdef" if groups.same(node, one)]
            assert any(node != one for node in alike) or not groups.same(one, other)
