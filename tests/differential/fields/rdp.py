"""RDP: what a client tells in clear."""

from __future__ import annotations

from collections.abc import Iterable

from tests.differential.table import Shown, Table


def layout(value: str) -> Iterable[str]:
    return (f"{int(value, 0):08x}",)


TABLE = Table(
    (
        Shown("rdp.client_computer", ("rdp.client.name",)),
        Shown("rdp.client_build", ("rdp.client.build",)),
        Shown("rdp.keyboard_layout", ("rdp.keyboardLayout",), text=layout),
    ),
    decode_as={"rdp": "tpkt"},
)
