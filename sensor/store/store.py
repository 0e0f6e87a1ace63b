"""The inventory's database: origins are begun, added to and finished; evidence and devices are read back.

Every method that writes is one transaction. Errors are `StoreError`; what was committed before stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from msgspec.structs import replace
from sqlalchemy import Connection, Engine

from sensor.correlate.decisions import Decision
from sensor.correlate.device import Device
from sensor.correlate.lifecycle import Day
from sensor.correlate.listed import Listed, Named, Summary
from sensor.model import Conversation, Evidence, Finding, Subject
from sensor.push.record import Record
from sensor.rows import Origin, Rows
from sensor.store import (
    compacting,
    connect,
    decisions,
    devices,
    listing,
    origins,
    pushed,
    reads,
    schema,
    sightings,
    whole,
)
from sensor.store.compacting import Compacted
from sensor.store.crowds import Crowds
from sensor.store.origin import INTERRUPTED, OriginRow
from sensor.store.origins import Group
from sensor.store.reads import ALL, Wanted
from sensor.store.statements import upserts
from sensor.store.subjects import Subjects

PRUNE_EVERY = (
    500_000  # rows added to one origin before its surplus values are dropped, so that a flood of them stays small
)


class Store:
    """An open database. Use as a context manager, or `close` it."""

    def __init__(self, engine: Engine, address: connect.Address) -> None:
        self.shown = address.shown
        self._engine = engine
        self._address = address
        self._upserts = upserts(engine)
        self._subjects = Subjects()
        self._numbers: dict[Origin, int] = {}
        self._started: dict[Origin, int] = {}  # tells who began an origin
        self._crowds: dict[Origin, Crowds] = {}
        self._added: dict[Origin, int] = {}
        self._pruned: dict[Origin, int] = {}

    @classmethod
    def open(cls, url: str, *, create: bool = True, write: bool = True) -> Store:
        """Opens the database at `url` (sqlite:///inventory.db), and makes it if it is not there and `create`.

        create=False, write=False is for what only reads: it works on a read-only disk and never takes a lock.
        """
        address = connect.Address(url)
        engine = connect.engine(address, create=create, write=write)
        try:
            if create and connect.revision(engine, address) is None:
                connect.bring_up(engine, address)
            connect.check(engine, address)
            if write:
                connect.use_journal(engine, address)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, address)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes every connection; SQLite folds its journal into the file."""
        self._engine.dispose()

    # Writing an origin: begin, add as often as needed, finish (or roll back).

    def seen(self, origin: Origin) -> str | None:
        """The state of an origin (`sensor.store.origin`), or None if it was never begun."""
        with connect.reading(self._engine, self._address) as connection:
            return origins.state(connection, origin)

    def begin(self, row: OriginRow) -> None:
        """Opens an origin for reading: what an earlier read of it left is removed, its state is `reading`."""
        with self._writing() as connection:
            number = origins.begin(connection, row)
        self._begun(row, number)

    def add(
        self,
        origin: Origin,
        evidence: Sequence[Evidence] = (),
        conversations: Sequence[Conversation] = (),
        findings: Sequence[Finding] = (),
    ) -> None:
        """Merges rows of an origin that was begun. Site, sensor and origin are the origin's, whatever the rows say.

        The same key may come again, in this batch or later: counts add, so hand over each sighting once.
        """
        number = self._numbers[origin]
        with self._writing() as connection:
            subjects = {row.subject for row in evidence} | {row.subject for row in findings}
            origins.held(connection, number, self._started[origin])
            numbers = self._subjects.numbers(connection, subjects)
            said = [origins.evidence_row(number, numbers, e) for e in evidence]
            self._upserts.evidence(connection, said)
            self._upserts.conversation(connection, [origins.conversation_row(number, c) for c in conversations])
            self._upserts.finding(connection, [origins.finding_row(number, numbers, f) for f in findings])
            pruned = self._watch(connection, origin, len(said), origins.groups(said))
        self._pruned[origin] += pruned

    def fold(self, rows: Rows, batch: int = 0) -> int:
        """Merges what a ledger held, likewise; its origin was begun. batch: its number, from 1: then it is merged once,
        however often it is handed over. Returns how many sightings were dropped, of whatever batch, because their
        subject said too many values on a day."""
        number = self._numbers[rows.origin]
        with self._writing() as connection:
            if not origins.is_new_batch(connection, number, self._started[rows.origin], batch):
                return 0
            used = {key[1] for key, _ in rows.said}
            used.update(key[1] for key in rows.flags)
            numbers = self._subjects.by_number(connection, rows.subjects, used)
            self._upserts.evidence(connection, origins.folded_evidence(number, numbers, rows))
            self._upserts.conversation(connection, origins.folded_conversations(number, rows))
            self._upserts.finding(connection, origins.folded_findings(number, numbers, rows))
            pruned = self._watch(connection, rows.origin, len(rows.said), origins.folded_groups(numbers, rows))
        self._pruned[rows.origin] += pruned
        return pruned

    def resume(self, row: OriginRow) -> None:
        """Opens an origin to which more is to be added, without removing what is there."""
        with self._writing() as connection:
            number = origins.number(connection, row.key)
            if number is None:
                number = origins.begin(connection, row)
        self._begun(row, number)

    def finish(self, row: OriginRow) -> int:
        """Closes an origin with its last state and counters. Returns how many sightings were dropped because their
        subject said more values on a day than are kept; they are also counted as `evidence.sightings_capped`."""
        number = self._numbers[row.key]
        with self._writing() as connection:
            origins.held(connection, number, row.started)
            pruned = self._pruned[row.key] + origins.prune(connection, number, self._crowds[row.key].suspects())
            origins.finish(connection, number, row, pruned)
        return pruned

    def note(self, row: OriginRow) -> None:
        """Stores the counters of an origin to which more is being added."""
        with self._writing() as connection:
            origins.finish(connection, self._numbers[row.key], row, self._pruned[row.key])

    def abandon(self, row: OriginRow) -> None:
        """Marks an origin as interrupted that somebody else began and can no longer finish."""
        with self._writing() as connection:
            number = origins.number(connection, row.key)
            if number is not None:
                origins.finish(connection, number, replace(row, state=INTERRUPTED), 0)

    def rename(self, origin: Origin, id: str) -> Origin:  # noqa: A002  # the column's name
        """Gives an origin its true id, where that is known only at the end (standard input)."""
        new = Origin(origin.site, origin.sensor, id)
        with self._writing() as connection:
            origins.rename(connection, self._numbers[origin], new)
        for held in (self._numbers, self._started, self._added, self._pruned):
            held[new] = held.pop(origin)
        self._crowds[new] = self._crowds.pop(origin)
        return new

    def roll_back(self, origin: Origin) -> None:
        """Removes an origin and all that was read from it."""
        with self._writing() as connection:
            origins.remove(connection, origin)
        for held in (self._numbers, self._started, self._added, self._pruned, self._crowds):
            held.pop(origin, None)

    # Reading. Rows come in an order that depends on what they say alone, never on when they were stored.

    def origins(self, wanted: Wanted = ALL) -> list[OriginRow]:
        """Every origin, by site, sensor, name and id."""
        with connect.reading(self._engine, self._address) as connection:
            return reads.origins(connection, wanted)

    def labels(self) -> dict[tuple[str, str], str]:
        """How the origin of a row is shown, by (site, origin)."""
        return {(row.site, row.id): row.label for row in self.origins()}

    def evidence(self, wanted: Wanted = ALL) -> Iterator[Evidence]:
        """Evidence by site, subject, observable, value, day, source, protocol, sensor and origin."""
        with connect.reading(self._engine, self._address) as connection:
            yield from reads.evidence(connection, wanted)

    def conversations(self, wanted: Wanted = ALL) -> Iterator[Conversation]:
        """Conversations by site, client, server, port, transport, protocol, day, sensor and origin."""
        with connect.reading(self._engine, self._address) as connection:
            yield from reads.conversations(connection, wanted)

    def findings(self, wanted: Wanted = ALL) -> Iterator[Finding]:
        """Findings by site, name, subject, day, protocol, sensor and origin."""
        with connect.reading(self._engine, self._address) as connection:
            yield from reads.findings(connection, wanted)

    def site_evidence(self, site: str, about: Collection[Subject] | None = None) -> Iterator[Evidence]:
        """All evidence of a site, or that about some subjects, in no order: faster than `evidence`, and smaller in
        memory."""
        with connect.reading(self._engine, self._address) as connection:
            if about is None:
                yield from whole.evidence(connection, self._subjects, site)
            else:
                yield from whole.evidence_about(connection, self._subjects, site, about)

    def site_served(
        self, site: str, protocols: Collection[str], clients: Collection[str] | None = None
    ) -> Iterator[Conversation]:
        """Its conversations of these protocols that were answered, in no order; only of these clients, if given."""
        with connect.reading(self._engine, self._address) as connection:
            yield from whole.served(connection, site, protocols, clients)

    # Old days made one.

    def compact(self, site: str, before: str, terms: compacting.Terms, *, dry: bool = False) -> Iterator[Compacted]:
        """Makes rows of days before `before` one, turn by turn; each is a transaction. dry: only says what it would."""
        with connect.reading(self._engine, self._address) as connection:
            plan = compacting.plan(connection, site, before, terms)
        for table, span in plan.turns:
            opened = connect.reading(self._engine, self._address) if dry else self._writing()
            with opened as connection:
                done = compacting.turn(connection, plan, table, span, terms, dry=dry)
            yield done

    def expire(self, site: str, rows: str, until: int, *, dry: bool = False) -> int:
        """Forgets the rows of a table (`compacting.EXPIRING`) of a site that were last seen before `until` (ns)."""
        opened = connect.reading(self._engine, self._address) if dry else self._writing()
        with opened as connection:
            return compacting.expire(connection, site, schema.metadata.tables[rows], until, dry=dry)

    def sightings(self, device: str) -> list[tuple[Subject, Day]]:
        """On which days the subjects of a device were seen, of days of which there are no rows any more."""
        with connect.reading(self._engine, self._address) as connection:
            return list(sightings.of_device(connection, device))

    def shrink(self) -> None:
        """Gives the room of rows that are gone back to the disk. On PostgreSQL its server does that by itself."""
        connect.shrink(self._engine, self._address)

    # Devices: computed elsewhere, kept here as a whole.

    def save_devices(
        self,
        site: str,
        found: Iterable[Device],
        rules_version: str = "",
        *,
        ambiguous: int = 0,
        before: Mapping[str, Device] | None = None,
    ) -> None:
        """Replaces all devices of a site. An id that is gone stays an alias of the device that took its place.
        ambiguous: rows of evidence that could be one of several devices', and count for none. before: what was saved
        last, by id: then what is the same is not written again."""
        with self._writing() as connection:
            devices.save(connection, self._subjects, site, list(found), rules_version, before)
            devices.save_ambiguous(connection, site, ambiguous)

    def ambiguous(self, site: str) -> int:
        """Rows of evidence that count for no device, since they could be one of several devices'."""
        with connect.reading(self._engine, self._address) as connection:
            return devices.ambiguous(connection, site)

    def devices(self, site: str | None = None, states: Sequence[str] | None = None) -> Iterator[Device]:
        """Devices by id; of one site and in some states (`sensor.correlate.device`) only, if given."""
        with connect.reading(self._engine, self._address) as connection:
            yield from devices.load(connection, site=site, states=states)

    def listing(self, site: str | None = None, states: Sequence[str] = (), kinds: Sequence[str] = ()) -> list[Listed]:
        """Devices as a list shows them, in no order; all states and kinds unless some are named."""
        with connect.reading(self._engine, self._address) as connection:
            return list(listing.listing(connection, site, states, kinds))

    def attribute_names(self, site: str | None = None, states: Sequence[str] = ()) -> set[str]:
        """The attributes that any of these devices has."""
        with connect.reading(self._engine, self._address) as connection:
            return listing.attribute_names(connection, site, states)

    def summaries(
        self, site: str | None = None, states: Sequence[str] = (), kinds: Sequence[str] = ()
    ) -> Iterator[Summary]:
        """Likewise by id, and with every attribute."""
        with connect.reading(self._engine, self._address) as connection:
            yield from listing.summaries(connection, site, states, kinds)

    def count_devices(self, state: str, site: str | None = None) -> int:
        """How many are in a state."""
        with connect.reading(self._engine, self._address) as connection:
            return devices.count(connection, state, site)

    def device(self, name: str) -> Device:
        """The device with this id, alias, or beginning of an id; `UnknownDeviceError` if there is not exactly one."""
        with connect.reading(self._engine, self._address) as connection:
            return devices.find(connection, name)

    def near(self, device: Device) -> list[Device]:
        """The devices with a serial number that ever held an address that this one held, itself among them."""
        with connect.reading(self._engine, self._address) as connection:
            return list(devices.near(connection, device))

    def behind(self, id_: str) -> list[Named]:
        """The devices that a device speaks of, by id."""
        with connect.reading(self._engine, self._address) as connection:
            return devices.behind(connection, id_)

    def id_length(self) -> int:
        """How much of an id names one device alone."""
        with connect.reading(self._engine, self._address) as connection:
            return listing.id_length(connection)

    def rules_version(self, site: str) -> str | None:
        """The version of the rules that the devices of a site were computed with; None without devices."""
        with connect.reading(self._engine, self._address) as connection:
            return devices.rules_version(connection, site)

    # What people decided.

    def decide(self, decision: Decision, instead_of: Iterable[int] = ()) -> int:
        """Keeps a decision, in the place of others; gives its number. Devices follow it when they are next computed."""
        with self._writing() as connection:
            return decisions.add(connection, self._subjects, decision, instead_of)

    def decisions(self, site: str = "") -> list[Decision]:
        """The decisions about a site, or all, the earliest first."""
        with connect.reading(self._engine, self._address) as connection:
            return decisions.load(connection, site)

    def undo(self, number: int) -> Decision:
        """Takes a decision back; `UnknownDecisionError` if there is none of that number."""
        with self._writing() as connection:
            return decisions.remove(connection, number)

    def pushed(self, target: str) -> list[Record]:
        """What a target was last told."""
        with connect.reading(self._engine, self._address) as connection:
            return pushed.load(connection, target)

    def save_pushed(self, target: str, records: Sequence[Record]) -> None:
        """Remembers what a target was told just now."""
        with self._writing() as connection:
            pushed.save(connection, self._subjects, target, records)

    def sizes(self) -> dict[str, int]:
        """Rows in each table."""
        with connect.reading(self._engine, self._address) as connection:
            return reads.sizes(connection)

    def _begun(self, row: OriginRow, number: int) -> None:
        self._numbers[row.key] = number
        self._started[row.key] = row.started
        self._added[row.key] = self._pruned[row.key] = 0
        self._crowds[row.key] = Crowds()

    def _watch(self, connection: Connection, origin: Origin, more: int, several: Mapping[Group, int]) -> int:
        """After a batch: drops the surplus values now and then. Returns how many sightings went. Should the batch fail,
        what is remembered here is too much, which does no harm."""
        self._crowds[origin].saw(several)
        self._added[origin] += more
        if self._added[origin] < PRUNE_EVERY:
            return 0
        self._added[origin] = 0
        return origins.prune(connection, self._numbers[origin], self._crowds[origin].suspects())

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with connect.writing(self._engine, self._address) as connection:
                yield connection
        except BaseException:
            self._subjects.forget()
            raise
