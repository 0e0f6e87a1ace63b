"""Confidence, contradictions, kinds from roles. Numbers worked out by hand from the rule that doubts multiply."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import pytest

from parsers.api import Id
from sensor.correlate.believe import REASONS_MAX, SOURCES_MAX, Vote, believe
from sensor.model import Conversation, Place, Subject
from tests.sensor.correlate.scenes import SITE, START, app, arp, known, row, says, scanner, sends, take, value

A, B = "00:11:22:00:00:0a", "00:11:22:00:00:0b"
HOST = app(A, "10.0.0.5", "NODE")
STORAGE = "1.2.840.10008.5.1.4.1.1."


def vote(text, weight, source="a", attribute="model"):
    return Vote(attribute, text, weight, "r", row(Subject(mac=A), "x.y", text, source=source))


def test_doubts_multiply_over_sources_and_one_source_counts_once():
    (model,) = believe([vote("M1", 0.6, "a"), vote("M1", 0.5, "a"), vote("M1", 0.5, "b"), vote("M2", 0.7, "c")])
    assert (model.believed.value, model.believed.confidence) == ("M1", 0.8)  # 1 - 0.4 * 0.5
    assert [(other.value, other.confidence) for other in model.others] == [("M2", 0.7)]
    assert [reason.weight for reason in model.believed.reasons] == [0.6, 0.5, 0.5]


def test_repetition_by_one_source_convinces_nobody():
    (model,) = believe([*(vote("LOUD", 0.3, "a") for _ in range(50)), vote("QUIET", 0.4, "b")])
    assert model.believed.value == "QUIET"
    assert len(model.others[0].reasons) == REASONS_MAX


def test_a_tie_goes_to_the_smaller_text_in_any_order():
    votes = [vote("B", 0.5, "a"), vote("A", 0.5, "b")]
    assert believe(votes)[0].believed.value == believe(reversed(votes))[0].believed.value == "A"


def test_case_and_blanks_make_no_contradiction_and_neither_does_a_domain():
    (model,) = believe([vote("Somatom  Force", 0.5, "a"), vote("SOMATOM Force", 0.6, "b")])
    assert (model.believed.value, model.others) == ("SOMATOM Force", ())
    (name,) = believe([vote("ct1.lan.example", 0.5, "a", "hostname"), vote("CT1", 0.5, "b", "hostname")])
    assert (name.believed.confidence, name.others) == (0.75, ())
    (name,) = believe([vote("10.0.0.5", 0.5, "a", "hostname"), vote("10.0.0.6", 0.4, "b", "hostname")])
    assert len(name.others) == 1


def test_nothing_is_certain():
    (model,) = believe([vote("M", 1.0, "a")])
    assert model.believed.confidence == 0.99


def test_weight_is_that_of_the_row_times_that_of_the_rule():
    (device,) = known(
        [sends(A, "10.0.0.5"), row(Subject(mac=A, ip="10.0.0.5"), "http.server", "Acme PACS", weight=0.5)]
    )
    maker = next(attribute.believed for attribute in device.attributes if attribute.name == "manufacturer")
    assert (maker.confidence, maker.reasons[0].weight, maker.reasons[0].rule) == (0.3, 0.3, "acme-pacs")


def does(*pairs):
    return [arp(A, "10.0.0.5"), sends(A, "10.0.0.5"), *says(HOST, *pairs)]


def classes(observable, count):
    return [(observable, f"{STORAGE}{n}") for n in range(200, 200 + count)]


@pytest.mark.parametrize(
    ("pairs", "kind"),
    [
        ([("dicom.role_request", "worklist"), ("dicom.proposed_sop_class", f"{STORAGE}2")], "ct_scanner"),
        ([("dicom.role_request", "worklist"), ("dicom.proposed_sop_class", f"{STORAGE}4")], "mri_scanner"),
        ([("dicom.role_request", "mpps"), ("dicom.performed_modality", "US")], "ultrasound_scanner"),
        (
            [("dicom.role_request", "mpps"), ("dicom.performed_modality", "XA")],
            "fluoroscopy_system",
        ),  # of whichever sort
        (
            [
                ("dicom.role_request", "worklist"),
                ("dicom.proposed_sop_class", f"{STORAGE}128"),
                ("dicom.proposed_sop_class", f"{STORAGE}2"),
            ],
            "pet_ct",
        ),
        ([("dicom.role_request", "worklist")], "unknown"),
        ([("dicom.role_request", "worklist"), ("dicom.role_request", "find")], "unknown"),  # looks for earlier images
        ([("dicom.role_request", "echo")], "unknown"),
        ([("dicom.role_provide", "store")], "unknown"),
        ([("dicom.role_provide", "store"), ("dicom.role_provide", "find")], "pacs_archive"),
        (classes("dicom.accepted_sop_class", 80), "pacs_archive"),
        (classes("dicom.accepted_sop_class", 3), "unknown"),
        (
            [
                ("dicom.role_request", "worklist"),
                *classes("dicom.proposed_sop_class", 80),
                ("dicom.proposed_sop_class", f"{STORAGE}2"),
            ],
            "unknown",
        ),
        (
            [("dicom.role_request", "find"), ("dicom.role_request", "move"), ("dicom.role_provide", "store")],
            "diagnostic_workstation",
        ),
        (
            [("dicom.role_provide", "find"), ("dicom.role_provide", "move"), ("dicom.role_request", "store")],
            "pacs_archive",
        ),
        ([("dicom.role_request", "find"), *classes("dicom.accepted_sop_class", 80)], "diagnostic_workstation"),
        ([("dicom.role_provide", "worklist")], "worklist_broker"),
        ([("dicom.role_provide", "worklist"), ("dicom.role_provide", "mpps")], "ris_server"),
        ([("dicom.role_provide", "print")], "film_printer"),
        ([("hl7.receives_type", "OUL^R22")], "lab_information_system"),
        ([("hl7.message_type", "OUL^R22"), ("hl7.receives_type", "ACK^R22")], "laboratory_analyser"),
        ([("hl7.message_type", "OUL^R22"), ("hl7.message_type", "ADT^A01")], "ehr_server"),
        ([("hl7.message_type", "ADT^A01")], "ehr_server"),
        ([("dhcp.server", "yes")], "unknown"),
    ],
)
def test_kinds_from_roles(pairs, kind):
    (device,) = known(does(*pairs))
    assert device.kind == kind


def test_kinds_that_make_the_same_objects_are_one_general_kind_and_one_more_word_decides():
    speaks = [("dicom.role_request", "mpps"), ("dicom.performed_modality", "XA")]
    (either,) = known(does(*speaks))
    kind = next(attribute for attribute in either.attributes if attribute.name == "kind")
    assert (kind.believed.value, kind.believed.confidence, kind.others) == ("fluoroscopy_system", 0.8, ())
    (arm,) = known(does(*speaks, ("dicom.model", "Cmobile")))
    assert arm.kind == "mobile_c_arm"


def test_the_registry_of_address_blocks_is_one_source_in_whatever_form_the_address_is_said():
    """A ventilator behind a gateway, numbered by the module that connects it: its model speaks against the block."""
    mac, gateway = "00:12:34:00:00:0a", app(A, "10.0.0.5", "GW")
    subject = msgspec.structs.replace(gateway, behind=(Id("eui64", "001234FFFE00000A"),))
    devices = known(
        [
            arp(A, "10.0.0.5"),
            sends(A, "10.0.0.5"),
            row(subject, "hl7.eui64", "001234FFFE00000A", weight=0.9),
            row(subject, "hl7.device_mac", mac, weight=0.9),
            row(subject, "hl7.model", "T1", weight=0.9),
        ]
    )
    (device,) = [one for one in devices if mac in one.interfaces]
    maker = next(attribute for attribute in device.attributes if attribute.name == "manufacturer")
    assert (maker.believed.value, maker.others[0].value) == ("Hamilton", "Getinge")
    # hl7.eui64 0.9 * 0.6, hl7.device_mac 0.9 * 0.6 and the address itself 0.3 * 1.0: the weightiest counts
    assert maker.others[0].confidence == 0.54


def test_a_role_decision_shows_its_rule_and_the_evidence_used():
    (device,) = known(does(("dicom.role_request", "worklist"), ("dicom.proposed_sop_class", f"{STORAGE}2")))
    believed = next(attribute.believed for attribute in device.attributes if attribute.name == "kind")
    assert {reason.rule for reason in believed.reasons} == {"role:worklist+ct"}
    assert {(reason.observable, reason.text) for reason in believed.reasons} == {
        ("dicom.role_request", "worklist"),
        ("dicom.proposed_sop_class", f"{STORAGE}2"),
    }
    assert believed.confidence == 0.8


def test_serving_the_network_is_a_role_and_not_a_kind():
    (device,) = known(does(("dhcp.server", "yes")))
    assert value(device, "role") == "dhcp_server"


def test_a_conversation_that_was_answered_gives_the_server_a_role():
    def talk(server_frames):
        return Conversation(
            site=SITE,
            sensor="tap1",
            origin="ward.pcap#1",
            day="2026-01-05",
            client="10.0.0.9",
            server="10.0.0.5",
            port=80,
            transport="tcp",
            protocol="http",
            encrypted=False,
            client_frames=5,
            client_bytes=500,
            server_frames=server_frames,
            server_bytes=0,
            connections=1,
            first=Place(START, 1),
            last=Place(START, 9),
        )

    for frames, role in ((5, "web_server"), (0, "")):
        (device,) = take([arp(A, "10.0.0.5"), sends(A, "10.0.0.5")], [talk(frames)]).devices
        assert value(device, "role") == role


def test_names_fall_back_from_host_name_to_title_to_model_to_address():
    base = [arp(A, "10.0.0.5"), sends(A, "10.0.0.5")]
    model = row(Subject(mac=A, ip="10.0.0.5"), "dicom.model", "Somatom")
    title = row(app(A, "10.0.0.5", "CT001"), "dicom.calling_ae", "CT001")
    name = row(Subject(mac=A), "dhcp.host_name", "ct-room-1")
    assert known(base)[0].name == "10.0.0.5"
    assert known([*base, model])[0].name == "Somatom (10.0.0.5)"
    assert known([*base, model, title])[0].name == "CT001"
    assert known([*base, model, title, name])[0].name == "ct-room-1"
    personal = row(Subject(mac=A), "dhcp.host_name", "<personal>")
    assert known([*base, model, title, personal])[0].name == "CT001"


def kinds():
    """The controlled list of kinds: `kind` of every entry of fingerprints/words/kinds.toml."""
    import tomllib

    words = Path(__file__).parents[3] / "fingerprints" / "words" / "kinds.toml"
    return {entry["kind"] for entry in tomllib.loads(words.read_text(encoding="utf-8"))["kind"]}


def test_every_kind_that_is_named_is_in_the_controlled_list():
    import re

    named: set[str] = set()
    folder = Path(__file__).parents[3] / "sensor" / "correlate"
    for name in ("roles.py", "assemble.py"):
        named |= set(re.findall(r'"kind", "(\w+)"', (folder / name).read_text(encoding="utf-8")))
    assert len(named) > 10
    assert named <= kinds()


def many(attribute, *pairs):
    """Values of one attribute, each with a weight and its day."""
    host_ = Subject(mac=A)
    rows = [row(host_, "x.y", text, at=day * 86_400) for text, _, day in pairs]
    votes = (Vote(attribute, text, weight, "r", each) for (text, weight, _), each in zip(pairs, rows, strict=True))
    (found,) = believe(votes, frozenset({attribute}))
    return [found.believed.value, *(belief.value for belief in found.also)], found.others


def test_values_that_may_be_true_at_once_do_not_contradict_each_other():
    assert many("toolkit", ("DCMTK", 0.8, 0), ("pynetdicom", 0.9, 0)) == (["pynetdicom", "DCMTK"], ())


def test_the_release_that_tells_most_comes_first():
    versions = ("27", 0.9, 0), ("LX", 0.9, 0), ("MR Software release:DV26.0_R02_1810.b", 0.9, 0), ("1.4.0", 0.9, 0)
    telling = ["MR Software release:DV26.0_R02_1810.b", "1.4.0", "27", "LX"]
    assert many("software", *versions) == many("software", *reversed(versions)) == (telling, ())
    assert many("software", ("VA48A SP5", 0.9, 0), ("VA50A", 0.9, 1))[0] == ["VA50A", "VA48A SP5"], "renewed"
    assert many("software", ("VA48A", 0.5, 9), ("27", 0.9, 0))[0] == ["27", "VA48A"], "belief comes before all else"


def sources(device, name):
    return next(attribute.believed.sources for attribute in device.attributes if attribute.name == name)


def test_a_host_that_writes_of_itself_into_its_objects_is_one_source():
    spoken = says(app(A, "10.0.0.5", "CT001"), ("dicom.manufacturer", "Siemens"))
    (ct,) = known([arp(A, "10.0.0.5"), sends(A, "10.0.0.5"), *scanner(A, "10.0.0.5", "CT001", "4711"), *spoken])
    maker = next(attribute.believed for attribute in ct.attributes if attribute.name == "manufacturer")
    assert maker.sources == ("dicom",)
    assert maker.confidence == 0.855  # 0.9 of the row times 0.95 of the rule, once
    assert [reason.counts_as for reason in maker.reasons] == ["dicom", "dicom"]


def test_each_other_host_that_says_the_same_is_a_source():
    behind = (Id("serial", "4711", "Siemens"),)
    archive = app(B, "10.0.0.9", "PACS")
    handed_on = says(msgspec.structs.replace(archive, behind=behind), ("dicom.manufacturer", "Siemens"))
    named = says(Subject(mac=A, ip="10.0.0.5"), ("dicom.manufacturer", "Siemens"), source="dicom 10.0.0.9")
    own = [arp(A, "10.0.0.5"), sends(A, "10.0.0.5"), *scanner(A, "10.0.0.5", "CT001", "4711")]
    devices = known([*own, arp(B, "10.0.0.9"), sends(B, "10.0.0.9"), *handed_on, *named])
    ct = next(device for device in devices if device.name == "CT001")
    assert sources(ct, "manufacturer") == ("dicom", "dicom 10.0.0.9"), "the archive speaks twice, and is one"


def test_a_decision_by_role_is_a_source_of_its_own():
    (ct,) = known(does(("dicom.role_request", "worklist"), ("dicom.proposed_sop_class", f"{STORAGE}2")))
    assert sources(ct, "kind") == ("role:worklist+ct",)


def test_as_many_sources_count_as_can_be_shown():
    votes = [vote("M", 0.1 + n / 100, f"s{n}") for n in range(SOURCES_MAX + 4) for _ in range(3)]
    (model,) = believe(votes)
    weights = [0.1 + n / 100 for n in range(4, SOURCES_MAX + 4)]
    assert len(model.believed.sources) == len(model.believed.reasons) == SOURCES_MAX
    assert model.believed.confidence == round(1 - math.prod(1 - weight for weight in weights), 4)


def test_names_are_read_by_people():
    def named(*rows):
        return known(rows)[0].name

    monitor = Subject(mac="", ip="", behind=(Id("eui64", "00A037FFFE0A0003"),))
    assert named(*says(monitor, ("hl7.model", "N17"))) == "N17 (0a:00:03)"
    assert named(*says(monitor, ("hl7.model", "N17"), ("hl7.location", "NICU 7 B1"))) == "N17 (NICU 7 B1)"
    analyser = Subject(behind=(Id("obx18", "XN-550.11234", "Sysmex"),))
    assert named(*says(analyser, ("hl7.model", "XN-550"))) == "XN-550 (11234)"
    bare = Subject(behind=(Id("model_station", "BrightSpeed Elite|", "GE"),))
    assert named(*says(bare, ("dicom.model", "BrightSpeed Elite"))) == "BrightSpeed Elite"
    assert named(*says(bare, ("dicom.modality", "OT"))) == "BrightSpeed Elite"


def test_a_maker_known_from_the_address_alone_is_told_apart():
    (known_,) = known([arp("00:12:34:00:00:01", "10.0.0.5"), sends("00:12:34:00:00:01", "10.0.0.5")])
    (said,) = known(
        [
            arp("00:12:34:00:00:01", "10.0.0.5"),
            row(Subject(mac="00:12:34:00:00:01"), "mdns.txt_manufacturer", "Getinge"),
        ]
    )
    found = [next(each for each in one.attributes if each.name == "manufacturer") for one in (known_, said)]
    assert [(each.believed.value, each.by_address_alone) for each in found] == [("Getinge", True), ("Getinge", False)]


def exact(*votes):
    (found,) = believe([vote(text, weight, source, "os") for text, weight, source in votes])
    return found


def test_a_value_that_only_says_less_supports_the_more_exact_one():
    found = exact(("macOS", 0.8, "a"), ("macOS 13", 0.6, "b"))
    assert (found.believed.value, found.others) == ("macOS 13", ())
    assert found.believed.confidence == 0.76  # 1 - 0.4 * (1 - 0.8 / 2)
    assert {reason.text for reason in found.believed.reasons} == {"macOS", "macOS 13"}


def test_a_guess_at_more_leaves_the_less_exact_value_standing():
    found = exact(("macOS", 0.4, "a"), ("macOS 13", 0.2, "b"))
    assert (found.believed.value, found.believed.confidence) == ("macOS", 0.52)  # 1 - 0.6 * 0.8
    assert [other.value for other in found.others] == ["macOS 13"]


def test_two_exact_values_contradict_each_other_and_the_less_exact_one_neither():
    found = exact(("Windows", 0.9, "a"), ("Windows 10", 0.6, "b"), ("Windows 11", 0.5, "c"))
    assert found.believed.value == "Windows 10"
    assert [other.value for other in found.others] == ["Windows 11"]


def test_a_beginning_of_a_word_is_no_less_exact_value():
    found = exact(("Windows 1", 0.6, "a"), ("Windows 10", 0.7, "b"))
    assert [other.value for other in found.others] == ["Windows 1"]


def test_releases_compare_without_the_word_version():
    (found,) = believe([vote("V1.2", 0.5, "a", "firmware"), vote("Version 1.2", 0.6, "b", "firmware")])
    assert (found.believed.value, found.believed.confidence, found.others) == ("Version 1.2", 0.8, ())


def test_a_confidence_that_was_measured_is_shown_as_it_holds():
    holds = {"model": ((0.5, 0.4), (0.9, 0.8))}

    def shown(weight, measured):
        return believe([vote("M", weight)], holds=measured)[0].believed.confidence

    assert [shown(weight, holds) for weight in (0.25, 0.5, 0.7, 0.9)] == [0.2, 0.4, 0.6, 0.8]
    assert shown(0.95, holds) == 0.9  # half-way from (0.9, 0.8) to (1, 1)
    assert shown(0.7, {}) == 0.7
    assert shown(0.7, {"*": ((0.7, 0.1),), "kind": ((0.7, 0.2),)}) == 0.1


def test_values_that_contradict_share_what_is_believed_where_it_was_measured():
    """By hand, with odds: 0.8 is 4, 0.5 is 1; 4 of 1 + 4 + 1, and 1 of 6. Measured as computed, but for the first."""
    contradiction = [vote("M1", 0.8, "a"), vote("M2", 0.5, "b")]

    def shown(holds, several=frozenset()):
        (model,) = believe(contradiction, several, holds)
        return [(each.value, each.confidence) for each in (model.believed, *model.others, *model.also)]

    same = {"model": ((0.0, 0.0), (1.0, 1.0))}
    assert shown(same) == [("M1", 0.6667), ("M2", 0.1667)]
    assert shown({"model": ((0.6, 0.9), (1.0, 0.9))}) == [("M1", 0.9), ("M2", 0.1)]
    assert shown({"model": ((0.6, 0.3), (1.0, 0.3))}) == [("M1", 0.3), ("M2", 0.1667)]
    assert shown(same, frozenset({"model"})) == [("M1", 0.8), ("M2", 0.5)]  # both may be true
    assert shown({}) == [("M1", 0.8), ("M2", 0.5)]  # never measured: as computed


def test_values_that_are_equally_credible_stay_so_whatever_was_measured():
    (model,) = believe([vote("M1", 0.8, "a"), vote("M2", 0.8, "b")], holds={"model": ((0.1, 0.9), (1.0, 0.9))})
    assert [each.confidence for each in (model.believed, *model.others)] == [0.4444, 0.4444]  # 4 of 9
