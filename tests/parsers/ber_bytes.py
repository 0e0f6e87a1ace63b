"""BER written by hand (X.690)."""

from __future__ import annotations


def tlv(tag: int, *parts: bytes, long: bool = False) -> bytes:
    """An element; with `long` its length is in four octets, as Windows writes it."""
    content = b"".join(parts)
    size = len(content)
    if long:
        return bytes([tag, 0x84]) + size.to_bytes(4, "big") + content
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = (size.bit_length() + 7) // 8
    return bytes([tag, 0x80 | octets]) + size.to_bytes(octets, "big") + content


def sequence(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def integer(value: int) -> bytes:
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def octets(value: bytes | str) -> bytes:
    return tlv(4, value.encode() if isinstance(value, str) else value)
