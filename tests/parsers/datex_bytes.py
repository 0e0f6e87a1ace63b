"""Records of DRI, put together as xeonfusion/VSCapture's Class1.cs and Class2.cs lay them out (see datex_record)."""

from __future__ import annotations

import struct

NOW = 1_767_225_600  # 2026-01-01


def record(
    body: bytes, *, level: int = 9, plug: int = 0, time: int = NOW, main: int = 0, parts: tuple[tuple[int, int], ...]
) -> bytes:
    listed = b"".join(struct.pack("<HB", *part) for part in (*parts, (0, 0xFF)))[:24].ljust(24, b"\0")
    head = struct.pack("<HBBHI4xH", 40 + len(body), 0, level, plug, time, main) + listed
    return head + body


def framed(data: bytes) -> bytes:
    plain = data + bytes((sum(data) & 0xFF,))
    escaped = plain.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e")
    return b"\x7e" + escaped + b"\x7e"


# A request for displayed values each ten seconds, byte by byte the manual's example with the level 2005
REQUEST = (
    bytes.fromhex("3100 00 09 0000 00000000 00000000 0000 000000 0000ff")
    + bytes(18)
    + bytes.fromhex("01 0a00 0e000000 0000")
)
VALUES = record(bytes.fromhex("7d7e00") + b"ZQCANARY" + bytes(300), plug=17, parts=((0, 1), (100, 2)))
WAVES = record(bytes(1450), plug=17, main=1, parts=tuple((n * 50, n + 1) for n in range(8)))
ALARMS = record(b"ZQCANARYMARTIN JEANNE" + bytes(40), plug=17, main=4, parts=((0, 1),))
