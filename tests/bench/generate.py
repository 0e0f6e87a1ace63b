"""Writes a capture of a made-up hospital: the same bytes for the same arguments. Uses the standard library alone.

    python -m tests.bench.generate imaging 200 out.pcap

imaging: what the network before an archive shows, some 6 % of packets worth decoding. ward: monitors and gateways,
some 22 %. storm: small packets of very many short flows.
"""

from __future__ import annotations

import argparse
import heapq
import struct
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import BinaryIO

from tests.bench import content, dicom
from tests.bench.frames import BROADCAST, DELAY_NS, Accidents, Host, Tcp, Timed, datagram, link

START = 1_767_600_000_000_000_000  # 2026-01-05T08:00:00Z
RATE = 20_000  # packets a second
UNSEEN = 0.03  # share of connections that were opened before the capture began
CONTENT = Random(7).randbytes(1 << 20)  # pixels, file content and ciphertext: what is in it nobody looks at
PIXELS = 512 * 512 * 2
MAKER_PREFIXES = ("0009fb", "0080a3", "0090e8", "000c29", "3cd92b", "001b21", "00409d", "00204a")

# Share of packets by kind.
MIXES = {
    "imaging": {
        "image": 0.61,
        "files": 0.13,
        "web": 0.125,
        "observation": 0.045,
        "telemetry": 0.045,
        "page": 0.012,
        "arp": 0.011,
        "lease": 0.006,
        "name": 0.006,
        "announcement": 0.005,
        "advertisement": 0.005,
    },
    "ward": {
        "observation": 0.30,
        "image": 0.30,
        "telemetry": 0.17,
        "web": 0.08,
        "files": 0.07,
        "page": 0.02,
        "arp": 0.015,
        "announcement": 0.015,
        "advertisement": 0.01,
        "lease": 0.01,
        "name": 0.01,
    },
}


class Hospital:
    """The hosts, and one method for each kind of thing that they do, which returns its frames."""

    def __init__(self, seed: int, devices: int) -> None:
        self.random = Random(seed)
        self.worth = 0  # packets that a passive inventory has a reason to look into
        self.devices = [self._device(number) for number in range(devices)]
        self._connections: dict[tuple[str, int], Tcp] = {}
        self._ports = 32768

    def _device(self, number: int) -> Host:
        """Networks of 120 devices. Half are tagged, one in twenty doubly; one device in twenty-five speaks IPv6."""
        network, place = divmod(number, 120)
        tags = b""
        if network % 20 == 3:
            tags = b"\x88\xa8" + (2000 + network).to_bytes(2) + b"\x81\x00" + (network % 90 + 10).to_bytes(2)
        elif network % 2:
            tags = b"\x81\x00" + (network % 900 + 10).to_bytes(2)
        mac = bytes.fromhex(MAKER_PREFIXES[number % len(MAKER_PREFIXES)]) + number.to_bytes(3)
        address = bytes((10, 20 + (network >> 8), network & 255, place + 20))
        if number % 25 == 24:
            address = bytes.fromhex("fd00") + bytes(4) + network.to_bytes(2) + bytes(6) + (place + 20).to_bytes(2)
        unix = number % 3 != 0
        return Host(mac, address, tags, 64 if unix else 128, unix, f"device{number:05}", number)

    def _server(self, device: Host, number: int) -> Host:
        """A server as seen in the device's network: behind its router."""
        network = device.number // 120
        address = bytes((10, 1, 0, number))
        if len(device.ip) == 16:
            address = bytes.fromhex("fd00") + bytes(12) + bytes((1, number))
        return Host(b"\x02\x00\x5e\0" + network.to_bytes(2), address, device.tags, 63, True, f"server{number}", number)

    def _pick(self, kinds: range, remainder: int) -> Host:
        """A device whose number leaves this remainder: so each device has its few things that it does."""
        return self.devices[(self.random.randrange(len(self.devices) // len(kinds)) * len(kinds) + remainder)]

    def _connection(self, device: Host, port: int, server: int, time: int) -> Tcp:
        """The device's connection to a port, a new one if there is none; idle at `time`."""
        kept = self._connections.get((device.name, port))
        if kept is None or not kept.open:
            self._ports = self._ports + 1 if self._ports < 60999 else 32768
            seen = self.random.random() >= UNSEEN
            ends = device, self._server(device, server)
            kept = Tcp(*ends, (self._ports, port), self.random, Accidents(), seen=seen)
            self._connections[device.name, port] = kept
        return kept

    def _send(self, tcp: Tcp, out: Timed, time: int, side: int, data: bytes, head: int | None = None) -> int:
        """Sends, and counts the segments that begin in the first `head` bytes as worth decoding (None: all)."""
        self.worth += -(-min(len(data), len(data) if head is None else head) // 1448)
        time, frames = tcp.send(time, side, data)
        out += frames
        return time

    def image(self, time: int) -> Timed:
        """One image of a study, twenty to an association; half of the archives choose implicit value representation."""
        device = self._pick(range(80), 0)
        scanner = device.number // 80
        tcp = self._connection(device, (104, 11112)[scanner % 2], 10 + scanner % 3, time)
        time = max(time, tcp.busy)
        out: Timed = []
        explicit = bool(scanner % 2)
        abstract = dicom.CT if scanner // 2 % 2 else dicom.MR
        if not tcp.open:
            out += tcp.handshake(time)
            time += 2 * DELAY_NS
            for side in (0, 1):
                said = dicom.association(
                    f"SCANNER{device.number}", "ARCHIVE", accept=bool(side), explicit=explicit, version="BENCH_1_4"
                )
                if tcp.seen:
                    time = self._send(tcp, out, time, side, said)
                else:
                    tcp.send(time, side, said)
        tcp.state += 1
        instance = f"1.2.826.0.1.3680043.9.7777.{device.number}.1.{tcp.state}"
        context = 1 if abstract == dicom.CT else 3
        pixels = CONTENT[: PIXELS if abstract == dicom.CT else PIXELS // 4]
        body = dicom.data_set(device.number, abstract, instance, pixels, explicit=explicit)
        asked = dicom.p_data(context, dicom.store_request(abstract, instance, tcp.state), command=True)
        head = len(asked) + len(body) - len(pixels)
        time = self._send(tcp, out, time, 0, asked + dicom.p_data(context, body, command=False), head)
        answer = dicom.p_data(context, dicom.store_response(abstract, instance, tcp.state), command=True)
        time = self._send(tcp, out, time + 3_000_000, 1, answer)
        if tcp.state == 20:
            for side in (0, 1):
                time = self._send(tcp, out, time, side, dicom.RELEASE[side])
            out += tcp.close(time)
        tcp.busy = time + 4 * DELAY_NS
        return out

    def observation(self, time: int) -> Timed:
        """One message of a monitor and its answer, on a connection that stays."""
        device = self._pick(range(2), 1)
        tcp = self._connection(device, 2575, 20 + device.number % 4, time)
        time = max(time, tcp.busy)
        out = tcp.handshake(time) if not tcp.open else []
        time += 2 * DELAY_NS if out else 0
        tcp.state += 1
        time = self._send(tcp, out, time, 0, content.observation(device.number, tcp.state, self.random))
        time = self._send(tcp, out, time + 800_000, 1, content.acknowledgement(device.number, tcp.state))
        tcp.busy = time
        return out

    def web(self, time: int) -> Timed:
        """A TLS session, closed after it: a hello, a reply, much data."""
        device, random = self._pick(range(1), 0), self.random
        server = device.number % 40
        name, modern = f"app{server}.example", bool(server % 2)
        tcp = self._connection(device, 443, 100 + server, time)
        time = max(time, tcp.busy)
        out = tcp.handshake(time)
        time += 2 * DELAY_NS
        said = (
            (0, content.client_hello(name, random, modern=modern)),
            (1, content.server_flight(name, random, modern=modern)),
            (0, content.client_finish(random, modern=modern)),
            (1, content.server_finish(random, modern=modern)),
        )
        for side, data in said:
            if tcp.seen:
                time = self._send(tcp, out, time, side, data)
            else:
                tcp.send(time, side, data)
        size = random.randrange(1, 24) * 16384
        sent = content.record(23, CONTENT[:500])
        got = b"".join(content.record(23, CONTENT[at : at + 16384]) for at in range(0, size, 16384))
        for side, data in ((0, sent), (1, got)) if device.number % 4 else ((0, got), (1, sent)):
            time = self._send(tcp, out, time, side, data, 0)
        out += tcp.close(time)
        tcp.busy = time + 4 * DELAY_NS
        return out

    def files(self, time: int) -> Timed:
        """Reads of 64 KiB from a file server."""
        device = self._pick(range(4), 3)
        tcp = self._connection(device, 445, 30 + device.number % 3, time)
        time = max(time, tcp.busy)
        out = tcp.handshake(time) if not tcp.open else []
        if out:
            for side in (0, 1):
                time = self._send(tcp, out, time + 2 * DELAY_NS, side, content.smb_negotiate(reply=bool(side)), 0)
        for _ in range(8):
            tcp.state += 1
            time = self._send(tcp, out, time, 0, content.smb_read(tcp.state, None), 0)
            time = self._send(tcp, out, time, 1, content.smb_read(tcp.state, CONTENT[:65536]), 0)
        tcp.busy = time
        return out

    def page(self, time: int) -> Timed:
        device = self._pick(range(1), 0)
        tcp = self._connection(device, 80, 50 + device.number % 9, time)
        time = max(time, tcp.busy)
        out = tcp.handshake(time)
        asked, got = content.http(device.number, self.random.randrange(200, 4000))
        time = self._send(tcp, out, time + 2 * DELAY_NS, 0, asked)
        time = self._send(tcp, out, time + 2_000_000, 1, got, 1)
        out += tcp.close(time)
        tcp.busy = time + 4 * DELAY_NS
        return out

    def telemetry(self, time: int) -> Timed:
        """Readings in small datagrams of nobody's protocol."""
        device = self._pick(range(2), 1)
        server = self._server(device, 40)
        out: Timed = []
        for number in range(8):
            payload = struct.pack(">HHQ", 0x5A00, number, time) + CONTENT[number * 64 :][: 40 + device.number % 200]
            ports = 30000 + device.number % 8000, 20101
            out.append((time + number * 4_000_000, datagram(device, server.mac, server.ip, ports, payload)))
        return out

    def arp(self, time: int) -> Timed:
        """A device and its router ask for each other."""
        device = self._v4(self._pick(range(1), 0))
        router = self._server(device, 1)
        address = device.ip[:3] + b"\x01"
        self.worth += 2
        ask = content.arp(1, device.mac, device.ip, bytes(6), address)
        answer = content.arp(2, router.mac, address, device.mac, device.ip)
        return [
            (time, link(device, BROADCAST, 0x0806, ask)),
            (time + DELAY_NS, link(router._replace(tags=device.tags), device.mac, 0x0806, answer)),
        ]

    def lease(self, time: int) -> Timed:
        device = self._v4(self._pick(range(1), 0))
        router = self._server(device, 1)._replace(ip=device.ip[:3] + b"\x01")
        transaction = self.random.getrandbits(32)
        self.worth += 4
        out: Timed = []
        for number, step in enumerate((1, 2, 3, 5)):
            payload = content.dhcp(step, device.mac, device.ip, transaction, device.name, device.number)
            if step in (2, 5):
                frame = datagram(router, device.mac, device.ip, (67, 68), payload)
            else:
                frame = datagram(device._replace(ip=bytes(4)), BROADCAST, b"\xff" * 4, (68, 67), payload)
            out.append((time + number * 3_000_000, frame))
        return out

    def name(self, time: int) -> Timed:
        device = self._pick(range(1), 0)
        server = self._server(device, 2)
        ports = self.random.randrange(32768, 61000), 53
        asked = self.random.randrange(40)
        transaction = self.random.getrandbits(16)
        self.worth += 2
        question = content.dns(transaction, f"app{asked}.example", None)
        answer = content.dns(transaction, f"app{asked}.example", bytes((10, 1, 0, 100 + asked)))
        return [
            (time, datagram(device, server.mac, server.ip, ports, question)),
            (time + 900_000, datagram(server, device.mac, device.ip, (53, ports[0]), answer)),
        ]

    def announcement(self, time: int) -> Timed:
        device = self._v4(self._pick(range(4), 2))
        self.worth += 1
        payload = content.mdns(device.name, device.number, device.ip)
        frame = datagram(device._replace(ttl=255), b"\x01\0\x5e\0\0\xfb", b"\xe0\0\0\xfb", (5353, 5353), payload)
        return [(time, frame)]

    def advertisement(self, time: int) -> Timed:
        device = self._v4(self._pick(range(4), 1))
        self.worth += 1
        ports = 40000 + device.number % 9000, 1900
        payload = content.ssdp(device.number)
        return [(time, datagram(device, b"\x01\0\x5e\x7f\xff\xfa", b"\xef\xff\xff\xfa", ports, payload))]

    def _v4(self, device: Host) -> Host:
        return device if len(device.ip) == 4 else self.devices[device.number - 1]


class Output:
    """A pcap file (draft-ietf-opsawg-pcap), written in large pieces."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.packets = 0
        self.size = 24
        self._file = file
        self._limit = size
        self._pieces = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)]
        self._held = 0

    @property
    def full(self) -> bool:
        return self.size >= self._limit

    def put(self, time: int, frame: bytes) -> None:
        seconds, rest = divmod(time, 1_000_000_000)
        self._pieces += (struct.pack("<IIII", seconds, rest // 1000, len(frame), len(frame)), frame)
        self.packets += 1
        self.size += 16 + len(frame)
        self._held += 1
        if self._held == 1 << 12:
            self.flush()

    def flush(self) -> None:
        self._file.write(b"".join(self._pieces))
        self._pieces.clear()
        self._held = 0


def hospital(mix: dict[str, float], output: Output, seed: int, devices: int) -> float:
    """Whatever kind is most behind its share goes next. Returns the share of packets worth decoding."""
    people = Hospital(seed, devices)
    kinds: dict[str, Callable[[int], Timed]] = {kind: getattr(people, kind) for kind in mix}
    done = dict.fromkeys(mix, 0)
    total = 0
    pending: list[tuple[int, int, bytes]] = []
    order = 0
    now = START
    while not output.full:
        kind = min(kinds, key=lambda kind: done[kind] / mix[kind])
        frames = kinds[kind](now)
        done[kind] += len(frames)
        total += len(frames)
        for time, frame in frames:
            heapq.heappush(pending, (time, order, frame))
            order += 1
        now += int(len(frames) * 1e9 / RATE * people.random.uniform(0.5, 1.5))
        while pending and pending[0][0] < now and not output.full:
            time, _, frame = heapq.heappop(pending)
            output.put(time, frame)
    return people.worth / total


def storm(output: Output, seed: int, devices: int) -> float:
    """Questions without an answer, single datagrams, refused connections: each a flow of its own."""
    people = Hospital(seed, devices)
    random = people.random
    worth, now = 0, START
    while not output.full:
        device = people._v4(people._pick(range(1), 0))
        server = people._server(device, random.randrange(1, 250))
        ports = random.randrange(1024, 65536), random.randrange(1, 65536)
        now += 4000
        kind = random.random()
        if kind < 0.45:
            tcp = Tcp(device, server, ports, random, Accidents(), seen=True)
            output.put(*tcp.handshake(now)[0])
        elif kind < 0.9:
            output.put(now, datagram(device, server.mac, server.ip, ports, CONTENT[: random.randrange(1, 60)]))
        else:
            worth += 2
            for time, frame in people.name(now):
                output.put(time, frame)
    return worth / output.packets


def generate(mix: str, megabytes: int, path: Path, *, seed: int = 1, devices: int = 4800) -> dict[str, float]:
    """Writes the capture; what it holds."""
    unfinished = path.with_name(path.name + ".part")
    with unfinished.open("wb") as file:
        output = Output(file, megabytes * 1_000_000)
        share = storm(output, seed, devices) if mix == "storm" else hospital(MIXES[mix], output, seed, devices)
        output.flush()
    unfinished.replace(path)
    return {"packets": output.packets, "bytes": output.size, "worth": share}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("mix", choices=[*MIXES, "storm"])
    arguments.add_argument("megabytes", type=int)
    arguments.add_argument("path", type=Path)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--devices", type=int, default=4800)
    given = arguments.parse_args()
    print(generate(given.mix, given.megabytes, given.path, seed=given.seed, devices=given.devices))


if __name__ == "__main__":
    main()
