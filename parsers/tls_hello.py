"""TLS hellos and their fingerprints: JA3, JA3S, and JA4 of the client. RFC 8446 section 4.1, RFC 6066, 7301, 8701.

  client  0 version 2   2 random 32   34 session id, counted 1   ciphers, counted 2   compressions, counted 1
          extensions, counted 2: type 2, length 2, data
  server  0 version 2   2 random 32   34 session id, counted 1   cipher 2   compression 1   extensions

JA3 and JA4 (TLS client) are under a BSD licence. The other members of the JA4 family are not, and are not made here.
"""

from __future__ import annotations

import hashlib

from msgspec import Struct

from parsers.api import TEXT_MAX
from parsers.reading import clean, u16

SERVER_NAME, GROUPS, POINT_FORMATS, SIGNATURES, ALPN, SUPPORTED_VERSIONS = 0, 10, 11, 13, 16, 43

SSL3, TLS11, TLS13 = 0x0300, 0x0302, 0x0304
TLS13_DRAFT = 0x7F00  # RFC 8446 section 4.2.1.1, of its drafts
VERSIONS = {
    0x0002: "SSL 2.0",
    SSL3: "SSL 3.0",
    0x0301: "TLS 1.0",
    TLS11: "TLS 1.1",
    0x0303: "TLS 1.2",
    TLS13: "TLS 1.3",
}
JA4_VERSIONS = {0x0002: "s2", SSL3: "s3", 0x0301: "10", TLS11: "11", 0x0303: "12", TLS13: "13"}

# SHA-256 of "HelloRetryRequest" (RFC 8446 section 4.1.3)
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")

NO_HASH = "000000000000"  # JA4: nothing to hash
EXTENSIONS_MAX = 128  # some 60 are registered; a client sends 20


class ClientHello(Struct, frozen=True):
    version: int
    ciphers: tuple[int, ...]
    extensions: tuple[int, ...] = ()
    sni: str = ""
    alpn: tuple[bytes, ...] = ()
    versions: tuple[int, ...] = ()  # of the extension
    groups: tuple[int, ...] = ()
    formats: tuple[int, ...] = ()
    signatures: tuple[int, ...] = ()
    whole: bool = True  # False: a list was cut or malformed, so that no fingerprint would be right


class ServerHello(Struct, frozen=True):
    version: int  # of the field
    chosen: int  # of the extension, where there is one
    cipher: int
    extensions: tuple[int, ...]
    alpn: bytes
    retry: bool
    whole: bool


def client_hello(body: bytes) -> ClientHello | None:
    """None: the fixed part is not there."""
    if len(body) < 35:
        return None
    at = 35 + body[34]
    if at + 2 > len(body):
        return None
    size = u16(body, at)
    ciphers = body[at + 2 : at + 2 + size]
    at += 2 + size
    if size % 2 or at >= len(body):
        return None
    offered, whole = extensions(body, at + 1 + body[at])
    first: dict[int, bytes] = {}
    for kind, data in offered:
        first.setdefault(kind, data)
    lists = {
        kind: words(first.get(kind), lead) for kind, lead in ((GROUPS, 2), (SIGNATURES, 2), (SUPPORTED_VERSIONS, 1))
    }
    formats = first.get(POINT_FORMATS, b"\0")
    return ClientHello(
        version=u16(body, 0),
        ciphers=without_grease(pairs(ciphers)),
        extensions=without_grease(tuple(kind for kind, _ in offered)),
        sni=server_name(first.get(SERVER_NAME, b"")),
        alpn=protocols(first.get(ALPN, b"")),
        versions=without_grease(lists[SUPPORTED_VERSIONS] or ()),
        groups=without_grease(lists[GROUPS] or ()),
        formats=tuple(formats[1:]),
        signatures=without_grease(lists[SIGNATURES] or ()),
        whole=whole and None not in lists.values() and formats[:1] == bytes([len(formats) - 1 & 255]),
    )


def server_hello(body: bytes) -> ServerHello | None:
    """None: the fixed part is not there."""
    if len(body) < 35:
        return None
    at = 35 + body[34]
    if at + 3 > len(body):
        return None
    sent, whole = extensions(body, at + 3)
    data = dict(sent)
    version = u16(body, 0)
    chosen = data.get(SUPPORTED_VERSIONS, b"")
    return ServerHello(
        version=version,
        chosen=u16(chosen, 0) if len(chosen) == 2 else version,
        cipher=u16(body, at),
        extensions=tuple(kind for kind, _ in sent),
        alpn=next(iter(protocols(data.get(ALPN, b""))), b""),
        retry=body[2:34] == RETRY,
        whole=whole,
    )


def extensions(body: bytes, at: int) -> tuple[list[tuple[int, bytes]], bool]:
    """Types and data of the counted list at `at`, and whether all was read; before TLS 1.2 there may be no list."""
    found: list[tuple[int, bytes]] = []
    if at == len(body):
        return found, True
    if at + 2 > len(body):
        return found, False
    end = at + 2 + u16(body, at)
    whole = end <= len(body)
    end = min(end, len(body))
    at += 2
    while at + 4 <= end and len(found) < EXTENSIONS_MAX:
        after = at + 4 + u16(body, at + 2)
        if after > end:
            break
        found.append((u16(body, at), body[at + 4 : after]))
        at = after
    return found, whole and at == end


def pairs(data: bytes) -> tuple[int, ...]:
    return tuple(data[at] << 8 | data[at + 1] for at in range(0, len(data) - 1, 2))


def words(data: bytes | None, lead: int) -> tuple[int, ...] | None:
    """Numbers of 16 bits in a list with a count of `lead` bytes; None where the count is wrong."""
    if data is None:
        return ()
    if len(data) < lead or int.from_bytes(data[:lead], "big") != len(data) - lead or (len(data) - lead) % 2:
        return None
    return pairs(data[lead:])


def without_grease(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Without the values 0a0a, 1a1a ... fafa that clients throw in (RFC 8701)."""
    return tuple(n for n in numbers if n & 0x0F0F != 0x0A0A or n >> 8 != n & 0xFF)


def server_name(data: bytes) -> str:
    """The first name of type host (RFC 6066 section 3); "" where it is none."""
    if len(data) < 5 or data[2] != 0 or 5 + u16(data, 3) > len(data):
        return ""
    raw = data[5 : 5 + u16(data, 3)]
    name = clean(raw).lower()
    return name if name.isascii() and name.isprintable() and " " not in name else ""


def protocols(data: bytes) -> tuple[bytes, ...]:
    """The ALPN list (RFC 7301 section 3.1)."""
    found: list[bytes] = []
    at = 2
    while at < len(data) and at + 1 + data[at] <= len(data) and len(found) < EXTENSIONS_MAX:
        found.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return tuple(found)


def protocol_text(protocol: bytes) -> str:
    text = clean(protocol)
    return text if text.isascii() and text.isprintable() else protocol[: TEXT_MAX // 2].hex()


def version_text(version: int) -> str:
    if version & 0xFF00 == TLS13_DRAFT:
        return f"TLS 1.3 draft {version & 0xFF}"
    return VERSIONS.get(version, f"0x{version:04x}")


def dashed(numbers: tuple[int, ...]) -> str:
    return "-".join(map(str, numbers))


def ja3(hello: ClientHello) -> str:
    parts = (hello.ciphers, hello.extensions, hello.groups, hello.formats)
    text = ",".join((str(hello.version), *map(dashed, parts)))
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def ja3s(hello: ServerHello) -> str:
    text = f"{hello.version},{hello.cipher},{dashed(hello.extensions)}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def ja4(hello: ClientHello) -> str:
    version = JA4_VERSIONS.get(max(hello.versions, default=hello.version), "00")
    domain = "d" if SERVER_NAME in hello.extensions else "i"
    counts = f"{min(len(hello.ciphers), 99):02}{min(len(hello.extensions), 99):02}"
    kinds = hexes(sorted(kind for kind in hello.extensions if kind not in (SERVER_NAME, ALPN)))
    signatures = hexes(list(hello.signatures))
    sorts = f"{kinds}_{signatures}" if signatures else kinds
    start = f"t{version}{domain}{counts}{ja4_alpn(hello.alpn)}"
    return f"{start}_{ja4_hash(hexes(sorted(hello.ciphers)))}_{ja4_hash(sorts)}"


def ja4_alpn(offered: tuple[bytes, ...]) -> str:
    """First and last character of the first protocol, or of its hexadecimal digits where one is no letter or digit."""
    if not offered or not offered[0]:
        return "00"
    ends = offered[0][:1] + offered[0][-1:]
    if ends.isalnum():
        return ends.decode("ascii")
    digits = offered[0].hex()
    return digits[0] + digits[-1]


def hexes(numbers: list[int]) -> str:
    return ",".join(f"{number:04x}" for number in numbers)


def ja4_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else NO_HASH
