"""Names of NetBIOS: 15 characters and a suffix that tells what answers to the name. RFC 1001 sections 14.1 and 15;
RFC 1002 section 4.1; the suffixes as Microsoft uses them.

On the wire each half byte is a letter from A to P behind the length 32; a scope may follow, as labels of DNS do.
"""

from __future__ import annotations

from msgspec import Struct

from parsers.dns_message import skip_name
from parsers.reading import printable

LENGTH = 32
LETTERS = bytes(range(0x41, 0x51))

WORKSTATION, USER, DOMAIN_MASTER, CONTROLLERS, MASTER, ELECTION, SERVER = 0x00, 0x03, 0x1B, 0x1C, 0x1D, 0x1E, 0x20
COMPUTER = frozenset({WORKSTATION, SERVER})  # where they are a single host's, the name is the computer's
GROUPS = {  # suffixes of names that belong to a domain or workgroup, and what is said of a host that has one
    WORKSTATION: "",
    ELECTION: "",
    CONTROLLERS: "domain controller",
    MASTER: "local master browser",
    DOMAIN_MASTER: "domain master browser",
}


class Name(Struct, frozen=True):
    """text: "" where there is none that may be shown: of a user, of nobody in particular, or no text at all."""

    text: str
    suffix: int


def plain(raw: bytes) -> Name:
    """From its 16 bytes. The messenger service registers users, and nobody can tell them from computers."""
    suffix = raw[15]
    return Name("" if suffix == USER else printable(raw[:15].rstrip(b" \0")).removeprefix("*"), suffix)


def encoded(data: bytes, at: int) -> tuple[Name, int] | None:
    """The name at `at` and the offset behind it and its scope."""
    letters = data[at + 1 : at + 1 + LENGTH]
    if len(letters) < LENGTH or data[at] != LENGTH or letters.strip(LETTERS):
        return None
    after = skip_name(data, at)
    raw = bytes((letters[i] - 0x41) << 4 | letters[i + 1] - 0x41 for i in range(0, LENGTH, 2))
    return (plain(raw), after) if after > 0 else None
