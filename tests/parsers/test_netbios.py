"""NetBIOS datagrams and browser announcements written by hand from RFC 1002 section 4.4, MS-CIFS and MS-BRWS 2.2."""

from __future__ import annotations

import pytest

from parsers.netbios import SPEC
from tests.parsers.datagrams import Heard, about, heard, odd
from tests.parsers.netbios_bytes import encoded

COMMENT = b"Room of Dr. ZQCANARYMARTIN\0"
NT, SERVER_NT, UNIX, WORKSTATION, SERVER = 0x1000, 0x8000, 0x800, 1, 2
OLD = ("flag", ("sender", "", ()), "netbios.old_windows")


def datagram(
    body: bytes, source: tuple[str, int], target: tuple[str, int], kind: int = 0x11, flags: int = 0x02
) -> bytes:
    names = encoded(*source) + encoded(*target)
    size = len(names) + len(body)
    return bytes([kind, flags]) + bytes.fromhex("1234 0a49000b 008a") + size.to_bytes(2, "big") + b"\0\0" + names + body


def mail(content: bytes, slot: bytes = b"\\MAILSLOT\\BROWSE\0") -> bytes:
    words = bytes(22) + len(content).to_bytes(2, "little") + (69 + len(slot)).to_bytes(2, "little") + b"\3\0"
    words += bytes.fromhex("0100 0000 0200")
    return (
        b"\xffSMB\x25" + bytes(27) + b"\x11" + words + (len(slot) + len(content)).to_bytes(2, "little") + slot + content
    )


def announcement(command: int, name: str, version: tuple[int, int], kinds: int) -> bytes:
    what = bytes([command, 0]) + bytes.fromhex("60ea0000") + name.encode().ljust(16, b"\0") + bytes(version)
    return mail(what + kinds.to_bytes(4, "little") + bytes.fromhex("0f01 55aa") + COMMENT)


SELF, GROUP = ("CTCONSOLE7", 0x20), ("RADIOLOGY", 0x1D)
NAMES = (("netbios.name", "CTCONSOLE7"), ("netbios.domain", "RADIOLOGY"))


def announced(version: tuple[int, int], kinds: int, command: int = 1) -> bytes:
    return datagram(announcement(command, "CTCONSOLE7", version, kinds), SELF, GROUP)


def said(kinds: str, *version: str) -> tuple[object, ...]:
    return about("sender", *NAMES, ("netbios.server_type", kinds), *(("netbios.os_version", text) for text in version))


CASES: dict[str, tuple[bytes, Heard]] = {
    "a host with Windows XP": (
        announced((5, 1), WORKSTATION | SERVER | NT),
        [said("workstation,server,nt workstation", "5.1"), OLD],
    ),
    "one that is supported": (
        announced((10, 0), SERVER | SERVER_NT, command=0x0F),
        [said("server,nt server", "10.0")],
    ),
    "Windows 7": (announced((6, 1), NT), [said("nt workstation", "6.1"), OLD]),
    "Windows 98": (announced((4, 0), 1 << 22), [said("windows 95", "4.0"), OLD]),
    "Samba has the version of no Windows": (announced((6, 1), UNIX | NT), [said("unix,nt workstation")]),
    "whoever keeps the list announces the group by its own name": (
        datagram(announcement(0x0C, "RADIOLOGY", (6, 1), 0x80001000), SELF, ("\x01\x02__MSBROWSE__\x02", 1)),
        [about("sender", *NAMES, ("netbios.server_type", "master browser"))],
    ),
    "an election": (
        datagram(mail(bytes.fromhex("08 01 0a0b0c0d 00000000") + b"ZQCANARY\0"), SELF, ("RADIOLOGY", 0x1E)),
        [about("sender", *NAMES)],
    ),
    "mail to another slot may name users": (
        datagram(mail(b"\x12\0ZQCANARYMARTIN\0", b"\\MAILSLOT\\NET\\NETLOGON\0"), ("CTCONSOLE7", 0), ("WARDS", 0x1C)),
        [about("sender", ("netbios.name", "CTCONSOLE7"))],
    ),
    "a message of a user to a user": (datagram(b"ZQCANARY", ("ZQCANARYMARTIN", 3), ("ZQCANARYJEANNE", 3), 0x10), []),
    "a part of a datagram": (
        datagram(announcement(1, "OTHER", (5, 1), NT), SELF, GROUP, flags=0x03),
        [about("sender", *NAMES)],
    ),
    "an announcement that is cut off": (
        datagram(mail(b"\1\0" + bytes(20)), SELF, GROUP),
        [about("sender", *NAMES), odd("netbios.cut")],
    ),
    "no second name": (announced((5, 1), NT)[:60], [odd("netbios.malformed")]),
    "nothing": (b"", [odd("netbios.malformed")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: bytes, expected: Heard) -> None:
    assert heard(SPEC, data) == expected


@pytest.mark.parametrize("data", [data for data, _ in CASES.values()], ids=CASES)
def test_no_person_is_told(data: bytes) -> None:
    for end in range(len(data) + 1):
        assert "zqcanary" not in str(heard(SPEC, data[:end])).lower()


def test_probe_wants_a_kind_of_datagram_and_an_encoded_name() -> None:
    assert SPEC.probe(announced((5, 1), NT)) is True
    assert SPEC.probe(b"\x13" + announced((5, 1), NT)[1:]) is False  # an error
    assert SPEC.probe(announced((5, 1), NT)[:14] + b"\x20" + b"z" * 40) is False
