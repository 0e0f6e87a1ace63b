"""The inventory as a workbook: a sheet of devices and one of findings, with filters, every cell a text or a number."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from sensor.export.cells import Row, defused

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell

IN_MEMORY = 8 << 20  # bytes of the file before it goes to a temporary one that nobody else can open
PIECE = 1 << 16
WIDTHS_FROM = 200  # rows that decide how wide a column is
WIDTH_MIN, WIDTH_MAX = 8, 48  # characters
TEXT_MAX = 32_767  # characters of a cell (ECMA-376, and every program that reads it)


def lines(sheets: Iterable[tuple[str, Iterable[Row]]]) -> Iterator[bytes]:
    """The file, a piece at a time. sheets: title and rows, the first of which are the headers."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for title, rows in sheets:
        _sheet(book, title, iter(rows))
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        book.save(file)
        file.seek(0)
        while piece := file.read(PIECE):
            yield piece


def _sheet(book: Workbook, title: str, rows: Iterator[Row]) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(title)
    headers = next(rows)
    first = [row for _, row in zip(range(WIDTHS_FROM), rows, strict=False)]
    for column, width in enumerate(_widths([headers, *first]), 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    bold = Font(bold=True)

    def cell(value: str | float, *, head: bool = False) -> Cell:
        made = WriteOnlyCell(sheet, defused(value)[:TEXT_MAX] if isinstance(value, str) else value)
        if isinstance(value, str):
            made.data_type = "s"  # or what begins with an equals sign would be calculated
        if head:
            made.font = bold
        return made

    sheet.append([cell(name, head=True) for name in headers])
    count = 1
    for part in (first, rows):
        for row in part:
            sheet.append([cell(value) for value in row])
            count += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(headers))}{count}"


def _widths(rows: Sequence[Row]) -> list[int]:
    columns = zip(*([len(str(value)) for value in row] for row in rows), strict=True)
    return [min(max(*column, WIDTH_MIN), WIDTH_MAX) + 2 for column in columns]
