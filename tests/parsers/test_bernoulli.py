"""CPC Bernoulli: documents as in tests/parsers/bernoulli_bytes.py, laid out as a program reads them."""

from __future__ import annotations

import pytest

from parsers.bernoulli import DEVICES_MAX, SPEC
from tests.parsers.bernoulli_bytes import COMMAND, DECLARED, PUMP, SUBSCRIBE, WARD, device, update
from tests.parsers.harness import cut, one_way, said


def told(bed: str, make: str, model: str) -> tuple[object, ...]:
    fields = (("bernoulli.manufacturer", make), ("bernoulli.model", model), ("bernoulli.bed", bed))
    behind = (("model_station", f"{model}|{bed}", make),)
    return ("said", ("sender", "", behind), tuple(field for field in fields if field[1]))


GATEWAY = [
    ("said", ("sender", "", ()), (("bernoulli.role", "gateway"),)),
    ("flag", ("sender", "", ()), "bernoulli.cleartext"),
]


def test_a_gateway_tells_of_the_devices_of_its_beds() -> None:
    assert SPEC.probe(WARD) is True
    expected = [*GATEWAY, told("ICU-12", "Dr&ger", "Evita XL"), told(*PUMP)]
    for size in (1, 7, 100, len(WARD)):
        assert said(SPEC, cut(one_way(WARD, 1), size)) == expected
    assert "ZQCANARY" in WARD.decode()


def test_who_subscribes() -> None:
    assert SPEC.probe(SUBSCRIBE) is True
    assert said(SPEC, one_way(SUBSCRIBE)) == [("said", ("sender", "", ()), (("bernoulli.role", "subscriber"),))]


def test_a_command_to_a_device_is_a_finding() -> None:
    assert SPEC.probe(COMMAND) is True
    assert said(SPEC, one_way(COMMAND + COMMAND)) == [("flag", ("receiver", "", ()), "bernoulli.command")]


def test_devices_are_counted_up_to_a_number() -> None:
    many = update(*(device(f"B{n}", "Acme", "Vent") for n in range(DEVICES_MAX + 3)))
    events = said(SPEC, one_way(many, 1))
    assert len(events) == len(GATEWAY) + DEVICES_MAX + 1
    assert events[-1] == ("odd", "bernoulli.too_many_devices")


def test_in_the_middle_of_it() -> None:
    at = WARD.index(b"<device", WARD.index(b"</device>"))
    assert said(SPEC, [(1, 5000, WARD[at:])]) == [*GATEWAY, told(*PUMP), told("ICU-12", "Dr&ger", "Evita XL")]


@pytest.mark.parametrize(
    "data",
    [
        b"<cpcArchive><cpc seq='1'>" + b" " * 1024,
        b"<cpc seq='x' datetime='y'>" + b" " * 1024,
        b"<html>",
        DECLARED + b"<HEL.R01>",
        b"MSH|",
        b" " * 4096,
    ],
)
def test_what_it_is_not(data: bytes) -> None:
    assert SPEC.probe(data) is False


@pytest.mark.parametrize("size", [0, 3, 30, 40, 60])
def test_it_waits_for_the_first_tag(size: int) -> None:
    assert SPEC.probe(WARD[:size]) is None


def test_a_document_type_is_refused() -> None:
    evil = b'<!DOCTYPE cpc [<!ENTITY a "b">]>' + WARD
    assert said(SPEC, one_way(evil)) == [("odd", "bernoulli.document_type")]
