"""A line of somebody's list of equipment, and texts made comparable."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterator, Mapping

from msgspec import Struct

FIELDS = {  # what a list may say of a piece of equipment -> how people call it
    "asset": "asset number",
    "manufacturer": "manufacturer",
    "model": "model",
    "serial": "serial number",
    "udi": "UDI",
    "kind": "designation",
    "hostname": "host name",
    "ae_title": "AE title",
    "ip": "IP address",
    "mac": "MAC address",
    "department": "department",
    "room": "room",
    "owner": "owner",
    "supplier": "supplier",
    "maintenance": "maintenance",
    "criticality": "business criticality",
}

SERIAL_MIN = 4  # characters; shorter ones are numbers of a line, a bed, a port
NOTHING = frozenset(
    {"", "-", "--", "0", "na", "nc", "nd", "neant", "none", "null", "sans", "tbd", "unknown", "inconnu", "x", "xxx"}
)

_NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Z]+")
_MAC = re.compile(  # six pairs or three fours, the same character between all of them, and no more before or behind
    r"(?<![0-9a-f])(?<![0-9a-f][:-])"
    r"(?:[0-9a-f]{2}(?P<two>[:. -]?)(?:[0-9a-f]{2}(?P=two)){4}[0-9a-f]{2}"
    r"|[0-9a-f]{4}(?P<four>[:. -])[0-9a-f]{4}(?P=four)[0-9a-f]{4})"
    r"(?![:-]?[0-9a-f])",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]{3,45}")
_SEVERAL = re.compile(r"[\s,;/|]+")


class Entry(Struct, frozen=True):
    """number: its line in the file, from 1. fields: the cells that say something, by name in FIELDS, as written."""

    number: int
    fields: Mapping[str, str]

    def get(self, name: str) -> str:
        """A cell's text, or ""."""
        return self.fields.get(name, "")


def plain(text: str) -> str:
    """Without case, accents and punctuation: one blank between words."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().upper()
    return _NOT_ALPHANUMERIC.sub(" ", letters).strip().lower()


def says_nothing(text: str) -> bool:
    """What people write into a cell that they have nothing for."""
    return plain(text).replace(" ", "") in NOTHING


def serial(text: str) -> str:
    """Letters and digits alone, without leading zeros; "" for what is none."""
    found = _NOT_ALPHANUMERIC.sub("", text.upper()).lstrip("0")
    return found if len(found) >= SERIAL_MIN and any(each.isdigit() for each in found) else ""


def macs(text: str) -> Iterator[str]:
    """The hardware addresses in a cell, as aa:bb:cc:dd:ee:ff."""
    for found in _MAC.finditer(text):
        digits = re.sub(r"[^0-9a-f]", "", found[0].lower())
        yield ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def addresses(text: str) -> Iterator[str]:
    """The IP addresses in a cell, in their usual form."""
    for found in _ADDRESS.findall(text):
        try:
            yield str(ipaddress.ip_address(found))
        except ValueError:
            continue


def host_name(text: str) -> str:
    """The first label of a name, without case; "" for an address."""
    name = text.strip().rstrip(".").lower()
    return "" if next(addresses(name), "") == name else name.partition(".")[0]


def host_names(text: str) -> Iterator[str]:
    """The names in a cell: each word of it, and all of it, since some devices have names of several words."""
    yield host_name(text)
    yield from map(host_name, several(text))


def same_maker(one: str, other: str) -> bool:
    """Whether the names may mean one company: Siemens and Siemens Healthineers, but not Philips and Siemens."""
    words, others = set(plain(one).split()), set(plain(other).split())
    return words <= others or others <= words


def several(text: str) -> list[str]:
    """The words of a cell that may hold several."""
    return [word for word in _SEVERAL.split(text.strip()) if word]


def near(one: str, other: str) -> bool:
    """Whether a typing error lies between two texts: a character wrong, missing, too many, or two exchanged."""
    if one == other:
        return True
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[at:] == other[at + 1 :]
    return one[at + 1 :] == other[at + 1 :] or (
        one[at + 2 :] == other[at + 2 :] and one[at : at + 2] == other[at : at + 2][::-1]
    )
