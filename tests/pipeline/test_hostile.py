"""The whole pipeline under attack: nothing raises, nothing grows beyond its cap, and what a cap dropped is counted."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path

import pytest
from msgspec.structs import replace

from parsers.api import PROBE_MAX, TEXT_MAX, DatagramSpec, Event, StreamSpec, installed
from sensor import connections, dispatch, evidence, subjects
from sensor.capture.find import find
from sensor.capture.source import CaptureError
from sensor.evidence import VALUES_MAX
from sensor.service import pipeline, senders
from sensor.subjects import BEHIND_MAX
from sensor.wire import fragments as table
from sensor.wire.engine import Engine
from sensor.wire.tables import FATES
from tests.observe import Seen, observe
from tests.parsers.dicom_bytes import IMPLICIT, VERIFICATION, rq
from tests.pipeline import attacks
from tests.pipeline.frames import ACK, SYN, tcp, udp, write

ROOT = Path(__file__).parents[2]
MORE = os.environ.get("AUSCULT_CAPTURES", "")
SMALL = 150_000  # bytes of the captures outside that are mutated
SAMPLE = 24  # of them
MEMORY = 300  # MiB that reading may take, whatever is read


def captures() -> list[Path]:
    inside = [Path(name) for name in find([str(ROOT / "pcaps")]).captures]
    outside = [path for name in find([MORE]).captures if (path := Path(name)).stat().st_size < SMALL] if MORE else []
    return inside + random.Random(4711).sample(outside, min(SAMPLE, len(outside)))


def is_sound(seen: Seen) -> None:
    """No parser raised, each frame met one fate, no text is longer than it may be."""
    assert not {name for name in seen.counters if name.startswith("dispatch.fault")}
    assert sum(seen.counters.get(fate, 0) for fate in FATES) == seen.counters.get("wire.frames", 0)
    for row in seen.rows.evidence:
        assert 0 < len(row.value) <= TEXT_MAX
        assert len(row.observable) < 64
        assert len(row.source) < 64
    for subject in {row.subject for row in (*seen.rows.evidence, *seen.rows.findings)}:
        assert len(subject.application) <= TEXT_MAX
        assert len(subject.behind) <= BEHIND_MAX
        assert all(len(one.value) <= TEXT_MAX and len(one.maker) <= TEXT_MAX for one in subject.behind)


@pytest.mark.parametrize("mutation", attacks.MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_mutated_captures(mutation: Callable[..., list[attacks.Record]], tmp_path: Path) -> None:
    read = 0
    for capture in captures():
        changed = tmp_path / "mutated.pcap"
        changed.write_bytes(attacks.mutated(capture.read_bytes(), mutation, capture.name))
        try:
            seen = observe(changed)
        except CaptureError:  # it is said to be none: only possible where its very first record lies
            continue
        is_sound(seen)
        read += seen.counters.get("wire.frames", 0)
    assert read > 500


def heard(tmp_path: Path, frames: Iterable[bytes]) -> Seen:
    seen = observe(write(tmp_path / "attack.pcap", frames))
    is_sound(seen)
    return seen


def small(monkeypatch: pytest.MonkeyPatch, **sizes: int) -> None:
    monkeypatch.setattr(pipeline, "Engine", partial(Engine, **{"flows": 64, "endpoints": 64, **sizes}))


def test_a_syn_flood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch, openings=8)
    monkeypatch.setattr(senders, "UNCONFIRMED_MAX", 16)
    seen = heard(tmp_path, attacks.syn_flood(1000))
    counters = seen.counters
    assert counters["tcp.openings_dropped"] == 1000 - 8
    assert len(seen.rows.evidence) == 16
    assert counters["endpoints.unconfirmed_capped"] + counters["evidence.unconfirmed_capped"] + 16 == 1000
    assert counters["flows.evicted"] >= 1000 - 64
    assert sum(row.connections for row in seen.rows.conversations) == 1000


def test_flows_of_one_packet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    monkeypatch.setattr(evidence, "CONVERSATIONS_MAX", 100)
    seen = heard(tmp_path, attacks.lone_datagrams(1000))
    assert seen.counters["flows.evicted"] >= 1000 - 64
    assert len(seen.rows.conversations) == 100
    assert seen.counters["evidence.conversations_capped"] == 900
    assert {row.value for row in seen.rows.evidence} == {f"10.0.0.{number}" for number in (1, 2, 3, 4)}


def test_endless_fragments(tmp_path: Path) -> None:
    counters = heard(tmp_path, attacks.fragments(5000)).counters
    assert counters["fragments.evicted"] == 5000 - table.DATAGRAMS_MAX
    assert counters["fragments.incomplete"] == table.DATAGRAMS_MAX


@pytest.mark.parametrize(
    ("frames", "odd"),
    [
        (attacks.endless(attacks.MLLP, 2575, 6_000_000), "odd.hl7.segment_too_long"),
        (attacks.endless(attacks.REQUEST, 80, 6_000_000), "odd.http.line_too_long"),
        (attacks.endless(attacks.HANDSHAKE, 443, 6_000_000), ""),
        (attacks.endless(attacks.HANDSHAKE[:5], 443, 6_000_000, then=attacks.HANDSHAKE), ""),
        (attacks.endless(attacks.ASSOCIATION, 104, 6_000_000), ""),
        (attacks.endless(b"", 104, 6_000_000, then=attacks.OBJECT), ""),
        (attacks.endless(b"", 2575, 600_000, then=b"\x0bMSH|^~\\&|A|\r"), ""),
        (attacks.endless(b"", 9999, 6_000_000), ""),
    ],
    ids=["message", "header", "handshake", "handshakes", "association", "objects", "messages", "nothing known"],
)
def test_what_never_ends_is_not_held(frames: Iterator[bytes], odd: str, tmp_path: Path) -> None:
    path = write(tmp_path / "endless.pcap", frames)
    observe(ROOT / "pcaps" / "arp" / "neighbours.pcap")  # what is made once, is made now
    tracemalloc.start()
    seen = observe(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    is_sound(seen)
    assert seen.counters["wire.frames"] > 400
    assert peak < 3_500_000  # of which blocks, records and index rows take half
    assert odd in ("", *seen.counters)


def test_names_that_point_at_themselves(tmp_path: Path) -> None:
    counters = heard(tmp_path, attacks.loops(400)).counters
    assert counters["odd.dns.malformed"] > 0
    assert counters["wire.frames"] == 800


@pytest.mark.parametrize(("flood", "observable"), [("lessees", "dhcp.host_name"), ("announcers", "mdns.name")])
def test_a_host_of_many_names(flood: str, observable: str, tmp_path: Path) -> None:
    seen = heard(tmp_path, getattr(attacks, flood)(200))
    assert len(seen.values(observable)) == VALUES_MAX
    assert seen.counters["evidence.values_capped"] >= 200 - VALUES_MAX


def test_a_host_of_many_titles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has its share of the subjects; who comes after it is heard."""
    monkeypatch.setattr(subjects, "NAMED_MAX", 50)
    later = rq({1: (VERIFICATION, [IMPLICIT])}, calling="MR007")
    after = [
        tcp(0x0A000007, attacks.THERE, 5000, 104, attacks.LAST, SYN),
        tcp(0x0A000007, attacks.THERE, 5000, 104, 0, ACK, later, ident=1),
    ]
    seen = heard(tmp_path, [*attacks.titles(200), *after])
    named = {row.subject.application for row in seen.rows.evidence if row.subject.ip == "10.0.0.1"}
    assert 40 < len(named - {""}) <= 50
    assert seen.counters["evidence.subjects_capped"] > 100
    assert "MR007" in {row.subject.application for row in seen.rows.evidence if row.subject.ip == "10.0.0.7"}


def test_talkers_of_many_titles_leave_room_for_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "SPOKEN_MAX", 20)
    seen = heard(tmp_path, [*attacks.titles(200), *attacks.lone_datagrams(500)])
    assert len({row.subject for row in seen.rows.evidence if row.subject.application}) < 20
    assert seen.values("ip.address") >= {"10.0.0.1", "10.0.0.2", "10.1.0.1"}


MESSAGE = b"\x0bMSH|^~\\&|PUMP|ICU|ENGINE|KIS|20260105080000||ORU^R01|1|P|2.6\r\x1c\r"


def test_connections_that_hold_too_much_give_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was open before the flood is met again after it."""
    monkeypatch.setattr(connections, "HELD_MAX", 64 << 10)
    source, target = 0x0A020001, 0x0A020002
    before = [
        tcp(source, target, 4000, 2575, attacks.LAST, SYN),
        tcp(source, target, 4000, 2575, 0, ACK, MESSAGE[:20], ident=1),
    ]
    after = [
        tcp(source, target, 4000, 2575, 20, ACK, MESSAGE[20:], ident=2),
        tcp(source, target, 4000, 2575, len(MESSAGE), ACK, MESSAGE.replace(b"PUMP", b"VENT"), ident=3),
    ]
    flood = [*attacks.holes(100), *attacks.half_units(attacks.MLLP, 2575, 100)]
    seen = heard(tmp_path, [*before, *flood, *after])
    assert seen.counters["dispatch.connections_dropped"] > 150
    assert "VENT" in seen.values("hl7.sending_application")
    calm = heard(tmp_path, [*before, *after])
    assert "dispatch.connections_dropped" not in calm.counters
    assert calm.values("hl7.sending_application") == {"PUMP", "VENT"}


def test_what_connections_hold_is_counted_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After everything is over, nothing is held: over all captures, and under the floods."""
    kept: list[connections.Connections] = []

    class Watched(connections.Connections):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)  # type: ignore[arg-type]
            kept.append(self)

    monkeypatch.setattr(dispatch, "Connections", Watched)
    heard(tmp_path, [*attacks.holes(50), *attacks.half_units(attacks.REQUEST, 80, 50), *attacks.titles(20)])
    monkeypatch.setattr(connections, "HELD_MAX", 32 << 10)
    for name in find([str(ROOT / "pcaps" / "dicom"), str(ROOT / "pcaps" / "hl7")]).captures:
        observe(name)
    heard(tmp_path, [*attacks.holes(50), *attacks.half_units(attacks.REQUEST, 80, 50), *attacks.titles(20)])
    assert len(kept) > 10
    assert [one._held for one in kept] == [0] * len(kept)


# A parser with a bug in it.


class Broken:
    def feed(self, data: bytes, at: int) -> Iterable[Event]:
        raise IndexError("a bug")

    def end(self) -> Iterable[Event]:
        raise IndexError("another")


def fails(data: bytes) -> bool:
    raise ValueError("a bug")


def is_stub(first: bytes) -> bool | None:
    return first.startswith(b"STUB") if len(first) >= 4 else None


STREAM = StreamSpec(
    name="astub",
    title="A stub",
    ports=frozenset({2575}),
    probe=is_stub,
    make=lambda: (Broken(), Broken()),
    emits={"astub.x": 0.5},
)
DATAGRAM = DatagramSpec(
    name="adatagram",
    title="A stub",
    carriers=frozenset({"udp", "ethertype:0806", "syn"}),
    probe=lambda first: first.startswith(b"STUB"),
    read=fails,  # type: ignore[arg-type]
    emits={"adatagram.x": 0.5},
)


@pytest.mark.parametrize(
    ("stub", "faults"),
    [
        (STREAM, 1),
        (replace(STREAM, probe=fails), 2),
        (DATAGRAM, 1),
        (replace(DATAGRAM, probe=fails), 2),
    ],
    ids=["feed", "probe", "read", "datagram probe"],
)
def test_a_bug_in_a_parser_does_not_stop_the_others(
    stub: StreamSpec | DatagramSpec, faults: int, tmp_path: Path
) -> None:
    frames = [
        tcp(attacks.HERE, attacks.THERE, 5000, 2575, attacks.LAST, SYN),
        tcp(attacks.HERE, attacks.THERE, 5000, 2575, 0, ACK, b"STUB and more", ident=1),
        tcp(attacks.HERE, attacks.THERE, 5000, 2575, 13, ACK, b"and more", ident=2),
        udp(attacks.HERE, attacks.THERE, 5000, 5001, b"STUB", ident=3),
        tcp(attacks.HERE, attacks.THERE, 5001, 2575, attacks.LAST, SYN),
        tcp(attacks.HERE, attacks.THERE, 5001, 2575, 0, ACK, MESSAGE, ident=4),
        *attacks.lessees(1),
    ]
    path = write(tmp_path / "stub.pcap", frames)
    broken = observe(path, specs={stub.name: stub, **installed()})
    assert broken.counters[f"dispatch.fault.{stub.name}"] >= faults
    assert broken.rows.evidence == observe(path).rows.evidence
    assert broken.values("hl7.sending_application") == {"PUMP"}
    assert broken.values("dhcp.host_name") == {"host-000000"}


# The program as it is run, with its caps as they are.

RUN = """
import atexit, re, sys
from pathlib import Path
def told():
    peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
    print(f"peak {int(peak) // 1024} MiB", file=sys.stderr)
atexit.register(told)
sys.argv[0] = "sensor"
from sensor.cli.main import main
main()
"""


def everything() -> Iterator[bytes]:
    """Each flood larger than its cap, all in one capture."""
    units = (
        (attacks.MLLP, 2575),
        (attacks.REQUEST, 80),
        (attacks.HANDSHAKE, 443),
        (attacks.ASSOCIATION, 104),
        (b"\x16\x03\x01".ljust(PROBE_MAX - 1, b"\0"), 8443),
    )
    return chain(
        attacks.titles(2000),
        attacks.lessees(500),
        attacks.announcers(500),
        *(attacks.half_units(first, port, 2000) for first, port in units),
        attacks.holes(5000),
        attacks.fragments(3000),
        attacks.syn_flood(170_000),
        attacks.lone_datagrams(100_000),
    )


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_memory_under_all_attacks_at_once(tmp_path: Path) -> None:
    path = write(tmp_path / "everything.pcap", everything(), step=20)
    done = subprocess.run(
        [sys.executable, "-c", RUN, "read", str(path), "--workers", "1", "--db", f"sqlite:///{tmp_path}/x.db"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    peak = re.fullmatch(r"peak (\d+) MiB\n", done.stderr)
    assert peak, done.stderr
    assert int(peak[1]) < MEMORY
    told = done.stdout.partition("Not read, and why")[2]
    for counter in (
        "dispatch.connections_dropped",
        "tcp.openings_dropped",
        "endpoints.unconfirmed_capped",
        "flows.attempts_capped",
        "evidence.unconfirmed_capped",
        "evidence.values_capped",
        "flows.evicted",
        "fragments.evicted",
    ):
        assert re.search(rf"^  {re.escape(counter)} +[\d,]+  \w", told, re.MULTILINE), f"{counter} in {told}"
    assert "what came first may decide" in told
