"""Capture ids: the same bytes, the same id."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from sensor.capture.file import open_capture
from sensor.capture.identity import file_id, joined_id
from tests.sensor.capture.make import frames, pcap


def test_name_and_place_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("a.pcap", "sub/other"):
        (tmp_path / name).write_bytes(pcap(frames(5)))
    ids = {open_capture(tmp_path / name).id for name in ("a.pcap", "sub/other")}
    assert len(ids) == 1
    assert len(ids.pop()) == 16


@pytest.mark.parametrize("size", [1000, 384 * 1024])
def test_any_byte_of_a_small_file_matters(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a"
    data = bytearray(size)
    seen = set()
    for at in (0, 1, size // 3, size - 2, size - 1):
        data[at] ^= 1
        path.write_bytes(data)
        seen.add(file_id(str(path)))
    path.write_bytes(data + b"\0")
    assert len(seen | {file_id(str(path))}) == 6


def test_of_a_large_file_size_ends_and_samples_matter(tmp_path: Path) -> None:
    path = tmp_path / "a"
    size = 10_000_000

    def identity(**changed: int) -> str:
        with path.open("wb") as file:
            file.truncate(changed.get("size", size))
            if "at" in changed:
                file.seek(changed["at"])
                file.write(b"x")
        return file_id(str(path), whole=bool(changed.get("whole")))

    first = identity()
    assert identity() == first
    assert identity(size=size + 1) != first
    assert identity(at=65535) != first
    assert identity(at=size - 65536) != first
    assert identity(at=(size - 4096) * 32 // 65) != first  # the 32nd of the 64 samples
    assert identity(at=200_000) == first  # between two samples: what --sha256 is for
    assert identity(at=200_000, whole=1) != identity(whole=1)


def test_whole(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(data := pcap(frames(3)))
    assert open_capture(tmp_path / "a", sha256=True).id == hashlib.sha256(data).hexdigest()[:16]


def test_joined() -> None:
    assert joined_id(["a"]) == "a"
    assert joined_id(["a", "b"]) not in {joined_id(["b", "a"]), joined_id(["ab"]), joined_id(["a", "b", "c"])}
