"""Turns what was seen into claims: (observable, text) in, attributes with a weight out. Pure; `load` reads the files.

Three kinds of reader serve an observable, and one call asks them all: patterns (fingerprints/rules/<observable>.toml),
tables (DICOM identifiers, nomenclature codes, addresses), and texts that are an attribute as they stand
(observables.toml).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

import re2
from msgspec import Struct

from sensor.fingerprint.claim import Claim
from sensor.fingerprint.dicom import Modalities, SopClass, SopClasses
from sensor.fingerprint.observables import Observables
from sensor.fingerprint.oui import Oui
from sensor.fingerprint.words import Words

__all__ = ["Claim", "Direct", "Example", "Never", "Patterns", "Reader", "Rule", "Rules", "Source"]

MEMO_MAX = 16_384  # distinct (observable, text) pairs remembered: a large site has some thousands, a hostile one no end
OBSERVABLES_MAX = 4096  # whose readers are remembered; all parsers together have some hundreds
TEXT_MAX = 256  # characters of a text that are looked at; evidence is cut there as well
SET_MEMORY = 512 << 20  # bytes RE2 may use for one set; its default refuses a few hundred patterns
PLACE = re.compile(r"\{(\w+)\}")


class Example(Struct, frozen=True, forbid_unknown_fields=True):
    """A text that the rule must match, and the values that must come out of it."""

    text: str
    gives: Mapping[str, str] = {}


class Never(Struct, frozen=True, forbid_unknown_fields=True):
    """The nearest wrong neighbour: a text that the rule must not match."""

    text: str


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """A pattern of one observable and what it means.

    sets: attribute -> value; `{group}` stands for a named group, and of several values the first is taken whose groups
    are all set (none: the attribute is not set). general: counts only where no other rule of the observable matches.
    in_turn: of the rules that are marked so, only the first that matches counts.
    """

    id: str
    observable: str
    match: str
    sets: Mapping[str, str | tuple[str, ...]]
    weight: float
    origin: str
    example: tuple[Example, ...] = ()
    never: tuple[Never, ...] = ()
    general: bool = False
    in_turn: bool = False


class Direct(Struct, frozen=True, forbid_unknown_fields=True):
    """The text of this observable is this attribute."""

    observable: str
    attribute: str
    weight: float

    @property
    def id(self) -> str:
        return f"direct:{self.observable}"


Reader = Callable[[str], Iterable[Claim]]


class Readers(Struct, frozen=True):
    """What reads one observable: patterns and tables, and the attributes that its text is as it stands."""

    read: tuple[Reader, ...]
    direct: tuple[Direct, ...]


UNASKED = Readers((), ())  # stands for an observable that was not met before


class Source(Protocol):
    """Where rules come from. Each part is asked for once, when it is first needed."""

    @property
    def version(self) -> str: ...
    @property
    def words(self) -> Words: ...
    @property
    def sop_classes(self) -> SopClasses: ...
    @property
    def modalities(self) -> Modalities: ...
    @property
    def oui(self) -> Oui: ...
    @property
    def known(self) -> Observables: ...
    @property
    def holds(self) -> Mapping[str, tuple[tuple[float, float], ...]]: ...
    @property
    def empty(self) -> frozenset[str]:
        """Texts, in lower case, that stand for "nothing was entered"."""

    def shares(self, observable: str) -> str:
        """The observable whose patterns this one is read with; mostly itself."""

    def patterns(self, observable: str) -> Sequence[Rule]: ...
    def direct(self, observable: str) -> Sequence[Direct]: ...
    def tables(self, observable: str) -> Sequence[Reader]: ...


def choices(value: str | tuple[str, ...]) -> tuple[str, ...]:
    """The values of one entry of `sets`, in the order in which they are tried."""
    return (value,) if isinstance(value, str) else value


def filled(value: str | tuple[str, ...], groups: Mapping[str, str | None]) -> str:
    """The first value whose groups are all set, with them put in; "" where there is none."""
    for choice in choices(value):
        names = PLACE.findall(choice)
        if all(groups.get(name) for name in names):
            return PLACE.sub(lambda place: groups[place[1]] or "", choice).strip()
    return ""


def options() -> re2.Options:
    """How patterns are compiled."""
    found = re2.Options()
    found.max_mem = SET_MEMORY
    found.log_errors = False
    return found


def compiled(match: str) -> Any:
    """A pattern by itself. Raises re2.error."""
    return re2.compile(match, options())


class Patterns:
    """The rules of one observable: one pass of an RE2 set says which match, and only those are asked for their groups.

    RE2 does both, so that no pattern and no text can make it take more than linear time.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._options = options()
        self.rules = tuple(rules)
        self._compiled: dict[str, Any] = {}  # by rule id, each when it first matches
        self._set = re2.Set.SearchSet(self._options)
        for rule in rules:
            self._set.Add(rule.match)
        if rules:
            self._set.Compile()

    def hits(self, text: str) -> Iterator[tuple[Rule, Mapping[str, str | None]]]:
        """The rules that match and their groups, by place in the file; general ones only where no other matches."""
        if not self.rules:
            return
        if not text.isascii():
            text = text.encode("utf-8", "replace").decode()  # a lone surrogate is no text for RE2
        hits = [self.rules[i] for i in sorted(self._set.Match(text) or ())]
        first = next((rule for rule in hits if rule.in_turn), None)
        hits = [rule for rule in hits if not rule.in_turn or rule is first]
        for rule in [rule for rule in hits if not rule.general] or hits:
            yield rule, self.groups(rule, text) or {}

    def groups(self, rule: Rule, text: str) -> Mapping[str, str | None] | None:
        """The groups of this rule in a text, whatever other rules match it; None where it does not match."""
        pattern = self._compiled.get(rule.id)
        if pattern is None:
            pattern = self._compiled[rule.id] = re2.compile(rule.match, self._options)
        found = pattern.search(text)
        return None if found is None else found.groupdict()

    def claims(self, text: str) -> Iterator[Claim]:
        for rule, groups in self.hits(text):
            for attribute, value in rule.sets.items():
                if said := filled(value, groups):
                    yield Claim(attribute, said, rule.weight, rule.id)


class Rules:
    """All that is known of what texts mean. `version` goes into every device that was computed with it."""

    def __init__(self, source: Source) -> None:
        self.version = source.version
        self.words = source.words
        self._source = source
        self._patterns: dict[str, Patterns] = {}
        self._readers: dict[str, Readers | None] = {}  # by observable; None where nothing reads it
        self._read = lru_cache(maxsize=MEMO_MAX)(self._claims)

    def apply(self, observable: str, value: str) -> tuple[Claim, ...]:
        """What this text of this observable claims, sorted by attribute; the same text always claims the same."""
        if self._readers.get(observable, UNASKED) is None:
            return ()
        return self._read(observable, value[:TEXT_MAX])

    def sop_class(self, uid: str) -> SopClass | None:
        """What is known of a SOP class UID."""
        return self._source.sop_classes.find(uid)

    def modality(self, uid: str) -> str:
        """The modality whose plain device stores what it measured with this SOP class, or ""."""
        return self._source.modalities.made_with(self._source.sop_classes.find(uid))

    def kinds(self, modalities: Iterable[str]) -> tuple[str, ...]:
        """The kinds of device that make objects of exactly these modalities."""
        return self._source.modalities.kinds_of(modalities)

    @property
    def observables(self) -> Observables:
        """What observables are, beside what is read out of their texts."""
        return self._source.known

    @property
    def holds(self) -> Mapping[str, tuple[tuple[float, float], ...]]:
        """Attribute, or "*", -> (confidence as computed, share that was measured to hold), rising."""
        return self._source.holds

    @property
    def covers(self) -> Mapping[str, frozenset[str]]:
        """General kinds -> the kinds that each stands for where it is not known which."""
        return {kind.kind: frozenset(kind.covers) for kind in self.words.kinds.values() if kind.covers}

    @property
    def several(self) -> frozenset[str]:
        """Attributes of which several values may be true at once."""
        return frozenset(word.attribute for word in self.words.attributes.values() if word.many)

    def maker(self, mac: str) -> str:
        """Who the address registry says holds the block of this MAC or EUI-64; see `Oui.maker`."""
        return self._source.oui.maker(mac)

    def patterns(self, observable: str) -> Patterns:
        """The pattern rules of one observable, compiled when first asked for."""
        name = self._source.shares(observable)
        found = self._patterns.get(name)
        if found is None:
            found = self._patterns[name] = Patterns(self._source.patterns(name))
        return found

    def _claims(self, observable: str, text: str) -> tuple[Claim, ...]:
        readers = self._readers_of(observable)
        if readers is None:
            return ()
        best: dict[tuple[str, str], Claim] = {}
        for read in readers.read:
            for claim in read(text):
                worded = self._worded(claim, observable)
                key = (worded.attribute, worded.value)
                if key not in best or worded.weight > best[key].weight:
                    best[key] = worded
        if readers.direct and text.casefold() not in self._source.empty:
            known = {attribute for attribute, _ in best}
            for direct in readers.direct:
                if direct.attribute not in known:  # a rule that reads the text knows better than the bare text
                    claim = self._worded(Claim(direct.attribute, text, direct.weight, direct.id), observable)
                    best[claim.attribute, claim.value] = claim
        return tuple(sorted(best.values())) if len(best) > 1 else tuple(best.values())

    def _readers_of(self, observable: str) -> Readers | None:
        found = self._readers.get(observable, UNASKED)
        if found is UNASKED:
            patterns = self.patterns(observable)
            read = (*((patterns.claims,) if patterns.rules else ()), *self._source.tables(observable))
            direct = tuple(self._source.direct(observable))
            found = Readers(read, direct) if read or direct else None
            if len(self._readers) < OBSERVABLES_MAX:
                self._readers[observable] = found
        return found

    def worded(self, attribute: str, value: str, observable: str) -> str:
        """A value with a maker's name as we write it."""
        if attribute not in self.words.maker_attributes:
            return value
        return self.words.maker_named(value, observable.partition(".")[0]) or value

    def _worded(self, claim: Claim, observable: str) -> Claim:
        """The same claim with a maker's name as we write it."""
        value = self.worded(claim.attribute, claim.value, observable)
        return claim if value == claim.value else Claim(claim.attribute, value, claim.weight, claim.rule)
