"""Which captures were meant: files as named, folders searched for what looks like a capture by its first bytes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from sensor.capture.headers import is_capture
from sensor.capture.source import STANDARD_INPUT, CaptureError, Source, refusal

MAGIC = 4  # bytes that tell a capture from other files


class Found(Struct, frozen=True):
    """captures: in the order given, those of a folder sorted. skipped: files in folders that are no captures. refused:
    sentences about folders in folders that cannot be looked into."""

    captures: tuple[str, ...]
    skipped: tuple[str, ...]
    refused: tuple[str, ...] = ()


def find(arguments: Iterable[str | Path]) -> Found:
    """Every file that was named, whatever it holds; of folders those that look like captures, at any depth."""
    captures: dict[str, None] = {}  # in order; a file that was named twice is read once
    skipped: list[str] = []
    refused: list[str] = []
    for argument in map(str, arguments):
        if argument == STANDARD_INPUT or not Path(argument).is_dir():
            captures[argument] = None
            continue
        inside = _files(argument, refused)
        looks = [path for path in inside if _looks_like_capture(path)]
        if not looks:
            if refused:
                raise CaptureError(refused[0])
            held = "it is empty"
            if inside:
                held = "its one file is none" if len(inside) == 1 else f"none of its {len(inside)} files is one"
            raise CaptureError(f"{argument}: no captures in this folder ({held}); name a pcap or pcapng file")
        captures.update(dict.fromkeys(looks))
        skipped += [path for path in inside if path not in captures]
    return Found(tuple(captures), tuple(skipped), tuple(refused))


def _files(folder: str, refused: list[str]) -> list[str]:
    """Regular files at any depth, in an order that is the same on every system; links to folders are not followed."""

    def refuse(error: OSError) -> None:
        refused.append(refusal(error.filename or folder, error))

    walked = os.walk(folder, onerror=refuse)
    paths = (Path(root, name) for root, _, names in walked for name in names)
    return [str(path) for path in sorted(path for path in paths if path.is_file())]


def _looks_like_capture(path: str) -> bool:
    try:
        source = Source(path)
    except CaptureError:
        return True  # it cannot even be opened: whoever reads it says why
    try:
        head = bytearray(MAGIC)
        filled = 0
        with memoryview(head) as view:
            while got := source.readinto(view[filled:]):
                filled += got
        return filled == MAGIC and is_capture(bytes(head))
    finally:
        source.close()
