"""What the rules make of a text, and on whose word."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from sensor.fingerprint.load import Fingerprints
from sensor.fingerprint.rules import Rules, filled

ANY = "zq0"  # a text that nothing was written for


class Explained(Struct, frozen=True):
    """One claim, and where the rule that makes it comes from."""

    observable: str
    rule: str
    attribute: str
    value: str
    weight: float
    origin: str


def explain(prints: Fingerprints, text: str, observable: str = "") -> Iterator[Explained]:
    """Every claim about the text of this observable; without one, of every observable that a pattern or table reads,
    but not of those that take any text: alone it could be anything."""
    rules = Rules(prints)
    for name in [observable] if observable else prints.observables:
        anyway = {claim.rule for claim in rules.apply(name, ANY)} if not observable else set()
        for claim in rules.apply(name, text):
            if observable or not (claim.rule.startswith("direct:") or claim.rule in anyway):
                origin = origin_of(prints, name, claim.rule)
                yield Explained(name, claim.rule, claim.attribute, claim.value, claim.weight, origin)


class Lost(Struct, frozen=True):
    """Something that reads the text, but does not count, and why."""

    observable: str
    rule: str
    why: str


def losers(prints: Fingerprints, text: str, observable: str) -> Iterator[Lost]:
    """The rules of an observable that match the text and are not heard, or are heard less than another."""
    rules = Rules(prints)
    patterns = rules.patterns(observable)
    heard = [rule for rule, _ in patterns.hits(text)]
    claims = rules.apply(observable, text)
    for rule in patterns.rules:
        groups = patterns.groups(rule, text)
        if groups is None:
            continue
        if rule not in heard:
            first = heard[0].id if heard else ""
            how = (
                "in turn: only the first that matches counts"
                if rule.in_turn
                else "general: counts where no other matches"
            )
            yield Lost(observable, rule.id, f"{how}, and {first} does")
            continue
        for attribute, value in rule.sets.items():
            said = rules.worded(attribute, filled(value, groups), observable)
            rivals = [claim for claim in claims if claim.attribute == attribute and claim.rule != rule.id]
            for claim in rivals if said else ():
                if claim.value == said and claim.weight >= rule.weight:
                    yield Lost(
                        observable, rule.id, f"{claim.rule} says {attribute} = {said} too, with weight {claim.weight:g}"
                    )
                elif claim.value != said and claim.weight > rule.weight:
                    why = f"{claim.rule} says {attribute} = {claim.value}"
                    yield Lost(observable, rule.id, f"{why}, with weight {claim.weight:g} against {rule.weight:g}")
    for direct in prints.direct(observable):
        if text.casefold() in prints.empty:
            yield Lost(observable, direct.id, "the text is one that stands for nothing")
        else:
            better = next(
                (claim for claim in claims if claim.attribute == direct.attribute and claim.rule != direct.id), None
            )
            if better:
                yield Lost(observable, direct.id, f"{better.rule} reads {direct.attribute} out of the same text")


def origin_of(prints: Fingerprints, observable: str, rule: str) -> str:
    """Where the facts of a rule were taken from."""
    table, _, key = rule.partition(":")
    if table == "direct":
        return "the text is the attribute (observables.toml)"
    if table == "implementation":
        return next((row.origin for row in prints.implementation_rows if row.uid == key), "")
    if table == "sop_class":
        return "DICOM PS3.4 and makers' private classes (dicom/sop_classes.toml)"
    if table == "modality":
        return "DICOM PS3.3 C.7.3.1.1.1 (dicom/modalities.toml)"
    if table == "mdc":
        device = prints.mdc_devices.find(int(key))
        return prints.mdc_sources.get(device.source, "") if device else ""
    if rule == "maker":
        return "the text is a name of this maker (words/makers.toml)"
    if rule == "oui":
        return prints.oui.header.partition("; ")[2]
    return next((known.origin for known in prints.patterns(prints.shares(observable)) if known.id == rule), "")
