"""UDIs become attributes, and identifiers of one device. Examples as in tests/parsers/test_udi.py."""

from __future__ import annotations

from parsers.api import Id
from sensor.correlate.ids import key_of
from sensor.fingerprint import load
from sensor.fingerprint.rules import Rules

RULES = Rules(load.read())


def said(observable: str, text: str) -> dict[str, str]:
    return {claim.attribute: claim.value for claim in RULES.apply(observable, text)}


def test_the_parts_of_a_udi_are_attributes() -> None:
    text = "(01)51022222233336(11)141231(17)150707(10)A213B1(21)1234"
    for observable in ("dicom.udi", "hl7.udi"):
        assert said(observable, text) == {
            "udi": text,
            "udi_di": "51022222233336",
            "serial": "1234",
            "lot": "A213B1",
            "manufactured": "2014-12-31",
            "expires": "2015-07-07",
        }


def test_a_device_identifier_alone_is_no_udi() -> None:
    assert said("hl7.udi_device_identifier", "51022222233336") == {"udi_di": "51022222233336"}
    assert said("hl7.udi_device_identifier", "A999ABC1230") == {"udi_di": "A999ABC1230"}


def test_a_wrong_check_digit_stays_visible_and_is_hardly_believed() -> None:
    wrong = RULES.apply("dicom.udi", "(01)51022222233337(21)1234")
    right = RULES.apply("dicom.udi", "(01)51022222233336(21)1234")
    assert {(claim.attribute, claim.value) for claim in wrong} == {
        ("udi", "(01)51022222233337(21)1234"),
        ("udi_di", "51022222233337"),
        ("serial", "1234"),
    }
    assert all(claim.rule == "udi:wrong check character" for claim in wrong)
    assert max(claim.weight for claim in wrong) < 0.3 < min(claim.weight for claim in right)


def test_what_is_no_udi_is_kept_as_the_text() -> None:
    assert said("dicom.udi", "see label") == {"udi": "see label"}


def test_one_device_however_its_udi_is_written() -> None:
    forms = (
        "(01)51022222233336(10)A(21)1234",
        "(01)51022222233336(21)1234",
        "0151022222233336211234",
    )
    keys = {key_of(Id("udi", text), str) for text in forms}
    assert len(keys) == 1
    assert all(key is not None and key.everywhere for key in keys)


def test_a_udi_with_a_wrong_check_digit_joins_only_its_own_text() -> None:
    wrong = key_of(Id("udi", "(01)51022222233337(21)1234"), str)
    assert wrong != key_of(Id("udi", "(01)51022222233336(21)1234"), str)


def test_a_model_is_not_one_device() -> None:
    key = key_of(Id("udi", "(01)51022222233336(10)A213B1"), str)
    assert key is not None
    assert not key.everywhere
