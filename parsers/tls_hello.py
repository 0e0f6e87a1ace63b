"""TLS hellos and their fingerprints: JA3, JA3S, and JA4 of the client. RFC 8446 section 4.1, RFC 6066, 7301, 8701.

  client  0 version 2   2 random 32   34 session id, counted 1   ciphers, counted 2   compressions, counted 1
          extensions, counted 2: type 2, length 2, data
  server  0 version 2   2 random 32   34 session id, counted 1   cipher 2   compression 1   extensions

JA3 and JA4 (TLS client) are under a BSD licence. The other members of the JA4 family are not, and are not made here.
"""

from __future__ import annotations

import hashlib
import struct
from functools import lru_cache

from msgspec import Struct

from parsers.api import TEXT_MAX
from parsers.reading import clean, u16

SERVER_NAME, GROUPS, POINT_FORMATS, SIGNATURES, ALPN, SUPPORTED_VERSIONS = 0, 10, 11, 13, 16, 43
LISTS = (GROUPS, POINT_FORMATS, SIGNATURES, ALPN, SUPPORTED_VERSIONS)
CLIENT_WANTED = frozenset((SERVER_NAME, *LISTS))
SERVER_WANTED = frozenset((ALPN, SUPPORTED_VERSIONS))

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

_EXTENSION = struct.Struct(">HH").unpack_from  # type, length

# SHA-256 of "HelloRetryRequest" (RFC 8446 section 4.1.3)
RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")

# The values 0a0a, 1a1a ... fafa that clients throw in (RFC 8701): without them all below is told and counted
GREASE = frozenset(f"{n:x}a{n:x}a" for n in range(16))

NO_HASH = "000000000000"  # JA4: nothing to hash
EXTENSIONS_MAX = 128  # some 60 are registered; a client sends 20
KEPT = 1024  # hellos whose reading is kept ready: a program opens every connection in the same way
KEPT_SIZE = 1024  # bytes of such a hello without its random parts and its names; 300 are usual

Field = tuple[str, str]


class Client(Struct, frozen=True):
    """What a client says of itself, whichever server it means."""

    fields: tuple[Field, ...]
    whole: bool  # False: a list was cut or malformed, so that no fingerprint would be right
    newest: int  # version offered


class Server(Struct, frozen=True):
    fields: tuple[Field, ...]
    whole: bool
    chosen: int  # version, of the extension where there is one


def client_hello(body: bytes) -> tuple[str, Client] | None:
    """The server that is meant, and the client; None: the fixed part is not there."""
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
    kinds, first, whole = extensions(body, at + 1 + body[at], CLIENT_WANTED)
    sni = server_name(first[SERVER_NAME]) if SERVER_NAME in first else ""
    lists = [first.get(kind) for kind in LISTS]
    short = len(ciphers) + len(kinds) + sum([len(data) for data in lists if data]) <= KEPT_SIZE
    return sni, (client_kept if short else client)(body[:2], ciphers, kinds, whole, *lists)


def server_hello(body: bytes) -> Server | None:
    """None: the fixed part is not there, or it is a request to begin again."""
    if len(body) < 35:
        return None
    at = 35 + body[34]
    if at + 3 > len(body):
        return None
    kinds, last, whole = extensions(body, at + 3, SERVER_WANTED, keep_first=False)
    alpn, chosen = last.get(ALPN, b""), last.get(SUPPORTED_VERSIONS, b"")
    short = len(kinds) + len(alpn) + len(chosen) <= KEPT_SIZE
    return (server_kept if short else server)(body[:2], body[at : at + 2], kinds, whole, alpn, chosen)


def is_retry(body: bytes) -> bool:
    return body[2:34] == RETRY


def extensions(
    body: bytes, at: int, wanted: frozenset[int], *, keep_first: bool = True
) -> tuple[bytes, dict[int, bytes], bool]:
    """Types of the counted list at `at`, data of the wanted ones, and whether all was read.

    Before TLS 1.2 there may be no list. Of a type that is there twice the first counts in a client's, the last in a
    server's hello.
    """
    if at == len(body):
        return b"", {}, True
    if at + 2 > len(body):
        return b"", {}, False
    kinds: list[bytes] = []
    found: dict[int, bytes] = {}
    end = at + 2 + u16(body, at)
    whole = end <= len(body)
    end = min(end, len(body))
    at += 2
    while at + 4 <= end and len(kinds) < EXTENSIONS_MAX:
        kind, size = _EXTENSION(body, at)
        after = at + 4 + size
        if after > end:
            break
        kinds.append(body[at : at + 2])
        if kind in wanted and not (keep_first and kind in found):
            found[kind] = body[at + 4 : after]
        at = after
    return b"".join(kinds), found, whole and at == end


def client(
    version: bytes,
    ciphers: bytes,
    kinds: bytes,
    whole: bool,
    groups: bytes | None,
    formats: bytes | None,
    signatures: bytes | None,
    alpn: bytes | None,
    versions: bytes | None,
) -> Client:
    """Lists as they stand in the hello, with their counts but for `ciphers` and `kinds`."""
    listed = (words(groups, 2), words(signatures, 2), words(versions, 1))
    points = b"\0" if formats is None else formats
    whole = whole and None not in listed and points[:1] == bytes([len(points) - 1 & 255])
    own = int.from_bytes(version, "big")
    offered = [int(word, 16) for word in listed[2] or ()] or [own]
    protocols = alpn_protocols(alpn or b"")
    fields = [("tls.versions", ",".join(map(version_text, offered))[:TEXT_MAX])]
    if protocols:
        fields.append(("tls.alpn", ",".join(map(protocol_text, protocols))[:TEXT_MAX]))
    if whole:
        suites, extended = plain(ciphers), plain(kinds)
        parts = (dashed(suites), dashed(extended), dashed(listed[0] or []), "-".join(map(str, points[1:])))
        fields.append(("tls.ja3", md5(",".join((str(own), *parts)))))
        fields.append(("tls.ja4", ja4(max(offered), suites, extended, protocols, listed[1] or [])))
    return Client(tuple([field for field in fields if field[1]]), whole, max(offered))


def server(version: bytes, cipher: bytes, kinds: bytes, whole: bool, alpn: bytes, selected: bytes) -> Server:
    own = int.from_bytes(version, "big")
    chosen = int.from_bytes(selected, "big") if len(selected) == 2 else own
    fields = [("tls.version", version_text(chosen)), ("tls.cipher", cipher.hex())]
    if protocols := alpn_protocols(alpn):
        fields.append(("tls.alpn_chosen", protocol_text(protocols[0])))
    if whole:
        sent = "-".join([str(u16(kinds, at)) for at in range(0, len(kinds), 2)])  # a server throws nothing in
        fields.append(("tls.ja3s", md5(f"{own},{int.from_bytes(cipher, 'big')},{sent}")))
    return Server(tuple([field for field in fields if field[1]]), whole, chosen)


client_kept = lru_cache(maxsize=KEPT)(client)
server_kept = lru_cache(maxsize=KEPT)(server)


def plain(data: bytes) -> list[str]:
    """Numbers of 16 bits as four hexadecimal digits each, without those that clients throw in."""
    return [word for word in data.hex(",", 2).split(",") if word not in GREASE] if data else []


def words(data: bytes | None, lead: int) -> list[str] | None:
    """The same of a list with a count of `lead` bytes; None where the count is wrong."""
    if data is None:
        return []
    if len(data) < lead or int.from_bytes(data[:lead], "big") != len(data) - lead or (len(data) - lead) % 2:
        return None
    return plain(data[lead:])


def server_name(data: bytes) -> str:
    """The first name of type host (RFC 6066 section 3); "" where it is none."""
    if len(data) < 5 or data[2] != 0 or 5 + u16(data, 3) > len(data):
        return ""
    raw = data[5 : 5 + u16(data, 3)]
    name = clean(raw).lower()
    return name if name.isascii() and name.isprintable() and " " not in name else ""


def alpn_protocols(data: bytes) -> list[bytes]:
    """The ALPN list (RFC 7301 section 3.1)."""
    found: list[bytes] = []
    at = 2
    while at < len(data) and at + 1 + data[at] <= len(data) and len(found) < EXTENSIONS_MAX:
        found.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return found


def protocol_text(protocol: bytes) -> str:
    text = clean(protocol)
    return text if text.isascii() and text.isprintable() else protocol[: TEXT_MAX // 2].hex()


def version_text(version: int) -> str:
    if version & 0xFF00 == TLS13_DRAFT:
        return f"TLS 1.3 draft {version & 0xFF}"
    return VERSIONS.get(version, f"0x{version:04x}")


def dashed(numbers: list[str]) -> str:
    """As JA3 writes a list: decimal, with dashes between."""
    return "-".join([str(int(word, 16)) for word in numbers])


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def ja4(newest: int, ciphers: list[str], kinds: list[str], alpn: list[bytes], signatures: list[str]) -> str:
    version = JA4_VERSIONS.get(newest, "00")
    domain = "d" if "0000" in kinds else "i"
    counts = f"{min(len(ciphers), 99):02}{min(len(kinds), 99):02}"
    sorts = ",".join(sorted([kind for kind in kinds if kind not in ("0000", "0010")]))  # without SNI and ALPN
    if signatures:
        sorts = f"{sorts}_{','.join(signatures)}"
    start = f"t{version}{domain}{counts}{ja4_alpn(alpn)}"
    return f"{start}_{ja4_hash(','.join(sorted(ciphers)))}_{ja4_hash(sorts)}"


def ja4_alpn(offered: list[bytes]) -> str:
    """First and last character of the first protocol, or of its hexadecimal digits where one is no letter or digit."""
    if not offered or not offered[0]:
        return "00"
    ends = offered[0][:1] + offered[0][-1:]
    if ends.isalnum():
        return ends.decode("ascii")
    digits = offered[0].hex()
    return digits[0] + digits[-1]


def ja4_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else NO_HASH
