"""Encodes data sets with pydicom and reads their heads with ours."""

from __future__ import annotations

import warnings
import zlib
from itertools import pairwise

from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from parsers.api import Said
from parsers.dicom_dataset import (
    BIG_ENDIAN,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    Head,
    Syntax,
)
from parsers.dicom_equipment import STORED, describe

SYNTAXES = {"implicit": IMPLICIT, "explicit": EXPLICIT, "big-endian": BIG_ENDIAN, "deflated": DEFLATED}


def encode(ds: Dataset, syntax: Syntax) -> bytes:
    """By pydicom."""
    out = DicomBytesIO()
    out.is_little_endian = not syntax.big
    out.is_implicit_VR = syntax.implicit
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write_dataset(out, ds)
    raw = out.getvalue()
    if syntax.deflated:
        packer = zlib.compressobj(wbits=-15)
        raw = packer.compress(raw) + packer.flush()
    return raw


def head_of(raw: bytes, syntax: Syntax | None, plan=STORED, cuts: list[int] | None = None) -> Head:
    head = Head(plan, syntax)
    edges = [0, *(cuts or []), len(raw)]
    for start, end in pairwise(edges):
        head.feed(raw[start:end], last=end == len(raw))
    return head


def events(raw: bytes, syntax: Syntax | None, plan=STORED) -> list:
    return list(describe(head_of(raw, syntax, plan), "CT001"))


def fields(raw: bytes, syntax: Syntax | None, plan=STORED) -> list[tuple[str, str]]:
    return [pair for event in events(raw, syntax, plan) if isinstance(event, Said) for pair in event.fields]
