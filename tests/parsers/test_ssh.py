"""SSH openings written by hand from RFC 4253 and RFC 4419; the captures hold what OpenSSH does."""

from __future__ import annotations

import hashlib
import struct

import pytest

from parsers.ssh import SPEC, probe
from tests.parsers.datagrams import about, odd
from tests.parsers.harness import cut, said

CLIENT, SERVER = 0, 1
ED25519 = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes(range(32))
# printed by `ssh-keygen -lf` of that key
ED25519_PRINT = "SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA"


def packet(payload: bytes) -> bytes:
    padding = 4
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding)


def string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def kexinit(*names: bytes) -> bytes:
    return packet(b"\x14" + bytes(16) + b"".join(map(string, names)) + bytes(5))


LISTS = (b"kex-a,kex-b", b"hk", b"c2s", b"s2c", b"mac-c2s", b"mac-s2c", b"none", b"zlib", b"", b"")
NEWKEYS = packet(b"\x15")


def reply(key: bytes, kind: int = 31) -> bytes:
    return packet(bytes([kind]) + string(key) + string(b"point") + string(b"signature"))


def heard(client: bytes = b"", server: bytes = b"") -> list[tuple[object, ...]]:
    segments = [(side, 0, way) for side, way in ((CLIENT, client), (SERVER, server)) if way]
    whole = said(SPEC, segments)
    for size in (1, 7, 40):
        assert said(SPEC, cut(segments, size)) == whole
    return whole


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def banner(software: str, protocol: str = "2.0") -> tuple[object, ...]:
    return about("sender", ("ssh.protocol", protocol), ("ssh.software", software))


def test_both_sides_name_themselves_and_how_they_negotiate() -> None:
    client = b"SSH-2.0-PuTTY_Release_0.78\r\n" + kexinit(*LISTS) + b"ZQCANARY"
    server = b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n" + kexinit(*LISTS) + reply(ED25519) + NEWKEYS + b"ZQCANARY"
    assert heard(client, server) == [
        banner("PuTTY_Release_0.78"),
        about("sender", ("ssh.hassh", md5("kex-a,kex-b;c2s;mac-c2s;none"))),
        banner("OpenSSH_9.2p1 Debian-2"),
        about("sender", ("ssh.hassh_server", md5("kex-a,kex-b;s2c;mac-s2c;zlib"))),
        about("sender", ("ssh.host_key_type", "ssh-ed25519"), ("ssh.host_key", ED25519_PRINT)),
    ]


def test_a_notice_before_the_identification_is_not_read() -> None:
    assert heard(server=b"Welcome ZQCANARY\r\nSSH-2.0-x\n") == [banner("x")]
    assert heard(server=b"ZQCANARY\r\n" * 40) == [odd("ssh.no_unit")]
    assert heard(server=b"Z" * 300) == [odd("ssh.no_unit")]


def test_a_group_is_no_host_key() -> None:
    group = packet(b"\x1f" + string(b"\0" + b"\xff" * 128) + string(b"\2"))
    events = heard(server=b"SSH-2.0-x\r\n" + group + reply(ED25519, 33))
    assert events[1:] == [about("sender", ("ssh.host_key_type", "ssh-ed25519"), ("ssh.host_key", ED25519_PRINT))]


@pytest.mark.parametrize(
    ("key", "weak"),
    [
        (string(b"ssh-dss") + string(bytes(128)), True),
        (string(b"ssh-rsa") + string(b"\1\0\1") + string(b"\0" + b"\x80" + bytes(127)), True),
        (string(b"ssh-rsa") + string(b"\1\0\1") + string(b"\0" + b"\x80" + bytes(255)), False),
        (string(b"ecdsa-sha2-nistp256") + string(b"nistp256"), False),
    ],
)
def test_weak_host_keys(key: bytes, weak: bool) -> None:
    events = heard(server=b"SSH-2.0-x\r\n" + reply(key))
    assert (("flag", ("sender", "", ()), "ssh.weak_host_key") in events) is weak


@pytest.mark.parametrize(("protocol", "ends"), [("1.5", True), ("1.99", False)])
def test_version_1(protocol: str, ends: bool) -> None:
    line = f"SSH-{protocol}-Cisco-1.25\r\n".encode()
    flag = ("flag", ("sender", "", ()), "ssh.version_1")
    rest = [] if ends else [about("sender", ("ssh.hassh_server", md5("kex-a,kex-b;s2c;mac-s2c;zlib")))]
    assert heard(server=line + kexinit(*LISTS)) == [banner("Cisco-1.25", protocol), flag, *rest]


def test_the_beginning_was_not_seen() -> None:
    assert probe(kexinit(*LISTS)) is True
    assert heard(kexinit(*LISTS)) == [about("sender", ("ssh.hassh", md5("kex-a,kex-b;c2s;mac-c2s;none")))]


@pytest.mark.parametrize(
    ("server", "events"),
    [
        (b"SSH-2.0-x\r\n" + kexinit(*LISTS[:4]), [banner("x"), odd("ssh.malformed")]),
        (b"SSH-2.0-x\r\n" + b"\xff" * 8, [banner("x"), odd("ssh.no_unit")]),
        (b"SSH-2.0-\xff\r\n", [about("sender", ("ssh.protocol", "2.0"))]),
        (b"SSH-2.0-x\r\n" + packet(b"\x1f\0\0\xff\xff"), [banner("x")]),
    ],
)
def test_broken(server: bytes, events: list[tuple[object, ...]]) -> None:
    assert heard(server=server) == events


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (b"SSH-2.0-x", True),
        (b"SSH-1.99-x", True),
        (b"SSH", None),
        (b"", None),
        (b"SSH-3", False),
        (b"GET / HTTP/1.1", False),
        (kexinit(*LISTS)[:20], None),
        (b"\0\0\0\x10" + bytes(40), False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
