"""What a rule reads out of a text."""

from __future__ import annotations

from msgspec import Struct


class Claim(Struct, frozen=True, gc=False, order=True):
    """An attribute and its value. weight: how far the text, if true, means it. rule: its id, or the table asked."""

    attribute: str
    value: str
    weight: float
    rule: str
