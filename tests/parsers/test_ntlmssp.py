"""NTLMSSP messages written by hand from MS-NLMP 2.2.1; one of them is the example of its section 4.2.4."""

from __future__ import annotations

import struct

import pytest

from parsers import ntlmssp
from parsers.api import SENDER, Flag, Odd, Said

UNICODE, WORKSTATION, VERSION = 0x1, 0x2000, 0x2000000
WINDOWS_7 = bytes.fromhex("0601 b11d 000000 0f")  # 6.1, build 7601, revision 15

# MS-NLMP 4.2.4.3: the CHALLENGE_MESSAGE of the NTLMv2 example
EXAMPLE = bytes.fromhex(
    "4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef00000000000000002400240044000000"
    "06007017 0000000f 53006500720076006500720002000c0044006f006d00610069006e0001000c0053006500720076"
    "00650072000000 0000"
)


def pair(kind: int, text: str) -> bytes:
    raw = text.encode("utf-16-le")
    return struct.pack("<HH", kind, len(raw)) + raw


def pointer(size: int, at: int) -> bytes:
    return struct.pack("<HHI", size, size, at)


def challenge(*pairs: bytes, version: bytes = WINDOWS_7, flags: int = UNICODE | VERSION) -> bytes:
    information = b"".join(pairs) + bytes(4)
    name = "WARDS".encode("utf-16-le")
    head = b"NTLMSSP\0" + struct.pack("<I", 2) + pointer(len(name), 56) + struct.pack("<I", flags)
    head += b"ZQCANARY" + bytes(8) + pointer(len(information), 56 + len(name)) + version
    return head + name + information


def authenticate(workstation: bytes, *, flags: int = UNICODE | VERSION, version: bytes = WINDOWS_7) -> bytes:
    domain, user, response = ("ZQCANARY".encode("utf-16-le"),) * 3
    head = b"NTLMSSP\0" + struct.pack("<I", 3)
    at, payload = 72, b""
    for value in (response, response, domain, user, workstation, b""):
        head += pointer(len(value), at + len(payload))
        payload += value
    return head + struct.pack("<I", flags) + version + payload


def negotiate(workstation: bytes = b"", *, flags: int = VERSION, version: bytes = WINDOWS_7) -> bytes:
    head = b"NTLMSSP\0" + struct.pack("<II", 1, flags) + pointer(0, 40) + pointer(len(workstation), 40)
    return head + version + workstation


def heard(data: bytes) -> dict[str, str]:
    events = [event for event in ntlmssp.read(data, "smb") if not isinstance(event, Flag)]
    assert all(isinstance(event, Said) and event.about == SENDER for event in events)
    return {name: text for event in events if isinstance(event, Said) for name, text in event.fields}


def test_a_challenge_names_the_host_its_domain_and_its_system() -> None:
    data = challenge(
        pair(2, "WARDS"),
        pair(1, "FILES2"),
        pair(4, "wards.example"),
        pair(3, "files2.wards.example"),
        pair(5, "hospital.example"),
        pair(7, "time"),
        pair(9, "cifs/ZQCANARY"),
    )
    assert heard(b"\x60\x48 a token around it" + data) == {
        "smb.ntlm_domain": "WARDS",
        "smb.ntlm_computer": "FILES2",
        "smb.ntlm_dns_domain": "wards.example",
        "smb.ntlm_fqdn": "files2.wards.example",
        "smb.ntlm_forest": "hospital.example",
        "smb.ntlm_version": "6.1.7601",
    }


def test_the_challenge_of_the_specification() -> None:
    assert heard(EXAMPLE) == {
        "smb.ntlm_computer": "Server",
        "smb.ntlm_domain": "Domain",
        "smb.ntlm_version": "6.0.6000",
    }


def test_a_host_in_no_domain_has_none() -> None:
    data = challenge(pair(1, "ACME-US7"), pair(2, "ACME-US7"), pair(3, "acme-us7"), pair(4, "acme-us7"))
    assert heard(data) == {"smb.ntlm_computer": "ACME-US7", "smb.ntlm_version": "6.1.7601"}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (authenticate("US7-CONSOLE".encode("utf-16-le")), {"workstation": "US7-CONSOLE", "version": "6.1.7601"}),
        (authenticate(b"US7-CONSOLE", flags=0), {"workstation": "US7-CONSOLE"}),  # OEM characters, no version
        (authenticate(b""), {"version": "6.1.7601"}),
        (authenticate(b"\\\0\\\0U\0S\0"), {"workstation": "US", "version": "6.1.7601"}),
        (negotiate(), {"version": "6.1.7601"}),
        (negotiate(b"US7-CONSOLE", flags=VERSION | WORKSTATION), {"workstation": "US7-CONSOLE", "version": "6.1.7601"}),
        (negotiate(b"US7-CONSOLE", flags=0), {}),
        (negotiate(version=bytes(8)), {}),
    ],
)
def test_clients(data: bytes, expected: dict[str, str]) -> None:
    assert heard(data) == {f"smb.ntlm_{name}": text for name, text in expected.items()}


WINDOWS_7_ENDED = 1_579_046_400  # 2020-01-15T00:00Z


@pytest.mark.parametrize(
    ("data", "protocol", "old"),
    [
        (challenge(pair(1, "CT7")), "http", True),
        (challenge(pair(1, "CT7")), "smb", True),
        (authenticate(b"U\0S\0"), "smb", True),
        (authenticate(b"U\0S\0"), "http", False),  # libraries say that they are Windows 7
        (challenge(pair(1, "SAMBA"), version=bytes.fromhex("0601 0000 000000 0f")), "smb", False),  # 6.1.0
        (challenge(pair(1, "CT7"), flags=UNICODE), "smb", False),
    ],
)
def test_a_windows_out_of_support_is_found_from_the_day_on(data: bytes, protocol: str, old: bool) -> None:
    flags = [event for event in ntlmssp.read(data, protocol) if isinstance(event, Flag)]
    assert flags == ([Flag(f"{protocol}.old_windows", SENDER, WINDOWS_7_ENDED)] if old else [])


def test_names_where_the_version_would_be_are_no_version() -> None:
    """As curl writes it: the flag is the server's, and the names begin where the version would be."""
    whole = authenticate("US7".encode("utf-16-le"))
    data = bytearray(whole[:64] + whole[72:])
    for at in (12, 20, 28, 36, 44, 52):
        data[at + 4 : at + 8] = struct.pack("<I", struct.unpack_from("<I", data, at + 4)[0] - 8)
    assert heard(bytes(data)) == {"smb.ntlm_workstation": "US7"}


def test_no_user_no_response_no_challenge() -> None:
    for data in (authenticate("US7".encode("utf-16-le")), challenge(pair(1, "US7")), negotiate()):
        assert "zqcanary" not in repr(ntlmssp.read(data, "smb")).lower().replace("\\x00", "")


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (b"", ()),
        (b"NTLMSS", ()),
        (b"NTLMSSP\0", (Odd("smb.ntlm_malformed"),)),
        (b"NTLMSSP\0\4\0\0\0" + bytes(60), (Odd("smb.ntlm_malformed"),)),
        (challenge()[:23], (Odd("smb.ntlm_malformed"),)),
        (authenticate(b"")[:60], ()),  # of the first version, which ends here
    ],
)
def test_little_is_said_where_little_is(data: bytes, events: tuple[object, ...]) -> None:
    assert ntlmssp.read(data, "smb") == events


def test_every_cut_of_a_message_is_borne_and_says_nothing_new() -> None:
    for whole in (challenge(pair(1, "FILES2"), pair(3, "files2.wards.example")), authenticate(b"U\0S\0"), EXAMPLE):
        everything = set(heard(whole).items())
        for end in range(len(whole)):
            for event in ntlmssp.read(whole[:end], "smb"):
                assert isinstance(event, Odd | Flag) or set(event.fields) <= everything  # type: ignore[union-attr]  # a Said


def test_a_field_that_points_nowhere_is_empty() -> None:
    data = bytearray(authenticate("US7".encode("utf-16-le")))
    data[48:52] = b"\xff\xff\xff\xff"
    assert heard(bytes(data)) == {"smb.ntlm_version": "6.1.7601"}
