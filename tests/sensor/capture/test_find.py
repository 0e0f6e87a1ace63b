"""Which files of folders are captures."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
import zstandard

from sensor.capture.find import find
from sensor.capture.source import CaptureError
from tests.sensor.capture.make import frames, pcap, pcapng


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    files = {
        "b.pcap": pcap(frames(1)),
        "a/z.cap": pcap(frames(2), big=True),
        "a/deep/er/x": gzip.compress(pcapng(frames(1))),
        "a/notes.txt": b"ward 3, bed 2\n",
        "a/log.gz": gzip.compress(b"one line\n"),
        "c.zst": zstandard.ZstdCompressor().compress(pcap(frames(3), modified=True)),
        "empty": b"",
        "tiny": b"\n",
    }
    for name, data in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path)
    return tmp_path


def test_folder(tree: Path) -> None:
    found = find([tree])
    assert found.captures == tuple(str(tree / name) for name in ("a/deep/er/x", "a/z.cap", "b.pcap", "c.zst"))
    assert found.skipped == tuple(str(tree / name) for name in ("a/log.gz", "a/notes.txt", "empty", "tiny"))


def test_named_files_are_taken_as_they_are(tree: Path) -> None:
    found = find([tree / "empty", "-", tree / "gone"])
    assert found.captures == (str(tree / "empty"), "-", str(tree / "gone"))


def test_named_twice_is_read_once(tree: Path) -> None:
    found = find([tree / "b.pcap", tree, tree / "b.pcap"])
    assert found.captures[0] == str(tree / "b.pcap")
    assert len(found.captures) == len(set(found.captures)) == 4


def test_folder_without_captures(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="no captures in this folder"):
        find([tmp_path])
    (tmp_path / "a").write_text("text")
    with pytest.raises(CaptureError, match="its one file is none"):
        find([tmp_path])


def test_a_folder_that_cannot_be_looked_into_does_not_hide_the_others(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = os.scandir

    def refusing(path: str) -> object:
        if str(path) == str(tree / "a"):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refusing)
    found = find([tree])
    assert found.captures == (str(tree / "b.pcap"), str(tree / "c.zst"))
    assert found.refused == (f"{tree / 'a'}: permission denied; run as a user who may read it",)
    with pytest.raises(CaptureError, match="permission denied"):
        find([tree / "a"])
