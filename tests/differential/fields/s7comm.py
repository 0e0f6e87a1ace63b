"""S7: what controllers say of themselves."""

from __future__ import annotations

from collections.abc import Iterator

from tests.differential.table import SENDER, Frame, Shown, Table

NUMBERS, INDEXES, ITSELF = "s7comm.szl.xy11.0001.anz", "s7comm.szl.xy11.0001.index", 1


def order_number(frame: Frame) -> Iterator[tuple[str, str]]:
    for index, text in zip(frame.all(INDEXES), frame.all(NUMBERS), strict=False):
        if int(index, 0) == ITSELF:
            yield frame.host(SENDER), text.strip()


TABLE = Table(
    (
        Shown("s7comm.order_number", (NUMBERS,), needs=(INDEXES,), read=order_number),
        Shown("s7comm.station", ("s7comm.szl.001c.0001.name",)),
        Shown("s7comm.module", ("s7comm.szl.001c.0002.name",)),
        Shown("s7comm.serial", ("s7comm.szl.001c.0005.serialn",)),
        Shown("s7comm.model", ("s7comm.szl.001c.0007.cputypname",)),
    )
)
