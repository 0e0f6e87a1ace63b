"""What only one device has joins its interfaces; what copies have too does not. Scenarios written by hand."""

from __future__ import annotations

import pytest

from parsers.api import Id
from sensor.correlate.ids import Key, key_of, uuid_of
from sensor.correlate.unique import key_said
from sensor.model import Subject
from tests.sensor.correlate.scenes import (
    arp,
    at_ip,
    host,
    known,
    lease,
    parents,
    row,
    says,
    scanner,
    sends,
    value,
    with_mac,
)

A, B, C = (f"00:11:22:00:00:0{x}" for x in "abc")
ROUTER = "00:11:22:00:00:01"
UUID = "4c4c4544-0042-3010-8051-b4c04f4a4d31"
OTHER_UUID = "564d1b2c-9c1e-4f66-8d3a-0a51c2e77b10"
CERTIFICATE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def behind_router(*ips):
    """Addresses that a router carries, with the times at which they were seen."""
    return [arp(ROUTER, "10.9.0.1"), *(sends(ROUTER, ip, at, until) for ip, at, until in ips)]


def test_one_uuid_said_in_two_ways_on_two_interfaces_is_one_device():
    (device,) = known(
        [
            *host(A, "10.0.0.5"),
            *says(Subject(mac=A, ip="10.0.0.5"), ("mdns.txt_uuid", UUID.upper())),
            *host(B, "10.0.0.6"),
            *says(Subject(mac=B, ip="10.0.0.6"), ("ssdp.uuid", f"uuid:{UUID}")),
        ]
    )
    assert device.interfaces == (A, B)
    assert any(f"both give the UUID {UUID}" in why for why in device.merges)


def test_a_uuid_under_two_host_names_is_copied():
    devices = known(
        [
            *lease(A, "10.0.0.5", name="pc-a"),
            *says(Subject(mac=A), ("dhcp.uuid", UUID)),
            *lease(B, "10.0.0.6", name="pc-b"),
            *says(Subject(mac=B), ("dhcp.uuid", UUID)),
        ]
    )
    assert len(devices) == 2


def test_all_ports_of_a_switch_are_one_device_by_its_chassis():
    ports = [f"00:11:22:00:01:{n:02x}" for n in range(1, 49)]
    chassis = "00:11:22:00:01:00"
    said = [
        each
        for port in ports
        for each in says(Subject(mac=port), ("lldp.chassis_id", chassis), ("lldp.system_name", "sw-1"))
    ]
    (switch,) = known([*said, *host(chassis, "10.0.0.2")])
    assert switch.interfaces == (chassis, *ports)
    assert switch.name == "sw-1"


def test_who_claims_the_chassis_of_another_under_its_own_name_is_not_it():
    devices = known(
        [
            *says(Subject(mac=A), ("lldp.chassis_id", C), ("lldp.system_name", "sw-1")),
            *says(Subject(mac=B), ("lldp.chassis_id", C), ("lldp.system_name", "kali")),
        ]
    )
    assert len(devices) == 2


@pytest.mark.parametrize(
    ("second", "name", "count"),
    [
        pytest.param((900, 950), "rad-ws", 1, id="it got another address"),
        pytest.param((50, 950), "rad-ws", 2, id="a clone runs beside it"),
        pytest.param((900, 950), "other", 2, id="another name"),
    ],
)
def test_a_key_follows_a_device_to_its_next_address(second, name, count):
    devices = known(
        [
            *behind_router(("10.1.0.5", 0, 100), ("10.1.0.77", *second)),
            *says(
                Subject(ip="10.1.0.5"), ("tls.certificate_sha256", CERTIFICATE), ("smb.computer", "RAD-WS"), until=100
            ),
            *says(
                Subject(ip="10.1.0.77"),
                ("tls.certificate_sha256", CERTIFICATE),
                ("smb.computer", name),
                at=second[0],
                until=second[1],
            ),
        ]
    )
    assert len(devices) - 1 == count  # beside the router
    assert {tenure.ip for tenure in at_ip(devices, "10.1.0.5").addresses} == (
        {"10.1.0.5", "10.1.0.77"} if count == 1 else {"10.1.0.5"}
    )


def test_an_ae_title_alone_moves_nobody():
    devices = known(
        [
            *behind_router(("10.1.0.5", 0, 100), ("10.1.0.77", 900, 950)),
            *says(Subject(ip="10.1.0.5", application="CT1"), ("dicom.calling_ae", "CT1"), until=100),
            *says(Subject(ip="10.1.0.77", application="CT1"), ("dicom.calling_ae", "CT1"), at=900),
        ]
    )
    assert len(devices) == 3


def test_two_that_were_installed_from_one_image_and_run_together_stay_two():
    devices = known(
        [
            each
            for mac, ip in ((A, "10.0.0.5"), (B, "10.0.0.6"))
            for each in (
                *host(mac, ip),
                *says(Subject(mac=mac, ip=ip), ("smb.server_guid", UUID), ("smb.computer", "PC")),
            )
        ]
    )
    assert len(devices) == 2


def test_a_lease_under_one_name_joins_no_two_machines():
    def laptop(mac, at, uuid):
        return [*lease(mac, "10.0.0.5", at, at + 10, name="pc-a"), *says(Subject(mac=mac), ("dhcp.uuid", uuid), at=at)]

    assert len(known([*laptop(A, 0, UUID), *laptop(B, 100, UUID)])) == 1
    assert len(known([*laptop(A, 0, UUID), *laptop(B, 100, OTHER_UUID)])) == 2


def test_an_address_that_routers_share_is_no_device_whoever_answers_for_it():
    vrrp = "00:00:5e:00:01:07"
    devices = known(
        [
            *host(A, "10.0.0.2"),
            *host(B, "10.0.0.3"),
            arp(A, "10.0.0.1", 0, 10),  # a router that uses its own hardware address for it
            arp(B, "10.0.0.1", 100, 110),
            sends(A, "10.0.0.1"),
            row(Subject(mac=vrrp, ip="10.0.0.2"), "vrrp.virtual_address", "10.0.0.1"),
            row(Subject(ip="10.0.0.1"), "dns.name", "gateway", source="dns 10.0.0.9"),
        ]
    )
    assert sorted(tuple(tenure.ip for tenure in device.addresses) for device in devices) == [
        ("10.0.0.2",),
        ("10.0.0.3",),
    ]


@pytest.mark.parametrize("mac", ["00:00:5e:00:01:01", "00:00:5e:00:02:01", "00:00:0c:07:ac:0a", "00:00:0c:9f:f0:01"])
def test_hardware_addresses_that_routers_share_are_no_devices(mac):
    devices = known([*host(A, "10.0.0.2"), arp(mac, "10.0.0.1"), sends(mac, "10.0.0.1"), sends(mac, "10.0.0.2")])
    assert [device.interfaces for device in devices] == [(A,)]
    assert [tenure.ip for tenure in devices[0].addresses] == ["10.0.0.2"]


def test_an_ipv6_address_made_from_a_hardware_address_is_that_interface_behind_a_router_too():
    """RFC 4291 appendix A: 00:11:22:00:00:0a gives 0211:22ff:fe00:000a."""
    made = "fd00::211:22ff:fe00:a"
    seen = [arp(ROUTER, "10.9.0.1"), sends(ROUTER, made), sends(ROUTER, "fd00::99"), sends(ROUTER, "fd01::98")]
    device = at_ip(known([*seen, *host(A, "10.0.0.5")]), made)
    assert device.interfaces == (A,)
    alone = at_ip(known(seen), made)
    assert (alone.interfaces, value(alone, "network_maker")) == ((A,), "Chips Inc")
    assert with_mac(known(seen), ROUTER).id != alone.id


def test_what_a_gateway_speaks_of_is_the_host_that_gives_that_uuid_itself():
    devices = known(
        [
            *host(A, "10.0.0.20"),
            *says(Subject(mac=A, ip="10.0.0.20", behind=(Id("uuid", UUID),)), ("hl7.model", "MX800")),
            *says(Subject(mac=A, ip="10.0.0.20", behind=(Id("uuid", OTHER_UUID),)), ("hl7.model", "MX800")),
            *host(B, "10.0.0.21"),
            *says(Subject(mac=B, ip="10.0.0.21"), ("wsd.endpoint_uuid", f"urn:uuid:{UUID}")),
        ]
    )
    assert value(with_mac(devices, B), "model") == "MX800"
    assert len(parents(devices, with_mac(devices, A))) == 1


@pytest.mark.parametrize(
    ("text", "uuid"),
    [
        (UUID, UUID),
        (UUID.upper(), UUID),
        (f"urn:uuid:{UUID}", UUID),
        ("{" + UUID + "}", UUID),
        (UUID.replace("-", ""), UUID),
        ("00000000-0000-0000-0000-000000000000", ""),
        ("ffffffff-ffff-ffff-ffff-ffffffffffff", ""),
        ("03000200-0400-0500-0006-000700080009", ""),  # unfilled mainboards
        ("00020003-0004-0005-0006-000700080009", ""),  # the same, its bytes in the other order
        ("4c4c4544-0042-3010-8051", ""),
        ("not a uuid of thirty-two letters", ""),
    ],
)
def test_uuids_are_spelled_one_way(text, uuid):
    assert uuid_of(text) == uuid


@pytest.mark.parametrize(
    ("scheme", "text", "value"),
    [
        ("engine_id", "0x80001F8880A1B2C3D4", "80001f8880a1b2c3d4"),
        ("engine_id", "80:00:1f:88:80:a1:b2:c3:d4", "80001f8880a1b2c3d4"),
        ("engine_id", "8000", ""),
        ("chassis", "00-11-22-00-00-0A", A),
        ("chassis", "sw-1", ""),
        ("chassis", "00:00:5e:00:01:01", ""),
        ("install", A, ""),  # a client id that is the hardware address says nothing more
        ("install", "0001000124a1b2c3001122000a0b", "0001000124a1b2c3001122000a0b"),
        ("install", "00000000000000", ""),
        ("key", CERTIFICATE.upper(), CERTIFICATE),
        ("key", "9f86d0", ""),
    ],
)
def test_what_identifies_is_spelled_one_way_and_fillers_are_none(scheme, text, value):
    assert key_said(scheme, text) == (Key(scheme, value) if value else None)


def test_a_leased_address_is_held_as_long_as_it_was_given_for():
    """Given for an hour at 0; somebody else has it two hours later. What was said in that hour is the first one's."""
    rows = [
        *lease(A, "10.0.0.5", 0),
        row(Subject(mac=A), "dhcp.lease_time", "3600"),
        *lease(B, "10.0.0.5", 7200),
        row(Subject(ip="10.0.0.5"), "dns.name", "first", 600, 3000),
        row(Subject(ip="10.0.0.5"), "dns.name", "nobody", 4000, 5000),
        row(Subject(ip="10.0.0.5"), "dns.name", "second", 7300),
    ]
    devices = known(rows)
    assert {mac: value(with_mac(devices, mac), "hostname") for mac in (A, B)} == {A: "first", B: "second"}


def test_a_lease_ends_where_somebody_else_is_seen_with_the_address():
    rows = [
        *lease(A, "10.0.0.5", 0),
        row(Subject(mac=A), "dhcp.lease_time", "86400"),
        *lease(B, "10.0.0.5", 7200),
        row(Subject(ip="10.0.0.5"), "dns.name", "both", 7000, 7300),
        row(Subject(ip="10.0.0.5"), "dns.name", "second", 9000),
    ]
    devices = known(rows)
    assert {mac: value(with_mac(devices, mac), "hostname") for mac in (A, B)} == {A: "", B: "second"}


def test_telephones_of_one_name_that_had_an_address_in_turn_are_two():
    made_up = ("da:11:22:00:00:0a", "da:11:22:00:00:0b")
    rows = [each for at, mac in enumerate(made_up) for each in lease(mac, "10.0.0.5", at * 900, name="iPhone")]
    assert len(known(rows)) == 2


def test_a_default_serial_number_of_two_that_run_the_same_software_joins_nobody():
    rows = []
    for mac, ip, title in ((A, "10.0.0.5", "MR1"), (B, "10.0.0.6", "MR2")):
        rows += [*host(mac, ip), *scanner(mac, ip, title, "10000007")]
        rows += says(Subject(mac=mac, ip=ip, application=title), ("dicom.implementation_version", "MR_VE11C"))
    assert sorted(device.interfaces for device in known(rows)) == [(A,), (B,)]


def test_a_router_has_the_address_from_which_it_speaks_for_the_shared_one():
    """VRRP comes from the shared hardware address and the router's own address; its other frames tell whose that is."""
    vrrp = Subject(mac="00:00:5e:00:01:07", ip="10.0.7.2")
    rows = [
        *host(A, "10.0.0.2"),
        sends(A, "10.0.7.2"),
        sends(A, "10.5.5.5"),
        row(vrrp, "vrrp.virtual_address", "10.0.7.1"),
    ]
    devices = known(rows)
    assert {tenure.ip for tenure in with_mac(devices, A).addresses} == {"10.0.0.2", "10.0.7.2"}
    assert at_ip(devices, "10.5.5.5").interfaces == ()
    two = known([*rows, arp(B, "10.0.9.1"), sends(B, "10.0.7.2")])
    assert at_ip(two, "10.0.7.2").interfaces == (), "two carry it: it is not known whose it is"


@pytest.mark.parametrize(
    ("text", "everywhere"),
    [
        ("(01)09506000134352(21)ABC", True),
        ("(01)09506000134353(21)ABC", False),  # its check digit is wrong: a mistake that may be made twice
        ("(01)09506000134352", False),  # of a model, not of a device
    ],
)
def test_which_udi_means_one_device_whoever_says_it(text: str, everywhere: bool) -> None:
    key = key_of(Id("udi", text), lambda maker: maker)
    assert key is not None
    assert key.everywhere is everywhere
