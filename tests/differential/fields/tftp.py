"""TFTP: names of files. The comparison keeps all of them; the sensor only those that a rule knows."""

from __future__ import annotations

from collections.abc import Iterable

from tests.differential.table import Frame, Shown, Table, plain

OPERATION = "tftp.opcode"


def last(value: str) -> Iterable[str]:
    return plain(value.replace("\\", "/").rpartition("/")[2])


def is_request(frame: Frame) -> bool:
    return frame.last(OPERATION) in ("1", "2")


TABLE = Table(
    (Shown("tftp.file", ("tftp.source_file", "tftp.destination_file"), last, when=is_request, needs=(OPERATION,)),)
)
