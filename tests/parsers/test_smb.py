"""SMB openings written by hand from MS-CIFS, MS-SMB, MS-SMB2 and RFC 1002."""

from __future__ import annotations

import struct

import pytest

from parsers.smb import SPEC, probe
from tests.parsers.datagrams import about, odd, since
from tests.parsers.harness import cut, said
from tests.parsers.test_ntlmssp import authenticate, challenge, pair

CLIENT, SERVER = 0, 1
Heard = list[tuple[object, ...]]
WINDOWS_7, WINDOWS_XP = since("2020-01-15", "smb.old_windows"), since("2014-04-09", "smb.old_windows")
REQUIRED, OF_NOBODY, AS_GUEST, FIRST = (
    ("flag", ("sender", "", ()), f"smb.{name}") for name in ("signing_not_required", "anonymous", "guest", "smb1")
)
JANUARY_5_2026 = struct.pack("<Q", (155_232 * 86_400 + 3600) * 10_000_000)  # days from 1601 to then, an hour more
GUID = bytes(range(1, 17))
GUID_TEXT = "04030201-0605-0807-090a-0b0c0d0e0f10"


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def framed(message: bytes, kind: int = 0) -> bytes:
    return bytes([kind]) + len(message).to_bytes(3, "big") + message


def heard(client: bytes = b"", server: bytes = b"") -> Heard:
    segments = [(side, 0, way) for side, way in ((CLIENT, client), (SERVER, server)) if way]
    whole = said(SPEC, segments)
    for size in (1, 5, 33):
        assert said(SPEC, cut(segments, size)) == whole
    return whole


# SMB 2 and 3


def second(command: int, body: bytes, *, response: bool = False, status: int = 0) -> bytes:
    head = b"\xfeSMB" + struct.pack("<HHIHHI", 64, 0, status, command, 1, response) + bytes(44)
    return framed(head + body)


def offer(*dialects: int, security: int = 1, contexts: bytes = b"") -> bytes:
    at = (64 + 36 + 2 * len(dialects) + 7) // 8 * 8
    body = struct.pack("<HHHHI", 36, len(dialects), security, 0, 0) + b"ZQCANARYZQCANARY"
    body += struct.pack("<IHH", at if contexts else 0, 1 if contexts else 0, 0)
    body += b"".join(struct.pack("<H", each) for each in dialects)
    return second(0, body.ljust(at - 64, b"\0") + contexts if contexts else body)


def negotiated(dialect: int, *, security: int, guid: bytes = GUID, status: int = 0) -> bytes:
    body = struct.pack("<HHHH", 65, security, dialect, 0) + guid + struct.pack("<IIII", 0x2F, 1 << 20, 1 << 20, 1 << 20)
    return second(0, body + JANUARY_5_2026 + bytes(8) + bytes(8), response=True, status=status)


def session_asked(token: bytes) -> bytes:
    return second(1, struct.pack("<HBBIIHHQ", 25, 0, 1, 0, 0, 64 + 24, len(token), 0) + token)


def session(token: bytes = b"", *, flags: int = 0, status: int = 0) -> bytes:
    return second(1, struct.pack("<HHHH", 9, flags, 72, len(token)) + token, response=True, status=status)


def tree(path: str) -> bytes:
    return second(3, struct.pack("<HHHH", 9, 0, 72, len(wide(path))) + wide(path))


def test_a_server_of_version_3() -> None:
    token = challenge(pair(1, "FILES2"), pair(3, "files2.wards.example"))
    server = negotiated(0x0311, security=3) + session(b"spnego" + token, status=0xC0000016) + session()
    assert heard(server=server) == [
        about(
            "sender",
            ("smb.dialect", "3.1.1"),
            ("smb.signing", "required"),
            ("smb.server_guid", GUID_TEXT),
            ("smb.capabilities", "0000002f"),
            ("smb.system_date", "2026-01-05"),
        ),
        about(
            "sender",
            ("smb.ntlm_computer", "FILES2"),
            ("smb.ntlm_fqdn", "files2.wards.example"),
            ("smb.ntlm_version", "6.1.7601"),
        ),
        WINDOWS_7,
    ]


def test_a_client_of_version_3_and_the_server_that_it_wants() -> None:
    name = wide("Files2.wards.example")
    context = struct.pack("<HHI", 5, len(name), 0) + name
    token = authenticate(wide("US7-CONSOLE"))
    client = offer(0x0202, 0x0311, contexts=context) + session_asked(token) + tree("\\\\FILES2\\ZQCANARY$")
    client += second(5, b"\\ZQCANARYMARTIN_JEANNE.dcm")
    assert heard(client) == [
        about("sender", ("smb.dialects", "2.0.2,3.1.1"), ("smb.signing", "enabled")),
        about("receiver", ("smb.server_name", "files2.wards.example")),
        about("sender", ("smb.ntlm_workstation", "US7-CONSOLE"), ("smb.ntlm_version", "6.1.7601")),
        WINDOWS_7,
        about("receiver", ("smb.server_name", "files2")),
    ]


@pytest.mark.parametrize(
    ("server", "flags"),
    [
        (negotiated(0x0210, security=1), [REQUIRED]),
        (negotiated(0x0210, security=3), []),
        (session(flags=1), [AS_GUEST]),
        (session(flags=2), [OF_NOBODY]),
        (session(flags=3, status=0xC000006D), []),  # not let in
        (negotiated(0x0311, security=1, status=0xC00000BB), []),  # refused
    ],
)
def test_findings_of_version_2(server: bytes, flags: Heard) -> None:
    assert [event for event in heard(server=server) if event[0] == "flag"] == flags


def test_what_is_undecided_and_what_is_a_name_is_not_said() -> None:
    events = heard(server=negotiated(0x02FF, security=3, guid=b"files2".ljust(16, b"\0")))
    names = [name for name, _ in events[0][2]]  # type: ignore[attr-defined]  # pairs
    assert names == ["smb.signing", "smb.capabilities", "smb.system_date"]


@pytest.mark.parametrize(
    "path", ["\\\\10.1.2.3\\ZQCANARY", "\\\\fd00--1.ipv6-literal.net\\x", "ZQCANARY", "\\\\ZQ", ""]
)
def test_an_address_or_half_a_path_is_no_name(path: str) -> None:
    assert heard(tree(path)) == []


@pytest.mark.parametrize(
    "rest",
    [
        second(8, b"ZQCANARY" * 20),
        framed(b"\xfdSMB" + b"ZQCANARY" * 9),
        framed(b"\xfcSMB" + b"ZQCANARY" * 9),
        framed(b"\xffSMB\x2e" + b"ZQCANARY" * 9),
    ],
)
def test_any_other_message_ends_the_opening(rest: bytes) -> None:
    assert heard(rest + offer(0x0311)) == []
    assert heard(server=rest + negotiated(0x0311, security=1)) == []


# SMB 1


def first(
    command: int, words: bytes, data: bytes, *, response: bool = False, unicode: bool = True, status: int = 0
) -> bytes:
    head = b"\xffSMB" + bytes([command]) + struct.pack("<I", status) + bytes([0x80 * response])
    head += struct.pack("<H", 0x8000 * unicode) + bytes(20)
    return framed(head + bytes([len(words) // 2]) + words + struct.pack("<H", len(data)) + data)


def dialects(*names: bytes) -> bytes:
    return first(0x72, b"", b"".join(b"\2" + name + b"\0" for name in names))


def nt_lm(*, security: int, capabilities: int, data: bytes, key: int = 0) -> bytes:
    words = struct.pack("<HBHHIIII", 0, security, 1, 1, 1, 1, 0, capabilities) + JANUARY_5_2026
    return first(0x72, words + struct.pack("<HB", 0, key), data, response=True)


def texts(*values: str) -> bytes:
    return b"".join(wide(value) + b"\0\0" for value in values)


def test_a_client_and_a_server_of_version_1() -> None:
    words = struct.pack("<BBHHHHIHII", 0xFF, 0, 0, 1, 1, 1, 0, 0, 0, 0)
    client = dialects(b"NT LANMAN 1.0", b"NT LM 0.12")
    client += first(0x73, words, b"\0" + texts("Windows 5.1", "Windows 2000 LAN Manager"))
    server = nt_lm(security=3, capabilities=0x8000E3FD, data=GUID)
    token = challenge(pair(1, "CT7"))
    answer = struct.pack("<BBHHH", 0xFF, 0, 0, 1, len(token))
    padding = b"\0" * ((43 + len(token)) % 2)
    server += first(0x73, answer, token + padding + texts("Windows 5.1", "LANMAN")[:-1], response=True)
    assert heard(client, server) == [
        about("sender", ("smb.dialects", "NT LANMAN 1.0,NT LM 0.12")),
        FIRST,
        about("sender", ("smb.native_os", "Windows 5.1"), ("smb.native_lan_manager", "Windows 2000 LAN Manager")),
        WINDOWS_XP,
        about(
            "sender",
            ("smb.dialect", "NT LM 0.12"),
            ("smb.signing", "disabled"),
            ("smb.capabilities", "8000e3fd"),
            ("smb.system_date", "2026-01-05"),
            ("smb.server_guid", GUID_TEXT),
        ),
        FIRST,
        REQUIRED,
        about("sender", ("smb.ntlm_computer", "CT7"), ("smb.ntlm_version", "6.1.7601")),
        WINDOWS_7,
        about("sender", ("smb.native_os", "Windows 5.1"), ("smb.native_lan_manager", "LANMAN")),
        WINDOWS_XP,
        AS_GUEST,
    ]


def test_without_extended_security_account_and_domain_are_stepped_over() -> None:
    secret = b"ZQCANARYZQCANARY"
    words = struct.pack("<BBHHHHIHHII", 0x75, 0, 0, 1, 1, 1, 0, len(secret), 0, 0, 0)
    data = secret + b"\0" + texts("zqcanary.user", "ZQCANARYDOM", "Unix", "Samba")
    at = 32 + 1 + len(words) + 2 + len(data)
    words = words[:2] + struct.pack("<H", at) + words[4:]
    path = wide("\\\\FILES2\\ZQCANARY") + b"\0\0"
    tree_words = struct.pack("<BBHHH", 0xFF, 0, 0, 0, 1)
    odd_place = (at + 1 + len(tree_words) + 2 + 1) % 2
    more = bytes([4]) + tree_words + struct.pack("<H", len(path)) + b"\0" + b"\0" * odd_place + path
    whole = first(0x73, words, data)[4:] + more
    server = nt_lm(security=15, capabilities=0xE3FD, data=b"ZQCANARY" + texts("WARDS", "FILES2"), key=8)
    assert heard(framed(whole), server) == [
        about("sender", ("smb.native_os", "Unix"), ("smb.native_lan_manager", "Samba")),
        about("receiver", ("smb.server_name", "files2")),
        about(
            "sender",
            ("smb.dialect", "NT LM 0.12"),
            ("smb.signing", "required"),
            ("smb.capabilities", "0000e3fd"),
            ("smb.system_date", "2026-01-05"),
            ("smb.domain", "WARDS"),
            ("smb.computer", "FILES2"),
        ),
        FIRST,
    ]


def test_a_client_that_knows_newer_versions_is_no_finding() -> None:
    assert heard(dialects(b"NT LM 0.12", b"SMB 2.002", b"SMB 2.???")) == [
        about("sender", ("smb.dialects", "NT LM 0.12,SMB 2.002,SMB 2.???"))
    ]


def test_a_server_that_knows_none_of_the_dialects_agrees_to_nothing() -> None:
    assert heard(server=first(0x72, b"\xff\xff", b"", response=True)) == []


# NetBIOS session service


def netbios(name: str, kind: int) -> bytes:
    raw = name.encode().ljust(15)[:15] + bytes([kind])
    return b"\x20" + bytes(0x41 + half for byte in raw for half in (byte >> 4, byte & 15)) + b"\0"


@pytest.mark.parametrize(
    ("called", "expected"),
    [("FILES2", [about("receiver", ("smb.server_name", "files2"))]), ("*SMBSERVER", [])],
)
def test_the_session_service_names_both(called: str, expected: Heard) -> None:
    client = framed(netbios(called, 0x20) + netbios("CT7-CONSOLE", 0), 0x81)
    server = framed(b"", 0x82) + negotiated(0x0210, security=3)
    events = heard(client + dialects(b"SMB 2.002"), server)
    assert events[:-2] == [*expected, about("sender", ("smb.computer", "CT7-CONSOLE"))]


def test_names_that_are_no_names() -> None:
    assert heard(framed(b"\x20" + b"z" * 33 + netbios("CT7", 0), 0x81)) == [about("sender", ("smb.computer", "CT7"))]
    assert heard(framed(netbios("CT7", 0), 0x81)) == [odd("smb.cut")]


# Broken


@pytest.mark.parametrize("cut_at", range(36, 130, 7))
def test_short_messages_are_odd_and_no_more(cut_at: int) -> None:
    for whole in (offer(0x0202, 0x0311), negotiated(0x0311, security=3), session_asked(b"x" * 40), tree("\\\\A\\B")):
        for event in heard(framed(whole[4:cut_at])):
            assert event == odd("smb.cut") or event[0] in ("said", "flag")


def test_a_hole_ends_the_direction() -> None:
    client = offer(0x0202) + tree("\\\\FILES2\\x")
    assert said(SPEC, [(CLIENT, 0, client[:50]), (CLIENT, 60, client[60:])]) == [odd("smb.gap")]


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (offer(0x0202), True),
        (b"\0\0\0\x40\xfdSMB", True),
        (b"\0\0\0\x40\xfe", None),
        (b"", None),
        (b"\0\0\0\x40\xfeSMC", False),
        (framed(netbios("A", 32) + netbios("B", 0), 0x81), True),
        (b"\x81\0\0\x10\x20", False),
        (b"\x82\0\0\0", None),
        (b"\x82\0\0\0\0\0\0\x40\xffSMB", True),
        (b"GET / HTTP/1.1\r\n", False),
    ],
)
def test_probe(data: bytes, answer: bool | None) -> None:
    assert probe(data) is answer
