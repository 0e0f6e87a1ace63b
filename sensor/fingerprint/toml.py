"""Rules as the text of a file of rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from sensor.fingerprint.rules import Rule

BARE = re.compile(r"[A-Za-z0-9_-]+")
ESCAPED = re.compile(r'[\x00-\x1f\x7f"\\]|[\ud800-\udfff]')


def written(rules: Iterable[Rule], head: str) -> str:
    """A file of rules. head: its comment."""
    lines = [f"# {line}".rstrip() for line in head.splitlines()]
    for rule in rules:
        lines += ["", *_rule(rule)]
    return "\n".join(lines) + "\n"


def _rule(rule: Rule) -> Iterator[str]:
    yield "[[rule]]"
    yield f"id = {text(rule.id)}"
    yield f"observable = {text(rule.observable)}"
    yield f"match = {text(rule.match)}"
    yield f"sets = {_table(rule.sets)}"
    yield f"weight = {rule.weight:g}"
    yield f"origin = {text(rule.origin)}"
    for name in ("general", "in_turn"):
        if getattr(rule, name):
            yield f"{name} = true"
    for example in rule.example:
        yield f"\n  [[rule.example]]\n  text = {text(example.text)}"
        if example.gives:
            yield f"  gives = {_table(example.gives)}"
    for never in rule.never:
        yield f"\n  [[rule.never]]\n  text = {text(never.text)}"


def _table(values: Mapping[str, str | tuple[str, ...]]) -> str:
    parts = []
    for name, value in values.items():
        key = name if BARE.fullmatch(name) else text(name)
        written_value = text(value) if isinstance(value, str) else f"[{', '.join(map(text, value))}]"
        parts.append(f"{key} = {written_value}")
    return f"{{ {', '.join(parts)} }}"


def text(value: str) -> str:
    """A basic string (TOML 1.0, section String)."""
    return '"' + ESCAPED.sub(_escape, value) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if character in '"\\':
        return "\\" + character
    if "\ud800" <= character <= "\udfff":
        return "\ufffd"  # no character, and no escape may name it
    return f"\\u{ord(character):04x}"
