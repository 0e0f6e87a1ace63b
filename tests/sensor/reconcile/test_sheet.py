"""Lists as people save them."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest

from sensor.reconcile.sheet import ListError, read

HEADERS = ["N° inventaire", "Désignation", "Marque", "Modèle", "N° de série", "Adresse IP", "Prix"]
LINES = [
    ["INV1", "Scanner", "Siemens", "Somatom", "0066734", "10.1.2.3", "1"],
    ["INV2", "Moniteur", "Dräger", "Delta", "N/A", "", "2"],
]


def csv_of(*lines: list[str], delimiter: str = ";") -> str:
    return "".join(delimiter.join(f'"{cell}"' for cell in line) + "\r\n" for line in lines)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_csv_in_any_form(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(csv_of(HEADERS, *LINES, delimiter=delimiter).encode(encoding))
    found = read(path, {})
    assert [entry.number for entry in found.entries] == [2, 3]
    assert found.entries[0].fields == {
        "asset": "INV1",
        "kind": "Scanner",
        "manufacturer": "Siemens",
        "model": "Somatom",
        "serial": "0066734",
        "ip": "10.1.2.3",
    }
    assert found.entries[1].fields == {"asset": "INV2", "kind": "Moniteur", "manufacturer": "Dräger", "model": "Delta"}
    assert found.columns["serial"] == "N° de série"
    assert found.unused == ("Prix",)


def test_a_workbook_with_a_title_above_its_headers(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in (["Parc biomédical"], [], HEADERS, *LINES, []):
        sheet.append(line)
    book.save(path)
    found = read(path, {})
    assert [(entry.number, entry.get("asset")) for entry in found.entries] == [(4, "INV1"), (5, "INV2")]


def test_a_person_knows_better(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(csv_of(["Code", "Marque", "Divers"], ["A1", "Siemens", "66734"]))
    assert read(path, {"serial": "divers", "asset": "Code"}).entries[0].fields == {
        "asset": "A1",
        "manufacturer": "Siemens",
        "serial": "66734",
    }
    with pytest.raises(ListError, match=r"there is no column 'Nowhere'; there are: .*Code"):
        read(path, {"serial": "Nowhere"})
    with pytest.raises(ListError, match="there is no field 'price'"):
        read(path, {"price": "Divers"})


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no line of headers"),
        (b"a;b;c\r\n1;2;3\r\n", "no line of headers"),
        (b"Marque;Modele\r\n", "headers, and no line below them"),
        (b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00" + bytes(64), "neither text nor a workbook"),
        (b"PK\x03\x04 broken", "a damaged workbook"),
        (b"\xff\xfeA", "neither text nor a workbook"),
    ],
)
def test_what_is_no_list(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(data)
    with pytest.raises(ListError, match=says):
        read(path, {})


def test_a_damaged_list_is_read_up_to_the_damage(tmp_path: Path) -> None:
    """A quote that nobody closes makes one cell of the rest of the file."""
    path = tmp_path / "list.csv"
    endless = f'"{"x" * (csv.field_size_limit() + 1)}'
    path.write_text(csv_of(HEADERS, *LINES) + endless)
    assert [entry.number for entry in read(path, {}).entries] == [2, 3]
    path.write_text(endless)
    with pytest.raises(ListError, match="field larger than field limit"):
        read(path, {})
