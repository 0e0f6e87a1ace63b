"""Lists straight from NetBox and GLPI: what they say of each device, page by page, and nothing of persons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sensor.config import Glpi as GlpiSection
from sensor.config import Netbox as NetboxSection
from sensor.config import Secret, Settings
from sensor.push import lists
from sensor.push.error import PushError
from sensor.push.netbox import rest
from sensor.push.run import Wanted, run
from sensor.reconcile.sheet import ListError
from tests.push.conftest import KINDS, Memory, device
from tests.push.glpi_list import Glpi
from tests.push.netbox import TOKEN, Netbox
from tests.push.server import Answer, Running, serving

CT = device(1, kind="ct_scanner", name="CT001", manufacturer="Siemens", model="SOMATOM", serial="64123", asset="INV1")
PUMP = {
    "id": 71,
    "name": "POMPE 12",
    "serial": "0012345",
    "otherserial": "INV&#38;7",
    "manufacturers_id": "B. Braun",
    "peripheralmodels_id": "Infusomat",
    "peripheraltypes_id": "Pompe &amp; pousse-seringue",
    "locations_id": "Bloc > Salle 2",
    "groups_id": ["Biomédical", "Bloc"],
    "users_id": "ZQCANARYMARTIN",
    "contact": "zqcanary.user",
    "comment": "ZQCANARY",
    "is_template": 0,
}


@pytest.fixture
def netbox() -> Netbox:
    return Netbox()


@pytest.fixture
def there(netbox: Netbox) -> Iterator[Running]:
    with serving(netbox) as running:
        settings = Settings(netbox=NetboxSection(url=running.url, token=Secret(TOKEN), rate=1000.0))
        wanted = Wanted(site="CHU", devices=[CT, device(2), device(3)], findings=(), kinds=KINDS.get)
        run("netbox", wanted, settings, Memory(), lambda *_: None)
        yield running


def of_netbox(there: Running, site: str = "CHU") -> dict[int, dict[str, str]]:
    settings = Settings(netbox=NetboxSection(url=there.url, token=Secret(TOKEN), rate=1000.0))
    return {one.number: dict(one.fields) for one in lists.read("netbox", settings, site).entries}


def test_what_a_push_made_is_no_list(there: Running) -> None:
    """It would agree with itself."""
    with pytest.raises(ListError, match="no devices that people confirmed"):
        of_netbox(there)


def test_devices_of_netbox(netbox: Netbox, there: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "PAGE", 2)
    ct = next(one for one in netbox.objects["dcim/devices"].values() if one["name"] == "CT001")
    ct |= {
        "status": "active",
        "location": {"id": 1, "name": "Salle 4"},
        "tenant": {"id": 1, "name": "Radiologie"},
        "serial": "64999",
        "comments": "ZQCANARY",
    }
    ct["custom_fields"]["criticality"] = {"value": "vital", "label": "Vital"}
    assert of_netbox(there) == {
        ct["id"]: {
            "asset": "INV1",
            "manufacturer": "Siemens",
            "model": "SOMATOM",
            "serial": "64999",
            "kind": "CT scanner",
            "hostname": "CT001",
            "ip": "10.0.0.1",
            "mac": "00:09:FB:00:00:01",
            "room": "Salle 4",
            "owner": "Radiologie",
            "criticality": "vital",
        }
    }


def test_a_site_that_netbox_has_not(there: Running) -> None:
    with pytest.raises(PushError, match=r"NetBox has no site 'Elsewhere'; name it in the setting netbox.site"):
        of_netbox(there, "Elsewhere")


def glpi_section(url: str, **more: Any) -> Settings:
    section = {"user": "auscult", "password": Secret("zqsecret"), "app_token": Secret("zqapp"), "rate": 1000.0}
    types = ("Peripheral", "Glpi\\CustomAsset\\medicalAsset")
    return Settings(glpi=GlpiSection(**{"url": url, "list_types": types, **section, **more}))


def hospital(many: int = 0) -> Glpi:
    more = [{"id": 1000 + n, "name": f"P{n}", "serial": f"S{n:05}", "locations_id": "&nbsp;"} for n in range(many)]
    return Glpi(
        {
            "Peripheral": [PUMP, {"id": 72, "name": "Template", "is_template": 1}, *more],
            "Glpi\\CustomAsset\\medicalAsset": [{"id": 71, "name": "CT001", "manufacturers_id": 0}],
            "NetworkPort": [{"id": 1, "itemtype": "Peripheral", "items_id": 71, "mac": "00:03:b1:11:22:33"}],
            "IPAddress": [
                {"id": 1, "itemtype": "NetworkName", "items_id": 5, "mainitemtype": "Peripheral", "mainitems_id": 71}
                | {"name": "10.1.2.3"}
            ],
            "Infocom": [
                {"id": 1, "itemtype": "Peripheral", "items_id": 71, "suppliers_id": "Braun SAS"}
                | {"businesscriticities_id": "Haute"}
            ],
        }
    )


@pytest.mark.parametrize("how", [{}, {"user_token": Secret("zquser"), "user": "", "password": Secret()}])
def test_items_of_glpi(how: dict[str, Any]) -> None:
    glpi = hospital()
    with serving(glpi) as there:
        found = lists.read("glpi", glpi_section(there.url, **how), "main")
    assert [dict(one.fields) for one in found.entries] == [
        {
            "asset": "INV&7",
            "manufacturer": "B. Braun",
            "model": "Infusomat",
            "serial": "0012345",
            "kind": "Pompe & pousse-seringue",
            "hostname": "POMPE 12",
            "ip": "10.1.2.3",
            "mac": "00:03:b1:11:22:33",
            "department": "Biomédical, Bloc",
            "room": "Bloc > Salle 2",
            "supplier": "Braun SAS",
            "criticality": "Haute",
        },
        {"hostname": "CT001"},
    ]
    assert glpi.sessions == set()
    assert "zqcanary" not in repr(found).lower()


@pytest.mark.parametrize("many", [498, 499, 997, 998, 999, 1700])
def test_pages_of_glpi(many: int) -> None:
    """Also where the last page is full: GLPI says no to the one behind it."""
    with serving(hospital(many)) as there:
        found = lists.read("glpi", glpi_section(there.url), "main").entries
    assert len(found) == many + 2
    assert [one.number for one in found] == list(range(1, many + 3))


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"password": Secret("zqwrong")}, "does not accept our credentials"),
        ({"app_token": Secret("zqwrong")}, "refuses .*WRONG_APP_TOKEN"),
        ({"list_types": ("Nothing",)}, "refuses .*RESOURCE_NOT_FOUND"),
        ({"url": ""}, "glpi.url is not set"),
    ],
)
def test_what_is_wrong_with_glpi(how: dict[str, Any], says: str) -> None:
    glpi = hospital()
    with serving(glpi) as there, pytest.raises(PushError, match=says) as error:
        lists.read("glpi", glpi_section(**{"url": there.url, **how}), "main")
    assert "zqwrong" not in str(error.value)
    assert glpi.sessions == set()


@pytest.mark.parametrize("body", [b"<html>", {"session_token": 5}, [], {"session_token": "x"}])
def test_what_is_no_glpi(body: object) -> None:
    with serving(lambda _: Answer(200, body)) as there, pytest.raises(PushError, match=r"no JSON|not GLPI's"):
        lists.read("glpi", glpi_section(there.url), "main")
