"""Messages of a Dräger Infinity network, put together as wlbaker/mdrepo reads them (see parsers/infinity.py).

Model, firmware and serial number are those that a comment in InfinityDiscoveryWorker.java shows of a Delta.
"""

from __future__ import annotations

ADDRESS = bytes((192, 168, 28, 110))


def wide(string: str, *, padded: bool) -> bytes:
    """padded: a zero behind an odd number of characters."""
    return string.encode("utf-16-be") + (b"\0\0" if padded and len(string) % 2 else b"")


def segment(kind: int, name: str, rest: bytes, *, padded: bool = True) -> bytes:
    body = bytes((len(name),)) + wide(name, padded=padded) + rest
    return b"\0\1\0\x2d" + (7 + len(body)).to_bytes(2, "big") + bytes((kind,)) + body


def product(firmware: str, model: str, serial: str, *, padded: bool = True) -> bytes:
    texts = b"".join(wide(text, padded=padded) for text in (firmware, model, serial))
    lengths = bytes((len(firmware), len(model), len(serial), 0, 0))
    return bytes.fromhex("a73dbfbb00000000 030109") + lengths + texts


def announcement(*segments: bytes, address: bytes = ADDRESS, end: bytes = bytes(4)) -> bytes:
    head = address + bytes.fromhex("0004 00000001") + (7).to_bytes(4, "big") + bytes(6) + b"\1\0" + bytes(2)
    return head + b"".join(segments) + end


def block(kind: int, body: bytes) -> bytes:
    return kind.to_bytes(2, "big") + (4 + len(body)).to_bytes(2, "big") + body


def data(*blocks: bytes, address: bytes = ADDRESS, count: int = 0) -> bytes:
    head = b"\0\x64\0\0" + (9).to_bytes(4, "big") + (1_700_000_000).to_bytes(4, "big") + address + bytes(8)
    head += b"\0\1\0\2" + bytes((32, count or len(blocks))) + bytes(2)
    return head + b"".join(blocks)


NAMED = segment(1, "2808", ADDRESS + bytes(6))
DELTA = segment(13, "2808", product("VF8.3-W", "Delta", "6002591075"))
SERVICE = segment(11, "IDS2110", bytes((224, 0, 28, 110)) + bytes.fromhex("0000 0000 0802 0004 0000 0000 0000 0000"))
NAME, NUMBER = "ZQCANARYMARTIN JEANNE", "ZQCANARY4711"
PATIENT = segment(
    5,
    "2808",
    bytes(4) + ADDRESS + bytes((1, len(NAME), len(NUMBER), 0)) + wide(NAME, padded=True) + wide(NUMBER, padded=True),
)
ANNOUNCEMENT = announcement(NAMED, SERVICE, DELTA, PATIENT)

BED = block(10, "ZQCANARYMARTIN".ljust(26, "\0").encode("utf-16-be") + "ZQCA".encode("utf-16-be") + bytes(52))
WAVES = block(12, bytes.fromhex("0005010000000000 00c8005e0212219500000102 2800") + bytes(80))
VALUES = block(14, b"\1\x24" + bytes(36))
DATA = data(BED, WAVES, VALUES)
