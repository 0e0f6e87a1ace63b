"""One site with all that stands behind others: thirty monitors behind an interface engine, five modalities behind an
archive, two ventilators behind a serial server. What is expected was written when pcaps/make/gateway.py was."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from sensor.correlate.device import Device
from sensor.correlate.inventory import devices
from sensor.correlate.networks import SITE, Networks
from sensor.fingerprint.load import load
from sensor.service.inventory import knowledge, policy
from tests.observe import observe

GATEWAY = Path(__file__).parents[2] / "pcaps" / "gateway"
STAYING = ("monitors", "modalities", "ventilators")
MOVING = (*STAYING, "moved", "moved-archive", "moved-ventilators")  # the same hosts again, each at two addresses

ENGINE, ARCHIVE, CONVERTER = "00:14:22:49:00:40", "00:14:22:49:00:31", "00:90:e8:49:00:61"
MONITORS = {(f"SN49-{number:04}", "CARESCAPE B650") for number in range(1, 31)}
MODALITIES = {
    ("64123", "SOMATOM Definition AS"),
    ("0000000733CT1", "Revolution CT"),
    ("41501", "MAGNETOM Aera"),
    ("US11700123", "EPIQ 7G"),
    ("A31234567", "FCR Capsula XII"),
}
VENTILATORS = {("", "Evita XL"), ("3510053249", "Puritan Bennett 840")}
OWN = ("serial", "udi", "location", "station", "modality")  # of a device behind, never of these hosts


@lru_cache
def site(*captures: str) -> list[Device]:
    rules = load()
    known = policy(rules, SITE)
    rows = observe(*(GATEWAY / f"{name}.pcap" for name in captures), joined=True, rules=known).rows
    return devices(rows.evidence, rows.conversations, knowledge(rules), Networks(SITE), "main")


def value(device: Device, name: str) -> str:
    return next((str(each.believed.value) for each in device.attributes if each.name == name), "")


def by_mac(found: list[Device], mac: str) -> Device:
    (device,) = (each for each in found if mac in each.interfaces)
    return device


@pytest.mark.parametrize("captures", [STAYING, MOVING], ids=["staying", "moving"])
@pytest.mark.parametrize(
    ("mac", "behind"),
    [(ENGINE, MONITORS), (ARCHIVE, MODALITIES), (CONVERTER, VENTILATORS)],
    ids=["hl7", "dicom", "serial"],
)
def test_each_is_behind_its_host_with_what_is_its_own(
    captures: tuple[str, ...], mac: str, behind: set[tuple[str, str]]
) -> None:
    found = site(*captures)
    host = by_mac(found, mac)
    parts = [each for each in found if each.parent == host.id]
    assert sorted((value(each, "serial"), value(each, "model")) for each in parts) == sorted(behind)
    assert not any(each.addresses or mac in each.interfaces for each in parts)


def test_each_monitor_is_at_its_own_bed_and_has_its_own_number() -> None:
    found = site(*MOVING)
    host = by_mac(found, ENGINE)
    beds = {value(each, "serial"): value(each, "location") for each in found if each.parent == host.id}
    assert beds == {f"SN49-{n:04}": f"ICU{n % 3 + 1} R{n} B1" for n in range(1, 31)}
    for each in found:
        if each.parent == host.id:
            numbers = {id_.value for subject in each.subjects for id_ in subject.behind if id_.scheme == "eui64"}
            assert numbers == {f"080019FFFE49{int(value(each, 'serial')[-4:]):04X}"}


@pytest.mark.parametrize("captures", [STAYING, MOVING], ids=["staying", "moving"])
@pytest.mark.parametrize("mac", [ENGINE, ARCHIVE, CONVERTER], ids=["hl7", "dicom", "serial"])
def test_nothing_of_theirs_is_the_hosts(captures: tuple[str, ...], mac: str) -> None:
    host = by_mac(site(*captures), mac)
    assert {name: value(host, name) for name in OWN} == dict.fromkeys(OWN, "")
    models = {model for _, model in MONITORS | MODALITIES | VENTILATORS}
    said = {str(one.value) for each in host.attributes for one in (each.believed, *each.others)}
    assert not said & models


def test_a_change_of_address_makes_no_device_more() -> None:
    staying, moving = site(*STAYING), site(*MOVING)
    assert len(moving) == len(staying)
    for mac, addresses in (
        (ENGINE, {"10.49.0.40", "10.49.0.41"}),
        (ARCHIVE, {"10.49.0.31", "10.49.0.32"}),
        (CONVERTER, {"10.49.0.61", "10.49.0.62"}),
    ):
        assert {tenure.ip for tenure in by_mac(moving, mac).addresses} == addresses
