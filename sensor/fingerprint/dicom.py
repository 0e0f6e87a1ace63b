"""What DICOM identifiers say: implementation class UIDs (PS3.7 D.3.3.2), SOP classes (PS3.4), modalities (PS3.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from sensor.fingerprint.claim import Claim

RELEASE = re.compile(r"^\d+(?:\.\d+){0,3}$", re.ASCII)  # a release number as toolkits append it to their UID
PRIVATE_WEIGHT = 0.5  # a private SOP class names its maker, but archives propose other makers' classes to fetch them


class Implementation(Struct, frozen=True, forbid_unknown_fields=True):
    """One identifier, or with `prefix` all that begin with it. tail: the attribute that the rest of the UID is."""

    uid: str
    sets: Mapping[str, str]
    weight: float
    origin: str
    prefix: bool = False
    tail: str = ""
    example: tuple[str, ...] = ()
    never: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"implementation:{self.uid}"


class SopClass(Struct, frozen=True, forbid_unknown_fields=True):
    """A service-object pair and what it says of who uses it.

    service: verification, storage (of what the sender measured), derived (of what a workstation made), worklist,
    procedure_step, commitment, query, print, protocol, template, media, display, logging, private and a few more. kind:
    what sends it if it made the object itself. acceptor: what answers it. maker: whose private class it is.
    """

    uid: str
    name: str
    service: str
    modality: str = ""
    kind: str = ""
    acceptor: str = ""
    maker: str = ""


class Modality(Struct, frozen=True, forbid_unknown_fields=True):
    """A modality code, and the kinds of device that make such objects, mostly one. alone: also where it makes nothing
    else."""

    code: str
    kinds: tuple[str, ...]
    weight: float
    alone: bool = True


class Together(Struct, frozen=True, forbid_unknown_fields=True):
    """Several modality codes, and the kinds of device that make objects of just these."""

    codes: tuple[str, ...]
    kinds: tuple[str, ...]


def one_of(kinds: tuple[str, ...], general: Callable[[Iterable[str]], str]) -> tuple[str, ...]:
    """The kind that stands for all of these, where there is one."""
    name = general(kinds) if len(kinds) > 1 else ""
    return (name,) if name else kinds


class Implementations:
    """Exact identifiers before prefixes, longer prefixes before shorter ones."""

    def __init__(self, rows: Iterable[Implementation]) -> None:
        self._exact: dict[str, Implementation] = {}
        self._prefix: dict[str, Implementation] = {}
        for row in rows:
            (self._prefix if row.prefix else self._exact)[row.uid] = row
        self._lengths = sorted({len(uid) for uid in self._prefix}, reverse=True)

    def find(self, uid: str) -> Implementation | None:
        if found := self._exact.get(uid):
            return found
        return next((self._prefix[uid[:n]] for n in self._lengths if uid[:n] in self._prefix), None)

    def claims(self, uid: str) -> Iterator[Claim]:
        row = self.find(uid)
        if row is None:
            return
        for attribute, value in row.sets.items():
            yield Claim(attribute, value, row.weight, row.id)
        rest = uid[len(row.uid) :]
        if row.tail and RELEASE.match(rest):
            yield Claim(row.tail, rest, row.weight, row.id)


class SopClasses:
    def __init__(self, rows: Iterable[SopClass]) -> None:
        self._rows = {row.uid: row for row in rows}

    def find(self, uid: str) -> SopClass | None:
        return self._rows.get(uid)

    def claims(self, uid: str) -> Iterator[Claim]:
        """The maker of a private class. What the set of classes says of a node's role is for `correlate` to weigh."""
        row = self._rows.get(uid)
        if row and row.maker:
            yield Claim("manufacturer", row.maker, PRIVATE_WEIGHT, f"sop_class:{uid}")


class Modalities:
    """general: the kind that stands for several, or ""; only something else can tell which of them it is."""

    def __init__(
        self,
        rows: Iterable[Modality],
        together: Iterable[Together] = (),
        general: Callable[[Iterable[str]], str] = lambda _: "",
    ) -> None:
        self._rows = {row.code: row for row in rows}
        self._makers = {row.code: one_of(row.kinds, general) for row in self._rows.values()}
        self._kinds = {frozenset({row.code}): self._makers[row.code] for row in self._rows.values() if row.alone}
        self._kinds.update((frozenset(row.codes), one_of(row.kinds, general)) for row in together)

    def claims(self, code: str) -> Iterator[Claim]:
        if row := self._rows.get(code):
            kinds = self._makers[code]
            for kind in kinds:
                yield Claim("kind", kind, row.weight / len(kinds), f"modality:{code}")

    def kinds_of(self, codes: Iterable[str]) -> tuple[str, ...]:
        """The kinds of device that make objects of exactly these modalities."""
        return self._kinds.get(frozenset(codes), ())

    def made_with(self, sop_class: SopClass | None) -> str:
        """The modality whose plain device stores what it measured with this class, or "": classes that anybody writes
        (secondary capture, reports, presentation states) say nothing of the sender, and those of a special device
        would say the wrong thing."""
        if sop_class is None or sop_class.service != "storage":
            return ""
        row = self._rows.get(sop_class.modality)
        return row.code if row and sop_class.kind in row.kinds else ""
