"""What holds for every parser that is installed, over random bytes and over mutated bytes of the captures in pcaps/.

A parser gets this for free. Seeds are the streams and datagrams of the captures that its probe takes, and the files in
tests/parsers/seeds/<name>/ (a stream of the client as *.client, of the server as *.server, a datagram as *.datagram).
"""

from __future__ import annotations

import functools
import re
import time
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsers.api import PROBE_MAX, DatagramSpec, Spec, StreamSpec, installed
from tests.parsers import datagrams, recorded
from tests.parsers.datagrams import PCAPS
from tests.parsers.harness import Segment, cut, said

SPECS = installed()
STREAMS = {name: spec for name, spec in SPECS.items() if isinstance(spec, StreamSpec)}
DATAGRAMS = {name: spec for name, spec in SPECS.items() if isinstance(spec, DatagramSpec)}

SEEDS = Path(__file__).parent / "seeds"
SEEDS_MAX = 24  # of one parser; the smallest, so that the many runs stay short
STREAM_MAX = 6000  # bytes of a seed's direction
CUTS = (1, 3, 17, 256, 1460)
EXAMPLES = 100
EVENTS_MAX = 600  # of one datagram
EVENTS_PER_BYTE = 1 / 4  # of a stream: an utterance takes more than four bytes to make
CPU_MAX = 5.0  # seconds for 256 KiB; a tenth of it is usual, a parser of quadratic cost takes minutes

CARRIER = re.compile(r"udp|syn|ethertype:[0-9a-f]{4}|llc:[0-9a-f]{4}|ip:\d{1,3}|[a-z][a-z0-9_]*(:[a-z0-9/+.-]+)?")
PLAIN = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

Ways = tuple[bytes, bytes]
T = TypeVar("T")


@functools.cache
def all_streams() -> list[Ways]:
    found = {(a[:STREAM_MAX], b[:STREAM_MAX]) for path in capture_files() for a, b in recorded.streams(path)}
    return sorted(found, key=lambda ways: (len(ways[0]) + len(ways[1]), ways))


@functools.cache
def all_datagrams() -> list[recorded.Datagram]:
    found = {datagram for path in capture_files() for datagram in recorded.datagrams(path)}
    return sorted(found, key=lambda datagram: (len(datagram[1]), datagram))


def capture_files() -> list[Path]:
    return sorted(path for path in PCAPS.rglob("*.pcap*") if path.suffix in {".pcap", ".pcapng"})


@functools.cache
def stream_seeds(name: str) -> list[Ways]:
    probe = STREAMS[name].probe
    kept = [(a, b) for a, b in all_streams() if any(way and probe(way[:PROBE_MAX]) for way in (a, b))]
    folder = SEEDS / name
    kept += [(path.read_bytes(), b"") for path in sorted(folder.glob("*.client"))]
    kept += [(b"", path.read_bytes()) for path in sorted(folder.glob("*.server"))]
    return spread(kept) or [(b"", b"")]


@functools.cache
def datagram_seeds(name: str) -> list[bytes]:
    spec = DATAGRAMS[name]
    kept = [data for carrier, data in all_datagrams() if carrier in spec.carriers and spec.probe(data[:PROBE_MAX])]
    kept += [path.read_bytes() for path in sorted((SEEDS / name).glob("*.datagram"))]
    return spread(kept) or [b""]


def spread(items: list[T]) -> list[T]:
    """At most SEEDS_MAX of them, small and large."""
    step = max(1, -(-len(items) // SEEDS_MAX))
    return items[::step]


def mutated(data: st.DataObject, blob: bytes) -> bytes:
    """Bytes changed, taken out, put in, repeated; or all of them random."""
    if not blob or data.draw(st.integers(0, 9)) == 0:
        return data.draw(st.binary(max_size=400))
    whole = bytearray(blob)
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(whole)))
        match data.draw(st.sampled_from(("byte", "bit", "out", "in", "again", "end"))):
            case "byte":
                whole[at : at + 1] = data.draw(st.sampled_from((b"\0", b"\1", b"\x7f", b"\x80", b"\xff")))
            case "bit":
                whole[at : at + 1] = bytes(byte ^ 1 << data.draw(st.integers(0, 7)) for byte in whole[at : at + 1])
            case "out":
                del whole[at : at + data.draw(st.integers(1, 40))]
            case "in":
                whole[at:at] = data.draw(st.binary(min_size=1, max_size=8))
            case "again":
                whole[at:at] = whole[at : at + data.draw(st.integers(1, 200))]
            case "end":
                del whole[at:]
    return bytes(whole)


def both(ways: Ways) -> list[Segment]:
    return [(side, 0, way) for side, way in enumerate(ways) if way]


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_a_spec_is_sane(spec: Spec) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", spec.name)
    assert spec.title
    assert all(0 < port < 65536 for port in spec.ports)
    for observable, weight in spec.emits.items():
        assert re.fullmatch(rf"{spec.name}\.[a-z][a-z0-9_]*", observable), observable
        assert 0 < weight <= 1, observable
    for finding, sentence in spec.findings.items():
        assert re.fullmatch(rf"{spec.name}\.[a-z][a-z0-9_]*", finding), finding
        assert sentence.endswith("."), finding
    if isinstance(spec, DatagramSpec):
        assert spec.carriers
        assert all(CARRIER.fullmatch(carrier) for carrier in spec.carriers)
    else:
        assert spec.budget is None or spec.budget > 0


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
@PLAIN
@given(data=st.data())
def test_a_probe_answers_and_never_raises(spec: Spec, data: st.DataObject) -> None:
    if isinstance(spec, StreamSpec):
        ways = data.draw(st.sampled_from(stream_seeds(spec.name)))
        blob = mutated(data, ways[data.draw(st.integers(0, 1))])
    else:
        blob = mutated(data, data.draw(st.sampled_from(datagram_seeds(spec.name))))
    first = blob[: data.draw(st.integers(0, PROBE_MAX))]
    assert spec.probe(first) in (True, False, None)
    if blob:
        full = (blob * (PROBE_MAX // len(blob) + 1))[:PROBE_MAX]
        assert spec.probe(full) in (True, False)


@pytest.mark.parametrize("spec", STREAMS.values(), ids=STREAMS)
@PLAIN
@given(data=st.data())
def test_a_first_byte_that_is_refused_is_refused_whatever_follows(spec: StreamSpec, data: st.DataObject) -> None:
    """The sensor asks only those parsers that do not refuse the first byte."""
    ways = data.draw(st.sampled_from(stream_seeds(spec.name)))
    blob = bytes([data.draw(st.integers(0, 255))]) + mutated(data, ways[data.draw(st.integers(0, 1))])[1:]
    if spec.probe(blob[:1]) is False and not spec.anywhere:
        assert spec.probe(blob[:PROBE_MAX]) is False


@pytest.mark.parametrize("spec", STREAMS.values(), ids=STREAMS)
@PLAIN
@given(data=st.data())
def test_bad_bytes_never_raise_and_cuts_never_matter(spec: StreamSpec, data: st.DataObject) -> None:
    seed = data.draw(st.sampled_from(stream_seeds(spec.name)))
    ways = (mutated(data, seed[0]), mutated(data, seed[1]))
    whole = said(spec, both(ways))
    assert len(whole) <= 64 + EVENTS_PER_BYTE * (len(ways[0]) + len(ways[1]))
    size = data.draw(st.sampled_from(CUTS))
    for obey in ("never", "at once", "late"):
        assert said(spec, cut(both(ways), size), obey) == whole, (size, obey)


@pytest.mark.parametrize("spec", STREAMS.values(), ids=STREAMS)
def test_cuts_of_sound_streams_never_matter(spec: StreamSpec) -> None:
    for ways in stream_seeds(spec.name):
        whole = said(spec, both(ways))
        for size in CUTS:
            for obey in ("never", "at once", "late"):
                assert said(spec, cut(both(ways), size), obey) == whole, (size, obey)


@pytest.mark.parametrize("spec", STREAMS.values(), ids=STREAMS)
@PLAIN
@given(data=st.data())
def test_losses_and_starts_in_the_middle_never_raise(spec: StreamSpec, data: st.DataObject) -> None:
    seed = data.draw(st.sampled_from(stream_seeds(spec.name)))
    segments = cut(both(seed), data.draw(st.sampled_from((64, 256, 1460))))
    kept = [segment for segment in segments if data.draw(st.integers(0, 4))]
    shift = data.draw(st.sampled_from((0, 1 << 33)))
    moved = [(side, at + shift, part) for side, at, part in kept]
    assert len(said(spec, moved)) <= 64 + EVENTS_PER_BYTE * sum(len(part) for _, _, part in kept)
    crossed = [(1 - side, at, part) for side, at, part in kept]  # the client is not known
    assert len(said(spec, crossed)) <= 64 + EVENTS_PER_BYTE * sum(len(part) for _, _, part in kept)


@pytest.mark.parametrize("spec", DATAGRAMS.values(), ids=DATAGRAMS)
@PLAIN
@given(data=st.data())
def test_bad_datagrams_never_raise(spec: DatagramSpec, data: st.DataObject) -> None:
    blob = mutated(data, data.draw(st.sampled_from(datagram_seeds(spec.name))))
    once = datagrams.heard(spec, blob)
    assert len(once) <= EVENTS_MAX
    assert datagrams.heard(spec, blob) == once  # no memory between datagrams


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)
def test_work_grows_with_the_input_and_no_faster(spec: Spec) -> None:
    size = 256 * 1024
    begin = time.process_time()
    if isinstance(spec, StreamSpec):
        for ways in stream_seeds(spec.name)[:: max(1, len(stream_seeds(spec.name)) // 2)][:2]:
            long = tuple((way * (size // len(way) + 1))[:size] if way else b"" for way in ways)
            said(spec, cut([(side, 0, way) for side, way in enumerate(long) if way], 1460))
    else:
        for seed in datagram_seeds(spec.name)[-2:]:
            long_one = (seed * (65535 // max(1, len(seed)) + 1))[:65535]
            for _ in range(2):
                datagrams.heard(spec, long_one)
    assert time.process_time() - begin < CPU_MAX


@pytest.mark.parametrize("name", SPECS)
def test_a_parser_has_something_to_be_tested_with(name: str) -> None:
    seeds = stream_seeds(name) if name in STREAMS else datagram_seeds(name)
    assert seeds not in ([(b"", b"")], [b""]), f"neither pcaps/ nor {SEEDS.name}/{name}/ holds a message of {name}"


def taken(spec: StreamSpec, ways: Ways) -> bool:
    return any(way and spec.probe(way[:PROBE_MAX]) for way in ways)
