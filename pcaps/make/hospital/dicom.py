"""What makers, keepers and viewers of images say: PS3.8 section 9.3, PS3.7, PS3.5. Every person is a canary."""

from __future__ import annotations

import struct
from typing import NamedTuple

IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
VERIFY, WORKLIST, MPPS, COMMIT = (
    "1.2.840.10008.1.1",
    "1.2.840.10008.5.1.4.31",
    "1.2.840.10008.3.1.2.3.3",
    "1.2.840.10008.1.20.1",
)
FIND, MOVE = "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.5.1.4.1.2.2.2"
STORAGE = tuple(  # PS3.6 table A-1: what an archive takes in
    "1.2.840.10008.5.1.4.1.1." + tail
    for tail in [
        "1",
        "1.1",
        "1.1.1",
        "1.2",
        "1.2.1",
        "1.3",
        "2",
        "2.1",
        "3.1",
        "4",
        "4.1",
        "6.1",
        "7",
        "7.1",
        "7.2",
        "7.3",
        "7.4",
        "11.1",
        "12.1",
        "12.1.1",
        "12.2",
        "12.2.1",
        "20",
        "30",
        "66",
        "77.1.1",
        "77.1.4",
        "77.1.5.1",
        "77.1.5.2",
        "77.1.5.4",
        "80.1",
        "88.11",
        "88.22",
        "88.33",
        "88.59",
        "88.67",
        "104.1",
        "128",
        "130",
        "481.1",
        "481.2",
        "481.3",
        "481.5",
    ]
)
ROOT = "1.2.826.0.1.3680043.9.7777"  # of a made-up implementation
PDU_MAX = 16384
REQUEST, ANSWER = 0, 0x8000
C_STORE, C_FIND, C_MOVE, C_ECHO, N_EVENT, N_SET, N_ACTION, N_CREATE = 1, 0x20, 0x21, 0x30, 0x100, 0x120, 0x130, 0x140
PENDING = 0xFF00


class Equipment(NamedTuple):
    """What the objects of one device say about it."""

    maker: str
    model: str
    serial: str
    software: str
    station: str
    title: str
    modality: str
    sop: str


class Side(NamedTuple):
    """One end of an association: application title and implementation."""

    title: str
    version: str
    uid: str = ROOT + ".1"


def item(kind: int, body: bytes) -> bytes:
    return struct.pack(">BBH", kind, 0, len(body)) + body


def associate(client: Side, server: Side, classes: tuple[str, ...], *, accept: bool) -> bytes:
    """A-ASSOCIATE-RQ, or the -AC to it; the context of classes[i] is 2 i + 1; all is implicit VR."""
    contexts = b""
    for number, abstract in enumerate(classes):
        head = bytes((2 * number + 1, 0, 0, 0))
        syntax = item(0x40, IMPLICIT.encode())
        contexts += item(0x21, head + syntax) if accept else item(0x20, head + item(0x30, abstract.encode()) + syntax)
    who = server if accept else client
    user = item(0x51, PDU_MAX.to_bytes(4)) + item(0x52, who.uid.encode())
    user += item(0x55, who.version[:16].encode()) if who.version else b""
    body = struct.pack(">HH16s16s32x", 1, 0, server.title.ljust(16).encode(), client.title.ljust(16).encode())
    body += item(0x10, b"1.2.840.10008.3.1.1.1") + contexts + item(0x50, user)
    return struct.pack(">BBI", 2 if accept else 1, 0, len(body)) + body


RELEASE = tuple(struct.pack(">BBII", kind, 0, 4, 0) for kind in (5, 6))


def data(context: int, body: bytes, *, command: bool) -> bytes:
    control = 2 | command
    return struct.pack(">BBIIBB", 4, 0, len(body) + 6, len(body) + 2, context, control) + body


def even(text: str, filler: bytes = b" ") -> bytes:
    raw = text.encode("latin-1", "replace")
    return raw + filler * (len(raw) & 1)


def element(tag: int, value: bytes) -> bytes:
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value


def uid(tag: int, value: str) -> bytes:
    return element(tag, even(value, b"\0"))


def sequence(tag: int, *items: bytes) -> bytes:
    return element(tag, b"".join(element(0xFFFEE000, body) for body in items))


def command(
    context: int,
    field: int,
    sop: str,
    message: int,
    *,
    status: int | None = None,
    instance: str = "",
    has_data: bool = False,
    destination: str = "",
    originator: str = "",
) -> bytes:
    """A command set in a PDU of its own; an answer where a status is given."""
    answer = status is not None
    short = struct.Struct("<H").pack
    parts = [uid(2, sop), element(0x100, short(field | (ANSWER if answer else 0)))]
    parts.append(element(0x120 if answer else 0x110, short(message)))
    if destination:
        parts.append(element(0x600, even(destination)))
    if not answer and field < N_EVENT:
        parts.append(element(0x700, short(0)))
    parts.append(element(0x800, short(1 if has_data else 0x0101)))
    if status is not None:
        parts.append(element(0x900, short(status)))
    if instance:
        parts.append(uid(0x1000, instance))
    if field in (N_EVENT, N_ACTION):
        parts.append(element(0x1002 if field == N_EVENT else 0x1008, short(1)))
    if originator:
        parts += [element(0x1030, even(originator)), element(0x1031, short(message))]
    body = b"".join(parts)
    return data(context, element(0, struct.pack("<I", len(body))) + body, command=True)


def image(made: Equipment, number: int) -> bytes:
    """The data set of an object: the device that made it, a patient who is nobody, some pixels."""
    instance = f"{ROOT}.5.{number}"
    texts = {
        0x00080016: (made.sop, b"\0"),
        0x00080018: (instance, b"\0"),
        0x00080020: ("20260105", b" "),
        0x00080050: (f"ZQCANARYA{number}", b" "),
        0x00080060: (made.modality, b" "),
        0x00080070: (made.maker, b" "),
        0x00080080: ("Example University Hospital", b" "),
        0x00080090: ("ZQCANARYDOCTOR^PAUL", b" "),
        0x00081010: (made.station, b" "),
        0x00081070: ("ZQCANARYOPERATOR^IDA", b" "),
        0x00081090: (made.model, b" "),
        0x00100010: ("ZQCANARYMARTIN^JEANNE", b" "),
        0x00100020: (f"ZQCANARY{number}", b" "),
        0x00100030: ("19700101", b" "),
        0x00181000: (made.serial, b" "),
        0x00181020: (made.software, b" "),
        0x0020000D: (f"{ROOT}.6.{number}", b"\0"),
        0x0020000E: (f"{ROOT}.7.{number}", b"\0"),
        0x00200013: ("1", b" "),
    }
    out = b"".join(element(tag, even(text, filler)) for tag, (text, filler) in sorted(texts.items()) if text)
    return out + element(0x00280010, struct.pack("<H", 16)) + element(0x7FE00010, bytes(range(256)) * 2)


Talk = list[tuple[int, bytes]]


def opening(client: Side, server: Side, classes: tuple[str, ...]) -> Talk:
    return [(0, associate(client, server, classes, accept=False)), (1, associate(client, server, classes, accept=True))]


CLOSING: Talk = [(0, RELEASE[0]), (1, RELEASE[1])]


def store(
    client: Side, server: Side, made: list[Equipment], number: int, *, wide: bool = False, mover: str = ""
) -> Talk:
    """Objects of devices are stored. wide: the client proposes every kind, as what hands on does. mover: the title of
    whoever asked for them."""
    classes = STORAGE if wide else tuple(dict.fromkeys(each.sop for each in made))
    out = opening(client, server, classes)
    for count, each in enumerate(made, 1):
        context = 2 * classes.index(each.sop) + 1
        instance = f"{ROOT}.5.{number + count}"
        asked = command(context, C_STORE, each.sop, count, instance=instance, has_data=True, originator=mover)
        out.append((0, asked + data(context, image(each, number + count), command=False)))
        out.append((1, command(context, C_STORE, each.sop, count, status=0, instance=instance)))
    return out + CLOSING


def worklist(client: Side, server: Side, made: Equipment) -> Talk:
    """A modality asks for its worklist and is given one patient (PS3.4 annex K)."""
    step = element(0x00080060, even(made.modality)) + element(0x00400001, even(made.title))
    asked = element(0x00100010, b"") + element(0x00100020, b"") + sequence(0x00400100, step)
    given = element(0x00100010, even("ZQCANARYMARTIN^JEANNE")) + element(0x00100020, even("ZQCANARY99"))
    given += sequence(0x00400100, step)
    return [
        *opening(client, server, (WORKLIST,)),
        (0, command(1, C_FIND, WORKLIST, 1, has_data=True) + data(1, asked, command=False)),
        (1, command(1, C_FIND, WORKLIST, 1, status=PENDING, has_data=True) + data(1, given, command=False)),
        (1, command(1, C_FIND, WORKLIST, 1, status=0)),
        *CLOSING,
    ]


def procedure(client: Side, server: Side, made: Equipment, number: int) -> Talk:
    """A procedure step is begun and ended (PS3.4 annex F)."""
    instance = f"{ROOT}.8.{number}"
    began = element(0x00080060, even(made.modality)) + element(0x00100010, even("ZQCANARYMARTIN^JEANNE"))
    began += element(0x00400241, even(made.title)) + element(0x00400242, even(made.station))
    began += element(0x00400252, even("IN PROGRESS"))
    ended = element(0x00400252, even("COMPLETED"))
    return [
        *opening(client, server, (MPPS,)),
        (0, command(1, N_CREATE, MPPS, 1, instance=instance, has_data=True) + data(1, began, command=False)),
        (1, command(1, N_CREATE, MPPS, 1, status=0, instance=instance)),
        (0, command(1, N_SET, MPPS, 2, instance=instance, has_data=True) + data(1, ended, command=False)),
        (1, command(1, N_SET, MPPS, 2, status=0, instance=instance)),
        *CLOSING,
    ]


def commitment(client: Side, server: Side, made: Equipment, number: int) -> Talk:
    """A modality asks the archive to promise that it keeps an object (PS3.4 annex J)."""
    well_known = "1.2.840.10008.1.20.1.1"
    reference = uid(0x00081150, made.sop) + uid(0x00081155, f"{ROOT}.5.{number}")
    asked = uid(0x00081195, f"{ROOT}.9.{number}") + sequence(0x00081199, reference)
    return [
        *opening(client, server, (COMMIT,)),
        (0, command(1, N_ACTION, COMMIT, 1, instance=well_known, has_data=True) + data(1, asked, command=False)),
        (1, command(1, N_ACTION, COMMIT, 1, status=0, instance=well_known)),
        *CLOSING,
    ]


def query(client: Side, server: Side, destination: str) -> Talk:
    """A viewer looks for studies and has one sent (PS3.4 annex C)."""
    asked = element(0x00080052, even("STUDY")) + element(0x00100010, even("ZQCANARY*"))
    moved = element(0x00080052, even("STUDY")) + uid(0x0020000D, ROOT + ".6.1")
    return [
        *opening(client, server, (FIND, MOVE)),
        (0, command(1, C_FIND, FIND, 1, has_data=True) + data(1, asked, command=False)),
        (1, command(1, C_FIND, FIND, 1, status=PENDING, has_data=True) + data(1, asked, command=False)),
        (1, command(1, C_FIND, FIND, 1, status=0)),
        (0, command(3, C_MOVE, MOVE, 2, has_data=True, destination=destination) + data(3, moved, command=False)),
        (1, command(3, C_MOVE, MOVE, 2, status=0)),
        *CLOSING,
    ]


def echo(client: Side, server: Side) -> Talk:
    return [
        *opening(client, server, (VERIFY,)),
        (0, command(1, C_ECHO, VERIFY, 1)),
        (1, command(1, C_ECHO, VERIFY, 1, status=0)),
        *CLOSING,
    ]
