"""Which capture is this: a short hash of its bytes as they lie on disk, so that the same capture is known again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from sensor.capture.source import CaptureError, refusal

ID_LENGTH = 16  # hex digits: two of a million captures share an id with a chance of one in 36 million
ENDS = 1 << 16  # bytes at each end
SAMPLES = 64  # blocks between them, at fixed fractions of the file
SAMPLE = 1 << 12
READ = 1 << 20


def file_id(path: str, *, whole: bool = False) -> str:
    """Of size, both ends and samples, or with `whole` of every byte (then the same as for a stream)."""
    try:
        with Path(path).open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            if whole:
                digest = hashlib.sha256()
                while piece := file.read(READ):
                    digest.update(piece)
                return digest.hexdigest()[:ID_LENGTH]
            digest = hashlib.sha256(b"%d\n" % size)
            for at, length in sampled(size):
                digest.update(os.pread(file.fileno(), length, at))
            return digest.hexdigest()[:ID_LENGTH]
    except OSError as error:
        raise CaptureError(refusal(path, error)) from error


def sampled(size: int) -> list[tuple[int, int]]:
    """Places and lengths of what is hashed; a file no larger than that is hashed whole."""
    if size <= 2 * ENDS + SAMPLES * SAMPLE:
        return [(0, size)]
    fractions = [(size - SAMPLE) * number // (SAMPLES + 1) for number in range(1, SAMPLES + 1)]
    return [(0, ENDS), *((at, SAMPLE) for at in fractions), (size - ENDS, ENDS)]


def joined_id(ids: Sequence[str]) -> str:
    """Of captures read as one, in their order; one alone keeps its id."""
    if len(ids) == 1:
        return ids[0]
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()[:ID_LENGTH]
