"""Units that are counted instead of read: the evidence is the same as if each had been read, however they are sent."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.api import Line, installed
from parsers.hl7 import LINES
from sensor.policy import Policy
from sensor.rows import Origin, Rows
from sensor.service.pipeline import Plan, Reading
from sensor.wire import folding, tables
from sensor.wire.engine import Engine
from sensor.wire.folder import Folder
from tests.bench import content
from tests.sensor.wire.frames import ACK, FIN, START, Frame, Talk, blocks, ethernet, ip4, plain, udp

SPECS = {name: spec for name, spec in installed().items() if name in ("hl7", "mdns", "ssdp", "dns")}
POLICY = Policy(lambda observable, text: text, lambda ip: True, lambda observable, text: False)
DAY = 86_400 * 10**9

needs_compiled = pytest.mark.skipif(not folding.COMPILED, reason="nothing is folded by plain Python")


def evidence(
    frames: list[Frame], size: int = 1 << 20, *, fold: bool = True
) -> tuple[list[object], dict[str, int], int]:
    """All evidence and findings, what was counted, and how many units were folded."""
    taken: list[object] = []

    def add(rows: Rows) -> None:
        taken.append(None)
        known.merge(rows, [known.number(subject) for subject in rows.subjects])

    reading = Reading(add, Plan("main", "tap", SPECS, POLICY), Origin("main", "tap", "x"))
    known = type(reading._ledger)(Origin("main", "tap", "x"), POLICY)
    if not fold:
        reading._engine.folder._active = False
    for block in blocks(frames, size):
        reading.take(block)
    reading.finish()
    rows = known.drain()
    said = sorted(repr(each) for each in (*rows.evidence, *rows.findings, *rows.conversations))
    return [*said, reading.last], reading.counters(), reading._engine.folder.counters()["fold.units"]


class Ward:
    """HL7 connections whose bytes go out in segments of any size, with accidents."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.frames: list[Frame] = []
        self.time = START

    def send(self, talk: Talk, side: int, at: int, data: bytes, accidents: float) -> int:
        chance = self.chance
        while data:
            size = chance.choice((len(data), len(data), chance.randrange(1, 1461)))
            piece, data = data[:size], data[size:]
            frame = self.timed(talk.segment(side, at, piece))
            at += len(piece)
            odd = chance.random()
            if odd < accidents / 4:
                continue  # lost
            self.frames.append(frame)
            if odd < accidents / 2:
                self.frames.append(self.timed(talk.segment(side, at - len(piece), piece)))  # sent again
            elif odd < accidents and len(self.frames) > 1:
                self.frames[-2:] = self.frames[:-3:-1]  # the other way round
        return at

    def timed(self, frame: Frame) -> Frame:
        self.time += self.chance.randrange(1_000, 40_000_000)
        return frame._replace(time=self.time)


def messages(device: int, many: int, chance: Random) -> list[bytes]:
    """Of a monitor, now and then with something new in them, or something that has to be read."""
    out: list[bytes] = []
    for number in range(many):
        message = content.observation(device, number, chance)
        odd = chance.random()
        if odd < 0.05:
            message = message.replace(b"|UNICODE UTF-8", b"|8859/1")
        elif odd < 0.1:
            message = message.replace(b"\r\x1c", b"\rOBX|9|ST|531970^MDC_ID_MODEL_NUMBER^MDC|1|Model 7||||||R\r\x1c")
        elif odd < 0.15:
            message = message.replace(
                b"OBX|1|NM|147842^MDC_ECG_HEART_RATE", b"OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS"
            )
        elif odd < 0.17:
            message = message.replace(b"\r", b"\n").replace(b"\x1c\n", b"\x1c\r")
        elif odd < 0.19:
            message = b"\x0bBHS|^~\\&|A\r\x1c\r" + message
        elif odd < 0.21:
            message = message.replace(b"PID|", b"ZID|")
        elif odd < 0.23:
            message = message.replace(b"|", b"#")
        elif odd < 0.25:
            message = message[:-1]
        elif odd < 0.27:
            message += content.observation(device + 1, number, chance)
        out.append(message)
    return out


def ward(seed: int, accidents: float, many: int = 12, devices: int = 3) -> list[Frame]:
    it = Ward(seed)
    talks = [Talk(client=("10.0.0.1", 40_000 + device)) for device in range(devices)]
    sent = [messages(device, many, it.chance) for device in range(devices)]
    at = [[0, 0] for _ in talks]
    for talk in talks:
        it.frames += [it.timed(frame) for frame in talk.opening()]
    for number in range(many):
        if number == many // 2:
            it.time += DAY // 2
        for device, talk in enumerate(talks):
            at[device][0] = it.send(talk, 0, at[device][0], sent[device][number], accidents)
            at[device][1] = it.send(talk, 1, at[device][1], content.acknowledgement(device, number), accidents)
    for device, talk in enumerate(talks):
        it.frames.append(it.timed(talk.segment(0, at[device][0], b"", FIN | ACK)))
    return it.frames


@needs_compiled
@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 32), st.sampled_from((0.0, 0.02, 0.3)), st.sampled_from((300, 5_000, 20_000, 1 << 20)))
def test_evidence_is_the_same_as_if_each_message_had_been_read(seed: int, accidents: float, size: int) -> None:
    frames = ward(seed, accidents)
    read, counted, _ = evidence(frames, fold=False)
    said, counters, _ = evidence(frames, size)
    assert said == read
    assert counters == counted


@needs_compiled
def test_most_messages_of_a_monitor_are_folded_and_each_counts() -> None:
    talk, chance = Talk(), Random(3)
    frames, at = talk.opening(), 0
    for number in range(100):
        message = content.observation(1, number, chance)
        for piece in (message[:1000], message[1000:]):
            frames.append(talk.segment(0, at, piece))
            at += len(piece)
    said, _, folded = evidence(frames, 20_000)
    read, _, none = evidence(frames, 20_000, fold=False)
    assert none == 0
    assert folded > 50  # all but those that lie in two blocks, and the first of each length
    assert said == read


def announcement(number: int, text: bytes, sender: int = 5) -> Frame:
    body = udp(5353, 5353, content.mdns(f"host{text.decode()}", 3, bytes((10, 0, 0, sender))))
    packet = ip4(f"10.0.0.{sender}", "224.0.0.251", 17, body, number)
    return Frame(
        ethernet(packet, src=bytes((2, 0, 0, 0, 0, sender)), dst=b"\x01\0\x5e\0\0\xfb"), START + number * 10**9
    )


@needs_compiled
def test_the_same_datagram_again_and_again_is_counted_with_its_last_time() -> None:
    frames = [announcement(n, b"b" if n == 7 else b"a", 6 if n == 9 else 5) for n in range(20)]
    read, counted, none = evidence(frames, 300, fold=False)
    said, counters, folded = evidence(frames, 300)
    assert (none, folded > 10) == (0, True)
    assert said == read
    assert counters == counted


@needs_compiled
def test_a_field_that_a_shape_does_not_name_is_never_looked_at_and_any_other_is() -> None:
    """Each field of each line, changed by itself: the signature differs if, and only if, the shape names it."""
    lines = [
        b"MSH|^~\\&|A|B|C|D|2026||ORU^R01|77|P|2.6|9|9|NE|AL",
        b"PID|1|2|3",
        b"PV1|1|I|WARD^1|4",
        b"OBR|1|A^MON^0011223344556677^EUI-64|B|C",
        b"OBX|1|NM|70686^MDC_DEV_PRESS_CUFF_VMD^MDC|1.2.0|44|||||||||||||X",
        b"OBX|2|NM|147842^MDC_ECG_HEART_RATE^MDC|1.2.1|45|||||||||||||Y",
        b"NTE|1||free",
    ]
    named = {0: {1, 2, 3, 4, 5, 8, 11, 14, 15}, 1: set(), 2: {3}, 3: {2, 3}, 4: {3, 4, 5, 18}, 5: {3, 4, 18}, 6: set()}
    base = signature(lines)
    for number, line in enumerate(lines):
        fields = line.split(b"|")
        for field in range(1, len(fields)):
            other = [*lines]
            other[number] = b"|".join((*fields[:field], fields[field] + b"+", *fields[field + 1 :]))
            assert (signature(other) != base) == (field in named[number]), (line, field)
    assert signature([line for line in lines if line[:3] != b"PID"]) != base
    assert signature([line for line in lines if line[:3] != b"NTE"]) == base
    assert signature([*lines, b"OBX|3|NM|150456^MDC_X^MDC|1.9|46|||||||||||||Y"]) == base
    assert signature([*lines, b"OBX|3|NM|150456^MDC_X^MDC|1.9|46|||||||||||||Z"]) != base
    assert signature([*lines, b"OBX|3|NM|150456^MDC_X^MDC|1.9|46"]) == base


def signature(lines: list[bytes]) -> int:
    """That of a message in one segment, on a direction that is followed."""
    engine = Engine(flows=64, endpoints=64, rows=64)
    engine.folder.learn({"hl7": LINES})
    talk = Talk()
    first = [*talk.opening(), talk.segment(0, 0, b"\x0bMSH|^~\\&|A\r\x1c\r")]
    second = talk.segment(0, 14, b"\x0b" + b"\r".join(lines) + b"\r\x1c\r")
    signs: list[int] = []
    for frames in (first, [second]):
        for block in blocks(frames, 1 << 20):
            for batch in engine.feed(block):
                for row in batch.rows:
                    signs.append(row[tables.R_SIGN])
                    if row[tables.R_KIND] == tables.TCP:
                        engine.folder.follow(row[1], row[3], row[2], "hl7", row[4] + row[6])
    assert signs[:-1] == [0] * (len(signs) - 1)
    return signs[-1]


@pytest.mark.parametrize(
    "line",
    [
        Line(fields=frozenset({1}), marks=(b"123456789",)),
        Line(fields=frozenset({1}), marks=(b"a", b"b", b"c", b"d", b"e")),
        Line(fields=frozenset({1}), also=frozenset({2}), where=frozenset({2}), marks=(b"a",)),
    ],
)
def test_a_shape_that_cannot_be_followed_is_refused(line: Line) -> None:
    with pytest.raises(ValueError, match=r"^(marks|also): "):
        Folder(tables.Tables(flows=64, endpoints=64), 1).learn({"x": {b"ABC": line}})


def test_there_is_a_cap_on_what_one_direction_may_have_remembered() -> None:
    it = Folder(tables.Tables(flows=64, endpoints=64), 1, plain("folding").Folding, active=True)
    it._tables.flows[tables.F_CONNECTION] = 9
    assert it.follow(0, 0, 9, "", 0)
    assert not it.follow(0, 0, 8, "", 0)
    assert not it.follow(1 << 40, 0, 9, "", 0)
    given = [it.remember(0, 0, 9, sign) for sign in range(1, tables.VARIANTS_MAX + 3)]
    assert given[-2:] == [-1, -1]
    assert sorted(given[:-2]) == list(range(tables.VARIANTS_MAX))
    assert it.counters()["fold.refused"] == 2
    it.unfollow(0)
    assert it.remember(0, 0, 9, 5) == -1
    assert it.follow(0, 0, 9, "", 0)
    assert it.remember(0, 0, 9, 5) in range(tables.VARIANTS_MAX)
