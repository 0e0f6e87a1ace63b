"""Makers of network interfaces by address: IEEE blocks of 36, 28 and 24 bits (MA-S, MA-M, MA-L), longest first.

The file (made by deploy/make-oui.py) is one line of text, then a zlib stream: three sorted tables of fixed width and
the names. Look-ups bisect in the tables as they lie; nothing is parsed into objects.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from sensor.fingerprint.claim import Claim
from sensor.fingerprint.words import Words

MAGIC = "auscult-oui 1"
REMEDY = "make it anew with deploy/make-oui.py"
TABLES = ((36, "Q"), (28, "I"), (24, "I"))  # bits of the prefix, array type of the table
UNPACKED_MAX = 16 << 20  # bytes; the file unpacks to about 1 MiB, and a broken one may not fill the memory
GROUP = 1  # I/G bit of the first byte: multicast
LOCAL = 2  # U/L bit: made up by software, belongs to nobody
EUI48, EUI64 = 12, 16  # hexadecimal digits
INTERFACE_WEIGHT = 0.9
DEVICE_WEIGHT = 0.4  # a maker of devices alone holds the block: most likely the device is its own
KIND_WEIGHT = 0.2  # the holder makes hardly anything else


class OuiError(ValueError):
    """The file of address blocks cannot be used."""


def digits(address: str) -> str:
    """The 12 or 16 hexadecimal digits of an address in any usual spelling, a MAC wherever an EUI-64 was made from one
    (FFFE in the middle); "" where it is neither."""
    found = address.replace(":", "").replace("-", "").replace(".", "").lower()
    if len(found) == EUI64 and found[6:10] == "fffe":
        found = found[:6] + found[10:]
    if len(found) not in (EUI48, EUI64) or not found.isascii():
        return ""
    return "" if found.strip("0123456789abcdef") else found


class Oui:
    def __init__(self, packed: bytes) -> None:
        head, _, body = packed.partition(b"\n")
        self.header = head.decode("utf-8", "replace")
        magic, _, about = self.header.partition("; ")
        if magic != MAGIC:
            raise OuiError(f"not a file of address blocks; {REMEDY}")
        self.date = about.partition(" ")[0]
        unpack = zlib.decompressobj()
        try:
            raw = unpack.decompress(body, UNPACKED_MAX)
        except zlib.error as error:
            raise OuiError(f"the file of address blocks is damaged ({error}); {REMEDY}") from None
        self._tables: list[tuple[int, array[int], array[int]]] = []
        at = 0
        for bits, code in TABLES:
            (count,), at = _numbers(raw, at, "I", 1)
            keys, at = _numbers(raw, at, code, count)
            names, at = _numbers(raw, at, "H", count)
            self._tables.append((bits, keys, names))
        (count,), at = _numbers(raw, at, "I", 1)
        self._ends, at = _numbers(raw, at, "I", count)
        self._names = raw[at:]
        if self._ends and self._ends[-1] != len(self._names):
            raise OuiError(f"the file of address blocks is cut; {REMEDY}")

    def maker(self, mac: str) -> str:
        """Who the registry says holds the block of this MAC or EUI-64; "" for addresses of groups, addresses made up
        locally, blocks that nobody or nobody public holds, and what is no address."""
        found = digits(mac)
        if not found or int(found[:2], 16) & (GROUP | LOCAL):
            return ""
        top = int(found[:9], 16)
        for bits, keys, names in self._tables:
            key = top >> 36 - bits
            i = bisect_left(keys, key)
            if i < len(keys) and keys[i] == key:
                return self._name(names[i])
        return ""

    def _name(self, number: int) -> str:
        start = self._ends[number - 1] if number else 0
        return self._names[start : self._ends[number]].decode("utf-8", "replace")


def _numbers(raw: bytes, at: int, code: str, count: int) -> tuple[array[int], int]:
    found = array(code)
    end = at + count * found.itemsize
    if end > len(raw):
        raise OuiError(f"the file of address blocks is cut; {REMEDY}")
    found.frombytes(raw[at:end])
    if sys.byteorder == "big":
        found.byteswap()
    return found, end


class Makers:
    """Claims about an address: who made the interface; if a maker of medical devices holds the block, the device."""

    def __init__(self, oui: Oui, words: Words, device_weight: float = DEVICE_WEIGHT) -> None:
        self._oui = oui
        self._words = words
        self._device_weight = device_weight
        self._known: dict[str, tuple[Claim, ...]] = {}  # by holder: no more than the registry has

    def claims(self, mac: str) -> Sequence[Claim]:
        registered = self._oui.maker(mac)
        if not registered:
            return ()
        known = self._known.get(registered)
        if known is None:
            known = self._known[registered] = tuple(self._claims(registered))
        return known

    def _claims(self, registered: str) -> Iterator[Claim]:
        named = self._words.maker_named(registered, "oui")
        yield Claim("network_maker", named or registered, INTERFACE_WEIGHT, "oui")
        maker = self._words.makers.get(named)
        if maker and maker.medical and not maker.module:
            yield Claim("manufacturer", named, self._device_weight, "oui")
            if maker.typical:
                yield Claim("kind", maker.typical, KIND_WEIGHT, "oui")
