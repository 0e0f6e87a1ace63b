"""apcupsd: which UPS a computer hangs on. Its network information server, over TCP (port 3551).

  length 2   a line: name, blanks, ':', blank, value, LF; length 0 ends the answer; asked for by "status" or "events"

Layout as in public clients (collectd's apcups plug-in); names as apcaccess prints them. A status begins with APC and
ends with END APC.
"""

from __future__ import annotations

from collections.abc import Iterable

from parsers.api import SENDER, TEXT_MAX, About, Event, Id, Said, StreamParser, StreamSpec
from parsers.reading import printable, u16
from parsers.units import Units

ASKS = frozenset({b"status", b"events"})
LINE_MAX = 512  # of a line: a status has one value in each, events are sentences
NAMES_MAX = 9  # characters of a name, which is padded to that
OF_HOST = {b"HOSTNAME": "apcupsd.host_name", b"VERSION": "apcupsd.version"}
OF_UPS = {b"MODEL": "apcupsd.model", b"SERIALNO": "apcupsd.serial", b"FIRMWARE": "apcupsd.firmware"}
BEGINS, ENDS = b"APC", b"END APC"
HEAD = 2 + NAMES_MAX + 1


def probe(first: bytes) -> bool | None:
    """A question, or the first line of a status."""
    if not first or first[0]:
        return False if first else None
    if len(first) < HEAD - 4:
        return None
    size = u16(first, 0)
    if first[2 : 2 + size] in ASKS:
        return True
    if first[2:5] != BEGINS or size > LINE_MAX:
        return False
    return first[2:HEAD] == b"APC      :" if len(first) >= HEAD else None


class Status(Units):
    """One direction. A question is a unit without a colon."""

    protocol = "apcupsd"

    def __init__(self) -> None:
        super().__init__()
        self._host: list[tuple[str, str]] = []
        self._ups: list[tuple[str, str]] = []
        self._open = False  # within a status

    def measure(self, head: bytes | bytearray) -> int:
        if len(head) < 2:
            return 0
        size = head[0] << 8 | head[1]
        return 2 + size if size <= LINE_MAX else -1

    def unit(self, data: bytes) -> Iterable[Event]:
        name, _, value = data[2:].partition(b":")
        name = name.strip()
        if name == BEGINS:
            self._open, self._host, self._ups = True, [], []
        elif name == ENDS and self._open:
            self._open = False
            return self._told()
        elif self._open:
            for told, fields in ((OF_HOST, self._host), (OF_UPS, self._ups)):
                if name in told and len(fields) < len(told) and (text := printable(value)):
                    fields.append((told[name], text))
        return ()

    def _told(self) -> list[Event]:
        out: list[Event] = []
        if self._host:
            out.append(Said(SENDER, tuple(self._host)))
        if self._ups:
            fields = dict(self._ups)
            serial, model = fields.get("apcupsd.serial", ""), fields.get("apcupsd.model", "")
            id_ = Id("serial", serial, "APC") if serial else Id("model_station", f"{model}|"[:TEXT_MAX], "APC")
            out.append(Said(About(SENDER.host, behind=(id_,)), tuple(self._ups)))
        return out


def make() -> tuple[StreamParser, StreamParser]:
    return Status(), Status()


SPEC = StreamSpec(
    name="apcupsd",
    title="apcupsd",
    ports=frozenset({3551}),
    probe=probe,
    make=make,
    emits={
        "apcupsd.host_name": 0.8,
        "apcupsd.version": 0.9,
        "apcupsd.model": 0.9,
        "apcupsd.serial": 0.9,
        "apcupsd.firmware": 0.9,
    },
    never_reads="names that people gave, events, measurements",
)
