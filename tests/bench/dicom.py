"""What made-up scanners and archives say: PS3.8 section 9.3, PS3.7 section 9.3.1, PS3.5. Every patient is a canary."""

from __future__ import annotations

import struct

from tests.bench.content import MAKERS

CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
PDU_MAX = 16384


def item(kind: int, body: bytes) -> bytes:
    return struct.pack(">BBH", kind, 0, len(body)) + body


def association(calling: str, called: str, *, accept: bool, explicit: bool, version: str) -> bytes:
    """A-ASSOCIATE-RQ or -AC; context 1 is CT, 3 is MR, 5 verification."""
    contexts = b""
    syntax = EXPLICIT if explicit else IMPLICIT
    for number, abstract in ((1, CT), (3, MR), (5, "1.2.840.10008.1.1")):
        if accept:
            contexts += item(0x21, bytes((number, 0, 0, 0)) + item(0x40, syntax.encode()))
        else:
            syntaxes = item(0x40, EXPLICIT.encode()) + item(0x40, IMPLICIT.encode())
            contexts += item(0x20, bytes((number, 0, 0, 0)) + item(0x30, abstract.encode()) + syntaxes)
    user = (
        item(0x51, PDU_MAX.to_bytes(4)) + item(0x52, b"1.2.826.0.1.3680043.9.7777.1.4") + item(0x55, version.encode())
    )
    body = struct.pack(">HH16s16s32x", 1, 0, called.ljust(16).encode(), calling.ljust(16).encode())
    body += item(0x10, b"1.2.840.10008.3.1.1.1") + contexts + item(0x50, user)
    return struct.pack(">BBI", 2 if accept else 1, 0, len(body)) + body


RELEASE = tuple(struct.pack(">BBII", kind, 0, 4, 0) for kind in (5, 6))


def p_data(context: int, data: bytes, *, command: bool) -> bytes:
    """As many P-DATA-TF as it takes, each with one value."""
    out = []
    size = PDU_MAX - 6
    for at in range(0, len(data), size):
        piece = data[at : at + size]
        control = command | (2 if at + size >= len(data) else 0)
        out.append(struct.pack(">BBIIBB", 4, 0, len(piece) + 6, len(piece) + 2, context, control) + piece)
    return b"".join(out)


def uid(text: str) -> bytes:
    return text.encode() + b"\0" * (len(text) & 1)


def padded(text: str) -> bytes:
    return text.encode() + b" " * (len(text.encode()) & 1)


def command(*elements: tuple[int, bytes]) -> bytes:
    body = b"".join(struct.pack("<HHI", 0, element, len(value)) + value for element, value in elements)
    return struct.pack("<HHII", 0, 0, 4, len(body)) + body


def store_request(abstract: str, instance: str, message: int) -> bytes:
    short = (struct.pack("<H", n) for n in (1, message, 0, 1))
    kind, identity, priority, dataset = short
    return command(
        (0x0002, uid(abstract)),
        (0x0100, kind),
        (0x0110, identity),
        (0x0700, priority),
        (0x0800, dataset),
        (0x1000, uid(instance)),
    )


def store_response(abstract: str, instance: str, message: int) -> bytes:
    return command(
        (0x0002, uid(abstract)),
        (0x0100, b"\x01\x80"),
        (0x0120, struct.pack("<H", message)),
        (0x0800, b"\x01\x01"),
        (0x0900, b"\0\0"),
        (0x1000, uid(instance)),
    )


def element(tag: int, vr: str, value: bytes, *, explicit: bool) -> bytes:
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    if not explicit:
        return head + len(value).to_bytes(4, "little") + value
    if vr in ("OB", "OW", "SQ", "UN"):
        return head + vr.encode() + b"\0\0" + len(value).to_bytes(4, "little") + value
    return head + vr.encode() + len(value).to_bytes(2, "little") + value


def data_set(number: int, abstract: str, instance: str, pixels: bytes, *, explicit: bool) -> bytes:
    """An image: who made it, whose it is (a canary), how large, and its pixels."""
    maker = MAKERS[number % len(MAKERS)]
    series = instance.rsplit(".", 1)[0]
    text = {
        0x00080008: ("CS", "ORIGINAL\\PRIMARY\\AXIAL"),
        0x00080020: ("DA", "20260105"),
        0x00080030: ("TM", "080000"),
        0x00080050: ("SH", f"ZQCANARYA{number}"),
        0x00080060: ("CS", "CT" if abstract == CT else "MR"),
        0x00080070: ("LO", maker),
        0x00080080: ("LO", "Example Hospital"),
        0x00080090: ("PN", "ZQCANARYDOCTOR^PAUL"),
        0x00081010: ("SH", f"STN{number:05}"),
        0x00081030: ("LO", "THORAX"),
        0x0008103E: ("LO", "Axial 2 mm"),
        0x00081090: ("LO", f"Model {number % 17}"),
        0x00100010: ("PN", "ZQCANARYMARTIN^JEANNE"),
        0x00100020: ("LO", f"ZQCANARY{number}"),
        0x00100030: ("DA", "19700101"),
        0x00180050: ("DS", "2.0"),
        0x00181000: ("LO", f"SN{number:07}"),
        0x00181020: ("LO", f"v{number % 5}.{number % 9}"),
        0x00181030: ("LO", "Chest routine"),
        0x00200011: ("IS", "2"),
        0x00200013: ("IS", str(number % 300)),
        0x00280004: ("CS", "MONOCHROME2"),
    }
    raw = {tag: (vr, padded(value)) for tag, (vr, value) in text.items()}
    raw[0x00080016] = ("UI", uid(abstract))
    raw[0x00080018] = ("UI", uid(instance))
    raw[0x0020000D] = ("UI", uid(series))
    raw[0x0020000E] = ("UI", uid(series + ".1"))
    for tag, value in ((0x00280002, 1), (0x00280010, 512), (0x00280011, 512), (0x00280100, 16), (0x00280101, 12)):
        raw[tag] = ("US", struct.pack("<H", value))
    raw[0x00290010] = ("LO", padded("BENCH PRIVATE"))
    raw[0x00291010] = ("OB", pixels[: 600 + number % 40 * 100 & ~1])  # what makers put in private elements
    raw[0x7FE00010] = ("OW", pixels)
    return b"".join(element(tag, *raw[tag], explicit=explicit) for tag in sorted(raw))
