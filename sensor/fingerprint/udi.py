"""What a unique device identifier means for a device: its parts, each as far as the check character is right."""

from __future__ import annotations

from collections.abc import Iterator

from parsers.udi import read
from sensor.fingerprint.claim import Claim

SOUND = 0.95  # how far a text whose check character is right is that UDI
BROKEN = 0.25  # mistyped, cut or made up: shown, and not believed against anything else


def claims(text: str) -> Iterator[Claim]:
    """A wrong check character lowers the weight of all that the text says, and the rule's name tells why."""
    found = read(text)
    if found is None:
        return
    weight, rule = (SOUND, f"udi:{found.agency}") if found.sound else (BROKEN, "udi:wrong check character")
    if text.strip() != found.di:
        yield Claim("udi", text, weight, rule)
    parts = {
        "udi_di": found.di,
        "serial": found.serial,
        "lot": found.lot,
        "manufactured": found.made,
        "expires": found.expires,
    }
    for attribute, value in parts.items():
        if value:
            yield Claim(attribute, value, weight, rule)
