"""HTTP, TLS with hellos and certificates, SSH banners, and the opening of SMB: what is said before it gets private.

RFC 9112, 5246, 8446, 5280, 4253; MS-SMB2 2.2.3, 2.2.4; MS-NLMP 2.2.1. Persons are canaries.
"""

from __future__ import annotations

import struct
from random import Random

from pcaps.make.hospital.names import vector

Talk = list[tuple[int, bytes]]


def page(agent: str, host: str, server: str, realm: str = "", title: str = "") -> Talk:
    """One request and its answer; with a realm it is refused first."""
    ask = f"GET /index.html HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {agent}\r\nCookie: u=zqcanary.user\r\n\r\n"
    body = f"<html><head><title>{title or 'Welcome'}</title></head><body>ZQCANARYMARTIN</body></html>"
    head = f"Server: {server}\r\n" if server else ""
    if realm:
        head += f'WWW-Authenticate: Basic realm="{realm}"\r\n'
    status = "401 Unauthorized" if realm else "200 OK"
    answer = f"HTTP/1.1 {status}\r\n{head}Content-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    return [(0, ask.encode()), (1, answer.encode())]


def ssh(client: str, server: str) -> Talk:
    return [(0, f"SSH-2.0-{client}\r\n".encode()), (1, f"SSH-2.0-{server}\r\n".encode())]


def extension(kind: int, body: bytes) -> bytes:
    return kind.to_bytes(2) + vector(2, body)


def record(kind: int, body: bytes) -> bytes:
    return struct.pack(">BHH", kind, 0x0303, len(body)) + body


def handshake(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + vector(3, body)


def client_hello(name: str, random: Random, *, modern: bool) -> bytes:
    suites = [0x1301, 0x1302, 0x1303] * modern + [0xC02F, 0xC030, 0xC02B, 0xC02C, 0x009E, 0xC013, 0x009C, 0x002F]
    out = extension(0, vector(2, b"\0" + vector(2, name.encode()))) if name else b""
    out += extension(10, vector(2, bytes.fromhex("001d00170018"))) + extension(11, b"\x01\0")
    out += extension(13, vector(2, bytes.fromhex("040308040401050308050501"))) + extension(23, b"")
    if modern:
        out += extension(43, vector(1, bytes.fromhex("03040303")))
        out += extension(51, vector(2, b"\0\x1d" + vector(2, random.randbytes(32)))) + extension(45, b"\x01\x01")
    body = b"\x03\x03" + random.randbytes(32) + vector(1, random.randbytes(32))
    body += vector(2, b"".join(suite.to_bytes(2) for suite in suites)) + b"\x01\0" + vector(2, out)
    return record(22, handshake(1, body))


def der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    length = bytes((size,)) if size < 128 else bytes((0x80 | (size.bit_length() + 7) // 8,))
    return bytes((tag,)) + length + (b"" if size < 128 else size.to_bytes((size.bit_length() + 7) // 8)) + body


def certificate(common: str, organisation: str, random: Random) -> bytes:
    """X.509 with a key and a signature that nobody holds."""

    def name(*pairs: tuple[str, str]) -> bytes:
        return der(
            0x30,
            *(der(0x31, der(0x30, bytes.fromhex(oid), der(0x0C, text.encode()))) for oid, text in pairs if text),
        )

    def number(size: int) -> bytes:
        return der(0x02, b"\x5a" + random.randbytes(size - 1))

    signed = der(0x30, bytes.fromhex("06092a864886f70d01010b0500"))
    key = der(0x30, number(256), der(0x02, b"\x01\0\x01"))
    public = der(0x30, der(0x30, bytes.fromhex("06092a864886f70d0101010500")), der(0x03, b"\0", key))
    until = der(0x30, der(0x17, b"250101000000Z"), der(0x17, b"350101000000Z"))
    issuer = name(("060355040a", organisation), ("0603550403", "Example CA"))
    subject = name(("060355040a", organisation), ("0603550403", common))
    version = der(0xA0, der(0x02, b"\x02"))
    body = der(0x30, version, number(8), signed, issuer, until, subject, public)
    return der(0x30, body, signed, der(0x03, b"\0", random.randbytes(256)))


def tls(name: str, common: str, organisation: str, random: Random, *, modern: bool = False) -> Talk:
    """A session as far as it can be read, and some of what cannot. The certificate shows before TLS 1.3 only."""
    hello = b"\x03\x03" + random.randbytes(32) + vector(1, random.randbytes(32))
    if modern:
        keys = extension(51, b"\0\x1d" + vector(2, random.randbytes(32))) + extension(43, b"\x03\x04")
        first = record(22, handshake(2, hello + b"\x13\x01\0" + vector(2, keys))) + record(20, b"\x01")
        first += record(23, random.randbytes(900))
        second = record(20, b"\x01") + record(23, random.randbytes(53))
    else:
        extensions = vector(2, extension(0xFF01, b"\0") + extension(11, b"\x01\0"))
        first = record(22, handshake(2, hello + b"\xc0\x2f\0" + extensions))
        first += record(22, handshake(11, vector(3, vector(3, certificate(common, organisation, random)))))
        point = vector(1, random.randbytes(32)) + b"\x04\x01" + vector(2, random.randbytes(256))
        first += record(22, handshake(12, b"\x03\0\x1d" + point)) + record(22, handshake(14, b""))
        second = record(22, handshake(16, vector(1, random.randbytes(32)))) + record(20, b"\x01")
        second += record(22, random.randbytes(40))
    return [
        (0, client_hello(name, random, modern=modern)),
        (1, first),
        (0, second),
        (0, record(23, random.randbytes(700))),
        (1, record(23, random.randbytes(1200))),
    ]


def ntlm(kind: int, body: bytes) -> bytes:
    return b"NTLMSSP\0" + kind.to_bytes(4, "little") + body


def smb(command: int, body: bytes, *, reply: bool, status: int = 0) -> bytes:
    head = struct.pack("<4sHHIHHIIQIIQ16x", b"\xfeSMB", 64, 1, status, command, 1, int(reply), 0, command, 0, 1, 77)
    return vector(4, head + body)


def smb_opening(server_name: str, domain: str, build: tuple[int, int, int], guid: bytes) -> Talk:
    """Negotiation, then the challenge in which a Windows server tells its names and its build."""
    names = b""
    for code, text in ((2, domain), (1, server_name), (4, domain.lower() + ".example"), (3, server_name.lower())):
        raw = text.encode("utf-16-le")
        names += struct.pack("<HH", code, len(raw)) + raw
    names += bytes(4)
    target = domain.encode("utf-16-le")
    version = struct.pack("<BBHBBBB", *build, 0, 0, 0, 15)
    at = 56
    challenge = ntlm(
        2,
        struct.pack("<HHIIQQ", len(target), len(target), at, 0xE28A8215, 0x0123456789ABCDEF, 0)
        + struct.pack("<HHI", len(names), len(names), at + len(target))
        + version
        + target
        + names,
    )
    asked = ntlm(1, struct.pack("<I", 0xE2088297) + bytes(16) + version)
    agreed = struct.pack("<HHHH16sIIIIQQHHI", 65, 1, 0x0210, 0, guid, 1, 1 << 20, 1 << 20, 1 << 20, 0, 0, 128, 0, 0)
    want = struct.pack("<HHHHI16sQHH", 36, 2, 1, 0, 0, bytes(16), 0, 0x0202, 0x0210)
    session = struct.pack("<HBBIIHHQ", 25, 0, 1, 0, 0, 88, len(asked), 0) + asked
    offered = struct.pack("<HHHH", 9, 0, 72, len(challenge)) + challenge
    return [
        (0, smb(0, want, reply=False)),
        (1, smb(0, agreed, reply=True)),
        (0, smb(1, session, reply=False)),
        (1, smb(1, offered, reply=True, status=0xC0000016)),
    ]
