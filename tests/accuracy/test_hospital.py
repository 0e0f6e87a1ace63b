"""The made-up hospital is what it claims to be, and the product finds its way in a small one."""

from __future__ import annotations

import ast
import hashlib
import struct
import subprocess
import sys
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest

from pcaps.make.hospital.build import generate
from pcaps.make.hospital.core import CATALOGUE
from sensor.fingerprint.load import load
from tests.accuracy import calibration, product
from tests.accuracy.accuracy import PAGE, Result, families_of_the_fit, run, truths_of

ROOT = Path(__file__).parents[2]
MAKER = ROOT / "pcaps" / "make" / "hospital"
SMALL, SEED = 250, 20260105
STRUCTURE = frozenset({"missed", "split", "blended", "invented", "parent"})


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run(tmp_path_factory.mktemp("hospital"), devices=SMALL, seed=SEED)


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(tmp_path: Path) -> None:
    for name, seed in (("one", 5), ("again", 5), ("other", 6)):
        generate(tmp_path / name, devices=60, seed=seed)
    assert digests(tmp_path / "one") == digests(tmp_path / "again")
    assert not set(digests(tmp_path / "one").values()) & set(digests(tmp_path / "other").values())


def test_a_second_process_gives_the_same_bytes_too(tmp_path: Path) -> None:
    generate(tmp_path / "here", devices=50, seed=5)
    command = (
        sys.executable,
        "-m",
        "pcaps.make.hospital.build",
        str(tmp_path / "there"),
        "--devices",
        "50",
        "--seed",
        "5",
    )
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    assert digests(tmp_path / "here") == digests(tmp_path / "there")


@pytest.mark.parametrize("size", [49, 25_001])
def test_sizes_have_bounds(size: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="50 to 25000"):
        generate(tmp_path, devices=size, seed=1)


@lru_cache
def imported() -> dict[str, set[str]]:
    """Module of the generator -> first parts of what it imports."""
    found: dict[str, set[str]] = {}
    for path in MAKER.glob("*.py"):
        names = found.setdefault(path.name, set())
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    return found


def test_the_generator_knows_nothing_of_the_product() -> None:
    assert len(imported()) > 8
    assert not {name: names for name, names in imported().items() if names - sys.stdlib_module_names - {"pcaps"}}


def test_three_in_ten_texts_are_such_that_no_rule_was_written_from() -> None:
    unseen = product.unseen_texts()
    fresh = [
        unseen(each["origin"], each.get("model") or each.get("vendor_class") or each.get("agent", ""))
        for products in CATALOGUE.values()
        for each in products
    ]
    assert sum(fresh) / len(fresh) >= 0.3


def test_a_text_is_seen_if_a_rule_names_its_origin_or_has_it_for_an_example() -> None:
    unseen = product.unseen_texts()
    assert not unseen("product name in CISA advisory ICSMA-21-047-01", "T1")  # rule hl7-model-hamilton-t1
    assert not unseen("a leaflet", "T1 Ventilator")
    assert unseen("a leaflet", "T2 Ventilator")


def test_a_third_of_the_texts_is_unseen_and_no_rule_reads_those() -> None:
    unseen, rules = product.unseen_texts(), load()
    said = [
        ("dicom.model", "model"),
        ("hl7.model", "model"),
        ("hl7.obx18_model", "model"),
        ("mdns.txt_usb_mdl", "model"),
    ]
    said += [("dicom.implementation_version", "version"), ("hl7.sending_application", "application")]
    products = [each for table in CATALOGUE.values() for each in table]
    fresh = [each for each in products if unseen(each["origin"], each.get("model") or each.get("agent", ""))]
    assert len(fresh) >= 0.3 * len(products)
    for each in fresh:
        for observable, key in said:
            read = rules.apply(observable, each.get(key) or "-")
            assert all(claim.rule.startswith(("direct", "maker")) for claim in read), (each, read)


def test_every_family_is_there_and_truth_is_complete(tmp_path: Path) -> None:
    generate(tmp_path, devices=400, seed=2)
    head, truths = truths_of(tmp_path)
    families = Counter(truth.family for truth in truths)
    assert head["devices"] == len(truths) >= 400
    assert len(families) >= 35
    for truth in truths:
        assert truth.distinguishable == (truth.why == ""), truth
        assert set(truth.said) <= set(truth.attributes), truth
        assert set(truth.origins) <= set(truth.attributes), truth
        assert all(truth.attributes[name] for name in truth.said), truth
        assert truth.parent is None or truths[truth.parent].number != truth.number
    looked_for = sum(truth.looked_for for truth in truths)
    assert 0.9 < looked_for / len(truths) < 1  # most can be told apart, and some cannot
    assert all(not truth.looked_for for truth in truths if truth.family == "quiet")


def test_captures_are_captures(tmp_path: Path) -> None:
    """Times rise, lengths fit, each mirror has tagged frames of its own VLANs, and a canary is in what persons say."""
    generate(tmp_path, devices=60, seed=3)
    for capture in tmp_path.glob("*.pcap"):
        raw = capture.read_bytes()
        at, before, vlans = 24, 0, Counter[int]()
        while at < len(raw):
            seconds, rest, size, length = struct.unpack_from("<IIII", raw, at)
            assert seconds * 10**9 + rest >= before
            before = seconds * 10**9 + rest
            assert size == length >= 60
            assert raw[at + 28 : at + 30] == b"\x81\x00"
            vlans[int.from_bytes(raw[at + 30 : at + 32])] += 1
            at += 16 + size
        assert at == len(raw)
        assert b"ZQCANARY" in raw
        assert all((vlan < 100) == (capture.stem == "core") for vlan in vlans)


def test_nothing_of_a_person_is_kept(small: Result) -> None:
    assert small.persons == 0


def test_devices_of_a_small_hospital(small: Result) -> None:
    """The targets of the project, and behind the right device too."""
    s = small.score
    assert s.looked_for > 0.9 * SMALL
    assert s.found / s.looked_for >= 0.99
    assert s.invented == 0
    assert [each for each in s.wrong if each.what in STRUCTURE] == []


def test_values_of_a_small_hospital(small: Result) -> None:
    s = small.score
    assert s.precision["serial"].value >= 0.995
    assert s.precision["model"].value >= 0.995
    assert s.precision["kind, medical protocol"].value >= 0.98
    assert s.recall["kind, medical protocol"].value >= 0.9
    assert s.precision["kind, medical protocol"].all > 50
    assert s.precision["model, unseen texts"].all > 20


def test_what_is_shown_holds_in_families_that_the_fit_has_not_seen(small: Result) -> None:
    _, other = calibration.divided(small.score.judged, families_of_the_fit())
    strong = [each for each in other if not calibration.is_weak(each)]
    assert len(strong) > 200
    assert calibration.error(calibration.bins(strong)) < 0.05  # 0.03 wanted, of more values than there are here


def test_the_page_was_written_by_the_command() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert "| found |" in page
    assert "| text | as | origin |" in page
