"""The same captures give the same inventory: in any order, in one run or many, cut and joined, in any blocks."""

from __future__ import annotations

import json
import os
import random
import struct
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sensor.capture.file import open_capture
from sensor.capture.find import find
from sensor.capture.source import CaptureError
from sensor.cli.main import main
from tests.observe import observe

ROOT = Path(__file__).parents[2]
MORE = os.environ.get("AUSCULT_CAPTURES", "")
SMALL = 400_000  # bytes: larger captures say nothing more about blocks of one frame, and take long


def sample() -> list[Path]:
    return [Path(p) for p in find([str(ROOT / "pcaps")]).captures]


def more() -> list[Path]:
    return [p for f in find([MORE]).captures if (p := Path(f)).stat().st_size < SMALL] if MORE else []


def sensor(*arguments: str | Path) -> str:
    done = CliRunner().invoke(main, [str(a) for a in arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def inventory(db: Path) -> tuple[str, str]:
    url = f"sqlite:///{db}"
    return sensor("devices", "list", "--json", "--unconfirmed", "--db", url), sensor("evidence", "--json", "--db", url)


def read(db: Path, captures: Iterable[Path], *options: str) -> None:
    sensor("read", *captures, *options, "--db", f"sqlite:///{db}")


def test_order_and_grouping_do_not_matter(tmp_path: Path) -> None:
    captures = sample()
    together, single, shuffled = (tmp_path / f"{name}.db" for name in ("together", "single", "shuffled"))
    read(together, captures)
    for capture in captures:
        read(single, [capture])
    mixed = list(captures)
    random.Random(7).shuffle(mixed)
    read(shuffled, mixed[::2])
    read(shuffled, mixed[1::2])
    whole = inventory(together)
    assert len(whole[0].splitlines()) > 5
    assert inventory(single) == whole
    assert inventory(shuffled) == whole


def test_reading_again_changes_nothing(tmp_path: Path) -> None:
    db = tmp_path / "x.db"
    read(db, sample())
    once = inventory(db)
    read(db, sample())
    assert inventory(db) == once
    read(db, sample(), "--again")
    assert inventory(db) == once
    sensor("devices", "rebuild", "--db", f"sqlite:///{db}")
    assert inventory(db) == once


def parts(capture: Path, frames: Sequence[int], folder: Path) -> list[Path]:
    """A little-endian pcap cut before the given frames (counted from 0)."""
    raw = capture.read_bytes()
    assert raw[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"), capture
    records: list[bytes] = []
    at = 24
    while at + 16 <= len(raw):
        length = struct.unpack_from("<I", raw, at + 8)[0]
        records.append(raw[at : at + 16 + length])
        at += 16 + length
    edges = [0, *frames, len(records)]
    out = []
    for number, (start, end) in enumerate(pairwise(edges)):
        out.append(folder / f"{capture.stem}-{number}.pcap")
        out[-1].write_bytes(raw[:24] + b"".join(records[start:end]))
    return out


def frames_in(capture: Path) -> int:
    return sum(block.count for block in open_capture(capture).blocks())


def without_places(lines: str) -> list[dict[str, Any]]:
    """Evidence without what a cut may change: origin and frame numbers."""
    rows = [json.loads(line) for line in lines.splitlines()]
    for row in rows:
        del row["origin"], row["first"]["frame"], row["last"]["frame"]
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


@pytest.mark.parametrize("capture", sample(), ids=lambda path: path.name)
def test_cut_and_joined_is_the_whole(capture: Path, tmp_path: Path) -> None:
    count = frames_in(capture)
    whole, joined = tmp_path / "whole.db", tmp_path / "joined.db"
    read(whole, [capture])
    cuts = sorted(random.Random(capture.name).sample(range(1, count), min(3, count - 1)))
    read(joined, parts(capture, cuts, tmp_path), "--joined")
    ours, theirs = inventory(joined), inventory(whole)
    assert without_places(ours[1]) == without_places(theirs[1])
    assert strip(ours[0]) == strip(theirs[0])


def strip(lines: str) -> list[dict[str, Any]]:
    """Devices without the ids: those are made from places, too."""
    return [json.loads(line) for line in lines.splitlines()]


@pytest.mark.parametrize("capture", sample(), ids=lambda path: path.name)
def test_cut_and_not_joined_invents_and_blends_nothing(capture: Path, tmp_path: Path) -> None:
    count = frames_in(capture)
    if count < 4:
        pytest.skip("too short to be cut")
    whole, pieces = tmp_path / "whole.db", tmp_path / "pieces.db"
    read(whole, [capture])
    read(pieces, parts(capture, [count // 2], tmp_path))
    real = [marks(device) for device in strip(inventory(whole)[0])]
    for device in strip(inventory(pieces)[0]):
        matches = [other for other in real if marks(device) & other]
        assert matches, f"invented: {device}"
        assert len(matches) == 1, f"blended: {device}"


def marks(device: dict[str, Any]) -> set[str]:
    """What makes a device this one and no other."""
    if device["parent"]:
        serial = device["attributes"].get("serial")
        return {f"serial {serial['value']}" if serial else f"named {device['name']}"}
    return {*device["interfaces"], *(tenure["ip"] for tenure in device["addresses"])} or {device["id"]}


@pytest.mark.parametrize("capture", [*sample(), *more()], ids=lambda path: path.name[-60:])
def test_blocks_of_any_size_give_the_same(capture: Path) -> None:
    try:
        whole = observe(capture)
    except CaptureError as error:
        pytest.skip(str(error)[-60:])
    for block in (1, 4096, 65_536):
        seen = observe(capture, block=block)
        assert seen.rows == whole.rows
        assert dict(seen.counters) == dict(whole.counters)
