"""SSH: the programs at both ends, how they negotiate (HASSH), and the server's host key. RFC 4253 sections 4.2, 6 to 8.

  identification   SSH-protocol-software SP comment CR LF; a server may send other lines before
  packet           0 length 4   4 padding length 1   5 kind 1   the rest
  KEXINIT (20)     6 cookie 16   22 ten name lists (length 4, names): key exchange, host keys, ciphers to the server and
                   to the client, MACs of both, compressions of both, languages of both
  KEX reply        the host key first (31; RFC 4419 section 5: 33): length 4, and in it the length and name of its kind

HASSH is what its authors (github.com/salesforce/hassh) define: the MD5 of key exchange, ciphers, MACs and compressions,
of the direction that the sender speaks in. Behind the host key all is encrypted.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator

from parsers.api import SENDER, Done, Event, Flag, Odd, Said, StreamParser, StreamSpec
from parsers.reading import printable, u32
from parsers.scanners import is_scanner
from parsers.units import Units

LINE_MAX = 255  # section 4.2
LINES_MAX = 32  # before the identification: a notice to whoever logs in
PACKET_MAX = 35000  # section 6.1
HEAD = 6  # of a packet, with its kind
KEXINIT, NEWKEYS, REPLY, GROUP_EXCHANGE_REPLY = 20, 21, 31, 33
LISTS_AT = 22
LISTS = 10
TO_SERVER = (0, 2, 4, 6)  # lists of which HASSH is made
TO_CLIENT = (0, 3, 5, 7)
KEY_NAME_MAX = 64  # section 6.6 and RFC 4251 section 6
KEY_NAMES = (b"ssh-", b"ecdsa-", b"sk-", b"rsa-", b"x509v3-")  # how they begin; a group's prime begins otherwise
RSA_BITS_MIN = 2048  # NIST SP 800-131A


def probe(first: bytes) -> bool | None:
    """An identification, or where that was not seen, a KEXINIT whose first list is text."""
    if first[:1] == b"S":
        return True if first[:5] in (b"SSH-1", b"SSH-2") else None if b"SSH-".startswith(first) else False
    if first[:2] != b"\0\0"[: len(first)] or first[5:6] not in (b"", b"\x14"):
        return False
    if len(first) < LISTS_AT + 12:
        return None
    size, names = u32(first, 0), u32(first, LISTS_AT)
    text = first[LISTS_AT + 4 : LISTS_AT + 12]
    return (
        LISTS_AT + names < size <= PACKET_MAX and first[4] >= 4 and names >= 8 and text.isascii() and b"-" in first[26:]
    )


class Opening(Units):
    protocol = "ssh"
    hassh_of = TO_SERVER
    hassh = "ssh.hassh"

    def __init__(self) -> None:
        super().__init__()
        self._lines = -1  # before the identification; -1: none yet; LINES_MAX + 1: packets

    def measure(self, head: bytes | bytearray) -> int:
        if self._lines < 0:
            self._lines = LINES_MAX + 1 if head[0] == 0 else 0
        if self._lines <= LINES_MAX:
            return len(head) if head[-1] == 10 else 0 if len(head) <= LINE_MAX else -1
        if len(head) < HEAD:
            return 0
        size = int.from_bytes(head[:4], "big")
        return size + 4 if 2 <= size <= PACKET_MAX else -1

    def unit(self, data: bytes) -> Iterable[Event]:
        if self._lines <= LINES_MAX:
            return self._line(data.rstrip(b"\r\n"))
        return self._packet(data)

    def _line(self, line: bytes) -> Iterator[Event]:
        if not line.startswith(b"SSH-"):
            self._lines += 1
            if self._lines > LINES_MAX:
                yield from self.stranger()
            return
        self._lines = LINES_MAX + 1
        protocol, _, software = line[4:].partition(b"-")
        fields = [("ssh.protocol", text) for text in (printable(protocol),) if text]
        fields += [("ssh.software", text) for text in (printable(software),) if text]
        if fields:
            yield Said(SENDER, tuple(fields))
        yield from self.named(software)
        if protocol[:2] == b"1.":
            yield from self.version_1(protocol)

    def named(self, software: bytes) -> Iterable[Event]:
        """What a client's program tells of what it is for."""
        return (Flag("ssh.scanner"),) if is_scanner(printable(software)) else ()

    def version_1(self, protocol: bytes) -> Iterator[Event]:
        if protocol != b"1.99":  # section 5.1: speaks both
            yield Done()

    def _packet(self, data: bytes) -> Iterator[Event]:
        kind = data[5]
        if kind == KEXINIT:
            names = lists(data)
            if len(names) == LISTS:
                told = b";".join(names[i] for i in self.hassh_of)
                yield Said(SENDER, ((self.hassh, hashlib.md5(told, usedforsecurity=False).hexdigest()),))
            else:
                yield Odd("ssh.malformed")
            yield from self.negotiated()
        elif kind == NEWKEYS:
            yield Done()
        elif kind in (REPLY, GROUP_EXCHANGE_REPLY):
            yield from self.replied(data)

    def negotiated(self) -> Iterable[Event]:
        """Behind the KEXINIT of a client there is nothing more to learn."""
        return (Done(),)

    def replied(self, _data: bytes) -> Iterable[Event]:
        return ()


class Server(Opening):
    hassh_of = TO_CLIENT
    hassh = "ssh.hassh_server"

    def named(self, _software: bytes) -> Iterable[Event]:
        return ()

    def version_1(self, protocol: bytes) -> Iterator[Event]:
        yield Flag("ssh.version_1")
        yield from super().version_1(protocol)

    def negotiated(self) -> Iterable[Event]:
        return ()

    def replied(self, data: bytes) -> Iterator[Event]:
        """The host key; a group for the exchange, which has the number of another method's reply, has none."""
        key = string(data, HEAD)
        name = string(key, 0)
        if not (0 < len(name) <= KEY_NAME_MAX and name.startswith(KEY_NAMES) and name.isascii()):
            return
        digest = base64.b64encode(hashlib.sha256(key).digest()).rstrip(b"=").decode()  # as RFC 4255 users print it
        yield Said(SENDER, (("ssh.host_key_type", printable(name) or "other"), ("ssh.host_key", f"SHA256:{digest}")))
        if weak(name, key):
            yield Flag("ssh.weak_host_key")
        yield Done()


def lists(data: bytes) -> list[bytes]:
    """The name lists of a KEXINIT, as many as are whole."""
    found = []
    at = LISTS_AT
    for _ in range(LISTS):
        if at + 4 > len(data) or at + 4 + u32(data, at) > len(data):
            break
        found.append(string(data, at))
        at += 4 + len(found[-1])
    return found


def string(data: bytes, at: int) -> bytes:
    """RFC 4251 section 5: length 4 and as many bytes, or nothing where they are not there."""
    if at + 4 > len(data):
        return b""
    stop = at + 4 + u32(data, at)
    return data[at + 4 : stop] if stop <= len(data) else b""


def weak(name: bytes, key: bytes) -> bool:
    """DSA, or RSA of few bits: exponent and modulus (section 6.6)."""
    if name != b"ssh-rsa":
        return name == b"ssh-dss"
    exponent = string(key, 4 + len(name))
    modulus = string(key, 8 + len(name) + len(exponent))
    return bool(modulus) and int.from_bytes(modulus, "big").bit_length() < RSA_BITS_MIN


def make() -> tuple[StreamParser, StreamParser]:
    return Opening(), Server()


SPEC = StreamSpec(
    name="ssh",
    title="SSH",
    ports=frozenset({22, 2222}),
    probe=probe,
    make=make,
    emits={
        "ssh.protocol": 0.8,
        "ssh.software": 0.9,
        "ssh.hassh": 0.7,
        "ssh.hassh_server": 0.7,
        "ssh.host_key_type": 0.8,
        "ssh.host_key": 0.9,
    },
    findings={
        "ssh.scanner": "It asks SSH servers what they are: its program is a scanner, by its own word.",
        "ssh.version_1": "Its SSH server speaks version 1 of the protocol, which can be listened to and changed.",
        "ssh.weak_host_key": "The key by which its SSH server proves who it is, is DSA or RSA of less than 2048 bits.",
    },
    encrypted=True,
    never_reads="lines before the identification; everything encrypted",
)
