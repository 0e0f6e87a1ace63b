"""JSON Lines: one object a line, the shapes that `--json` prints and that other programs may rely on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from sensor.correlate.device import DEVICE, Attribute, Device, Reason
from sensor.correlate.listed import Summary
from sensor.correlate.listed import summary as summed
from sensor.model import Conversation, Evidence, Finding, Place, Subject
from sensor.names import shown
from sensor.times import instant

if TYPE_CHECKING:
    from sensor.store.upkeep import Status

GATHERED = 1 << 16  # bytes written at a time
DELETE = b"\x7f"  # the one control character that JSON leaves as it is

Labels = Mapping[tuple[str, str], str]  # site and origin -> how the origin is shown


def lines(objects: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """The objects as text, several to a piece."""
    held = bytearray()
    encode = msgspec.json.Encoder().encode
    for item in objects:
        text = encode(item)
        held += text if text.isascii() and DELETE not in text else _visible(text.decode()).encode()
        held += b"\n"
        if len(held) >= GATHERED:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


def evidence(row: Evidence, labels: Labels) -> dict[str, Any]:
    """A row of evidence."""
    return {
        **_where(row, labels),
        "subject": subject(row.subject),
        "observable": row.observable,
        "value": row.value,
        "protocol": row.protocol,
        "source": row.source,
        "weight": row.weight,
        "count": row.count,
        "first": place(row.first),
        "last": place(row.last),
    }


def conversation(row: Conversation, labels: Labels) -> dict[str, Any]:
    """A conversation of one day in one origin."""
    return {
        **_where(row, labels),
        "client": row.client,
        "server": row.server,
        "port": row.port,
        "transport": row.transport,
        "protocol": row.protocol,
        "encrypted": row.encrypted,
        "client_frames": row.client_frames,
        "client_bytes": row.client_bytes,
        "server_frames": row.server_frames,
        "server_bytes": row.server_bytes,
        "connections": row.connections,
        "first": place(row.first),
        "last": place(row.last),
    }


def finding(row: Finding, labels: Labels) -> dict[str, Any]:
    """A finding of one day in one origin."""
    return {
        **_where(row, labels),
        "subject": subject(row.subject),
        "finding": row.finding,
        "protocol": row.protocol,
        "count": row.count,
        "first": place(row.first),
        "last": place(row.last),
    }


def summary(found: Summary) -> dict[str, Any]:
    """A device; `state` is there only for what is not a device for certain."""
    state = {} if found.state == DEVICE else {"state": found.state}
    return {
        "id": found.id,
        "kind": found.kind,
        "name": found.name,
        "parent": found.parent or None,
        **state,
        "attributes": found.attributes,
        "interfaces": found.interfaces,
        "addresses": [
            {"ip": tenure.ip, "from": instant(tenure.since), "until": instant(tenure.until)}
            for tenure in found.addresses
        ],
        "applications": found.applications,
        "first_seen": instant(found.first_seen),
        "last_seen": instant(found.last_seen),
    }


def device(found: Device) -> dict[str, Any]:
    """The same of a device with its reasons."""
    return summary(summed(found))


def whole_device(found: Device, components: Iterable[str]) -> dict[str, Any]:
    """A device and how it came to be one: subjects, reasons for joining them, other ids, what is behind it."""
    return device(found) | {
        "site": found.site,
        "state": found.state,
        "components": list(components),
        "subjects": [subject(one) for one in found.subjects],
        "merges": found.merges,
        "aliases": found.aliases,
    }


def reasons(found: Device, attribute: Attribute, labels: Labels) -> Iterator[dict[str, Any]]:
    """One object for each value that was claimed, the one believed first; `believed` where it contradicts nothing."""
    believed = [(True, belief) for belief in (attribute.believed, *attribute.also)]
    for true, belief in (*believed, *((False, belief) for belief in attribute.others)):
        yield {
            "device": found.id,
            "attribute": attribute.name,
            "value": belief.value,
            "confidence": belief.confidence,
            "believed": true,
            "reasons": [_reason(reason, found.site, labels) for reason in belief.reasons],
        }


def status(found: Status) -> dict[str, Any]:
    """The state of a database, with its origins."""
    origins = [
        {
            "site": row.site,
            "sensor": row.sensor,
            "origin": row.label,
            "state": row.state,
            "size": row.size,
            "frames": row.frames,
            "bytes": row.bytes,
            "first": instant(row.first) if row.first else None,
            "last": instant(row.last) if row.last else None,
            "counters": row.counters,
            "faults": [{"name": one.name, "count": one.count, "first": place(one.first)} for one in row.faults],
            "version": row.version,
        }
        for row in found.origins
    ]
    same = {"database": found.database, "schema": found.schema, "needed": found.needed, "size": found.size}
    waiting = {"spool": found.spool, "waiting": found.waiting, "waiting_size": found.waiting_size}
    return same | waiting | {"rows": found.rows, "origins": origins}


def _visible(text: str) -> str:
    """What would be invisible or change the direction of text, as escapes; JSON itself escapes ASCII controls."""
    if shown(text) == text:
        return text
    return "".join(each if shown(each) == each else json.dumps(each)[1:-1] for each in text)


def subject(whom: Subject) -> dict[str, Any]:
    """Whom a row is about, as it was on the wire."""
    if whom.behind:
        via: dict[str, Any] = {"mac": whom.mac, "ip": whom.ip}
        if whom.vlan:
            via["vlan"] = whom.vlan
        if whom.application:
            via["application"] = whom.application
        behind = [{"scheme": one.scheme, "value": one.value, "maker": one.maker} for one in whom.behind]
        return {"type": whom.type, "via": via, "behind": behind}
    said: dict[str, Any] = {"type": whom.type, "mac": whom.mac, "ip": whom.ip, "vlan": whom.vlan}
    if whom.application:
        said["application"] = whom.application
    return said


def place(at: Place) -> dict[str, Any]:
    """When, and in which frame."""
    return {"time": instant(at.time), "frame": at.frame}


def _where(row: Evidence | Conversation | Finding, labels: Labels) -> dict[str, Any]:
    origin = labels.get((row.site, row.origin), row.origin)
    return {"site": row.site, "sensor": row.sensor, "origin": origin, "day": row.day}


def _reason(reason: Reason, site: str, labels: Labels) -> dict[str, Any]:
    return {
        "observable": reason.observable,
        "text": reason.text,
        "value": reason.value,
        "weight": reason.weight,
        "rule": reason.rule,
        "protocol": reason.protocol,
        "source": reason.source,
        "counts_as": reason.counts_as or reason.source,
        "subject": subject(reason.subject),
        "origin": labels.get((site, reason.origin), reason.origin),
        "count": reason.count,
        "first": place(reason.first),
        "last": place(reason.last),
    }
