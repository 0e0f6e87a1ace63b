"""How a Kerberos message begins: the same over UDP and TCP. RFC 4120 section 5."""

from __future__ import annotations

from parsers import ber

AS_REQUEST, AS_REPLY, TGS_REQUEST, TGS_REPLY, ERROR = 0x6A, 0x6B, 0x6C, 0x6D, 0x7E
REQUESTS, REPLIES = frozenset({AS_REQUEST, TGS_REQUEST}), frozenset({AS_REPLY, TGS_REPLY})
TAGS = REQUESTS | REPLIES | {ERROR}
VERSION = b"\x02\x01\x05"  # INTEGER 5


def probe(first: bytes) -> bool:
    """A message's tag, a sequence that fills it, and in it the version."""
    if len(first) < 12 or first[0] not in TAGS:
        return False
    end = ber.extent(first)
    begin = end and ber.extent(first, 2 + (first[1] & 0x7F if first[1] > 0x80 else 0))
    return 0 < end == begin and VERSION in first[:24]
