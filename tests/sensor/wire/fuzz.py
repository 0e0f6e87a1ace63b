"""Mutated frames through the kernel for as long as you like: no fault, no frame without a fate, no row out of bounds.

    python -m tests.sensor.wire.fuzz [--frames N] [--seconds S] [--seed N]

Frames of every kind and those of the sample captures have bytes of their headers changed, are cut, doubled, said to be
longer or elsewhere than they are, and come at odd times; verdicts are given at random; the tables are small, so that
they are always full. Some rounds are run through the plain form, too, and must give the same. What fails is printed
with the seed that brings it back.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from parsers.hl7 import LINES
from sensor.wire import kernel, tables
from sensor.wire.engine import ACCOUNT, DELIVER, SKIP, WALK_DICOM, Engine
from tests.bench import content
from tests.sensor.wire.frames import Block, Frame, Talk, plain, read, resolved
from tests.sensor.wire.test_decode import CASES, ODD
from tests.sensor.wire.test_fragments import CUTS, piece4, piece6

SAMPLES = Path(__file__).parents[3] / "pcaps"
SAMPLE_FRAMES = 40  # of each capture: the first ones hold its openings
LONG = 400  # bytes of a frame that are taken: headers, and the beginning of what they carry
BLOCK_FRAMES = 1000
ROUNDS_PLAIN = 495  # one round in so many is run in the plain form, too
ROUNDS_UNITS = 9  # every ninth round is of units that can be folded, in blocks of so many frames
PART = 40
VALUES = bytes((0, 1, 2, 4, 5, 6, 8, 17, 41, 44, 47, 0x45, 0x46, 0x60, 0x81, 0x88, 0xAA, 0xFF))
DEPTHS = (14, 20, 34, 40, 54, 60, 90, 150)  # how deep a change reaches
DAY = 86_400 * 10**9
STEPS = (0, 1000, 50_000, 10**6, 11 * 10**6, 31 * 10**9, 301 * 10**9, 3601 * 10**9, DAY, -(10**6), -DAY)
MODES = (DELIVER, SKIP, ACCOUNT, WALK_DICOM)
FORMS = plain("kernel").Kernel, plain("pressure").Pressure, plain("folding").Folding


class Result(NamedTuple):
    rounds: int
    frames: int
    rows: int
    seconds: float


def corpus() -> list[Frame]:
    """What is mutated."""
    frames = [Frame(case[1], link=case[0]) for case in [*CASES.values(), *ODD.values()]]
    frames += [piece4(*cut) for cut in CUTS] + [piece6(*cut) for cut in CUTS]
    for path in sorted(SAMPLES.rglob("*.pcap*")):
        frames += read(path)[:SAMPLE_FRAMES]
    return [frame._replace(data=frame.data[:LONG]) for frame in frames if frame.data]


def mutated(frames: Sequence[Frame], chance: random.Random) -> Block:
    data = bytearray()
    words: list[int] = []
    now = chance.choice((0, 1_767_600_000 * 10**9, 1 << 61))
    for frame in chance.choices(frames, k=BLOCK_FRAMES):
        start = len(data)
        data += frame.data
        length = len(frame.data)
        for _ in range(chance.choice((0, 1, 1, 2, 4))):
            at = start + int(chance.random() * min(length, chance.choice(DEPTHS)))
            data[at] = chance.choice(VALUES) if chance.random() < 0.7 else int(chance.random() * 256)
        odd = chance.random()
        if odd < 0.05:
            length = int(chance.random() * (length + 1))
        elif odd < 0.07:
            data += frame.data[14:]
            length = len(data) - start
        elif odd < 0.08:
            length += chance.choice((1, 100, 1 << 20, 1 << 40, -(1 << 40)))
        elif odd < 0.085:
            start = chance.choice((-1, len(data), 1 << 62))
        now += chance.choice(STEPS) if chance.random() < 0.02 else 1000
        link = chance.choice((0, 12, 101, 108, 113, 228, 229, 276, 400, -1)) if chance.random() < 0.02 else frame.link
        words += [now, start, length, chance.choice((length, 1514)), link]
    return Block(data, memoryview(array("q", words)), BLOCK_FRAMES)


def units(chance: random.Random) -> list[Block]:
    """Messages of one connection, again and again, cut anywhere, with a byte changed here and there: much of it is
    folded."""
    kept = [content.observation(1, number, chance) for number in range(3)]
    stream = b"".join(chance.choice(kept) for _ in range(BLOCK_FRAMES // 4))
    rate = chance.choice((0.0, 0.002, 0.2))
    data, words, at, number = bytearray(), array("q"), 0, 0  # all blocks point into one buffer
    talk = Talk(client=("10.0.0.1", chance.randrange(1024, 65536)))
    while at < len(stream):
        size = chance.choice((1460, 700, chance.randrange(1, 1461)))
        end = stream.find(b"\x1c\r", at) + 2
        piece = bytearray(stream[at : min(at + size, end)])
        if chance.random() < rate:
            piece[chance.randrange(len(piece))] = chance.choice(VALUES)
        frame = talk.segment(0, at, bytes(piece))
        at += len(piece) if chance.random() > rate / 10 else 0  # sometimes it is sent again
        number += 1
        words.extend((frame.time, len(data), len(frame.data), len(frame.data), 1))
        data += frame.data
    cut = memoryview(words)
    return [
        Block(
            data, cut[n * tables.RECORD_COLUMNS : min(n + PART, number) * tables.RECORD_COLUMNS], min(PART, number - n)
        )
        for n in range(0, number, PART)
    ]


def engine(**settings: object) -> Engine:
    it = Engine(**{"flows": 256, "endpoints": 64, "rows": 64, "openings": 16, "attempts": 64, **settings})
    it.folder.learn({"hl7": LINES})
    return it


def fold(it: Engine, row: tuple[int, ...], chance: random.Random) -> list[object]:
    """What a parser might ask of the folder, and what comes of it, at random."""
    place = row[tables.R_FLOW], row[tables.R_SIDE], row[tables.R_CONNECTION]
    if row[tables.R_SIGN] and chance.random() < 0.8:
        fold = it.folder.remember(*place, row[tables.R_SIGN])
        return [fold, it.folder.folded(fold) if fold >= 0 and chance.random() < 0.1 else None]
    if chance.random() < 0.1:
        it.folder.unfollow(place[0])
    if chance.random() < 0.5:
        end = row[tables.R_AT] + row[tables.R_LENGTH]
        protocol = "hl7" if row[tables.R_KIND] == tables.TCP else ""
        return [it.folder.follow(*place, protocol, end + chance.choice((0, 0, 0, -1, 1)))]
    return []


def ask(it: Engine, row: tuple[int, ...], seen: object, chance: random.Random) -> list[object]:
    """What a parser asks of the folder, mostly."""
    place = row[tables.R_FLOW], row[tables.R_SIDE], row[tables.R_CONNECTION]
    if row[tables.R_SIGN]:
        return [it.folder.remember(*place, row[tables.R_SIGN])]
    end = row[tables.R_AT] + row[tables.R_LENGTH]
    ends = isinstance(seen, tuple) and bytes(seen[tables.R_START]).endswith(b"\x1c\r")
    if (ends and row[tables.R_WALKED] < 0) or chance.random() < 0.001:
        return [it.folder.follow(*place, "hl7", end)]
    return []


def feed(
    it: Engine, block: Block, chance: random.Random, *, whole: bool, folding: bool = False
) -> tuple[int, list[object]]:
    """One block, with verdicts at random, or with folding alone. whole: with all that came out, to be compared."""
    said: list[object] = []
    rows = 0
    for batch in it.feed(block):
        rows += len(batch.rows)
        said += [batch.ended, batch.accounts] if whole else []
        if batch.day_ends:
            said += [it.accounts(), it.endpoints()]
        for row in batch.rows if whole or folding else batch.rows[:4]:
            said.append(resolved(batch, row))  # checks that it points into the buffer
            if folding:
                said += ask(it, row, said[-1], chance)
            elif row[tables.R_KIND] in (tables.TCP, tables.UDP):
                said += fold(it, row, chance)
            if not folding and chance.random() < 0.2 and row[tables.R_FLOW] >= 0:
                offset = row[tables.R_AT] + chance.choice((0, 12, 1000, -5))
                it.verdict(
                    row[tables.R_FLOW], row[tables.R_SIDE], row[tables.R_CONNECTION], chance.choice(MODES), offset
                )
    fates = it.counters()
    assert sum(fates.get(name, 0) for name in tables.FATES) == fates.get("wire.frames", 0)
    return rows, said if whole else []


def through(it: Engine, blocks: Sequence[Block], own: str, *, folding: bool) -> list[object]:
    """All that comes out of these blocks."""
    chance = random.Random(own)
    said = [feed(it, block, chance, whole=True, folding=folding) for block in blocks]
    return [said, it.counters()]


def fuzz(frames: int, seconds: float, seed: int) -> Result:
    """At least that many frames, or that long."""
    samples = corpus()
    it = engine()
    started = time.monotonic()
    done = rounds = rows = 0
    while done < frames and time.monotonic() - started < seconds:
        own = f"{seed}.{rounds}"
        try:
            talks = rounds % ROUNDS_UNITS == 0
            blocks = units(random.Random(own)) if talks else [mutated(samples, random.Random(own))]
            for block in blocks:
                rows += feed(it, block, random.Random(own), whole=False, folding=talks)[0]
                done += block.count
            if rounds % ROUNDS_PLAIN == 0:
                assert through(engine(), blocks, own, folding=talks) == through(
                    engine(forms=FORMS), blocks, own, folding=talks
                )
            if rounds % 100 == 99:  # a new one, as counters and tables of an old one hide what a first frame does
                it.finish()
                it = engine()
        except BaseException:
            print(f"failed in the round of random.Random({own!r})", file=sys.stderr)
            raise
        rounds += 1
    return Result(rounds, done, rows, time.monotonic() - started)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--frames", type=int, default=20_000_000)
    arguments.add_argument("--seconds", type=float, default=1800)
    arguments.add_argument("--seed", type=int, default=int(time.time()))
    given = arguments.parse_args()
    print(f"{kernel.__file__}, compiled: {kernel.COMPILED}, seed {given.seed}", flush=True)
    result = fuzz(given.frames, given.seconds, given.seed)
    print(f"{result.frames:,} frames, {result.rows:,} rows, {result.seconds:.0f} s: no fault")


if __name__ == "__main__":
    main()
