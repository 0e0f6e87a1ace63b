"""LDAP messages, as far as TCP and UDP share them. RFC 4511 section 4.

message  SEQUENCE: message id INTEGER, operation [APPLICATION n], controls
entry    [4]: name, SEQUENCE OF { attribute, SET OF values }
"""

from __future__ import annotations

from collections.abc import Iterator

from parsers import ber
from parsers.reading import clean

BIND, BIND_RESPONSE, SEARCH, ENTRY, SEARCH_DONE, REFERENCE = 0x60, 0x61, 0x63, 0x64, 0x65, 0x73
EXTENDED, EXTENDED_RESPONSE = 0x77, 0x78
REQUESTS = frozenset({BIND, 0x42, SEARCH, 0x66, 0x68, 0x4A, 0x6C, 0x6E, 0x50, EXTENDED})
RESPONSES = frozenset(
    {BIND_RESPONSE, ENTRY, SEARCH_DONE, 0x67, 0x69, 0x6B, 0x6D, 0x6F, REFERENCE, EXTENDED_RESPONSE, 0x79}
)
VALUES_MAX = 16  # of one attribute


def probe(first: bytes) -> bool | None:
    """A sequence with a message id and an operation that fit into it."""
    if not first or first[0] != ber.SEQUENCE:
        return False if first else None
    end = ber.extent(first)
    if end <= 0:
        return None if end == 0 else False
    at = 2 + (first[1] & 0x7F if first[1] > 0x80 else 0)
    if len(first) <= at:
        return None if end > at else False
    after = ber.extent(first, at)
    if first[at] != ber.INTEGER or after < 0 or after > at + 7:  # up to 2**31 (section 4.1.1.1)
        return False
    if after == 0 or len(first) <= after:
        return None if after < end else False
    operation = ber.extent(first, after)
    if first[after] not in REQUESTS and first[after] not in RESPONSES:
        return False
    return None if operation == 0 else 0 < operation <= end


def operation(message: bytes) -> ber.Element | None:
    """That of a whole message."""
    whole = ber.element(message, 0, len(message))
    parts = list(ber.elements(message, whole[1], whole[2]))[:2] if whole is not None else []
    return parts[1] if len(parts) == 2 and parts[0][0] == ber.INTEGER else None


def attributes(message: bytes, entry: ber.Element, wanted: frozenset[str]) -> Iterator[tuple[str, list[bytes]]]:
    """Those of an entry that are wanted, by name in lower case; others are not decoded."""
    parts = list(ber.elements(message, entry[1], entry[2]))[:2]
    if len(parts) < 2:
        return
    for each in ber.elements(message, parts[1][1], parts[1][2]):
        pair = list(ber.elements(message, each[1], each[2]))[:2]
        if len(pair) == 2:
            name = clean(message[pair[0][1] : pair[0][2]]).lower()
            if name in wanted:
                values = list(ber.elements(message, pair[1][1], pair[1][2]))[:VALUES_MAX]
                yield name, [message[value[1] : value[2]] for value in values]


def is_root(message: bytes, operation: ber.Element) -> bool:
    """Whether a search or an entry is about the root of the server, whose name is empty (section 5.1 of RFC 4512)."""
    name = ber.element(message, operation[1], operation[2])
    return name is not None and name[0] == ber.OCTET_STRING and name[1] == name[2]


def domain_of(name: bytes) -> str:
    """The DNS domain that a name of domain components is written after (RFC 2247): DC=wards,DC=example. Of any other
    name nothing is kept."""
    parts = [part.strip().partition("=") for part in clean(name).split(",")]
    if not all(kind.strip().lower() == "dc" and value.strip() for kind, _, value in parts):
        return ""
    return ".".join(value.strip() for _, _, value in parts).lower()
