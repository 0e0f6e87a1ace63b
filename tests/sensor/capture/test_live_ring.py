"""Blocks of a TPACKET_V3 ring, written by hand as linux/if_packet.h lays them out; compiled and plain alike."""

from __future__ import annotations

import random
import struct
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from sensor.capture.live_ring import BLOCK, FRAME_LEAST
from sensor.wire import nocython, ring

SIZE = 4096
ETHERNET, RAW = 1, 101
HAS_TAG, HAS_TAG_TYPE = 0x10, 0x40


def plain() -> ModuleType:
    """The source as Python."""
    path = Path(nocython.__file__).with_name("ring.py")
    spec = spec_from_file_location("plain_ring", path)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FORMS = [ring, plain()]


def header(following: int, frame: bytes, original: int, status: int = 0, tag: int = 0, tag_type: int = 0) -> bytes:
    """tpacket3_hdr, sockaddr_ll, room, frame."""
    at = 82
    fields = struct.pack("=6I2H2IHHQ", following, 100, 7, len(frame), original, status, at, 96, 0, tag, tag_type, 0, 0)
    return (fields[:48].ljust(at, b"\xee") + frame).ljust(following, b"\0")


def block(*frames: bytes, count: int | None = None, status: int = 1) -> bytearray:
    """tpacket_block_desc, and the frames behind it."""
    number = len(frames) if count is None else count
    head = struct.pack("=2I4IQ2I2I", 1, 0, status, number, 48, 0, 0, 0, 0, 0, 0)
    return bytearray((head[:48].ljust(48, b"\0") + b"".join(frames)).ljust(SIZE, b"\0"))


def rows(form: ModuleType, data: bytearray, link: int = ETHERNET, room: int = 32) -> list[tuple[list[int], bytes]]:
    table = memoryview(bytearray(room * 40)).cast("q")
    count = form.records(data, 0, len(data), link, table)
    found = [table[5 * n : 5 * n + 5].tolist() for n in range(count)]
    return [(row, bytes(data[row[1] : row[1] + row[2]])) for row in found]


MACS = bytes.fromhex("01005e000001 020000000001")
ONE, TWO = MACS + b"\x08\x00" + b"one" * 20, MACS + b"\x08\x06" + b"two" * 20


@pytest.mark.parametrize("form", FORMS, ids=["imported", "plain"])
class TestBlocks:
    def test_two_frames(self, form: ModuleType) -> None:
        data = block(header(160, ONE, 1500), header(0, TWO, len(TWO)))
        assert form.ready(data, 0)
        assert form.announced(data, 0) == 2
        time = 100 * 10**9 + 7
        assert rows(form, data) == [
            ([time, 48 + 82, len(ONE), 1500, ETHERNET], ONE),
            ([time, 48 + 160 + 82, len(TWO), len(TWO), ETHERNET], TWO),
        ]

    def test_a_tag_is_put_back(self, form: ModuleType) -> None:
        """IEEE 802.1Q: type and tag stand between the source address and the ethertype."""
        for status, kind, expected in (
            (HAS_TAG, 0, b"\x81\x00"),
            (HAS_TAG | HAS_TAG_TYPE, 0x88A8, b"\x88\xa8"),
        ):
            data = block(header(0, ONE, len(ONE), status, 0x600C, kind))
            ((row, frame),) = rows(form, data)
            assert frame == MACS + expected + b"\x60\x0c" + ONE[12:]
            assert row[2:4] == [len(ONE) + 4, len(ONE) + 4]

    def test_no_tag_without_ethernet(self, form: ModuleType) -> None:
        ((_, frame),) = rows(form, block(header(0, ONE, len(ONE), HAS_TAG, 12)), RAW)
        assert frame == ONE

    def test_a_block_is_given_back(self, form: ModuleType) -> None:
        data = block(header(0, ONE, len(ONE)))
        form.release(data, 0)
        assert not form.ready(data, 0)
        assert data[8:12] == bytes(4)

    def test_what_lies_outside_is_left_out(self, form: ModuleType) -> None:
        far = bytearray(header(0, TWO, len(TWO)))
        struct.pack_into("=I", far, 12, SIZE)
        assert [frame for _, frame in rows(form, block(header(160, ONE, len(ONE)), bytes(far)))] == [ONE]
        beyond = header(SIZE * 2, ONE, len(ONE))[:160]
        assert len(rows(form, block(beyond, count=2))) == 1
        assert len(rows(form, block(*[header(160, ONE, len(ONE))] * 3), room=2)) == 2
        assert not form.ready(data := bytearray(10), 0)
        assert not form.ready(data, -1)
        assert form.records(data, 0, 10, ETHERNET, memoryview(bytearray(40)).cast("q")) == 0


def test_both_forms_agree_whatever_is_in_a_block() -> None:
    chance = random.Random(5)
    for _ in range(300):
        data = block(*[header(160, ONE, len(ONE), chance.choice((0, HAS_TAG)), 7) for _ in range(8)])
        for _ in range(chance.randrange(6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        copies = [bytearray(data), bytearray(data)]
        first, second = (rows(form, copy) for form, copy in zip(FORMS, copies, strict=True))
        assert first == second
        assert copies[0] == copies[1]


def test_the_table_has_room_for_a_block_of_the_shortest_frames() -> None:
    """TPACKET_ALIGN(header 48 + address 20 + room 14 + frame 14) is 96 bytes."""
    assert FRAME_LEAST <= (82 + 14 + 15) // 16 * 16
    assert BLOCK % 4096 == 0
