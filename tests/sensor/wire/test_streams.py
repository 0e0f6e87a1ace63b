"""TCP: offsets, connections, verdicts, the walk over DICOM PDUs."""

from __future__ import annotations

import struct

import pytest

from sensor.wire import tables as t
from sensor.wire.engine import ACCOUNT, DELIVER, SKIP, WALK_DICOM, Engine
from tests.sensor.wire.frames import (
    ACK,
    FIN,
    MAC_A,
    MAC_B,
    MILLISECOND,
    RST,
    SECOND,
    START,
    SYN,
    Frame,
    Row,
    Talk,
    blocks,
    ethernet,
    ip4,
    ip6,
    resolved,
    run,
    see,
    small,
    tcp,
    udp,
)


def brief(rows: list[Row]) -> list[tuple[object, ...]]:
    """Kind, side, offset, payload (of a SYN: its length)."""
    return [
        (r[t.R_KIND], r[t.R_SIDE], r[t.R_AT], len(r[t.R_START]) if r[t.R_KIND] == t.SYN else r[t.R_START]) for r in rows
    ]


def test_a_connection_from_its_opening() -> None:
    talk = Talk()
    frames = [*talk.opening(), talk.segment(0, 0, b"hello"), talk.segment(1, 0, b"", ACK), talk.segment(1, 0, b"world")]
    frames += [talk.segment(0, 5, b"", FIN | ACK), talk.segment(1, 5, b"!", FIN | ACK), talk.segment(0, 6, b"", ACK)]
    seen = see(frames)
    assert brief(seen.rows) == [
        (t.SYN, 0, 0, 40),
        (t.SYN, 1, 1, 40),
        (t.TCP, 0, 0, b"hello"),
        (t.TCP, 1, 0, b"world"),
        (t.TCP, 0, 5, b""),
        (t.TCP, 1, 5, b"!"),
    ]
    assert {r[t.R_CONNECTION] for r in seen.rows} == {1}
    started, client = t.NOTE_START, t.NOTE_CLIENT_0
    close = started | client | t.NOTE_CLOSE
    assert [r[t.R_NOTE] for r in seen.rows] == [started | client] * 4 + [close] * 2
    assert [r[t.R_FRAME] for r in seen.rows] == [1, 2, 4, 6, 7, 8]
    account = seen.accounts[0]
    assert account.client == 0
    assert account.opener == 0
    assert account.connections == 1
    assert account.frames == (5, 4)
    assert account.first == (START + MILLISECOND, 1)
    assert account.last == (START + 9 * MILLISECOND, 9)


def test_the_client_may_be_the_higher_end() -> None:
    talk = Talk(client=("10.0.0.9", 40000), server=("10.0.0.2", 104))
    seen = see([*talk.opening(), talk.segment(0, 0, b"hello")])
    row = seen.rows[-1]
    assert row[t.R_SIDE] == 1
    assert row[t.R_NOTE] == t.NOTE_START | t.NOTE_CLIENT_1
    assert seen.accounts[0].client == 1


def test_the_same_address_is_ordered_by_port() -> None:
    talk = Talk(client=("127.0.0.1", 40000), server=("127.0.0.1", 104))
    seen = see([talk.segment(0, 0, b"hello")])
    assert seen.rows[0][t.R_SIDE] == 1
    assert (seen.accounts[0].flow.port0, seen.accounts[0].flow.port1) == (104, 40000)


def test_offsets_without_an_opening_start_at_the_first_byte_seen() -> None:
    talk = Talk()
    frames = [talk.segment(0, 500, b"", ACK), talk.segment(0, 500, b"abc"), talk.segment(0, 503, b"de")]
    frames.append(talk.segment(0, 490, b"before"))
    seen = see(frames)
    assert brief(seen.rows) == [(t.TCP, 0, 0, b"abc"), (t.TCP, 0, 3, b"de"), (t.TCP, 0, -10, b"before")]
    assert [r[t.R_NOTE] for r in seen.rows] == [0, 0, 0]


def test_offsets_do_not_wrap() -> None:
    talk = Talk(isn=(0xFFFFFFF0, 0))
    step = 1 << 30
    offsets = [0, 10, 20, *range(step, 9 * step, step)]
    frames = [*talk.opening(), *(talk.segment(0, at, b"0123456789") for at in offsets)]
    frames.append(talk.segment(0, 8 * step - 5, b"late!"))
    seen = see(frames)
    assert [r[t.R_AT] for r in seen.rows if r[t.R_KIND] == t.TCP] == [*offsets, 8 * step - 5]


def test_data_in_a_syn_follows_it() -> None:
    talk = Talk()
    seen = see([talk.segment(0, -1, b"fast", SYN), talk.segment(0, 4, b"open")])
    assert brief(seen.rows) == [(t.SYN, 0, 0, 40), (t.TCP, 0, 0, b"fast"), (t.TCP, 0, 4, b"open")]


def test_options_belong_to_the_header_of_a_syn() -> None:
    segment = struct.pack(">HHIIBBHHH", 40000, 104, 7, 0, 0x60, SYN, 8192, 0, 0) + b"\x02\x04\x05\xb4"
    packet = ip4("10.0.0.1", "10.0.0.2", 6, segment, options=b"\x01\x01\x01\x01")
    answer = ethernet(ip4("10.0.0.2", "10.0.0.1", 6, tcp(104, 40000, 9, flags=SYN | ACK)), src=MAC_B, dst=MAC_A)
    row = see([Frame(ethernet(packet + bytes(6))), Frame(answer)]).rows[0]
    assert (row[t.R_START], row[t.R_SENDER], row[t.R_RECEIVER]) == (packet, MAC_A, MAC_B)


def test_an_opening_comes_when_something_else_does() -> None:
    talk, other = Talk(), Talk(client=("10.0.0.9", 50000))
    syn, answer, ack = talk.opening()
    frames = [syn, other.segment(0, -1, b"", SYN), answer, ack, talk.segment(1, 0, b"hello")]
    rows = see(frames).rows
    assert [(r[t.R_KIND], r[t.R_AT], r[t.R_FRAME]) for r in rows] == [(t.SYN, 0, 1), (t.SYN, 1, 3), (t.TCP, 0, 5)]
    assert rows[0][t.R_TIME] == syn.time


def test_openings_that_wait_push_each_other_out() -> None:
    talks = [Talk(client=("10.0.0.1", 40000 + n), time=START + n * SECOND) for n in range(6)]
    frames = [talk.segment(0, -1, b"", SYN) for talk in talks] + [talk.segment(1, -1, b"", SYN | ACK) for talk in talks]
    seen = see(frames, openings=4)
    assert [r[t.R_FRAME] for r in seen.rows if r[t.R_AT] == 0] == [3, 4, 5, 6]
    assert seen.counters["tcp.openings_dropped"] == 2


def test_an_opening_longer_than_any_is_not_kept() -> None:
    options = b"\x06\x10" + bytes(134)  # destination options of 136 bytes (RFC 8200, 4.6); TCP follows
    segment = struct.pack(">HHIIBBHHH", 40000, 104, 7, 0, 0x50, SYN, 8192, 0, 0)
    packet = ip6("fd00::1", "fd00::2", 60, options + segment)
    answer = ip6("fd00::2", "fd00::1", 6, tcp(104, 40000, 9, flags=SYN | ACK))
    seen = see([Frame(ethernet(packet, 0x86DD)), Frame(ethernet(answer, 0x86DD))])
    assert [r[t.R_AT] for r in seen.rows] == [1]
    assert seen.counters["tcp.openings_dropped"] == 1


def test_keep_alives_are_only_accounted() -> None:
    talk = Talk()
    frames = [*talk.opening(), talk.segment(0, 0, b"hello"), talk.segment(0, 4, b"\0"), talk.segment(0, 4, b"", ACK)]
    seen = see(frames)
    assert brief(seen.rows)[2:] == [(t.TCP, 0, 0, b"hello")]
    assert seen.counters["tcp.keepalives"] == 1
    assert seen.accounts[0].frames == (5, 1)


def test_retransmissions_are_delivered() -> None:
    talk = Talk()
    again = talk.segment(0, 0, b"hello")
    talk.time += 200 * MILLISECOND
    seen = see([again, talk.segment(0, 0, b"hello"), talk.segment(0, 2, b"llo wor")])
    assert [r[t.R_AT] for r in seen.rows] == [0, 0, 2]


def test_text_in_a_reset_is_no_payload() -> None:
    talk = Talk()
    seen = see([*talk.opening(), talk.segment(1, 0, b"no tcp, out of memory", RST), talk.segment(1, 0, b"", RST)])
    assert brief(seen.rows)[2:] == [(t.TCP, 1, 0, b"")]
    assert seen.rows[2][t.R_NOTE] & t.NOTE_CLOSE


@pytest.mark.parametrize("flags", [SYN | FIN, SYN | RST, SYN | RST | ACK])
def test_a_syn_that_closes_is_odd(flags: int) -> None:
    seen = see([Talk().segment(0, -1, b"x", flags)])
    assert seen.rows == []
    assert seen.counters["tcp.odd_flags"] == 1
    assert seen.accounts[0].connections == 0


# ---- connections ----


def connections(frames: list[Frame]) -> tuple[list[int], int]:
    seen = see(frames)
    return [r[t.R_CONNECTION] for r in seen.rows], seen.accounts[0].connections


def test_a_syn_again_is_the_same_connection() -> None:
    talk = Talk()
    frames = [talk.segment(0, -1, b"", SYN)]
    talk.time += SECOND
    frames += [talk.segment(0, -1, b"", SYN), talk.segment(1, -1, b"", SYN | ACK), talk.segment(0, 0, b"hello")]
    assert connections(frames) == ([1, 1, 1], 1)  # the second SYN, its answer, the data


def test_another_number_is_another_connection() -> None:
    first, second = Talk(), Talk(isn=(77_000, 88_000), time=START + SECOND)
    frames = [*first.opening(), first.segment(0, 0, b"one"), *second.opening(), second.segment(0, 0, b"two")]
    assert connections(frames) == ([1, 1, 1, 2, 2, 2], 2)
    assert see(frames).rows[-1][t.R_AT] == 0


@pytest.mark.parametrize("flags", [FIN | ACK, RST])
def test_a_syn_after_the_end_is_another_connection(flags: int) -> None:
    talk = Talk()
    frames = [*talk.opening(), talk.segment(1, 0, b"", flags)]
    talk.time += SECOND
    frames += talk.opening()
    assert connections(frames) == ([1, 1, 1, 2, 2], 2)


def test_a_swapped_opening_is_one_connection() -> None:
    talk = Talk()
    syn, answer, ack = talk.opening()
    frames = [answer, syn, ack, talk.segment(0, 0, b"hello"), talk.segment(1, 0, b"world")]
    seen = see(frames)
    assert {r[t.R_CONNECTION] for r in seen.rows} == {1}
    assert [r[t.R_NOTE] for r in seen.rows] == [t.NOTE_START | t.NOTE_CLIENT_0] * 4
    assert seen.accounts[0].connections == 1


def test_a_syn_after_its_first_data_is_the_same_connection() -> None:
    talk = Talk()
    syn, data = talk.segment(0, -1, b"", SYN), talk.segment(0, 0, b"hello")
    seen = see([data, syn, talk.segment(0, 5, b"world")])
    assert [(r[t.R_CONNECTION], r[t.R_AT]) for r in seen.rows] == [(1, 0), (1, 0), (1, 5)]
    assert [r[t.R_NOTE] & t.NOTE_START for r in seen.rows] == [0, 1, 1]


def test_a_syn_after_a_stream_that_only_answered_is_another_connection() -> None:
    old, new = Talk(), Talk(isn=(9, 9))
    assert connections([old.segment(1, 0, b"answer"), *new.opening()]) == ([1, 2, 2], 1)


@pytest.mark.parametrize(("hours", "expected"), [(1, [1, 1, 1, 1]), (1 + 1e-12, [1, 1, 1, 2])])
def test_an_hour_of_silence_ends_a_connection(hours: float, expected: list[int]) -> None:
    talk = Talk()
    frames = [*talk.opening(), talk.segment(0, 0, b"hello")]
    talk.time += int(hours * 3600 * SECOND) - MILLISECOND + (1 if hours > 1 else 0) - (0 if hours == 1 else 3)
    frames.append(talk.segment(0, 5, b"again"))
    gap = frames[-1].time - frames[-2].time
    assert (gap > 3600 * SECOND) == (hours > 1)
    seen = see(frames)
    assert [r[t.R_CONNECTION] for r in seen.rows] == expected
    row = seen.rows[-1]
    assert row[t.R_AT] == (5 if hours == 1 else 0)
    assert row[t.R_NOTE] == (t.NOTE_START if hours == 1 else 0) | t.NOTE_CLIENT_0
    assert seen.counters.get("flows.idle", 0) == (hours > 1)


# ---- verdicts ----


class Listener:
    """An engine fed frame by frame, so that verdicts act on the next frame."""

    def __init__(self) -> None:
        self.engine: Engine = small()
        self.talk = Talk()
        self.rows(self.talk.opening())

    def rows(self, frames: list[Frame]) -> list[Row]:
        return run_only(self.engine, frames)

    def say(self, at: int, payload: bytes, flags: int = 0x18, side: int = 0) -> list[tuple[int, bytes, int]]:
        """Offset, payload and WALKED of what is delivered of one segment."""
        return [
            (r[t.R_AT], r[t.R_START], r[t.R_WALKED]) for r in self.rows([self.talk.segment(side, at, payload, flags)])
        ]

    def verdict(self, mode: int, offset: int = 0, connection: int = 1) -> None:
        self.engine.verdict(0, 0, connection, mode, offset)

    def count(self, name: str) -> int:
        return self.engine.counters().get(name, 0)


def run_only(engine: Engine, frames: list[Frame]) -> list[Row]:
    return [resolved(batch, row) for piece in blocks(frames) for batch in engine.feed(piece) for row in batch.rows]


def test_skip_drops_what_lies_wholly_before() -> None:
    listener = Listener()
    listener.verdict(SKIP, 15)
    assert listener.say(0, b"0123456789") == []
    assert listener.say(10, b"01234") == []
    assert listener.say(0, b"0123456789abcdef") == [(0, b"0123456789abcdef", -1)]
    assert listener.say(16, b"x") == [(16, b"x", -1)]
    assert listener.say(5, b"again") == []
    assert listener.say(0, b"other side", side=1) == [(0, b"other side", -1)]


def test_account_drops_everything_but_a_new_connection() -> None:
    listener = Listener()
    listener.verdict(ACCOUNT)
    assert listener.say(0, b"hello") == []
    assert listener.say(5, b"", FIN | ACK) == []
    new = Talk(isn=(4, 4), time=START + SECOND)
    assert [r[t.R_CONNECTION] for r in listener.rows([*new.opening(), new.segment(0, 0, b"hello")])] == [2, 2, 2]
    assert listener.engine.accounts()[0].frames == (7, 2)


def test_a_verdict_can_be_taken_back() -> None:
    listener = Listener()
    listener.verdict(ACCOUNT)
    listener.verdict(DELIVER)
    assert listener.say(0, b"hello") == [(0, b"hello", -1)]


def test_a_verdict_for_another_connection_is_ignored() -> None:
    listener = Listener()
    for connection in (0, 2, -1):
        listener.verdict(ACCOUNT, connection=connection)
    listener.engine.verdict(5000, 0, 1, ACCOUNT)
    listener.engine.verdict(-1, 0, 1, ACCOUNT)
    listener.engine.verdict(5, 0, 0, ACCOUNT)  # a slot that is free
    assert listener.say(0, b"hello") == [(0, b"hello", -1)]
    assert listener.count("verdicts.stale") == 6


# ---- DICOM PDUs: PS3.8, 9.3.5 ----


def data(size: int, last: bool = False, command: bool = False) -> bytes:
    """P-DATA-TF with one PDV of `size` bytes."""
    return struct.pack(">BBIIBB", 4, 0, size + 6, size + 2, 1, last << 1 | command) + bytes([170]) * size


def test_data_is_walked_over_until_the_command() -> None:
    listener = Listener()
    listener.say(0, b"x" * 100)
    listener.verdict(WALK_DICOM, 100)
    stream = data(500) + data(500) + data(100, last=True) + data(60, last=True, command=True)
    end = len(stream) - 72  # of the data
    for at in range(0, 1000, 250):
        assert listener.say(100 + at, stream[at : at + 250]) == []
    assert listener.say(1100, stream[1000:1200]) == [(1100, stream[1000:1200], 100 + end)]
    assert listener.say(1300, b"after") == [(1300, b"after", -1)]
    assert listener.count("walk.records") == 3
    assert listener.count("walk.segments") == 4


def test_the_walk_begins_in_the_middle_of_a_segment() -> None:
    listener = Listener()
    listener.verdict(WALK_DICOM, 40)
    assert listener.say(0, b"x" * 40 + data(500)[:60]) == []
    assert listener.say(100, data(500)[60:] + data(9, command=True)) == [
        (100, data(500)[60:] + data(9, command=True), 40 + 512)
    ]


def test_a_header_cut_by_the_segment_ends_the_walk() -> None:
    listener = Listener()
    listener.verdict(WALK_DICOM, 0)
    first = data(100) + data(100)
    assert listener.say(0, first[:120]) == [(0, first[:120], 112)]
    assert listener.say(120, first[120:]) == [(120, first[120:], -1)]


def test_a_header_at_the_boundary_does_not() -> None:
    listener = Listener()
    listener.verdict(WALK_DICOM, 0)
    assert listener.say(0, data(100)) == []
    assert listener.say(112, data(100)) == []


def test_segments_beyond_the_header_are_delivered_until_it_comes() -> None:
    listener = Listener()
    listener.verdict(WALK_DICOM, 0)
    stream = data(100) + data(300) + data(100)
    assert listener.say(0, stream[:112]) == []
    assert listener.say(212, stream[212:424]) == [(212, stream[212:424], 112)]
    assert listener.say(0, stream[:112]) == []  # retransmitted
    assert listener.say(112, stream[112:212]) == [(112, stream[112:212], 424)]  # who held the other one can go on
    assert listener.say(424, stream[424:]) == []
    assert listener.say(112, stream[112:212]) == []


def test_a_header_that_never_comes_leaves_the_rest_to_the_caller() -> None:
    listener = Listener()
    listener.verdict(WALK_DICOM, 0)
    stream = data(100) + data(100) + data(100, command=True)
    assert listener.say(0, stream[:112]) == []
    for at in (150, 224):
        assert listener.say(at, stream[at : at + 50]) == [(at, stream[at : at + 50], 112)]
    listener.verdict(WALK_DICOM, 336)
    assert listener.say(274, stream[274:]) == []


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(data(50, command=True), id="command"),
        pytest.param(b"\x05\0\0\0\0\4" + bytes(12), id="release"),
        pytest.param(b"\0" * 20, id="type 0"),
        pytest.param(b"\x08\0\0\0\0\x20" + bytes(20), id="type 8"),
        pytest.param(struct.pack(">BBIIBB", 4, 0, (1 << 28) + 1, (1 << 28) - 3, 1, 0), id="length"),
        pytest.param(struct.pack(">BBIIBB", 4, 0, 0xFFFFFFFF, 0xFFFFFFFB, 1, 0), id="4 GiB"),
        pytest.param(struct.pack(">BBIIBB", 4, 0, 40, 10, 1, 0) + bytes(40), id="two PDVs"),
        pytest.param(struct.pack(">BBIIBB", 4, 0, 4, 0, 1, 0) + bytes(40), id="empty PDV"),
        pytest.param(struct.pack(">BBIIBB", 4, 0, 5, 1, 1, 0) + bytes(40), id="PDV of one byte"),
    ],
)
def test_any_other_header_ends_the_walk(odd: bytes) -> None:
    listener = Listener()
    listener.verdict(WALK_DICOM, 0)
    assert listener.say(0, data(8) + odd) == [(0, data(8) + odd, 20)]
    at = len(data(8) + odd)
    assert listener.say(at, data(100)) == [(at, data(100), -1)]


def test_a_data_set_after_the_last_is_another_one() -> None:
    listener = Listener()
    listener.verdict(WALK_DICOM, 0)
    stream = data(8, last=True) + data(8)
    assert listener.say(0, stream) == [(0, stream, 20)]


def test_the_end_of_a_walked_direction_is_told() -> None:
    listener = Listener()
    listener.verdict(WALK_DICOM, 0)
    assert listener.say(0, data(100), FIN | ACK) == [(112, b"", -1)]


def test_a_new_connection_forgets_the_walk() -> None:
    listener = Listener()
    listener.verdict(WALK_DICOM, 0)
    new = Talk(isn=(4, 4), time=START + SECOND)
    rows = listener.rows([*new.opening(), new.segment(0, 0, data(10))])
    assert rows[-1][t.R_START] == data(10)


def test_datagrams_obey_verdicts_by_side() -> None:
    engine = small()

    def say(src: str, dst: str, sport: int, dport: int, ident: int) -> int:
        frame = Frame(ethernet(ip4(src, dst, 17, udp(sport, dport, b"x"), ident)))
        return len(run_only(engine, [frame]))

    assert say("10.0.0.1", "10.0.0.2", 1, 2, 1) == 1
    engine.verdict(0, 0, 1, ACCOUNT)
    assert say("10.0.0.1", "10.0.0.2", 1, 2, 2) == 0
    assert say("10.0.0.2", "10.0.0.1", 2, 1, 3) == 1


def test_rows_of_a_talk_do_not_depend_on_the_seed() -> None:
    talk = Talk()
    frames = [
        *talk.opening(),
        talk.segment(0, 0, b"hello"),
        Frame(ethernet(ip4("1.1.1.1", "2.2.2.2", 6, tcp(1, 2, 3)))),
    ]
    assert see(frames) == run(small(seed=12345), blocks(frames, 100))
