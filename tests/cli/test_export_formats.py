"""What other programs are given: checked by their own readers (openpyxl, the CycloneDX library, jsonschema)."""

from __future__ import annotations

import csv
import io
import json
import stat
import zipfile
from pathlib import Path

import jsonschema
import openpyxl
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.cli.conftest import HOSTILE, Run

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"


@pytest.mark.parametrize("what", ["device", "evidence", "conversation", "finding"])
def test_json_lines_are_as_the_published_schema_says(run: Run, what: str) -> None:
    schema = json.loads((SCHEMAS / f"{what}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    plural = "evidence" if what == "evidence" else f"{what}s"
    rows = [json.loads(line) for line in run("export", "jsonl", "--what", plural).stdout.splitlines()]
    assert rows
    for row in rows:
        validator.validate(row)
        assert set(row) <= set(schema["properties"]), "a field that the schema does not name"
    del rows[0][schema["required"][-1]]
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(rows[0])


def test_gmao_opens_as_a_table_in_a_french_spreadsheet(run: Run) -> None:
    result = run("export", "gmao")
    assert result.exit_code == 0, result.stderr
    assert result.stdout_bytes.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(result.stdout_bytes.decode("utf-8-sig")), delimiter=";"))
    assert [row["Identifiant"] for row in rows] == ["3ecccccc0003", "6abbbbbb0002", "c7aaaaaa0001", "c7dddddd0004"]
    ct = rows[2]
    assert ct["Désignation"] == "Scanner (tomodensitomètre)"
    assert ct["Code EMDN"] == "Z110306"
    assert ct["Classe UE"] == "IIb"
    assert (ct["Fabricant"], ct["N° de série"]) == ("Siemens Healthineers", "66734")
    assert ct["Adresses IP"] == "10.1.2.9 10.1.2.3"
    assert (ct["Première observation"], ct["Dernière observation"]) == ("05/01/2026 08:00", "05/01/2026 12:00")
    assert rows[0]["Rattaché à"] == "6abbbbbb0002"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())


@pytest.mark.parametrize("format_", ["csv", "jsonl", "gmao", "cyclonedx"])
def test_what_is_written_in_many_pieces_is_the_same(run: Run, monkeypatch: pytest.MonkeyPatch, format_: str) -> None:
    def written() -> list[str]:
        lines = run("export", format_).stdout.splitlines()
        return [line for line in lines if not any(word in line for word in ("serialNumber", "timestamp"))]

    whole = written()
    monkeypatch.setattr(f"sensor.export.{format_}.GATHERED", 1)
    assert len(whole) > 1
    assert written() == whole


def test_a_workbook_has_no_formulas(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "inventory.xlsx"
    assert run("export", "xlsx", "-o", str(path)).exit_code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Devices", "Findings"]
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions
        assert {cell.data_type for row in sheet for cell in row} <= {"s", "inlineStr", "n"}
    rows = list(book["Devices"].values)
    assert [row[0] for row in rows] == ["id", "3ecccccc0003", "6abbbbbb0002", "c7aaaaaa0001", "c7dddddd0004"]
    with zipfile.ZipFile(path) as parts:
        text = b"".join(parts.read(name) for name in parts.namelist())
    assert b"<f>" not in text
    assert b"\x1b" not in text
    assert "\u202e".encode() not in text


def test_a_bill_of_materials_that_the_strict_validator_takes(run: Run) -> None:
    result = run("export", "cyclonedx")
    assert result.exit_code == 0, result.stderr
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(result.stdout) is None
    found = json.loads(result.stdout)
    ct = next(one for one in found["components"] if one["bom-ref"] == "c7aaaaaa0001")
    assert (ct["type"], ct["name"]) == ("device", "SOMATOM Definition AS+")
    assert ct["manufacturer"] == {"name": "Siemens Healthineers"}
    assert {"name": "cdx:device:serialNumber", "value": "66734"} in ct["properties"]
    assert {"name": "cdx:device:macAddress", "value": "00:09:fb:11:22:33"} in ct["properties"]
    maker = next(one for one in ct["evidence"]["identity"] if one["field"] == "group")
    assert (maker["confidence"], maker["concludedValue"]) == (0.95, "Siemens Healthineers")
    assert {"technique": "other", "confidence": 0.9, "value": "dicom.manufacturer: SIEMENS"} in maker["methods"]
    assert found["dependencies"] == [{"ref": "6abbbbbb0002", "dependsOn": ["3ecccccc0003"]}]
    assert "\x1b" not in result.stdout
    assert HOSTILE not in result.stdout


def test_the_same_inventory_gives_the_same_bill_of_materials(run: Run) -> None:
    assert run("export", "cyclonedx").stdout == run("export", "cyclonedx").stdout


@pytest.mark.parametrize("format_", ["gmao", "xlsx", "cyclonedx"])
def test_formats_that_hold_devices_only_say_so(run: Run, format_: str) -> None:
    result = run("export", format_, "--what", "evidence")
    assert result.exit_code == 2
    assert "--what evidence is for: csv, jsonl" in result.stderr
