"""The scorer on truths and devices made by hand: a split is counted as a split, a blend as a blend."""

from __future__ import annotations

import pytest

from tests.accuracy.calibration import bins, error, halves, holds, points, table
from tests.accuracy.scoring import Found, Judged, Score, Share, Truth, Value, is_right, score

ONE, TWO = "00:00:5e:00:53:01", "00:00:5e:00:53:02"


def truth(number: int, mac: str = "", **fields: object) -> Truth:
    plain: dict[str, object] = {"number": number, "family": "test", "name": f"device {number}", "sent": 9}
    return Truth(**(plain | {"macs": [mac] if mac else []} | fields))  # type: ignore[arg-type]


def counted(scored: Score) -> tuple[int, int, int, int, int]:
    return scored.found, scored.missed, scored.split, scored.blended, scored.invented


def test_a_device_is_found_by_its_hardware_address() -> None:
    assert counted(score([truth(0, ONE)], [Found("a", macs=[ONE])])) == (1, 0, 0, 0, 0)


def test_what_nobody_lists_is_missed() -> None:
    assert counted(score([truth(0, ONE), truth(1, TWO)], [Found("a", macs=[ONE])])) == (1, 1, 0, 0, 0)


def test_two_devices_for_one_are_a_split() -> None:
    one = truth(0, macs=[ONE, TWO])
    assert counted(score([one], [Found("a", macs=[ONE]), Found("b", macs=[TWO])])) == (1, 0, 1, 0, 0)


def test_one_device_for_two_is_a_blend() -> None:
    assert counted(score([truth(0, ONE), truth(1, TWO)], [Found("a", macs=[ONE, TWO])])) == (2, 0, 0, 1, 0)


def test_a_device_that_swallowed_one_that_is_spoken_of_is_a_blend() -> None:
    spoken = truth(1, ids=[("serial", "4711")], told=1)
    swallowed = Found("a", macs=[ONE], ids=[("serial", "4711")])
    assert counted(score([truth(0, ONE), spoken], [swallowed])) == (2, 0, 0, 1, 0)


def test_a_device_that_nothing_leads_to_is_invented() -> None:
    assert counted(score([truth(0, ONE)], [Found("a", macs=[ONE]), Found("b", macs=[TWO])])) == (1, 0, 0, 0, 1)
    assert score([], [Found("b", ids=[("serial", "none")])]).wrong[0].text == "serial=none"


def test_an_address_that_routers_share_is_no_device() -> None:
    scored = score([], [Found("a", addresses=[("10.0.0.1", 0, 9)])], never=frozenset({"10.0.0.1"}))
    assert scored.invented == 1
    assert scored.wrong[0].text == "10.0.0.1 (shared by routers)"


def test_without_more_the_address_tells_at_its_time() -> None:
    held = [truth(0, held=[("10.0.0.5", 0, 100, 1)]), truth(1, held=[("10.0.0.5", 200, 300, 1)])]
    listed = [Found("a", addresses=[("10.0.0.5", 10, 90)]), Found("b", addresses=[("10.0.0.5", 210, 290)])]
    assert counted(score(held, listed)) == (2, 0, 0, 0, 0)
    assert counted(score(held, listed[:1])) == (1, 1, 0, 0, 0)


def test_what_identifies_a_device_outranks_its_address() -> None:
    usurped = [truth(0, ONE, held=[("10.0.0.5", 0, 100, 1)]), truth(1, TWO, held=[("10.0.0.6", 0, 100, 1)])]
    listed = [Found("a", macs=[ONE]), Found("b", macs=[TWO], addresses=[("10.0.0.5", 0, 100)])]
    assert counted(score(usurped, listed)) == (2, 0, 0, 0, 0)


def test_what_nothing_joins_is_no_split() -> None:
    parts = truth(0, ONE, ids=[("serial", "4711")], loose=["4711"])
    scored = score([parts], [Found("a", macs=[ONE]), Found("b", ids=[("obx18", "XN-550.4711"), ("serial", "4711")])])
    assert counted(scored) == (1, 0, 0, 0, 0)
    assert scored.apart == 1


def test_an_address_that_nothing_joins_is_no_split() -> None:
    router = truth(0, ONE, held=[("10.9.0.2", 0, 100, 9)], loose=["10.9.0.2"])
    scored = score([router], [Found("a", macs=[ONE]), Found("b", addresses=[("10.9.0.2", 5, 5)])])
    assert counted(scored) == (1, 0, 0, 0, 0)


def test_a_docking_station_is_nobodys() -> None:
    dock = truth(0, TWO, distinguishable=False)
    laptop = truth(1, ONE, borrowed=[TWO])
    assert counted(score([dock, laptop], [Found("a", macs=[ONE]), Found("b", macs=[TWO])])) == (1, 0, 0, 0, 0)


def test_what_cannot_be_told_apart_is_no_blend_and_is_not_looked_for() -> None:
    twins = [truth(0, ONE, distinguishable=False), truth(1, TWO, distinguishable=False)]
    scored = score(twins, [Found("a", macs=[ONE, TWO])])
    assert counted(scored) == (0, 0, 0, 0, 0)
    assert scored.looked_for == 0


@pytest.mark.parametrize(
    ("fields", "looked_for"),
    [({"sent": 2}, 0), ({"sent": 3}, 1), ({"sent": 1, "answered": True}, 1), ({"sent": 0, "told": 1}, 1)],
)
def test_who_is_looked_for(fields: dict[str, object], looked_for: int) -> None:
    assert score([truth(0, ONE, **fields)], []).looked_for == looked_for


def test_a_device_is_known_by_its_station_or_its_bed() -> None:
    stations = truth(0, ids=[("station", "USROOM1")], told=1)
    beds = truth(1, ids=[("bed", "ICU^R1^B2")], told=1)
    listed = [
        Found("a", ids=[("model_station", "EPIQ 7C|USROOM1")]),
        Found("b", ids=[("model_station", "70001 ICU^R1^B2")]),
    ]
    assert counted(score([stations, beds], listed)) == (2, 0, 0, 0, 0)


def test_a_serial_number_of_two_says_nothing_where_the_rest_does() -> None:
    same = [truth(0, ONE, ids=[("serial", "100")]), truth(1, TWO, ids=[("serial", "100")])]
    listed = [Found("a", macs=[ONE], ids=[("serial", "100")]), Found("b", macs=[TWO], ids=[("serial", "100")])]
    assert counted(score(same, listed)) == (2, 0, 0, 0, 0)


def test_precision_counts_values_given_and_recall_values_said() -> None:
    described = truth(0, ONE, attributes={"model": ["X1"], "serial": [], "kind": ["ups"]}, said=["model", "kind"])
    listed = Found("a", {"model": Value("x1 ", 0.9), "serial": Value("77", 0.8)}, macs=[ONE])
    scored = score([described], [listed])
    assert scored.precision == {"model": Share(1, 1), "serial": Share(0, 1)}
    assert scored.recall == {"model": Share(1, 1), "kind": Share(0, 1), "kind, exactly": Share(0, 1)}
    assert [(each.what, each.text) for each in scored.wrong] == [
        ("serial", "'77' (0.80), not any"),
        ("no kind", "ups"),
    ]


def test_an_unknown_kind_is_no_value() -> None:
    described = truth(0, ONE, attributes={"kind": ["ups"]})
    assert score([described], [Found("a", {"kind": Value("unknown", 0.0)}, macs=[ONE])]).precision == {}


def test_values_of_a_blend_are_judged_for_nobody() -> None:
    both = [truth(0, ONE, attributes={"model": ["X1"]}), truth(1, TWO, attributes={"model": ["X2"]})]
    assert score(both, [Found("a", {"model": Value("X1", 0.9)}, macs=[ONE, TWO])]).precision == {}


def test_unseen_texts_and_medical_kinds_are_counted_apart_as_well() -> None:
    described = truth(0, ONE, attributes={"kind": ["ups"]}, origins={"kind": "a manual"}, medical=True)
    listed = Found("a", {"kind": Value("ups", 0.9)}, macs=[ONE])
    scored = score([described], [listed], unseen=lambda origin, text: origin == "a manual")
    assert set(scored.precision) == {"kind", "kind, unseen texts", "kind, medical protocol"}


def test_a_device_behind_the_wrong_one() -> None:
    gateways = [truth(0, ONE), truth(1, TWO), truth(2, ids=[("eui64", "AA")], told=1, parent=0)]
    hosts = [Found("a", macs=[ONE]), Found("b", macs=[TWO])]
    assert score(gateways, [*hosts, Found("c", ids=[("eui64", "aa")], parent="a")]).parents == Share(1, 1)
    assert score(gateways, [*hosts, Found("c", ids=[("eui64", "aa")], parent="b")]).parents == Share(0, 1)


def test_host_names_may_lack_their_domain_and_models_may_not_lack_anything() -> None:
    assert is_right("hostname", "EHR", ["ehr.hospital.example"])
    assert is_right("hostname", "ehr.hospital.example", ["ehr"])
    assert not is_right("hostname", "other.hospital.example", ["ehr"])
    assert is_right("model", "epiq  7c", ["EPIQ 7C"])
    assert not is_right("model", "EPIQ", ["EPIQ 7C"])


def test_a_release_may_be_told_more_exactly_but_not_be_another() -> None:
    assert is_right("os", "Windows 7 SP1 or Server 2008 R2 SP1", ["Windows 7"])
    assert not is_right("os", "Windows 70", ["Windows 7"])
    assert not is_right("os", "Linux 5", ["Linux"])  # which a bare name does not say


def judged(confidence: float, right: int, wrong: int, family: str = "a", attribute: str = "model") -> list[Judged]:
    good, bad = (Judged(family, attribute, confidence, each, confidence) for each in (True, False))
    return [good] * right + [bad] * wrong


def test_nine_in_ten_of_what_is_given_nine_in_ten_is_no_error() -> None:
    assert error(bins(judged(0.9, 9, 1))) == pytest.approx(0)
    assert error(bins(judged(0.5, 10, 0))) == pytest.approx(0.5)
    assert error(bins([*judged(0.9, 9, 1), *judged(0.5, 10, 0)])) == pytest.approx(0.25)


def test_bins_are_tenths_and_the_last_holds_one() -> None:
    found = bins([*judged(0.3, 1, 0), *judged(0.399, 1, 0), *judged(1.0, 1, 0), *judged(0.95, 0, 1)])
    assert [(each.low, each.count, each.right) for each in found] == [(0.3, 2, 1.0), (0.9, 2, 0.5)]


def test_a_fit_rises_and_takes_together_what_would_fall() -> None:
    assert points([*judged(0.2, 29, 69), *judged(0.4, 89, 9), *judged(0.6, 69, 29)]) == (
        (0.2, 0.29),  # 29 of 98 are right, and one of two: 0.3; each step begins 0.01 lower, so that order is kept
        (0.4, 0.793),
        (0.6, 0.803),  # 158 of 196, and one of two
        (1.0, 0.803),  # higher ones were not seen
    )


def test_nothing_is_certain() -> None:
    assert points([*judged(0.8, 1000, 0), *judged(0.9, 1000, 0)]) == ((0.8, 0.98), (0.9, 0.99), (1.0, 0.99))


def test_a_step_of_few_values_joins_its_neighbour() -> None:
    assert points([*judged(0.2, 5, 0), *judged(0.4, 44, 49)]) == (
        (0.2, 0.49),
        (0.4, 0.5),  # 49 of 98, and one of two
        (1.0, 0.5),
    )


def test_a_table_is_read_as_the_product_reads_it() -> None:
    given = holds({"model": ((0.2, 0.3), (0.4, 0.8))})
    values = [given(judged(at, 1, 0)[0]) for at in (0.0, 0.1, 0.2, 0.3, 0.4, 0.7, 1.0)]
    assert values == pytest.approx([0.0, 0.15, 0.3, 0.55, 0.8, 0.9, 1.0])
    assert given(judged(0.5, 1, 0, attribute="os")[0]) == pytest.approx(0.5)  # not measured: as computed


def test_an_attribute_with_few_values_stays_as_computed() -> None:
    found = table([*judged(0.6, 199, 1), *judged(0.6, 10, 0, attribute="os")])
    assert set(found) == {"model"}


def test_weak_evidence_is_not_made_strong_by_a_hospital_that_has_no_exceptions() -> None:
    found = table([*judged(0.4, 300, 0, attribute="kind"), *judged(0.8, 300, 0, attribute="kind")])
    assert found == {"kind": ((0.5, 0.5), (0.8, 0.98), (1.0, 0.98))}
    assert holds(found)(judged(0.4, 1, 0, attribute="kind")[0]) == pytest.approx(0.4)


def test_no_family_is_in_both_halves() -> None:
    first, second = halves([each for family in "abcde" for each in judged(0.5, 1, 0, family)])
    assert ({each.family for each in first}, {each.family for each in second}) == ({"a", "c", "e"}, {"b", "d"})


def test_a_value_that_says_less_is_right_and_known_but_not_exactly() -> None:
    arm = truth(0, ONE, attributes={"kind": ["mobile_c_arm"]}, broader={"kind": ["fluoroscopy_system"]}, said=["kind"])
    said = {name: score([arm], [Found("a", {"kind": Value(name, 0.8)}, [ONE])]) for name in ("fluoroscopy_system", "x")}
    general = said["fluoroscopy_system"]
    assert (general.precision["kind"], general.recall["kind"]) == (Share(1, 1), Share(1, 1))
    assert general.recall["kind, exactly"] == Share(0, 1)
    assert (said["x"].precision["kind"], said["x"].recall["kind"]) == (Share(0, 1), Share(0, 1))
    exact = score([arm], [Found("a", {"kind": Value("mobile_c_arm", 0.8)}, [ONE])])
    assert exact.recall["kind, exactly"] == Share(1, 1)
