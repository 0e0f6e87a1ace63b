"""RADIUS: names of those who ask, by the address that they give as their own."""

from __future__ import annotations

from collections.abc import Iterator

from tests.differential.table import SENDER, Frame, Shown, Table

NAME, OWN = "radius.NAS_Identifier", "radius.NAS_IP_Address"


def names(frame: Frame) -> Iterator[tuple[str, str]]:
    yield frame.last(OWN) or frame.host(SENDER), frame.last(NAME)


TABLE = Table((Shown("radius.system_name", (NAME,), needs=(OWN,), read=names),))
