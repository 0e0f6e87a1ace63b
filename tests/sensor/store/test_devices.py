"""Devices are replaced as a whole; ids that once meant a device go on meaning it."""

from __future__ import annotations

from typing import Any

import pytest

from parsers.api import Id
from sensor.correlate.device import UNCONFIRMED, Attribute, Belief, Device, Reason, Tenure
from sensor.model import Place, Subject
from sensor.store.error import StoreError, UnknownDeviceError
from sensor.store.reads import Wanted
from sensor.store.store import Store
from tests.sensor.store.rows import CT, MORNING, WARD, evidence, origin_row

AE = Subject(mac=CT.mac, ip=CT.ip, vlan=12, application="CT001")
BEHIND = Subject(ip="10.1.2.40", behind=(Id("serial", "4711", "GE"), Id("udi", "(01)0", "")))


def device(id_: str, **parts: Any) -> Device:
    filled: dict[str, Any] = {"site": "main", "kind": "", "name": "", "first_seen": MORNING, "last_seen": MORNING}
    return Device(id=id_, **(filled | parts))


FULL = device(
    "f00d",
    kind="ct_scanner",
    name="CT001",
    parent="beef",
    state=UNCONFIRMED,
    attributes=(
        Attribute(
            "manufacturer",
            Belief(
                "GE",
                0.9,
                (
                    Reason(
                        "dicom.manufacturer",
                        "G\u00c9 \u202e",
                        "GE",
                        0.9,
                        "ge",
                        "dicom",
                        "dicom",
                        BEHIND,
                        "id",
                        3,
                        Place(1, 2),
                        Place(3, 4),
                    ),
                ),
            ),
            (Belief("Philips", 0.5, ()), Belief("Acme", 0.1, ())),
        ),
        Attribute("model", Belief("Revolution", 0.5, ())),
        Attribute("toolkit", Belief("DCMTK", 0.5, ()), (), (Belief("GDCM", 0.5, ()), Belief("dcm4che", 0.4, ()))),
    ),
    interfaces=("00:09:fb:11:22:33",),
    addresses=(Tenure("10.1.2.3", MORNING, MORNING + 1),),
    applications=("CT001", "CT002"),
    subjects=(CT, AE, BEHIND),
    merges=("same lease and host name",),
    aliases=("0ld1", "0ld2"),
)


def test_a_device_comes_back_as_it_was_saved(store: Store) -> None:
    store.save_devices("main", [FULL], "2026.1")
    assert list(store.devices()) == [FULL]
    assert store.device("f00d") == FULL
    assert store.rules_version("main") == "2026.1"
    assert store.rules_version("annex") is None


def test_many_devices_by_id(store: Store) -> None:
    ids = [f"{n * 7919 % 1300:04x}" for n in range(1300)]
    store.save_devices("main", [device(id_, subjects=(Subject(ip=id_),)) for id_ in ids])
    found = list(store.devices())
    assert [one.id for one in found] == sorted(ids)
    assert all(one.subjects == (Subject(ip=one.id),) for one in found)


def test_a_site_is_replaced_and_others_are_not(store: Store) -> None:
    store.save_devices("main", [device("a1"), device("a2")])
    store.save_devices("annex", [device("b1", site="annex")])
    store.save_devices("main", [device("a2", name="new")])
    assert [(one.id, one.name) for one in store.devices()] == [("a2", "new"), ("b1", "")]
    assert [one.id for one in store.devices("annex")] == ["b1"]


def test_states(store: Store) -> None:
    store.save_devices("main", [device("a1"), device("a2", state=UNCONFIRMED)])
    assert [one.id for one in store.devices(states=(UNCONFIRMED,))] == ["a2"]
    assert store.count_devices(UNCONFIRMED) == 1
    assert store.count_devices(UNCONFIRMED, "annex") == 0


@pytest.mark.parametrize("name", ["f00d", "f0", "0ld1", "0ld2"])
def test_found_by_id_alias_or_unique_beginning(store: Store, name: str) -> None:
    store.save_devices("main", [FULL, device("beef")])
    assert store.device(name).id == "f00d"


def test_an_exact_id_wins_over_a_beginning(store: Store) -> None:
    store.save_devices("main", [device("abc"), device("abcd")])
    assert store.device("abc").id == "abc"


@pytest.mark.parametrize("name", ["0ld3", "", "%", "_", "f00D"])
def test_not_found(store: Store, name: str) -> None:
    store.save_devices("main", [FULL])
    with pytest.raises(UnknownDeviceError, match="no device has the id"):
        store.device(name)


def test_ambiguous_beginnings_are_listed(store: Store) -> None:
    store.save_devices("main", [device(f"ab{n}") for n in range(7)])
    with pytest.raises(UnknownDeviceError, match=r"'ab' is the beginning of ab0 ab1 ab2 ab3 ab4 \.\.\.; give more"):
        store.device("ab")


def test_how_much_of_an_id_is_needed(store: Store) -> None:
    assert store.id_length() == 1
    store.save_devices("main", [device("d-12345", aliases=("d-12999",)), device("d-777", aliases=("d-12344",))])
    assert store.id_length() == len("d-12345")
    assert store.device("d-77").id == "d-777"


def test_an_id_that_was_absorbed_goes_on_meaning_the_device(store: Store) -> None:
    store.save_devices("main", [device("a1"), device("a2", aliases=("a0",))])
    store.save_devices(
        "main", [device("a3", aliases=("a1", "a2"))]
    )  # a1 and a2 are one, and an earlier subject was seen
    assert {store.device(name).id for name in ("a0", "a1", "a2", "a3")} == {"a3"}
    store.save_devices("main", [device("a2"), device("a3")])  # taken apart again: a2 is itself once more
    assert [store.device(name).id for name in ("a0", "a1", "a2", "a3")] == ["a3", "a3", "a2", "a3"]
    store.save_devices("main", [device("a3")])
    with pytest.raises(UnknownDeviceError):
        store.device("a2")


def test_an_alias_that_is_another_devices_id_means_that_device(store: Store) -> None:
    store.save_devices("main", [device("a1", aliases=("a2",)), device("a2")])
    assert store.device("a2").id == "a2"


def test_evidence_about_a_device(store: Store) -> None:
    store.begin(origin_row())
    store.add(WARD, [evidence("one"), evidence("two", subject=AE), evidence("three", subject=Subject(ip="10.9.9.9"))])
    store.save_devices("main", [FULL])
    assert [row.value for row in store.evidence(Wanted(device="f00d"))] == ["one", "two"]


def test_saving_is_all_or_nothing(store: Store) -> None:
    store.save_devices("main", [device("a1")])
    with pytest.raises(StoreError, match="could not write"):
        store.save_devices("main", [device("b1"), device("b1")])
    assert [one.id for one in store.devices()] == ["a1"]


def test_who_held_an_address_and_has_a_serial_number(store: Store) -> None:
    """As a replacement is looked for: 10.1.2.3 is not 10.1.2.30, and who has no number replaces nobody."""

    def held(id_: str, *ips: str, serial: str = "", site: str = "main") -> Device:
        attributes = (Attribute("serial", Belief(serial, 0.9, ())),) if serial else ()
        return device(id_, addresses=tuple(Tenure(ip, 1, 2) for ip in ips), attributes=attributes, site=site)

    one = held("a1", "10.1.2.3", "fd00::5", serial="1")
    site = [one, held("a2", "10.1.2.3", serial="2"), held("a3", "10.1.2.30", serial="3"), held("a4", "10.1.2.3")]
    many = [f"10.2.{n >> 8}.{n & 255}" for n in range(300)]
    store.save_devices("main", [*site, held("a5", *many, serial="5"), held("a6", "fd00::5", many[299], serial="6")])
    store.save_devices("annex", [held("b1", "10.1.2.3", serial="2", site="annex")])
    assert [each.id for each in store.near(one)] == ["a1", "a2", "a6"]
    assert [each.id for each in store.near(store.device("a5"))] == ["a5", "a6"]
    assert store.near(device("a9")) == []


def test_who_is_behind_a_device(store: Store) -> None:
    parts = [device("c2", parent="a1", kind="infusion_pump", name="P 2"), device("c1", parent="a1"), device("c3")]
    store.save_devices("main", [device("a1"), *parts])
    assert [(each.id, each.kind, each.name) for each in store.behind("a1")] == [
        ("c1", "", ""),
        ("c2", "infusion_pump", "P 2"),
    ]
    assert store.behind("c1") == []
