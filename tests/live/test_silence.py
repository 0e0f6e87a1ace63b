"""A minute under load, on two ports: the peers see nothing. One has no address and no way for the machine to speak; the
other has an address, is asked what a host answers, and is set up by systemd-networkd from the shipped files."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bench.frames import Host, checksum, datagram, ip, link
from tests.live.wire import FEED, MAY, ROOT, TAP, WHY, Listener, command, listening, namespace, received, transmitted

NETWORKD = Path("/lib/systemd/systemd-networkd")
SERVICE = ROOT / "deploy" / "service"
PORT, PEER = "eth1", "feed1"  # the first as the shipped files name it
ADDRESS = bytes((10, 99, 0, 1))
SECONDS = 60
RATE = 2000  # frames a second into each port

pytestmark = [
    pytest.mark.skipif(not MAY, reason=WHY),
    pytest.mark.skipif(not NETWORKD.exists() or not shutil.which("unshare"), reason="needs systemd-networkd, unshare"),
]


@contextmanager
def networkd() -> Iterator[None]:
    """Manages the interfaces of this network namespace by the shipped file, with a /run of its own. A /sys that cannot
    be written tells it that it need not wait for udev."""
    command("sysctl", "-q", "-p", str(SERVICE / "auscult-mirror.sysctl"))
    steps = (
        "mount -t tmpfs none /run",
        "mkdir -p /run/systemd/network /run/systemd/netif/links",
        f"cp {SERVICE / '10-auscult-mirror.network'} /run/systemd/network/",
        "mount -t sysfs -o ro none /sys",
        f"exec {NETWORKD}",
    )
    words = ["unshare", "--mount", "--propagation", "private", "sh", "-c", " && ".join(steps)]
    daemon = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 10
        while not is_set_up():
            assert daemon.poll() is None
            assert time.monotonic() < end
            time.sleep(0.05)
        yield
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(timeout=10)


def second_wire() -> None:
    command("ip", "link", "add", "name", PEER, "mtu", "9000", "type", "veth", "peer", "name", PORT, "mtu", "9000")
    command("sysctl", "-qw", f"net.ipv6.conf.{PEER}.disable_ipv6=1")
    command("ip", "link", "set", "dev", PEER, "arp", "off", "up")


def is_set_up() -> bool:
    shown = subprocess.run(["ip", "-o", "link", "show", "dev", PORT], check=True, capture_output=True, text=True).stdout
    flags = set(re.findall(r"<(.*?)>", shown)[0].split(","))
    return {"UP", "LOWER_UP", "NOARP"} <= flags and "MULTICAST" not in flags and " qdisc pfifo " in shown


def questions() -> list[bytes]:
    """What a host with that address answers: an echo request (RFC 792), the opening of a connection to a port where
    nobody listens (RFC 9293, 3.10.7.1), a datagram to such a port (RFC 1122, 3.2.2.1), and who has the address."""
    shown = subprocess.run(["ip", "-o", "link", "show", "dev", PORT], check=True, capture_output=True, text=True).stdout
    found = re.search(r"link/ether (\S+)", shown)
    assert found is not None
    mac = bytes.fromhex(found[1].replace(":", ""))
    asker = Host(bytes.fromhex("020000000099"), bytes((10, 99, 0, 2)), b"", 64, stamps=True, name="asker", number=1)
    echo = bytes.fromhex("0800 0000 0001 0001") + bytes(32)
    echo = echo[:2] + checksum(echo).to_bytes(2) + echo[4:]
    opening = bytes.fromhex("03e9 0050 00000001 00000000 5002 ffff 0000 0000")
    pseudo = asker.ip + ADDRESS + (6).to_bytes(2) + len(opening).to_bytes(2)
    opening = opening[:16] + checksum(pseudo + opening).to_bytes(2) + opening[18:]
    who_has = bytes.fromhex("0001 0800 06 04 0001") + asker.mac + asker.ip + bytes(6) + ADDRESS
    return [
        link(asker, mac, 0x0800, ip(asker, ADDRESS, 1, echo)),
        link(asker, mac, 0x0800, ip(asker, ADDRESS, 6, opening)),
        datagram(asker, mac, ADDRESS, (1000, 9), b"anybody there?"),
        link(asker, b"\xff" * 6, 0x0806, who_has),
    ]


def ask(frames: list[bytes], times: int, pause: float = 0.0) -> None:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as asker:
        asker.bind((PEER, 0))
        for _ in range(times):
            for frame in frames:
                asker.send(frame)
            time.sleep(pause)


def feeding(name: str) -> subprocess.Popen[bytes]:
    capture = str(ROOT / "pcaps" / "mini-hospital.pcap")
    words = [sys.executable, "-m", "tests.live.feed", capture, name, str(RATE), str(SECONDS)]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL)


def test_the_questions_are_answered_where_nothing_is_set_up() -> None:
    """So that the test below cannot pass because they were wrong."""
    with namespace():
        second_wire()
        command("sysctl", "-qw", f"net.ipv6.conf.{PORT}.disable_ipv6=1")
        command("ip", "addr", "add", "10.99.0.1/24", "dev", PORT)
        command("ip", "neigh", "add", "10.99.0.2", "lladdr", "02:00:00:00:00:99", "dev", PORT)
        command("ip", "link", "set", "dev", PORT, "up")
        for frame in questions():
            before = received(PEER)
            ask([frame], 1)
            time.sleep(0.05)
            assert received(PEER) == before + 1


def test_a_minute_under_load(tmp_path: Path) -> None:
    with namespace():
        second_wire()
        with networkd():
            command("ip", "addr", "add", "10.99.0.1/24", "dev", PORT)
            asked = questions()
            refused = Listener(tmp_path / "refused.db", interfaces=(PORT,))
            assert refused.process.wait(timeout=10) == 3
            assert "has the address 10.99.0.1" in refused.said()
            with (
                listening(tmp_path / "tap.db", interval=5) as mute,
                listening(tmp_path / "port.db", "--with-address", interfaces=(PORT,), interval=5) as addressed,
            ):
                feeders = [feeding(FEED), feeding(PEER)]
                asking = threading.Thread(target=ask, args=(asked, SECONDS, 1.0))
                asking.start()
                for feeder in feeders:
                    assert feeder.wait(timeout=2 * SECONDS) == 0
                asking.join()
                assert mute.stop() < 5
                assert addressed.stop() < 5
        assert received(PEER) == received(FEED) == 0
        assert transmitted(PORT) == transmitted(TAP) == 0
    for listener, count in ((mute, SECONDS * RATE), (addressed, SECONDS * (RATE + len(asked)))):
        counters = listener.origin().counters
        assert counters["wire.frames"] + counters.get("live.kernel_dropped", 0) == count
