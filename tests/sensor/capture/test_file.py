"""Captures in, as plain files: formats, damage, block sizes, joining."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sensor.capture.file
from sensor.capture.file import Block, joined, open_capture
from sensor.capture.source import CaptureError
from tests.sensor.capture.make import T0, Ng, expected, frames, pcap, pcapng, plain_records, rows


@pytest.fixture
def file(tmp_path: Path):
    def write(data: bytes, name: str = "a.pcap") -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


@pytest.mark.parametrize("big", [False, True], ids=["little", "big"])
@pytest.mark.parametrize("form", ["nano", "micro", "modified"])
def test_pcap_forms(file, big: bool, form: str) -> None:
    content = frames(10)
    capture = open_capture(file(pcap(content, big=big, nano=form == "nano", modified=form == "modified", link=113)))
    unit = 1 if form == "nano" else 1000
    assert rows(capture) == expected([(time // unit * unit, data, n) for time, data, n in content], 113)
    assert capture.faults == []
    assert capture.links == {113: 10}
    assert capture.counters["capture.frames"] == 10
    assert capture.counters["capture.bytes"] == sum(len(data) for _, data, _ in content)
    assert capture.counters["capture.frames_cut_short"] == 3  # numbers 2, 5, 8


def test_frame_check_sequence_bits_are_not_the_link_type(file) -> None:
    capture = open_capture(file(pcap(frames(1), link=0x54000001)))  # 4 bytes of FCS, and the bit that says so
    assert [row[3] for row in rows(capture)] == [1]


def test_frames_of_no_bytes_are_frames(file) -> None:
    content = [(T0, b"", 0), (T0, b"", 60), (T0, b"x", 60)]
    assert rows(open_capture(file(pcap(content)))) == expected(content)


def test_a_capture_without_frames(file) -> None:
    capture = open_capture(file(pcap([])))
    assert rows(capture) == []
    assert capture.faults == []


def test_fraction_of_a_second_past_a_second_is_clipped(file) -> None:
    data = bytearray(pcap([(T0, b"x", 1)], nano=False))
    data[28:32] = (5_000_000).to_bytes(4, "little")
    capture = open_capture(file(bytes(data)))
    assert rows(capture) == [(T0 // 10**9 * 10**9 + 999_999_999, b"x", 1, 1)]
    assert capture.counters["capture.times_clipped"] == 1


@pytest.mark.parametrize("make", [pcap, pcapng])
def test_cut_at_every_byte(file, make) -> None:
    content = frames(4, 9)
    whole = make(content)
    ends = [len(make(content[:n])) for n in range(5)]
    ends_of_blocks = {*ends, 28} if make is pcapng else set(ends)  # 28: after the section header
    least = 24 if make is pcap else 12  # what names the format and, of pcap, the link type
    for end in range(len(whole) + 1):
        path = file(whole[:end])
        if end < least:
            with pytest.raises(CaptureError) as error:
                open_capture(path)
            assert "\n" not in str(error.value)
            continue
        capture = open_capture(path)
        read = rows(capture)
        assert read == expected(content[: sum(end >= n for n in ends[1:])])
        assert capture.counters["capture.cut"] == (end not in ends_of_blocks)
        if end in ends_of_blocks:
            assert capture.faults == []
        else:
            assert capture.faults == [f"cut at byte {end}, after frame {len(read)}; what follows is not read"]


def test_a_frame_longer_than_any_is_damage(file) -> None:
    content = frames(3)
    data = bytearray(pcap(content))
    third = len(pcap(content[:2]))
    data[third + 8 : third + 12] = (262145).to_bytes(4, "little")
    capture = open_capture(file(bytes(data) + bytes(300_000)))
    assert rows(capture) == expected(content[:2])
    assert capture.faults == [f"damaged frame length at byte {third}, after frame 2; what follows is not read"]
    assert capture.counters["capture.damaged"] == 1


def test_the_longest_frame_is_none(file) -> None:
    content = [(T0, b"a", 1), (T0 + 1, bytes(262144), 262144), (T0 + 2, b"b", 1)]
    for make in (pcap, pcapng):
        for block in (1 << 10, 1 << 20):
            assert rows(open_capture(file(make(content)), block=block)) == expected(content)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"\n\r\r", "not a pcap or pcapng"),
        (b"\n\r\r\n" * 10, "not a pcap or pcapng"),
        (b"name,room\n" * 10, "not a pcap or pcapng"),
        (b"snoop\0\0\0\0\0\0\2", "snoop"),
        (b"\xfd7zXZ\0" + bytes(30), "unxz"),
        (b"PK\3\4" + bytes(30), "zip"),
        (pcap([], link=105), "105 (802.11)"),
        (pcap([], link=147), "147"),
    ],
    ids=["empty", "short", "lines", "text", "snoop", "xz", "zip", "wireless", "unknown link"],
)
def test_not_a_capture(file, data: bytes, says: str) -> None:
    with pytest.raises(CaptureError, match=r"^[^\n]+$") as error:
        open_capture(file(data))
    assert says in str(error.value)
    assert "a.pcap" in str(error.value)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=r"gone\.pcap: no such file"):
        open_capture(tmp_path / "gone.pcap")
    with pytest.raises(CaptureError, match="cannot be read"):
        open_capture(tmp_path)


def mixed() -> bytes:
    """Everything pcapng can do here, in two sections."""
    little, big = Ng(), Ng(big=True)
    out = little.section(little.option(1, b"made by hand"))
    out += little.interface(1, 96) + little.interface(113, 0, little.option(9, b"\x8a")) + little.interface(105)
    for n in range(40):
        data = bytes([n]) * (40 + n)
        out += little.enhanced(T0 // 1000 + n, data, 60 + n, options=little.option(1, b"remark" * (n % 5)))
        out += little.enhanced((T0 // 10**9 << 10) + n, data, 60 + n, interface=1)
        out += little.simple(bytes(min(96, 90 + n)), 90 + n)
        out += little.enhanced(n, data, 60, interface=2)
        out += little.block(0x80000BAD, bytes(n * 50)) + little.obsolete(T0 // 1000, data, 70, interface=0)
    out += big.section() + big.interface(228, 0, big.option(9, b"\x09"))
    return out + b"".join(big.enhanced(T0 + n, bytes(n), n) for n in range(40))


@pytest.mark.parametrize("data", [pcap(frames(60)), pcap(frames(60), big=True, modified=True), mixed()])
def test_block_size_never_matters(file, data: bytes) -> None:
    path = file(data)
    whole = rows(open_capture(path))
    assert len(whole) >= 60
    for block, count in ((1, 1), (7, 2), (64, 3), (1000, 5), (4096, 1 << 14), (1 << 20, 1)):
        capture = open_capture(path, block=block, frames=count)
        assert rows(capture) == whole
        assert capture.faults == []


def test_blocks_hold_no_more_than_was_asked(file) -> None:
    blocks = list(open_capture(file(pcap(frames(10))), frames=1).blocks())
    assert [block.count for block in blocks] == [1] * 10
    size = len(pcap(frames(10)))
    read = [block.read for block in open_capture(file(pcap(frames(10))), block=100).blocks()]
    assert read == sorted(read)
    assert 0 < read[0] < read[-1] == size


def outcome(path: Path, **options: int) -> tuple[object, ...]:
    try:
        capture = open_capture(path, **options)
        return rows(capture), capture.faults, capture.counters, capture.links, capture.refused
    except CaptureError as error:
        return (str(error),)


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_damaged_anywhere(tmp_path_factory, data) -> None:
    """Whatever the bytes are: no exception but CaptureError; the same in any block size, compiled or plain."""
    blob = bytearray(data.draw(st.sampled_from([mixed(), pcap(frames(30)), pcap(frames(30), big=True)])))
    edge = data.draw(st.sampled_from([len(blob), 400, 100]))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, edge - 1))
        blob[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    path = tmp_path_factory.mktemp("damaged") / "a"
    path.write_bytes(blob)
    first = outcome(path)
    assert outcome(path, block=data.draw(st.integers(1, 300)), frames=data.draw(st.integers(1, 9))) == first
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sensor.capture.file, "Records", PLAIN.Records)
        assert outcome(path, block=512) == first


PLAIN = plain_records()


@pytest.mark.parametrize("cython", ["with", "without"])
def test_plain_form_reads_the_same(file, monkeypatch, cython: str) -> None:
    if cython == "without":
        monkeypatch.setitem(sys.modules, "cython", None)
    plain = plain_records()
    for data in (mixed(), pcap(frames(30)), pcap(frames(30), big=True, nano=False)):
        path = file(data)
        first = outcome(path)
        assert len(first) == 5
        with monkeypatch.context() as patch:
            patch.setattr(sensor.capture.file, "Records", plain.Records)
            assert outcome(path) == first


def test_memory_does_not_grow_with_the_file(file) -> None:
    def buffers(count: int) -> set[int]:
        capture = open_capture(file(pcap([(T0, bytes(1000), 1000)] * count)), block=1 << 16)
        return {len(block.data) + block.records.nbytes for block in capture.blocks()}

    assert buffers(3000) == buffers(30)


def test_joined_in_the_order_of_their_first_frames(tmp_path: Path) -> None:
    content = frames(9)
    random.Random(3).shuffle(order := ["a", "b", "c"])
    parts = {name: content[3 * n : 3 * n + 3] for n, name in enumerate(order)}
    for name, part in parts.items():
        (tmp_path / name).write_bytes(pcap(part) if name != "b" else pcapng(part))
    capture = joined([tmp_path / name for name in "cab"])
    assert rows(capture) == expected(content)
    assert capture.counters["capture.frames"] == 9
    assert capture.size == sum((tmp_path / name).stat().st_size for name in "abc")
    assert capture.name == f"{order[0]}+2"
    ids = {joined([tmp_path / name for name in names]).id for names in ("abc", "cba", "bca")}
    assert len(ids) == 1
    assert ids.isdisjoint(open_capture(tmp_path / name).id for name in "abc")


def test_joined_ties_and_empty_ones(tmp_path: Path) -> None:
    for name, content in (("x", [(T0, b"x", 1)]), ("y", [(T0, b"y", 1)]), ("none", [])):
        (tmp_path / name).write_bytes(pcap(content))
    for given_order, kept in (("xy", b"xy"), ("yx", b"yx")):
        capture = joined([tmp_path / "none", *(tmp_path / name for name in given_order)])
        assert b"".join(row[1] for row in rows(capture)) == kept


def test_joined_with_a_cut_member_goes_on(tmp_path: Path) -> None:
    content = frames(6)
    (tmp_path / "a").write_bytes(pcap(content[:3])[:-1])
    (tmp_path / "b").write_bytes(pcap(content[3:]))
    capture = joined([tmp_path / "a", tmp_path / "b"])
    assert rows(capture) == expected(content[:2] + content[3:])
    assert len(capture.faults) == 1
    assert capture.faults[0].startswith("a: cut at byte ")
    read = [block.read for block in capture.blocks()]
    assert read[-1] == capture.size


def test_joined_refuses_the_same_twice(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_bytes(pcap(frames(2)))
    with pytest.raises(CaptureError, match="twice"):
        joined([tmp_path / "a", tmp_path / "b"])
    with pytest.raises(CaptureError, match="at least one"):
        joined([])


def test_one_joined_is_itself(file) -> None:
    path = file(pcap(frames(2)))
    assert joined([path]).id == open_capture(path).id


def test_read_again_gives_the_same(file) -> None:
    capture = open_capture(file(pcap(frames(5))[:-1]))
    first = rows(capture), list(capture.faults), dict(capture.counters)
    assert (rows(capture), capture.faults, capture.counters) == first


def test_stopping_early_closes_the_file(file) -> None:
    capture = open_capture(file(pcap(frames(5))), frames=1)
    blocks = capture.blocks()
    assert isinstance(next(blocks), Block)
    blocks.close()
    assert capture.counters["capture.frames"] == 1
