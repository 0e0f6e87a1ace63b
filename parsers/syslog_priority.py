"""How a syslog message begins, over UDP and in a stream. RFC 5424 section 6.2.1, RFC 3164 section 4.1.1."""

from __future__ import annotations

PRIORITY_MAX = 191


def priority(first: bytes) -> int:
    """Offset behind <priority>, or 0."""
    if first[:1] != b"<":
        return 0
    end = first.find(b">", 2, 5)
    digits = first[1:end] if end > 0 else b""
    sound = digits.isdigit() and int(digits) <= PRIORITY_MAX and (digits[:1] != b"0" or len(digits) == 1)
    return end + 1 if sound else 0
