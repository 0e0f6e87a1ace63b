"""Tables and lines for people: fitted to a terminal, plain and whole in a pipe, harmless whatever the wire said."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

import click
from msgspec import Struct

from sensor.names import shown

GAP = "  "


class Column(Struct, frozen=True):
    """A column of a table. keep: never cut short in a terminal."""

    title: str
    keep: bool = False
    right: bool = False


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """Cells may be text from the wire. A cell of several lines is allowed in a terminal only."""
    cells = [[_lines(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _fitted(columns, cells)
    else:
        _plain(columns, cells)


def line(text: str, *, style: str = "") -> None:
    """One line; the caller has put wire text through `shown`."""
    click.echo(click.style(text, bold=style == "bold", dim=style == "dim") if style else text)


def note(text: str) -> None:
    """A remark that is not part of the output."""
    click.echo(text, err=True)


def width() -> int:
    """Columns of the terminal; in a pipe there is no limit."""
    if not sys.stdout.isatty():
        return sys.maxsize
    import shutil

    return shutil.get_terminal_size((100, 24)).columns


def number(count: int) -> str:
    """1234567 as 1,234,567."""
    return f"{count:,}"


def size(count: int) -> str:
    """Bytes to three digits: 1.23 MB."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 999.5:
            return f"{amount:.3g} {unit}"
        amount /= 1000
    return f"{amount:,.3g} TB"


def _lines(cell: str) -> str:
    return "\n".join(shown(part) for part in cell.split("\n"))


def _plain(columns: Sequence[Column], rows: list[list[str]]) -> None:
    from rich.cells import cell_len

    rows = [[cell.replace("\n", " ") for cell in row] for row in rows]
    titles = [column.title.replace("\n", " ") for column in columns]
    widths = [max(cell_len(row[at]) for row in [titles, *rows]) for at in range(len(columns))]
    for row in [titles, *rows]:
        padded = [
            " " * (space - cell_len(cell)) + cell if column.right else cell + " " * (space - cell_len(cell))
            for cell, space, column in zip(row, widths, columns, strict=True)
        ]
        click.echo(GAP.join(padded).rstrip())


def _fitted(columns: Sequence[Column], rows: list[list[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False, header_style="bold")
    for column in columns:
        justify = "right" if column.right else "left"
        drawn.add_column(
            Text(column.title), justify=justify, no_wrap=column.keep, overflow="fold" if column.keep else "ellipsis"
        )
    tall = any("\n" in cell for row in rows for cell in row)
    for at, row in enumerate(rows):
        drawn.add_row(*(Text(cell) for cell in row), style="dim" if tall and at % 2 else None)
    Console(highlight=False).print(drawn)


def objects(items: Iterable[Mapping[str, object]]) -> None:
    """JSON Lines."""
    from sensor.export import jsonl

    out = click.get_binary_stream("stdout")
    for piece in jsonl.lines(items):
        out.write(piece)
    out.flush()
