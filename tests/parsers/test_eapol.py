"""EAPOL frames written by hand from IEEE 802.1X-2020 clause 11 and RFC 3748 section 4."""

from __future__ import annotations

import pytest

from parsers.eapol import METHODS, SPEC
from tests.parsers.datagrams import Heard, about, heard, odd

IDENTITY = b"zqcanary.user@wards.example".hex()


def eap(code: int, *, method: int | None = None, data: str = "") -> str:
    body = (f"{method:02x}" if method is not None else "") + data
    size = 4 + len(body) // 2
    return f"02 00 {size:04x} {code:02x} 07 {size:04x}" + body


def said(version: str, message: str, role: str, method: str = "") -> tuple[object, ...]:
    fields = [("eapol.version", version), ("eapol.message", message)]
    fields += [(name, text) for name, text in (("eapol.role", role), ("eapol.method", method)) if text]
    return about("sender", *fields)


def flag(name: str) -> tuple[object, ...]:
    return ("flag", ("sender", "", ()), name)


CASES: dict[str, tuple[str, Heard]] = {
    "a start, padded": ("01 01 0000" + "00" * 42, [said("1", "start", "supplicant")]),
    "a log-off": ("02 02 0000", [said("2", "logoff", "supplicant")]),
    "who are you": (eap(1, method=1), [said("2", "eap", "authenticator")]),
    "the answer to that is not looked at": (eap(2, method=1, data=IDENTITY), [said("2", "eap", "supplicant")]),
    "TLS": (eap(1, method=13, data="20"), [said("2", "eap", "authenticator", "tls")]),
    "PEAP": (eap(2, method=25, data="00" + IDENTITY), [said("2", "eap", "supplicant", "peap")]),
    "a method that has no name here": (eap(1, method=200), [said("2", "eap", "authenticator", "200")]),
    "MD5": (eap(1, method=4, data="10" + "ab" * 16), [said("2", "eap", "authenticator", "md5"), flag("eapol.md5")]),
    "LEAP": (eap(2, method=17, data="0100"), [said("2", "eap", "supplicant", "leap"), flag("eapol.leap")]),
    "a refusal of the method": (eap(2, method=3, data="0d"), [said("2", "eap", "supplicant")]),
    "success": (eap(3), [said("2", "eap", "authenticator")]),
    "a code that is none": (eap(9, method=13), [said("2", "eap", "")]),
    "key 1 of 4: pairwise, acknowledge": ("02 03 0003 02 008a", [said("2", "key", "authenticator")]),
    "key 2 of 4: pairwise, MIC": ("01 03 0003 02 010a", [said("1", "key", "supplicant")]),
    "a key of another kind": ("01 03 0003 01 0080", [said("1", "key", "")]),
    "MACsec key agreement": ("03 05 0004 01020304", [said("3", "macsec", "")]),
    "cut": ("02 00 0040 02 07 0040 01" + IDENTITY, [odd("eapol.cut")]),
    "a version that is none": ("07 01 0000", [odd("eapol.malformed")]),
    "nothing": ("", [odd("eapol.malformed")]),
}


@pytest.mark.parametrize(("data", "expected"), CASES.values(), ids=CASES)
def test_case(data: str, expected: Heard) -> None:
    assert heard(SPEC, bytes.fromhex(data)) == expected


def test_no_method_is_an_identity() -> None:
    assert not {1, 2, 3} & METHODS.keys()


def test_probe() -> None:
    assert SPEC.probe(bytes.fromhex("01010000")) is True
    assert SPEC.probe(bytes.fromhex("01060000")) is False
    assert SPEC.probe(bytes.fromhex("01000010 01")) is False
