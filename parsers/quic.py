"""QUIC: whom a client means and what program it is, out of the first packet that it sends. RFC 9000, 9001, 9369.

  0 long 1 bit, fixed 1 bit, kind 2 bits, hidden 4 bits   1 version 4   5 destination id, counted 1   source id, too
  token, counted by a number of variable length   length (such a number)   packet number, hidden   frames, encrypted
                                                                                          (RFC 9000 section 17.2.2)
A hello that does not fit into one datagram is counted; the parts would have to be kept.
"""

from __future__ import annotations

from collections.abc import Iterable

from parsers import quic_initial, tls_hello
from parsers.api import RECEIVER, SENDER, DatagramSpec, Event, Odd, Said
from parsers.quic_initial import VERSIONS
from parsers.reading import u32

LONG_AND_FIXED = 0xC0
LEAST = 1200  # bytes of a datagram with a client's initial packet in it (RFC 9000 section 14.1)
ID_MAX, ID_LEAST = 20, 8  # of a destination id that a client made up (section 7.2)
PACKETS_MAX = 4  # of one datagram; two or three are usual
FRAMES_MAX = 256  # of one packet; a browser splits its hello into some twenty, with padding and pings between
PADDING, PING, ACK, ACK_ECN, CRYPTO = 0, 1, 2, 3, 6
HELLO_MAX = 16 * 1024
CLIENT_HELLO, MESSAGE_HEAD = 1, 4
NAMES = {0x00000001: "1", 0x6B3343CF: "2"}


def probe(first: bytes) -> bool:
    """A client's: one that opens must be long, and choose an id of eight bytes at least."""
    if len(first) < LEAST or not is_initial(first):
        return False
    return ID_LEAST <= first[5] <= ID_MAX


def is_initial(data: bytes) -> bool:
    if len(data) < 7 or data[0] & LONG_AND_FIXED != LONG_AND_FIXED:
        return False
    version = VERSIONS.get(u32(data, 1))
    return version is not None and data[0] >> 4 & 3 == version.initial


def read(data: bytes) -> Iterable[Event]:
    """What the server answers, and all that comes later, cannot be opened by these keys."""
    if not is_initial(data):
        return ()
    parts: dict[int, bytes] = {}
    at = 0
    version = u32(data, 1)
    own = quic_initial.keys(version, data[6 : 6 + data[5]]) if data[5] <= ID_MAX else None
    for _ in range(PACKETS_MAX):
        if own is None or not is_initial(data[at : at + 7]):
            break
        where = protected(data, at)
        if where is None:
            return (Odd("quic.malformed"),)
        number_at, end = where
        frames = quic_initial.opened(data[at:end], number_at - at, own)
        if frames is None or not crypto(frames, parts):
            break
        at = end
    return hello(joined(parts), NAMES[version]) if parts else ()


def protected(data: bytes, at: int) -> tuple[int, int] | None:
    """Where the packet number of a packet begins, and where the packet ends."""
    place = at + 5
    for _ in range(2):
        if place >= len(data) or data[place] > ID_MAX:
            return None
        place += 1 + data[place]
    token, place = variable(data, place)
    size, place = variable(data, place + max(token, 0))
    return (place, place + size) if token >= 0 and 0 < size <= len(data) - place else None


def variable(data: bytes, at: int) -> tuple[int, int]:
    """A number of variable length (section 16) and the place behind it; -1 where it is cut."""
    if at >= len(data):
        return -1, at
    size = 1 << (data[at] >> 6)
    if at + size > len(data):
        return -1, at
    return int.from_bytes(data[at : at + size], "big") & (1 << 8 * size - 2) - 1, at + size


def crypto(frames: bytes, parts: dict[int, bytes]) -> bool:
    """Takes the parts of the hello; False: a frame that does not belong here, or a cut one."""
    at = 0
    for _ in range(FRAMES_MAX):
        while at < len(frames) and frames[at] == PADDING:
            at = len(frames) - len(frames[at:].lstrip(b"\0"))
        if at >= len(frames):
            return True
        kind = frames[at]
        at += 1
        if kind == PING:
            continue
        if kind in (ACK, ACK_ECN):
            at = behind_ack(frames, at, kind)
        elif kind == CRYPTO:
            offset, at = variable(frames, at)
            size, at = variable(frames, at)
            if offset < 0 or not 0 <= size <= len(frames) - at:
                return False
            if offset + size <= HELLO_MAX:
                parts.setdefault(offset, frames[at : at + size])
            at += size
        else:
            return False
        if at < 0:
            return False
    return True


def behind_ack(frames: bytes, at: int, kind: int) -> int:
    """The place behind an acknowledgement (section 19.3); -1 where it is cut."""
    numbers = []
    for _ in range(4):  # largest, delay, ranges, first range
        number, at = variable(frames, at)
        numbers.append(number)
    more = 2 * min(max(numbers[2], 0), FRAMES_MAX) + 3 * (kind == ACK_ECN)
    for _ in range(more):
        number, at = variable(frames, at)
        numbers.append(number)
    return at if min(numbers) >= 0 else -1


def joined(parts: dict[int, bytes]) -> bytes:
    """The bytes from the beginning up to the first that is not there."""
    whole = b""
    for offset in sorted(parts):
        if offset > len(whole):
            break
        whole += parts[offset][len(whole) - offset :]
    return whole


def hello(message: bytes, version: str) -> Iterable[Event]:
    size = MESSAGE_HEAD + int.from_bytes(message[1:4], "big")
    if message[:1] != bytes((CLIENT_HELLO,)) or len(message) < size:
        return (Odd("quic.hello_in_parts"),)
    read_ = tls_hello.client_hello(message[MESSAGE_HEAD:size])
    if read_ is None:
        return (Odd("quic.malformed"),)
    sni, client = read_
    told = dict(client.fields)
    fields = [("quic.version", version)]
    if alpn := told.get("tls.alpn"):
        fields.append(("quic.alpn", alpn))
    if ja4 := told.get("tls.ja4"):
        fields.append(("quic.ja4", "q" + ja4[1:]))
    out: list[Event] = [Said(RECEIVER, (("quic.sni", sni),))] if sni else []
    return (*out, Said(SENDER, tuple(fields)))


SPEC = DatagramSpec(
    name="quic",
    title="QUIC",
    carriers=frozenset({"udp"}),
    ports=frozenset({443}),
    probe=probe,
    read=read,
    emits={"quic.sni": 0.6, "quic.version": 0.3, "quic.alpn": 0.3, "quic.ja4": 0.5},
    encrypted=True,
    never_reads="all but the client's hello; key shares, transport parameters",
)
