"""Whose addresses are whose: routers, tenures, virtual and foreign addresses. Scenarios written by hand."""

from __future__ import annotations

import pytest

from sensor.correlate.device import UNCONFIRMED
from sensor.correlate.networks import Networks
from sensor.model import Subject
from tests.sensor.correlate.scenes import (
    START,
    app,
    arp,
    at_ip,
    host,
    known,
    lease,
    row,
    says,
    scanner,
    sends,
    take,
    value,
    with_mac,
)

ROUTER = "00:11:22:00:00:01"
A, B, C = "00:11:22:00:00:0a", "00:11:22:00:00:0b", "00:11:22:00:00:0c"


def addresses(device):
    return sorted({tenure.ip for tenure in device.addresses})


def test_router_in_front_of_a_modality_keeps_its_interface_and_the_modality_has_none():
    devices = known(
        [
            arp(ROUTER, "10.9.0.1"),
            sends(ROUTER, "10.9.0.1"),
            arp(A, "10.9.0.20"),
            sends(A, "10.9.0.20"),
            sends(ROUTER, "10.1.2.3"),
            *scanner(ROUTER, "10.1.2.3", "CT001", "4711"),
        ]
    )
    ct, router = at_ip(devices, "10.1.2.3"), with_mac(devices, ROUTER)
    assert len(devices) == 3
    assert (ct.kind, ct.interfaces, ct.applications) == ("ct_scanner", (), ("CT001",))
    assert value(ct, "network_maker") == ""
    assert (router.kind, addresses(router), router.applications) == ("router", ["10.9.0.1"], ())
    assert value(router, "network_maker") == "Chips Inc"
    assert any("10.1.2.3" in why for why in router.merges)


def test_two_devices_behind_a_router_that_proved_nothing_are_not_blended():
    devices = known([sends(ROUTER, "10.1.2.3"), sends(ROUTER, "10.1.2.4"), sends(ROUTER, "10.1.3.4")])
    assert [addresses(device) for device in sorted(devices, key=addresses)] == [
        [],
        ["10.1.2.3"],
        ["10.1.2.4"],
        ["10.1.3.4"],
    ]
    assert with_mac(devices, ROUTER).kind == "router"


def test_two_addresses_of_one_subnet_unproved_are_kept_apart_and_called_nothing():
    devices = known([sends(A, "10.1.2.3"), sends(A, "10.1.2.4")])
    assert len(devices) == 3
    assert with_mac(devices, A).kind == "unknown"


def test_a_host_that_moved_from_subnet_to_subnet_is_not_called_a_router():
    devices = known([sends(A, "10.1.2.3", 0, 10), sends(A, "10.7.8.9", 100, 110)])
    assert with_mac(devices, A).kind == "unknown"
    devices = known([arp(A, "10.1.2.3", 0, 10), sends(A, "10.1.2.3", 0, 10), sends(A, "10.7.8.9", 100, 110)])
    assert (with_mac(devices, A).kind, addresses(with_mac(devices, A))) == ("unknown", ["10.1.2.3"])


def test_server_with_many_proved_addresses_is_one_device():
    ips = [f"10.0.0.{n}" for n in range(10, 22)]
    devices = known([*(arp(A, ip) for ip in ips), *(sends(A, ip) for ip in ips)])
    assert [addresses(device) for device in devices] == [sorted(ips)]
    assert devices[0].kind == "unknown"


def test_a_proxy_that_answers_arp_for_everybody_owns_nobody():
    ips = [f"10.0.0.{n}" for n in range(10, 40)]
    devices = known([*(arp(A, ip) for ip in ips), *(sends(A, ip) for ip in ips)])
    assert len(devices) == len(ips) + 1
    assert addresses(with_mac(devices, A)) == []


def test_a_core_router_with_an_address_in_each_of_many_subnets_is_no_proxy():
    own = [f"10.0.{n}.1" for n in range(40)]
    devices = known([*(arp(ROUTER, ip) for ip in own), sends(ROUTER, "10.7.0.5"), sends(ROUTER, "10.7.1.5")])
    router = with_mac(devices, ROUTER)
    assert (router.kind, addresses(router)) == ("router", sorted(own))
    assert len(devices) == 3


def test_layer_3_switch_with_one_address_in_each_subnet_does_not_swallow_the_hosts_of_the_other():
    devices = known(
        [
            arp(ROUTER, "10.0.1.1"),
            arp(ROUTER, "10.0.2.1"),
            arp(A, "10.0.2.7"),
            sends(A, "10.0.2.7"),
            sends(ROUTER, "10.0.2.7"),
            arp(B, "10.0.1.8"),
            sends(B, "10.0.1.8"),
        ]
    )
    assert addresses(with_mac(devices, ROUTER)) == ["10.0.1.1", "10.0.2.1"]
    assert with_mac(devices, A).interfaces == (A,)
    assert addresses(with_mac(devices, A)) == ["10.0.2.7"]
    assert with_mac(devices, ROUTER).kind == "router"


@pytest.mark.parametrize(
    "evidence",
    [
        pytest.param([row(Subject(mac=ROUTER, ip="fe80::1"), "nd.router", "yes")], id="ND"),
        pytest.param(
            [arp(ROUTER, "10.0.0.1"), row(Subject(ip="10.0.0.1"), "dhcp.router", "yes", source="dhcp 10.0.0.2")],
            id="DHCP",
        ),
        pytest.param([sends(ROUTER, "8.8.8.8"), sends(ROUTER, "9.9.9.9")], id="external"),
        pytest.param([arp(ROUTER, "10.0.0.1"), row(Subject(mac=ROUTER), "ip.outside", "ipv4", count=4)], id="outside"),
    ],
)
def test_router_by_other_evidence(evidence):
    devices = known([*evidence, sends(ROUTER, "10.7.0.5")])
    assert with_mac(devices, ROUTER).kind == "router"
    assert at_ip(devices, "10.7.0.5").interfaces == ()


def outside(mac, count, value="ipv4", origin="ward.pcap#1"):
    return row(Subject(mac=mac), "ip.outside", value, count=count, weight=0.5, origin=origin)


def rule_of(evidence, mac=ROUTER):
    return next((router.rule for router in take(evidence).routers if router.mac == mac), "")


def test_packets_from_outside_make_a_router_of_who_has_addresses_inside():
    own = arp(ROUTER, "10.0.0.1")
    assert rule_of([own, outside(ROUTER, 4)]) == "router:external"
    assert rule_of([sends(ROUTER, "10.7.0.5"), outside(ROUTER, 4)]) == "router:external"
    counts = [outside(ROUTER, 2, origin="a"), outside(ROUTER, 2, origin="b")]
    assert rule_of([own, *counts]) == "router:external", "counts of several captures add"
    assert rule_of([own, outside(ROUTER, 3)]) == "carrier:external", "stray or forged"
    assert rule_of([outside(ROUTER, 400)]) == "carrier:external", "perhaps one host with an address outside the site"
    device = with_mac(known([own, outside(ROUTER, 7)]), ROUTER)
    assert device.kind == "router"
    assert any("7 of them" in why for why in device.merges)


def test_packets_from_outside_that_may_be_its_own_make_no_router():
    assert rule_of([arp(ROUTER, "10.0.0.1"), arp(ROUTER, "203.0.113.9"), outside(ROUTER, 400)]) == ""
    assert rule_of([arp(A, "10.0.0.5"), outside(A, 400, "ipv6")], A) == "", "a host with a global IPv6 address"


def test_one_address_outside_the_site_is_perhaps_its_own():
    assert rule_of([sends(A, "203.0.113.9")], A) == "carrier:external"
    assert rule_of([sends(A, "203.0.113.9"), sends(A, "203.0.113.10")], A) == "router:external"
    assert rule_of([sends(A, "203.0.113.9"), sends(A, "10.0.0.5")], A) == "router:external"
    assert rule_of([sends(A, "203.0.113.9"), arp(A, "10.0.0.5")], A) == "router:external"


def test_a_link_local_address_makes_no_router_of_who_has_another():
    """RFC 4291 section 2.8: each interface has one, whatever else it has."""
    own = row(Subject(mac=A), "nd.address", "fe80::211:22ff:fe00:a", source="nd fe80::211:22ff:fe00:a")
    assert rule_of([own, sends(A, "fd00:0:0:1::7")], A) == ""


def test_external_peers_are_never_devices():
    outside = app(ROUTER, "203.0.113.9", "CLOUD")
    devices = known(
        [
            arp(A, "10.0.0.5"),
            sends(A, "10.0.0.5"),
            arp(ROUTER, "10.0.0.1"),
            sends(ROUTER, "203.0.113.9"),
            *says(outside, ("dicom.called_ae", "CLOUD")),
            row(Subject(ip="198.51.100.7"), "dns.name", "example.org", source="dns 10.0.0.1"),
        ]
    )
    assert sorted(addresses(device) for device in devices) == [["10.0.0.1"], ["10.0.0.5"]]
    assert all(device.applications == () for device in devices)


def test_multicast_broadcast_and_unspecified_are_never_devices():
    devices = known(
        [
            arp(A, "10.0.0.5"),
            sends(A, "10.0.0.5"),
            row(Subject(mac="01:00:5e:00:00:fb", ip="224.0.0.251"), "mdns.name", "x", source="mdns 10.0.0.5"),
            row(Subject(mac="ff:ff:ff:ff:ff:ff", ip="10.0.0.255"), "x.y", "z", source="x 10.0.0.5"),
            row(Subject(mac=ROUTER, ip="10.1.0.255"), "x.y", "z", source="x 10.0.0.5"),
            row(Subject(mac=A, ip="0.0.0.0"), "ip.address", "0.0.0.0", weight=0.1),
            row(Subject(ip="255.255.255.255"), "x.y", "z", source="x 10.0.0.5"),
            sends("00:00:00:00:00:00", "0.0.0.0"),
        ]
    )
    assert [addresses(device) for device in devices] == [["10.0.0.5"]]


def test_a_group_never_is_an_interface_and_a_multicast_address_never_a_host_even_where_everything_is_the_site():
    assert known([row(Subject(mac="01:80:c2:00:00:0e"), "ethernet.address", "01:80:c2:00:00:0e", count=9)]) == []
    everything = Networks(("0.0.0.0/0", "::/0"))
    assert everything.standing("8.8.8.8") == "inside"
    for ip in (
        "224.0.0.251",
        "239.255.255.250",
        "255.255.255.255",
        "0.0.0.0",
        "0.1.2.3",
        "ff02::fb",
        "::",
        "no address",
    ):
        assert everything.standing(ip) == "never", ip


def test_an_interface_that_carries_more_of_its_own_subnet_than_a_host_would_is_a_router():
    carried = [f"10.0.0.{n}" for n in range(100, 112)]
    devices = known([arp(A, "10.0.0.5"), *(sends(A, ip) for ip in carried)])
    assert addresses(with_mac(devices, A)) == ["10.0.0.5"]
    assert len(devices) == 13
    devices = known([arp(A, "10.0.0.5"), *(sends(A, ip) for ip in carried[:3])])
    assert len(devices) == 1


def test_neighbour_discovery_proves_no_ipv4_address():
    devices = known([row(Subject(mac=B, ip="10.0.0.5"), "nd.router", "yes"), arp(A, "10.0.0.5"), sends(A, "10.0.0.5")])
    assert addresses(with_mac(devices, A)) == ["10.0.0.5"]
    assert addresses(with_mac(devices, B)) == []


def test_an_address_that_ends_in_255_and_sends_is_a_host():
    assert addresses(known([sends(A, "10.0.1.255")])[0]) == ["10.0.1.255"]


def test_vrrp_address_and_interface_are_no_device():
    virtual = "00:00:5e:00:01:0a"
    devices = known(
        [
            arp(virtual, "10.0.0.1"),
            arp(ROUTER, "10.0.0.2"),
            sends(ROUTER, "10.0.0.2"),
            sends(ROUTER, "10.0.0.1"),
            sends(virtual, "10.0.0.1"),
            sends(virtual, "10.5.5.5"),
            row(Subject(ip="10.0.0.1"), "dns.name", "gw", source="dns 10.0.0.9"),
        ]
    )
    assert sorted(map(addresses, devices)) == [["10.0.0.2"], ["10.5.5.5"]]
    assert {mac for device in devices for mac in device.interfaces} == {ROUTER}


def test_a_forged_vrrp_announcement_does_not_hide_a_device():
    named = row(Subject(ip="10.0.0.5"), "dns.name", "ct1", source="dns 10.0.0.2")
    devices = known([arp("00:00:5e:00:01:0a", "10.0.0.5"), arp(A, "10.0.0.5"), sends(A, "10.0.0.5"), named])
    assert [(addresses(device), device.interfaces, device.name) for device in devices] == [(["10.0.0.5"], (A,), "ct1")]


def test_loopback_counts_only_where_there_is_nothing_else():
    null = "00:00:00:00:00:00"
    loop = [sends(null, "127.0.0.1"), *says(app(null, "127.0.0.1", "PACS"), ("dicom.called_ae", "PACS"))]
    (device,) = known(loop)
    assert (addresses(device), device.interfaces, device.applications) == (["127.0.0.1"], (), ("PACS",))
    assert [addresses(device) for device in known([*loop, sends(A, "10.0.0.5")])] == [["10.0.0.5"]]


def test_raw_ip_capture_without_hardware_addresses():
    devices = known(
        [sends("", "10.0.0.5"), sends("", "10.0.0.6"), *says(app("", "10.0.0.5", "CT"), ("dicom.calling_ae", "CT"))]
    )
    assert [addresses(device) for device in sorted(devices, key=addresses)] == [["10.0.0.5"], ["10.0.0.6"]]
    assert at_ip(devices, "10.0.0.5").name == "CT"


def test_dhcp_churn_gives_rows_about_the_address_to_its_holder_of_the_time():
    about = Subject(ip="10.0.0.50")
    evidence = [
        *lease(A, "10.0.0.50", 0, 100, "pc-a"),
        sends(A, "10.0.0.50", 1, 100),
        *lease(B, "10.0.0.50", 200, 300, "pc-b"),
        sends(B, "10.0.0.50", 201, 300),
        row(about, "dns.name", "early.lan", 50, source="dns 10.0.0.2"),
        row(about, "dns.name", "late.lan", 250, source="dns 10.0.0.2"),
        row(about, "dns.name", "gap.lan", 150, source="dns 10.0.0.2"),
        row(about, "dns.name", "both.lan", 50, 250, source="dns 10.0.0.2"),
        row(about, "dns.name", "overhang.lan", 50, 150, source="dns 10.0.0.2"),
        row(about, "dns.name", "after.lan", 400, source="dns 10.0.0.2"),
    ]
    result = take(evidence)
    a, b = with_mac(result.devices, A), with_mac(result.devices, B)
    assert len(result.devices) == 2
    names = [
        {
            reason.text
            for attribute in device.attributes
            for belief in (attribute.believed, *attribute.others)
            for reason in belief.reasons
        }
        for device in (a, b)
    ]
    assert {"pc-a", "early.lan"} <= names[0]
    assert {"pc-b", "late.lan", "after.lan"} <= names[1]
    assert not (names[0] | names[1]) & {"gap.lan", "both.lan", "overhang.lan"}
    assert "late.lan" not in names[0]
    assert "early.lan" not in names[1]
    assert result.ambiguous == 3
    assert [(t.since - START, t.until - START) for t in a.addresses] == [(0, 100 * 10**9)]
    assert a.id not in b.aliases
    assert b.id not in a.aliases
    assert not set(a.aliases) & set(b.aliases)


def test_an_address_taken_over_without_arp_is_not_blended_with_its_former_holder():
    printer = Subject(ip="10.0.0.31")
    devices = known(
        [
            arp(A, "10.0.0.31", 0, 10),
            sends(A, "10.0.0.31", 0, 100),
            sends(B, "10.0.0.31", 500, 600, answered=False),
            row(printer, "dns.name", "printer", 550, source="dns 10.0.0.2"),
        ]
    )
    assert value(with_mac(devices, A), "hostname") == ""
    assert value(with_mac(devices, B), "hostname") == "printer"


def claimed(*more):
    """A claims B's address by ARP for a moment. Who is called what."""
    named = row(Subject(ip="10.0.0.31"), "dns.name", "archive", 101, source="dns 10.0.0.2")
    devices = known([arp(A, "10.0.0.31", 100, 102), *more, named])
    return {device.interfaces[0]: (addresses(device), value(device, "hostname")) for device in devices}


def test_who_claims_an_address_by_arp_and_never_uses_it_gets_nothing_of_its_owner():
    owner = [arp(B, "10.0.0.31", 0, 200), sends(B, "10.0.0.31", 0, 200)]
    expected = {A: ([], ""), B: (["10.0.0.31"], "archive")}
    assert claimed(*owner) == expected
    gone_silent = [arp(B, "10.0.0.31", 0, 50), sends(A, "10.0.0.40", 10, 300)]  # who claims goes on as another
    assert claimed(*gone_silent) == {A: (["10.0.0.40"], ""), B: (["10.0.0.31"], "archive")}
    devices = known([*owner, arp(A, "10.0.0.31", 100, 102)])
    assert all(any("claimed 10.0.0.31 by ARP" in why for why in device.merges) for device in devices)


def test_who_takes_an_address_over_by_arp_and_uses_it_has_it():
    taken = [arp(B, "10.0.0.31", 0, 90), sends(B, "10.0.0.31", 0, 90), sends(A, "10.0.0.31", 100, 300)]
    assert claimed(*taken) == {A: (["10.0.0.31"], "archive"), B: (["10.0.0.31"], "")}
    moved = [arp(B, "10.0.0.31", 0, 90), sends(A, "10.0.0.40", 10, 60)]  # and then it was .31
    assert claimed(*moved)[A] == (["10.0.0.31", "10.0.0.40"], "archive")


def test_mdns_of_another_subnet_does_not_rename_a_server():
    """RFC 6762 section 11: mDNS stays on its link, so what is said of an address elsewhere is reflected, or made up."""
    server = Subject(ip="10.0.0.23")
    dns = row(server, "dns.name", "ehr.lan", weight=0.7, source="dns 10.0.0.2")
    for speaker, name in (("10.0.9.21", "ehr.lan"), ("10.0.0.21", "LIAR.local")):
        (device,) = known(
            [*host(A, "10.0.0.23"), dns, row(server, "mdns.name", "LIAR.local", weight=0.8, source=f"mdns {speaker}")]
        )
        assert value(device, "hostname") == name


def test_the_far_side_of_a_router_does_not_take_the_address_of_the_host_that_holds_it():
    devices = known([arp(A, "10.0.0.31", 0, 10), sends(A, "10.0.0.31", 0, 100), sends(ROUTER, "10.0.0.31", 50, 60)])
    assert addresses(with_mac(devices, A)) == ["10.0.0.31"]
    assert addresses(with_mac(devices, ROUTER)) == []


def test_a_lease_seen_through_a_relay_gives_a_routed_device_its_interface():
    devices = known(
        [
            arp(ROUTER, "10.9.0.1"),
            *lease(A, "10.1.2.3", name="ct-room-1"),
            sends(ROUTER, "10.1.2.3", 5),
            *scanner(ROUTER, "10.1.2.3", "CT001", "4711"),
        ]
    )
    ct = with_mac(devices, A)
    assert (ct.kind, ct.name, addresses(ct)) == ("ct_scanner", "ct-room-1", ["10.1.2.3"])
    assert len(devices) == 2


def test_privacy_addresses_of_one_interface_are_one_device():
    temporary = [f"2001:db8:0:1:{n:x}aaa:bbbb:cccc:dddd".replace("2001:db8", "fd00:12") for n in range(1, 8)]
    devices = known(
        [
            sends(A, "fe80::211:22ff:fe00:a"),
            sends(A, "10.0.0.5"),
            *(sends(A, ip) for ip in temporary),
            row(Subject(mac=A, ip=temporary[0]), "nd.link_address", A),
        ]
    )
    assert len(devices) == 1
    assert set(temporary) < set(addresses(devices[0]))


def test_a_router_of_ipv6_hosts_does_not_swallow_them():
    devices = known(
        [
            row(Subject(mac=ROUTER), "nd.address", "fd00:0:0:1::1", source="nd fe80::1"),
            sends(ROUTER, "fd00:0:0:2::5"),
            sends(ROUTER, "fd00:0:0:2::6"),
        ]
    )
    assert addresses(with_mac(devices, ROUTER)) == ["fd00:0:0:1::1"]
    assert len(devices) == 3


def test_an_arp_answer_put_on_the_wire_by_another_interface_binds_nothing():
    devices = known(
        [
            row(Subject(mac=A), "arp.address", "10.0.0.5", source=f"arp {B}"),
            arp(B, "10.0.0.5"),
            sends(B, "10.0.0.5"),
        ]
    )
    assert addresses(with_mac(devices, B)) == ["10.0.0.5"]
    assert addresses(with_mac(devices, A)) == []


def test_one_unanswered_frame_is_unconfirmed_and_an_answer_or_a_second_frame_confirms():
    once = [
        sends(A, "10.0.0.5", count=1, answered=False),
        row(Subject(mac=A, ip="10.0.0.5"), "tcp.syn", "4:64:0", weight=0.3),
    ]
    assert known(once)[0].state == UNCONFIRMED
    assert known([*once, sends(A, "10.0.0.5", 9, count=1, answered=False)])[0].state == "device"
    assert known([*once, arp(A, "10.0.0.5")])[0].state == "device"
    assert known([sends(A, "10.0.0.5", count=1)])[0].state == "device"


def test_one_frame_spoofed_addresses_behind_a_router_are_unconfirmed():
    devices = known(
        [arp(ROUTER, "10.9.0.1"), *(sends(ROUTER, f"10.1.0.{n}", n, count=1, answered=False) for n in range(1, 40))]
    )
    assert sum(device.state == UNCONFIRMED for device in devices) == 39
    assert with_mac(devices, ROUTER).state == "device"


def test_an_address_that_only_others_name_is_unconfirmed():
    (device,) = known([row(Subject(ip="10.0.0.77"), "dns.name", "old-server", source="dns 10.0.0.2")])
    assert (device.state, device.name) == (UNCONFIRMED, "old-server")


def test_locally_administered_address_has_no_maker():
    (device,) = known([sends("02:11:22:00:00:0a", "10.0.0.5")])
    assert value(device, "network_maker") == ""


def test_maker_of_the_interface_and_of_the_device_are_two_attributes():
    (device,) = known([sends("00:12:34:00:00:0a", "10.0.0.5")])
    assert value(device, "network_maker") == "Maquet"
    believed = {attribute.name: attribute.believed for attribute in device.attributes}
    assert (believed["manufacturer"].value, believed["manufacturer"].confidence) == ("Getinge", 0.3)


def test_link_layer_speaker_without_address_is_a_device():
    (device,) = known([row(Subject(mac=A), "ethernet.address", A, weight=0.5, count=30)])
    assert (device.interfaces, device.state, device.name) == ((A,), "device", A)


def test_what_is_remembered_of_addresses_has_an_end(monkeypatch):
    from sensor.correlate import networks

    monkeypatch.setattr(networks, "REMEMBERED", 8)
    site = Networks()
    asked = [f"10.0.0.{n}" for n in range(1, 30)] + [f"8.8.8.{n}" for n in range(1, 30)]
    assert [site.standing(ip) for ip in asked] == ["inside"] * 29 + ["external"] * 29
    assert len(site._known) <= 8
