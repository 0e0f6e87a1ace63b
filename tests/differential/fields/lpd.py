"""LPD: queues. tshark also takes the lengths and names of files for printers."""

from __future__ import annotations

from collections.abc import Iterable

from tests.differential.table import RECEIVER, Shown, Table


def queue(value: str) -> Iterable[str]:
    first, _, rest = value.partition(" ")
    return () if first.isdigit() and rest[:2] in ("cf", "df") else (first,)


TABLE = Table((Shown("lpd.printer_name", ("lpd.printer_option",), text=queue, whose=RECEIVER),))
