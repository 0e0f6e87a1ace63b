"""Records of Datex-Ohmeda S/5 monitors (DRI), whoever carries them. Little-endian.

Written from programs that read it (xeonfusion/VSCapture and others that agree with it); not checked with a monitor.

  0 length 2   2 number 1   3 level of the interface 1   4 plug, the monitor's number in its network 2
  6 time, seconds since 1970, 0 in a request 4   10 reserved 4   14 main type 2: 0 physiological, 1 waves, 4 alarms,
  5 network, 8   16 up to eight times offset 2, type 1; type FF ends them   40 the parts themselves, never looked into
"""

from __future__ import annotations

from parsers.reading import u16le, u32le

HEAD, LONGEST = 40, 1490
MAIN_TYPES = frozenset({0, 1, 4, 5, 8})
PARTS, END_OF_PARTS = range(16, HEAD, 3), 0xFF
SINCE_1990 = 631_152_000  # a clock that was never set is before it
# The level is the year of the software's interface
YEARS = ("1995", "1997", "1998", "1999", "2000", "2001", "2003", "2005", "2009", "2015")
LEVELS = dict(enumerate(YEARS, 2))


def is_record(data: bytes) -> bool:
    """A head whose length is that of the record, and whose parts lie in it, in order, and end."""
    if not HEAD <= len(data) <= LONGEST or u16le(data, 0) != len(data) or data[3] > max(LEVELS):
        return False
    if any(data[10:14]) or data[15] or data[14] not in MAIN_TYPES:
        return False
    time = u32le(data, 6)
    if time and time < SINCE_1990:
        return False
    before = 0
    for at in PARTS:
        if data[at + 2] == END_OF_PARTS:
            return at > PARTS[0]
        offset = u16le(data, at)
        if offset < before or HEAD + offset >= len(data):
            return False
        before = offset
    return True


def fields(data: bytes, protocol: str) -> tuple[tuple[str, str], ...]:
    """What the head of a record says about whoever sent it: a time has only what the monitor measured."""
    role = "monitor" if u32le(data, 6) else "collector"
    said = [(f"{protocol}.role", role)]
    if role == "monitor":
        if level := LEVELS.get(data[3], ""):
            said.append((f"{protocol}.level", level))
        if plug := u16le(data, 4):
            said.append((f"{protocol}.plug", str(plug)))
    return tuple(said)
