"""Controlled words: makers under their many names, kinds with their codes."""

from __future__ import annotations

import pytest

from sensor.fingerprint.load import read
from sensor.fingerprint.words import plain

WORDS = read().words


@pytest.mark.parametrize(
    ("text", "context", "maker"),
    [
        ("SIEMENS", "dicom", "Siemens Healthineers"),
        ("SIEMENS", "", "Siemens"),  # the industrial group everywhere else
        ("Siemens AG, Healthcare Sector", "oui", "Siemens Healthineers"),
        ("Philips Medical Systems, Inc.", "dicom", "Philips"),
        ("GE MEDICAL SYSTEMS", "dicom", "GE HealthCare"),
        ("G.E. Medical Systems", "dicom", "GE HealthCare"),
        ("TOSHIBA_MEC", "dicom", "Canon Medical Systems"),
        ("Fuji Photo Film Co.,Ltd.", "dicom", "Fujifilm"),
        ("FUJI PHOTO FILM CO. LTD.", "dicom", "Fujifilm"),
        ("SonoSite, Inc.", "dicom", "Fujifilm Sonosite"),
        ("B.Braun Melsungen AG", "oui", "B. Braun"),
        ("Drägerwerk AG & Co. KG aA", "oui", "Dräger"),
        ("drager", "", "Dräger"),
        ("Becton, Dickinson and Company (BD)", "advisory", "BD"),
        ("Cisco Systems, Inc", "oui", "Cisco"),
        ("KODAK", "dicom", "Carestream Health"),
        ("KODAK", "mdns", ""),  # a printer, not an X-ray system
        ("Acme Medical", "dicom", ""),
        ("", "", ""),
        ("Inc.", "", ""),
    ],
)
def test_the_maker_that_a_text_names(text: str, context: str, maker: str) -> None:
    assert WORDS.maker_named(text, context) == maker


def test_a_maker_that_was_bought_keeps_its_name_and_tells_whose_it_is() -> None:
    assert WORDS.maker_named("Puritan Bennett") == "Covidien"
    assert WORDS.house("Covidien") == "Medtronic"
    assert WORDS.house("Hillrom") == WORDS.house("Gambro") == "Baxter"
    assert WORDS.house("Mindray") == "Mindray"
    assert [past.year for past in WORDS.past("Canon Medical Systems")] == [2016, 2018]
    assert WORDS.past("Acme") == ()
    assert sum(bool(maker.history) for maker in WORDS.makers.values()) >= 15


def test_a_name_inside_another_is_not_found() -> None:
    assert WORDS.maker_named("Philipsburg Hospital") == ""
    assert WORDS.maker_named("GE") == ""  # two letters are anybody's


@pytest.mark.parametrize(
    ("a", "b"),
    [("ACME, Inc.", "Acme"), ("Acme  Co., Ltd.", "acme"), ("A.B.C. GmbH", "ABC"), ("Löwe AG", "LÖWE")],
)
def test_case_punctuation_and_legal_form_do_not_count(a: str, b: str) -> None:
    assert plain(a) == plain(b)


def test_a_name_that_is_only_a_legal_form_stays() -> None:
    assert plain("SA") == "sa"


@pytest.mark.parametrize(
    ("kind", "family", "fr", "emdn", "eu_class"),
    [
        ("ct_scanner", "imaging", "Scanner (tomodensitomètre)", "Z110306", "IIb"),
        ("infusion_pump", "monitoring-and-therapy", "Pompe à perfusion volumétrique", "Z12030301", "IIb"),
        ("dental_cbct", "imaging", "Cone beam (CBCT)", "", "IIb"),  # no EMDN entry names it, so none is given
        ("interface_engine", "hospital-it", "EAI / moteur d'interface", "", ""),
    ],
)
def test_kinds_with_their_names_and_codes(kind: str, family: str, fr: str, emdn: str, eu_class: str) -> None:
    known = WORDS.kinds[kind]
    assert (known.family, known.fr, known.emdn, known.eu_class) == (family, fr, emdn, eu_class)


def test_every_kind_has_both_names_and_one_of_five_families() -> None:
    assert len(WORDS.kinds) == 217
    families = {"imaging", "monitoring-and-therapy", "laboratory-and-pharmacy", "hospital-it", "building-and-office"}
    assert {kind.family for kind in WORDS.kinds.values()} == families
    assert all(kind.en and kind.fr for kind in WORDS.kinds.values())
    assert {kind.life_supporting for kind in WORDS.kinds.values() if not kind.covers} == {"yes", "no", "depends"}


def test_a_general_kind_has_the_class_that_all_it_stands_for_have() -> None:
    general = [kind for kind in WORDS.kinds.values() if kind.covers]
    assert len(general) == 2
    for kind in general:
        covered = [WORDS.kinds[name] for name in kind.covers]
        assert {each.family for each in covered} == {kind.family}
        eu, us = {each.eu_class for each in covered}, {each.us_class for each in covered}
        assert kind.eu_class == (min(eu) if len(eu) == 1 else "")
        assert kind.us_class == (min(us) if len(us) == 1 else "")
    assert WORDS.general(["mobile_c_arm", "fluoroscopy_table"]) == "fluoroscopy_system"
    assert WORDS.general(["mobile_c_arm", "ct_scanner"]) == ""


def test_the_four_makers_are_four_attributes() -> None:
    assert WORDS.maker_attributes == {"manufacturer", "network_maker", "toolkit_maker", "os_maker"}
