"""Three-way comparison: what we know now, what the target was last told, what it says now."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct


class Merged(Struct, frozen=True):
    """write: fields to be changed in the target. kept: fields that a person changed there, with their value.
    told: what the target will have been told, for the record."""

    write: Mapping[str, str]
    kept: Mapping[str, str]
    told: Mapping[str, str]


def merge(
    ours: Mapping[str, str],
    last: Mapping[str, str],
    theirs: Mapping[str, str],
    *,
    force: bool,
    own: Callable[[str], bool] = lambda _: False,
) -> Merged:
    """A field is ours to change while it is empty there, or still what we last wrote, or where it is ours alone
    (`own`). What we do not know, we do not take away."""
    write: dict[str, str] = {}
    kept: dict[str, str] = {}
    told = dict(last)
    for name, value in ours.items():
        there = theirs.get(name, "")
        if there == value:
            told[name] = value
        elif not value:
            continue
        elif force or own(name) or not there or there == last.get(name):
            write[name] = told[name] = value
        else:
            kept[name] = there
    return Merged(write, kept, told)
