"""Exports are there whole or not at all, for their owner alone, and hold nothing of persons."""

from __future__ import annotations

import errno
import os
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sensor.cli.main import main

HOSPITAL = Path(__file__).parents[2] / "pcaps" / "mini-hospital.pcap"
FORMATS = ("csv", "jsonl", "gmao", "cyclonedx", "xlsx")


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('export')}/x.db"
    done = sensor("read", str(HOSPITAL), "--db", url)
    assert done.exit_code == 0, done.stderr
    return url


def sensor(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.mark.parametrize("format_", FORMATS)
def test_a_full_disk_leaves_what_was_there(
    format_: str, db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "inventory"
    path.write_text("before")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    done = sensor("export", format_, "--db", db, "-o", str(path))
    assert done.exit_code == 3
    assert done.stderr.strip() == f"sensor: {path}: No space left on device"
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_told_by_the_file_that_was_named(db: str, tmp_path: Path) -> None:
    path = tmp_path / "gone" / "inventory.csv"
    done = sensor("export", "csv", "--db", db, "-o", str(path))
    assert done.exit_code == 3
    assert done.stderr.strip() == f"sensor: {path}: No such file or directory"


def test_no_person_in_any_export(db: str, tmp_path: Path) -> None:
    for format_ in FORMATS:
        path = tmp_path / format_
        assert sensor("export", format_, "--db", db, "-o", str(path)).exit_code == 0
        data = path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as parts:
                data = b"".join(parts.read(name) for name in parts.namelist())
        assert len(data) > 1000
        assert b"zqcanary" not in data.lower()
        assert path.stat().st_mode & 0o777 == 0o600
