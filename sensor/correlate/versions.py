"""Releases of software, firmware and operating systems made comparable; the text as it was seen is kept beside it.

`spelled` says whether two texts mean the same release; `ordered` which of two is the later one. Neither knows what a
maker means by its numbers: "4.01" and "4.1" are two texts for the former, and the same number for the latter.
"""

from __future__ import annotations

import re

WORDS = re.compile(  # what stands before a number and says only that it is one
    r"^(?:software|firmware|sw|fw)?[\s_.:#-]*(?:versions?|ver|vers|v|revision|rev|release|rel|r)?[\s_.:#=-]*(?=\d)"
)
BUILD = re.compile(r"[\s_.(-]*\b(?:build|bld)\b[\s_.:#-]*(?=\d)")
PART = re.compile(r"\d+|[^\W\d_]+")
NUMBER, WORD = 0, 1
NUMBER_MAX = 18  # digits that are a number; longer ones are compared as text

Part = tuple[int, int, str]


def spelled(text: str) -> str:
    """One spelling for texts that mean one release: "V1.2", "Version 1.2", "1.2" and "1-2" are the same."""
    plain = BUILD.sub(".", WORDS.sub("", " ".join(text.casefold().split())))
    return ".".join(piece for piece in re.split(r"[\s_/()\[\],;-]+|\.+", plain) if piece)


def ordered(text: str) -> tuple[Part, ...]:
    """A key by which releases of one product sort: numbers by value, before words."""
    pieces = PART.findall(WORDS.sub("", text.casefold().strip()))
    return tuple(
        (NUMBER, int(piece), "") if piece.isdecimal() and len(piece) <= NUMBER_MAX else (WORD, 0, piece)
        for piece in pieces
    )
