"""`sensor reconcile` as it is used."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from sensor.cli.main import main

CT = Path(__file__).parents[2] / "pcaps" / "dicom" / "ct-to-archive.pcap"  # a CT scanner with serial number 64123
LIST = (
    "N° inventaire;Désignation;Marque;Modèle;N° de série;Service;Propriétaire;Criticité\r\n"
    "INV1;Scanner;SIEMENS;SOMATOM;64123;Radiologie;Zqcanary Martin <zqcanary@chu.example>;vitale\r\n"
    "INV2;Échographe;Esaote;MyLab;7777A;Cardiologie;;\r\n"
)


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, words)
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def db(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path}/x.db"
    assert run("read", str(CT), "--db", url)[0] == 0
    return url


@pytest.fixture
def parc(tmp_path: Path) -> str:
    path = tmp_path / "parc.csv"
    path.write_text(LIST, encoding="cp1252", newline="")
    return str(path)


def by_line(text: str) -> dict[int | None, dict[str, object]]:
    return {one["line"]: one for one in map(json.loads, text.splitlines())}


def test_a_list_beside_what_was_seen(db: str, parc: str) -> None:
    code, out, err = run("reconcile", parc, "--db", db)
    assert code == 0
    assert "2 lines; asset from 'N° inventaire'" in err
    assert "1  unseen: on the list, never seen" in out
    found = by_line(run("reconcile", parc, "--db", db, "--json")[1])
    assert found[2]["class"] == "matched"
    assert found[2]["kind"] == "ct_scanner"
    assert "same serial" in found[2]["reasons"]  # type: ignore[operator]  # JSON
    assert (found[3]["class"], found[3]["device"]) == ("unseen", None)
    assert found[None]["class"] == "unlisted"


def test_only_and_fail_on(db: str, parc: str) -> None:
    code, out, _ = run("reconcile", parc, "--db", db, "--only", "unseen", "--json", "--fail-on", "unseen")
    assert code == 1
    assert set(by_line(out)) == {3}
    assert run("reconcile", parc, "--db", db, "--fail-on", "ambiguous")[0] == 0


def test_as_a_workbook(db: str, parc: str, tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    assert run("reconcile", parc, "--db", db, "-o", str(path))[0] == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = list(openpyxl.load_workbook(path).worksheets[0].values)
    assert rows[0][:3] == ("class", "line", "asset")
    assert {row[0] for row in rows[1:]} == {"matched", "unseen", "unlisted"}


def test_what_a_list_knows_is_taken_in_once_and_outlives_a_rebuild(db: str, parc: str) -> None:
    for _ in range(2):
        assert run("reconcile", parc, "--db", db, "--import")[0] == 0
    assert run("devices", "rebuild", "--db", db)[0] == 0
    found = [json.loads(line) for line in run("devices", "--json", "--db", db)[1].splitlines()]
    ct = next(one for one in found if one["kind"] == "ct_scanner")
    values = {name: (one["value"], one["sources"]) for name, one in ct["attributes"].items()}
    assert values["asset"] == ("INV1", ["list"])
    assert values["criticality"] == ("vitale", ["list"])
    assert values["owner"] == ("<personal>", ["list"])
    why = run("devices", "why", ct["id"], "asset", "--db", db)[1]
    assert "parc.csv" in why
    rows = [json.loads(line) for line in run("evidence", "--json", "--db", db)[1].splitlines()]
    assert sum(row["observable"] == "list.asset" for row in rows) == 1


def test_a_corrected_list_corrects(db: str, parc: str) -> None:
    assert run("reconcile", parc, "--db", db, "--import")[0] == 0
    Path(parc).write_text(LIST.replace("INV1", "INV9"), encoding="cp1252", newline="")
    assert run("reconcile", parc, "--db", db, "--import")[0] == 0
    values = [json.loads(line)["value"] for line in run("evidence", "--json", "--db", db)[1].splitlines()]
    assert "INV9" in values
    assert "INV1" not in values


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("reconcile", "nowhere.csv"), 3, "nowhere.csv: No such file or directory"),
        (("reconcile", str(CT)), 3, "neither text nor a workbook"),
        (("reconcile", "LIST", "--map", "serial=Nix"), 3, "there is no column 'Nix'"),
        (("reconcile", "LIST", "--map", "price=Marque"), 3, "there is no field 'price'"),
        (("reconcile", "LIST", "--map", "serial"), 2, "write FIELD=HEADER"),
    ],
)
def test_wrong_use(db: str, parc: str, words: tuple[str, ...], code: int, says: str) -> None:
    done = run(*(parc if word == "LIST" else word for word in words), "--db", db)
    assert done[0] == code
    assert says in done[2]
    assert "Traceback" not in done[2]
