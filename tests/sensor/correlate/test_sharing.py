"""Several machines behind one address: said, with reasons, and not made into one device."""

from __future__ import annotations

from collections.abc import Iterable

from sensor.correlate.device import Device
from sensor.correlate.inventory import devices
from sensor.correlate.knowledge import Knowledge
from sensor.correlate.networks import Networks
from sensor.model import Evidence, Subject
from tests.sensor.correlate.scenes import RULES, SITE, host, row

BOX = Subject(mac="00:11:22:00:00:01", ip="10.0.0.7")
AWAY = Subject(mac="", ip="10.0.9.7")  # behind a router
WINDOWS = "4:128:0:1460:64240,8:mss,nop,ws,nop,nop,sok:df,id+"
LINUX = "4:64:0:1460:64240,7:mss,sok,ts,nop,ws:df,id+"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:109.0) Gecko/20100101 Firefox/115.0"
UBUNTU = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/118.0"
KNOWN = Knowledge(RULES.apply, RULES.maker, RULES.modality, RULES.kinds, RULES.several, RULES.observables)


def sole(rows: Iterable[Evidence]) -> Device:
    (device,) = devices(rows, (), KNOWN, Networks(), SITE)
    return device


def only(*rows: Evidence) -> Device:
    return sole([*host(BOX.mac, BOX.ip), *rows])


def said(device: Device, name: str) -> set[str]:
    return {
        one.value
        for each in device.attributes
        if each.name == name
        for one in (each.believed, *each.others, *each.also)
    }


def test_two_systems_at_the_same_time_are_two_machines() -> None:
    device = only(row(BOX, "tcp.syn", WINDOWS, 10, 500, count=9), row(BOX, "tcp.syn", LINUX, 20, 600, count=9))
    assert said(device, "role") == {"shared_address"}
    assert said(device, "os") == set(), "neither system is that of whoever owns the address"
    assert any("first segments of Windows and other systems" in why for why in device.merges)


def test_a_host_that_is_installed_anew_is_one_machine() -> None:
    device = only(row(BOX, "tcp.syn", WINDOWS, 10, 500, count=9), row(BOX, "tcp.syn", LINUX, 510, 900, count=9))
    assert said(device, "role") == set()
    assert said(device, "os") == {"Windows", "Linux"}


def test_one_segment_of_another_system_is_easily_forged() -> None:
    device = only(row(BOX, "tcp.syn", WINDOWS, 10, 500, count=9), row(BOX, "tcp.syn", LINUX, 20))
    assert said(device, "role") == set()


def test_browsers_of_two_systems_are_two_machines_and_two_releases_are_not() -> None:
    both = (row(BOX, "http.user_agent", FIREFOX, 1, 90, count=4), row(BOX, "http.user_agent", UBUNTU, 2, 80, count=3))
    assert said(only(*both), "role") == {"shared_address"}
    older = row(BOX, "http.user_agent", FIREFOX.replace("NT 10.0", "NT 6.1"), 2, 80, count=3)
    assert said(only(both[0], older), "role") == set()


def test_names_that_sign_in_in_turns_are_machines_and_a_renamed_one_is_not() -> None:
    def names(*spans: tuple[int, int]) -> set[str]:
        rows = [
            row(BOX, "smb.ntlm_workstation", f"DESK-{n}", since, until, count=3)
            for n, (since, until) in enumerate(spans)
        ]
        return said(only(*rows), "role")

    assert names((0, 100), (50, 150)) == {"shared_address"}
    assert names((0, 100), (100, 150)) == set()
    assert names((0, 10), (20, 100), (30, 40)) == {"shared_address"}


def test_what_it_says_on_its_own_link_stays_its_own() -> None:
    device = only(
        row(BOX, "tcp.syn", WINDOWS, 10, 500, count=9),
        row(BOX, "tcp.syn", LINUX, 20, 600, count=9),
        row(BOX, "tcp.syn_ack", "4:64:0:1460:28960,7:mss,sok,ts,nop,ws:df", 20, 600, count=9),
        row(BOX, "lldp.system_name", "annex-router", 20),
    )
    assert said(device, "os") == {"Linux"}
    assert device.name == "annex-router"


def test_far_away_an_accelerator_may_open_connections_with_a_stack_of_its_own() -> None:
    segments = [row(AWAY, "tcp.syn", WINDOWS, 10, 500, count=9), row(AWAY, "tcp.syn", LINUX, 20, 600, count=9)]
    frames = [row(AWAY, "ip.address", AWAY.ip, 1, 600, count=20, weight=0.5)]
    assert said(sole([*frames, *segments]), "role") == set()
    agents = [row(AWAY, "http.user_agent", text, 1, 90, count=4) for text in (FIREFOX, UBUNTU)]
    assert said(sole([*frames, *segments, *agents]), "role") == {"shared_address"}
