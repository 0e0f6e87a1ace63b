"""Value types that all stages share: places, subjects, evidence, conversations, findings, devices."""

from __future__ import annotations

import hashlib

from msgspec import Struct

from parsers.api import Id

DAY_NS = 86_400 * 1_000_000_000


class Place(Struct, frozen=True, order=True, gc=False):
    """Where something was seen: time in ns since 1970 UTC, and the number of the frame in its capture, from 1."""

    time: int
    frame: int


class Subject(Struct, frozen=True, order=True, gc=False, cache_hash=True):
    """Whom evidence is about, as it was on the wire; parts unknown are empty. Whose address it is, correlate tells."""

    mac: str = ""
    ip: str = ""
    vlan: int = 0
    application: str = ""
    behind: tuple[Id, ...] = ()

    @property
    def type(self) -> str:
        """endpoint, application, or component (a device that is spoken of, behind the host at mac and ip)."""
        if self.behind:
            return "component"
        return "application" if self.application else "endpoint"


class Evidence(Struct, frozen=True, kw_only=True, gc=False):
    """One row of the mergeable set. Key: all fields down to `source`; the rest merges: counts add, first is the
    smaller, last the larger, weight the greater."""

    site: str
    sensor: str
    origin: str  # capture id or live run
    day: str  # UTC, YYYY-MM-DD
    subject: Subject
    observable: str
    value: str
    protocol: str
    source: str  # the protocol and, where it is not the subject, who said it: "dicom", "dicom 10.1.2.3"
    weight: float
    count: int
    first: Place
    last: Place


class Conversation(Struct, frozen=True, kw_only=True, gc=False):
    """Traffic between two addresses on one service, mergeable like evidence. Key: all fields down to `protocol`."""

    site: str
    sensor: str
    origin: str
    day: str
    client: str  # IP address
    server: str
    port: int  # of the service; 0 where the transport has none
    transport: str  # tcp, udp, icmp, icmp6, or "ip:N"
    protocol: str  # parser's name, or "" where none recognised it
    encrypted: bool
    client_frames: int
    client_bytes: int
    server_frames: int
    server_bytes: int
    connections: int  # SYNs seen, retransmissions not counted
    first: Place
    last: Place


class Finding(Struct, frozen=True, kw_only=True, gc=False):
    """A security-relevant fact about a subject, mergeable like evidence. Key: all fields down to `protocol`."""

    site: str
    sensor: str
    origin: str
    day: str
    subject: Subject
    finding: str
    protocol: str
    count: int
    first: Place
    last: Place


def rank(value: str) -> int:
    """63-bit hash that decides which values stay where there are too many: the smallest, so the cap is mergeable."""
    return int.from_bytes(hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 1
