"""Reading numbers and text from bytes that may be shorter than they claim."""

from __future__ import annotations

from parsers.api import TEXT_MAX


def u16(data: bytes, at: int) -> int:
    """Big-endian 16 bits at `at`; the caller has checked the length."""
    return data[at] << 8 | data[at + 1]


def u32(data: bytes, at: int) -> int:
    """Big-endian 32 bits at `at`; the caller has checked the length."""
    return data[at] << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3]


def u16le(data: bytes, at: int) -> int:
    """Little-endian 16 bits at `at`; the caller has checked the length."""
    return data[at] | data[at + 1] << 8


def u32le(data: bytes, at: int) -> int:
    """Little-endian 32 bits at `at`; the caller has checked the length."""
    return data[at] | data[at + 1] << 8 | data[at + 2] << 16 | data[at + 3] << 24


def clean(raw: bytes, encoding: str = "utf-8") -> str:
    """Text of a field: cut at TEXT_MAX, padding (NUL, white space) stripped at both ends, undecodable bytes as U+FFFD.

    Control characters inside are kept: making them visible is the business of whoever shows the text.
    """
    text = raw[: 4 * TEXT_MAX].decode(encoding, "replace")
    return text.strip("\0 \t\r\n")[:TEXT_MAX]


def printable(raw: bytes) -> str:
    """The text of a field, or "" if it is none."""
    text = clean(raw)
    return text if text.isprintable() and "\ufffd" not in text else ""


def text_or_hex(raw: bytes) -> str:
    """Text where it is text, else hexadecimal digits; "" for padding alone."""
    return printable(raw) or (raw[: TEXT_MAX // 2].hex() if any(raw) else "")


def mac_text(raw: bytes) -> str:
    """Six bytes as aa:bb:cc:dd:ee:ff."""
    return raw.hex(":")


def ip_text(raw: bytes) -> str:
    """Four or sixteen bytes as an IPv4 or IPv6 address in its canonical text form (RFC 5952)."""
    if len(raw) == 4:
        return f"{raw[0]}.{raw[1]}.{raw[2]}.{raw[3]}"
    import ipaddress

    return str(ipaddress.IPv6Address(raw))


def load_late() -> None:
    """See `parsers.api.load_late`."""
    ip_text(bytes(16))
