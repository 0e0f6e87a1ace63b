"""DNS messages, record by record: what DNS and multicast DNS share. RFC 1035 section 4, RFC 6762 section 18.

  0 id 2   2 flags 2   4 questions 2   6 answers 2   8 authority 2   10 additional 2   12 questions, then records
  question: name, type 2, class 2      record: name, type 2, class 2, ttl 4, length 2, data

A record that cannot be read is left out and those after it are read, as long as its length is known. Questions are
stepped over without decoding their names. Pointers must go back and are followed a bounded number of times.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from parsers.reading import ip_text, u16, u32

HEAD = 12
NAME_MAX = 255  # bytes of a name with its lengths, RFC 1035 section 2.3.4
SKIP_MAX = 4 * NAME_MAX  # a longer name is refused, but the record after it may be reached
HOPS_MAX = 16  # pointers in one name; programs that compress use one, at most a few
RECORDS_MAX = 256  # read of one message: a full 9000 byte multicast DNS message (RFC 6762 section 17) has about as many

A, PTR, HINFO, TXT, AAAA, SRV = 1, 12, 13, 16, 28, 33
CNAME = 5
INTERNET = 1
CACHE_FLUSH = 0x8000  # of a record's class; with questions: unicast wanted (RFC 6762 section 10.2, 5.4)

RESPONSE, AUTHORITATIVE, TRUNCATED, RECURSION_AVAILABLE, RESERVED = 0x8000, 0x0400, 0x0200, 0x0080, 0x0040

ANSWER, AUTHORITY, ADDITIONAL = range(3)

Name = tuple[str, ...]


class Record(Struct, frozen=True, gc=False):
    """A record whose data lie at `at` to `end` of the message."""

    section: int
    name: Name
    kind: int
    ttl: int
    at: int
    end: int


class Reader:
    """Reads one message. `broken` and `capped` tell what had to be left out."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.broken = False
        self.capped = False
        self._names: dict[int, tuple[Name, int]] = {}  # by offset, with their bytes: names repeat by pointer

    def records(self) -> Iterator[Record]:
        """The records of class Internet of all sections."""
        data = self.data
        at = HEAD
        for _ in range(u16(data, 4)):
            after = skip_name(data, at)
            if after < 0 or after + 4 > len(data):
                self.broken = True
                return
            at = after + 4
        left = RECORDS_MAX
        for section in (ANSWER, AUTHORITY, ADDITIONAL):
            for _ in range(u16(data, 6 + 2 * section)):
                if not left:
                    self.capped = True
                    return
                left -= 1
                head = skip_name(data, at)
                end = head + 10 + u16(data, head + 8) if 0 <= head <= len(data) - 10 else -1
                if end < 0 or end > len(data):
                    self.broken = True
                    return
                if u16(data, head + 2) & ~CACHE_FLUSH == INTERNET:
                    name = self.name(at)
                    if name is None:
                        self.broken = True
                    else:
                        yield Record(section, name, u16(data, head), u32(data, head + 4), head + 10, end)
                at = end

    def name(self, at: int) -> Name | None:
        """The labels of the name at `at`; None: it leaves the message, loops or is too long."""
        data = self.data
        names = self._names
        stop = len(data)
        labels: Name = ()
        size = 0
        runs: list[tuple[int, int, int]] = []  # of labels up to a pointer: offset, labels and bytes before
        limit = at  # a pointer must lead before the run of labels it ends
        for _ in range(HOPS_MAX):
            known = names.get(at)
            if known is not None:
                labels, size = (*labels, *known[0]), size + known[1]
                break
            runs.append((at, len(labels), size))
            run: list[str] = []
            while at < stop and 0 < (length := data[at]) < 64:
                run.append(data[at + 1 : at + 1 + length].decode("utf-8", "replace"))
                at += 1 + length
                size += 1 + length
                if size >= NAME_MAX:
                    return None
            labels = (*labels, *run)
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
        if size >= NAME_MAX:
            return None
        for start, before, taken in runs:
            names[start] = labels[before:], size - taken
        return labels

    def whole_name(self, record: Record, skip: int = 0) -> Name | None:
        """A name that is all the data of a record but for its first `skip` bytes."""
        at = record.at + skip
        if at >= record.end or skip_name(self.data, at) != record.end:
            self.broken = True
            return None
        name = self.name(at)
        self.broken |= name is None
        return name

    def address(self, record: Record) -> str:
        """The address of an A or AAAA record, or "" where no host can have it."""
        raw = self.data[record.at : record.end]
        if len(raw) != (4 if record.kind == A else 16):
            self.broken = True
            return ""
        return usable(raw)


def usable(raw: bytes) -> str:
    """An address as text, or "" for unspecified, loopback and multicast ones."""
    if len(raw) == 4:
        return ip_text(raw) if 0 < raw[0] < 224 and raw[0] != 127 else ""
    return ip_text(raw) if raw[0] != 0xFF and raw[:15] != bytes(15) else ""


def skip_name(data: bytes, at: int) -> int:
    """Offset after the name at `at`, its labels not looked into; -1 where it leaves the message."""
    stop = at + SKIP_MAX
    while at < len(data) and at < stop:
        length = data[at]
        if length == 0:
            return at + 1
        if length >= 0xC0:
            return at + 2 if at + 2 <= len(data) else -1
        if length >= 64:
            return -1
        at += 1 + length
    return -1


def reverse_address(name: Name) -> str:
    """The address that a name under in-addr.arpa or ip6.arpa stands for, or ""."""
    if len(name) == 6 and name[4].lower() == "in-addr" and name[5].lower() == "arpa":
        if all(part.isascii() and part.isdigit() and len(part) <= 3 and int(part) < 256 for part in name[:4]):
            return usable(bytes(int(part) for part in reversed(name[:4])))
    elif len(name) == 34 and name[32].lower() == "ip6" and name[33].lower() == "arpa":
        digits = "".join(reversed(name[:32]))
        if len(digits) == 32 and all(digit in "0123456789abcdefABCDEF" for digit in digits):
            return usable(bytes.fromhex(digits))
    return ""
