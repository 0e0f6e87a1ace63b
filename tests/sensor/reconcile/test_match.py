"""Lines and devices: every true pair that can be told is found, no false one, and whatever the order."""

from __future__ import annotations

import random
import time

import pytest

from sensor.correlate.device import Device
from sensor.reconcile.entry import Entry, addresses, host_name, macs, near, plain, says_nothing, serial
from sensor.reconcile.match import BELIEVED, match
from tests.sensor.reconcile.hospital_list import PRODUCTS, device, hospital


def maker_of(text: str) -> str:
    makers = {plain(maker): maker for maker, _ in PRODUCTS} | {"philips medical": "Philips"}
    return makers.get(plain(text), "")


def pairs(entries: list[Entry], devices: list[Device]) -> dict[int, str]:
    return {entries[p.entry].number: devices[p.device].id for p in match(entries, devices, maker_of).matched}


@pytest.mark.parametrize(("size", "seed"), [(2000, 0), (8000, 1), (25_000, 2)])
def test_a_hospital_and_its_list(size: int, seed: int) -> None:
    """Of all true pairs, also of those that nobody could tell."""
    entries, devices, truth, can_be_told = hospital(size, seed)
    found = pairs(entries, devices)
    wrong = {line: id_ for line, id_ in found.items() if truth.get(line) != id_}
    assert not wrong
    assert len(can_be_told) > 0.95 * len(truth)
    assert len(found) >= 0.99 * len(truth)
    assert len(can_be_told & set(found)) >= 0.999 * len(can_be_told)


def test_the_order_of_neither_matters() -> None:
    entries, devices, _, _ = hospital(300, 7)
    first = pairs(entries, devices)
    random.Random(1).shuffle(entries)
    devices.reverse()
    assert pairs(entries, devices) == first


def test_work_grows_with_the_lists_and_no_faster() -> None:
    def seconds(size: int) -> float:
        entries, devices, _, _ = hospital(size, 1)
        begin = time.process_time()
        match(entries, devices, maker_of)
        return time.process_time() - begin

    seconds(500)
    assert seconds(4000) < 8 * 4 * max(seconds(500), 0.01)


def line(number: int = 2, **fields: str) -> Entry:
    return Entry(number, fields)


def test_one_number_of_its_own_is_enough() -> None:
    for field, text in (("mac", "00-09-FB-11-22-33"), ("serial", "de 73.170012")):
        seen = [device("d-1", {"mac": "00:09:fb:11:22:33", "serial": "DE73170012"})]
        found = match([line(**{field: text})], seen, maker_of).matched
        assert [(p.score >= BELIEVED, len(p.reasons)) for p in found] == [(True, 1)]


def test_a_model_alone_is_not() -> None:
    seen = [device("d-1", {"manufacturer": "Philips", "model": "MX700"})]
    found = match([line(manufacturer="PHILIPS MEDICAL", model="MX 700")], seen, maker_of)
    assert found.matched == ()


def test_what_two_devices_have_is_left_to_a_person() -> None:
    seen = [device(id_, {"hostname": "CT", "serial": ""}) for id_ in ("d-1", "d-2")]
    found = match([line(hostname="CT", ip="10.0.0.9")], seen, maker_of)
    assert found.matched == ()
    assert {p.device for p in found.ambiguous} == {0, 1}


def test_an_exchanged_device_is_found_by_its_place_and_said() -> None:
    seen = [device("d-1", {"mac": "00:09:fb:11:22:33", "serial": "NEW12345", "hostname": "CT1", "ip": "10.0.0.9"})]
    found = match([line(serial="OLD99999", hostname="ct1.chu.fr", ip="10.0.0.9", mac="0009fb112233")], seen, maker_of)
    assert found.matched[0].reasons == ("same mac", "same host name", "same address", "another serial number")


def test_neighbours_in_a_makers_numbering_are_two_devices() -> None:
    seen = [device("d-1", {"serial": "DE0001329", "hostname": "B"})]
    assert match([line(serial="DE0001326", hostname="A")], seen, maker_of).matched == ()
    assert len(match([line(serial="DE0001326", hostname="B")], seen, maker_of).matched) == 1


def test_a_serial_alone_is_left_to_a_person_where_all_else_differs() -> None:
    """It may be a typing error that hit the number of a neighbour."""
    seen = [device("d-1", {"serial": "DE0001329", "hostname": "B", "ip": "10.0.0.2"})]
    for more in ({"hostname": "A"}, {"ip": "10.0.0.1"}, {"hostname": "A", "ip": "10.0.0.1"}):
        found = match([Entry(2, {"serial": "DE0001329", **more})], seen, maker_of)
        assert (found.matched, len(found.ambiguous)) == ((), 1)
    assert len(match([line(serial="DE0001329", hostname="b", ip="10.0.0.1")], seen, maker_of).matched) == 1
    assert len(match([line(serial="DE0001329")], seen, maker_of).matched) == 1


def test_what_many_share_says_something_beside_an_address() -> None:
    seen = [device(f"d-{n:03}", {"hostname": "CT", "ip": f"10.0.0.{n}", "serial": ""}) for n in range(60)]
    seen += [device(f"d-9{n:04}", {"hostname": f"H{n}"}) for n in range(600)]
    found = match([line(hostname="CT", ip="10.0.0.7")], seen, maker_of).matched
    assert [seen[p.device].id for p in found] == ["d-007"]
    assert match([line(hostname="CT")], seen, maker_of).matched == ()


def test_other_makers_are_other_devices() -> None:
    seen = [device("d-1", {"manufacturer": "Dräger", "serial": "12345"})]
    assert match([line(manufacturer="Philips", serial="12345")], seen, maker_of).matched == ()


@pytest.mark.parametrize(
    ("text", "is_"), [("000123456", "123456"), ("sn: ab-12.34", "SNAB1234"), ("B12", ""), ("ABCDEF", ""), ("", "")]
)
def test_serial(text: str, is_: str) -> None:
    assert serial(text) == is_


def test_addresses_in_a_cell() -> None:
    assert list(macs("0009.fb11.2233 / 00 09 FB 11 22 34")) == ["00:09:fb:11:22:33", "00:09:fb:11:22:34"]
    assert list(macs("serial 0009FB112233445566")) == []
    assert list(macs("10.0.9.69 00:09:fb:11:22:33")) == ["00:09:fb:11:22:33"]
    assert list(macs("0009-fb11-2233, 00-09-fb-11-22-34")) == ["00:09:fb:11:22:33", "00:09:fb:11:22:34"]
    assert list(macs("00:09:fb:11:22:33:44:55 2001:db8:00:11:22:33:44:55")) == []
    assert list(addresses("10.0.0.1; fe80::1, 999.1.1.1")) == ["10.0.0.1", "fe80::1"]
    assert host_name("CT1.chu.example.") == "ct1"
    assert host_name("10.0.0.1") == ""


@pytest.mark.parametrize(
    ("one", "other", "is_"),
    [
        ("123456", "123456", True),
        ("123456", "123457", True),
        ("123456", "12345", True),
        ("123456", "1234567", True),
        ("123456", "123956", True),
        ("123456", "124356", True),
        ("123456", "123465", True),
        ("123456", "654321", False),
        ("123456", "1234", False),
        ("123456", "133457", False),
        ("123456", "129956", False),
    ],
)
def test_a_typing_error(one: str, other: str, is_: bool) -> None:
    assert near(one, other) is is_
    assert near(other, one) is is_


def test_cells_that_say_nothing() -> None:
    assert all(says_nothing(text) for text in ("", " - ", "N/A", "n.c.", "Néant", "inconnu", "0"))
    assert not says_nothing("CT1")
