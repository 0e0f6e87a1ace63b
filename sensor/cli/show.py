"""Tables and lines for people: fitted to a terminal, plain and whole in a pipe, harmless whatever the wire said."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence

import click
from msgspec import Struct
from rich.cells import cell_len

from sensor.names import shown

GAP = "  "
CUT_MIN = 8  # columns below which a cell says nothing


class Column(Struct, frozen=True):
    """A column of a table. keep: never cut short in a terminal."""

    title: str
    keep: bool = False
    right: bool = False


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """Cells may be text from the wire. In a terminal a cell may have several lines, and long ones are cut to fit it."""
    room = width()
    if room == sys.maxsize:
        _whole(columns, rows)
        return
    titles = [column.title for column in columns]
    cells = [["\n".join(shown(line) for line in cell.split("\n")) for cell in row] for row in rows]
    widths = _widths(columns, [titles, *cells], room)
    for at, row in enumerate([titles, *cells]):
        stacks = [cell.split("\n") for cell in row]
        for level in range(max(len(stack) for stack in stacks)):
            parts = [stack[level] if level < len(stack) else "" for stack in stacks]
            fitted = zip(parts, widths, columns, strict=True)
            text = GAP.join(_padded(part, space, right=column.right) for part, space, column in fitted).rstrip()
            line(text, style="bold" if at == 0 else "dim" if level else "")


def _whole(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """In a pipe nothing is cut and each row is one line. There may be very many: column by column, then all at once."""
    lines = [[column.title for column in columns], *rows]
    padded = [_alike(column, cells) for column, cells in zip(columns, zip(*lines, strict=True), strict=True)]
    click.echo("\n".join(GAP.join(row).rstrip() for row in zip(*padded, strict=True)))


def _alike(column: Column, cells: Sequence[str]) -> list[str]:
    """The cells of a column made equally wide."""
    texts = [cell if cell.isascii() and cell.isprintable() else _one_line(cell) for cell in cells]
    space = max(map(_width, texts))
    if not all(map(str.isascii, texts)):
        return [_padded(text, space, right=column.right) for text in texts]
    return [text.rjust(space) if column.right else text.ljust(space) for text in texts]


def _one_line(cell: str) -> str:
    return " ".join(shown(line) for line in cell.split("\n"))


def line(text: str, *, style: str = "") -> None:
    """One line; the caller has put wire text through `shown`."""
    click.echo(click.style(text, **{style: True}) if style and _styled() else text)


def _styled() -> bool:
    """Whether a terminal would show it; people may not want it (https://no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


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


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """As wide as the cells, or where there is no room for that, the widest of those that may be cut made narrower."""
    widths = [max(_width(line) for row in rows for line in row[at].split("\n")) for at in range(len(columns))]
    over = sum(widths) + len(GAP) * (len(columns) - 1) - room
    while over > 0:
        cuttable = [at for at, column in enumerate(columns) if not column.keep and widths[at] > CUT_MIN]
        if not cuttable:
            break
        widths[max(cuttable, key=lambda at: widths[at])] -= 1
        over -= 1
    return widths


def _padded(cell: str, space: int, *, right: bool) -> str:
    over = _width(cell) - space
    if over > 0:
        while _width(cell) > space - 1:
            cell = cell[:-1]
        cell += "…"
    padding = " " * (space - _width(cell))
    return padding + cell if right else cell + padding


def _width(text: str) -> int:
    """Columns of a terminal that a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def objects(items: Iterable[Mapping[str, object]]) -> None:
    """JSON Lines."""
    from sensor.export import jsonl

    pieces(jsonl.lines(items))


def pieces(text: Iterable[bytes]) -> None:
    """Encoded text, to standard output."""
    out = sys.stdout.buffer
    out.writelines(text)
    out.flush()
