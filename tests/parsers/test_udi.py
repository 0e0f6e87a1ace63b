"""UDIs taken apart. Examples are those of the agencies' specifications and of the FDA's overview of UDI formats."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.udi import Udi, read, without_donation

# ANSI/HIBC 2.6 appendix B.2 and section 2.2; FHIR R4 Device example; MDCG UDI helpdesk annex A ("Ex of Human Readable
# Barcode") for the rest
GIVEN = {
    "(01)51022222233336(11)141231(17)150707(10)A213B1(21)1234": Udi(
        "GS1", "51022222233336", "1234", "A213B1", "2014-12-31", "2015-07-07"
    ),
    "(01)00643169001763(17)160712(21)21A11F4855": Udi("GS1", "00643169001763", "21A11F4855", expires="2016-07-12"),
    "01051022222233336": None,
    "+A123BJC5D6E71G": Udi("HIBCC", "A123BJC5D6E71"),
    "+A123BJC5D6E71G+$$52001510X3GD": Udi("HIBCC", "A123BJC5D6E71", lot="10X3", expires="2020-01-15"),
    "+A123BJC5D6E71G+$$+52001510X3GB": Udi("HIBCC", "A123BJC5D6E71", "10X3", expires="2020-01-15"),
    "+A123BJC5D6E71G+$$710X3G7": Udi("HIBCC", "A123BJC5D6E71", lot="10X3"),
    "+A99912345/$$52001510X33": Udi("HIBCC", "A99912345", lot="10X3", expires="2020-01-15"),
    "*+A99912345/$$52001510X33*": Udi("HIBCC", "A99912345", lot="10X3", expires="2020-01-15"),
    "+J123AQ3451/25330BC34567/S4012X": Udi("HIBCC", "J123AQ3451", "4012", "BC34567", expires="2025-11-26"),
    "+A99912345/$$812710X3/16D20111212/14D20200906/S77DEFG453": Udi(
        "HIBCC", "A99912345", "77DEFG45", "10X3", "2011-12-12", "2020-09-06"
    ),
    "+E203PB414109/$$8243280112R00089525J": Udi("HIBCC", "E203PB414109", lot="R00089525", expires="2028-01-12"),
    "+A123ABCDEFGHI1234567891/$$420020216LOT123456789012345/SXYZ456789012345678/16D20130202$": Udi(
        "HIBCC", "A123ABCDEFGHI1234567891", "XYZ456789012345678", "LOT123456789012345", "2013-02-02", "2020-02-02"
    ),
    "+A999ABC123DE0/$+1234567Y": Udi("HIBCC", "A999ABC123DE0", "1234567"),
    "=/A9999XYZ100T0944=,000025=A99971312345600=>014032=}013032&,1000000000000XYZ123": Udi(
        "ICCBBA", "A9999XYZ100T0944", "000025", "000000000000XYZ123", "2013-02-01", "2014-02-01"
    ),
    "=)1TE123456A&)RZ12345678": Udi("ICCBBA", "1TE123456A", lot="RZ12345678"),
}


@pytest.mark.parametrize(("text", "parts"), GIVEN.items(), ids=GIVEN)
def test_what_the_specifications_show(text: str, parts: Udi | None) -> None:
    assert read(text) == parts


def test_scanned_without_brackets() -> None:
    assert read("0151022222233336111412311715070710A213B1\x1d211234") == read(
        "(01)51022222233336(11)141231(17)150707(10)A213B1(21)1234"
    )


def test_a_device_identifier_alone() -> None:
    assert read("51022222233336") == Udi("GS1", "51022222233336")


@pytest.mark.parametrize(
    "text",
    [
        "(01)51022222233337(21)1234",  # 6 is right
        "51022222233331",
        "+A123BJC5D6E71H",  # G is right
        "+A99912345/$$52001510X34",  # 3 is right
        "+A123BJC5D6E71G+$$52001510X3HE",  # links to another
    ],
)
def test_a_wrong_check_character_is_told_and_not_mended(text: str) -> None:
    found = read(text)
    assert found is not None
    assert not found.sound
    assert found.named == ""
    assert found.di in text


def test_a_blank_check_character_that_was_stripped() -> None:
    # 41 + 10 + 9 + 9 + 9 + 10 + 11 + 12 + n: 145 mod 43 is 16 for the specification's; this one sums to 38, the blank
    whole = "+A123BJCMD6E79++$$52001510X3+ "
    found = read(whole)
    assert found == Udi("HIBCC", "A123BJCMD6E79", lot="10X3", expires="2020-01-15")
    assert read(whole.rstrip()) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "01",
        "(01)",
        "(01)123",
        "+",
        "+1",
        "=/",
        "=/A9",
        "ABC",
        "(21)1234",
        "(01)51022222233336(21)AB(21)C)",
        "+A9/$",
    ],
)
def test_what_is_none(text: str) -> None:
    assert read(text) is None


def test_dates_that_are_none() -> None:
    assert read("(01)51022222233336(17)251200") == Udi("GS1", "51022222233336", expires="2025-12")
    found = read("(01)51022222233336(17)250230")
    assert found is None or found.expires == ""


def test_the_donation_is_left_out() -> None:
    text = "=/A9999XYZ100T0944=,000025=A99971312345600=>014032"
    assert without_donation(text) == "=/A9999XYZ100T0944=,000025=>014032"
    assert without_donation("(01)51022222233336") == "(01)51022222233336"


def test_what_names_one_device() -> None:
    forms = ("(01)51022222233336(10)A(21)1234", "(01)51022222233336(21)1234", "0151022222233336211234")
    assert {found.named for text in forms if (found := read(text))} == {"(01)51022222233336(21)1234"}
    found = read("(01)51022222233336(10)A213B1")
    assert found is not None
    assert found.named == ""


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    head=st.sampled_from(
        ("", "(01)51022222233336", "0151022222233336", "+A123BJC5D6E71", "+A1/$$", "=/A9999XYZ100T0944")
    ),
    rest=st.text(st.sampled_from("0123456789()+$/=,>}&AS16D\x1d \u00e9\u0663"), max_size=40),
)
def test_never_raises(head: str, rest: str) -> None:
    found = read(head + rest)
    assert found is None or found.di
