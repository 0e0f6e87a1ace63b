"""The devices are a function of the set of evidence: not of its order, nor of how rows were split or merged."""

from __future__ import annotations

from itertools import groupby

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.api import Id
from sensor.correlate.device import Device
from sensor.correlate.networks import EXTERNAL, NEVER, Networks
from sensor.correlate.tenures import AMBIGUOUS, Holders
from sensor.model import Evidence, Subject
from tests.sensor.correlate.scenes import SITE, arp, known, lease, row, sends

MACS = ("00:11:22:00:00:0a", "00:11:22:00:00:0b", "02:00:00:00:00:0c", "00:00:5e:00:01:01", "00:00:00:00:00:00", "")
IPS = ("10.0.0.5", "10.0.0.6", "10.0.1.5", "8.8.8.8", "224.0.0.1", "127.0.0.1", "10.0.0.255", "fe80::1", "fd00::5", "")
TITLES = ("", "", "CT001", "PACS")
BEHIND = (
    (),
    (),
    (Id("serial", "4711", "Siemens"),),
    (Id("serial", "4712", "Siemens"),),
    (Id("eui64", "001122FFFE00000A"), Id("obx18", "MON1", "ACME")),
    (Id("eui64", "001122FFFE00000A"), Id("serial", "4711", "Siemens")),
    (Id("model_station", "Somatom|CT", "Siemens"),),
)
SAYINGS = (
    ("ip.address", "10.0.0.5"),
    ("arp.address", "10.0.0.5"),
    ("arp.address", "10.0.0.6"),
    ("dhcp.lease", "10.0.0.5"),
    ("dhcp.host_name", "pc-a"),
    ("dhcp.uuid", "4c4c4544-0042-3010-8051-b4c04f4a4d31"),
    ("nd.router", "yes"),
    ("dicom.calling_ae", "CT001"),
    ("dicom.role_request", "worklist"),
    ("dicom.role_request", "store"),
    ("dicom.role_provide", "store"),
    ("dicom.role_provide", "find"),
    ("dicom.proposed_sop_class", "1.2.840.10008.5.1.4.1.1.2"),
    ("dicom.manufacturer", "Siemens"),
    ("dicom.manufacturer", "GE MEDICAL SYSTEMS"),
    ("dicom.model", "Somatom"),
    ("dicom.serial", "4711"),
    ("hl7.sending_mac", "00:11:22:00:00:0a"),
    ("hl7.mdc_device", "69965"),
    ("hl7.sending_application", "A"),
    ("hl7.sending_application", "B"),
    ("hl7.sending_application", "C"),
)

subjects = st.builds(
    Subject,
    mac=st.sampled_from(MACS),
    ip=st.sampled_from(IPS),
    application=st.sampled_from(TITLES),
    behind=st.sampled_from(BEHIND),
)


@st.composite
def rows(draw: st.DrawFn) -> Evidence:
    subject = draw(subjects)
    observable, value = draw(st.sampled_from(SAYINGS))
    at = draw(st.integers(0, 9))
    return row(
        subject,
        observable,
        subject.ip if observable == "ip.address" and subject.ip else value,
        at,
        at + draw(st.integers(0, 9)),
        count=draw(st.integers(1, 3)),
        weight=draw(st.sampled_from((0.1, 0.5, 0.9))),
    )


tables = st.lists(rows(), max_size=16)


def without_origin(devices: list[Device]) -> bytes:
    """All that is said of the devices, but for where it was seen."""
    plain = msgspec.to_builtins(devices)

    def strip(value: object) -> object:
        if isinstance(value, dict):
            return {name: strip(part) for name, part in value.items() if name != "origin"}
        if isinstance(value, list | tuple):
            return [strip(part) for part in value]
        return value

    return msgspec.json.encode(strip(plain))


@settings(deadline=None, max_examples=60)
@given(table=tables, data=st.data())
def test_order_does_not_matter(table: list[Evidence], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(table))
    assert msgspec.json.encode(known(shuffled)) == msgspec.json.encode(known(table))


@settings(deadline=None, max_examples=60)
@given(table=tables, counts=st.lists(st.integers(1, 5), min_size=2, max_size=4))
def test_counts_split_between_origins_change_nothing(table: list[Evidence], counts: list[int]) -> None:
    """Each row as one origin has it, or its count spread over several that saw the same span."""
    replace = msgspec.structs.replace
    split = [replace(each, origin=f"o{n}", count=count) for each in table for n, count in enumerate(counts)]
    whole = [replace(each, origin="whole", count=sum(counts)) for each in table]
    assert without_origin(known(split)) == without_origin(known(whole))


@settings(deadline=None, max_examples=60)
@given(table=tables)
def test_duplicates_merged_before_or_by_the_correlator_are_the_same(table: list[Evidence]) -> None:
    def key(each: Evidence) -> tuple[object, ...]:
        return (each.subject, each.observable, each.value, each.source)

    merged = []
    whole = []
    for _, group in groupby(sorted(table, key=key), key=key):
        same = list(group)
        # alike in time, so that which holder they count for does not depend on the merge
        first, last = min(each.first for each in same), max(each.last for each in same)
        weight = max(each.weight for each in same)
        whole += [msgspec.structs.replace(each, first=first, last=last, weight=weight) for each in same]
        merged.append(
            msgspec.structs.replace(
                same[0], first=first, last=last, weight=weight, count=sum(each.count for each in same)
            )
        )
    assert without_origin(known(whole)) == without_origin(known(merged))


@settings(deadline=None, max_examples=60)
@given(table=tables)
def test_laws_of_every_inventory(table: list[Evidence]) -> None:
    devices = known(table)
    networks = Networks()
    proved = {each.value for each in table if each.observable in ("arp.address", "dhcp.lease")}
    by_id = {device.id: device for device in devices}
    assert len(by_id) == len(devices)
    assert [device.id for device in devices] == sorted(by_id)
    macs = [mac for device in devices for mac in device.interfaces]
    assert len(macs) == len(set(macs)), "an interface belongs to one device"
    assert not set(macs) & {"00:00:5e:00:01:01", "00:00:00:00:00:00"}
    for device in devices:
        assert device.subjects
        assert device.first_seen <= device.last_seen
        assert device.parent == "" or device.parent in by_id
        assert device.parent != device.id
        assert not device.parent or by_id[device.parent].parent == "", "components are behind hosts"
        for tenure in device.addresses:
            assert tenure.since <= tenure.until
            assert networks.standing(tenure.ip) not in ({NEVER} if tenure.ip in proved else {NEVER, EXTERNAL})
        for attribute in device.attributes:
            for belief in (attribute.believed, *attribute.others):
                assert 0 <= belief.confidence < 1
                assert belief.reasons
                assert belief.confidence <= attribute.believed.confidence


@settings(deadline=None)
@given(
    sayings=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20), st.sampled_from("ABC")), min_size=1, max_size=8),
    first=st.integers(0, 70),
    length=st.integers(0, 20),
)
def test_a_holder_is_certain_only_where_nobody_else_could_be(
    sayings: list[tuple[int, int, str]], first: int, length: int
) -> None:
    holders = Holders(("10.0.0.5", start, start + span, mac) for start, span, mac in sayings)
    last = first + length
    holder = holders.holder("10.0.0.5", first, last)
    seen = {mac for start, span, mac in sayings if start <= last and start + span >= first}
    assert holder
    if holder != AMBIGUOUS:
        assert seen <= {holder}, "whoever was seen with it in that time held it"
    if len({mac for _, _, mac in sayings}) == 1:
        assert holder == sayings[0][2]
    if len(seen) > 1:
        assert holder == AMBIGUOUS


def test_empty_evidence_has_no_devices() -> None:
    assert known([]) == []


def test_two_sites_name_the_same_subject_differently() -> None:
    from sensor.correlate.assemble import id_of

    subject = Subject(mac=MACS[0], ip="10.0.0.5")
    assert id_of(SITE, subject) != id_of("other", subject)
    assert id_of(SITE, subject) == id_of(SITE, Subject(mac=MACS[0], ip="10.0.0.5"))


def test_place_orders_the_earliest_subject() -> None:
    from sensor.correlate.assemble import id_of

    (device,) = known([*lease(MACS[0], "10.0.0.5", 9), arp(MACS[0], "10.0.0.5", 5), sends(MACS[0], "10.0.0.5", 2)])
    assert device.id == id_of(SITE, Subject(mac=MACS[0], ip="10.0.0.5"))
    assert device.aliases == (id_of(SITE, Subject(mac=MACS[0])),)
