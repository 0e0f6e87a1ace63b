"""LLMNR: the name is that of whoever answers."""

from __future__ import annotations

from collections.abc import Iterator

from tests.differential.records import ADDRESSES, FIELDS, records
from tests.differential.table import SENDER, TEXT_MAX, Frame, Shown, Table


def names(frame: Frame) -> Iterator[tuple[str, str]]:
    for owner, kind, _, _ in records(frame):
        if kind in ADDRESSES:
            yield frame.host(SENDER), owner[:TEXT_MAX]


TABLE = Table((Shown("llmnr.name", FIELDS, over=":llmnr", read=names),))
