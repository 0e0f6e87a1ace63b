"""Packed captures and streams: gzip, zstd, standard input, pipes."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import struct
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
import zstandard

from sensor.capture.file import Capture, joined, open_capture
from sensor.capture.source import CaptureError
from tests.sensor.capture.make import expected, frames, pcap, pcapng, rows

CONTENT = frames(3000, 200)
PLAIN = pcap(CONTENT)
SKIPPABLE = b"\x53\x2a\x4d\x18" + (9).to_bytes(4, "little") + b"not a bit"


def zstd(data: bytes, **options: int) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True, **options).compress(data)


@pytest.fixture
def opened(tmp_path: Path):
    def opened(data: bytes, **options: int) -> Capture:
        (tmp_path / "ward").write_bytes(data)
        return open_capture(tmp_path / "ward", **options)

    return opened


PACKED = {
    "gzip": gzip.compress(PLAIN, mtime=0),
    "gzip members": gzip.compress(PLAIN[:1000], mtime=0)
    + gzip.compress(b"", mtime=0)
    + gzip.compress(PLAIN[1000:], mtime=0),
    "gzip padding": gzip.compress(PLAIN[:1000], mtime=0)
    + bytes(300_000)
    + gzip.compress(PLAIN[1000:], mtime=0)
    + bytes(512),
    "zstd": zstd(PLAIN),
    "zstd frames": SKIPPABLE + zstd(PLAIN[:50]) + zstd(b"") + SKIPPABLE + zstd(PLAIN[50:]) + SKIPPABLE,
    "zstd level": zstandard.ZstdCompressor(level=19, write_content_size=False).compress(PLAIN),
    "zstd not packed": zstandard.ZstdCompressor(level=-5).compress(pcap([])) + zstd(PLAIN[24:]),
}


@pytest.mark.parametrize("data", PACKED.values(), ids=PACKED)
def test_packed_is_the_same(opened, data: bytes) -> None:
    for block in (1 << 20, 777):
        capture = opened(data, block=block)
        assert rows(capture) == expected(CONTENT)
        assert capture.faults == []
        assert capture.size == len(data)
        assert [n.read for n in capture.blocks()][-1] <= len(data)


def test_packed_by_the_programs_people_use(tmp_path: Path) -> None:
    for program, name in ((["gzip", "-k"], "a.pcap.gz"), (["zstd", "-q", "-19", "--long"], "a.pcap.zst")):
        (tmp_path / "a.pcap").write_bytes(PLAIN)
        subprocess.run([*program, str(tmp_path / "a.pcap")], check=True)
        (tmp_path / name).rename(tmp_path / "no-telling-name")
        assert rows(open_capture(tmp_path / "no-telling-name")) == expected(CONTENT)


@pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_cut_packed_data_is_read_up_to_the_cut(opened, pack) -> None:
    data = pack(pcap([(time, os.urandom(len(frame)), n) for time, frame, n in CONTENT]))  # does not get smaller
    held = 0 if pack is gzip.compress else 1 << 17  # a block of zstd is unpacked whole or not at all
    for end in (len(data) - 1, len(data) - 9, len(data) // 2):
        capture = opened(data[:end])
        read = len(rows(capture))
        assert read >= (end - held) // (16 + 206) - 10
        assert f"cut: the file ends at byte {end}" in capture.faults[0]
        assert capture.counters["capture.cut"] == 1


def test_damaged_gzip_gives_every_byte_before_the_damage(opened) -> None:
    """A stored block (RFC 1951 section 3.2.4), then one of the type that does not exist."""
    length = len(pcap(CONTENT[:150]))
    stored = b"\x00" + struct.pack("<HH", length, length ^ 0xFFFF) + PLAIN[:length]
    data = gzip.compress(b"", mtime=0)[:10] + stored + b"\x07" + bytes(1000)
    capture = opened(data)
    assert rows(capture) == expected(CONTENT[:150])
    (fault,) = capture.faults
    assert fault.startswith(f"the gzip data is damaged at byte {10 + 5 + length}; read up to byte {length} ")
    assert fault.endswith("of the unpacked gzip data, after frame 150; what follows is not read")
    assert capture.counters["capture.damaged"] == 1


def test_wrong_checksum_is_told_and_all_is_read(opened) -> None:
    for pack in (gzip.compress, zstd):
        data = bytearray(pack(PLAIN))
        data[-5 if pack is gzip.compress else -1] ^= 1  # gzip: the checksum is followed by the length
        capture = opened(bytes(data))
        assert rows(capture) == expected(CONTENT)
        assert "damaged" in capture.faults[0]


@pytest.mark.parametrize("pack", [gzip.compress, zstd], ids=["gzip", "zstd"])
def test_something_else_after_the_packed_data(opened, pack) -> None:
    capture = opened(pack(PLAIN) + b"something else")
    assert rows(capture) == expected(CONTENT)
    assert "damaged" in capture.faults[0]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (gzip.compress(b"", mtime=0), "is empty"),
        (zstd(b""), "is empty"),
        (gzip.compress(b"text " * 9, mtime=0), "not a pcap"),
        (gzip.compress(gzip.compress(PLAIN), mtime=0), "packed twice"),
        (zstd(gzip.compress(PLAIN, mtime=0)), "packed twice"),
        (gzip.compress(PLAIN, mtime=0)[:12], "cut"),
        (zstd(PLAIN)[:7], "cut"),
        (b"\x1f\x8b\x08" + b"\xff" * 60, "damaged"),
        (b"\x28\xb5\x2f\xfd" + b"\xff" * 60, "damaged"),
        (b"\x28\xb5\x2f\xfd" + b"\x00\xff" + b"\xff" * 60, "damaged"),
    ],
)
def test_packed_but_not_a_capture(opened, data: bytes, says: str) -> None:
    with pytest.raises(CaptureError, match=r"^[^\n]+$") as error:
        opened(data)
    assert says in str(error.value)


def test_what_unpacks_to_a_lot_is_unpacked_in_pieces(tmp_path: Path) -> None:
    """A bomb: 1 GiB of zeros behind a header. Read in a process that may use little memory."""
    head = pcap([])
    for name, data in (
        ("z", zstd(head) + b"".join(zstd(bytes(1 << 26)) for _ in range(16))),
        ("g", gzip.compress(head, mtime=0) + gzip.compress(bytes(1 << 26), mtime=0) * 16),
    ):
        (tmp_path / name).write_bytes(data)
        code = (
            "import resource, sys; from sensor.capture.file import open_capture\n"
            "resource.setrlimit(resource.RLIMIT_DATA, (100 << 20,) * 2)\n"
            "print(sum(block.count for block in open_capture(sys.argv[1]).blocks()))"
        )
        run = subprocess.run([sys.executable, "-c", code, tmp_path / name], capture_output=True, text=True, check=True)
        assert int(run.stdout) == (1 << 30) // 16  # sixteen zeros are a record of no bytes


def from_standard_input(data: bytes) -> list[str]:
    code = (
        "from sensor.capture.file import open_capture\n"
        "c = open_capture('-'); before = c.id, c.size\n"
        "print(sum(block.count for block in c.blocks()), c.name, c.id, before, c.faults)"
    )
    run = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=False)
    return (run.stdout or run.stderr.splitlines()[-1]).decode().strip().split(" ", 3)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd], ids=["plain", "gzip", "zstd"])
def test_standard_input(pack) -> None:
    data = pack(pcapng(CONTENT))
    identity = hashlib.sha256(data).hexdigest()[:16]
    assert from_standard_input(data) == ["3000", "-", identity, "('', None) []"]


def test_identity_of_a_damaged_stream_is_of_all_of_it() -> None:
    data = pcap(frames(2)) + b"\xff" * 2_000_000
    frames_read, _, identity, rest = from_standard_input(data)
    assert frames_read == "2"
    assert identity == hashlib.sha256(data).hexdigest()[:16]
    assert "damaged frame length" in rest


def test_standard_input_that_is_no_capture() -> None:
    assert "CaptureError: -: is empty" in " ".join(from_standard_input(b""))


def test_slow_pipe(tmp_path: Path) -> None:
    """A named pipe that gives a few bytes at a time, packed too."""
    content = frames(20)
    for data in (pcap(content), gzip.compress(pcap(content), mtime=0)):
        path = tmp_path / f"pipe{len(data)}"
        os.mkfifo(path)

        def write(path: Path = path, data: bytes = data) -> None:
            with path.open("wb", buffering=0) as pipe:
                for at in range(0, len(data), 11):
                    pipe.write(data[at : at + 11])

        writer = threading.Thread(target=write)
        writer.start()
        capture = open_capture(path)
        assert capture.size is None
        assert rows(capture) == expected(content)
        assert capture.id == hashlib.sha256(data).hexdigest()[:16]
        writer.join()


def test_streams_are_not_joined_with_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(PLAIN)
    with pytest.raises(CaptureError, match="save it to a file"):
        joined([tmp_path / "a", "-"])


def test_a_disk_that_fails_half_way(tmp_path: Path, monkeypatch) -> None:
    class Failing(io.BufferedReader):
        def readinto1(self, view: memoryview) -> int:
            if self.tell() >= 100_000:
                raise OSError(5, "Input/output error")
            return super().readinto1(view)

    monkeypatch.setattr("sensor.capture.source.io", SimpleNamespace(FileIO=io.FileIO, BufferedReader=Failing))
    (tmp_path / "a").write_bytes(PLAIN)
    capture = open_capture(tmp_path / "a", block=20_000)
    read = rows(capture)
    assert read == expected(CONTENT[: len(read)])
    assert len(read) >= 100_000 // (16 + 206)
    assert "reading failed at byte 1" in capture.faults[0]
    assert "Input/output error" in capture.faults[0]
    assert capture.counters["capture.damaged"] == 1


def test_a_disk_that_fails_at_once() -> None:
    with pytest.raises(CaptureError, match=r"^/proc/self/mem: .*reading failed at byte 0[^\n]+$"):
        open_capture("/proc/self/mem")  # nothing is mapped at its beginning


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_not_allowed(tmp_path: Path) -> None:
    (tmp_path / "a").touch(mode=0)
    with pytest.raises(CaptureError, match="permission denied"):
        open_capture(tmp_path / "a")
