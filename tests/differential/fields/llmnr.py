"""LLMNR: the name is that of whoever answers."""

from __future__ import annotations

from collections.abc import Iterator

from tests.differential.records import ADDRESSES, FIELDS, records
from tests.differential.table import SENDER, TEXT_MAX, Frame, Shown, Table

PTR = 12


def names(frame: Frame) -> Iterator[tuple[str, str]]:
    for owner, kind, value, _ in records(frame):
        if kind in ADDRESSES:
            yield frame.host(SENDER), owner[:TEXT_MAX]
        elif kind == PTR:
            yield frame.host(SENDER), value[:TEXT_MAX]  # what an address of its own is called


TABLE = Table((Shown("llmnr.name", FIELDS, over=":llmnr", read=names),))
