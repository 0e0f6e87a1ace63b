"""Flow to parser: structure decides on any port, in mid-stream, whoever speaks first; a parser's bug stops nothing."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

import pytest

from parsers.api import SENDER, Anew, Carried, DatagramSpec, Done, Event, Odd, Said, Skip, StreamSpec
from sensor import evidence
from sensor.connections import CONNECTION_COST, HELD_MAX, LAYERS_MAX, PARKED_SEGMENTS
from sensor.dispatch import DATAGRAM_TRIES, REPEATS_MAX, STRANGE_MAX, Dispatcher
from sensor.evidence import Ledger
from sensor.policy import Policy
from sensor.rows import Origin
from sensor.wire.engine import ACCOUNT, SKIP, WALK_DICOM, Batch, Flow
from sensor.wire.folder import Folder
from sensor.wire.tables import Tables

SYN_SEEN, CLIENT_0 = 1, 2


class Lines:
    """A toy protocol: lines `SAY x`, `SKIP n` (the next n bytes are not wanted), `ANEW n` (another protocol begins
    after the next n bytes), `DONE`, `RAISE`."""

    def __init__(self, word: bytes = b"SAY", observable: str = "toy.text") -> None:
        self.say = word
        self.observable = observable
        self.held = b""
        self.skip = 0

    def feed(self, data: bytes, at: int) -> Iterator[Event]:
        over = min(max(self.skip - at, 0), len(data))
        self.held += data[over:]
        at += len(data)
        while b"\n" in self.held:
            line, _, self.held = self.held.partition(b"\n")
            word, _, rest = line.partition(b" ")
            if word == self.say:
                yield Said(SENDER, ((self.observable, rest.decode()),))
            elif word == b"SKIP":
                self.skip = at - len(self.held) + int(rest)
                self.held = self.held[int(rest) :]
                yield Skip(self.skip, record=True)
            elif word == b"DONE":
                yield Done()
                return
            elif word == b"ANEW":
                yield Anew(at - len(self.held) + int(rest))
                return
            elif word == b"CARRY":
                yield Carried("toy:note", rest)
            elif word == b"RAISE":
                raise RuntimeError("a bug")

    def end(self) -> Iterator[Event]:
        if self.held:
            yield Odd("toy.cut")


TOY = StreamSpec(
    name="toy",
    title="Toy",
    ports=frozenset({7}),
    probe=lambda first: None if len(first) < 4 else first[:4] in (b"SAY ", b"SKIP", b"DONE", b"RAIS", b"CARR", b"ANEW"),
    make=lambda: (Lines(), Lines()),
    emits={"toy.text": 0.9},
    shape="dicom",
)


BUDGET = 32
TIGHT = StreamSpec(
    name="tight",
    title="Tight toy",
    ports=frozenset(),
    probe=lambda first: None if b"TOLD ".startswith(first) else first[:5] == b"TOLD ",
    make=lambda: (Lines(b"TOLD", "tight.text"), Lines(b"TOLD", "tight.text")),
    emits={"tight.text": 0.9},
    budget=BUDGET,
)


# What the toy protocol makes way for
INNER = StreamSpec(
    name="inner",
    title="Inner toy",
    ports=frozenset(),
    probe=lambda first: None if b"say ".startswith(first) else first[:4] == b"say ",
    make=lambda: (Lines(b"say", "inner.text"), Lines(b"say", "inner.text")),
    emits={"inner.text": 0.9},
    encrypted=True,
)


def read_note(data: bytes) -> Iterable[Event]:
    if data == b"note!":
        raise ValueError("a bug")
    return [Said(SENDER, (("note.text", data.decode()),))]


NOTE = DatagramSpec(
    name="note",
    title="Note",
    carriers=frozenset({"udp", "ethertype:88cc", "syn", "toy:note"}),
    probe=lambda first: first.startswith(b"note"),
    read=read_note,
    emits={"note.text": 0.5},
)


def read_memo(data: bytes) -> Iterable[Event]:
    return [Said(SENDER, (("memo.text", data.decode()),))]


MEMO = DatagramSpec(
    name="memo",
    title="Memo",
    carriers=frozenset({"udp"}),
    probe=lambda first: first.startswith(b"memo"),
    read=read_memo,
    emits={"memo.text": 0.5},
    encrypted=True,
)


class Bench:
    """A dispatcher with a hand-made index in front of it."""

    def __init__(self) -> None:
        policy = Policy(lambda o, v: v, lambda ip: True, lambda o, v: False)
        self.ledger = Ledger(Origin("main", "tap", "x"), policy)
        self.verdicts: list[tuple[int, int, int, int, int]] = []
        self.dispatcher = Dispatcher(
            {"toy": TOY, "inner": INNER, "note": NOTE, "memo": MEMO, "tight": TIGHT},
            self.ledger,
            lambda slot: Flow("10.0.0.1", 50_000 + slot, "10.0.0.2", 9999, 6, 0),
            lambda *verdict: self.verdicts.append(verdict),
            Folder(Tables(flows=64, endpoints=64), 1, active=False),
        )
        self.data = bytearray(b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02")  # two MACs
        self.rows: list[tuple[int, ...]] = []
        self.frame = 0

    def row(
        self,
        kind: int,
        side: int,
        at: int,
        payload: bytes,
        *,
        note: int = SYN_SEEN | CLIENT_0,
        slot: int = 1,
        walked: int = -1,
        connection: int = 1,
    ) -> Bench:
        self.frame += 1
        macs = (0, 6) if side == 0 else (6, 0)
        self.rows.append(
            (
                kind,
                slot,
                connection,
                side,
                at,
                len(self.data),
                len(payload),
                self.frame * 10**9,
                self.frame,
                *macs,
                0,
                note,
                walked,
                0,
            )
        )
        self.data += payload
        return self

    def tcp(self, side: int, at: int, payload: bytes, **more: int) -> Bench:
        return self.row(1, side, at, payload, **more)

    def go(self) -> Bench:
        self.dispatcher.take(Batch(self.data, 0, rows=self.rows))
        self.rows = []
        return self

    def heard(self) -> list[tuple[str, str, str]]:
        """Sender, observable, text."""
        self.dispatcher.finish()
        return [(e.subject.ip, e.observable, e.value) for e in self.ledger.drain().evidence]

    def said(self) -> list[tuple[str, str, int]]:
        """Sender, text, frame."""
        self.dispatcher.finish()
        rows = sorted(self.ledger.drain().evidence, key=lambda e: e.value)
        return [(e.subject.ip, e.value, e.first.frame) for e in rows]


def test_recognised_on_any_port_and_said_by_the_right_end() -> None:
    bench = Bench().tcp(0, 0, b"SAY a\n").tcp(1, 0, b"SAY b\n").go()
    assert bench.said() == [("10.0.0.1", "a", 1), ("10.0.0.2", "b", 2)]
    assert bench.dispatcher.recognised[1] == ("toy", False)


def test_the_answer_waits_for_the_question_to_be_recognised() -> None:
    bench = Bench().tcp(1, 0, b"220 hello\nSAY b\n").tcp(0, 0, b"SAY a\n").go()
    assert [text for _, text, _ in bench.said()] == ["a", "b"]


def test_a_probe_may_wait_for_more() -> None:
    bench = Bench().tcp(0, 0, b"SA").tcp(0, 2, b"Y a\nSA").go().tcp(0, 8, b"Y b\n").go()
    assert [text for _, text, _ in bench.said()] == ["a", "b"]


def test_mid_stream_each_segment_may_be_a_beginning() -> None:
    bench = Bench()
    for at, payload in ((0, b"xx y\n"), (5, b"zz\n"), (8, b"SAY late\n")):
        bench.tcp(0, at, payload, note=0)
    assert [text for _, text, _ in bench.go().said()] == ["late"]


def test_a_bulk_transfer_joined_in_its_middle_is_known_by_its_answer() -> None:
    bench = Bench()
    for at in range(0, 40 * 1024, 1024):
        bench.tcp(0, at, b"\xff" * 1024, note=0)
    bench.tcp(1, 0, b"SAY done\n", note=0).tcp(0, 40 * 1024, b"SAY next\n", note=0).go()
    assert [text for _, text, _ in bench.said()] == ["done", "next"]


def test_what_nobody_recognises_is_only_accounted_for() -> None:
    bench = Bench()
    for at in range(0, 8192, 1024):
        bench.tcp(0, at, b"\xff" * 1024).tcp(1, at, b"\xfe" * 1024)
    bench.go()
    assert set(bench.verdicts) == {(1, 0, 1, ACCOUNT, 0), (1, 1, 1, ACCOUNT, 0)}
    assert bench.said() == []


def test_segments_out_of_order() -> None:
    bench = Bench().tcp(0, 0, b"SAY a\n").tcp(0, 12, b"SAY c\n").tcp(0, 6, b"SAY b\n").go()
    assert bench.said() == [("10.0.0.1", "a", 1), ("10.0.0.1", "b", 3), ("10.0.0.1", "c", 2)]


@pytest.mark.parametrize("step", [1, 3, 100])
def test_skipping_is_the_same_whenever_the_engine_is_told(step: int) -> None:
    payload = b"SAY a\nSKIP 560\n" + b"SAY no\n" * 80 + b"SAY b\n"
    bench = Bench()
    for i, at in enumerate(range(0, len(payload), 7)):
        bench.tcp(0, at, payload[at : at + 7])
        if i % step == 0:
            bench.go()
    assert [text for _, text, _ in bench.go().said()] == ["a", "b"]
    assert all(verdict[3] in (SKIP, WALK_DICOM) for verdict in bench.verdicts)


def test_a_walked_row_moves_on_without_a_gap() -> None:
    bench = Bench().tcp(0, 0, b"SAY a\nSKIP 100\n").go()
    assert bench.verdicts == [(1, 0, 1, WALK_DICOM, 115)]
    bench.tcp(0, 5000, b"junkSAY b\n", walked=5004).go()
    assert [text for _, text, _ in bench.said()] == ["a", "b"]
    assert not bench.dispatcher.counts["stream.lost_bytes"]


def test_a_parser_that_learns_nothing_within_its_budget_is_let_go() -> None:
    """Each direction by itself; what comes later is accounted for by the engine alone."""
    bench = Bench().tcp(0, 0, b"TOLD a\n").tcp(1, 0, b"TOLD b\n")
    bench.tcp(0, 7, b"." * BUDGET).tcp(0, 7 + BUDGET, b"\nTOLD late\n").go()
    assert sorted(text for _, text, _ in bench.said()) == ["a", "b"]
    assert bench.dispatcher.counts["dispatch.budget.tight"] == 1
    assert [verdict[:4] for verdict in bench.verdicts] == [(1, 0, 1, ACCOUNT)]


def test_done_ends_a_direction() -> None:
    bench = Bench().tcp(0, 0, b"SAY a\nDONE\nSAY b\n").tcp(0, 17, b"SAY c\n").tcp(1, 0, b"SAY d\n").go()
    assert [text for _, text, _ in bench.said()] == ["a", "d"]


CLIENT = b"SAY a\nANEW 0\nsay b\nDONE\n"
SERVER = b"SAY c\nANEW 0\nsay d\nsay e\n"
BOTH_LAYERS = [
    ("10.0.0.1", "toy.text", "a"),
    ("10.0.0.1", "inner.text", "b"),
    ("10.0.0.2", "toy.text", "c"),
    ("10.0.0.2", "inner.text", "d"),
    ("10.0.0.2", "inner.text", "e"),
]


@pytest.mark.parametrize("size", [1, 2, 5, 7, 13, 100])
@pytest.mark.parametrize("order", ["client first", "server first", "in turn"])
@pytest.mark.parametrize("start", [0, 5000])
def test_each_direction_goes_on_in_another_protocol(size: int, order: str, start: int) -> None:
    pieces = [
        [(side, start + at, way[at : at + size]) for at in range(0, len(way), size)]
        for side, way in enumerate((CLIENT, SERVER))
    ]
    match order:
        case "client first":
            rows = pieces[0] + pieces[1]
        case "server first":
            rows = pieces[1] + pieces[0]
        case _:
            rows = [piece for both in itertools.zip_longest(*pieces) for piece in both if piece]
    bench = Bench()
    for side, at, payload in rows:
        bench.tcp(side, at, payload, note=0 if start else SYN_SEEN | CLIENT_0).go()
    assert sorted(bench.heard()) == sorted(BOTH_LAYERS)
    assert bench.dispatcher.recognised[1] == ("toy", True)
    assert not bench.dispatcher.counts["stream.lost_bytes"]


def test_the_next_protocol_may_begin_further_on() -> None:
    bench = Bench().tcp(0, 0, b"ANEW 100\n" + b"x" * 50).go()
    assert bench.verdicts == [(1, 0, 1, SKIP, 109)]
    bench.tcp(0, 59, b"x" * 50 + b"say b\n").go()
    assert [text for _, text, _ in bench.said()] == ["b"]


def test_after_a_loss_at_the_switch_each_segment_may_be_a_beginning() -> None:
    bench = Bench().tcp(0, 0, b"ANEW 0\n").tcp(0, 100, b"the middle\n").tcp(0, 111, b"say b\n").go()
    assert [text for _, text, _ in bench.said()] == ["b"]


def test_segments_out_of_order_around_the_switch() -> None:
    bench = Bench().tcp(0, 0, b"SAY a\n").tcp(0, 13, b"say c\n").tcp(0, 6, b"ANEW 0\n").go()
    assert bench.said() == [("10.0.0.1", "a", 1), ("10.0.0.1", "c", 2)]


def test_what_nobody_recognises_behind_the_switch_leaves_the_other_direction_alone() -> None:
    bench = Bench().tcp(0, 0, b"ANEW 0\n")
    for at in range(PARKED_SEGMENTS + 2 * 4):
        bench.tcp(0, 7 + 1024 * at, b"\xff" * 1024)
    bench.tcp(1, 0, b"SAY c\n").go()
    assert [text for _, text, _ in bench.said()] == ["c"]
    assert (1, 0, 1, ACCOUNT, 0) in bench.verdicts


def test_a_connection_without_end_of_protocols_is_let_go() -> None:
    bench = Bench().tcp(0, 0, b"SAY x\nANEW 0\n" * (LAYERS_MAX + 3) + b"SAY never\n").go()
    assert [text for _, text, _ in bench.said()] == ["x"]
    assert bench.dispatcher.counts["dispatch.layers_capped"] == 1
    assert bench.verdicts == [(1, 0, 1, ACCOUNT, 0)]


def test_layers_are_counted_among_what_is_held() -> None:
    bench = Bench()
    for slot in range(1 + HELD_MAX // (2 * CONNECTION_COST)):
        bench.tcp(0, 0, b"ANEW 0\nSA", slot=slot)
    bench.go()
    assert bench.dispatcher.counts["dispatch.connections_dropped"] > 0


def test_the_opening_that_waited_is_said_by_its_own_sender() -> None:
    bench = Bench().tcp(1, 0, b"220 hello\nSAY b\n").tcp(0, 0, b"SAY a\n").go()
    bench.dispatcher.finish()
    found = {e.value: (e.subject.mac, e.subject.ip, e.first.frame) for e in bench.ledger.drain().evidence}
    assert found == {"b": ("02:00:00:00:00:02", "10.0.0.2", 1), "a": ("02:00:00:00:00:01", "10.0.0.1", 2)}


def test_a_unit_of_another_protocol_is_read_by_whoever_knows_it() -> None:
    bench = Bench().tcp(1, 0, b"SAY a\nCARRY note that\nCARRY nobody's\nSAY b\n").go()
    assert bench.said() == [("10.0.0.2", "a", 1), ("10.0.0.2", "b", 1), ("10.0.0.2", "note that", 1)]


def test_a_bug_in_a_parser_is_survived_and_counted() -> None:
    bench = Bench().tcp(0, 0, b"SAY a\nRAISE\n").tcp(0, 12, b"SAY b\n").row(2, 0, 0, b"note!", slot=2).go()
    assert [text for _, text, _ in bench.said()] == ["a"]
    assert bench.dispatcher.counts["dispatch.fault.toy"] == 1
    assert bench.dispatcher.counts["dispatch.fault.note"] == 1


def test_a_new_connection_in_the_same_slot_starts_anew() -> None:
    bench = Bench().tcp(0, 0, b"SAY a\nSA").tcp(0, 0, b"SAY b\n", connection=2).go()
    assert [text for _, text, _ in bench.said()] == ["a", "b"]
    assert bench.dispatcher.counts["odd.toy.cut"] == 1


def test_an_evicted_flow_says_its_last() -> None:
    bench = Bench().tcp(0, 0, b"SAY a\nSA").go()
    bench.dispatcher.ended([1])
    assert bench.dispatcher.counts["odd.toy.cut"] == 1
    assert bench.dispatcher.recognised == {}


def test_datagrams_and_link_frames() -> None:
    bench = (
        Bench()
        .row(2, 0, 0, b"note udp", slot=3)
        .row(3, 0, 0x88CC, b"note link", slot=-1)
        .row(3, 0, 0x88CD, b"x", slot=-1)
        .go()
    )
    assert sorted(bench.said()) == [("", "note link", 2), ("10.0.0.1", "note udp", 1)]
    assert bench.dispatcher.counts["dispatch.no_parser.ethertype:88cd"] == 1


def test_unrecognised_datagrams_are_given_up() -> None:
    bench = Bench()
    for before in range(DATAGRAM_TRIES + 3):
        bench.row(2, 0, before, b"?", slot=4)
    bench.row(2, 0, DATAGRAM_TRIES + 3, b"note late", slot=4).go()
    assert bench.said() == []
    assert sorted(bench.verdicts) == [(4, 0, 1, ACCOUNT, 0), (4, 1, 1, ACCOUNT, 0)]


def test_several_protocols_on_one_pair_of_ports() -> None:
    bench = Bench()
    for before, data in enumerate((b"note a", b"memo b", b"more of it", b"note c")):
        bench.row(2, 0, before, data, slot=4)
    bench.go()
    assert [text for _, text, _ in bench.said()] == ["memo b", "more of it", "note a", "note c"]
    assert bench.dispatcher.recognised == {4: ("note", False)}  # what it was called first


def test_after_some_that_nobody_knows_all_is_the_first_ones() -> None:
    bench = Bench().row(2, 0, 0, b"note a", slot=4)
    for before in range(DATAGRAM_TRIES):
        bench.row(2, 0, before + 1, b"?", slot=4)
    bench.row(2, 0, DATAGRAM_TRIES + 1, b"memo late", slot=4).go()
    rows = [row for row in bench.ledger.drain().evidence if row.value == "memo late"]
    assert [row.protocol for row in rows] == ["note"]


def test_datagrams_whose_rest_is_encrypted_mark_the_conversation() -> None:
    bench = Bench().row(2, 0, 0, b"memo", slot=4).go()
    assert bench.dispatcher.recognised == {4: ("memo", True)}


def test_an_opening_is_read_where_the_engine_kept_it() -> None:
    bench = Bench().row(5, 0, 0, b"note met", slot=6)
    opening, kept = bench.rows.pop(), bytes(bench.data)
    bench.data[12:] = b"note over"
    bench.row(5, 1, 1, b"note answer", slot=6)
    bench.dispatcher.take(Batch(bench.data, 0, [opening, *bench.rows], kept))
    assert sorted(text for _, text, _ in bench.said()) == ["note answer", "note met"]


def test_made_up_types_do_not_fill_the_counters() -> None:
    bench = Bench()
    for kind in range(0x9100, 0x9100 + 500):
        bench.row(3, 0, kind, b"x", slot=-1)
    bench.go()
    counted = {name: n for name, n in bench.dispatcher.counts.items() if name.startswith("dispatch.no_parser")}
    assert len(counted) == STRANGE_MAX + 1
    assert sum(counted.values()) == 500


def test_datagrams_that_come_again_are_counted_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "VALUES_MAX", REPEATS_MAX)
    bench = Bench()
    for _ in range(3):
        for number in range(REPEATS_MAX + 10):  # more than are kept
            bench.row(2, 0, 0, b"note x" if number % 2 else b"note %d" % number, slot=3)
        bench.go()
    bench.dispatcher.finish()
    counted = {e.value: (e.count, e.first.frame, e.last.frame) for e in bench.ledger.drain().evidence}
    size = REPEATS_MAX + 10
    assert counted["note x"] == (3 * size // 2, 2, 3 * size)
    assert counted["note 0"] == (3, 1, 2 * size + 1)
