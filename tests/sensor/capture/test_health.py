"""What a sample tells of a mirror: scenes built frame by frame, each with one thing wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from sensor.capture import health
from sensor.capture.health import OK, PROBLEM, WARNING, Sample, Sampler, judge, worst
from sensor.service.sampling import of_capture
from tests.sensor.capture.make import pcap
from tests.sensor.wire.frames import MILLISECOND, SECOND, START, Frame, blocks, ethernet, ip4, tcp, udp, vlan

BROADCAST = b"\xff" * 6


def segments(port: int, count: int, *, both: bool = True, tag: int = 0, start: int = START) -> list[Frame]:
    """A TCP flow of so many segments, each answered by an acknowledgement if `both`."""
    found = []
    for number in range(count):
        time = start + number * MILLISECOND
        there = ip4("10.0.0.1", "10.0.0.2", 6, tcp(port, 104, 1 + 100 * number, b"x" * 100), ident=2 * number + 1)
        back = ip4("10.0.0.2", "10.0.0.1", 6, tcp(104, port, 1, b"", ack=1 + 100 * (number + 1)), ident=2 * number + 2)
        for packet in (there, back) if both else (there,):
            data = ethernet(vlan(tag, 0x0800, packet), 0x8100) if tag else ethernet(packet)
            found.append(Frame(data, time))
    return found


def healthy() -> list[Frame]:
    return [frame for port in range(1024, 1044) for frame in segments(port, 10, tag=7 if port & 1 else 8)]


def levels(frames: Sequence[Frame], *, live: bool = False, now: int = 0, mtu: int = 0) -> dict[str, str]:
    """The checks that are not in order, and how bad each is."""
    sampler = Sampler()
    for each in blocks(frames, 1 << 16):
        sampler.take(each, now)
    checks = judge(sampler.finish(), live=live, mtu=mtu)
    assert all(check.do for check in checks if check.level != OK)
    return {check.name: check.level for check in checks if check.level != OK}


def test_a_good_mirror_has_nothing_to_complain_of() -> None:
    assert levels(healthy()) == {}
    assert levels(healthy(), live=True, now=START + SECOND, mtu=1500) == {}


def test_what_was_counted() -> None:
    sampler = Sampler()
    for each in blocks(healthy(), 1000):
        sampler.take(each)
    sample = sampler.finish()
    assert (sample.frames, sample.tcp_flows, sample.one_sided, sample.copies) == (400, 20, 0, 0)
    assert sample.bytes == 200 * (14 + 4 + 20 + 20 + 100) + 200 * (14 + 4 + 20 + 20)
    assert sample.vlans == {7: 2, 8: 2}
    assert sample.seconds == pytest.approx(0.009)


def test_nothing_came() -> None:
    assert levels([]) == {"frames": PROBLEM}
    assert levels([], live=True) == {"frames": PROBLEM}


def test_one_direction_only() -> None:
    half = [frame for port in range(1024, 1044) for frame in segments(port, 10, both=False)]
    assert levels(half) == {"directions": PROBLEM}
    some = [frame for port in range(1024, 1044) for frame in segments(port, 10, both=port > 1027)]
    assert levels(some) == {"directions": WARNING}  # 4 of 20


def test_openings_that_nobody_answers_are_no_missing_direction() -> None:
    """RFC 9293, 3.8.1: a SYN is sent again a few times; a scan makes many such flows."""
    scan = [
        Frame(ethernet(ip4("10.0.0.1", "10.0.0.2", 6, tcp(4000, port, 7, flags=2), ident=port + 1)), START + n * SECOND)
        for port in range(1, 50)
        for n in range(8)
    ]
    assert levels(sorted(healthy() + scan, key=lambda frame: frame.time)) == {}


def test_broadcasts_only() -> None:
    asks = [
        Frame(
            ethernet(ip4(f"10.0.0.{n % 200 + 1}", "10.0.0.255", 17, udp(137, 137, b"x" * 50), ident=n), dst=BROADCAST)
        )
        for n in range(1, 300)
    ]
    assert levels(asks, live=True, now=START) == {"mirror": PROBLEM}


def test_every_frame_twice() -> None:
    twice = [copy for frame in healthy() for copy in (frame, frame._replace(time=frame.time + 1000))]
    assert levels(twice) == {"copies": WARNING}


def test_cut_frames() -> None:
    cut = [Frame(frame.data[:96], frame.time, len(frame.data)) for frame in healthy()]
    assert levels(cut) == {"cut": PROBLEM}
    assert levels([*healthy(), Frame(healthy()[0].data[:96], START, 162)])["cut"] == WARNING  # 1 of 401


def test_packets_that_the_card_put_together() -> None:
    large = Frame(ethernet(ip4("10.0.0.1", "10.0.0.2", 6, tcp(1, 2, 3, b"x" * 2900), ident=9)), START)
    assert levels([*healthy(), large], live=True, now=START, mtu=1500) == {"offloads": WARNING}
    assert levels([*healthy(), large]) == {}  # of a file it is not known; jumbo frames are as large
    huge = Frame(ethernet(ip4("10.0.0.1", "10.0.0.2", 6, tcp(1, 2, 3, b"x" * 14_000), ident=9)), START)
    assert levels([*healthy(), huge]) == {"offloads": WARNING}


def test_time() -> None:
    assert levels(healthy(), live=True, now=START + 60 * SECOND) == {"time": PROBLEM}
    again = [frame._replace(time=frame.time - 60 * SECOND) for frame in healthy()]
    assert levels(healthy() + again) == {"time": WARNING}
    ancient = [frame._replace(time=frame.time - START) for frame in healthy()]
    assert levels(ancient) == {"time": WARNING}


def test_a_link_that_is_not_read() -> None:
    assert levels([frame._replace(link=147) for frame in healthy()])["link"] == PROBLEM


def test_what_the_kernel_says() -> None:
    sample = Sample(frames=1000, first=START, last=START, dropped=3)
    assert [check.name for check in judge(sample, live=True) if check.level != OK] == ["drops"]
    assert worst(judge(Sample(frames=1000, first=START, last=START, misread=1), live=True)) == PROBLEM


def test_a_sample_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of more frames than are looked at; the block that reaches the bound is used up."""
    monkeypatch.setattr(health, "FRAMES_MAX", 1000)
    short = healthy()[0]
    path = tmp_path / "long.pcap"
    path.write_bytes(pcap([(START, short.data[:60], 60)] * 10_000))
    assert 1000 <= of_capture(str(path)).frames < 10_000
