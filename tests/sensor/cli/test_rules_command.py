"""`sensor rules`: what it prints and how it ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sensor.cli.main import main
from sensor.fingerprint.load import FOLDER


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["rules", *args])


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "fingerprints"))
    file = folder / "rules" / "dicom.model.toml"
    file.write_text(file.read_text("utf-8").replace('kind = "gamma_camera"', 'kind = "toaster"'), "utf-8")
    return folder


def test_the_examples_are_run() -> None:
    result = run("test")
    assert result.exit_code == 0, result.output
    assert result.output.strip().endswith("all well")


def test_a_problem_is_told_and_fails_the_command(broken: Path) -> None:
    result = run("check", "--folder", str(broken))
    assert result.exit_code == 1
    assert (
        "rules/dicom.model.toml: dicom-model-ge-nm: sets: kind: 'toaster' is not in the list of kinds" in result.output
    )


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
