"""Old days made one: rows that differ only in day and origin become one, which says first, last and count of all.

Never across a change of holder (`stretches`), so that devices computed from what is left are those that were computed
before. It is done in turns of a few thousand rows, one transaction each, and may end after any of them. On which days a
subject was seen stays in `sightings`. A row that stands for several days has the first of them, written with dots: the
next time it is known that its days were counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Table, bindparam, case, delete, func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from sensor.correlate.lifecycle import Day, days_of
from sensor.correlate.stretches import Lease, Stretches
from sensor.model import Evidence, Place, Subject
from sensor.store import schema, sightings
from sensor.store.days import SEPARATOR, compacted, is_apart, plain
from sensor.store.origin import CAPTURE, COMPLETE, LIVE, PARTIAL
from sensor.store.statements import SUMS, delete_all, insert_all

ROWS_MAX = 4_000  # of a turn, unless one subject has more: a tenth of a second or two
PLACES = ("first_time", "first_frame", "last_time", "last_frame")  # the last columns of each table
SECOND = 10**9

Row = tuple[Any, ...]
Span = tuple[Any, Any]  # first and last subject, or client, of a turn


class Terms(Struct, frozen=True):
    """What correlation needs to be able to tell afterwards.

    proofs: observables whose value is an address that an interface has. leases: those that tell how long an address was
    leased -> those that tell which. claims: the observable of which an interface may say `claims_max` values a day
    before each day matters. uses: as `lifecycle.life` takes them."""

    proofs: Collection[str] = ()
    leases: Mapping[str, str] = {}
    claims: str = ""
    claims_max: int = 0
    uses: Mapping[str, str] = {}


class Compacted(Struct, frozen=True):
    """Rows that a turn looked at, and what is left of them, by table."""

    before: Counter[str]
    after: Counter[str]


class Plan(Struct, frozen=True):
    """Everything that all turns share. before: the first day that is left alone."""

    site: str
    before: str
    origins: Mapping[int, tuple[str, str]]  # number -> sensor and id
    stretches: Stretches
    claimants: Collection[str]  # interfaces whose claims are left alone
    turns: Sequence[tuple[Table, Span]]


def plan(connection: Connection, site: str, before: str, terms: Terms) -> Plan:
    """What there is to do. Captures that are read only in part are left alone, since they will be read again; so are
    those of a loopback interface, of which it matters what else is in them."""
    origins = _origins(connection, site)
    here = _numbers(schema.evidence, origins)
    turns = [(schema.evidence, span) for span in _spans(connection, schema.evidence, "subject", origins, before)]
    turns += [(schema.finding, span) for span in _spans(connection, schema.finding, "subject", origins, before)]
    turns += [
        (schema.conversation, span) for span in _spans(connection, schema.conversation, "client", origins, before)
    ]
    if not turns:
        return Plan(site, before, origins, Stretches(()), frozenset(), turns)
    return Plan(
        site,
        before,
        origins,
        Stretches(*_sayings(connection, here, terms)),
        _claimants(connection, here, terms),
        turns,
    )


def turn(connection: Connection, plan: Plan, table: Table, span: Span, terms: Terms, *, dry: bool) -> Compacted:
    """Makes the rows of a few subjects, or of the conversations of a few clients, one. dry: only counts them."""
    along = table.c.client if table is schema.conversation else table.c.subject
    statement = select(table).where(
        _numbers(table, plan.origins), along.between(*span), plain(table.c.day) < plan.before
    )
    rows: list[Row] = [tuple(row) for row in connection.execute(statement)]
    subjects = _subjects(connection, span) if table is not schema.conversation else {}
    merging = Merging(table, plan, terms, subjects)
    gone, made = merging(rows)
    if gone and not dry:
        if table is schema.evidence:
            sightings.add(connection, plan.site, merging.days(rows, gone))
        delete_all(connection, table, gone)
        insert_all(connection, table, made)
        touched = sorted({row[0] for row in gone})
        statement_ = update(schema.origin).where(
            schema.origin.c.number.in_(touched), schema.origin.c.compacted < plan.before
        )
        connection.execute(statement_.values(compacted=plan.before))
    return Compacted(Counter({table.name: len(rows)}), Counter({table.name: len(rows) - len(gone) + len(made)}))


class Merging:
    """Rows of one table that become one."""

    def __init__(self, table: Table, plan: Plan, terms: Terms, subjects: Mapping[int, Subject]) -> None:
        self._plan = plan
        self._terms = terms
        self._subjects = subjects
        names = [column.name for column in table.columns]
        self._key = len(table.primary_key.columns)
        self._day = names.index("day")
        self._sums = [at for at, name in enumerate(names) if name in SUMS]
        self._weight = names.index("weight") if "weight" in names else None
        self._encrypted = names.index("encrypted") if "encrypted" in names else None
        self._spoken = table is schema.evidence
        self._between = table is schema.conversation

    def __call__(self, rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
        """The keys of the rows that go, and the rows that take their place."""
        groups: dict[Row, list[Row]] = {}
        for row in rows:
            groups.setdefault(self._group(row), []).append(row)
        keys = {row[: self._key] for row in rows}
        gone: list[Row] = []
        made: list[Row] = []
        for group in groups.values():
            one = self._one(group)
            mine = [row[: self._key] for row in group]
            if mine == [one[: self._key]]:
                continue
            if one[: self._key] in keys and one[: self._key] not in mine:
                continue  # late rows of a day that was compacted before; they stay as they are
            gone += mine
            made.append(one)
        return gone, made

    def days(self, rows: Iterable[Row], gone: Iterable[Row]) -> dict[int, list[Day]]:
        """On which days each subject was seen, of rows that go and were not counted yet."""
        keys = set(gone)
        new = [row for row in rows if SEPARATOR in row[self._day] and row[: self._key] in keys]
        new.sort(key=lambda row: int(row[1]))
        return {
            number: list(days_of(map(self._evidence, group), self._terms.uses))
            for number, group in groupby(new, key=lambda row: int(row[1]))
        }

    def _group(self, row: Row) -> Row:
        """What rows have in common that become one."""
        first, last = row[-4], row[-2]
        stretches = [self._plan.stretches.of(ip, first, last) for ip in self._addresses(row)]
        if None in stretches or self._is_claim(row):
            return row[: self._key]
        encrypted = () if self._encrypted is None else (row[self._encrypted],)
        sensor = self._plan.origins[row[0]][0]
        return (sensor, *row[1 : self._day], *row[self._day + 1 : self._key], *encrypted, *stretches)

    def _addresses(self, row: Row) -> Iterator[str]:
        if self._between:
            yield from (row[2], row[3])
            return
        yield self._subjects[row[1]].ip
        if self._spoken and row[2] in self._terms.proofs:
            yield row[4]

    def _is_claim(self, row: Row) -> bool:
        return self._spoken and row[2] == self._terms.claims and self._subjects[row[1]].mac in self._plan.claimants

    def _one(self, group: Sequence[Row]) -> Row:
        """As `folding.merged` makes one of two: where it was seen first is where it stays."""
        earliest = min(group, key=lambda row: (row[-4], row[-3], *reversed(self._plan.origins[row[0]])))
        one = list(earliest)
        one[self._day] = compacted(earliest[self._day])
        for at in self._sums:
            one[at] = sum(row[at] for row in group)
        if self._weight is not None:
            one[self._weight] = max(row[self._weight] for row in group)
        one[-2:] = max(row[-2:] for row in group)
        return tuple(one)

    def _evidence(self, row: Row) -> Evidence:
        sensor, origin = self._plan.origins[row[0]]
        _, number, observable, day, value, source, protocol, weight, count, *at = row
        return Evidence(
            site=self._plan.site,
            sensor=sensor,
            origin=origin,
            day=day,
            subject=self._subjects[number],
            observable=observable,
            value=value,
            protocol=protocol,
            source=source,
            weight=weight,
            count=count,
            first=Place(at[0], at[1]),
            last=Place(at[2], at[3]),
        )


EXPIRING = ("evidence", "finding", "conversation")  # tables of which old rows may be forgotten


def expire(connection: Connection, site: str, table: Table, until: int, *, dry: bool) -> int:
    """Forgets rows of a table that were last seen before `until` (ns). Gives their number."""
    old = (_numbers(table, _origins(connection, site)), table.c.last_time < until)
    count = connection.execute(select(func.count()).select_from(table).where(*old)).scalar_one()
    if count and not dry:
        connection.execute(delete(table).where(*old))
    return int(count)


def _origins(connection: Connection, site: str) -> dict[int, tuple[str, str]]:
    table, about = schema.origin.c, schema.subject.c
    loopback = (
        select(schema.evidence.c.origin)
        .join(schema.subject, about.number == schema.evidence.c.subject)
        .where(or_(about.ip.like("127.%"), about.ip == "::1"))
    )
    whole = or_(table.kind == LIVE, (table.kind == CAPTURE) & table.state.in_((COMPLETE, PARTIAL)))
    statement = select(table.number, table.sensor, table.id).where(
        table.site == site, whole, table.number.not_in(loopback)
    )
    return {number: (sensor, id_) for number, sensor, id_ in connection.execute(statement)}


def _numbers(table: Table, origins: Iterable[int]) -> ColumnElement[bool]:
    """Of these origins; written into the statement, since there may be more than it may have parameters."""
    listed: Any = bindparam("origins", sorted(origins), expanding=True, literal_execute=True)
    return table.c.origin.in_(listed)


def _spans(connection: Connection, table: Table, along: str, origins: Iterable[int], before: str) -> Iterator[Span]:
    """Subjects, or clients, that have old rows of single days, cut into turns."""
    column = table.c[along]
    statement = (
        select(column, func.count())
        .where(_numbers(table, origins), plain(table.c.day) < before)
        .group_by(column)
        .having(func.sum(case((is_apart(table.c.day), 1), else_=0)) > 0)
    )
    counted = sorted((name, count) for name, count in connection.execute(statement))
    first, held = 0, 0
    for at, (_, count) in enumerate(counted):
        if held and held + count > ROWS_MAX:
            yield counted[first][0], counted[at - 1][0]
            first, held = at, 0
        held += count
    if held:
        yield counted[first][0], counted[-1][0]


def _sayings(
    connection: Connection, here: ColumnElement[bool], terms: Terms
) -> tuple[list[tuple[str, int, int, str]], list[Lease]]:
    """Which interface was seen with which address, from when to when; and leases."""
    table, about = schema.evidence.c, schema.subject.c
    of = schema.evidence.join(schema.subject, about.number == table.subject)
    both = (
        select(about.ip, func.min(table.first_time), func.max(table.last_time), about.mac)
        .select_from(of)
        .where(here, about.mac != "", about.ip != "", about.behind == "[]")
        .group_by(about.number, about.ip, about.mac)
    )
    sayings = [(ip, first, last, mac) for ip, first, last, mac in connection.execute(both)]
    wanted = sorted({*terms.proofs, *terms.leases})
    said = (
        select(table.observable, table.value, table.first_time, table.last_time, about.mac)
        .select_from(of)
        .where(here, table.observable.in_(wanted), about.mac != "", about.ip == "")
    )
    leases: list[tuple[str, str, int, str]] = []
    longest: Counter[tuple[str, str]] = Counter()
    for observable, value, first, last, mac in connection.execute(said):
        if observable not in terms.leases:
            sayings.append((value, first, last, mac))
            if observable in terms.leases.values():
                leases.append((observable, value, last, mac))
        elif value.isdecimal():
            whose = (mac, terms.leases[observable])
            longest[whose] = max(longest[whose], int(value) * SECOND)
    return sayings, [(ip, mac, last, last + longest[mac, observable]) for observable, ip, last, mac in leases]


def _claimants(connection: Connection, here: ColumnElement[bool], terms: Terms) -> frozenset[str]:
    table, about = schema.evidence.c, schema.subject.c
    statement = (
        select(about.mac)
        .select_from(schema.evidence.join(schema.subject, about.number == table.subject))
        .where(here, table.observable == terms.claims)
        .group_by(about.mac, table.day)
        .having(func.count(func.distinct(table.value)) > terms.claims_max)
    )
    return frozenset(connection.execute(statement).scalars())


def _subjects(connection: Connection, span: Span) -> dict[int, Subject]:
    """Addresses of subjects: what else they are does not matter here."""
    table = schema.subject.c
    statement = select(table.number, table.mac, table.ip).where(table.number.between(*span))
    return {number: Subject(mac, ip) for number, mac, ip in connection.execute(statement)}
