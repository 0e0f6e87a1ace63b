"""Each value that a device is remembered by matters: a change that shows in it alone is noticed, and would not be if it
were not compared. The scenarios are written by hand, so that nothing else about the device changes with it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import msgspec
import pytest

from parsers.api import Id
from sensor.correlate import inventory as module
from sensor.correlate.inventory import Correlator, Inventory, inventory
from sensor.correlate.memory import Memory
from sensor.correlate.networks import Networks
from sensor.correlate.site import grouped
from sensor.model import Evidence, Subject
from tests.sensor.correlate.scenes import KNOWLEDGE, SITE, app, arp, host, lease, object_of, row, says, sends

T = TypeVar("T")
Rows = list[Evidence]

A, B, C = "00:11:22:00:00:0a", "00:11:22:00:00:0b", "00:11:22:00:00:0c"
IP = "10.0.0.50"
GATEWAY = app(A, IP, "PUMPS")


def part(n: int, *pairs: tuple[str, str], at: float = 0, until: float = 100) -> Rows:
    """What a gateway says of a device behind it."""
    behind = (Id("obx18", f"P{n}", "Acme"),)
    return says(Subject(mac=A, ip=IP, application="PUMPS", behind=behind), *pairs, at=at, until=until)


def a_holder_shows() -> tuple[Rows, Rows]:
    """A host that may have moved from one subnet to another, until an address that it used proves to be another's."""
    moved = [*host(A, "10.0.0.1"), sends(A, "10.0.1.5", 100, 110), sends(A, "10.0.2.5", 500, 510)]
    return moved, [arp(B, "10.0.1.5", 90, 120)]


def a_part_says_more() -> tuple[Rows, Rows]:
    """Of two parts it shows that they are pumps, neither first nor last: the host sees the same of them as before."""
    orders = says(GATEWAY, ("hl7.receives_type", "RGV^O15"), source="hl7 10.0.0.31")
    parts = [*part(1, ("hl7.model", "one"), ("hl7.location", "R")), *part(2, ("hl7.model", "two"))]
    early = [*host(A, IP), *orders, *parts]
    late = [
        *part(1, ("hl7.mdc_device", "69985"), at=50, until=60),
        *part(2, ("hl7.mdc_device", "69985"), at=50, until=60),
    ]
    return early, late


def a_host_sends_other_messages() -> tuple[Rows, Rows]:
    """What a host speaks of that sends results alone is an analyser; it sends admissions as well."""
    results = says(GATEWAY, ("hl7.message_type", "OUL^R22"))
    early = [*host(A, IP), *results, *part(1, ("hl7.model", "one")), *part(2, ("hl7.model", "two"))]
    return early, says(GATEWAY, ("hl7.message_type", "ADT^A01"), at=50)


def a_host_tells_its_number() -> tuple[Rows, Rows]:
    """The device of which an archive has objects is a host that tells its serial number by another protocol."""
    made = Subject(mac=C, ip="10.0.0.9", application="PACS", behind=(Id("serial", "4711", "Siemens"),))
    archive = [*host(C, "10.0.0.9"), *object_of(made, "Siemens", "Somatom", "4711")]
    early = [*archive, *host(A, IP), *says(Subject(mac=A, ip=IP), ("mdns.txt_manufacturer", "Siemens"))]
    return early, says(Subject(mac=A, ip=IP), ("mdns.txt_serial", "4711"), at=9)


SCENES = {
    "routers": a_holder_shows,
    "behind": a_part_says_more,
    "among_results": a_host_sends_other_messages,
}


def in_two_steps(early: Rows, late: Rows) -> tuple[Inventory, Inventory]:
    """As one finds it that was told of a change, and one that was told everything."""
    correlator = Correlator(KNOWLEDGE, Networks(), SITE, lambda _: {})
    correlator.replace(grouped(early))
    correlator.inventory(())
    every = grouped([*early, *late])
    correlator.replace({subject: list(every[subject]) for subject in grouped(late)})
    return correlator.inventory(()), inventory([*early, *late], (), KNOWLEDGE, Networks(), SITE)


def blind(step: str, hide: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> type[Memory]:
    """A memory that does not look at some of the values of a step."""

    class Blind(Memory):
        def same(self, name: str, about: Hashable, make: Callable[..., T], *values: Any) -> T:
            if name != step:
                return super().same(name, about, make, *values)
            return super().same(name, about, lambda *_: make(*values), *hide(values))

    return Blind


def is_noticed(early: Rows, late: Rows) -> bool:
    found, whole = in_two_steps(early, late)
    return msgspec.json.encode(found) == msgspec.json.encode(whole)


@pytest.mark.parametrize("name", SCENES)
def test_what_surrounds_a_device_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    early, late = SCENES[name]()
    assert is_noticed(early, late)

    def hide(values: tuple[Any, ...]) -> tuple[Any, ...]:
        group, around = values
        return group, msgspec.structs.replace(around, **{name: ()})

    monkeypatch.setattr(module, "Memory", blind("device", hide))
    assert not is_noticed(early, late), f"nothing but {name} shows this change"


def test_what_a_host_tells_of_itself_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    early, late = a_host_tells_its_number()
    assert is_noticed(early, late)
    assert len(in_two_steps(early, late)[1].devices) == 2, "the archive, and the host that it has objects of"
    monkeypatch.setattr(module, "Memory", blind("keys", lambda values: values[1:]))
    assert not is_noticed(early, late)


@pytest.mark.parametrize("step", ["relay", "components", "spoken"])
def test_what_a_host_speaks_for_is_noticed(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One part more makes a host a gateway."""
    early = [*host(A, IP), *part(1, ("hl7.mdc_device", "69965"))]
    late = [*part(1, ("hl7.model", "one")), *part(2, ("hl7.mdc_device", "69965"))]
    assert is_noticed(early, late)
    monkeypatch.setattr(module, "Memory", blind(step, lambda _: ()))
    assert not is_noticed(early, late)


@pytest.mark.parametrize("step", ["interface", "own"])
def test_what_is_told_of_an_interface_is_noticed(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host leases another address."""
    early, late = host(A, IP), lease(A, "10.0.0.51", 200)
    assert is_noticed(early, late)
    monkeypatch.setattr(module, "Memory", blind(step, lambda _: ()))
    assert not is_noticed(early, late)


def test_what_is_remembered_of_an_interface_is_not_changed_by_the_site() -> None:
    """An address is shared between routers, and then no more; one is a gateway's, and then no more."""
    early = [*host(A, IP), arp(A, "10.0.0.1"), arp(B, "10.0.0.60"), sends(B, "10.0.0.60")]
    shared = row(Subject(mac="00:00:5e:00:01:01", ip=IP), "vrrp.virtual_address", "10.0.0.1")
    handed = row(Subject(ip="10.0.0.60"), "dhcp.router", "10.0.0.60")
    correlator = Correlator(KNOWLEDGE, Networks(), SITE, lambda _: {})
    correlator.replace(grouped(early))
    before = msgspec.json.encode(correlator.inventory(()))
    assert before == msgspec.json.encode(inventory(early, (), KNOWLEDGE, Networks(), SITE))
    correlator.replace({shared.subject: [shared], handed.subject: [handed]})
    assert msgspec.json.encode(correlator.inventory(())) != before
    correlator.replace({shared.subject: [], handed.subject: []})
    assert msgspec.json.encode(correlator.inventory(())) == before
