"""A small inventory, written by hand: a CT scanner with a contradiction, a gateway, a monitor behind it, an archive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from parsers.api import Id
from sensor.cli.main import main
from sensor.correlate.device import UNCONFIRMED, Attribute, Belief, Device, Reason, Tenure
from sensor.model import Place, Subject
from sensor.store.origin import PARTIAL, Fault
from sensor.store.store import Store
from tests.sensor.store.rows import CT, MORNING, SECOND, WARD, conversation, evidence, finding, origin_row

NOON = MORNING + 4 * 3600 * SECOND
CT_AE = Subject(mac=CT.mac, ip=CT.ip, vlan=12, application="CT001")
GATEWAY = Subject(mac="00:09:fb:44:55:66", ip="10.1.2.40")
MONITOR = Subject(mac=GATEWAY.mac, ip=GATEWAY.ip, behind=(Id("serial", "DE73170012", "Philips"),))
STRANGER = Subject(mac="3c:a8:2a:00:11:99", ip="10.1.2.78")
HOSTILE = "=cmd\x1b[31m\u202eevil"

Run = Callable[..., Result]


def reason(observable: str, text: str, value: str, weight: float, rule: str, source: str = "dicom") -> Reason:
    protocol = source.partition(" ")[0]
    places = (Place(MORNING, 118), Place(NOON, 9041))
    return Reason(observable, text, value, weight, rule, protocol, source, CT_AE, WARD.id, 12, *places)


def stated(name: str, value: str) -> Attribute:
    return Attribute(name, Belief(value, 0.9, ()))


MAKER = Attribute(
    "manufacturer",
    Belief(
        "Siemens Healthineers",
        0.95,
        (
            reason("dicom.manufacturer", "SIEMENS", "Siemens Healthineers", 0.9, "maker-siemens"),
            reason("ethernet.address", CT.mac, "Siemens Healthineers", 0.5, "oui", "arp"),
        ),
    ),
    (
        Belief(
            "Philips",
            0.3,
            (reason("dhcp.vendor_class", "PHILIPS CT", "Philips", 0.3, "dhcp-philips", "dhcp 10.1.2.1"),),
        ),
    ),
)

DEVICES = [
    Device(
        id="c7aaaaaa0001",
        site="main",
        kind="ct_scanner",
        name="CT001",
        attributes=(MAKER, stated("model", "SOMATOM Definition AS+"), stated("serial", "66734")),
        interfaces=(CT.mac,),
        addresses=(Tenure("10.1.2.9", MORNING, MORNING), Tenure("10.1.2.3", MORNING, NOON)),
        applications=("CT001",),
        subjects=(CT, CT_AE),
        merges=("one application on one address",),
        first_seen=MORNING,
        last_seen=NOON,
        aliases=("01dbeef00000",),
    ),
    Device(
        id="6abbbbbb0002",
        site="main",
        kind="device_gateway",
        name="",
        attributes=(stated("network_maker", "Philips"),),
        interfaces=(GATEWAY.mac,),
        addresses=(Tenure(GATEWAY.ip, MORNING, NOON),),
        subjects=(GATEWAY,),
        first_seen=MORNING,
        last_seen=NOON,
    ),
    Device(
        id="3ecccccc0003",
        site="main",
        kind="patient_monitor",
        name=HOSTILE,
        parent="6abbbbbb0002",
        attributes=(stated("serial", "DE73170012"),),
        subjects=(MONITOR,),
        first_seen=MORNING,
        last_seen=MORNING,
    ),
    Device(
        id="c7dddddd0004",
        site="annex",
        kind="pacs_archive",
        name="ORTHANC",
        applications=("ORTHANC",),
        first_seen=MORNING,
        last_seen=NOON,
    ),
    Device(
        id="00eeeeee0005",
        site="main",
        kind="",
        name="",
        state=UNCONFIRMED,
        interfaces=(STRANGER.mac,),
        addresses=(Tenure(STRANGER.ip, MORNING, MORNING),),
        subjects=(STRANGER,),
        first_seen=MORNING,
        last_seen=MORNING,
    ),
]


@pytest.fixture(scope="session")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('cli') / 'inventory.db'}"
    row = origin_row(frames=9041, size=1_000_000, first=MORNING, last=NOON, counters={"stream.gap": 2})
    with Store.open(url) as store:
        store.begin(row)
        store.add(
            WARD,
            [
                evidence(count=12, subject=CT_AE, last=Place(NOON, 9041)),
                evidence(HOSTILE, observable="hl7.x", protocol="hl7", source="hl7 10.1.2.40", subject=MONITOR),
            ],
            [
                conversation(client_bytes=2_000_000),
                conversation(day="2026-01-06", connections=3),
                conversation(port=443, protocol="tls", encrypted=True, client="10.1.2.40"),
            ],
            [finding(subject=CT_AE, count=4)],
        )
        from msgspec.structs import replace

        store.finish(replace(row, state=PARTIAL, faults=(Fault("capture.cut", 1, Place(NOON, 9041)),)))
        for site in ("main", "annex"):
            store.save_devices(site, [one for one in DEVICES if one.site == site], "2026.1")
    return url


@pytest.fixture
def run(inventory: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("SENSOR_DB", inventory)
    yield lambda *words: CliRunner().invoke(main, list(words))


@pytest.fixture
def path(inventory: str) -> Path:
    return Path(inventory.removeprefix("sqlite:///"))
