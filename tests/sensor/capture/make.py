"""Capture files written by hand, field by field as the formats say, and what reading them gives."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import sensor.wire.records
from sensor.capture.file import Capture

Frame = tuple[int, bytes, int]  # time in ns, captured bytes, original length
Row = tuple[int, bytes, int, int]  # the same and the link type

T0 = 1_767_225_600_123_456_789  # 2026-01-01T00:00:00.123456789Z


def frames(count: int, size: int = 60) -> list[Frame]:
    """Frames that differ in every field; every third is cut by the snap length."""
    return [
        (T0 + n * 1_000_000_007, bytes([n & 255]) * (size + n % 7), size + n % 7 + (100 if n % 3 == 2 else 0))
        for n in range(count)
    ]


def pcap(
    content: Iterable[Frame], *, big: bool = False, nano: bool = True, modified: bool = False, link: int = 1
) -> bytes:
    order = ">" if big else "<"
    magic = 0xA1B2CD34 if modified else 0xA1B23C4D if nano else 0xA1B2C3D4
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 262144, link)
    for time, data, original in content:
        fraction = time % 10**9 // (1 if nano and not modified else 1000)
        out += struct.pack(order + "IIII", time // 10**9, fraction, len(data), original)
        out += bytes(8 if modified else 0) + data
    return out


class Ng:
    """Blocks of pcapng in one byte order."""

    def __init__(self, *, big: bool = False) -> None:
        self.order = ">" if big else "<"

    def pack(self, form: str, *values: int) -> bytes:
        return struct.pack(self.order + form, *values)

    def block(self, kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        length = self.pack("I", len(body) + 12)
        return self.pack("I", kind) + length + body + length

    def option(self, code: int, value: bytes) -> bytes:
        return self.pack("HH", code, len(value)) + value + bytes(-len(value) % 4)

    def section(self, options: bytes = b"") -> bytes:
        return self.block(0x0A0D0D0A, self.pack("IHHq", 0x1A2B3C4D, 1, 0, -1) + options)

    def interface(self, link: int = 1, snap: int = 0, options: bytes = b"") -> bytes:
        return self.block(1, self.pack("HHI", link, 0, snap) + options)

    def enhanced(self, ticks: int, data: bytes, original: int, interface: int = 0, options: bytes = b"") -> bytes:
        fields = self.pack("IIIII", interface, ticks >> 32, ticks & 0xFFFFFFFF, len(data), original)
        return self.block(6, fields + data + bytes(-len(data) % 4) + options)

    def obsolete(self, ticks: int, data: bytes, original: int, interface: int = 0) -> bytes:
        fields = self.pack("HHIIII", interface, 5, ticks >> 32, ticks & 0xFFFFFFFF, len(data), original)
        return self.block(2, fields + data)

    def simple(self, data: bytes, original: int) -> bytes:
        return self.block(3, self.pack("I", original) + data)


def pcapng(content: Iterable[Frame], *, big: bool = False) -> bytes:
    """One section, one Ethernet interface in ns."""
    ng = Ng(big=big)
    out = ng.section() + ng.interface(options=ng.option(9, b"\x09"))
    return out + b"".join(ng.enhanced(time, data, original) for time, data, original in content)


def rows(capture: Capture) -> list[Row]:
    out: list[Row] = []
    for block in capture.blocks():
        table = block.records
        assert block.count > 0
        for at in range(0, block.count * 5, 5):
            time, start, captured, original, link = table[at : at + 5]
            out.append((time, bytes(block.data[start : start + captured]), original, link))
    return out


def expected(content: Iterable[Frame], link: int = 1) -> list[Row]:
    return [(time, data, original, link) for time, data, original in content]


def plain_records() -> ModuleType:
    """The record scanner as plain Python, whether or not it is compiled."""
    path = Path(sensor.wire.records.__file__ or "").with_name("records.py")
    spec = spec_from_file_location("plain_records", path)
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert not module.COMPILED
    return module
