"""The benchmark's captures are what they say: seeded, well-formed, with the share worth decoding that they claim."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.bench import generate as generator
from tests.bench.frames import Accidents

# What the generator counts as worth decoding, as tshark sees it; of a data set only its head is, see below.
WORTH = (
    "arp || dhcp || dns || mdns || ssdp || http || tls.handshake || (tcp.port == 2575 && tcp.len > 0)"
    " || dicom.pdu.type == 1 || dicom.pdu.type == 2 || dicom.pdu.type == 5 || dicom.pdu.type == 6"
    " || dicom.pdv.flags == 1 || dicom.pdv.flags == 3"
)
needs_tshark = pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")


def tshark(path: Path, *arguments: str) -> list[str]:
    command = ["tshark", "-n", "-r", str(path), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        generator.generate("ward", 2, tmp_path / name, seed=seed)
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b != c
    assert len(a) >= 2_000_000
    assert b"ZQCANARYMARTIN" in a


@needs_tshark
@pytest.mark.parametrize("mix", ["imaging", "ward", "storm"])
def test_nothing_is_malformed(tmp_path: Path, monkeypatch, mix: str) -> None:
    """Without the accidents, which rightly puzzle a dissector; checksums too."""
    monkeypatch.setattr(generator, "Accidents", lambda: Accidents(0, 0, 0, 0))
    monkeypatch.setattr(generator, "UNSEEN", 0)
    generator.generate(mix, 3 if mix == "storm" else 12, tmp_path / "a")
    sums = [part for name in ("ip", "tcp", "udp") for part in ("-o", f"{name}.check_checksum:TRUE")]
    bad = "ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0"
    if mix != "storm":  # its datagrams hold noise, which a port may make look like a protocol
        bad += " || _ws.malformed || _ws.expert.severity == error || _ws.expert.severity == warning"
    assert tshark(tmp_path / "a", *sums, "-Y", bad) == []


@needs_tshark
def test_names_are_there(tmp_path: Path) -> None:
    generator.generate("ward", 12, tmp_path / "a")
    fields = ("dicom.assoc.ae.calling", "tls.handshake.extensions_server_name", "dhcp.option.hostname", "http.server")
    fields += ("mdns", "arp.src.proto_ipv4", "hl7.message.type")
    lines = tshark(tmp_path / "a", "-T", "fields", *(part for field in fields for part in ("-e", field)))
    seen = [{line.split("\t")[column] for line in lines} - {""} for column in range(len(fields))]
    assert all(seen)
    assert {name[:7] for name in seen[0]} == {"SCANNER"}
    assert len(seen[5]) > 100


@needs_tshark
@pytest.mark.parametrize(("mix", "low", "high"), [("imaging", 0.05, 0.07), ("ward", 0.17, 0.24)])
def test_share_worth_decoding(tmp_path: Path, mix: str, low: float, high: float) -> None:
    held = generator.generate(mix, 25, tmp_path / "a")  # so short a one has more connections being opened than 200 MB
    commands = tshark(tmp_path / "a", "-Y", "dicom.pdv.flags == 3")
    heads = 2 * sum("C-STORE-RQ" in line for line in commands)  # two segments each
    share = (len(tshark(tmp_path / "a", "-Y", WORTH)) + heads) / held["packets"]
    assert low < share < high
    assert abs(share - held["worth"]) < 0.01
