"""Whose each row is: what is held of every subject, and its rows filed with the owners that pass 1 gives them.

A subject's rows are folded (`folding`), and what they came as is let go, unless its address changed hands: then each
row may have another owner. Lists of rows stay the same objects as long as nothing about them changes; that is what the
steps after this one recognise unchanged hosts by.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from msgspec import Struct

from sensor.correlate.folding import folded_of_one, outline
from sensor.correlate.site import Site
from sensor.correlate.tenures import AMBIGUOUS
from sensor.correlate.told import Told, told
from sensor.model import Evidence, Subject

Unfold = Callable[[Collection[Subject]], Mapping[Subject, list[Evidence]]]  # the rows of subjects, as they came

NOBODY: list[Evidence] = []


class Part(Struct):
    """Rows of one subject that belong to one owner. several: how many they were before they were folded."""

    owner: str
    rows: list[Evidence]
    several: int
    brief: list[Evidence] = []

    @property
    def outline(self) -> list[Evidence]:
        """What is asked of rows that a host only carried, or said of others."""
        if not self.brief:
            self.brief = outline(self.rows)
        return self.brief


class Held(Struct):
    """What is held of one subject. raw: its rows as they came, as long as they are wanted. owners: of each of them,
    where they may have several."""

    told: Told
    raw: list[Evidence] | None
    parts: list[Part] = []
    owners: tuple[str, ...] = ()


class Filed(Struct):
    """Lists of rows by whom they are about."""

    hosts: dict[str, list[list[Evidence]]] = {}
    spoken: dict[tuple[Subject, str], list[list[Evidence]]] = {}
    presence: dict[str, list[list[Evidence]]] = {}  # owner -> rows about others that it carried or spoke of
    split: set[Subject] = set()  # subjects whose rows belong to several owners
    ambiguous: int = 0


class Subjects:
    """All subjects of a site."""

    def __init__(self, asked: frozenset[str]) -> None:
        self.told: dict[Subject, Told] = {}
        self._asked = asked
        self._held: dict[Subject, Held] = {}

    def replace(self, rows: Mapping[Subject, list[Evidence]]) -> None:
        """The rows of these subjects as they are now; none for those that are gone."""
        for subject, its in rows.items():
            if its:
                self._held[subject] = Held(told(its, self._asked), its)
                self.told[subject] = self._held[subject].told
            elif subject in self._held:
                del self._held[subject], self.told[subject]

    def file(self, site: Site, unfold: Unfold) -> Filed:
        """Every row with its owner."""
        shared = {subject for subject in self._held if site.depends_on_time(subject.ip)}
        missing = [subject for subject in shared if self._held[subject].raw is None]
        for subject, rows in (unfold(missing) if missing else {}).items():
            self._held[subject].raw = rows
        found = Filed()
        for subject, held in self._held.items():
            if subject in shared:
                divide(subject, held, site)
                filed = {put(found, subject, part, site) for part in held.parts}
                if len(filed - {None}) > 1:
                    found.split.add(subject)
            else:
                whole(subject, held, site)
                put(found, subject, held.parts[0], site)
        for mac in site.routers:
            found.hosts.setdefault("m" + mac, [])
        return found


def whole(subject: Subject, held: Held, site: Site) -> None:
    """All rows of a subject have one owner."""
    owner = site.owner(subject, 0, 0, ("", ""))
    if held.raw is not None:
        held.parts = [Part(owner, folded_of_one(held.raw), len(held.raw))]
        held.raw, held.owners = None, ()
    elif held.parts[0].owner != owner:
        held.parts = [Part(owner, held.parts[0].rows, held.parts[0].several)]


def divide(subject: Subject, held: Held, site: Site) -> None:
    """Each row has an owner of its own. New lists where one of them has another than before: whether a subject is split
    counts as well."""
    rows = held.raw or NOBODY
    owners = tuple([site.owner(subject, row.first.time, row.last.time, (row.sensor, row.origin)) for row in rows])
    if held.owners == owners:
        return
    by_owner: dict[str, list[Evidence]] = {}
    for owner, row in zip(owners, rows, strict=True):
        by_owner.setdefault(owner, []).append(row)
    held.owners = owners
    held.parts = [Part(owner, list(folded_of_one(its)), len(its)) for owner, its in by_owner.items()]


def put(found: Filed, subject: Subject, part: Part, site: Site) -> str | None:
    """Files the rows of a subject that belong to one owner; each pair of them comes once. Gives whom they count for."""
    owner = part.owner
    if subject.mac in site.routers and owner != "m" + subject.mac:
        found.presence.setdefault("m" + subject.mac, []).append(part.outline)
    if owner == AMBIGUOUS:
        found.ambiguous += part.several
        owner = ""
        if not subject.behind:
            return None
    elif not owner and not (subject.behind and not subject.ip):
        return None  # an external peer, or nobody
    if subject.behind:
        found.spoken.setdefault((subject, owner), []).append(part.rows)
        if owner:
            found.hosts.setdefault(owner, [])
            found.presence.setdefault(owner, []).append(part.outline)
    else:
        found.hosts.setdefault(owner, []).append(part.rows)
    return owner


def joined(*lists: list[Evidence]) -> list[Evidence]:
    """Several lists as one; a single one as it is."""
    return lists[0] if len(lists) == 1 else [row for rows in lists for row in rows]
