"""A second opinion: tshark reads the same frames, with the same times and lengths, from every capture there is."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from sensor.capture.file import open_capture
from sensor.capture.find import find
from sensor.capture.source import CaptureError
from tests.sensor.capture.make import T0, Ng, frames, pcap, pcapng
from tests.sensor.capture.test_file import mixed

pytestmark = pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")

LAST = 2**63 - 1  # where we clip
LENGTH_MAX = 2**31 - 1  # where tshark clips
READ_ENCAPSULATIONS = {"1", "7", "15", "25", "44", "129", "130", "210"}  # tshark's numbers of the link types we read

Row = tuple[int, int, int]


def theirs(path: Path | str) -> list[Row]:
    fields = ["-e", "frame.time_epoch", "-e", "frame.cap_len", "-e", "frame.len", "-e", "frame.encap_type"]
    quick = ["-n", "--disable-protocol", "eth", "--disable-protocol", "ip"]
    run = subprocess.run(["tshark", "-r", path, *quick, "-T", "fields", *fields], capture_output=True, text=True)
    split = [line.split("\t") for line in run.stdout.splitlines()]
    return [
        (int(Decimal(time or 0) * 10**9), int(captured), int(original))
        for time, captured, original, encapsulation in split
        if encapsulation in READ_ENCAPSULATIONS
    ]


def ours(path: Path | str) -> list[Row]:
    found = []
    for block in open_capture(path).blocks():
        for at in range(0, block.count * 5, 5):
            time, _, captured, original, _ = block.records[at : at + 5]
            found.append((time, captured, min(original, LENGTH_MAX)))
    return found


def agree(mine: Row, other: Row) -> bool:
    """Equal, but for absurd times: past 2262 we clip; a fraction of seconds overflows in tshark."""
    if mine[1:] != other[1:]:
        return False
    return mine[0] == other[0] or mine[0] == LAST < other[0] or (other[0] < 0 and mine[0] % 10**9 == 999_999_999)


def everywhere() -> list[str]:
    folders = [Path(__file__).parents[3] / "pcaps"]
    if os.environ.get("AUSCULT_CAPTURES"):
        folders.append(Path(os.environ["AUSCULT_CAPTURES"]))
    found: list[str] = []
    for folder in folders:
        try:
            found += find([folder]).captures
        except CaptureError:
            continue
    return found


@pytest.mark.parametrize("path", everywhere(), ids=lambda path: Path(path).name)
def test_every_capture(path: str) -> None:
    other = theirs(path)
    try:
        mine = ours(path)
    except CaptureError as error:
        assert "link type" in str(error)
        assert other == []
        return
    assert len(mine) == len(other)
    assert [pair for pair in zip(mine, other, strict=True) if not agree(*pair)] == []


def two_resolutions() -> bytes:
    ng = Ng()
    out = ng.section() + ng.interface(1, 0, ng.option(9, b"\x94") + ng.option(14, ng.pack("q", 1_700_000_000)))
    out += ng.interface(1, 0, ng.option(9, b"\x0c") + ng.option(14, ng.pack("q", 1_700_000_000)))
    return out + b"".join(ng.enhanced(12_345_678 + 7 * n, bytes(60), 60, interface=n % 2) for n in range(20))


MADE = {
    "pcap": pcap(frames(20)),
    "big pcap": pcap(frames(20), big=True, nano=False),
    "pcapng": pcapng(frames(20)),
    "big pcapng": pcapng(frames(20), big=True),
    "two sections": pcapng(frames(5)) + pcapng(frames(9), big=True),
    "two resolutions": two_resolutions(),
    "gzip": gzip.compress(pcap(frames(20))),
    "cut": pcap(frames(20))[:-5],
    "cut pcapng": pcapng(frames(20))[:-5],
    "damaged": pcap(frames(20)) + b"\xff" * 100,
    "damaged pcapng": pcapng(frames(20)) + Ng().enhanced(T0, b"", 0, interface=7),
}


@pytest.mark.parametrize("data", MADE.values(), ids=MADE)
def test_captures_made_here(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a").write_bytes(data)
    mine = ours(tmp_path / "a")
    assert mine == theirs(tmp_path / "a")
    assert len(mine) >= 14


def test_many_kinds_of_blocks(tmp_path: Path) -> None:
    """Simple packets have no time of their own: tshark shows none, we the last one seen."""
    (tmp_path / "a").write_bytes(mixed())
    other = theirs(tmp_path / "a")
    mine = ours(tmp_path / "a")
    assert [row[1:] for row in mine] == [row[1:] for row in other]
    assert all(a[0] == b[0] for a, b in zip(mine, other, strict=True) if b[0])
    assert sum(b[0] != 0 for b in other) == 160
