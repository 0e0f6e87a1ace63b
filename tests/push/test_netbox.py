"""Pushing to a NetBox that enforces its published rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import msgspec
import pytest

from sensor.config import Netbox as Section
from sensor.config import Secret, Settings
from sensor.correlate.device import Device
from sensor.push.error import PushError
from sensor.push.netbox import rest
from sensor.push.run import Outcome, Wanted, run
from sensor.push.services import Service
from tests.push.conftest import KINDS, Memory, device
from tests.push.many import many
from tests.push.netbox import TOKEN, Netbox
from tests.push.server import Answer, Request, Running, serving

CT = device(
    1, kind="ct_scanner", name="CT001", manufacturer="Siemens Healthineers", model="SOMATOM go.Top", serial="64123"
)
MONITOR = device(2, name="MON", manufacturer="Philips", model="MX700", asset="INV2")
TWIN = device(3, name="mon")  # another device of the same name, but for its case


@pytest.fixture
def netbox() -> Netbox:
    return Netbox()


@pytest.fixture
def there(netbox: Netbox) -> Iterator[Running]:
    with serving(netbox) as running:
        yield running


def push(there: Running, memory: Memory, devices: Sequence[Device], *, token: str = TOKEN, **how: Any) -> Outcome:
    settings = Settings(netbox=Section(url=there.url, token=Secret(token), rate=1000.0))
    wanted = Wanted(site="CHU Nord", devices=devices, findings=(), kinds=KINDS.get, **how)
    return run("netbox", wanted, settings, memory, lambda *_: None)


def theirs(netbox: Netbox, name: str) -> dict[str, object]:
    return next(one for one in netbox.objects["dcim/devices"].values() if one["name"] == name)


def test_devices_with_all_that_is_known(netbox: Netbox, there: Running, memory: Memory) -> None:
    outcome = push(there, memory, [CT, MONITOR, TWIN])
    assert outcome.counts == {"created": 3, "updated": 0, "unchanged": 0}
    assert outcome.refused == []
    ct = theirs(netbox, "CT001")
    type_ = netbox.objects["dcim/device-types"][ct["device_type"]]  # type: ignore[index]  # ids are numbers
    maker = netbox.objects["dcim/manufacturers"][type_["manufacturer"]]
    assert (maker["name"], type_["model"], ct["serial"]) == ("Siemens Healthineers", "SOMATOM go.Top", "64123")
    assert netbox.objects["dcim/device-roles"][ct["role"]]["name"] == "CT scanner"  # type: ignore[index]  # likewise
    assert (ct["status"], ct["tags"]) == ("staged", [{"name": "Autopopulated", "slug": "autopopulated"}])
    custom = ct["custom_fields"]
    assert isinstance(custom, dict)
    assert (custom["auscult_id"], custom["emdn"], custom["auscult_confidence"]) == (CT.id, "Z110306", "0.90")
    names = {one["name"] for one in netbox.objects["dcim/devices"].values()}
    assert names == {"CT001", "MON", f"mon ({TWIN.id})"}
    assert theirs(netbox, "MON")["asset_tag"] == "INV2"
    ports = {one["id"]: one for one in netbox.objects["dcim/interfaces"].values()}
    macs = {
        one["mac_address"]: ports[one["assigned_object_id"]] for one in netbox.objects["dcim/mac-addresses"].values()
    }
    assert macs[CT.interfaces[0]]["device"] == ct["id"]
    assert "primary_mac_address" in macs[CT.interfaces[0]]
    ips = {
        one["address"]: ports[one["assigned_object_id"]]["device"]
        for one in netbox.objects["ipam/ip-addresses"].values()
    }
    assert ips["10.0.0.1/32"] == ct["id"]


def test_twice_the_same_changes_nothing(netbox: Netbox, there: Running, memory: Memory) -> None:
    push(there, memory, [CT, MONITOR, TWIN])
    before = repr(netbox.objects)
    for store in (memory, Memory()):  # also where we forgot what we pushed
        there.requests.clear()
        assert push(there, store, [CT, MONITOR, TWIN]).counts == {"created": 0, "updated": 0, "unchanged": 3}
        assert {request.method for request in there.requests} == {"GET"}
        assert repr(netbox.objects) == before


def test_what_a_person_changed_stays_unless_forced(netbox: Netbox, there: Running, memory: Memory) -> None:
    push(there, memory, [CT])
    ct = theirs(netbox, "CT001")
    ct["serial"] = "by hand"
    ct["name"] = "Scanner 1"
    ct["status"] = "active"
    known = device(
        1, kind="ct_scanner", name="CT001", manufacturer="Siemens Healthineers", model="SOMATOM X", serial="64999"
    )
    outcome = push(there, memory, [known])
    assert outcome.counts["updated"] == 1
    assert outcome.kept == [f"{CT.id}: serial stays 'by hand'"]
    ct = theirs(netbox, "Scanner 1")
    assert (ct["serial"], ct["status"]) == ("by hand", "active")
    assert netbox.objects["dcim/device-types"][ct["device_type"]]["model"] == "SOMATOM X"  # type: ignore[index]  # ids
    assert push(there, memory, [known]).kept == [f"{CT.id}: serial stays 'by hand'"]
    assert push(there, memory, [known], force=True).kept == []
    assert theirs(netbox, "Scanner 1")["serial"] == "64999"


def test_a_dry_run_only_asks(netbox: Netbox, there: Running, memory: Memory) -> None:
    outcome = push(there, memory, [CT], dry_run=True)
    assert outcome.counts["created"] == 1
    assert outcome.differences == [f"{CT.id}: new, as 'CT001'"]
    assert {request.method for request in there.requests} == {"GET"}
    push(there, memory, [CT])
    changed = device(
        1, kind="ct_scanner", name="CT001", manufacturer="Siemens Healthineers", model="SOMATOM go.Top", serial="9"
    )
    assert push(there, memory, [changed], dry_run=True).differences == [f"{CT.id}: serial: '64123' -> '9'"]
    assert theirs(netbox, "CT001")["serial"] == "64123"


def test_a_device_that_changed_its_id_is_not_made_again(netbox: Netbox, there: Running, memory: Memory) -> None:
    push(there, memory, [CT])
    renamed = msgspec.structs.replace(CT, id="d-ffffffff", aliases=(CT.id,))
    assert push(there, Memory(), [renamed]).counts == {"created": 0, "updated": 1, "unchanged": 0}
    assert len(netbox.objects["dcim/devices"]) == 1


def test_an_address_that_moved(netbox: Netbox, there: Running, memory: Memory) -> None:
    push(there, memory, [CT, MONITOR])
    swapped = msgspec.structs.replace(MONITOR, addresses=CT.addresses)
    push(there, memory, [msgspec.structs.replace(CT, addresses=()), swapped])
    ips = {one["address"]: one["assigned_object_id"] for one in netbox.objects["ipam/ip-addresses"].values()}
    port = netbox.objects["dcim/interfaces"][ips["10.0.0.1/32"]]
    assert port["device"] == theirs(netbox, "MON")["id"]


def test_one_that_is_refused_does_not_hold_up_the_others(netbox: Netbox, there: Running, memory: Memory) -> None:
    same_tag = [device(n, asset="INV9") for n in (4, 5)]
    outcome = push(there, memory, [CT, *same_tag])
    assert outcome.counts["created"] == 2
    assert len(outcome.refused) == 1
    assert outcome.refused[0].startswith(f"{same_tag[1].id}: ")
    assert "('asset tag', 'INV9') already exists" in outcome.refused[0]


@pytest.mark.parametrize("cut_at", range(1, 17))
def test_a_push_that_was_cut_goes_on_without_duplicates(
    cut_at: int, netbox: Netbox, there: Running, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "BULK", 5)
    devices = [device(n) for n in range(1, 9)]
    writes = 0

    def cut(request: Request) -> Answer | None:
        nonlocal writes
        writes += request.method != "GET"
        if writes == cut_at and request.method != "GET":
            netbox.misbehave = lambda _: None
            netbox(request)  # it was carried out, but nobody hears of it
            return Answer(0, cut=True)
        return None

    netbox.misbehave = cut
    with pytest.raises(PushError, match=r"cut the connection .*; push again to go on"):
        push(there, memory, devices)
    outcome = push(there, memory, devices)
    assert outcome.refused == []
    for path in ("dcim/devices", "dcim/interfaces", "dcim/mac-addresses", "ipam/ip-addresses"):
        assert len(netbox.objects[path]) == len(devices), path
    assert all("primary_mac_address" in one for one in netbox.objects["dcim/interfaces"].values())
    assert push(there, memory, devices).counts["unchanged"] == len(devices)


def test_a_busy_netbox_is_waited_for(netbox: Netbox, there: Running, memory: Memory) -> None:
    count = 0

    def busy(_: Request) -> Answer | None:
        nonlocal count
        count += 1
        return Answer((429, 503)[count % 2], b"", {"Retry-After": "0"}) if count % 3 == 0 else None

    netbox.misbehave = busy
    assert push(there, memory, [CT, MONITOR]).counts["created"] == 2


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(403, {"detail": "no"}), "does not accept our credentials"),
        (Answer(302, b"", {"Location": "https://elsewhere.example/login"}), "sends us on to elsewhere.example"),
        (Answer(200, b"<html>Welcome</html>"), "something that is no JSON"),
        (Answer(200, {"hello": 1}), "something that is not NetBox's"),
        (
            Answer(200, {"netbox-version": "4.7.3", "results": [{"id": 1}], "next": "http://elsewhere.example/api/x"}),
            "another host for its next page",
        ),
        (Answer(404, {}), "no such interface"),
        (Answer(200, {"netbox-version": "4.1.11"}), "is NetBox 4.1; 4.2 or later is needed"),
        (Answer(200, {"netbox-version": "4.7.3", "results": [{"nothing": 1}]}), "not NetBox's"),
        (Answer(500, b"Traceback"), "an error of its own"),
        (Answer(0, cut=True), "cut the connection"),
        (Answer(429, b""), "is busy"),
    ],
)
def test_nonsense_is_one_clear_line(answer: Answer, says: str, netbox: Netbox, there: Running, memory: Memory) -> None:
    netbox.misbehave = lambda _: answer
    with pytest.raises(PushError) as error:
        push(there, memory, [CT])
    assert says in str(error.value)
    assert "\n" not in str(error.value)
    assert TOKEN not in str(error.value)
    assert memory.records == {}


@pytest.mark.parametrize(
    ("section", "says"),
    [
        (Section(token=Secret("x")), "netbox.url is not set"),
        (Section(url="https://netbox.example"), "netbox.token is not set"),
        (Section(url="http://netbox.example", token=Secret("x")), "only go over https"),
        (Section(url="netbox.example", token=Secret("x")), "is no URL of a server"),
        (Section(url="https://a:zqsecret@netbox.example", token=Secret("x")), "must not hold a password"),
        (Section(url="https://127.0.0.1:1", token=Secret("x"), rate=1000.0), "cannot be reached: Connection refused"),
        (Section(url="https://netbox.example", token=Secret("x"), ca_file="/nowhere"), "/nowhere: No such file"),
    ],
)
def test_wrong_settings(section: Section, says: str, memory: Memory) -> None:
    wanted = Wanted(site="main", devices=[CT], findings=(), kinds=KINDS.get)
    with pytest.raises(PushError) as error:
        run("netbox", wanted, Settings(netbox=section), memory, lambda *_: None)
    assert says in str(error.value)
    assert "zqsecret" not in str(error.value)


# Services, in the forms of 4.2, 4.3 and 4.7

OFFERED = {
    CT.id: (Service("tcp", 104, "DICOM"), Service("tcp", 443, "TLS")),
    MONITOR.id: (Service("udp", 161, "SNMP"),),
}


@pytest.mark.parametrize("version", [(4, 2), (4, 3), (4, 6), (4, 7), (5, 0)])
def test_services_in_the_form_of_each_version(version: tuple[int, int], memory: Memory) -> None:
    netbox = Netbox(version)
    with serving(netbox) as there:
        assert push(there, memory, [CT, MONITOR], services=OFFERED).refused == []
        assert push(there, memory, [CT, MONITOR], services=OFFERED).counts["unchanged"] == 2
        assert push(there, Memory(), [CT, MONITOR], services=OFFERED).counts["unchanged"] == 2
    found = {}
    for one in netbox.objects["ipam/services"].values():
        device = netbox.objects["dcim/devices"][one.get("device") or one["parent_object_id"]]
        ports = one.get("port_mappings") or [f"{one['protocol']}/{port}" for port in one["ports"]]
        found[device["name"], one["name"]] = ports
    assert found == {("CT001", "DICOM"): ["tcp/104"], ("CT001", "TLS"): ["tcp/443"], ("MON", "SNMP"): ["udp/161"]}


def test_a_service_that_a_person_wrote_down_is_not_made_again(netbox: Netbox, there: Running, memory: Memory) -> None:
    push(there, memory, [CT])
    ct = theirs(netbox, "CT001")
    by_hand = {"id": 9999, "parent_object_type": "dcim.device", "parent_object_id": ct["id"], "name": "PACS listener"}
    netbox.objects["ipam/services"][9999] = {**by_hand, "port_mappings": ["tcp/104", "tcp/11112"], "tags": []}
    push(there, memory, [CT], services=OFFERED)
    assert [one["name"] for one in netbox.objects["ipam/services"].values()] == ["PACS listener", "TLS"]


@pytest.mark.parametrize("kind", ["ipam/services", "ipam/ip-addresses", "dcim/devices"])
def test_what_a_person_took_away_stays_away_unless_forced(
    kind: str, netbox: Netbox, there: Running, memory: Memory
) -> None:
    push(there, memory, [CT], services=OFFERED)
    count = len(netbox.objects[kind])
    remove = ["ipam/services", "ipam/ip-addresses", "dcim/mac-addresses", "dcim/interfaces", "dcim/devices"]
    for path in remove if kind == "dcim/devices" else [kind]:
        netbox.objects[path].clear()
    changed = device(1, kind="ct_scanner", name="CT001", manufacturer="Siemens Healthineers", serial="changed")
    for one in (CT, changed):
        push(there, memory, [one], services=OFFERED)
        assert netbox.objects[kind] == {}
    push(there, memory, [changed], services=OFFERED, force=True)
    assert len(netbox.objects[kind]) == count


def test_a_device_that_was_deleted_there_is_said(netbox: Netbox, there: Running, memory: Memory) -> None:
    push(there, memory, [CT])
    netbox.objects["dcim/devices"].clear()
    netbox.objects["dcim/interfaces"].clear()
    outcome = push(there, memory, [CT])
    assert outcome.kept == [f"{CT.id}: was deleted there, or moved to another site"]
    assert outcome.counts == {"created": 0, "updated": 0, "unchanged": 0}


# Addresses


def addresses(netbox: Netbox) -> dict[str, str]:
    """Address -> the name of the device that has it."""
    ports, devices = netbox.objects["dcim/interfaces"], netbox.objects["dcim/devices"]
    return {
        one["address"]: devices[ports[one["assigned_object_id"]]["device"]]["name"] if one["assigned_object_id"] else ""
        for one in netbox.objects["ipam/ip-addresses"].values()
    }


def test_an_address_that_a_person_moved_stays_where_it_is(netbox: Netbox, there: Running, memory: Memory) -> None:
    push(there, memory, [CT, MONITOR])
    (address,) = (one for one in netbox.objects["ipam/ip-addresses"].values() if one["address"] == "10.0.0.1/32")
    mine, other = (
        address["assigned_object_id"],
        next(one["id"] for one in netbox.objects["dcim/interfaces"].values() if one["name"] == MONITOR.interfaces[0]),
    )
    address |= {"assigned_object_id": other, "address": "10.0.0.1/24"}
    push(there, memory, [CT, MONITOR])
    outcome = push(there, Memory(), [CT, MONITOR])  # also where we forgot that it was ours
    assert outcome.kept == [f"{CT.id}: address 10.0.0.1 stays at 'MON'"]
    assert address["assigned_object_id"] == other
    push(there, memory, [CT, MONITOR], force=True)
    assert netbox.objects["ipam/ip-addresses"][address["id"]]["assigned_object_id"] == mine


def test_an_address_goes_to_and_fro(netbox: Netbox, there: Running, memory: Memory) -> None:
    """Each time to who has it: it was we who gave it to the other one."""
    later = msgspec.structs.replace(CT.addresses[0], until=CT.addresses[0].until + 1)
    with_it, without = msgspec.structs.replace(MONITOR, addresses=(later,)), msgspec.structs.replace(CT, addresses=())
    for _ in range(3):
        push(there, memory, [CT, MONITOR])
        assert addresses(netbox)["10.0.0.1/32"] == "CT001"
        push(there, memory, [without, with_it])
        assert addresses(netbox)["10.0.0.1/32"] == "MON"


def test_an_address_of_two_devices_is_that_of_the_last(netbox: Netbox, there: Running, memory: Memory) -> None:
    later = msgspec.structs.replace(CT.addresses[0], until=CT.addresses[0].until + 1)
    both = [CT, msgspec.structs.replace(MONITOR, addresses=(later,))]
    for _ in range(2):
        assert push(there, memory, both).kept == []
        assert addresses(netbox) == {"10.0.0.1/32": "MON"}


def test_an_address_that_is_documented_and_free_is_given(netbox: Netbox, there: Running, memory: Memory) -> None:
    reserved = {"id": 9000, "address": "10.0.0.1/24", "status": "reserved", "assigned_object_id": None, "tags": []}
    netbox.objects["ipam/ip-addresses"][9000] = dict(reserved)
    assert push(there, memory, [CT]).refused == []
    assert addresses(netbox) == {"10.0.0.1/24": "CT001"}
    assert netbox.objects["ipam/ip-addresses"][9000]["status"] == "reserved"


def test_a_device_behind_a_router_has_its_addresses_too(netbox: Netbox, there: Running, memory: Memory) -> None:
    far = msgspec.structs.replace(CT, interfaces=())
    assert push(there, memory, [far]).refused == []
    assert addresses(netbox) == {"10.0.0.1/32": "CT001"}
    assert [one["name"] for one in netbox.objects["dcim/interfaces"].values()] == ["network"]
    assert netbox.objects["dcim/mac-addresses"] == {}


# What people have in their NetBox already


def test_makers_and_models_that_are_there_under_other_slugs(netbox: Netbox, there: Running, memory: Memory) -> None:
    netbox.objects["dcim/manufacturers"][7] = {"id": 7, "name": "PHILIPS", "slug": "philips-medical"}
    netbox.objects["dcim/device-types"][8] = {"id": 8, "manufacturer": 7, "model": "mx700", "slug": "x"}
    netbox.objects["dcim/device-roles"][9] = {"id": 9, "name": "patient monitor", "slug": "monitors"}
    assert push(there, memory, [MONITOR]).refused == []
    monitor = theirs(netbox, "MON")
    assert (monitor["device_type"], monitor["role"]) == (8, 9)


def test_models_that_differ_in_punctuation_alone(netbox: Netbox, there: Running, memory: Memory) -> None:
    """Their slugs would be one, which NetBox refuses."""
    models = ["MX 700", "MX-700", "MX/700", "日本"]
    devices = [device(n, manufacturer="Philips", model=model) for n, model in enumerate(models, 1)]
    assert push(there, memory, devices).counts["created"] == len(models)
    assert {one["model"] for one in netbox.objects["dcim/device-types"].values()} == set(models)
    assert push(there, Memory(), devices).counts["unchanged"] == len(models)


def test_a_custom_field_of_the_same_name_for_other_things(netbox: Netbox, there: Running, memory: Memory) -> None:
    field = {"id": 5, "name": "criticality", "type": "text", "object_types": ["dcim.site"]}
    netbox.objects["extras/custom-fields"][5] = field
    with pytest.raises(PushError, match="'criticality' of NetBox is not for devices; add them to its object types"):
        push(there, memory, [CT])
    assert netbox.objects["dcim/devices"] == {}


def test_a_custom_field_that_people_choose_from(netbox: Netbox, there: Running, memory: Memory) -> None:
    """Since 4.7 a choice is given with its label."""
    push(there, memory, [CT])
    custom = theirs(netbox, "CT001")["custom_fields"]
    assert isinstance(custom, dict)
    custom["criticality"] = {"value": "vital", "label": "Vital"}
    important = device(1, kind="ct_scanner", name="CT001", manufacturer="Siemens Healthineers", criticality="vital")
    assert push(there, memory, [important]).kept == []
    assert custom["criticality"] == {"value": "vital", "label": "Vital"}


def test_tokens_of_either_version(memory: Memory) -> None:
    netbox = Netbox(token="nbt_zqkey.zqsecret")
    with serving(netbox) as there:
        assert push(there, memory, [CT], token=netbox.token).counts["created"] == 1
        with pytest.raises(PushError, match="does not accept our credentials") as error:
            push(there, memory, [CT], token="zqother")
    assert "zqother" not in str(error.value)


# Nonsense, and very many devices

ODD = ({"id": 1}, {"id": 1, "name": {"a": []}, "slug": 5, "device": 3, "manufacturer": [], "custom_fields": "x"})


@pytest.mark.parametrize("path", ["tags", "custom-fields", "sites", "manufacturers", "roles", "types", "devices"])
@pytest.mark.parametrize("item", [*ODD, {}, {"id": "1"}, [], None, "x"])
def test_objects_of_another_shape(path: str, item: object, netbox: Netbox, there: Running, memory: Memory) -> None:
    """One clear line, or what is not understood is passed over; never anything else."""
    page = Answer(200, {"results": [item], "next": None})
    netbox.misbehave = lambda asked: page if asked.method == "GET" and f"{path}/" in asked.path else None
    with suppress(PushError):
        push(there, memory, [CT], services=OFFERED)


def test_a_list_without_an_end(netbox: Netbox, there: Running, memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "PAGES_MAX", 20)
    page = {"results": [{"id": 1}], "next": f"{there.url}/api/dcim/devices/?again"}
    netbox.misbehave = lambda asked: Answer(200, page) if "dcim/devices" in asked.path else None
    with pytest.raises(PushError, match="not NetBox's"):
        push(there, memory, [CT])


def test_memory_and_requests_do_not_grow_with_the_inventory() -> None:
    """`python -m tests.push.many 10000` does the same at full size."""
    first, second = many(500), many(1500)
    for figures in (first, second):
        assert figures.outcome == {"created": figures.devices, "updated": 0, "unchanged": 0}
        assert figures.requests < 0.15 * figures.devices
        assert figures.again < 0.01 * figures.devices + 10
    assert second.largest < 1.1 * first.largest
    assert second.grown < 10
