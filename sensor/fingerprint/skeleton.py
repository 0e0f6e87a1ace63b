"""A rule to begin with, made from a text that was seen: its author says what it means, and cuts the pattern to fit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from sensor.fingerprint.rules import Example, Never, Rule

VERSION = re.compile(r"(?<![\w.])[vV]?(?P<version>\d+(?:\.\d+)+)")
SPECIAL = re.compile(r"([\\.^$|?*+()\[\]{}])")
WORDS_MAX = 4  # of the text that the id is made of
WEIGHT = 0.7  # a text that says what it is, in a field that anybody can set
NEAR = 0.4  # how alike a text must be to be the nearest wrong neighbour


def skeleton(observable: str, text: str, sets: Mapping[str, str], origin: str, others: Iterable[str] = ()) -> Rule:
    """sets: what it asserts; empty: the text before its version is the name of a program. others: texts that this
    observable said elsewhere: the nearest of them that the rule does not match becomes its `never`."""
    found = VERSION.search(text)
    if found is None:
        match = f"^{literal(text)}$"
    else:
        start, end = found.span("version")
        match = rf"^{literal(text[:start])}(?P<version>\d+(?:\.\d+)*){literal(text[end:])}$"
    version = found["version"] if found else ""
    sets = dict(sets) or {"product": named(text[: found.start()] if found else text) + (" {version}" if found else "")}
    gives = {name: value.replace("{version}", version) for name, value in sets.items()}
    return Rule(
        id=identifier(observable, text[: found.start()] if found else text),
        observable=observable,
        match=match,
        sets=sets,
        weight=WEIGHT,
        origin=origin,
        example=(Example(text, gives),),
        never=(Never(neighbour(text, match, others)),),
    )


def literal(text: str) -> str:
    """A text as the pattern that matches it."""
    return SPECIAL.sub(r"\\\1", text)


def named(text: str) -> str:
    return text.strip(" /_-:;(") or text


def identifier(observable: str, text: str) -> str:
    """The last part of the observable and the first words of the text."""
    words = re.findall(r"[a-z0-9]+", text.encode("ascii", "ignore").decode().lower())[:WORDS_MAX]
    field = observable.replace(".", "-").replace("_", "-")
    return "-".join([field, *words]) if words else f"{field}-new"


def neighbour(text: str, match: str, others: Iterable[str]) -> str:
    """The text most like this one that means something else."""
    pattern = re.compile(match)
    strange = [other for other in others if other != text and pattern.search(other) is None]
    return next(iter(get_close_matches(text, strange, n=1, cutoff=NEAR)), f"{text}X")
