"""Recognising DICOM by its bytes, on any port and in mid-stream."""

from __future__ import annotations

import random

import pytest

from parsers.dicom import probe
from tests.parsers.dicom_bytes import (
    ABORT,
    CT_IMAGE,
    IMPLICIT,
    ac,
    p_data,
    pdv,
    rj,
    rq,
)
from tests.parsers.dicom_flows import HEAD

# -- recognition

PROBES = [
    (rq({1: (CT_IMAGE, [IMPLICIT])}), True),
    (ac({1: (0, IMPLICIT)}), True),
    (rj(1, 1, 3), True),
    (ABORT, True),
    (rq({})[:60], None),
    (rq({})[:1], None),
    (b"", None),
    (rq({}).replace(b"1.2.840.10008.3.1.1.1", b"1.2.840.10008.3.1.1.x"), False),
    (b"\x01\x00\x00\x00\x00\x08\x00\x01" + bytes(80), False),  # too short for its fixed part
    (b"GET / HTTP/1.1\r\n", False),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", False),  # TLS client hello
    (b"\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00", False),  # TPKT, RDP connection request
    (b"\x04\x01\x00\x50\x0a\x00\x00\x01\x00", False),  # SOCKS4 connect
    (b"\x05\x01\x00", False),  # SOCKS5 greeting
    (bytes(100), False),
    (p_data(pdv(1, 0, bytes(100))) + p_data(pdv(1, 2, bytes(60))), True),  # two in a row that add up
    (p_data(pdv(1, 0, bytes(100))) + bytes(60), False),
    (p_data(pdv(2, 0, bytes(100))), False),  # context numbers are odd
    (p_data(pdv(1, 2, HEAD)), True),
    (p_data(pdv(1, 0, bytes(20_000)))[:4096], None),
]


@pytest.mark.parametrize(("first", "expected"), PROBES)
def test_probe(first: bytes, expected: bool | None) -> None:
    assert probe(first) is expected


@pytest.mark.parametrize("first", [p[0] for p in PROBES if p[1]])
def test_probe_waits_for_what_it_needs(first: bytes) -> None:
    """Byte by byte it says None until it says yes, and then it stays with it."""
    answers = [probe(first[:n]) for n in range(len(first) + 1)]
    assert False not in answers
    sure = answers.index(True)
    assert set(answers[:sure]) == {None}
    assert set(answers[sure:]) <= {True, None}


def test_probe_never_raises() -> None:
    rng = random.Random(3)
    blobs = [p[0] for p in PROBES if p[0]]
    yes = 0
    for _ in range(20_000):
        blob = bytearray(rng.choice(blobs)[: rng.randrange(1, 300)])
        blob[rng.randrange(len(blob))] = rng.randrange(256)
        assert probe(bytes(blob)) in (True, False, None)
        yes += probe(rng.randbytes(64)) is True
    assert yes == 0
