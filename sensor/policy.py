"""What may be kept of what was said: the one rule about persons and about the world outside the site."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct


class Policy(Struct, frozen=True):
    """What may be kept. keep(observable, value): the value, or a placeholder for a person's name. inside(ip): an
    address of the site. named(observable, value): some rule names this text, so it is a product's, not a person's.
    free(observable): its values are free names, so that they have to be asked for; those of others are always kept."""

    keep: Callable[[str, str], str]
    inside: Callable[[str], bool]
    named: Callable[[str, str], bool]
    free: Callable[[str], bool] = lambda observable: True  # noqa: ARG005 - all of them
