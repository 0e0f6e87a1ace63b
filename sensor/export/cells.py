"""Cells of a table, as spreadsheets may have them, and what the formats have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sensor.fingerprint.words import Kind
from sensor.names import shown

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # OWASP, CSV injection: what makes a spreadsheet calculate
GATHERED = 1 << 16  # characters written at a time

Row = Sequence[str | int | float]
Kinds = Callable[[str], Kind | None]  # a kind's word -> what it is called, and its codes


def defused(text: str) -> str:
    """The text with its control characters visible, and an apostrophe before what would start a formula."""
    harmless = shown(text)
    return f"'{harmless}" if text.startswith(FORMULA) or harmless.startswith(FORMULA) else harmless
