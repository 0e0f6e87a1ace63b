"""Names of NetBIOS written by hand (RFC 1001 section 14.1)."""

from __future__ import annotations


def encoded(name: str, suffix: int) -> bytes:
    raw = name.encode("latin-1").ljust(15) + bytes([suffix])
    return b"\x20" + bytes(half + 0x41 for byte in raw for half in (byte >> 4, byte & 15)) + b"\0"
