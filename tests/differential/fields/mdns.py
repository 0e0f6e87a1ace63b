"""Multicast DNS: names of addresses. A time to live of 0 says goodbye (RFC 6762 section 10.1)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.differential.records import ADDRESSES, FIELDS, records
from tests.differential.table import TEXT_MAX, Frame, Shown, Table


def names(frame: Frame) -> Iterator[tuple[str, str]]:
    for owner, kind, value, ttl in records(frame):
        if kind in ADDRESSES and ttl:
            yield value, owner[:TEXT_MAX]


TABLE = Table((Shown("mdns.name", FIELDS, over=":mdns", read=names),))
