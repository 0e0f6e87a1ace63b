"""Batches that wait on disk while the database is away: bounded, checked, in order, and each written once.

A batch is a file of its own, so that it is whole or not there: magic, CRC-32 and length of the body, then the body
(msgpack). Its number goes into the database with its rows, in one transaction: a batch that is found here
although the database has it already is only removed.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from sensor.model import Subject
from sensor.packing import packed
from sensor.rows import Ends, Finds, Group, Key, Rows
from sensor.store.connect import Address
from sensor.store.error import StoreError
from sensor.store.origin import OriginRow

MAGIC = b"AUSB"
SUFFIX = ".batch"
BROKEN = ".broken"  # kept for whoever wants to look, and never read again
SIZE_MAX = 1 << 30  # bytes of all batches, unless told otherwise: days of a hospital's news
BATCH_MAX = 256 << 20  # bytes of one: a full ledger is some 60 MB

_HEAD = struct.Struct("<4sIQ")
_ROW = list[int | float]  # a `Row`, whose times must stay integers


def folder_of(database: str, told: str) -> Path:
    """Where the batches for a database wait: the folder that was told, else beside its file, else in the working
    directory."""
    if told:
        return Path(told)
    found = Address(database).path
    return found.with_name(f"{found.name}.spool") if found is not None else Path("auscult.spool")


class Batch(Struct, array_like=True):
    """Rows of one origin; subjects numbered by their place here."""

    number: int  # from 1 within its origin
    row: OriginRow
    subjects: list[Subject]
    said: list[tuple[Key, _ROW]]
    traffic: list[tuple[Ends, list[int]]]
    flags: list[tuple[Finds, _ROW]]
    several: list[tuple[Group, int]]

    @property
    def count(self) -> int:
        """How many rows it has."""
        return len(self.said) + len(self.traffic) + len(self.flags)

    def rows(self) -> Rows:
        """As the store takes them."""
        return Rows(self.row.key, self.subjects, self.said, dict(self.traffic), dict(self.flags), dict(self.several))


class Spool:
    """A folder of batches. Not to be shared by two programs at once."""

    def __init__(self, folder: Path, size_max: int = SIZE_MAX) -> None:
        self.folder = folder
        self._max = size_max

    def __iter__(self) -> Iterator[Path]:
        """The batches, in the order in which they were put."""
        return iter(sorted(self.folder.glob(f"*{SUFFIX}"))) if self.folder.is_dir() else iter(())

    def standing(self) -> tuple[int, int]:
        """How many batches wait, and their bytes."""
        sizes = [path.stat().st_size for path in self]
        return len(sizes), sum(sizes)

    def put(self, batch: Batch) -> bool:
        """Keeps a batch; False where there is no room for it. Raises StoreError where the disk does not take it."""
        body = packed(batch)
        if self.standing()[1] + len(body) > self._max or len(body) > BATCH_MAX:
            return False
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self.folder / f"{batch.row.started:020}-{batch.number:09}{SUFFIX}"
            beside = path.with_suffix(".part")
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(_HEAD.pack(MAGIC, zlib.crc32(body), len(body)) + body)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError as error:
            raise StoreError(f"could not spool to {self.folder}: {error.strerror}; free some space there") from None
        return True

    def take(self, path: Path) -> Batch | None:
        """Reads a batch; one that is damaged is put aside and gives None. Raises StoreError where it cannot be read."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise StoreError(f"could not read {path}: {error.strerror}; check the permissions of the spool") from None
        batch = _decoded(data)
        if batch is None:
            path.replace(path.with_suffix(BROKEN))
        return batch

    def done(self, path: Path) -> None:
        """The database has it."""
        path.unlink(missing_ok=True)


_DECODER = msgspec.msgpack.Decoder(Batch)


def _decoded(data: bytes) -> Batch | None:
    """A batch; None where the file is not what was written."""
    if len(data) < _HEAD.size:
        return None
    magic, crc, length = _HEAD.unpack_from(data)
    body = data[_HEAD.size :]
    if magic != MAGIC or length != len(body) or zlib.crc32(body) != crc:
        return None
    try:
        return _DECODER.decode(body)
    except msgspec.MsgspecError:  # of another version of this program
        return None


def batch_of(number: int, row: OriginRow, rows: Rows) -> Batch:
    """A ledger's rows as a batch that stands alone: with the subjects that it is about, and no others."""
    used = sorted({key[1] for key, _ in rows.said} | {key[1] for key in rows.flags})
    place = {old: new for new, old in enumerate(used)}
    return Batch(
        number=number,
        row=row,
        subjects=[rows.subjects[old] for old in used],
        said=[((key[0], place[key[1]], *key[2:]), list(sums)) for key, sums in rows.said],
        traffic=[(ends, list(sums)) for ends, sums in rows.traffic.items()],
        flags=[((key[0], place[key[1]], *key[2:]), list(sums)) for key, sums in rows.flags.items()],
        several=[((day, place[subject], name), size) for (day, subject, name), size in rows.several.items()],
    )
