"""Lint of the fingerprints: what `sensor rules check` and `test` and the project's own tests run over every rule."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from itertools import pairwise

import re2
from msgspec import Struct

from sensor.fingerprint.dicom import Implementation
from sensor.fingerprint.load import CALIBRATION, OBSERVABLES, Fingerprints, RulesError
from sensor.fingerprint.observables import SCHEMES
from sensor.fingerprint.rules import PLACE, Patterns, Rule, Rules, choices, compiled, filled
from sensor.fingerprint.words import Words, plain

ID = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)+$")
UID = re.compile(r"^[0-2](?:\.\d+)+\.?$", re.ASCII)
ORIGIN_MIN = 8  # characters; "seen" is no origin
BY_HAND = frozenset({"ethernet.address"})  # asked for by the correlator itself, said by no parser


class Problem(Struct, frozen=True, order=True):
    """What is wrong, and where: file, rule or row inside it, and the line on which that begins, 0 if not known."""

    file: str
    rule: str
    says: str
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.rule}: {self.says}" if self.rule else f"{place}: {self.says}"


class Tally(Struct):
    """How much was checked."""

    rules: int = 0
    examples: int = 0
    nevers: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.rules + other.rules, self.examples + other.examples, self.nevers + other.nevers)


def check(prints: Fingerprints, emitted: Collection[str] | None = None) -> tuple[list[Problem], Tally]:
    """Everything that is wrong with the fingerprints. emitted: observables of the installed parsers, where known."""
    tally = Tally()
    problems: list[Problem] = []
    for part in (_words, _tables, _directs, _patterns):
        problems += _guarded(partial(part, prints, tally))
    if emitted is not None:
        problems += _guarded(partial(_emitted, prints, emitted))
    return sorted(set(problems)), tally


def test(prints: Fingerprints) -> tuple[list[Problem], Tally]:
    """Only the examples and nevers."""
    tally = Tally()
    rules = Rules(prints)
    problems: list[Problem] = []
    for observable in pattern_files(prints):
        problems += _guarded(partial(_examples, prints, rules, observable, tally))
    problems += _guarded(partial(_implementation_examples, prints, tally))
    return sorted(set(problems)), tally


def check_site(prints: Fingerprints) -> tuple[list[Problem], Tally]:
    """What is wrong with a site's own rules. They need no `never`, no `^`, and may read what shipped ones read."""
    tally = Tally()
    rules = Rules(prints)
    problems: list[Problem] = []
    for file in prints.site:
        for number, rule in enumerate(prints.site_rules(file), 1):
            tally.rules += 1
            place = f"{file}:{prints.line(file, 'rule', number)}"
            says = [*_bad_site_rule(rule, prints.words), *_bad_examples(rules, rule, tally)]
            problems += (Problem(place, rule.id, each) for each in says)
    return problems, tally


def _bad_site_rule(rule: Rule, words: Words) -> Iterator[str]:
    for says in _bad_sets(rule.sets, words, compiled(rule.match).groupindex):
        if not says.endswith("list of makers"):  # a site may know makers that we do not
            yield says
    yield from _bad_weight(rule.weight, rule.origin)


def _bad_examples(rules: Rules, rule: Rule, tally: Tally) -> Iterator[str]:
    patterns = rules.patterns(rule.observable)
    for example in rule.example:
        tally.examples += 1
        groups = patterns.groups(rule, example.text)  # by itself: of two in turn, the one before may read it as well
        if groups is None:
            yield f"does not match its example {example.text!r}"
            continue
        for attribute, value in example.gives.items():
            if (found := filled(rule.sets.get(attribute, ""), groups)) != value:
                yield f"example {example.text!r}: {attribute} is {found!r}, not {value!r}"
    for never in rule.never:
        tally.nevers += 1
        if patterns.groups(rule, never.text) is not None:
            yield f"matches {never.text!r}, which it never must"


def pattern_files(prints: Fingerprints) -> list[str]:
    """The observables that have a file of patterns."""
    names = (name.removeprefix("rules/").removesuffix(".toml") for name in prints.files if name.startswith("rules/"))
    return sorted(name for name in names if name != "direct")


def _guarded(part: Callable[[], Iterable[Problem]]) -> list[Problem]:
    try:
        return list(part())
    except RulesError as error:
        file, _, says = str(error).partition(": ")
        return [Problem(file, "", says)]


def _words(prints: Fingerprints, _tally: Tally) -> Iterator[Problem]:
    words = prints.words
    for file, key in (
        ("words/kinds.toml", "kind"),
        ("words/makers.toml", "maker"),
        ("words/attributes.toml", "attribute"),
    ):
        names = [str(entry.get(key)) for entry in prints.entries(file, key)]
        for name in _repeated(names):
            yield Problem(file, name, "is listed twice")
    for context in ("names", "dicom", "hl7", "oui", "advisory"):
        holders: dict[str, set[str]] = {}
        for maker in words.makers.values():
            for name in {plain(name) for name in getattr(maker, context)} | (
                {plain(maker.maker)} if context == "names" else set()
            ):
                holders.setdefault(name, set()).add(maker.maker)
        for name, makers in holders.items():
            if len(makers) > 1:
                yield Problem("words/makers.toml", name, f"{context}: means {' and '.join(sorted(makers))}")
    for maker in words.makers.values():
        if maker.typical and maker.typical not in words.kinds:
            yield Problem("words/makers.toml", maker.maker, f"typical: there is no kind {maker.typical!r}")
        if maker.part_of and (maker.part_of not in words.makers or words.house(maker.part_of) == maker.maker):
            yield Problem("words/makers.toml", maker.maker, f"part_of: {maker.part_of!r} is no other maker")
        years = [past.year for past in maker.history]
        if years != sorted(years) or not all(past.what and past.origin for past in maker.history):
            yield Problem("words/makers.toml", maker.maker, "history: years in order, each with what and origin")
    for kind in words.kinds.values():
        for name in kind.covers:
            if name not in words.kinds:
                yield Problem("words/kinds.toml", kind.kind, f"covers: there is no kind {name!r}")
    for word in words.attributes.values():
        if word.words not in ("", "makers", "kinds", "values"):
            yield Problem("words/attributes.toml", word.attribute, f"words: there is no list {word.words!r}")


def _tables(prints: Fingerprints, tally: Tally) -> Iterator[Problem]:
    words = prints.words
    file = "dicom/implementation_uids.toml"
    for uid in _repeated([row.uid for row in prints.implementation_rows]):
        yield Problem(file, uid, "is listed twice")
    for row in prints.implementation_rows:
        tally.rules += 1
        if not UID.match(row.uid) or row.uid.endswith(".") != row.prefix:
            yield Problem(file, row.uid, "is not a UID; one that ends with a dot is a prefix, and only that")
        if row.tail and row.tail not in words.attributes:
            yield Problem(file, row.uid, f"tail: there is no attribute {row.tail!r}")
        for says in (*_bad_sets(row.sets, words, ()), *_bad_weight(row.weight, row.origin)):
            yield Problem(file, row.uid, says)
    yield from _implementation_examples(prints, tally)
    file = "dicom/sop_classes.toml"
    for uid in _repeated([sop.uid for sop in prints.sop_class_rows]):
        yield Problem(file, uid, "is listed twice")
    for sop in prints.sop_class_rows:
        for kind in filter(None, (sop.kind, sop.acceptor)):
            if kind not in words.kinds:
                yield Problem(file, sop.uid, f"there is no kind {kind!r}")
        if sop.maker and sop.maker not in words.makers:
            yield Problem(file, sop.uid, f"there is no maker {sop.maker!r}")
    for modality in prints.modality_rows:
        for kind in modality.kinds:
            if kind not in words.kinds:
                yield Problem("dicom/modalities.toml", modality.code, f"there is no kind {kind!r}")
    codes = {modality.code for modality in prints.modality_rows}
    for several in prints.together_rows:
        label = "+".join(several.codes)
        for kind in several.kinds:
            if kind not in words.kinds:
                yield Problem("dicom/modalities.toml", label, f"there is no kind {kind!r}")
        for code in several.codes:
            if code not in codes:
                yield Problem("dicom/modalities.toml", label, f"there is no modality {code!r}")
    file = "nomenclature/mdc_devices.toml"
    for code in _repeated([str(row.code) for row in prints.mdc_rows]):
        yield Problem(file, code, "is listed twice")
    for device in prints.mdc_rows:
        if device.kind and device.kind not in words.kinds:
            yield Problem(file, str(device.code), f"there is no kind {device.kind!r}")
        if device.source not in prints.mdc_sources:
            yield Problem(file, str(device.code), f"there is no source {device.source!r}")
    if not prints.oui.maker("00:00:0c:00:00:00"):
        yield Problem("oui/oui.dat", "", "does not know the oldest blocks; make it anew with deploy/make-oui.py")


def _implementation_examples(prints: Fingerprints, tally: Tally) -> Iterator[Problem]:
    file = "dicom/implementation_uids.toml"

    def found(uid: str) -> Implementation | None:
        return prints.implementations.find(uid)

    for row in prints.implementation_rows:
        if row.prefix and not row.example:
            yield Problem(file, row.uid, "has no example")
        for uid in row.example:
            tally.examples += 1
            if found(uid) != row:
                yield Problem(file, row.uid, f"does not read its example {uid}")
        for uid in row.never:
            tally.nevers += 1
            if found(uid) == row:
                yield Problem(file, row.uid, f"reads {uid}, which it never must")


def _directs(prints: Fingerprints, _tally: Tally) -> Iterator[Problem]:
    file = OBSERVABLES
    for observable, scheme in prints.known.identifiers.items():
        if scheme not in SCHEMES:
            yield Problem(file, observable, f"there is no scheme {scheme!r}; there are: {' '.join(sorted(SCHEMES))}")
    for attribute, points in prints.holds.items():
        if attribute != "*" and attribute not in prints.words.attributes:
            yield Problem(CALIBRATION, attribute, "there is no such attribute")
        pairs = [(0.0, 0.0), *points, (1.0, 1.0)]
        if any(one[0] > other[0] or one[1] > other[1] for one, other in pairwise(pairs)):
            yield Problem(CALIBRATION, attribute, "the points must rise, from 0 to 1")
    for direct in prints.directs:
        if direct.attribute not in prints.words.attributes:
            yield Problem(file, direct.observable, f"there is no attribute {direct.attribute!r}")
        for says in _bad_weight(direct.weight, "no origin needed"):
            yield Problem(file, direct.observable, says)
    file = "rules/direct.toml"
    for entry in prints.entries(file, "direct"):
        yield Problem(
            file, str(entry.get("observable")), f"direct: belongs in {OBSERVABLES}, as one line of [attribute]"
        )
    for observable in prints.table_of:
        prints.tables(observable)
    for observable, other in prints.like.items():
        if f"rules/{other}.toml" not in prints.files or f"rules/{observable}.toml" in prints.files:
            yield Problem(
                file, observable, f"like: shares the patterns of {other!r}, which must have some, and has its own"
            )


def _patterns(prints: Fingerprints, tally: Tally) -> Iterator[Problem]:
    rules = Rules(prints)
    ids: Counter[str] = Counter()
    for observable in pattern_files(prints):
        file = f"rules/{observable}.toml"
        try:
            found = prints.patterns(observable)
        except RulesError as error:
            yield Problem(file, "", str(error).removeprefix(f"{file}: "))
            continue
        broken = False
        for number, rule in enumerate(found, 1):
            tally.rules += 1
            ids[rule.id] += 1
            for says in _bad_rule(rule, observable, prints.words):
                broken |= says.startswith("match")
                yield Problem(file, rule.id, says, prints.line(file, "rule", number))
        if not broken:
            yield from _examples(prints, rules, observable, tally)
    for id_, times in ids.items():
        if times > 1:
            yield Problem("rules", id_, "is the id of two rules")


def _bad_rule(rule: Rule, observable: str, words: Words) -> Iterator[str]:
    if rule.observable != observable:
        yield f"observable: says {rule.observable!r} in the file of {observable!r}"
    if not ID.match(rule.id):
        yield "id: lower-case words and numbers with hyphens between them"
    try:
        pattern = re2.compile(rule.match)
    except re2.error as error:
        yield f"match: RE2 refuses it: {error}"
        return
    if pattern.groups != len(pattern.groupindex):
        yield "match: has a group without a name; write (?: ) or (?P<name> )"
    if not rule.match.startswith(("^", "(?i)^", r"\b", r"(?i)\b")):
        yield r"match: must begin with ^ or \b, so that it is not found inside another word"
    yield from _bad_sets(rule.sets, words, pattern.groupindex)
    yield from _bad_weight(rule.weight, rule.origin)
    if not rule.example:
        yield "has no example"
    if not rule.never:
        yield "has no never: give the nearest wrong neighbour"
    given = {attribute for example in rule.example for attribute in example.gives}
    for attribute, value in rule.sets.items():
        if any(PLACE.search(choice) for choice in choices(value)) and attribute not in given:
            yield f"sets: no example shows what {attribute} comes out as"


def _bad_sets(sets: Mapping[str, str | tuple[str, ...]], words: Words, groups: Collection[str]) -> Iterator[str]:
    if not sets:
        yield "sets: nothing"
    for attribute, value in sets.items():
        word = words.attributes.get(attribute)
        if word is None:
            yield f"sets: there is no attribute {attribute!r}"
            continue
        for choice in choices(value):
            names = PLACE.findall(choice)
            yield from (f"sets: {attribute}: there is no group {name!r}" for name in names if name not in groups)
            known: Collection[str] = {"makers": words.makers, "kinds": words.kinds, "values": word.values}.get(
                word.words, ()
            )
            if word.words and not names and choice not in known:
                yield f"sets: {attribute}: {choice!r} is not in the list of {word.words}"


def _bad_weight(weight: float, origin: str) -> Iterator[str]:
    if not 0 < weight <= 1:
        yield f"weight: {weight} is not above 0 and at most 1"
    if len(origin.strip()) < ORIGIN_MIN:
        yield "origin: say where this was seen"


def _examples(prints: Fingerprints, rules: Rules, observable: str, tally: Tally) -> Iterator[Problem]:
    file = f"rules/{observable}.toml"
    patterns: Patterns = rules.patterns(observable)
    for number, rule in enumerate(prints.patterns(observable), 1):
        wrong = partial(_wrong, prints, file, number, rule.id)
        for example in rule.example:
            tally.examples += 1
            hits = [hit.id for hit, _ in patterns.hits(example.text)]
            if rule.id not in hits:
                yield wrong(f"does not match its example {example.text!r}")
                continue
            if others := [hit for hit in hits if hit != rule.id]:
                yield wrong(f"example {example.text!r} is matched by {', '.join(others)} as well")
            gives = {c.attribute: c.value for c in rules.apply(observable, example.text) if c.rule == rule.id}
            for attribute, value in example.gives.items():
                if gives.get(attribute, "") != value:
                    found = gives.get(attribute, "nothing")
                    yield wrong(f"example {example.text!r}: {attribute} is {found!r}, not {value!r}")
        for never in rule.never:
            tally.nevers += 1
            if patterns.groups(rule, never.text) is not None:
                yield wrong(f"matches {never.text!r}, which it never must")


def _wrong(prints: Fingerprints, file: str, number: int, rule: str, says: str) -> Problem:
    return Problem(file, rule, says, prints.line(file, "rule", number))


def _emitted(prints: Fingerprints, emitted: Collection[str]) -> Iterator[Problem]:
    """Names that no parser says. Those of observables.toml may stand there before their parser does."""
    protocols = {observable.partition(".")[0] for observable in emitted}
    early = {direct.observable for direct in prints.directs} | set(prints.known.identifiers) | set(prints.known.proofs)
    for observable in sorted({*prints.observables, *early}):
        own = f"rules/{observable}.toml"
        elsewhere = own in prints.files or observable in prints.table_of or observable in prints.like
        if observable in emitted or observable in BY_HAND:
            continue
        if elsewhere or observable.partition(".")[0] in protocols:
            file = own if own in prints.files else "rules/direct.toml" if elsewhere else OBSERVABLES
            yield Problem(file, observable, "no parser says this; correct the name or remove it")


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]
