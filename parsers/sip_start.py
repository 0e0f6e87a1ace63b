"""How a message of SIP begins: a status line, or a request line. RFC 3261 section 7."""

from __future__ import annotations

VERSION = b"SIP/2.0"
METHODS = (
    *(b"ACK", b"BYE", b"CANCEL", b"INFO", b"INVITE", b"MESSAGE", b"NOTIFY", b"OPTIONS", b"PRACK", b"PUBLISH"),
    *(b"REFER", b"REGISTER", b"SUBSCRIBE", b"UPDATE"),
)  # IANA's registry of SIP methods
METHOD_MAX = 10
LINE_MAX = 1024


def probe(first: bytes) -> bool | None:
    """A status line, or a request line that ends with the version."""
    if first[:1] not in b"ABCIMNOPRSU":
        return False
    if first[:8] == b"SIP/2.0 ":
        return True
    method, space, _ = first[:METHOD_MAX].partition(b" ")
    if not space:
        return None if any(known.startswith(first) for known in (VERSION, *METHODS)) else False
    if method not in METHODS:
        return False
    end = first.find(b"\n")
    if end < 0:
        return None if len(first) < LINE_MAX else False
    return first[:end].rstrip(b"\r").endswith(b" " + VERSION)
