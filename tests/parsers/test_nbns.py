"""Messages of the NetBIOS name service written by hand from RFC 1002 section 4.2."""

from __future__ import annotations

import pytest

from parsers.nbns import SPEC
from tests.parsers.datagrams import Heard, about, heard, odd
from tests.parsers.netbios_bytes import encoded

UNIQUE, GROUP = "0000", "8000"
MAC = "02a400000011"


def head(flags: str, questions: int, answers: int, additional: int) -> bytes:
    return bytes.fromhex(f"8001{flags}{questions:04x}{answers:04x}0000{additional:04x}")


def claim(name: str, suffix: int, kind: str = UNIQUE, opcode: str = "2910") -> bytes:
    again = bytes.fromhex(f"c00c 0020 0001 000493e0 0006 {kind} 0a49000b")
    return head(opcode, 1, 0, 1) + encoded(name, suffix) + bytes.fromhex("00200001") + again


def answer(name: str, suffix: int, record: str, kind: int = 0x20, flags: str = "8500") -> bytes:
    raw = bytes.fromhex(record)
    record_head = bytes.fromhex(f"{kind:04x} 0001 00000000 {len(raw):04x}")
    return head(flags, 0, 1, 0) + encoded(name, suffix) + record_head + raw


def entry(name: str, suffix: int, flags: str) -> str:
    return (name.encode().ljust(15) + bytes([suffix])).hex() + flags


def names(*entries: str, mac: str = MAC) -> bytes:
    return answer("*", 0, f"{len(entries):02x}{''.join(entries)}{mac}{'00' * 40}", 0x21, "8400")


COMPUTER = about("sender", ("nbns.name", "CTCONSOLE7"))
CASES: dict[str, tuple[bytes, Heard]] = {
    "a computer claims its name": (claim("CTCONSOLE7", 0x00), [COMPUTER]),
    "its server service, by a refresh": (
        claim("CTCONSOLE7", 0x20, opcode="4010"),
        [about("sender", ("nbns.name", "CTCONSOLE7"), ("nbns.service", "server"))],
    ),
    "one with several addresses": (claim("CTCONSOLE7", 0x00, opcode="7900"), [COMPUTER]),
    "its workgroup": (claim("RADIOLOGY", 0x00, GROUP), [about("sender", ("nbns.domain", "RADIOLOGY"))]),
    "who keeps the list": (
        claim("RADIOLOGY", 0x1D),
        [about("sender", ("nbns.domain", "RADIOLOGY"), ("nbns.service", "local master browser"))],
    ),
    "a domain controller": (
        claim("WARDS", 0x1C, GROUP),
        [about("sender", ("nbns.domain", "WARDS"), ("nbns.service", "domain controller"))],
    ),
    "a user": (claim("ZQCANARYMARTIN", 0x03), []),
    "a name of another kind": (claim("ZQCANARY", 0x06), []),
    "all browsers": (claim("\x01\x02__MSBROWSE__\x02", 0x01, GROUP), []),
    "a name that is no text": (claim("ZQ\xff\xfe", 0x00), []),
    "a query": (head("0110", 1, 0, 0) + encoded("ZQCANARY", 0x20) + bytes.fromhex("00200001"), []),
    "a release": (claim("ZQCANARY", 0x00, opcode="3010"), []),
    "a server answers for another host": (
        answer("CTCONSOLE7", 0x20, "0000 0a490011"),
        [about("10.73.0.17", ("nbns.name", "CTCONSOLE7"), ("nbns.service", "server"))],
    ),
    "all controllers of a domain; no host is nowhere": (
        answer("WARDS", 0x1C, "8000 0a490011 8000 0a490012 8000 00000000"),
        [about(f"10.73.0.{n}", ("nbns.domain", "WARDS"), ("nbns.service", "domain controller")) for n in (17, 18)],
    ),
    "there is no such name": (answer("ZQCANARY", 0x20, "", flags="8583"), []),
    "the status of a computer where somebody works": (
        names(
            entry("CTCONSOLE7", 0x00, "0400"),
            entry("WARDS", 0x00, "8400"),
            entry("ZQCANARYMARTIN", 0x03, "0400"),
            entry("CTCONSOLE7", 0x20, "0400"),
        ),
        [
            about(
                "sender",
                ("nbns.name", "CTCONSOLE7"),
                ("nbns.domain", "WARDS"),
                ("nbns.service", "server"),
                ("nbns.mac", "02:a4:00:00:00:11"),
            )
        ],
    ),
    "Samba has no hardware address": (
        names(entry("LX1", 0, "0400"), mac="00" * 6),
        [about("sender", ("nbns.name", "LX1"))],
    ),
    "a status that is cut off": (
        answer("*", 0, "03" + entry("CTCONSOLE7", 0, "0400"), 0x21, "8400"),
        [odd("nbns.cut")],
    ),
    "a claim that is cut off": (claim("CTCONSOLE7", 0x00)[:-4], [odd("nbns.cut")]),
    "nothing": (b"", [odd("nbns.malformed")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: bytes, expected: Heard) -> None:
    assert heard(SPEC, data) == expected


@pytest.mark.parametrize("data", [data for data, _ in CASES.values()], ids=CASES)
def test_no_person_is_told(data: bytes) -> None:
    for end in range(len(data) + 1):
        assert "zqcanary" not in str(heard(SPEC, data[:end])).lower()


def test_a_scope_is_part_of_no_name() -> None:
    scoped = claim("CTCONSOLE7", 0x00).replace(
        encoded("CTCONSOLE7", 0), encoded("CTCONSOLE7", 0)[:-1] + b"\x08zqcanary\0"
    )
    assert heard(SPEC, scoped) == [COMPUTER]


def test_probe_wants_an_encoded_name() -> None:
    assert SPEC.probe(claim("X", 0)) is True
    assert SPEC.probe(head("0100", 1, 0, 0) + b"\x20" + b"a" * 32 + b"\0\0\1\0\1") is False
    assert SPEC.probe(head("2970", 1, 0, 1) + encoded("X", 0)) is False  # bits that are reserved
