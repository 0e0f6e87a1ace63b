"""TLS messages written by hand (RFC 8446, RFC 5246), and what the parser says of them."""

from __future__ import annotations

import hashlib
import struct

from parsers.tls import SPEC
from tests.parsers.datagrams import Heard, about
from tests.parsers.harness import one_way, said

CLIENT, SERVER = 0, 1
RANDOM = bytes(range(32))
CHANGE_CIPHER = bytes.fromhex("14 0303 0001 01")
DATA = bytes.fromhex("17 0303 0004 deadbeef")
FINISHED = bytes.fromhex("16 0303 0028") + bytes(40)  # encrypted


def counted(data: bytes, size: int) -> bytes:
    return len(data).to_bytes(size, "big") + data


def words(*numbers: int) -> bytes:
    return b"".join(struct.pack(">H", number) for number in numbers)


def record(data: bytes, kind: int = 22) -> bytes:
    return bytes([kind, 3, 1]) + counted(data, 2)


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + counted(body, 3)


def extension(kind: int, data: bytes = b"") -> bytes:
    return words(kind) + counted(data, 2)


def sni(name: bytes) -> bytes:
    return extension(0, counted(b"\0" + counted(name, 2), 2))


def alpn(*protocols: bytes) -> bytes:
    return extension(16, counted(b"".join(counted(protocol, 1) for protocol in protocols), 2))


def versions(*numbers: int) -> bytes:
    return extension(43, counted(words(*numbers), 1))


def client_hello(ciphers: tuple[int, ...], *extensions: bytes, version: int = 0x0303, session: bytes = b"") -> bytes:
    body = words(version) + RANDOM + counted(session, 1) + counted(words(*ciphers), 2) + b"\1\0"
    return message(1, body + (counted(b"".join(extensions), 2) if extensions else b""))


def server_hello(cipher: int, *extensions: bytes, version: int = 0x0303, random: bytes = RANDOM) -> bytes:
    body = words(version) + random + b"\0" + words(cipher) + b"\0"
    return message(2, body + (counted(b"".join(extensions), 2) if extensions else b""))


def chain(*certificates: bytes) -> bytes:
    return message(11, counted(b"".join(counted(der, 3) for der in certificates), 3))


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def heard(client: bytes = b"", server: bytes = b"") -> Heard:
    return said(SPEC, [*one_way(client, CLIENT), *one_way(server, SERVER)])


HELLO = client_hello(
    (0x0A0A, 0xC02F, 0x009C),  # the first is GREASE (RFC 8701)
    extension(0x1A1A),
    sni(b"PACS.wards.example"),
    extension(10, counted(words(0x2A2A, 29, 23), 2)),
    extension(11, counted(b"\0", 1)),
    extension(13, counted(words(0x0403, 0x0804), 2)),
    alpn(b"h2", b"http/1.1"),
)
HELLO_FIELDS = (
    ("tls.versions", "TLS 1.2"),
    ("tls.alpn", "h2,http/1.1"),
    ("tls.ja3", md5("771,49199-156,0-10-11-13-16,29-23,0")),
    ("tls.ja4", f"t12d0205h2_{sha('009c,c02f')}_{sha('000a,000b,000d_0403,0804')}"),
)
SNI = about("receiver", ("tls.sni", "pacs.wards.example"))
OLD = ("flag", ("sender", "", ()), "tls.old_version")
PLAIN_SERVER = server_hello(0xC02F, extension(0xFF01, b"\0"))
PLAIN_SERVER_FIELDS = (("tls.version", "TLS 1.2"), ("tls.cipher", "c02f"), ("tls.ja3s", md5("771,49199,65281")))
