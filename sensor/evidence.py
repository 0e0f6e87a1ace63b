"""Events become evidence: what may be kept of an utterance, and rows folded into a mergeable set.

A row's key is (day, subject, observable, value, source) within one origin; counts add, first is the smaller, last the
larger, weight the greater. So the result does not depend on when or how often the ledger is drained.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter

from msgspec import Struct

from parsers.api import TEXT_MAX, Event, Flag, Said, Spec
from sensor.model import DAY_NS, Place, Subject, rank
from sensor.policy import Policy
from sensor.rows import Ends, Finds, Group, Key, Origin, Row, Rows
from sensor.stream import Talk, Voice
from sensor.subjects import CROWDED, NOBODY, Subjects

VALUES_MAX = 64  # values of one observable about one subject and day; a device names itself in a few
ROWS_MAX = 90_000  # rows held before the caller should drain: about 45 MB
TRAFFIC_ROWS = 4  # rows of evidence that take as much memory as one conversation with its ten numbers
CONVERSATIONS_MAX = 1 << 18  # of one origin, likewise
SAME_MAX = 50_000  # utterances known by identity
SECOND_NS = 1_000_000_000
FUTURE = 1 << 63  # after every time in ns
ANSWERED, UNANSWERED = 0.5, 0.1  # how far a sender's address is believed: anybody can write one into a frame
HOST_NAMES = frozenset(
    {"tls.sni", "quic.sni", "http.host", "dns.name", "tls.certificate_san"}
)  # would tell where people browse
# Free texts that are kept only where a rule knows them
RULED = frozenset({"tftp.file", "dns.asked", "rtsp.session_name"})

_GROUP = itemgetter(0, 1, 2)


class Traffic(Struct, frozen=True):
    """Counters of one flow since they were last asked for, client and server told apart."""

    client: str
    server: str
    port: int
    transport: str
    protocol: str
    encrypted: bool
    client_frames: int
    client_bytes: int
    server_frames: int
    server_bytes: int
    connections: int
    first: Place
    last: Place


class Ledger:
    """Folds what is said in one origin. An utterance is taken apart once; when it is repeated only its count moves."""

    def __init__(self, origin: Origin, policy: Policy) -> None:
        self.origin = origin
        self.policy = policy
        self.counts: Counter[str] = Counter()
        self._rows: dict[Key, Row] = {}
        self._utterances: dict[tuple[object, ...], Row] = {}  # what was said of whom -> how often and when
        self._meanings: list[tuple[Row, list[tuple[Key, float]]]] = []  # of each utterance: its rows' keys and weights
        self._same: dict[
            tuple[int, Voice, int], tuple[Said | Flag, Row]
        ] = {}  # by identity: the event is held, so it is safe
        self._groups: dict[tuple[int, Voice], tuple[tuple[Event, ...], Row, list[Row]]] = {}  # of the present epoch
        self.epoch = object()  # another one each time that the sightings of groups begin anew
        self._pending = 0  # keys in the meanings
        self._subjects = Subjects(policy, self.counts)
        self._conversations: set[int] = set()  # hashes of their keys
        self._findings: dict[Finds, Row] = {}
        self._traffic: dict[Ends, list[int]] = {}

    @property
    def hosts(self) -> int:
        """Endpoints met so far."""
        return self._subjects.hosts

    def full(self) -> bool:
        """Time to drain."""
        if len(self._utterances) >= ROWS_MAX:  # many of them may mean nothing, and hold no row
            return True
        held = (
            len(self._rows)
            + self._pending
            + len(self._groups)
            + len(self._findings)
            + TRAFFIC_ROWS * len(self._traffic)
        )
        return held >= ROWS_MAX

    def said(self, event: Said, talk: Talk, spec: Spec) -> None:
        """Takes one utterance of a parser. One that is the very same object as before is known without being compared:
        parsers keep what is often repeated."""
        same = (id(event), talk.voice, talk.time // DAY_NS)
        known = self._same.get(same)
        if known is None or known[0] is not event:
            known = self._met(same, event, self._utterance(event, same[2], talk.voice, spec))
        sighted(known[1], talk.time, talk.frame)

    def flag(self, event: Flag, talk: Talk, spec: Spec) -> None:
        """Takes one finding of a parser, if it was true by then."""
        if talk.time < event.since * SECOND_NS:
            return
        same = (id(event), talk.voice, talk.time // DAY_NS)
        known = self._same.get(same)
        if known is None or known[0] is not event:
            row = self._finding(event, same[2], talk.voice, spec)
            if row is None:
                return
            known = self._met(same, event, row)
        sighted(known[1], talk.time, talk.frame)

    def together(self, events: tuple[Event, ...], day: int, voice: Voice, spec: Spec) -> Row | None:
        """Where sightings of all these events count in this epoch, which is of one day; the caller counts them. None
        where some of them are for others than the ledger."""
        known = self._groups.get((id(events), voice))
        if known is not None and known[0] is events:
            return known[1]
        rows: list[Row] = []
        for event in events:
            if isinstance(event, Said):
                rows.append(self._utterance(event, day, voice, spec))
            elif not isinstance(event, Flag) or event.since:  # which may begin in the middle of a day
                return None
            elif (row := self._finding(event, day, voice, spec)) is not None:
                rows.append(row)
        if len(self._groups) >= SAME_MAX:
            self.regroup()
        sightings = _no_sightings()
        self._groups[id(events), voice] = (events, sightings, rows)
        return sightings

    def regroup(self) -> None:
        """Adds what was seen of groups to what is in them, and begins anew."""
        for _, sightings, rows in self._groups.values():
            for row in rows if sightings[1] else ():
                counted(row, *sightings[1:])
        self._groups.clear()
        self.epoch = object()

    def _met(self, same: tuple[int, Voice, int], event: Said | Flag, row: Row) -> tuple[Said | Flag, Row]:
        if len(self._same) >= SAME_MAX:
            self._same.clear()
        known = self._same[same] = (event, row)
        return known

    def _utterance(self, event: Said, day: int, voice: Voice, spec: Spec) -> Row:
        """Where sightings of an utterance count: the same words about the same subject count together, whoever said
        them, but for what others say of it, which is kept by who said it."""
        name = spec.name
        number = self._subjects.whom(event.about, voice, name)
        if number == NOBODY:
            return _no_sightings()
        source = name if event.about.host == "sender" else f"{name} {voice.sender_ip or voice.sender_mac}".rstrip()
        new = _no_sightings()
        # In one step, since most are new and take long to hash
        row = self._utterances.setdefault((event, day, number, source), new)
        if row is new:
            meaning = self._meaning(event, day, number, source, spec)
            if meaning:
                self._meanings.append((row, meaning))
                self._pending += len(meaning)
        return row

    def _finding(self, event: Flag, day: int, voice: Voice, spec: Spec) -> Row | None:
        number = self._subjects.whom(event.about, voice, spec.name)
        if number == NOBODY:
            return None
        return self._findings.setdefault((day, number, event.finding, spec.name), _no_sightings())

    def address(self, subject: Subject, count: int, answered: bool, first: Place, last: Place) -> None:
        """Takes what the engine counted of one sender: `count` frames, and whether anybody ever answered it."""
        observable, value, protocol = (
            ("ip.address", subject.ip, "ip") if subject.ip else ("ethernet.address", subject.mac, "ethernet")
        )
        weight = ANSWERED if answered or not subject.ip else UNANSWERED
        self._sender(subject, observable, value, protocol, weight, count, first, last)

    def carrier(self, mac: str, vlan: int, ip: str, count: int, first: Place, last: Place) -> None:
        """Takes `count` frames that a MAC sent for an address outside the site: which one, is not kept, but for its
        version, since a global IPv6 address is mostly the host's own."""
        version = "ipv6" if ":" in ip else "ipv4"
        self._sender(Subject(mac=mac, vlan=vlan), "ip.outside", version, "ip", ANSWERED, count, first, last)

    def _sender(
        self,
        subject: Subject,
        observable: str,
        value: str,
        protocol: str,
        weight: float,
        count: int,
        first: Place,
        last: Place,
    ) -> None:
        number = self._subjects.number(subject)
        if number == CROWDED:
            self.counts["evidence.subjects_capped"] += 1
            return
        key = (first.time // DAY_NS, number, observable, value, protocol, protocol)
        row = self._rows.setdefault(key, [0.0, 0, 0, 0, 0, 0])
        row[0] = max(row[0], weight)
        counted(row, count, first.time, first.frame, last.time, last.frame)

    def traffic(self, day: int, flow: Traffic) -> None:
        """Takes the counters of one flow for one day."""
        key = (day, flow.client, flow.server, flow.port, flow.transport, flow.protocol, flow.encrypted)
        sums = self._traffic.get(key)
        if sums is None:
            if hash(key) not in self._conversations:
                if len(self._conversations) >= CONVERSATIONS_MAX:
                    self.counts["evidence.conversations_capped"] += 1
                    return
                self._conversations.add(hash(key))
            self._traffic[key] = [
                flow.client_frames,
                flow.client_bytes,
                flow.server_frames,
                flow.server_bytes,
                flow.connections,
                flow.first.time,
                flow.first.frame,
                flow.last.time,
                flow.last.frame,
            ]
            return
        for at, more in enumerate(
            (flow.client_frames, flow.client_bytes, flow.server_frames, flow.server_bytes, flow.connections)
        ):
            sums[at] += more
        if (flow.first.time, flow.first.frame) < (sums[5], sums[6]):
            sums[5], sums[6] = flow.first.time, flow.first.frame
        if (flow.last.time, flow.last.frame) > (sums[7], sums[8]):
            sums[7], sums[8] = flow.last.time, flow.last.frame

    def merge(self, rows: Rows, numbers: Sequence[int]) -> None:
        """Takes what another ledger gave whole. numbers: here, by the number that a subject has there."""
        for (day, there, observable, value, protocol, source), row in rows.said:
            if numbers[there] == CROWDED:
                self.counts["evidence.subjects_capped"] += 1
                continue
            key = (day, numbers[there], observable, value, protocol, source)
            held = self._rows.setdefault(key, [0.0, 0, 0, 0, 0, 0])
            held[0] = max(held[0], row[0])
            counted(held, *row[1:])
        for (day, there, finding, protocol), row in rows.flags.items():
            if numbers[there] == CROWDED:
                self.counts["evidence.subjects_capped"] += 1
                continue
            counted(self._findings.setdefault((day, numbers[there], finding, protocol), [0.0, 0, 0, 0, 0, 0]), *row[1:])
        for (day, client, server, port, transport, protocol, encrypted), sums in rows.traffic.items():
            carried = (sums[0], sums[1], sums[2], sums[3], sums[4], Place(sums[5], sums[6]), Place(sums[7], sums[8]))
            self.traffic(day, Traffic(client, server, port, transport, protocol, encrypted, *carried))

    def number(self, subject: Subject) -> int:
        """The number of a subject here, or `CROWDED`."""
        return self._subjects.number(subject)

    def drain(self, *, whole: bool = False) -> Rows:
        """Everything held, in the order of its first sighting; the ledger is empty afterwards. whole: also the values
        over `VALUES_MAX`, for another ledger to merge."""
        self._settle()
        sizes = {} if whole else Counter(map(_GROUP, self._rows))
        several = {group: size for group, size in sizes.items() if size > 1}
        rows = Rows(self.origin, self._subjects.all, self._capped(several), self._traffic, self._findings, several)
        self._rows, self._traffic, self._findings = {}, {}, {}
        return rows

    def forget(self) -> None:
        """Where an origin goes on for ever: subjects and conversations are numbered and capped anew. Drain it first."""
        self._subjects.forget()
        self._conversations.clear()

    def _capped(self, several: Mapping[Group, int]) -> Collection[tuple[Key, Row]]:
        """The rows, at most VALUES_MAX values to a (day, subject, observable): those with the smallest rank, so that
        capping before or after a merge gives the same set."""
        crowded = {group: set[str]() for group, size in several.items() if size > VALUES_MAX}
        if not crowded:
            return self._rows.items()
        for key in self._rows:
            if key[:3] in crowded:
                crowded[key[:3]].add(key[3])
        for group, values in crowded.items():
            self.counts["evidence.values_capped"] += max(0, len(values) - VALUES_MAX)
            crowded[group] = set(sorted(values, key=lambda value: (rank(value), value))[:VALUES_MAX])
        return [(k, row) for k, row in self._rows.items() if k[:3] not in crowded or k[3] in crowded[k[:3]]]

    def _settle(self) -> None:
        """Turns what was said into rows."""
        self.regroup()
        rows = self._rows
        for said, meaning in self._meanings:
            _, count, time, frame, until, until_frame = said
            for key, weight in meaning:
                new = [weight, count, time, frame, until, until_frame]
                row = rows.setdefault(key, new)
                if row is not new:
                    row[0] = max(row[0], weight)
                    counted(row, count, time, frame, until, until_frame)
        self._meanings.clear()
        self._utterances.clear()
        self._same.clear()
        self._pending = 0

    def _meaning(self, event: Said, day: int, number: int, source: str, spec: Spec) -> list[tuple[Key, float]]:
        """The keys that an utterance counts under; none where it may not be kept."""
        name = spec.name
        ip = self._subjects.all[number].ip
        outside = bool(ip) and not self.policy.inside(ip)
        keep, free, weights = self.policy.keep, self.policy.free, spec.emits
        meaning: list[tuple[Key, float]] = []
        for observable, text in event.fields:
            if (outside or (not ip and observable in HOST_NAMES)) and not self.policy.named(observable, text):
                self.counts["evidence.outside_site"] += 1
                continue
            if observable in RULED and not self.policy.named(observable, text):
                self.counts["evidence.unruled"] += 1
                continue
            value = text[:TEXT_MAX]
            if free(observable):
                value = keep(observable, value)
                if value != text:
                    self.counts["evidence.personal_names"] += 1
            meaning.append(((day, number, observable, value, name, source), weights.get(observable, 0.0)))
        return meaning


def _no_sightings() -> Row:
    return [0.0, 0, FUTURE, 0, -FUTURE, 0]


def sighted(row: Row, time: int, frame: int) -> None:
    """Once more, there and then."""
    row[1] += 1
    if time > row[4] or (time == row[4] and frame > row[5]):
        row[4], row[5] = time, frame
    if time < row[2] or (time == row[2] and frame < row[3]):
        row[2], row[3] = time, frame


def counted(row: Row, count: float, time: float, frame: float, until: float, until_frame: float) -> None:
    if not row[1]:
        row[1:] = [count, time, frame, until, until_frame]
        return
    row[1] += count
    if (time, frame) < (row[2], row[3]):
        row[2], row[3] = time, frame
    if (until, until_frame) > (row[4], row[5]):
        row[4], row[5] = until, until_frame
