"""Devices as lists and exports show them: of a large site the reasons are most of what is stored, and few are wanted.

Rows come by position, straight from the driver's cursor: there are a hundred thousand of them to print a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from operator import itemgetter

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, case, select
from sqlalchemy.sql.elements import ColumnElement

from sensor.correlate.device import HARDWARE, Tenure
from sensor.correlate.listed import MAKER, SHOWN, Listed, Summary, Value
from sensor.store import schema
from sensor.store.devices import CONTRADICTIONS
from sensor.store.statements import driven


class _Observed(Struct, frozen=True, gc=False):
    """Of a reason what it was said by."""

    observable: str


class _Source(Struct, frozen=True, gc=False):
    """Of a reason whose word it is."""

    source: str
    counts_as: str = ""


_ADDRESSES = msgspec.json.Decoder(tuple[Tenure, ...])
_TEXTS = msgspec.json.Decoder(tuple[str, ...])
_SOURCES = msgspec.json.Decoder(list[_Source])
_OBSERVED = msgspec.json.Decoder(list[_Observed])
_PLAIN = ("id", "kind", "name", "parent", "state", "last_seen", "interfaces", "addresses", "applications")
_SUMMED = (
    "id",
    "kind",
    "name",
    "parent",
    "state",
    "first_seen",
    "last_seen",
    "interfaces",
    "addresses",
    "applications",
)


def listing(
    connection: Connection, site: str | None = None, states: Sequence[str] = (), kinds: Sequence[str] = ()
) -> Iterator[Listed]:
    """Devices in no order; all states and kinds unless some are named."""
    device, attribute = schema.device.c, schema.attribute.c
    wanted = _wanted(site, states, kinds)
    believed = (attribute.place == 0, attribute.name.in_(SHOWN))
    reasons = case((attribute.name == MAKER, attribute.reasons), else_="")
    stated = select(attribute.device, attribute.name, attribute.value, reasons).where(*believed)
    if wanted:
        stated = stated.join(schema.device, attribute.device == device.id).where(*wanted)
    values: dict[str, dict[str, str]] = {}
    sure: set[str] = set()
    for id_, name, value, why in driven(connection, stated):
        values.setdefault(id_, {})[name] = value
        if name == MAKER:
            said = _OBSERVED.decode(why)
            if not said or any(not each.observable.startswith(HARDWARE) for each in said):
                sure.add(id_)
    plain = select(*(device[name] for name in _PLAIN)).where(*wanted)
    for id_, kind, name, parent, state, last_seen, interfaces, addresses, applications in driven(connection, plain):
        yield Listed(
            id_,
            kind,
            name,
            parent,
            state,
            last_seen,
            _TEXTS.decode(interfaces) if interfaces != "[]" else (),
            _ADDRESSES.decode(addresses),
            _TEXTS.decode(applications) if applications != "[]" else (),
            values.get(id_, {}),
            id_ in sure,
        )


def attribute_names(connection: Connection, site: str | None = None, states: Sequence[str] = ()) -> set[str]:
    """What attributes these devices have."""
    device, attribute = schema.device.c, schema.attribute.c
    statement = select(attribute.name).distinct()
    if wanted := _wanted(site, states, ()):
        statement = statement.join(schema.device, attribute.device == device.id).where(*wanted)
    return {name for (name,) in connection.execute(statement)}


def summaries(
    connection: Connection, site: str | None = None, states: Sequence[str] = (), kinds: Sequence[str] = ()
) -> Iterator[Summary]:
    """Likewise, but by id, and with every attribute."""
    device, attribute = schema.device.c, schema.attribute.c
    wanted = _wanted(site, states, kinds)
    reasons = case((attribute.place == 0, attribute.reasons), else_="")
    stated = select(attribute.device, attribute.name, attribute.place, attribute.value, attribute.confidence, reasons)
    if wanted:
        stated = stated.join(schema.device, attribute.device == device.id).where(*wanted)
    values: dict[str, list[tuple[str, int, str, float, str]]] = {}
    for id_, *row in driven(connection, stated):
        values.setdefault(id_, []).append(tuple(row))
    plain = select(*(device[name] for name in _SUMMED)).where(*wanted)
    for id_, kind, name, parent, state, first, last, interfaces, addresses, applications in sorted(
        driven(connection, plain)
    ):
        yield Summary(
            id_,
            kind,
            name,
            parent,
            state,
            first,
            last,
            _TEXTS.decode(interfaces),
            _ADDRESSES.decode(addresses),
            _TEXTS.decode(applications),
            _values(sorted(values.pop(id_, ()))),
        )


def _values(rows: Iterable[tuple[str, int, str, float, str]]) -> dict[str, Value]:
    """The rows of one device, by name and place."""
    found: dict[str, Value] = {}
    for name, group in groupby(rows, key=itemgetter(0)):
        (_, _, believed, confidence, reasons), *more = group
        sources = tuple(sorted({each.counts_as or each.source for each in _SOURCES.decode(reasons)}))
        also = tuple(text for _, place, text, _, _ in more if place < CONTRADICTIONS)
        others = tuple(text for _, place, text, _, _ in more if place >= CONTRADICTIONS)
        found[name] = Value(believed, confidence, sources, others, also)
    return found


def id_length(connection: Connection) -> int:
    """Characters from which on no id or alias begins like one of another device."""
    ids, aliases = schema.device.c, schema.device_alias.c
    names = [(id_, id_) for (id_,) in driven(connection, select(ids.id))]
    names += driven(connection, select(aliases.alias, aliases.device))
    names.sort()
    length = 1
    for (a, one), (b, other) in pairwise(names):
        while a[:length] == b[:length] and one != other:
            length += 1
    return length


def _wanted(site: str | None, states: Sequence[str], kinds: Sequence[str]) -> list[ColumnElement[bool]]:
    device = schema.device.c
    asked = ((device.site, (site,) if site else ()), (device.state, states), (device.kind, kinds))
    return [column.in_(some) for column, some in asked if some]
