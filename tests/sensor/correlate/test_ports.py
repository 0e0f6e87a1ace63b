"""Which port of a switch a host is plugged into. Scenarios written by hand."""

from __future__ import annotations

import pytest

from sensor.model import Evidence, Subject
from tests.sensor.correlate.scenes import host, known, row, value, with_mac

A, B, C = (f"00:11:22:00:00:0{x}" for x in "abc")
ACCESS, CORE = "10.0.0.250", "10.0.0.251"


def lists(switch: str, mac: str, port: int) -> Evidence:
    """A switch says that an address is behind a port of its own."""
    return row(Subject(mac=mac), "snmp.bridge_port", str(port), weight=0.7, source=f"snmp {switch}")


def test_a_port_with_one_address_behind_it_is_that_of_the_host_and_an_uplink_is_nobodys():
    rows = [
        *host(A, "10.0.0.1"),
        lists(ACCESS, A, 3),
        lists(ACCESS, B, 4),
        lists(ACCESS, C, 24),  # the port to the core
        lists(CORE, A, 1),  # and from there
        lists(CORE, B, 1),
    ]
    devices = known(rows)
    assert devices == known(reversed(rows))
    ports = {mac: value(with_mac(devices, mac), "switch_port") for mac in (A, B, C)}
    assert ports == {A: "10.0.0.250 port 3", B: "10.0.0.250 port 4", C: "10.0.0.250 port 24"}


def test_who_is_heard_by_lldp_is_at_that_port_whatever_the_tables_list():
    heard = row(Subject(mac=A), "snmp.lldp_port", "9", weight=0.8, source=f"snmp {ACCESS}")
    devices = known([*host(A, "10.0.0.1"), lists(CORE, A, 1), heard])
    port = next(one.believed for one in with_mac(devices, A).attributes if one.name == "switch_port")
    assert (port.value, port.confidence) == ("10.0.0.250 port 9", 0.8)
    elsewhere = row(Subject(mac=A), "snmp.lldp_port", "2", weight=0.8, source=f"snmp {CORE}")
    devices = known([*host(A, "10.0.0.1"), heard, elsewhere])
    assert value(with_mac(devices, A), "switch_port") == "", "two cables"


@pytest.mark.parametrize("more", [lists(CORE, A, 7), lists(ACCESS, B, 3)])
def test_two_claims_of_one_host_and_two_hosts_of_one_port_decide_nothing(more: Evidence):
    devices = known([*host(A, "10.0.0.1"), lists(ACCESS, A, 3), more])
    assert value(with_mac(devices, A), "switch_port") == ""
    (device,) = known([*host(A, "10.0.0.1"), lists(ACCESS, A, 3)])
    port = next(one.believed for one in device.attributes if one.name == "switch_port")
    assert (port.value, port.confidence) == ("10.0.0.250 port 3", 0.56)  # 0.7 * 0.8
