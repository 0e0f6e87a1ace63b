"""The engine, with rules made up for the purpose."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from sensor.fingerprint.claim import Claim
from sensor.fingerprint.dicom import SopClasses
from sensor.fingerprint.load import Fingerprints, read
from sensor.fingerprint.oui import Oui
from sensor.fingerprint.rules import MEMO_MAX, Direct, Reader, Rule, Rules, filled
from sensor.fingerprint.words import Maker, Word, Words

WORDS = Words(
    kinds=(),
    makers=[Maker("Acme Medical", names=("ACME",), hl7=("AM",)), Maker("Other")],
    attributes=[Word("manufacturer", "", "", "", words="makers"), Word("model", "", "", "")],
)


def rule(id_: str, match: str, sets: dict[str, str | tuple[str, ...]], general: bool = False) -> Rule:
    return Rule(id_, "hl7.sending_application", match, sets, 0.8, "made up for a test", general=general)


class Source:
    """Rules held in memory."""

    version = "1"
    words = WORDS
    empty = frozenset({"unknown"})

    def __init__(self, *rules: Rule, direct: Sequence[Direct] = (), tables: Sequence[Reader] = ()) -> None:
        self._rules = rules
        self._direct = direct
        self._tables = tables

    @property
    def sop_classes(self) -> SopClasses:
        return SopClasses([])

    @property
    def oui(self) -> Oui:
        raise AssertionError("nobody asked for an address")

    def shares(self, observable: str) -> str:
        return {"hl7.ack_application": "hl7.sending_application"}.get(observable, observable)

    def patterns(self, observable: str) -> Sequence[Rule]:
        return [known for known in self._rules if known.observable == observable]

    def direct(self, observable: str) -> Sequence[Direct]:
        return [direct for direct in self._direct if direct.observable == observable]

    def tables(self, observable: str) -> Sequence[Reader]:
        return self._tables if observable == "hl7.sending_application" else ()


def said(source: Source, text: str, observable: str = "hl7.sending_application") -> dict[str, str]:
    return {claim.attribute: claim.value for claim in Rules(source).apply(observable, text)}


GATEWAY = rule(
    "acme-gateway",
    r"^ACME_GW(?:_(?P<version>\d[\d.]*))?$",
    {"manufacturer": "Acme Medical", "model": "Gateway", "software": "{version}"},
)


def test_groups_are_put_into_the_values() -> None:
    assert said(Source(GATEWAY), "ACME_GW_4.1") == {
        "manufacturer": "Acme Medical",
        "model": "Gateway",
        "software": "4.1",
    }


def test_an_attribute_whose_group_is_not_set_is_not_claimed() -> None:
    assert said(Source(GATEWAY), "ACME_GW") == {"manufacturer": "Acme Medical", "model": "Gateway"}


def test_a_claim_carries_the_weight_and_the_rule() -> None:
    claims = Rules(Source(GATEWAY)).apply("hl7.sending_application", "ACME_GW")
    assert claims == (
        Claim("manufacturer", "Acme Medical", 0.8, "acme-gateway"),
        Claim("model", "Gateway", 0.8, "acme-gateway"),
    )


@pytest.mark.parametrize("text", ["ACME_GWEN", "xACME_GW", "acme_gw", "", "ACME_GW\n"])
def test_what_no_rule_matches_claims_nothing(text: str) -> None:
    assert said(Source(GATEWAY), text) == {}


def test_the_first_value_with_all_its_groups_is_taken() -> None:
    choices = ("{a}.{b}", "{a}", "none")
    assert filled(choices, {"a": "1", "b": "2"}) == "1.2"
    assert filled(choices, {"a": "1", "b": None}) == "1"
    assert filled(choices, {"a": "", "b": None}) == "none"
    assert filled("{a}", {"a": None}) == ""


def test_braces_in_a_text_are_not_read_again() -> None:
    source = Source(rule("a-b", r"^(?P<a>.+)/(?P<b>.+)$", {"model": "{a}", "software": "{b}"}))
    assert said(source, "{b}/{a}") == {"model": "{b}", "software": "{a}"}


def test_a_general_rule_counts_only_where_no_other_matches() -> None:
    general = rule("any-acme", r"^ACME", {"manufacturer": "Acme Medical"}, general=True)
    source = Source(general, rule("acme-x", r"^ACME_X$", {"model": "X"}))
    assert said(source, "ACME_X") == {"model": "X"}
    assert said(source, "ACME_Y") == {"manufacturer": "Acme Medical"}


def test_the_bare_text_is_the_attribute_unless_a_rule_reads_it() -> None:
    direct = [Direct("hl7.sending_application", "model", 0.9)]
    source = Source(GATEWAY, direct=direct)
    assert said(source, "Something") == {"model": "Something"}
    assert said(source, "ACME_GW")["model"] == "Gateway"


@pytest.mark.parametrize("text", ["unknown", "UNKNOWN"])
def test_texts_that_stand_for_nothing_are_no_attribute(text: str) -> None:
    assert said(Source(direct=[Direct("hl7.sending_application", "model", 0.9)]), text) == {}


def test_makers_are_written_our_way_whoever_names_them() -> None:
    source = Source(direct=[Direct("hl7.sending_application", "manufacturer", 0.9)])
    assert said(source, "acme, Inc.") == {"manufacturer": "Acme Medical"}
    assert said(source, "AM") == {"manufacturer": "Acme Medical"}
    assert said(source, "Nobody Knows GmbH") == {"manufacturer": "Nobody Knows GmbH"}
    named = Source(rule("named", r"^by (?P<who>.+)$", {"manufacturer": "{who}"}))
    assert said(named, "by ACME") == {"manufacturer": "Acme Medical"}


def test_observables_may_share_patterns_but_not_tables_or_direct_meaning() -> None:
    source = Source(GATEWAY, tables=[lambda text: [Claim("kind", "x", 0.5, "t")]])
    assert said(source, "ACME_GW", "hl7.ack_application") == {"manufacturer": "Acme Medical", "model": "Gateway"}
    assert said(source, "ACME_GW")["kind"] == "x"


def test_the_stronger_of_two_equal_claims_stays() -> None:
    def table(text: str) -> list[Claim]:
        return [Claim("model", "Gateway", 0.95, "table")]

    claims = Rules(Source(GATEWAY, tables=[table])).apply("hl7.sending_application", "ACME_GW")
    assert [claim for claim in claims if claim.attribute == "model"] == [Claim("model", "Gateway", 0.95, "table")]


def test_any_text_is_taken() -> None:
    rules = Rules(Source(GATEWAY))
    for text in ("\ud800", "\0", "\u202e", "é" * 1000, "ACME_GW_" + "1" * 100_000):
        assert isinstance(rules.apply("hl7.sending_application", text), tuple)


def test_no_pattern_and_no_text_take_more_than_linear_time() -> None:
    hostile = Rules(Source(rule("bad-idea", r"^(?P<a>(?:(?:\w+)\s?)*)!$", {"model": "{a}"})))
    start = time.process_time()
    assert hostile.apply("hl7.sending_application", "a" * 250) == ()
    assert time.process_time() - start < 0.5  # backtracking would take 2^250 steps


def test_what_is_remembered_is_bounded() -> None:
    rules = Rules(Source(GATEWAY))
    for number in range(MEMO_MAX + 500):
        rules.apply("hl7.sending_application", f"ACME_GW_{number}")
    assert rules._read.cache_info().currsize == MEMO_MAX
    assert rules.apply("hl7.sending_application", "ACME_GW_7")[2].value == "7"


def test_all_rules_are_ready_in_a_moment() -> None:
    start = time.process_time()
    prints: Fingerprints = read()
    rules = Rules(prints)
    for observable in prints.observables:
        rules.apply(observable, "SIEMENS")
    assert time.process_time() - start < 1.0  # 0.13 s on two old cores
