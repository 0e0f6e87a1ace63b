"""Modbus/TCP: what a server says that it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tests.differential.table import SENDER, Frame, Shown, Table

IDS, TEXTS = "modbus.object_id", "modbus.object_str_value"
OBJECTS = {"0": "vendor", "1": "product_code", "2": "revision", "4": "product", "5": "model", "6": "application"}


def told(number: str) -> Iterable[Shown]:
    def read(frame: Frame) -> Iterator[tuple[str, str]]:
        for kind, text in zip(frame.all(IDS), frame.all(TEXTS), strict=False):
            if kind == number:
                yield frame.host(SENDER), text

    yield Shown(f"modbus.{OBJECTS[number]}", (TEXTS,), needs=(IDS,), read=read)


TABLE = Table(tuple(shown for number in OBJECTS for shown in told(number)), decode_as={"modbus": "mbtcp"})
