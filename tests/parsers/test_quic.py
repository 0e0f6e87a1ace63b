"""QUIC: keys as in RFC 9001 appendix A.1 and RFC 9369 appendix A.1, frames by hand from RFC 9000 section 19."""

from __future__ import annotations

from pathlib import Path

import pytest

from parsers import quic, quic_initial
from parsers.quic import SPEC
from tests.parsers import recorded
from tests.parsers.datagrams import PCAPS, heard

DESTINATION = bytes.fromhex("8394c8f03e515708")


@pytest.mark.parametrize(
    ("version", "key", "iv", "head"),
    [
        (1, "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c", "9f50449e04a0e810283a1e9933adedd2"),
        (
            0x6B3343CF,
            "8b1a0bc121284290a29e0971b5cd045d",
            "91f73e2351d8fa91660e909f",
            "45b95e15235d6f45a6b19cbcb0294ba9",
        ),
    ],
)
def test_keys(version: int, key: str, iv: str, head: str) -> None:
    own = quic_initial.keys(version, DESTINATION)
    assert (own.key.hex(), own.iv.hex(), own.head.hex()) == (key, iv, head)


def test_the_mask_over_the_head() -> None:
    """RFC 9001 appendix A.2."""
    own = quic_initial.keys(1, DESTINATION)
    sample = bytes.fromhex("d1b1c98dd7689fb8ec11d242b123dc9b")
    assert quic_initial.masking(own.head, sample)[:5].hex() == "437b9aec36"


@pytest.mark.parametrize(
    ("data", "number"),
    [("c2197c5eff14e88c", 151288809941952652), ("9d7f3e7d", 494878333), ("7bbd", 15293), ("25", 37), ("7b", -1)],
)
def test_numbers(data: str, number: int) -> None:
    """RFC 9000 appendix A.1."""
    assert quic.variable(bytes.fromhex(data), 0)[0] == number


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ("06 00 04 61626364", b"abcd"),
        ("00 01 00 06 02 02 6364 00 01 06 00 02 6162 0000", b"abcd"),
        ("06 00 03 616263 06 02 02 6364", b"abcd"),
        ("02 05 00 00 01 06 00 02 6162", b"ab"),
        ("03 05 00 01 00 00 00 01 02 03 06 00 02 6162", b"ab"),
        ("06 00 02 6162 06 03 01 64", b"ab"),
        ("06 01 01 62", b""),
    ],
)
def test_frames(frames: str, expected: bytes) -> None:
    parts: dict[int, bytes] = {}
    assert quic.crypto(bytes.fromhex(frames), parts)
    assert quic.joined(parts) == expected


@pytest.mark.parametrize("frames", ["06 00 05 61", "06", "1c 00", "02 05 00", "06 80 00"])
def test_broken_frames(frames: str) -> None:
    assert not quic.crypto(bytes.fromhex(frames), {})


def first(name: str) -> bytes:
    path: Path = PCAPS / "quic" / name
    return next(data for carrier, data in recorded.datagrams(path) if carrier == "udp")


@pytest.mark.parametrize(("name", "version"), [("version1.pcap", "1"), ("version2.pcap", "2")])
def test_a_hello(name: str, version: str) -> None:
    data = first(name)
    assert SPEC.probe(data)
    server, client = heard(SPEC, data)
    assert server == ("said", ("receiver", "", ()), (("quic.sni", "images.wards.example"),))
    assert ("quic.version", version) in client[2]  # type: ignore[operator]  # the fields of an utterance


def test_other_traffic_and_broken_packets() -> None:
    data = first("version1.pcap")
    assert not SPEC.probe(data[:1000])
    assert not SPEC.probe(bytes(1200))
    assert not SPEC.probe(data[:1] + b"\0\0\0\0" + data[5:])  # version negotiation
    assert heard(SPEC, data[:100] + bytes(1) + data[101:]) == []  # not what was sent: it does not open
    assert heard(SPEC, data[:60]) == [("odd", "quic.malformed")]


def test_what_a_server_answers_stays_closed() -> None:
    answers = [data for carrier, data in recorded.datagrams(PCAPS / "quic" / "version1.pcap") if carrier == "udp"][1:]
    assert answers
    assert [heard(SPEC, data) for data in answers] == [[]] * len(answers)
