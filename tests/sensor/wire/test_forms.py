"""Compiled and plain, in one block or frame by frame: the same rows, accounts, counters and state, whatever comes."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import struct
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor.wire import kernel, nocython, tables
from sensor.wire.engine import ACCOUNT, DELIVER, SKIP, WALK_DICOM, Engine
from tests.sensor.wire.frames import (
    MILLISECOND,
    START,
    Frame,
    Row,
    Seen,
    Talk,
    blocks,
    ethernet,
    ip4,
    plain,
    read,
    resolved,
    run,
    see,
    small,
    tcp,
    udp,
)
from tests.sensor.wire.test_decode import CASES, ODD
from tests.sensor.wire.test_flows import flood
from tests.sensor.wire.test_fragments import CUTS, piece4, piece6
from tests.sensor.wire.test_streams import data

PLAIN = plain("kernel").Kernel, plain("pressure").Pressure, plain("folding").Folding
ROOT = Path(__file__).parents[3]
CAPTURES = sorted((ROOT / "pcaps").rglob("*.pcap*"))
MORE = [p for p in sorted(Path(os.environ.get("AUSCULT_CAPTURES", "/nonexistent")).rglob("*")) if p.is_file()]


def compiler_works(folder: Path) -> bool:
    cc = shutil.which("cc")
    if cc is None:
        return False
    source = folder / "one.c"
    source.write_text("#include <Python.h>\nint main(void) { return 0; }\n")
    include = sysconfig.get_paths()["include"]
    return subprocess.run([cc, f"-I{include}", "-c", str(source), "-o", os.devnull], check=False).returncode == 0


def test_where_a_compiler_is_the_kernel_is_compiled(tmp_path: Path) -> None:
    if not compiler_works(tmp_path):
        pytest.skip("no C compiler, or no Python headers")
    assert kernel.COMPILED


@pytest.mark.parametrize("name", ["kernel", "pressure", "folding"])
def test_the_plain_form_is_plain(name: str) -> None:
    assert plain(name).COMPILED is False


def test_without_cython_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cython", None)
    bare = plain("kernel"), plain("pressure"), plain("folding")
    assert not any(module.COMPILED for module in bare)
    assert [module.cython for module in bare] == [nocython.cython] * 3
    frames = mutated(all_kinds(), 0)
    assert see(frames, forms=(bare[0].Kernel, bare[1].Pressure, bare[2].Folding)) == see(frames)


def state(engine: Engine) -> list[bytes]:
    """Every word of every table."""
    return [bytes(table) for _, table in sorted(vars(engine._tables).items())]


def same(frames: list[Frame], **sizes: int) -> Seen:
    """Compiled in one gulp, the same plain, and compiled frame by frame with few rows a batch: all the same."""
    sizes = {"flows": 256, "endpoints": 256, "openings": 4, "attempts": 64, **sizes}
    compiled, python, single = small(**sizes), small(**sizes, forms=PLAIN), small(**sizes, rows=3)
    whole = run(compiled, blocks(frames, 1 << 16))
    assert whole == run(python, blocks(frames, 1 << 16))
    assert state(compiled) == state(python)
    assert whole == run(single, blocks(frames))
    check_sums(whole)
    return whole


def check_sums(seen: Seen) -> None:
    """Every frame and every reassembled datagram has one fate; what was accounted is in the accounts."""

    def count(*names: str) -> int:
        return sum(seen.counters.get(name, 0) for name in names)

    again = [f"reassembled.{name.partition('.')[2]}" for name in tables.FATES]
    assert count(*tables.FATES) == count("wire.frames")
    assert count(*again) == count("fragments.reassembled")
    if not count("wire.tunnels", "fragments.reassembled"):  # an envelope is accounted beside what is in it
        assert sum(sum(a.frames) for a in seen.accounts) + count("flows.attempts_capped") == count(
            "wire.tcp", "wire.udp", "wire.ip_other"
        )
    assert len([row for row in seen.rows if row[0] != "day"]) == count("rows")


# ---- made-up traffic ----

ends = st.sampled_from(["10.0.0.1", "10.0.0.2", "10.0.0.3"])
bodies = st.binary(max_size=40)


@st.composite
def packets(draw: Callable[..., object]) -> bytes:
    """A frame of a few talkers, so that flows, retransmissions, swaps and idle times come up often."""
    src, dst = draw(ends), draw(ends)
    kind = draw(st.integers(0, 9))
    ident = draw(st.sampled_from([0, 1, 2]))
    ttl = draw(st.sampled_from([64, 63]))
    body = draw(bodies)
    if kind == 0:
        return ethernet(body, draw(st.sampled_from([0x0806, 0x88CC, 40, 0x8847, 0x8864])))
    if kind == 1:
        return ethernet(ip4(src, dst, draw(st.sampled_from([1, 2, 4, 41, 47, 51])), body, ident, ttl))
    if kind == 2:
        word = draw(st.sampled_from([0x2000, 0x2001, 1, 2, 0x2002]))
        return ethernet(ip4(src, dst, 17, body[: len(body) // 8 * 8], 9, word=word))
    if kind == 3:
        return ethernet(ip4(src, dst, 17, udp(1, draw(st.sampled_from([2, 4789])), body), ident, ttl))
    if kind == 4:
        return ethernet(struct.pack(">I", 1 << 12 | 0x100) + ip4(src, dst, 17, udp(1, 2, body)), 0x8847)
    ports = draw(st.sampled_from([(1, 2), (2, 1)]))
    flags = draw(st.sampled_from([0x10, 0x18, 0x18, 0x18, 2, 0x12, 0x11, 4, 3]))
    seq = draw(st.sampled_from([100, 101, 110, 0xFFFFFFF0, 0xFFFFFFFF, 0x80000000]))
    return ethernet(ip4(src, dst, 6, tcp(*ports, seq, body, flags), ident, ttl))


gaps = st.sampled_from(
    [0, 0, 50_000, MILLISECOND, 11 * MILLISECOND, 31 * 10**9, 301 * 10**9, 3601 * 10**9, -MILLISECOND]
)


@settings(max_examples=150, deadline=None)
@given(traffic=st.lists(st.tuples(packets(), gaps), max_size=40))
def test_made_up_traffic(traffic: list[tuple[bytes, int]]) -> None:
    now = START
    frames = []
    for packet, gap in traffic:
        now += gap
        frames.append(Frame(packet, now))
    same(frames, flows=64)


def all_kinds() -> list[Frame]:
    """Every case of the other tests in one capture."""
    step = 20 * MILLISECOND  # further apart than copies are
    cases = [*CASES.values(), *ODD.values()]
    frames = [Frame(case[1], START + n * step, link=case[0]) for n, case in enumerate(cases)]
    frames += [piece4(*cut) for cut in CUTS] + [piece6(*cut) for cut in CUTS]
    talk = Talk()
    frames += talk.opening()
    frames += [talk.segment(0, 112 * n, data(100)) for n in range(5)]
    return frames


def test_every_case_at_once() -> None:
    seen = same(all_kinds())
    assert seen.counters["wire.udp"] >= len(CASES)


def test_full_tables() -> None:
    frames = mutated(flood(400), 3) + mutated(flood(400), 4)
    seen = same(frames, flows=64, endpoints=16)
    assert seen.counters["flows.evicted"] > 100
    assert seen.counters["endpoints.unconfirmed_capped"] > 100
    assert seen.counters["flows.attempts_capped"] > 100


def mutated(frames: list[Frame], seed: int) -> list[Frame]:
    """The same frames with bytes of their headers changed, cut or doubled."""
    chance = random.Random(seed)
    out = []
    for frame in frames:
        packet = bytearray(frame.data)
        for _ in range(chance.choice((0, 1, 1, 2, 4))):
            if packet:
                at = chance.randrange(min(len(packet), chance.choice((20, 40, 60, 120))))
                packet[at] = chance.choice((0, 1, 4, 6, 0x45, 0x60, 255, chance.randrange(256)))
        if chance.random() < 0.1:
            packet = packet[: chance.randrange(len(packet) + 1)]
        if chance.random() < 0.05:
            packet += packet[14:]
        time = min(frame.time, 1 << 62) + (chance.choice((0, 400 * 10**9, -(10**9))) if chance.random() < 0.05 else 0)
        out.append(Frame(bytes(packet), time, -1 if chance.random() < 0.8 else 1514, frame.link))
    return out


@pytest.mark.parametrize("seed", range(40))
def test_mutated_frames(seed: int) -> None:
    frames = all_kinds() * 4
    random.Random(seed).shuffle(frames)
    same(mutated(frames, seed))


@pytest.mark.parametrize("path", CAPTURES + MORE, ids=lambda p: p.name)
def test_captures(path: Path) -> None:
    frames = read(path)[:400]
    if not frames:
        pytest.skip("not a capture, or one that dpkt does not read")
    same(frames, flows=1024, endpoints=1024)
    same(mutated(frames, 1)[:150], flows=64, endpoints=64)


# ---- verdicts ----


def obeyed(frames: list[Frame], heads: list[int], seed: int, **sizes: object) -> tuple[list[Row], Seen]:
    """Fed frame by frame, with verdicts at random: how they act must not depend on the form. heads: of PDUs."""
    chance = random.Random(seed)
    engine = small(**sizes)
    rows: list[Row] = []
    for piece in blocks(frames):
        for batch in engine.feed(piece):
            for row in batch.rows:
                rows.append(resolved(batch, row))
                mode = chance.choice((WALK_DICOM,) * 20 + (SKIP,) * 10 + (DELIVER,) * 10 + (ACCOUNT,))
                at = next((head for head in heads if head >= row[tables.R_AT]), 0) + chance.choice((0, 0, 0, 1))
                engine.verdict(row[tables.R_FLOW], row[tables.R_SIDE], row[tables.R_CONNECTION], mode, at)
    return rows, run(engine, [])


@pytest.mark.parametrize("seed", range(10))
def test_verdicts_in_both_forms(seed: int) -> None:
    chance = random.Random(seed)
    pdus = [data(chance.choice((10, 50, 300)), chance.random() < 0.1, chance.random() < 0.05) for _ in range(60)]
    stream = b"".join(pdus)
    heads = list(itertools.accumulate((len(pdu) for pdu in pdus), initial=0))
    frames = []
    for talk in (Talk(client=("10.0.0.1", 40000 + n), time=START + n) for n in range(5)):
        frames += talk.opening()
        cuts = sorted(chance.sample(range(1, len(stream)), 40))
        segments = [talk.segment(0, a, stream[a:b]) for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
        for _ in range(4):
            n = chance.randrange(len(segments) - 1)
            segments[n], segments[n + 1] = segments[n + 1], segments[n]
        frames += segments
    compiled = obeyed(frames, heads, seed)
    assert compiled == obeyed(frames, heads, seed, forms=PLAIN)
    assert compiled[1].counters["walk.records"] > 0
    everything = see(frames)
    assert compiled[1].accounts == everything.accounts  # verdicts hide rows, they never change what is counted
    assert compiled[1].endpoints == everything.endpoints
    assert 0 < len(compiled[0]) < len(everything.rows)
    assert {row[: tables.R_NOTE] for row in compiled[0]} <= {row[: tables.R_NOTE] for row in everything.rows}
