"""What is one device, and what must not be joined. Scenarios written by hand."""

from __future__ import annotations

from parsers.api import Id
from sensor.model import Subject
from tests.sensor.correlate.scenes import (
    app,
    arp,
    at_ip,
    host,
    known,
    lease,
    monitor,
    object_of,
    others,
    parents,
    row,
    says,
    scanner,
    sends,
    take,
    value,
    with_mac,
)

A, B, C = (f"00:11:22:00:00:0{x}" for x in "abc")


def two_interfaces(title_b="CT001", model_b="Somatom"):
    return [
        *host(A, "10.0.0.5"),
        *scanner(A, "10.0.0.5", "CT001", "4711"),
        *host(B, "10.0.1.5"),
        *scanner(B, "10.0.1.5", title_b, "4711", model=model_b, at=50),
    ]


def test_what_an_archive_says_of_a_scanner_that_is_known_joins_it():
    evidence = [
        *host(A, "10.0.0.5"),
        *scanner(A, "10.0.0.5", "CT001", "4711"),
        *host(B, "10.0.0.9"),
        *object_of(
            Subject(mac=B, ip="10.0.0.9", application="PACS", behind=(Id("serial", "4711", "Siemens"),)),
            "Siemens",
            "Somatom",
            "4711",
        ),
        *object_of(
            Subject(mac=B, ip="10.0.0.9", application="PACS", behind=(Id("serial", "9999", "Philips"),)),
            "Philips",
            "Ingenia",
            "9999",
        ),
    ]
    devices = known(evidence)
    ct, pacs = at_ip(devices, "10.0.0.5"), at_ip(devices, "10.0.0.9")
    assert len(devices) == 3
    assert ct.parent == ""
    assert value(ct, "serial") == "4711"
    believed = next(each.believed for each in ct.attributes if each.name == "serial")
    assert {reason.subject.ip for reason in believed.reasons} == {"10.0.0.5", "10.0.0.9"}
    assert [value(each, "serial") for each in parents(devices, pacs)] == ["9999"]


def test_the_same_serial_behind_two_archives_is_one_component():
    behind = (Id("serial", "4711", "Siemens"),)
    devices = known(
        [
            *host(A, "10.0.0.8"),
            *host(B, "10.0.0.9"),
            *object_of(Subject(mac=A, ip="10.0.0.8", behind=behind), "Siemens", "Somatom", "4711"),
            *object_of(Subject(mac=B, ip="10.0.0.9", behind=behind), "Siemens", "Somatom", "4711"),
        ]
    )
    assert len(devices) == 3
    assert sum(value(device, "serial") == "4711" for device in devices) == 1


def test_a_serial_without_maker_or_a_filler_joins_nobody():
    for id_ in (Id("serial", "4711", ""), Id("serial", "000000", "Siemens"), Id("serial", "UNKNOWN", "Siemens")):
        devices = known(
            [
                *host(A, "10.0.0.8"),
                *host(B, "10.0.0.9"),
                row(Subject(mac=A, ip="10.0.0.8", behind=(id_,)), "dicom.model", "Somatom"),
                row(Subject(mac=B, ip="10.0.0.9", behind=(id_,)), "dicom.model", "Somatom"),
            ]
        )
        assert len(devices) == 4, id_


def test_monitor_known_by_dhcp_and_spoken_of_by_a_gateway_is_one_device():
    devices = known(
        [
            *host(A, "10.0.0.20"),
            *monitor(A, "10.0.0.20", 1),
            *monitor(A, "10.0.0.20", 2),
            *lease("00:09:fb:00:00:01", "10.3.0.1", name="bed-1"),
        ]
    )
    bed = with_mac(devices, "00:09:fb:00:00:01")
    assert (bed.name, bed.kind, bed.parent) == ("bed-1", "patient_monitor", "")
    assert with_mac(devices, "00:09:fb:00:00:02").parent == with_mac(devices, A).id


def test_two_interfaces_with_the_same_serial_and_title_are_one_device():
    (ct,) = known(two_interfaces())
    assert ct.interfaces == (A, B)
    assert any("both have serial 4711" in why for why in ct.merges)


def test_a_spoofed_serial_does_not_swallow_the_scanner():
    for evidence in (two_interfaces("EVIL"), two_interfaces(model_b="Kali")):
        devices = known(evidence)
        assert [device.interfaces for device in sorted(devices, key=lambda each: each.interfaces)] == [(A,), (B,)]
        assert {value(device, "serial") for device in devices} == {"4711"}


def test_contradictory_makers_stay_visible():
    made = Subject(mac=A, ip="10.0.0.5", application="CT001", behind=(Id("serial", "4711", "Siemens"),))
    (ct,) = known(
        [
            *host(A, "10.0.0.5"),
            *scanner(A, "10.0.0.5", "CT001", "4711"),
            row(made, "dicom.manufacturer", "Philips", weight=0.4, source="other"),
            row(Subject(mac=A, ip="10.0.0.5"), "http.server", "Acme PACS"),
        ]
    )
    assert value(ct, "manufacturer") == "Siemens"
    assert others(ct, "manufacturer") == {"Philips", "Acme"}


def test_docking_station_does_not_join_the_machines_that_use_it():
    dock, one, two = C, A, B
    uuid = {one: "4c4c4544-0042-3010-8051-b4c04f4a4d31", two: "4c4c4544-0042-3010-8051-b4c04f4a4d32"}
    evidence = [
        *lease(one, "10.0.0.5", 0, 10, "pc-one"),
        *lease(two, "10.0.0.6", 0, 10, "pc-two"),
        *lease(dock, "10.0.0.7", 20, 30, "pc-one"),
        *lease(dock, "10.0.0.7", 40, 50, "pc-two"),
        *(row(Subject(mac=mac), "dhcp.uuid", text) for mac, text in uuid.items()),
        *(row(Subject(mac=dock), "dhcp.uuid", text) for text in uuid.values()),
    ]
    devices = known(evidence)
    assert sorted(device.interfaces for device in devices) == [(A,), (B,), (C,)]
    assert {value(with_mac(devices, dock), "hostname")} | others(with_mac(devices, dock), "hostname") == {
        "pc-one",
        "pc-two",
    }


def test_one_uuid_on_two_interfaces_is_one_device_and_a_filler_is_not():
    def given(text):
        return [
            *lease(A, "10.0.0.5"),
            *lease(B, "10.0.0.6"),
            *(row(Subject(mac=mac), "dhcp.uuid", text) for mac in (A, B)),
        ]

    assert [device.interfaces for device in known(given("4c4c4544-0042-3010-8051-b4c04f4a4d31"))] == [(A, B)]
    assert len(known(given("00000000-0000-0000-0000-000000000000"))) == 2
    assert len(known(given("03000200-0400-0500-0006-000700080009"))) == 2


def test_names_never_merge_but_a_name_with_a_lease_does():
    apart = [*lease(A, "10.0.0.5", 0, 10, "pump-7"), *lease(B, "10.0.0.6", 20, 30, "pump-7")]
    assert len(known(apart)) == 2
    in_turn = [*lease(A, "10.0.0.5", 0, 10, "pump-7"), *lease(B, "10.0.0.5", 20, 30, "pump-7")]
    (pump,) = known(in_turn)
    assert pump.interfaces == (A, B)


def test_what_a_host_says_of_itself_joins_what_an_archive_says_of_it():
    devices = known(
        [
            *host(A, "10.0.0.40"),
            *says(Subject(mac=A, ip="10.0.0.40"), ("mdns.txt_manufacturer", "Siemens"), ("mdns.txt_serial", "4711")),
            *host(B, "10.0.0.9"),
            *object_of(
                Subject(mac=B, ip="10.0.0.9", behind=(Id("serial", "4711", "Siemens"),)), "Siemens", "Somatom", "4711"
            ),
        ]
    )
    assert len(devices) == 2
    assert value(at_ip(devices, "10.0.0.40"), "model") == "Somatom"


def test_sender_behind_a_router_that_signs_with_an_eui64_has_that_interface():
    signed = app(B, "10.1.2.3", "MON")
    devices = known(
        [
            arp(B, "10.9.0.1"),
            sends(B, "10.1.2.3"),
            sends(B, "10.1.2.4"),
            *says(signed, ("hl7.sending_application", "MON"), ("hl7.sending_mac", "00:09:fb:00:00:01")),
        ]
    )
    assert at_ip(devices, "10.1.2.3").interfaces == ("00:09:fb:00:00:01",)
    handing_on = row(signed, "hl7.receives_type", "ORU^R01", source="hl7 10.1.2.4")
    devices = known(
        [
            arp(B, "10.9.0.1"),
            sends(B, "10.1.2.3"),
            sends(B, "10.1.2.4"),
            *says(signed, ("hl7.sending_application", "MON"), ("hl7.sending_mac", "00:09:fb:00:00:01")),
            handing_on,
        ]
    )
    assert at_ip(devices, "10.1.2.3").interfaces == ()


def test_every_alias_leads_to_one_device_and_ids_do_not_depend_on_what_came_later():
    early = [*host(A, "10.0.0.5"), *scanner(A, "10.0.0.5", "CT001", "4711")]
    (before,) = known(early)
    (after,) = known([*early, row(app(A, "10.0.0.5", "CT002"), "dicom.calling_ae", "CT002", 500)])
    assert after.id == before.id
    assert set(before.aliases) < set(after.aliases)
    result = take([*early, *host(B, "10.0.0.9")])
    every = [name for device in result.devices for name in (device.id, *device.aliases)]
    assert len(every) == len(set(every))


def test_a_serial_that_two_hosts_claim_says_nothing_of_what_an_archive_holds():
    archive = object_of(
        Subject(mac=C, ip="10.0.0.9", behind=(Id("serial", "4711", "Siemens"),)), "Siemens", "Somatom", "4711"
    )
    devices = known([*two_interfaces("EVIL"), *host(C, "10.0.0.9"), *archive])
    assert len(devices) == 4
    assert len(parents(devices, with_mac(devices, C))) == 1


def test_one_identifier_with_two_serials_behind_two_hosts_joins_nobody():
    for shared in (
        Id("eui64", "0009FBFFFE000001"),
        Id("uuid", "4c4c4544-0042-3010-8051-b4c04f4a4d31"),
        Id("obx18", "MON", "ACME"),
    ):
        rows = [
            row(Subject(mac=mac, ip=ip, behind=(shared, Id("serial", serial, "ACME"))), "hl7.model", "MX")
            for mac, ip, serial in ((A, "10.0.0.8", "S-100"), (B, "10.0.0.9", "S-200"))
        ]
        both = [*host(A, "10.0.0.8"), *host(B, "10.0.0.9")]
        assert len(known([*both, *rows])) == 4, shared.scheme
        same = [
            row(Subject(mac=mac, ip=ip, behind=(shared,)), "hl7.model", "MX")
            for mac, ip in ((A, "10.0.0.8"), (B, "10.0.0.9"))
        ]
        assert len(known([*both, *same])) == 3, shared.scheme


def test_a_host_name_that_five_interfaces_lease_in_turn_is_a_default():
    macs = [f"00:11:22:00:01:0{n}" for n in range(5)]
    evidence = [
        each for n, mac in enumerate(macs) for each in lease(mac, "10.0.0.5", 100 * n, 100 * n + 10, "localhost")
    ]
    assert len(known(evidence)) == 5


def test_a_host_that_tries_many_titles_is_one_device_with_the_most_used_ones():
    titles = [
        row(app(A, "10.0.0.66", f"AE{n:03}"), "dicom.calling_ae", f"AE{n:03}", count=1 + (n == 299)) for n in range(300)
    ]
    (scan,) = known([*host(A, "10.0.0.66"), *titles])
    assert len(scan.applications) == 256
    assert "AE299" in scan.applications
    assert scan.name == "AE299"


def test_the_placeholder_of_persons_names_is_no_name_that_two_devices_share():
    """Two phones that had one address in turn, both named after somebody."""
    turns = [*lease(A, "10.0.0.5", 0, 10, "<personal>"), *lease(B, "10.0.0.5", 20, 30, "<personal>")]
    assert len(known(turns)) == 2
    named = [*lease(A, "10.0.0.5", 0, 10, "pump-7"), *lease(B, "10.0.0.5", 20, 30, "pump-7")]
    assert len(known(named)) == 1
