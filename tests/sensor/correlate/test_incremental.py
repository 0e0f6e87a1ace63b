"""A correlator that is told of changes, step by step, says what one says that is told everything at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.api import Id
from sensor.correlate.decisions import LABEL, MERGE, SPLIT, Decision
from sensor.correlate.inventory import Correlator, Inventory, inventory
from sensor.correlate.networks import Networks
from sensor.correlate.site import grouped
from sensor.model import Conversation, Evidence, Place, Subject
from tests.sensor.correlate.scenes import KNOWLEDGE, SECOND, SITE, START, app, arp, lease, row, scanner, sends

MACS = ("00:11:22:00:00:0a", "00:11:22:00:00:0b", "00:11:22:00:00:0c", "02:00:00:00:00:0c", "00:00:5e:00:01:01", "")
IPS = ("10.0.0.5", "10.0.0.6", "10.0.1.5", "10.0.2.5", "8.8.8.8", "127.0.0.1", "fe80::211:22ff:fe00:a", "")
TITLES = ("", "", "CT001", "PACS")
BEHIND: tuple[tuple[Id, ...], ...] = (
    (),
    (),
    (),
    (Id("serial", "4711", "Siemens"),),
    (Id("serial", "4712", "Siemens"),),
    (Id("eui64", "001122FFFE00000A", ""), Id("obx18", "MON1", "ACME")),
    (Id("eui64", "001122FFFE00000A", ""), Id("serial", "4711", "Siemens")),
    (Id("model_station", "Somatom|CT", "Siemens"),),
)
SAYINGS = (
    ("ip.address", "10.0.0.5"),
    ("ip.outside", "ipv4"),
    ("ethernet.address", "00:11:22:00:00:0a"),
    ("arp.address", "10.0.0.5"),
    ("arp.address", "10.0.0.6"),
    ("dhcp.lease", "10.0.0.5"),
    ("dhcp.lease_time", "4"),
    ("dhcp.router", "10.0.0.6"),
    ("dhcp.host_name", "pc-a"),
    ("dhcp.host_name", "pc-b"),
    ("dhcp.uuid", "4c4c4544-0042-3010-8051-b4c04f4a4d31"),
    ("dns.name", "pc-a.hospital.example"),
    ("mdns.txt_serial", "4711"),
    ("mdns.txt_manufacturer", "Siemens"),
    ("nd.router", "yes"),
    ("snmp.bridge_port", "7"),
    ("snmp.lldp_port", "9"),
    ("smb.ntlm_workstation", "pc-a"),
    ("smb.ntlm_workstation", "pc-b"),
    ("hl7.obx18_model", "A"),
    ("tcp.syn", "64240,2,MSS,SACK"),
    ("http.server", "Acme PACS"),
    ("dicom.calling_ae", "CT001"),
    ("dicom.role_request", "worklist"),
    ("dicom.role_request", "store"),
    ("dicom.role_provide", "store"),
    ("dicom.role_provide", "find"),
    ("dicom.proposed_sop_class", "1.2.840.10008.5.1.4.1.1.2"),
    ("dicom.manufacturer", "Siemens"),
    ("dicom.model", "Somatom"),
    ("dicom.serial", "4711"),
    ("hl7.sending_mac", "00:11:22:00:00:0a"),
    ("hl7.message_type", "OUL^R22"),
    ("hl7.mdc_device", "69965"),
    ("hl7.sending_application", "A"),
    ("hl7.sending_application", "B"),
    ("hl7.sending_application", "C"),
    ("astm.sends", "results"),
)
SPEAKERS = ("", "", "", " 10.0.0.5", " 10.0.0.6", " 10.0.1.5", " 00:11:22:00:00:0b")

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
        at + draw(st.integers(0, 3)),
        count=draw(st.integers(1, 5)),
        weight=draw(st.sampled_from((0.1, 0.5, 0.9))),
        source=observable.partition(".")[0] + draw(st.sampled_from(SPEAKERS)),
        origin=draw(st.sampled_from(("one", "two"))),
    )


@st.composite
def scenes(draw: st.DrawFn) -> list[Evidence]:
    """Hosts as they are on a network: with an address, by ARP or lease, and something that they say."""
    mac, ip, at = draw(st.sampled_from(MACS[:4])), draw(st.sampled_from(IPS[:4])), draw(st.integers(0, 9))
    found = [sends(mac, ip, at, at + draw(st.integers(0, 4)), answered=draw(st.booleans()))]
    found += draw(st.sampled_from(([], [arp(mac, ip, at)], lease(mac, ip, at, name="pc-a"), [arp(mac, ip, at + 5)])))
    if draw(st.booleans()):
        found += scanner(mac, ip, "CT001", draw(st.sampled_from(("4711", "4712"))), at=at)
    if draw(st.booleans()):
        found.append(row(app(mac, ip, "PACS"), "dicom.role_provide", "store", at))
    return found


tables = st.lists(st.one_of(rows().map(lambda one: [one]), scenes()), max_size=5).map(
    lambda several: [one for some in several for one in some]
)


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    at = START + draw(st.integers(0, 9)) * SECOND
    return Conversation(
        site=SITE,
        sensor="tap1",
        origin="one",
        day="2026-01-05",
        client=draw(st.sampled_from(IPS[:4])),
        server=draw(st.sampled_from(IPS[:4])),
        port=104,
        transport="tcp",
        protocol=draw(st.sampled_from(("http", "dicom", "hl7"))),
        encrypted=False,
        client_frames=1,
        client_bytes=1,
        server_frames=1,
        server_bytes=1,
        connections=1,
        first=Place(at, 1),
        last=Place(at + SECOND, 2),
    )


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    meant = st.sampled_from((Subject(mac=MACS[0]), Subject(mac=MACS[1]), Subject(ip=IPS[0]), Subject(ip=IPS[2])))
    at = START + draw(st.integers(0, 9)) * SECOND
    return Decision(
        site=SITE,
        action=draw(st.sampled_from((MERGE, SPLIT, LABEL))),
        subject=draw(meant),
        seen=at,
        other=draw(meant),
        other_seen=at,
        name="location",
        value=draw(st.sampled_from(("Room 1", "Room 2"))),
        by="somebody",
        at=at,
        number=draw(st.integers(1, 3)),
    )


class Step(msgspec.Struct):
    """What a site was told. gone: how many subjects lose what was said of them."""

    said: list[Evidence]
    talk: list[Conversation]
    decided: list[Decision]
    gone: int


steps = st.lists(
    st.builds(
        Step,
        said=tables,
        talk=st.lists(conversations(), max_size=2),
        decided=st.lists(decisions(), max_size=1),
        gone=st.integers(0, 1),
    ),
    min_size=2,
    max_size=4,
)


def encoded(found: Inventory) -> bytes:
    return msgspec.json.encode(found)


def followed(told: Iterable[Step], check: Callable[[Inventory, Inventory], None]) -> None:
    """Tells a correlator one step after the other, and compares it each time with one that knows no before."""
    known: dict[Subject, list[Evidence]] = {}
    talk: list[Conversation] = []

    def unfold(wanted: Collection[Subject]) -> Mapping[Subject, list[Evidence]]:
        return {subject: list(known[subject]) for subject in wanted}

    correlator = Correlator(KNOWLEDGE, Networks(), SITE, unfold)
    for step in told:
        changed = dict.fromkeys(sorted(known)[: step.gone])
        for subject in changed:
            del known[subject]
        for subject, said in grouped(step.said).items():
            known.setdefault(subject, []).extend(said)
            changed[subject] = None
        talk += step.talk
        correlator.replace({subject: list(known.get(subject, ())) for subject in changed})
        whole = [each for rows_ in known.values() for each in rows_]
        check(
            correlator.inventory(talk, step.decided), inventory(whole, talk, KNOWLEDGE, Networks(), SITE, step.decided)
        )


@settings(deadline=None, max_examples=250)
@given(told=steps)
def test_changes_one_after_the_other_are_as_good_as_all_at_once(told: list[Step]) -> None:
    def same(incremental: Inventory, whole: Inventory) -> None:
        assert encoded(incremental) == encoded(whole)

    followed(told, same)


def site_of(devices: int) -> list[Evidence]:
    """Hosts that have nothing to do with each other."""
    return [
        each
        for n in range(devices)
        for each in (
            arp(f"00:11:22:00:01:{n:02x}", f"10.0.3.{n + 1}"),
            sends(f"00:11:22:00:01:{n:02x}", f"10.0.3.{n + 1}"),
            row(Subject(mac=f"00:11:22:00:01:{n:02x}"), "dhcp.host_name", f"pc-{n}"),
        )
    ]


def test_what_did_not_change_is_not_computed_again() -> None:
    table = grouped(site_of(20))
    correlator = Correlator(KNOWLEDGE, Networks(), SITE)
    correlator.replace({subject: list(said) for subject, said in table.items()})
    before = {device.id: device for device in correlator.inventory(()).devices}
    changed = Subject(mac="00:11:22:00:01:07")
    correlator.replace({changed: [*table[changed], row(changed, "dhcp.host_name", "renamed", 9)]})
    after = {device.id: device for device in correlator.inventory(()).devices}
    assert after.keys() == before.keys()
    (other,) = [id_ for id_ in after if after[id_] is not before[id_]]
    assert changed in after[other].subjects


def test_what_was_taken_back_is_gone() -> None:
    table = grouped(site_of(3))
    correlator = Correlator(KNOWLEDGE, Networks(), SITE)
    correlator.replace({subject: list(said) for subject, said in table.items()})
    assert len(correlator.inventory(()).devices) == 3
    correlator.replace({subject: [] for subject in table if subject.mac.endswith("01")})
    assert len(correlator.inventory(()).devices) == 2


def test_a_folded_subject_whose_address_changes_hands_is_asked_for_again() -> None:
    """Two interfaces lease one address in turn: what was said of the address alone is theirs by its time."""
    by_name = Subject(ip="10.0.0.5")
    first = [
        *lease(MACS[0], "10.0.0.5", 0, 1),
        sends(MACS[0], "10.0.0.5", 0, 1),
        row(by_name, "dns.name", "pc-a", 1, origin="one"),
        row(by_name, "dns.name", "pc-a", 8, origin="two"),
    ]
    asked: list[Subject] = []

    def unfold(wanted: Collection[Subject]) -> Mapping[Subject, list[Evidence]]:
        asked.extend(wanted)
        return {subject: [each for each in first if each.subject == subject] for subject in wanted}

    correlator = Correlator(KNOWLEDGE, Networks(), SITE, unfold)
    correlator.replace(grouped(first))
    correlator.inventory(())
    assert asked == []
    more = [*lease(MACS[1], "10.0.0.5", 7, 9), sends(MACS[1], "10.0.0.5", 7, 9)]
    correlator.replace(grouped(more))
    found = correlator.inventory(())
    assert by_name in asked
    assert encoded(found) == encoded(inventory([*first, *more], (), KNOWLEDGE, Networks(), SITE))
    named = [device for device in found.devices if any(each.name == "hostname" for each in device.attributes)]
    assert {device.interfaces for device in named} == {(MACS[0],), (MACS[1],)}
