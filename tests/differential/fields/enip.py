"""EtherNet/IP: what devices say that they are when they are listed."""

from __future__ import annotations

from collections.abc import Iterable

from tests.differential.table import Shown, Table

FIELDS = {"vendor_id": "vendor", "product_code": "prodcode", "product": "name"}


def number(value: str) -> Iterable[str]:
    return (f"{int(value, 16):08x}",)


def kind(value: str) -> Iterable[str]:
    return (str(int(value, 0)),)


def shown(name: str, over: str) -> Iterable[Shown]:
    for ours, theirs in FIELDS.items():
        text = (lambda value: (value,)) if ours == "product" else kind
        yield Shown(f"{name}.{ours}", (f"enip.lir.{theirs}",), text, over=over)
    yield Shown(f"{name}.serial", ("enip.lir.serial",), number, over=over)


TABLE = Table((*shown("enip", ":udp:"), *shown("enip_tcp", ":tcp:")))
