"""What is known of an origin: a capture or a live run, how far it was read and what happened on the way."""

from __future__ import annotations

from msgspec import Struct

from sensor.model import Place
from sensor.rows import Origin

READING = "reading"  # begun and not finished: what is there may be incomplete, and is removed before it is read again
COMPLETE = "complete"
PARTIAL = "partial"  # read up to a damage
INTERRUPTED = "interrupted"  # stopped by a person or by a full disk

CAPTURE = "capture"
LIVE = "live"
LIST = "list"  # people's own list of equipment

LABEL_HEX = 8  # characters of a capture's id that are shown: enough to tell files of one name apart


class Fault(Struct, frozen=True):
    """Something that went wrong in an origin, by name (`hl7.gap`), how often, and one place to look at."""

    name: str
    count: int
    first: Place
    says: str = ""  # a sentence, where the name is not enough; never text from the wire


class OriginRow(Struct, frozen=True, kw_only=True):
    """One origin. Times are ns since 1970 UTC, 0 where unknown: started and finished by the clock of the machine that
    read it, first and last by the frames."""

    site: str
    sensor: str
    id: str
    name: str  # of the file or interface, without its folder
    kind: str = CAPTURE
    state: str = READING
    size: int = 0
    frames: int = 0
    bytes: int = 0
    started: int = 0
    finished: int = 0
    first: int = 0
    last: int = 0
    counters: dict[str, int] = {}
    faults: tuple[Fault, ...] = ()
    version: str = ""  # of the program that read it

    @property
    def key(self) -> Origin:
        """What evidence of this origin is filed under."""
        return Origin(self.site, self.sensor, self.id)

    @property
    def label(self) -> str:
        """How it is shown: `ward.pcap#5f0c1122`, or the id of a live run."""
        return self.id if self.kind == LIVE else f"{self.name}#{self.id[:LABEL_HEX]}"
