"""Builds DNS messages from RFC 1035 section 4: what the DNS and multicast DNS tests share."""

from __future__ import annotations

import struct

A, CNAME, PTR, HINFO, TXT, AAAA, SRV = 1, 5, 12, 13, 16, 28, 33


def name(*labels: str | bytes) -> bytes:
    """A name without compression; a name as one text is split at its dots."""
    if len(labels) == 1 and isinstance(labels[0], str):
        labels = tuple(labels[0].split("."))
    raw = [label.encode() if isinstance(label, str) else label for label in labels]
    return b"".join(bytes([len(label)]) + label for label in raw) + b"\0"


def pointer(at: int) -> bytes:
    return struct.pack(">H", 0xC000 | at)


def record(owner: bytes, kind: int, data: bytes, *, klass: int = 1, ttl: int = 120) -> bytes:
    return owner + struct.pack(">HHIH", kind, klass, ttl, len(data)) + data


def question(owner: bytes, kind: int = A, klass: int = 1) -> bytes:
    return owner + struct.pack(">HH", kind, klass)


def txt(*strings: bytes) -> bytes:
    return b"".join(bytes([len(string)]) + string for string in strings)


def message(
    flags: int,
    *,
    ident: int = 0,
    questions: tuple[bytes, ...] = (),
    answers: tuple[bytes, ...] = (),
    authority: tuple[bytes, ...] = (),
    additional: tuple[bytes, ...] = (),
) -> bytes:
    parts = (questions, answers, authority, additional)
    return struct.pack(">HHHHHH", ident, flags, *map(len, parts)) + b"".join(map(b"".join, parts))
