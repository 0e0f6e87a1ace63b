"""SQL Server Browser: which databases a host has. MC-SQLR 2.2.5.

An answer: 5, length 2 (little-endian), and names and values between semicolons, an empty pair behind each instance.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsers.api import SENDER, DatagramSpec, Event, Odd, Said
from parsers.reading import printable, u16le

ANSWER = 5
HEAD = 3
BEGINNING = b"ServerName;"
INSTANCES_MAX = 16
FIELDS = {
    "ServerName": "sqlbrowser.server_name",
    "InstanceName": "sqlbrowser.database",
    "Version": "sqlbrowser.version",
}


def probe(first: bytes) -> bool | None:
    """An answer that begins as all do."""
    if first[:1] != b"\x05"[: len(first)] or not BEGINNING.startswith(first[HEAD : HEAD + len(BEGINNING)]):
        return False
    return True if len(first) >= HEAD + len(BEGINNING) else None


def read(data: bytes) -> Iterator[Event]:
    if len(data) < HEAD or u16le(data, 1) > len(data) - HEAD:
        yield Odd("sqlbrowser.cut_short")
    for instance in data[HEAD:].split(b";;")[:INSTANCES_MAX]:
        parts = instance.split(b";")
        pairs = zip(parts[::2], parts[1::2], strict=False)
        texts = [(FIELDS.get(printable(name), ""), printable(value)) for name, value in pairs]
        if fields := tuple((name, text) for name, text in texts if name and text):
            yield Said(SENDER, fields)


SPEC = DatagramSpec(
    name="sqlbrowser",
    title="SQL Server Browser",
    carriers=frozenset({"udp"}),
    ports=frozenset({1434}),
    probe=probe,
    read=read,
    emits={"sqlbrowser.server_name": 0.9, "sqlbrowser.database": 0.7, "sqlbrowser.version": 0.9},
    never_reads="paths of pipes, ports",
)
