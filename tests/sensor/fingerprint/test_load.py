"""The folder: found, read at once, decoded when needed, and every mistake in it told with its place."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

import sensor.fingerprint
from sensor.fingerprint.check import check
from sensor.fingerprint.load import FOLDER, RulesError, load, read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "fingerprints"))


def test_the_folder_is_found_in_the_source_tree() -> None:
    assert (FOLDER / "version.toml").is_file()


def test_a_folder_beside_the_package_is_preferred(tmp_path: Path) -> None:
    """In a wheel the data lie in sensor/_fingerprints; the rule for the place is run here on a copy."""
    package = tmp_path / "sensor" / "fingerprint"
    package.mkdir(parents=True)
    code = Path(sensor.fingerprint.__path__[0], "load.py").read_text("utf-8")
    lines = [line for line in code.splitlines() if line.startswith(("PACKAGED", "FOLDER"))]
    for made, expected in (
        ("fingerprints", tmp_path / "fingerprints"),
        ("sensor/_fingerprints", tmp_path / "sensor/_fingerprints"),
    ):
        (tmp_path / made).mkdir()
        names: dict[str, object] = {"Path": Path, "__file__": str(package / "load.py")}
        exec("\n".join(lines), names)
        assert names["FOLDER"] == expected


def test_the_version_is_the_date_and_changes_with_any_edit(folder: Path) -> None:
    first = load(folder).version
    assert first == load(FOLDER).version
    assert first.startswith("20")
    rules = folder / "rules" / "dicom.model.toml"
    rules.write_text(rules.read_text("utf-8") + "\n# a word\n", "utf-8")
    assert load(folder).version != first
    assert load(folder).version.split("+")[0] == first.split("+")[0]


def test_what_is_read_is_one_state_of_the_folder(folder: Path) -> None:
    rules = load(folder)
    shutil.rmtree(folder)
    assert rules.apply("dicom.manufacturer", "SIEMENS")[0].value == "Siemens Healthineers"
    assert rules.maker("00:09:5c:00:00:01")


def test_no_folder_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match=r"no fingerprints here \(version\.toml is missing\); install auscult again"):
        read(tmp_path)


GOOD = """[[rule]]
id = "acme-x"
observable = "dicom.model"
match = '^X$'
sets = { model = "X" }
weight = 0.5
origin = "made up for a test"
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("weight = 0.5", 'weight = "much"', r"rules/dicom\.model\.toml:1: rule acme-x: .*weight"),
        ("weight = 0.5\n", "", r"rules/dicom\.model\.toml:1: rule acme-x: .*weight"),
        ("origin =", "orgin =", r"rules/dicom\.model\.toml:1: rule acme-x: .*or"),
        ('id = "acme-x"\n', "", r"rules/dicom\.model\.toml:1: rule number 1: .*id"),
        ("[[rule]]", "[[rule]", r"rules/dicom\.model\.toml: "),
        ("[[rule]]", "[rule]", r"rules/dicom\.model\.toml: rule is not a list"),
    ],
)
def test_a_mistake_is_told_with_file_and_rule(folder: Path, old: str, new: str, says: str) -> None:
    (folder / "rules" / "dicom.model.toml").write_text(GOOD.replace(old, new), "utf-8")
    with pytest.raises(RulesError, match=says):
        load(folder).apply("dicom.model", "X")


def test_bytes_that_are_no_text_are_told(folder: Path) -> None:
    (folder / "rules" / "dicom.model.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RulesError, match=r"rules/dicom\.model\.toml: .*sensor rules check"):
        load(folder).apply("dicom.model", "X")


EXAMPLE = """
  [[rule.example]]
  text = "X"
  [[rule.never]]
  text = "Y"
"""


def test_the_lint_finds_nothing_in_a_good_rule(folder: Path) -> None:
    (folder / "rules" / "dicom.model.toml").write_text(GOOD + EXAMPLE, "utf-8")
    assert check(read(folder))[0] == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("'^X$'", "'^(X$'", "match: RE2 refuses it"),
        ("'^X$'", "'^(X)$'", "match: has a group without a name"),
        ("'^X$'", "'X$'", "match: must begin with"),
        (r"'^X$'", r"'^(?P<a>X)\1$'", "match: RE2 refuses it"),
        ('model = "X"', 'modle = "X"', "sets: there is no attribute 'modle'"),
        ('model = "X"', 'kind = "toaster"', "sets: kind: 'toaster' is not in the list of kinds"),
        ('model = "X"', 'manufacturer = "SIEMENS"', "sets: manufacturer: 'SIEMENS' is not in the list of makers"),
        ('model = "X"', 'role = "boss"', "sets: role: 'boss' is not in the list of values"),
        ('model = "X"', 'model = "{a}"', "sets: model: there is no group 'a'"),
        ("weight = 0.5", "weight = 1.5", "weight: 1.5 is not above 0 and at most 1"),
        ('origin = "made up for a test"', 'origin = "seen"', "origin: say where this was seen"),
        ('"acme-x"', '"Acme X"', "id: lower-case words"),
        ('observable = "dicom.model"', 'observable = "dicom.modle"', "observable: says 'dicom.modle'"),
        ('text = "X"', 'text = "Z"', "does not match its example 'Z'"),
        ('text = "Y"', 'text = "X"', "matches 'X', which it never must"),
        ('text = "X"', 'text = "X"\n  gives = { model = "Q" }', "model is 'X', not 'Q'"),
        (EXAMPLE, "", "has no example"),
        (EXAMPLE, EXAMPLE.split("[[rule.never]]", maxsplit=1)[0], "has no never"),
        (EXAMPLE, EXAMPLE + GOOD.replace("acme-x", "acme-y") + EXAMPLE, "example 'X' is matched by acme-y as well"),
        (EXAMPLE, EXAMPLE + GOOD.replace("'^X$'", "'^Z$'") + EXAMPLE.replace("X", "Z"), "is the id of two rules"),
    ],
)
def test_the_lint_finds(folder: Path, old: str, new: str, says: str) -> None:
    whole = GOOD + EXAMPLE
    assert old in whole
    (folder / "rules" / "dicom.model.toml").write_text(whole.replace(old, new, 1), "utf-8")
    found = [str(problem) for problem in check(read(folder))[0]]
    assert any(says in problem for problem in found), found


def test_the_lint_knows_what_parsers_say(folder: Path) -> None:
    problems, _ = check(read(folder), {"dicom.model"})
    assert any(problem.rule == "dicom.manufacturer" and "no parser says this" in problem.says for problem in problems)
    assert not any(problem.rule == "dicom.model" for problem in problems)


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("words/makers.toml", 'maker = "Accuray"', 'maker = "Acuson"', "Acuson: is listed twice"),
        (
            "words/makers.toml",
            'maker = "Accuray"',
            'maker = "Accuray"\nnames = ["Philips"]',
            "philips: names: means Accuray and Philips",
        ),
        ("words/makers.toml", 'typical = "infusion_pump"', 'typical = "toaster"', "there is no kind 'toaster'"),
        ("words/makers.toml", 'part_of = "Canon"', 'part_of = "Nobody"', "part_of: 'Nobody' is no other maker"),
        (
            "words/makers.toml",
            'part_of = "Canon"',
            'part_of = "Canon Medical Systems"',
            "part_of: 'Canon Medical Systems' is no other maker",
        ),
        ("dicom/modalities.toml", '"ct_scanner"', '"toaster"', "CT: there is no kind 'toaster'"),
        (
            "dicom/implementation_uids.toml",
            'uid = "1.3.6.1.4.1.5962.2"',
            'uid = "1.3.6.1.4.1.5962.99.2"',
            "is listed twice",
        ),
        (
            "dicom/implementation_uids.toml",
            '1.2.276.0.7238010.5.0.3.5.4"]',
            '1.2.276.0.7230010.3.1"]',
            "which it never must",
        ),
        ("nomenclature/mdc_devices.toml", 'kind = "patient_monitor"', 'kind = "toaster"', "there is no kind 'toaster'"),
        ("nomenclature/mdc_devices.toml", 'source = "derived"', 'source = "memory"', "there is no source 'memory'"),
        ("observables.toml", "{ serial = ", "{ cereal = ", "there is no attribute 'cereal'"),
        ("observables.toml", '= "uuid"', '= "guid"', "there is no scheme 'guid'"),
        ("calibration.toml", "\nkind = [", "\nkind = [[0.1, 0.6], [0.2, 0.5],", "the points must rise"),
        ("calibration.toml", "[holds]", "[holds]\ncolour = [[0.5, 0.6]]", "there is no such attribute"),
        ("calibration.toml", "\nkind = [", "\nkind = [0.5,", "calibration.toml: holds"),
        ("rules/direct.toml", '= "implementation_uids"', '= "nothing"', "there is no table 'nothing'"),
    ],
)
def test_the_lint_reads_the_tables(folder: Path, file: str, old: str, new: str, says: str) -> None:
    content = (folder / file).read_text("utf-8")
    assert old in content
    (folder / file).write_text(content.replace(old, new, 1), "utf-8")
    found = [str(problem) for problem in check(read(folder))[0]]
    assert any(says in problem for problem in found), found


def test_only_the_loader_opens_files() -> None:
    banned = {
        "os",
        "io",
        "pathlib",
        "socket",
        "subprocess",
        "shutil",
        "tempfile",
        "urllib",
        "http",
        "sqlite3",
        "random",
    }
    for path in Path(sensor.fingerprint.__path__[0]).glob("*.py"):
        if path.name == "load.py":
            continue
        tree = ast.parse(path.read_text("utf-8"))
        modules = {
            alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        modules |= {(node.module or "").split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        calls = {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert not modules & banned, path.name
        assert "open" not in calls, path.name
