"""Devices written as a whole and read back. They are computed, so that everything here can be replaced at any time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Column, Connection, delete, func, insert, or_, select, union

from sensor.correlate.device import Attribute, Belief, Device, Reason, Tenure
from sensor.correlate.listed import Named
from sensor.model import Subject
from sensor.store import schema
from sensor.store.error import UnknownDeviceError
from sensor.store.statements import begins, driven, insert_all
from sensor.store.subjects import CHUNK, COLUMNS, Subjects, subject_of

CONTRADICTIONS = 64  # place from which on values of an attribute contradict the one at 0; those before are true as well
ADDRESSES_AT_ONCE = 50  # that one statement looks for: an expression has a depth that databases bound
AMBIGUOUS_MAX = 5  # ids listed where the beginning of an id fits several

_JSON: dict[str, msgspec.json.Decoder[Any]] = {  # device columns that hold JSON
    "interfaces": msgspec.json.Decoder(tuple[str, ...]),
    "addresses": msgspec.json.Decoder(tuple[Tenure, ...]),
    "applications": msgspec.json.Decoder(tuple[str, ...]),
    "merges": msgspec.json.Decoder(tuple[str, ...]),
}
# these and then those of _JSON: the order of the table
_PLAIN = ("id", "site", "kind", "name", "parent", "state", "first_seen", "last_seen")
_encode = msgspec.json.Encoder().encode
_REASONS = msgspec.json.Decoder(tuple[Reason, ...])


def save(
    connection: Connection,
    subjects: Subjects,
    site: str,
    found: list[Device],
    rules_version: str,
    before: Mapping[str, Device] | None = None,
) -> None:
    """Replaces the devices of a site: all, or those that are not the same as before."""
    names = _names(connection, site)
    aliases = _aliases(found, names)
    if before is None:
        fresh = found
        here = select(schema.device.c.id).where(schema.device.c.site == site)
        for table in (schema.attribute, schema.device_subject, schema.device_alias):
            connection.execute(delete(table).where(table.c.device.in_(here)))
        connection.execute(delete(schema.device).where(schema.device.c.site == site))
    else:
        fresh = [device for device in found if (known := before.get(device.id)) is not device and known != device]
        touched = before.keys() - {device.id for device in found} | {device.id for device in fresh}
        stored = {alias: id_ for alias, id_ in names.items() if alias != id_}
        again = [alias for alias, id_ in stored.items() if id_ in touched or aliases.get(alias) != id_]
        aliases = {alias: id_ for alias, id_ in aliases.items() if id_ in touched or stored.get(alias) != id_}
        _delete(connection, schema.device_alias.c.alias, again)
        for column in (schema.attribute.c.device, schema.device_subject.c.device, schema.device.c.id):
            _delete(connection, column, touched)
    numbers = subjects.numbers(connection, {subject for device in fresh for subject in device.subjects})
    insert_all(connection, schema.device, (_device_row(device, rules_version) for device in fresh))
    insert_all(connection, schema.device_alias, sorted(aliases.items()))
    owned = ((device.id, place, numbers[subject]) for device in fresh for place, subject in enumerate(device.subjects))
    insert_all(connection, schema.device_subject, owned)
    insert_all(connection, schema.attribute, (row for device in fresh for row in _attribute_rows(device)))


def _delete(connection: Connection, column: Column[str], values: Iterable[str]) -> None:
    """The rows with one of these values."""
    left = iter(sorted(values))
    while chunk := list(islice(left, CHUNK)):
        connection.execute(delete(column.table).where(column.in_(chunk)))


def save_ambiguous(connection: Connection, site: str, rows: int) -> None:
    """Beside the devices of a site: how many rows count for none of them."""
    connection.execute(delete(schema.correlation).where(schema.correlation.c.site == site))
    connection.execute(insert(schema.correlation).values(site=site, ambiguous=rows))


def ambiguous(connection: Connection, site: str) -> int:
    """What was saved so, for one site or for all."""
    table = schema.correlation.c
    statement = select(func.coalesce(func.sum(table.ambiguous), 0))
    return int(connection.execute(statement.where(table.site == site) if site else statement).scalar_one())


def load(
    connection: Connection,
    *,
    site: str | None = None,
    states: Sequence[str] | None = None,
    ids: Sequence[str] | None = None,
) -> Iterator[Device]:
    """Devices by id."""
    table = schema.device.c
    statement = select(*(table[name] for name in (*_PLAIN, *_JSON)))
    if site:
        statement = statement.where(table.site == site)
    if states is not None:
        statement = statement.where(table.state.in_(states))
    if ids is not None:
        statement = statement.where(table.id.in_(ids))
    rows = iter(sorted(connection.execute(statement).all(), key=lambda row: str(row.id)))
    while chunk := list(islice(rows, CHUNK)):
        parts = _parts(connection, [row.id for row in chunk])
        for row in chunk:
            plain: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN}
            decoded: dict[str, Any] = {name: decoder.decode(getattr(row, name)) for name, decoder in _JSON.items()}
            yield Device(
                **plain,
                **decoded,
                attributes=parts.attributes.get(row.id, ()),
                subjects=parts.subjects.get(row.id, ()),
                aliases=parts.aliases.get(row.id, ()),
            )


def count(connection: Connection, state: str, site: str | None) -> int:
    """How many devices are in a state."""
    statement = select(func.count()).select_from(schema.device).where(schema.device.c.state == state)
    if site:
        statement = statement.where(schema.device.c.site == site)
    return connection.execute(statement).scalar_one()


def find(connection: Connection, name: str) -> Device:
    """By id, alias, or beginning of either."""
    ids, aliases = schema.device.c, schema.device_alias.c
    exact = union(
        select(ids.id).where(ids.id == name),
        select(aliases.device).where(aliases.alias == name),
    )
    found = list(connection.execute(exact).scalars())
    if not found and name:
        like = union(
            select(ids.id).where(begins(ids.id, name)),
            select(aliases.device).where(begins(aliases.alias, name)),
        )
        found = sorted(connection.execute(like).scalars())
    if not found:
        raise UnknownDeviceError(f"no device has the id {name!r}; sensor devices lists them")
    if len(found) > 1:
        more = " ..." if len(found) > AMBIGUOUS_MAX else ""
        raise UnknownDeviceError(
            f"{name!r} is the beginning of {' '.join(found[:AMBIGUOUS_MAX])}{more}; give more of it"
        )
    return next(load(connection, ids=found))


def near(connection: Connection, device: Device) -> Iterator[Device]:
    """The devices with a serial number that ever held an address that this one held, itself among them."""
    table, stated = schema.device.c, schema.attribute.c
    numbered = select(stated.device).where(stated.name == "serial", stated.place == 0)
    here = select(table.id).where(table.site == device.site, table.id.in_(numbered))
    found: set[str] = set()
    left = iter(sorted({tenure.ip for tenure in device.addresses}))
    while chunk := list(islice(left, ADDRESSES_AT_ONCE)):
        held = or_(*(table.addresses.contains(f'"ip":"{ip}"') for ip in chunk))
        found.update(connection.execute(here.where(held)).scalars())
    return load(connection, ids=sorted(found))


def behind(connection: Connection, id_: str) -> list[Named]:
    """The devices that a device speaks of, by id."""
    table = schema.device.c
    rows = connection.execute(select(table.id, table.kind, table.name).where(table.parent == id_))
    return sorted(Named(*row) for row in rows)


def rules_version(connection: Connection, site: str) -> str | None:
    """Of the devices of a site."""
    table = schema.device.c
    return connection.execute(select(table.rules_version).where(table.site == site).limit(1)).scalar()


def _names(connection: Connection, site: str) -> dict[str, str]:
    """Every id and alias that the devices of a site have had -> the id it means now."""
    ids, aliases = schema.device.c, schema.device_alias.c
    names = {id_: id_ for (id_,) in driven(connection, select(ids.id).where(ids.site == site))}
    statement = select(aliases.alias, aliases.device).join(schema.device).where(ids.site == site)
    names.update(driven(connection, statement))
    return names


def _aliases(found: list[Device], before: dict[str, str]) -> dict[str, str]:
    """The aliases that devices bring, and the old names whose device goes on under some name."""
    live = {device.id for device in found}
    now: dict[str, str] = {}
    for device in found:
        now.update((alias, device.id) for alias in device.aliases if alias not in live)
    kept = {
        name: id_ if id_ in live else now[id_]
        for name, id_ in before.items()
        if name not in live and name not in now and (id_ in live or id_ in now)
    }
    return now | kept


def _device_row(device: Device, rules_version: str) -> tuple[Any, ...]:
    plain = [getattr(device, name) for name in _PLAIN]
    return (*plain, *(_encode(getattr(device, name)).decode() for name in _JSON), rules_version)


def _attribute_rows(device: Device) -> Iterator[tuple[Any, ...]]:
    for attribute in device.attributes:
        true = enumerate((attribute.believed, *attribute.also))
        for place, belief in (*true, *enumerate(attribute.others, CONTRADICTIONS)):
            reasons = _encode(belief.reasons).decode()
            yield device.id, attribute.name, place, belief.value, belief.confidence, reasons


class _Parts(Struct, frozen=True):
    """What devices have many of, by device id."""

    attributes: dict[str, tuple[Attribute, ...]]
    subjects: dict[str, tuple[Subject, ...]]
    aliases: dict[str, tuple[str, ...]]


def _parts(connection: Connection, ids: list[str]) -> _Parts:
    """Attributes, subjects and aliases of some devices."""
    table = schema.attribute.c
    statement = select(table.device, table.name, table.place, table.value, table.confidence, table.reasons)
    stated = connection.execute(statement.where(table.device.in_(ids))).all()
    rows: list[Sequence[Any]] = sorted(stated, key=lambda row: tuple(row[:3]))
    attributes = {id_: tuple(_attributes(group)) for id_, group in groupby(rows, key=lambda row: str(row[0]))}

    owned = schema.device_subject.c
    of = select(owned.device, owned.place, *COLUMNS).join(schema.subject).where(owned.device.in_(ids))
    held: list[Sequence[Any]] = sorted(connection.execute(of).all(), key=lambda row: tuple(row[:2]))
    subjects = {id_: tuple(subject_of(r, 2) for r in group) for id_, group in groupby(held, key=lambda r: str(r[0]))}

    names = schema.device_alias.c
    chosen = connection.execute(select(names.device, names.alias).where(names.device.in_(ids)))
    pairs = sorted((str(id_), str(alias)) for id_, alias in chosen)
    aliases = {id_: tuple(alias for _, alias in group) for id_, group in groupby(pairs, key=lambda pair: pair[0])}
    return _Parts(attributes, subjects, aliases)


def _attributes(rows: Iterable[Sequence[Any]]) -> Iterator[Attribute]:
    for name, group in groupby(rows, key=lambda row: str(row[1])):
        parts: tuple[list[Belief], list[Belief]] = ([], [])
        for _, _, place, value, confidence, reasons in group:
            parts[place >= CONTRADICTIONS].append(Belief(value, confidence, _REASONS.decode(reasons)))
        (believed, *also), others = parts
        yield Attribute(name, believed, tuple(others), tuple(also))
