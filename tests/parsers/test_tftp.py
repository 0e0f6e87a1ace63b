"""TFTP written by hand from RFC 1350 section 5 and RFC 2347; what is kept of it."""

from __future__ import annotations

import pytest

from parsers.tftp import SPEC
from sensor.correlate.networks import SITE
from sensor.fingerprint.load import load
from sensor.service.inventory import policy
from tests.observe import observe
from tests.parsers.datagrams import PCAPS, Heard, about, heard, odd

WRITE = ("flag", ("receiver", "", ()), "tftp.write")


def wants(name: str) -> tuple[object, ...]:
    return about("sender", ("tftp.file", name))


CASES: dict[str, tuple[bytes, Heard]] = {
    "settings": (b"\0\1SEP0011.cnf.xml\0octet\0", [wants("SEP0011.cnf.xml")]),
    "with options": (b"\0\1pxelinux.0\0OCTET\0blksize\x001456\0", [wants("pxelinux.0")]),
    "without its folders": (b"\0\1/users/ZQCANARY/boot\\a.bin\0netascii\0", [wants("a.bin")]),
    "a write": (b"\0\2startup-config\0octet\0", [wants("startup-config"), WRITE]),
    "not text": (b"\0\1\xff\xfe\x01\x02\0octet\0", []),
    "data": (b"\0\3\0\1ZQCANARY", []),
    "an acknowledgement": (b"\0\4\0\1", []),
    "an error": (b"\0\5\0\1ZQCANARY\0", []),
    "a mode of nobody": (b"\0\1a.bin\0binary\0", [odd("tftp.malformed")]),
    "no end": (b"\0\1a.bin\0octet", [odd("tftp.malformed")]),
    "too long": (b"\0\1" + b"a" * 600 + b"\0octet\0", [odd("tftp.malformed")]),
    "nothing": (b"", [odd("tftp.malformed")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: bytes, expected: Heard) -> None:
    assert heard(SPEC, data) == expected
    assert SPEC.probe(data) is (data[:2] in (b"\0\1", b"\0\2") and expected != [odd("tftp.malformed")])


def test_names_are_kept_only_where_a_rule_knows_them() -> None:
    seen = observe(PCAPS / "tftp" / "boot.pcap", rules=policy(load(), SITE))
    assert seen.values("tftp.file") == {"SEP02AA00000030.cnf.xml"}
    assert seen.counters["evidence.unruled"] == 2
