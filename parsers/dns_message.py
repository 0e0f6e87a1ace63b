"""DNS messages, record by record: what DNS and multicast DNS share. RFC 1035 section 4, RFC 6762 section 18.

  0 id 2   2 flags 2   4 questions 2   6 answers 2   8 authority 2   10 additional 2   12 questions, then records
  question: name, type 2, class 2      record: name, type 2, class 2, ttl 4, length 2, data

A record that cannot be read is left out and those after it are read, as long as its length is known. Questions are
stepped over without decoding their names. Pointers must go back and are followed a bounded number of times.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache

from parsers.reading import ip_text, u16

HEAD = 12
NAME_MAX = 255  # bytes of a name with its lengths, RFC 1035 section 2.3.4
SKIP_MAX = 4 * NAME_MAX  # a longer name is refused, but the record after it may be reached
HOPS_MAX = 16  # pointers in one name; programs that compress use one, at most a few
RECORDS_MAX = 256  # read of one message: a full 9000 byte multicast DNS message (RFC 6762 section 17) has about as many
NAMES_KEPT = 4096  # names whose labels are kept ready: service types and hosts come again; of 255 bytes at most
ADDRESSES_KEPT = 4096

A, PTR, HINFO, TXT, AAAA, SRV = 1, 12, 13, 16, 28, 33
CNAME = 5
INTERNET = 1
CACHE_FLUSH = 0x8000  # of a record's class; with questions: unicast wanted (RFC 6762 section 10.2, 5.4)

RESPONSE, AUTHORITATIVE, TRUNCATED, RECURSION_AVAILABLE, RESERVED = 0x8000, 0x0400, 0x0200, 0x0080, 0x0040

ANSWER, AUTHORITY, ADDITIONAL = range(3)

COUNTS = struct.Struct(">2x5H").unpack_from  # flags, and the records of each section
_COUNTS = struct.Struct(">4H").unpack_from
_RECORD = struct.Struct(">HHIH").unpack_from  # type, class, ttl, length

# What a message of DNS may be, as far as a probe looks
RECORDS_SANE = 512  # of one section, for the probe
OPCODES = (0, 1, 2, 4, 5)  # query, inverse query, status, notify, update
RCODE_MAX = 10
CLASSES = (1, 3, 4, 254, 255)
NETBIOS_LETTERS = bytes(range(0x41, 0x51))  # of which the 32 of a NetBIOS name are (RFC 1001 section 14.1)

Labels = tuple[str, ...]
Name = tuple[Labels, Labels, int]  # as written, in lower case (to compare, RFC 4343), bytes with lengths but no end
Record = tuple[int, Name, int, int, int, int]  # section, owner, type, ttl, offsets of its data and after them


class Reader:
    """Reads one message. `broken` and `capped` tell what had to be left out."""

    __slots__ = ("_names", "broken", "capped", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.broken = False
        self.capped = False
        self._names: dict[int, Name] = {}  # by offset: names repeat by pointer

    def records(self) -> Iterator[Record]:
        """The records of class Internet of all sections."""
        data = self.data
        questions, *sections = _COUNTS(data, 4)
        at = HEAD
        for _ in range(questions):
            after = skip_name(data, at)
            if after < 0 or after + 4 > len(data):
                self.broken = True
                return
            at = after + 4
        left = RECORDS_MAX
        size = len(data)
        last = size - 10
        for section, count in enumerate(sections):
            for _ in range(count):
                if not left:
                    self.capped = True
                    return
                left -= 1
                if at < size and data[at] >= 0xC0:  # a pointer alone
                    name, head = None, at + 2
                else:
                    name = self._plain(at)
                    head = at + name[2] + 1 if name is not None else skip_name(data, at)
                if not 0 <= head <= last:
                    self.broken = True
                    return
                kind, network, ttl, length = _RECORD(data, head)
                end = head + 10 + length
                if end > size:
                    self.broken = True
                    return
                if network & ~CACHE_FLUSH == INTERNET:
                    if name is None:
                        name = self.name(at)
                    if name is None:
                        self.broken = True
                    else:
                        yield section, name, kind, ttl, head + 10, end
                at = end

    def _plain(self, at: int) -> Name | None:
        """A name in ASCII without pointers, the most common sort; None: it must be looked at more closely."""
        data = self.data
        raw = data[at : data.find(0, at) + 1]
        if not raw.isascii():  # a pointer is none
            return None
        name = plain_name(raw)
        if name is not None:
            self._names[at] = name
        return name

    def name(self, at: int) -> Name | None:
        """The name at `at`; None: it leaves the message, loops or is too long."""
        data = self.data
        names = self._names
        stop = len(data)
        if at + 1 < stop and data[at] >= 0xC0:  # nearly all pointers lead to a name that was read, or to a plain one
            target = (data[at] << 8 | data[at + 1]) & 0x3FFF
            known = (names.get(target) or self._plain(target)) if HEAD <= target < at else None
            if known is not None:
                names[at] = known
                return known
        labels: list[str] = []
        rest: Name = NOTHING  # what a pointer leads to that has been read before
        size = 0
        runs: list[tuple[int, int, int]] = []  # of labels up to a pointer: offset, labels and bytes before
        limit = at  # a pointer must lead before the run of labels it ends
        for _ in range(HOPS_MAX):
            known = names.get(at)
            if known is not None:
                rest = known
                break
            runs.append((at, len(labels), size))
            while at < stop and 0 < (length := data[at]) < 64:
                labels.append(data[at + 1 : at + 1 + length].decode("utf-8", "replace"))
                at += 1 + length
                size += 1 + length
                if size >= NAME_MAX:
                    return None
            if at >= stop:
                return None
            if data[at] == 0:
                break
            if data[at] < 0xC0 or at + 1 >= stop:  # 01 and 10 were never defined (RFC 6891 section 5)
                return None
            at = u16(data, at) & 0x3FFF
            if at >= limit or at < HEAD:
                return None
            limit = at
        else:
            return None
        if size + rest[2] >= NAME_MAX:
            return None
        written = (*labels, *rest[0])
        lower = (*[label.lower() for label in labels], *rest[1])
        whole = size + rest[2]
        for start, before, taken in runs:
            names[start] = (written[before:], lower[before:], whole - taken) if before else (written, lower, whole)
        return names[runs[0][0]] if runs else rest

    def whole_name(self, at: int, end: int) -> Name | None:
        """A name that fills `at` to `end` exactly."""
        if at < end:
            name = self._plain(at)
            if name is not None and at + name[2] + 1 == end:
                return name
            if skip_name(self.data, at) == end:
                name = self.name(at)
                self.broken |= name is None
                return name
        self.broken = True
        return None

    def address(self, kind: int, at: int, end: int) -> str:
        """The address of an A or AAAA record, or "" where no host can have it."""
        if end - at != (4 if kind == A else 16):
            self.broken = True
            return ""
        return usable(self.data[at:end])


NOTHING: Name = ((), (), 0)


@lru_cache(maxsize=NAMES_KEPT)
def plain_name(raw: bytes) -> Name | None:
    """The name that labels in ASCII and a zero make; None where they do not fill `raw` exactly, or it is too long."""
    last = len(raw) - 1
    if last >= NAME_MAX:
        return None
    labels: list[str] = []
    at = 0
    while at < last:
        after = at + 1 + raw[at]
        if raw[at] >= 64 or after > last:
            return None
        labels.append(raw[at + 1 : after].decode("ascii"))
        at = after
    return (tuple(labels), tuple([label.lower() for label in labels]), last) if at == last else None


@lru_cache(maxsize=ADDRESSES_KEPT)
def usable(raw: bytes) -> str:
    """An address as text, or "" for unspecified, loopback and multicast ones."""
    if len(raw) == 4:
        return ip_text(raw) if 0 < raw[0] < 224 and raw[0] != 127 else ""
    return ip_text(raw) if raw[0] != 0xFF and raw[:15] != bytes(15) else ""


def skip_name(data: bytes, at: int) -> int:
    """Offset after the name at `at`, its labels not looked into; -1 where it leaves the message."""
    size = len(data)
    stop = min(at + SKIP_MAX, size)
    while at < stop:
        length = data[at]
        if length == 0:
            return at + 1
        if length >= 0xC0:
            return at + 2 if at + 2 <= size else -1
        if length >= 64:
            return -1
        at += 1 + length
    return -1


def reverse_address(name: Labels) -> str:
    """The address that a name (in lower case) under in-addr.arpa or ip6.arpa stands for, or ""."""
    if len(name) == 6 and name[4:] == ("in-addr", "arpa"):
        if all(part.isascii() and part.isdigit() and len(part) <= 3 and int(part) < 256 for part in name[:4]):
            return usable(bytes(int(part) for part in reversed(name[:4])))
    elif len(name) == 34 and name[32:] == ("ip6", "arpa"):
        digits = "".join(reversed(name[:32]))
        if len(digits) == 32 and digits.isascii() and not digits.strip("0123456789abcdef"):
            return usable(bytes.fromhex(digits))
    return ""


def is_message(first: bytes) -> bool | None:
    """One question, sane flags and counts. A response claims authority or recursion: one of LLMNR claims neither."""
    if first[4:6] != b"\0\1" or len(first) < HEAD + 5:
        return False
    flags, _, answers, authorities, additional = COUNTS(first)
    opcode, rcode = flags >> 11 & 15, flags & 15
    if opcode not in OPCODES or flags & RESERVED or rcode > RCODE_MAX:
        return False
    if answers > RECORDS_SANE or authorities > RECORDS_SANE or additional > RECORDS_SANE:
        return False
    if flags & RESPONSE:
        if not flags & (AUTHORITATIVE | RECURSION_AVAILABLE):
            return False
    elif opcode == 0 and (rcode or flags & (AUTHORITATIVE | RECURSION_AVAILABLE | TRUNCATED) or answers):
        return False
    if first[HEAD] == 32 and not first[HEAD + 1 : HEAD + 33].strip(NETBIOS_LETTERS):
        return False
    after = skip_name(first, HEAD)
    return 0 < after <= len(first) - 4 and first[after - 1] == 0 and u16(first, after + 2) in CLASSES
