"""What a frame is when the kernel hands it over: whole, with the VLAN tags that it had, at its time to the nanosecond;
and what happens where one of the conditions of listening does not hold."""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import time
from itertools import pairwise
from pathlib import Path

import pytest

from sensor.capture.live import RECEIVERS, Options, open_interface, receive
from sensor.capture.live_interface import look
from sensor.service import supervisor
from sensor.service.notify import Log
from sensor.service.sandbox import SandboxError
from sensor.service.supervisor import Listening, Supervisor
from tests.live.wire import MAY, TAP, WHY, command, connect, hush, listening, namespace, samples, send

pytestmark = pytest.mark.skipif(not MAY, reason=WHY)

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x1, 0x1000  # linux/if_tun.h
ADDRESSES = bytes.fromhex("020000000002 020000000001")
PAYLOAD = bytes(range(64))
FRAMES = {
    "untagged": ADDRESSES + bytes.fromhex("88b5") + PAYLOAD,
    "IEEE 802.1Q": ADDRESSES + bytes.fromhex("8100 600c 88b5") + PAYLOAD,
    "priority alone": ADDRESSES + bytes.fromhex("8100 e000 88b5") + PAYLOAD,
    "IEEE 802.1ad": ADDRESSES + bytes.fromhex("88a8 0064 8100 000c 88b5") + PAYLOAD,
    "two of 802.1Q": ADDRESSES + bytes.fromhex("8100 0064 8100 000c 88b5") + PAYLOAD,
    "jumbo": ADDRESSES + bytes.fromhex("88b5") + bytes(9000),
}


def heard(receiver: str, frames: list[bytes]) -> tuple[list[int], list[bytes]]:
    """Times and frames, as a receiver gives them."""
    times, found = [], []
    with namespace():
        interface = look(TAP)
        assert interface is not None
        opened = open_interface(interface, Options(receiver=receiver, ring=4), [], 1)
        source = receive(opened)
        assert source.kind == receiver
        send(frames)
        end = time.monotonic() + 5
        while len(found) < len(frames) and time.monotonic() < end:
            block = source.next(0.1)
            if block is None:
                continue
            for at in range(0, 5 * block.count, 5):
                stamp, start, captured, original, link = block.records[at : at + 5].tolist()
                assert (captured, link) == (original, 1)
                times.append(stamp)
                found.append(bytes(block.data[start : start + captured]))
            source.done()
        opened.close()
    return times, found


@pytest.mark.parametrize("receiver", RECEIVERS)
def test_frames_come_as_they_were(receiver: str) -> None:
    """Also those whose outer tag the kernel took off: it is put back."""
    if receiver == "libpcap":
        pytest.importorskip("pcapy")
    before = time.time_ns()
    times, found = heard(receiver, list(FRAMES.values()) * 3)
    assert found == list(FRAMES.values()) * 3
    slack = 1000 if receiver == "libpcap" else 0  # pcapy-ng gives microseconds
    assert before - slack <= times[0]
    assert times[-1] <= time.time_ns()
    assert all(one <= other for one, other in pairwise(times))
    assert any(stamp % 1000 for stamp in times) == (receiver != "libpcap")


def test_an_interface_that_becomes_another_kind(tmp_path: Path) -> None:
    """A tun device of the same name (Documentation/networking/tuntap.rst): IP packets without a link header."""
    packet = next(frame[14:] for frame in samples() if frame[12:15] == b"\x08\x00\x45")
    with namespace(), listening(tmp_path / "x.db") as listener:
        first = send(samples()[:100])
        time.sleep(0.3)
        command("ip", "link", "del", TAP)
        listener.wait_for("the interface went down")
        with Path("/dev/net/tun").open("r+b", buffering=0) as tun:
            fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", TAP.encode(), IFF_TUN | IFF_NO_PI))
            hush()
            command("ip", "link", "set", "dev", TAP, "up")
            listener.wait_for(" listening ", times=2)
            time.sleep(0.5)
            tun.writelines([packet] * 7)
            time.sleep(0.5)
        listener.wait_for("the interface went down", times=2)
        connect()
        listener.wait_for(" listening ", times=3)
        time.sleep(0.5)
        last = send(samples()[:200])
        assert listener.stop() < 5
    counters = listener.origin().counters
    assert counters["wire.frames"] == first + 7 + last
    assert not counters.get("wire.link_type", 0)


def test_a_writer_that_stands_still_costs_no_frame(tmp_path: Path) -> None:
    with namespace(), listening(tmp_path / "x.db") as listener:
        writer = listener.children()[0]
        os.kill(writer, signal.SIGSTOP)
        frames = samples()
        count = 0
        for _ in range(6):
            count += send(frames)
            time.sleep(0.3)
        os.kill(writer, signal.SIGCONT)
        time.sleep(0.5)
        assert listener.stop() < 5
        counters = listener.origin().counters
    assert counters["wire.frames"] == count
    assert not counters.get("live.kernel_dropped", 0)


def test_it_does_not_start_unfiltered_unless_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "possible", lambda: False)
    with namespace():
        wanted = Listening((TAP,), f"sqlite:///{tmp_path / 'x.db'}", "main", "tap1")
        with pytest.raises(SandboxError, match="--no-sandbox"):
            Supervisor(wanted, Log(json=False)).run()
        assert not (tmp_path / "x.db").exists()
