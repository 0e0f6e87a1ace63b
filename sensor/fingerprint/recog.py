"""Reads fingerprints in Recog's XML format into our rules, with the format's own examples as the test of it. Pure.

A file is a list of patterns for one text ("matches"); the first that matches counts. A `param` gives a name its value:
fixed (pos 0), or what the group at that position took. The patterns are Ruby's: ^ and $ stand at ends of lines.
An `example` is a text that the pattern must match, and its attributes are values that must come out of it.
"""

from __future__ import annotations

import base64
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import re2
from lxml import etree
from msgspec import Struct

from sensor.fingerprint.rules import TEXT_MAX, Example, Rule, compiled
from sensor.fingerprint.words import Words

TABLE = "imports/recog.toml"
WEIGHT = 0.6  # of a pattern that somebody else wrote and tried out on his own collection of texts
USUAL = 0.85  # the certainty that the format gives a fingerprint that states none
FILE_MAX = 32 << 20  # bytes; the largest file that is published has half a megabyte
DOTS_MATCH_NEWLINES = frozenset({"REG_DOT_NEWLINE", "REG_MULTILINE", "REG_LINE_ANY_CRLF"})
IGNORES_CASE = "REG_ICASE"
DEPTH_MAX = 3  # of values that are made of values
NAMED = re.compile(r"\{([\w.-]+)\}")
GROUP = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|\((?!\?)|\(\?P?<(?![=!])\w+>", re.DOTALL)
NOT_WORD = re.compile(r"[^a-z0-9]+")


class RecogError(ValueError):
    """A file that is not in the format."""


class Names(Struct, frozen=True):
    """What the names of the format mean here; fingerprints/imports/recog.toml."""

    observables: Mapping[str, str]
    prefix: Mapping[str, str]
    attributes: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, Any]

    @classmethod
    def of(cls, content: bytes) -> Names:
        return msgspec.convert(tomllib.loads(content.decode()), cls)


class Sample(Struct, frozen=True):
    """An example of the format: a text, and values by name."""

    text: str
    values: Mapping[str, str]


class Fingerprint(Struct, frozen=True):
    """One pattern. fixed: name -> value. taken: name -> group. match: as RE2 takes it."""

    file: str
    line: int
    description: str
    match: str
    fixed: Mapping[str, str]
    taken: Mapping[str, str]
    samples: tuple[Sample, ...]

    @property
    def id(self) -> str:
        return f"recog-{NOT_WORD.sub('-', self.file.removesuffix('.xml').lower()).strip('-')}-{self.line}"

    def values(self, text: str) -> Mapping[str, str] | None:
        """What comes out of a text, by the format's names; None where the pattern does not match."""
        found = compiled(self.match).search(text)
        if found is None:
            return None
        groups = found.groupdict()
        values = {name: groups[group] for name, group in self.taken.items() if groups[group] is not None}
        plain = {**self.fixed, **values}
        for name, value in self.fixed.items():
            values[name] = NAMED.sub(lambda place: plain.get(place[1]) or "-", value)
        return values

    def fails(self, sample: Sample) -> str:
        """What is wrong with an example, or ""."""
        found = self.values(sample.text)
        if found is None:
            return "does not match"
        wrong = [name for name, value in sample.values.items() if found.get(name, "") != value]
        return f"{wrong[0]} is {found.get(wrong[0], '')!r}, not {sample.values[wrong[0]]!r}" if wrong else ""


class File(Struct):
    """What one XML file holds. refused: (line, pattern, why) of patterns that RE2 does not take."""

    name: str
    matches: str
    fingerprints: list[Fingerprint] = []
    refused: list[tuple[int, str, str]] = []


def read(name: str, content: bytes) -> File:
    """The fingerprints of one file, in their order. Raises RecogError."""
    if len(content) > FILE_MAX:
        raise RecogError(f"{name}: more than {FILE_MAX >> 20} MiB")
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True))
    except etree.XMLSyntaxError as error:
        raise RecogError(f"{name}:{error.lineno}: {error.msg}") from None
    if root.tag != "fingerprints":
        raise RecogError(f"{name}: begins with <{root.tag}>, not with <fingerprints>")
    file = File(name, root.get("matches") or name.removesuffix(".xml"))
    for element in root.iterchildren("fingerprint"):
        line = element.sourceline if isinstance(element.sourceline, int) else 0
        pattern = element.get("pattern") or ""
        try:
            file.fingerprints.append(fingerprint(name, line, pattern, element))
        except (ValueError, re2.error) as error:
            file.refused.append((line, pattern, str(error)))
    return file


def fingerprint(file: str, line: int, pattern: str, element: etree._Element) -> Fingerprint:
    """Raises ValueError or re2.error where it cannot be used."""
    fixed: dict[str, str] = {}
    positions: dict[str, int] = {}
    for param in element.iterchildren("param"):
        name, position = param.get("name") or "", int(param.get("pos") or 0)
        if position:
            positions[name] = position
        else:
            fixed[name] = param.get("value") or ""
    groups = {position: f"g{position}" for position in positions.values()}
    match = flags(element.get("flags") or "") + named(pattern, groups)
    if missing := set(groups.values()) - set(compiled(match).groupindex):
        raise ValueError(f"there is no group {min(missing)[1:]}")
    return Fingerprint(
        file=file,
        line=line,
        description=" ".join((element.findtext("description") or "").split()),
        match=match,
        fixed=fixed,
        taken={name: groups[position] for name, position in positions.items()},
        samples=tuple(sample(example) for example in element.iterchildren("example")),
    )


def flags(text: str) -> str:
    """As RE2 writes them."""
    given = {flag.strip() for flag in text.split(",")}
    return f"(?m{'i' if IGNORES_CASE in given else ''}{'s' if given & DOTS_MATCH_NEWLINES else ''})"


def named(pattern: str, groups: Mapping[int, str]) -> str:
    """The pattern with a name for each group that is asked for, and no other group that takes anything."""
    position = 0

    def opened(found: re.Match[str]) -> str:
        nonlocal position
        if not found[0].startswith("("):
            return found[0]  # an escaped character or a class
        position += 1
        return f"(?P<{groups[position]}>" if position in groups else "(?:"

    return GROUP.sub(opened, pattern)


def sample(example: etree._Element) -> Sample:
    text = example.text or ""
    if example.get("_encoding") == "base64":
        raw = base64.b64decode(text)
        text = raw.decode("utf-8", "replace")
    values = {str(name): str(value) for name, value in example.attrib.items()}
    return Sample(text, {name: value for name, value in values.items() if not name.startswith("_")})


def observable(file: File, names: Names) -> str:
    """What the file's patterns are for, by our name; where we have none, by its own."""
    return names.observables.get(file.matches, file.matches)


def rules(file: File, names: Names, words: Words) -> Iterator[Rule]:
    """The fingerprints as rules, without those that are certain of nothing or say nothing that devices have."""
    of = observable(file, names)
    prefix = names.prefix.get(of, "")
    for one in file.fingerprints:
        sets, weight = dict(claims(one, names, words)), round(WEIGHT * certainty(one) / USUAL, 2)
        if not sets or not weight:
            continue
        examples = [
            Example(text, given(one, each, names))
            for each in one.samples
            if each.text.startswith(prefix) and len(text := each.text.removeprefix(prefix).strip()) <= TEXT_MAX
            if one.values(prefix + text) is not None  # as the sensor keeps it: without blanks around it
        ]
        yield Rule(
            id=one.id,
            observable=of,
            match=without(prefix, one.match),
            sets=sets,
            weight=weight,
            origin=f"Recog's format, {one.file} line {one.line}: {one.description}",
            example=tuple(examples),
            in_turn=True,
        )


def without(prefix: str, match: str) -> str:
    """The pattern for a text that lacks its beginning."""
    return match.replace(f"^{prefix}", "^", 1) if prefix else match


def certainty(one: Fingerprint) -> float:
    """The smallest that is stated for any part of it."""
    stated = [float(value) for name, value in one.fixed.items() if name.endswith(".certainty")]
    return min([USUAL, *stated])


def claims(one: Fingerprint, names: Names, words: Words) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """Attributes and values of what a fingerprint says."""
    for attribute, ways in names.attributes.items():
        values = [filled for way in ways if (filled := placed(one, way))]
        if not values:
            continue
        if attribute in words.maker_attributes:
            values = [words.maker_named(value) or value for value in values]
        yield attribute, values[0] if len(values) == 1 or "{" not in values[0] else tuple(values)
    for name in names.kinds["names"]:
        if kind := names.kinds["values"].get(one.fixed.get(name, "")):
            yield "kind", kind
            break


def placed(one: Fingerprint, way: str) -> str:
    """A way to say an attribute with fixed values put in and groups named; "" where the fingerprint lacks a name."""
    if not all(name in one.fixed or name in one.taken for name in NAMED.findall(way)):
        return ""
    for _ in range(DEPTH_MAX):
        way = NAMED.sub(lambda place: one.fixed.get(place[1], place[0]), way)
    return NAMED.sub(lambda place: f"{{{one.taken[place[1]]}}}" if place[1] in one.taken else "", way).strip()


def given(one: Fingerprint, each: Sample, names: Names) -> dict[str, str]:
    """The attributes whose value follows from what the example itself names."""
    known = {**one.fixed, **each.values}
    found = {}
    for attribute, ways in names.attributes.items():
        way = next((way for way in ways if all(name in known or name in one.taken for name in NAMED.findall(way))), "")
        if each.values.keys().isdisjoint(NAMED.findall(way)):
            continue
        for _ in range(DEPTH_MAX):
            way = NAMED.sub(lambda place: known.get(place[1], place[0]), way)
        if not NAMED.search(way):
            found[attribute] = way.strip()
    return found
