"""EtherNet/IP's frames and the identity of a CIP device, as they are over UDP and TCP. ODVA CIP volume 2 chapter 2
(frames), volume 1 chapter 5-2 (identity object).

  0 command 2   length 2   session 4   status 4   context 8   20 options 4   24 data   (little-endian)
  list of identities: count 2, then items: type 2, length 2, data; 0x000c:
    0 version 2   2 address: family 2, port 2, IPv4 4, zeros 8 (big-endian)   18 identity   state 1
  identity: 0 vendor 2   kind 2   product 2   6 revision 1, 1   8 status 2   serial 4   14 length 1   name
  answer to "what are you": 0 service 0x81   0   status 0   0   4 identity
"""

from __future__ import annotations

from collections.abc import Iterator

from parsers.api import SENDER, Event, Odd, Said
from parsers.reading import ip_text, printable, u16le, u32le

HEAD, IDENTITY = 24, 15
LIST_SERVICES, LIST_IDENTITY, LIST_INTERFACES, REGISTER, UNREGISTER = 0x04, 0x63, 0x64, 0x65, 0x66
SEND, SEND_CONNECTED = 0x6F, 0x70
COMMANDS = frozenset((LIST_SERVICES, LIST_IDENTITY, LIST_INTERFACES, REGISTER, UNREGISTER, SEND, SEND_CONNECTED))
STATUSES = frozenset((0, 1, 2, 3, 0x64, 0x65, 0x69))  # section 2-3.5
IDENTITY_ITEM, UNCONNECTED_ITEM = 0x0C, 0xB2
ADDRESS = 18  # bytes before the identity in a list
ITEMS_MAX = 8  # of one message; there are two
INET = b"\0\2"
ALL_OF_IT = b"\x81\0\0\0"
NAME_MAX = 32  # section 5-2.2.1.7


def is_head(data: bytes | bytearray) -> bool:
    """Whether all of these 24 bytes are possible."""
    command, status = int.from_bytes(data[:2], "little"), int.from_bytes(data[8:12], "little")
    return command in COMMANDS and status in STATUSES and not any(data[20:24])


def read(data: bytes, name: str) -> Iterator[Event]:
    """A whole message, for the parser of that name."""
    command = u16le(data, 0)
    if command == LIST_IDENTITY and len(data) > HEAD:
        yield from listed(data, name)
    elif command == SEND:
        yield from answered(data, name)


def items(data: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    for _ in range(min(u16le(data, at), ITEMS_MAX) if at + 2 <= len(data) else 0):
        if at + 6 > len(data):
            return
        size = u16le(data, at + 4)
        if at + 6 + size > len(data):
            return
        yield u16le(data, at + 2), data[at + 6 : at + 6 + size]
        at += 4 + size


def listed(data: bytes, name: str) -> Iterator[Event]:
    found = False
    for kind, item in items(data, HEAD):
        fields = identity(item[ADDRESS:], name) if kind == IDENTITY_ITEM else ()
        if fields:
            found = True
            if item[2:4] == INET and any(item[6:10]):
                fields = (*fields, (f"{name}.address", ip_text(item[6:10])))
            yield Said(SENDER, fields)
    if not found:
        yield Odd(f"{name}.malformed")


def answered(data: bytes, name: str) -> Iterator[Event]:
    """All attributes of an identity, as an answer that is not connected (volume 1 section 5-2.3.2)."""
    for kind, item in items(data, HEAD + 6):  # behind interface 4 and time 2
        if kind == UNCONNECTED_ITEM and item[:4] == ALL_OF_IT:
            told = item[4:]
            if len(told) == IDENTITY + (told[14] if len(told) > 14 else 0) and (fields := identity(told, name)):
                yield Said(SENDER, fields)


def identity(data: bytes, name: str) -> tuple[tuple[str, str], ...]:
    """Empty where it is none."""
    if len(data) < IDENTITY or not 0 < data[14] <= NAME_MAX or IDENTITY + data[14] > len(data):
        return ()
    product = printable(data[IDENTITY : IDENTITY + data[14]])
    if not product:
        return ()
    fields = [
        (f"{name}.vendor_id", str(u16le(data, 0))),
        (f"{name}.device_type", str(u16le(data, 2))),
        (f"{name}.product_code", str(u16le(data, 4))),
        (f"{name}.revision", f"{data[6]}.{data[7]:03}"),
        (f"{name}.product", product),
    ]
    if serial := u32le(data, 10):
        fields.append((f"{name}.serial", f"{serial:08x}"))
    return tuple(fields)


def emits(name: str) -> dict[str, float]:
    return {
        f"{name}.vendor_id": 0.9,
        f"{name}.device_type": 0.9,
        f"{name}.product_code": 0.9,
        f"{name}.revision": 0.9,
        f"{name}.product": 0.9,
        f"{name}.serial": 0.9,
    }
