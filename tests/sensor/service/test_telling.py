"""What workers tell, however often and in however many parts, is what one reading at once would have said."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from parsers.api import installed
from sensor.capture.file import open_capture
from sensor.model import DAY_NS
from sensor.rows import Origin, Rows
from sensor.service import messages
from sensor.service.gather import Gathering
from sensor.service.messages import BrokenError, Day, End, Inbox, Outbox, Part, Sent, State, Teller, frame
from sensor.service.pipeline import Plan, Reading
from sensor.wire.engine import Endpoint
from tests.observe import EVERYTHING, Seen, observe

ROOT = Path(__file__).parents[3]
CAPTURES = [path for path in sorted((ROOT / "pcaps").rglob("*.pcap*")) if path.stat().st_size < 400_000]
ORIGIN = Origin("main", "tap1", "x")
SPECS = installed()
Said = dict[tuple[object, ...], list[object]]


class Direct(Outbox):
    """A pipe without its bytes: what is put goes through the encoding and to the gathering."""

    def __init__(self, gathering: Gathering, folded: list[Rows]) -> None:
        self._gathering = gathering
        self._folded = folded

    @property
    def full(self) -> bool:
        return False

    def put(self, message: messages.Message) -> None:
        gathering = self._gathering
        match messages._DECODER.decode(frame(message)[4:]):
            case Part() as part:
                gathering.part(0, part)
            case Sent() as sent:
                gathering.sent(sent)
            case Day():
                gathering.end_day()
                self._folded.append(gathering.ledger.drain())
                gathering.gone(0)
                gathering.forget()


def merged(many: list[Rows]) -> tuple[Said, Said, Said]:
    """As the store merges them."""
    evidence: Said = {}
    conversations: Said = {}
    findings: Said = {}
    for rows in many:
        for e in rows.evidence:
            key = (e.day, e.subject, e.observable, e.value, e.protocol, e.source)
            add(evidence, key, [e.count], [e.weight], e.first, e.last)
        for c in rows.conversations:
            ends = (c.day, c.client, c.server, c.port, c.transport, c.protocol, c.encrypted)
            counts = [c.client_frames, c.client_bytes, c.server_frames, c.server_bytes, c.connections]
            add(conversations, ends, counts, [], c.first, c.last)
        for f in rows.findings:
            add(findings, (f.day, f.subject, f.finding, f.protocol), [f.count], [], f.first, f.last)
    return evidence, conversations, findings


def add(into: Said, key: tuple[object, ...], counts: list, most: list, first: object, last: object) -> None:
    was = into.get(key)
    if was is None:
        into[key] = [counts, most, first, last]
    else:
        into[key] = [
            [a + b for a, b in zip(was[0], counts, strict=True)],
            [max(a, b) for a, b in zip(was[1], most, strict=True)],
            min(was[2], first),
            max(was[3], last),
        ]


def told(capture: Path, every: int) -> list[Rows]:
    """As a live worker tells it, with a report after every so many frames."""
    gathering, folded = Gathering(ORIGIN, EVERYTHING), []
    teller = Teller(Direct(gathering, folded), live=True)
    reading = Reading(teller.rows, Plan("main", "tap1", SPECS, EVERYTHING), ORIGIN, teller)
    for block in open_capture(capture, frames=every).blocks():
        reading.take(block)
        reading.report()
        if teller.day_ended:
            reading.forget()
            teller.begin_day()
    reading.finish()
    gathering.end_day()
    return [*folded, gathering.ledger.drain()]


def whole(capture: Path) -> Seen:
    return observe(capture, specs=SPECS)


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_reports_in_between_change_nothing(capture: Path) -> None:
    rows: list[Rows] = []
    reading = Reading(rows.append, Plan("main", "tap1", SPECS, EVERYTHING), ORIGIN)
    for block in open_capture(capture).blocks():
        reading.take(block)
    reading.finish()
    for every in (7, 100):
        assert merged(told(capture, every)) == merged(rows)


def sender(ip: str, frames: int, *, answered: bool = False, at: int = 5 * DAY_NS) -> Endpoint:
    return Endpoint("02:00:00:00:00:01", 0, ip, frames, 60 * frames, (at, 1), (at, 1), answered)


def weights(gathering: Gathering) -> dict[str, tuple[int, float]]:
    return {e.value: (e.count, e.weight) for e in gathering.ledger.drain().evidence}


def test_an_address_is_judged_when_all_have_told() -> None:
    """One frame here and one there are two frames; an answer that one worker saw is an answer."""
    gathering = Gathering(ORIGIN, EVERYTHING)
    gathering.sent(Sent([sender("10.0.0.1", 1), sender("10.0.0.2", 1), sender("10.0.0.3", 1)]))
    gathering.sent(Sent([sender("10.0.0.1", 1), sender("10.0.0.2", 4, answered=True)]))
    assert set(weights(gathering)) == {"10.0.0.1", "10.0.0.2"}
    gathering.sent(Sent([sender("10.0.0.2", 1)]))
    gathering.end_day()
    assert weights(gathering) == {"10.0.0.2": (1, 0.1), "10.0.0.3": (1, 0.1)}


def test_who_is_outside_the_site_is_counted_once() -> None:
    gathering = Gathering(ORIGIN, replace(EVERYTHING, inside=lambda ip: ip.startswith("10.")))
    for _ in range(3):
        gathering.sent(Sent([sender("192.0.2.1", 2)]))
    assert gathering.counters() == {"endpoints.outside_site": 1}


@pytest.fixture
def pipe() -> Iterator[tuple[Inbox, int]]:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    yield Inbox(reading), writing
    os.close(reading)
    os.close(writing)


def test_messages_arrive_whole_and_in_order(pipe: tuple[Inbox, int]) -> None:
    inbox, writing = pipe
    outbox = Outbox(writing)
    sent = [State({"a": n}) for n in range(20_000)] + [End(refused="down")]
    found: list[object] = []
    for message in sent:
        outbox.put(message)
    assert not outbox.empty
    while not found or not isinstance(found[-1], End):
        outbox.flush()
        inbox.fill()
        while (message := inbox.take()) is not None:
            found.append(message)
    assert found == sent
    assert outbox.empty


def test_rows_are_refused_while_the_writer_is_slow(pipe: tuple[Inbox, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "WAITING_MAX", 1 << 18)
    teller = Teller(Outbox(pipe[1]), live=True)
    rows = Rows(ORIGIN, [], [], {(1, str(n), "b", 1, "tcp", "", False): [1] * 9 for n in range(3000)}, {}, {})
    for _ in range(10):
        teller.rows(rows)
    assert teller.refusals > 3
    assert teller.refused == 3000 * teller.refusals


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\xff\xff\xff\xff",
        b"\x01\0\0\0\xc1",
        b"\x03\0\0\0\x92\xa1p",
        b"\x02\0\0\0\x91\xa1",
        frame(End())[:4] + b"\0" * 9,
    ],
)
def test_nonsense_is_known_as_such(pipe: tuple[Inbox, int], nonsense: bytes) -> None:
    inbox, writing = pipe
    os.write(writing, nonsense)
    inbox.fill()
    with pytest.raises(BrokenError):
        inbox.take()


def test_a_row_about_nobody_is_nonsense() -> None:
    part = Part([], [((1, 0, "a.b", "c", "a", "a"), [0.5, 1, 1, 1, 1, 1])], [], [])
    with pytest.raises(BrokenError):
        Gathering(ORIGIN, EVERYTHING).part(0, part)
