"""How a push of very many devices behaves: requests, how large they are, and what memory it takes.

python -m tests.push.many 10000: the server of the tests in a process of its own, so that its memory is not counted.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from multiprocessing.connection import Connection

import msgspec
from msgspec import Struct

from sensor.config import Netbox as Section
from sensor.config import Secret, Settings
from sensor.push import client
from sensor.push.run import Wanted, run
from sensor.push.services import Service
from tests.push.conftest import KINDS, Memory, device
from tests.push.netbox import TOKEN, Netbox
from tests.push.server import Answer, Request, serving


class Figures(Struct):
    """grown: MiB that the process was larger at its largest than after the first tenth of the devices. largest: bytes
    of a request. again: requests of a second push, that changed nothing."""

    devices: int
    outcome: dict[str, int]
    requests: int
    largest: int
    again: int
    grown: float
    cpu: float


def many(count: int) -> Figures:
    """Pushes so many devices to a NetBox, twice."""
    devices = [device(n, serial=f"S{n}", manufacturer="Philips", model=f"M{n % 40}") for n in range(count)]
    offered = {one.id: (Service("tcp", 80, "HTTP"), Service("tcp", 104, "DICOM")) for one in devices}
    wanted = Wanted(site="CHU Nord", devices=devices, findings=(), kinds=KINDS.get, services=offered)
    memory, sizes = Memory(), [0]
    here, child = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(child,), daemon=True)
    server.start()
    try:
        settings = Settings(netbox=Section(url=here.recv(), token=Secret(TOKEN), rate=1000.0))
        begin = time.process_time()
        outcome = run("netbox", wanted, settings, memory, lambda *_: sizes.append(_memory()))
        cpu = time.process_time() - begin
        here.send(None)
        requests, largest = here.recv()
        again = run("netbox", wanted, settings, memory, lambda *_: None)
        if again.counts != {"created": 0, "updated": 0, "unchanged": count}:
            raise SystemExit(f"the second push is not idle: {again.counts}")
        here.send(None)
        total, _ = here.recv()
    finally:
        server.terminate()
        server.join(5)
    grown = (sizes[-1] - sizes[max(1, len(sizes) // 10)]) / 1024
    return Figures(count, outcome.counts, requests, largest, total - requests, grown, cpu)


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _serve(parent: Connection) -> None:
    netbox, seen = Netbox(), [0, 0]

    def counted(request: Request) -> Answer:
        seen[0] += 1
        seen[1] = max(seen[1], len(request.raw))
        there.requests.clear()
        return netbox(request)

    with serving(counted) as there:
        parent.send(there.url)
        while True:
            parent.recv()
            parent.send(tuple(seen))


if __name__ == "__main__":
    client.PAUSE_S = 0.001
    found = many(int(sys.argv[1]))
    print(msgspec.json.format(msgspec.json.encode(found)).decode())
