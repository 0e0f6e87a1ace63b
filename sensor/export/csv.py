"""Comma-separated values for spreadsheets (RFC 4180, UTF-8), with what they would run as a formula defused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sensor.correlate.device import Device
from sensor.export.cells import GATHERED, Row, defused
from sensor.model import Conversation, Evidence, Finding, Subject
from sensor.times import instant

ATTRIBUTES = (  # columns that are always there, in this order; what else devices have follows by name
    "manufacturer",
    "model",
    "serial",
    "udi",
    "software",
    "os",
    "hostname",
    "location",
)
WHERE = ("site", "sensor", "origin", "day")
SUBJECT = ("type", "mac", "ip", "vlan", "application", "behind")
PLACES = ("first_time", "first_frame", "last_time", "last_frame")

Labels = Mapping[tuple[str, str], str]


def lines(rows: Iterable[Row]) -> Iterator[bytes]:
    """The rows as text, several to a piece."""
    held = io.StringIO(newline="")
    writer = csv.writer(held)
    for row in rows:
        writer.writerow([defused(cell) if isinstance(cell, str) else cell for cell in row])
        if held.tell() >= GATHERED:
            yield held.getvalue().encode()
            held.seek(0)
            held.truncate()
    if held.tell():
        yield held.getvalue().encode()


def attribute_columns(names: Iterable[str]) -> tuple[str, ...]:
    """The columns of devices that have attributes of these names."""
    return (*ATTRIBUTES, *sorted({*names} - {*ATTRIBUTES, "kind"}))


def devices(found: Iterable[Device], attributes: Sequence[str]) -> Iterator[Row]:
    """A row for each device; several addresses or applications share a cell."""
    yield (
        "id",
        "site",
        "kind",
        "name",
        "parent",
        *attributes,
        "interfaces",
        "addresses",
        "applications",
        "first_seen",
        "last_seen",
    )
    for device in found:
        believed = {one.name: one.believed.value for one in device.attributes}
        yield (
            device.id,
            device.site,
            device.kind,
            device.name,
            device.parent,
            *(believed.get(name, "") for name in attributes),
            " ".join(device.interfaces),
            " ".join(dict.fromkeys(tenure.ip for tenure in device.addresses)),
            " ".join(device.applications),
            instant(device.first_seen),
            instant(device.last_seen),
        )


def evidence(found: Iterable[Evidence], labels: Labels) -> Iterator[Row]:
    """A row for each row of evidence."""
    yield (*WHERE, *SUBJECT, "observable", "value", "protocol", "source", "weight", "count", *PLACES)
    for row in found:
        said = (row.observable, row.value, row.protocol, row.source, row.weight, row.count)
        yield (*_where(row, labels), *_subject(row.subject), *said, *_places(row))


def conversations(found: Iterable[Conversation], labels: Labels) -> Iterator[Row]:
    """A row for each conversation of a day in an origin."""
    ends = ("client", "server", "port", "transport", "protocol", "encrypted")
    counts = ("client_frames", "client_bytes", "server_frames", "server_bytes", "connections")
    yield (*WHERE, *ends, *counts, *PLACES)
    for row in found:
        yield (
            *_where(row, labels),
            row.client,
            row.server,
            row.port,
            row.transport,
            row.protocol,
            "yes" if row.encrypted else "no",
            row.client_frames,
            row.client_bytes,
            row.server_frames,
            row.server_bytes,
            row.connections,
            *_places(row),
        )


def findings(found: Iterable[Finding], labels: Labels) -> Iterator[Row]:
    """A row for each finding of a day in an origin."""
    yield (*WHERE, *SUBJECT, "finding", "protocol", "count", *PLACES)
    for row in found:
        yield (*_where(row, labels), *_subject(row.subject), row.finding, row.protocol, row.count, *_places(row))


def _where(row: Evidence | Conversation | Finding, labels: Labels) -> tuple[str, ...]:
    return (row.site, row.sensor, labels.get((row.site, row.origin), row.origin), row.day)


def _subject(whom: Subject) -> Row:
    behind = "; ".join(f"{one.scheme} {one.value} {one.maker}".rstrip() for one in whom.behind)
    return (whom.type, whom.mac, whom.ip, whom.vlan, whom.application, behind)


def _places(row: Evidence | Conversation | Finding) -> Row:
    return (instant(row.first.time), row.first.frame, instant(row.last.time), row.last.frame)
