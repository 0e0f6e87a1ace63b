"""`sensor rules`: what it prints and how it ends."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sensor.cli.main import main
from sensor.fingerprint.load import FOLDER
from sensor.store.store import Store
from tests.sensor.store.rows import WARD, evidence, origin_row


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["rules", *args])


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "fingerprints"))
    file = folder / "rules" / "dicom.model.toml"
    file.write_text(file.read_text("utf-8").replace('kind = "gamma_camera"', 'kind = "toaster"'), "utf-8")
    return folder


def line_of(folder: Path) -> int:
    """The line on which the broken rule begins, as an editor counts."""
    lines = (folder / "rules" / "dicom.model.toml").read_text("utf-8").splitlines()
    return next(at for at, line in enumerate(lines) if line == 'id = "dicom-model-ge-nm"')  # the line before, from 1


def test_the_examples_are_run() -> None:
    result = run("test")
    assert result.exit_code == 0, result.output
    assert result.output.strip().endswith("all well")


def test_a_problem_is_told_and_fails_the_command(broken: Path) -> None:
    result = run("check", "--folder", str(broken))
    assert result.exit_code == 1
    place = f"rules/dicom.model.toml:{line_of(broken)}: dicom-model-ge-nm"
    assert f"{place}: sets: kind: 'toaster' is not in the list of kinds" in result.output


def test_problems_as_json(broken: Path) -> None:
    result = run("check", "--folder", str(broken), "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert any(line["rule"] == "dicom-model-ge-nm" and line["file"] == "rules/dicom.model.toml" for line in lines)


def test_a_folder_without_rules_cannot_be_read(tmp_path: Path) -> None:
    result = run("check", "--folder", str(tmp_path))
    assert result.exit_code == 3
    assert "no fingerprints here" in result.output


def test_a_text_of_an_observable_is_explained() -> None:
    result = run("explain", "dicom.implementation_version", "OFFIS_DCMTK_367")
    assert result.exit_code == 0
    assert "toolkit = OFFIS DCMTK" in result.output
    assert "toolkit_version = 3.6.7" in result.output
    assert "dicom-name-dcmtk" in result.output
    assert "EmreEkin/ICS-Pcaps" in result.output  # its origin


def test_a_text_alone_is_tried_everywhere() -> None:
    result = run("explain", "--json", "1.2.276.0.7230010.3.0.3.6.7")
    claims = [json.loads(line) for line in result.stdout.splitlines()]
    assert {claim["observable"] for claim in claims} == {"dicom.implementation_uid"}
    assert {(claim["attribute"], claim["value"]) for claim in claims} == {
        ("toolkit", "OFFIS DCMTK"),
        ("toolkit_maker", "OFFIS"),
    }
    assert all(claim["origin"] and 0 < claim["weight"] <= 1 for claim in claims)


def test_a_maker_is_explained_from_the_words() -> None:
    result = run("explain", "dicom.manufacturer", "SIEMENS")
    assert "manufacturer = Siemens Healthineers" in result.output


def test_an_unknown_text_says_what_to_do() -> None:
    result = run("explain", "nothing that anybody says")
    assert result.exit_code == 0
    assert "No rule reads this text" in result.output


@pytest.mark.parametrize("args", [("explain",), ("explain", "no.such", "text"), ("explain", "a", "b", "c")])
def test_wrong_use(args: tuple[str, ...]) -> None:
    assert run(*args).exit_code == 2


@pytest.fixture
def seen(tmp_path: Path) -> str:
    """An inventory in which two texts of one observable were seen."""
    url = f"sqlite:///{tmp_path / 'inventory.db'}"
    with Store.open(url) as store:
        store.begin(origin_row())
        texts = ("Acme-Imaging/2.4.1 (PACS)", "Acme-Imaging proxy", "nginx/1.18.0")
        store.add(WARD, [evidence(text, observable="http.server", protocol="http") for text in texts])
    return url


def test_a_new_rule_comes_with_origin_example_and_neighbour_and_passes_the_check(tmp_path: Path, seen: str) -> None:
    text = "Acme-Imaging/2.4.1 (PACS)"
    result = run(
        "new", "http.server", text, "--set", "product=Acme {version}", "--set", "kind=pacs_archive", "--db", seen
    )
    assert result.exit_code == 0, result.output
    (rule,) = tomllib.loads(result.stdout)["rule"]
    assert rule["origin"] == "capture ward.pcap, 2026-01-05, frame 118"
    assert rule["example"] == [{"text": text, "gives": {"product": "Acme 2.4.1", "kind": "pacs_archive"}}]
    assert rule["never"] == [{"text": "Acme-Imaging proxy"}]
    folder = Path(shutil.copytree(FOLDER, tmp_path / "fingerprints"))
    with (folder / "rules" / "http.server.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + result.stdout)
    checked = run("check", "--folder", str(folder))
    assert checked.exit_code == 0, checked.output
    assert (
        "product = Acme 9.0" in run("explain", "http.server", "Acme-Imaging/9.0 (PACS)", "--folder", str(folder)).output
    )


def test_a_new_rule_without_an_inventory_asks_for_its_origin(tmp_path: Path) -> None:
    result = run("new", "http.server", "Toaster (v1.2) [a+b]", "--db", f"sqlite:///{tmp_path / 'none.db'}")
    (rule,) = tomllib.loads(result.stdout)["rule"]
    assert rule["origin"] == "say where this text was seen"
    assert re.search(rule["match"], "Toaster (v1.3.9) [a+b]")
    assert not re.search(rule["match"], rule["never"][0]["text"])


@pytest.mark.parametrize("args", [("no.such", "x"), ("http.server", " "), ("http.server", "x", "--set", "colour=red")])
def test_a_new_rule_of_nothing_is_wrong_use(args: tuple[str, ...]) -> None:
    assert run("new", *args).exit_code == 2


def test_explain_says_which_rule_lost_and_why(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "fingerprints"))
    rules = [
        ("one", "product", "Toaster", "", 0.9),
        ("two", "product", "Oven", "", 0.4),
        ("three", "os", "Linux", "general = true\n", 0.5),
    ]
    with (folder / "rules" / "http.server.toml").open("a", encoding="utf-8") as file:
        for name, attribute, value, more, weight in rules:
            file.write(
                f"\n[[rule]]\nid = 'x-{name}'\nobservable = 'http.server'\nmatch = '^Toaster 3000'\n{more}"
                f"sets = {{ {attribute} = '{value}' }}\nweight = {weight}\norigin = 'made up for this test'\n"
            )
    out = run("explain", "http.server", "Toaster 3000", "--folder", str(folder)).output
    assert "x-two lost: x-one says product = Toaster, with weight 0.9 against 0.4" in out
    assert "x-three lost: general: counts where no other matches, and x-one does" in out
    assert "x-one lost" not in out


def test_explain_says_when_a_rule_knows_better_than_the_bare_text() -> None:
    assert (
        "direct:hl7.model lost: hl7-model-intellivue reads model"
        in run("explain", "hl7.model", "IntelliVue MX500").output
    )
    bare = run("explain", "dicom.model", "SOMATOM Force").output  # its rule reads no model
    assert "direct:dicom.model: the text is the attribute" in bare
    assert "lost" not in bare
