"""Addresses as text, looked at faster than `ipaddress` does: it is asked of every subject and of every name."""

from __future__ import annotations

BYTES = {str(number): number for number in range(256)}  # no leading zeros: some read those as octal


def ipv4(text: str) -> int:
    """An IPv4 address in its usual form as a number; -1 if it is none."""
    parts = text.split(".")
    if len(parts) != 4:
        return -1
    try:
        a, b, c, d = (BYTES[part] for part in parts)
    except KeyError:
        return -1
    return a << 24 | b << 16 | c << 8 | d
