"""A list of equipment as people have it: CSV in any of its forms, or a workbook."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from sensor.reconcile.columns import guess
from sensor.reconcile.entry import FIELDS, Entry, says_nothing

SIZE_MAX = 64 << 20  # bytes of the file: 200,000 lines of 300 characters
INFLATED_MAX = 1 << 30  # bytes that a workbook's parts may become
LINES_MAX = 200_000  # ten times the equipment of a university hospital
CELL_MAX = 1024  # characters of a cell that are looked at
HEADER_WITHIN = 20  # lines above the headers: titles, dates, logos
HEADERS_MIN = 2  # columns that must be understood before a line counts as headers
DELIMITERS = (";", ",", "\t", "|")
ZIP = b"PK\x03\x04"

Cells = Sequence[str]


class ListError(ValueError):
    """The file is no list of equipment; says why, and what to do."""


class Listed(Struct, frozen=True):
    """entries: the lines that say something. columns: field -> header that it was read from. unused: headers of the
    columns that nothing was read from."""

    entries: tuple[Entry, ...]
    columns: Mapping[str, str]
    unused: tuple[str, ...]


def read(path: Path, told: Mapping[str, str]) -> Listed:
    """Reads a list. told: field -> header, where a person knows better than the guess. Raises ListError, OSError."""
    unknown = sorted(set(told) - set(FIELDS))
    if unknown:
        raise ListError(f"there is no field {unknown[0]!r}; there are: {', '.join(FIELDS)}")
    if path.stat().st_size > SIZE_MAX:
        raise ListError(f"{path}: more than {SIZE_MAX >> 20} MiB: no list of equipment")
    data = path.read_bytes()
    if data.startswith(ZIP):
        return _listed(path, [(_workbook(path, data), told)])
    text = _text(path, data)
    return _listed(path, [(csv.reader(io.StringIO(text), delimiter=delimiter), told) for delimiter in DELIMITERS])


def _text(path: Path, data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise ListError(f"{path}: neither text nor a workbook; save it as CSV or xlsx")


def _workbook(path: Path, data: bytes) -> Iterator[Cells]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            if sum(part.file_size for part in parts.infolist()) > INFLATED_MAX:
                raise ListError(f"{path}: a workbook that would become more than {INFLATED_MAX >> 30} GiB")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        if isinstance(error, ListError):
            raise
        raise ListError(f"{path}: a damaged workbook, or none; save it as CSV or xlsx") from None
    for row in book.worksheets[0].iter_rows(values_only=True):
        yield ["" if cell is None else str(cell) for cell in row]


def _listed(path: Path, forms: Iterable[tuple[Iterator[Cells], Mapping[str, str]]]) -> Listed:
    """Of all ways to read the file the one that understands most of its headers."""
    best: tuple[dict[str, int], list[Cells], int] | None = None
    wrong: ValueError | None = None
    for rows, told in forms:
        lines = _lines(path, rows)
        for number, headers in enumerate(lines[:HEADER_WITHIN], 1):
            try:
                columns = guess(headers, told)
            except ValueError as error:
                wrong = wrong or error
                continue
            if len(columns) >= HEADERS_MIN and (best is None or len(columns) > len(best[0])):
                best = columns, lines, number
    if best is None:
        if wrong is not None:
            raise ListError(f"{path}: {wrong}")
        raise ListError(
            f"{path}: no line of headers that says at least {HEADERS_MIN} of: {', '.join(FIELDS.values())};"
            " name the columns with --map FIELD=HEADER"
        )
    columns, lines, at = best
    headers = lines[at - 1]
    entries = tuple(_entries(lines[at:], columns, at + 1))
    if not entries:
        raise ListError(f"{path}: headers, and no line below them")
    unused = tuple(text for place, text in enumerate(headers) if text.strip() and place not in columns.values())
    return Listed(entries, {field: headers[place] for field, place in columns.items()}, unused)


def _lines(path: Path, rows: Iterator[Cells]) -> list[Cells]:
    lines: list[Cells] = []
    try:
        for row in rows:
            lines.append(row)
            if len(lines) > LINES_MAX:
                raise ListError(f"{path}: more than {LINES_MAX:,} lines: no list of equipment")
    except csv.Error as error:
        if not lines:
            raise ListError(f"{path}: {error}") from None
    return lines


def _entries(lines: Iterable[Cells], columns: Mapping[str, int], first: int) -> Iterator[Entry]:
    for number, line in enumerate(lines, first):
        cells = {field: line[place].strip()[:CELL_MAX] for field, place in columns.items() if place < len(line)}
        fields = {field: text for field, text in cells.items() if not says_nothing(text)}
        if fields:
            yield Entry(number, fields)
