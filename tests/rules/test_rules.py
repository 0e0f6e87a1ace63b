"""Every rule in the tree, by its own examples: what `sensor rules check` says, and second opinions on it."""

from __future__ import annotations

import gzip
import os
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.api import installed
from sensor.fingerprint.check import BY_HAND, check, pattern_files
from sensor.fingerprint.load import FOLDER, read
from sensor.fingerprint.rules import Rule, Rules

PRINTS = read()
RULES = Rules(PRINTS)
ALL: list[tuple[str, Rule]] = [(name, rule) for name in pattern_files(PRINTS) for rule in PRINTS.patterns(name)]
IDS = [rule.id for _, rule in ALL]


def test_the_lint_finds_nothing() -> None:
    problems, tally = check(PRINTS)
    assert not problems, "\n".join(map(str, problems))
    assert tally.rules > len(ALL) > 200
    assert tally.examples >= len(ALL)
    assert tally.nevers >= len(ALL)


@pytest.mark.parametrize("observable", [name for name in PRINTS.observables if name not in BY_HAND])
def test_an_installed_parser_says_the_observable(observable: str) -> None:
    """Or one of that protocol is yet to come: observables.toml may be ahead of it, rules may not."""
    specs = installed()
    early = observable in {direct.observable for direct in PRINTS.directs} and not PRINTS.patterns(observable)
    assert any(observable in spec.emits for spec in specs.values()) or (
        early and observable.partition(".")[0] not in specs
    )


@pytest.mark.parametrize(("observable", "rule"), ALL, ids=IDS)
def test_the_examples_give_what_they_say_and_match_no_other_rule(observable: str, rule: Rule) -> None:
    assert rule.example
    for example in rule.example:
        assert [hit.id for hit, _ in RULES.patterns(observable).hits(example.text)] == [rule.id]
        claims = {c.attribute: c.value for c in RULES.apply(observable, example.text) if c.rule == rule.id}
        assert claims
        assert {attribute: claims.get(attribute) for attribute in example.gives} == dict(example.gives)


@pytest.mark.parametrize(("observable", "rule"), ALL, ids=IDS)
def test_the_nearest_wrong_neighbour_is_not_matched(observable: str, rule: Rule) -> None:
    assert rule.never
    for never in rule.never:
        assert RULES.patterns(observable).groups(rule, never.text) is None


@pytest.mark.parametrize(("observable", "rule"), ALL, ids=IDS)
def test_another_engine_reads_the_pattern_the_same(observable: str, rule: Rule) -> None:
    """Python's `re` on the same texts: the dialect is common ground, so that other programs can use the rules."""
    pattern = re.compile(rule.match, re.ASCII)
    for text in [example.text for example in rule.example] + [never.text for never in rule.never]:
        mine = RULES.patterns(observable).groups(rule, text)
        found = pattern.search(text)
        assert (found is None) == (mine is None)
        if found is not None:
            assert found.groupdict() == mine


def test_the_codes_that_circulate_wrongly_are_not_in_the_nomenclature() -> None:
    known = {row.code: row.refid for row in PRINTS.mdc_rows}
    assert not {2000, 69981, 70667} & known.keys()  # a FHIR example value, a slip of another table, a channel
    assert known[69801] == "MDC_DEV_METER_CONC_SKIN_GAS_MDS"


def test_the_folder_is_data_only_and_names_its_licences() -> None:
    assert not list(FOLDER.rglob("*.py"))
    licences = (FOLDER / "LICENSES.toml").read_text("utf-8")
    for part in ("oui/oui.dat", "rules/**", "words/**", "dicom/**", "nomenclature/**"):
        assert f'"{part}"' in licences


CAPTURES = os.environ.get("AUSCULT_CAPTURES", "")
NO_TEXT_ON_THE_WIRE = (
    "cldap.domain_controller",
    "tcp.syn",
    "tcp.syn_ack",
    "dhcp.parameter_list",
    "smb.ntlm_version",
    "tls.ja4",
)
SEEN_AS_BYTES = [
    pytest.param(rule, id=rule.id)
    for observable, rule in ALL
    if "capture in " in rule.origin and observable not in NO_TEXT_ON_THE_WIRE
]


@pytest.fixture(scope="module")
def captured() -> list[bytes]:
    files = [path for path in Path(CAPTURES).rglob("*") if path.is_file() and path.suffix not in (".csv", ".md")]
    return [gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in sorted(files)]


@pytest.mark.skipif(not CAPTURES, reason="AUSCULT_CAPTURES names no folder of captures")
@pytest.mark.parametrize("rule", SEEN_AS_BYTES)
def test_an_example_said_to_be_from_a_capture_is_in_one(rule: Rule, captured: list[bytes]) -> None:
    labels = re.compile(r"\.(?:_tcp|local)$")  # they stand apart on the wire
    texts = [labels.sub("", example.text) for example in rule.example]
    written = [text.encode(encoding) for text in texts for encoding in ("utf-8", "utf-16-le")]
    assert any(text in capture for text in written for capture in captured)


RECOG = os.environ.get("AUSCULT_RECOG", "")
RECOG_FILES = {
    "dhcp_vendor_class.xml": ("dhcp.vendor_class", ""),
    "http_servers.xml": ("http.server", ""),
    "mdns_device-info_txt.xml": ("mdns.txt_model", "model="),
}


@pytest.mark.skipif(not RECOG, reason="AUSCULT_RECOG names no folder with recog's XML files")
@pytest.mark.parametrize("file", RECOG_FILES)
def test_where_recog_names_a_maker_of_hardware_we_name_no_other(file: str) -> None:
    observable, prefix = RECOG_FILES[file]
    compared = 0
    for fingerprint in ET.parse(Path(RECOG) / file).getroot():
        vendor = {p.get("name"): p.get("value") for p in fingerprint.findall("param")}.get("hw.vendor", "")
        for example in fingerprint.findall("example"):
            text = (example.text or "").strip()
            if not vendor or not text.startswith(prefix):
                continue
            ours = [
                claim.value
                for claim in RULES.apply(observable, text.removeprefix(prefix))
                if claim.attribute == "manufacturer" and not claim.rule.startswith("direct:")
            ]
            compared += bool(ours)
            names = {RULES.words.maker_named(vendor) or vendor}
            if vendor == "HP":  # one company when those rules were written, two today
                names |= {"Hewlett Packard", "Hewlett Packard Enterprise"}
            assert not set(ours) - names, (text, vendor)
    assert compared or file == "http_servers.xml"


@settings(max_examples=150, deadline=None)
@given(
    observable=st.sampled_from(PRINTS.observables),
    text=st.one_of(st.text(max_size=300), st.sampled_from([e.text for _, rule in ALL for e in rule.example])),
    cut=st.integers(0, 40),
)
def test_any_text_claims_only_what_the_words_allow(observable: str, text: str, cut: int) -> None:
    words = RULES.words
    claims = RULES.apply(observable, text[cut:] if cut % 3 else text)
    assert claims == tuple(sorted(claims))
    assert len({(claim.attribute, claim.value) for claim in claims}) == len(claims)
    for claim in claims:
        word = words.attributes[claim.attribute]
        assert claim.value
        assert 0 < claim.weight <= 1
        if word.words == "kinds":
            assert claim.value in words.kinds
        if word.words == "values":
            assert claim.value in word.values
