"""DICOM PDUs and data sets written byte by byte after PS3.8 clause 9.3, PS3.7 annex E and PS3.5 clause 7."""

from __future__ import annotations

import struct

VERIFICATION = "1.2.840.10008.1.1"
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
WORKLIST = "1.2.840.10008.5.1.4.31"
MPPS = "1.2.840.10008.3.1.2.3.3"
COMMITMENT = "1.2.840.10008.1.20.1"
PRINTER = "1.2.840.10008.5.1.1.16"
STUDY_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG = "1.2.840.10008.1.2.2"


def item(kind: int, value: bytes) -> bytes:
    """Item or sub-item: type, reserved, length (big-endian), value. PS3.8 9.3.2."""
    return struct.pack(">BBH", kind, 0, len(value)) + value


def user(uid: str = "1.2.276.0.7230010.3.0.3.6.7", version: str = "OFFIS_DCMTK_367", *more: bytes) -> bytes:
    parts = [item(0x51, struct.pack(">L", 16384)), item(0x52, uid.encode())]
    if version:
        parts.append(item(0x55, version.encode()))
    return item(0x50, b"".join((*parts, *more)))


def pdu(kind: int, body: bytes) -> bytes:
    return struct.pack(">BBL", kind, 0, len(body)) + body


def _association(kind: int, called: str, calling: str, items: bytes) -> bytes:
    fixed = struct.pack(">HH16s16s32s", 1, 0, called.encode().ljust(16), calling.encode().ljust(16), bytes(32))
    return pdu(kind, fixed + item(0x10, b"1.2.840.10008.3.1.1.1") + items)


def rq(
    contexts: dict[int, tuple[str, list[str]]],
    calling: str = "CT001",
    called: str = "PACS1",
    user_information: bytes | None = None,
) -> bytes:
    """A-ASSOCIATE-RQ; contexts: id -> (abstract syntax, transfer syntaxes)."""
    items = b"".join(
        item(0x20, bytes((i, 0, 0, 0)) + item(0x30, sop.encode()) + b"".join(item(0x40, t.encode()) for t in syntaxes))
        for i, (sop, syntaxes) in contexts.items()
    )
    return _association(1, called, calling, items + (user() if user_information is None else user_information))


def ac(
    results: dict[int, tuple[int, str]],
    calling: str = "CT001",
    called: str = "PACS1",
    user_information: bytes | None = None,
) -> bytes:
    """A-ASSOCIATE-AC; results: id -> (result, transfer syntax)."""
    items = b"".join(
        item(0x21, bytes((i, 0, result, 0)) + item(0x40, syntax.encode())) for i, (result, syntax) in results.items()
    )
    archive = user("1.2.40.0.13.1.3", "dcm4che-5.31.0") if user_information is None else user_information
    return _association(2, called, calling, items + archive)


def rj(result: int, source: int, reason: int) -> bytes:
    return pdu(3, bytes((0, result, source, reason)))


RELEASE_RQ, RELEASE_RP, ABORT = pdu(5, bytes(4)), pdu(6, bytes(4)), pdu(7, b"\0\0\2\0")


def pdv(context: int, control: int, data: bytes) -> bytes:
    """control: bit 0 command, bit 1 last. PS3.8 annex E.2."""
    return struct.pack(">LBB", len(data) + 2, context, control) + data


def p_data(*pdvs: bytes) -> bytes:
    return pdu(4, b"".join(pdvs))


def element(tag: int, value: bytes) -> bytes:
    """Implicit VR, little-endian."""
    return struct.pack("<HHL", tag >> 16, tag & 0xFFFF, len(value)) + value


def _even(text: str) -> bytes:
    raw = text.encode()
    return raw + b"\0" * (len(raw) % 2)


def command(field: int, sop_class: str = "", data: bool = False, **more: str | int) -> bytes:
    """A command set. more: status, destination, originator, requested."""
    body = b""
    if sop_class:
        body += element(0x00000003 if more.get("requested") else 0x00000002, _even(sop_class))
    body += element(0x00000100, struct.pack("<H", field))
    body += element(0x00000120 if field & 0x8000 else 0x00000110, struct.pack("<H", 7))
    if "destination" in more:
        body += element(0x00000600, str(more["destination"]).encode().ljust(16))
    body += element(0x00000800, struct.pack("<H", 0x0001 if data else 0x0101))
    if field & 0x8000:
        body += element(0x00000900, struct.pack("<H", int(more.get("status", 0))))
    body += element(0x00001000, b"1.2.3.ZQCANARY\0\0")
    if "originator" in more:
        body += element(0x00001030, str(more["originator"]).encode().ljust(16))
    return element(0x00000000, struct.pack("<L", len(body))) + body


def message(context: int, command_set: bytes, data_set: bytes | None = None, size: int = 16384) -> bytes:
    """One command PDU, then the data set in PDUs of at most `size` bytes, one PDV each."""
    out = p_data(pdv(context, 3, command_set))
    if data_set is not None:
        room = size - 6
        pieces = [data_set[i : i + room] for i in range(0, len(data_set), room)] or [b""]
        for number, piece in enumerate(pieces):
            out += p_data(pdv(context, 2 if number == len(pieces) - 1 else 0, piece))
    return out
