"""What a live run counts, for Prometheus: text over HTTP, on this machine only.

A process of its own that has no rights: what comes in at the port is the only thing here that somebody else sends. It
answers one request at a time, and hears from the supervisor once a second.
"""

from __future__ import annotations

import ipaddress
import pwd
import selectors
import socket
from collections.abc import Collection, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer

import msgspec
from msgspec import Struct
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from sensor import __version__
from sensor.service.privileges import close_all_but, give_up
from sensor.service.processes import ended, start
from sensor.service.writing import MESSAGE_MAX, Standing

PATIENCE = 2.0  # seconds that a client has for its request
PATH = "/metrics"


class MetricsError(Exception):
    """An address that cannot be served on; the text is one line."""


class Line(Struct, frozen=True):
    """An interface, as the supervisor sees it."""

    name: str
    up: bool
    sent: int  # frames that the machine itself sent there: to stay at zero


class Told(Struct, frozen=True):
    """What the supervisor tells."""

    standing: Standing
    lines: tuple[Line, ...] = ()
    workers: int = 0
    started: int = 0  # workers since the beginning: more than there are, if some failed


class Server(TCPServer):
    """Bound by the supervisor, so that a port that is taken is said at the start; served by its child."""

    allow_reuse_address = True

    def __init__(self, where: str) -> None:
        host, _, port = where.rpartition(":")
        try:
            address = ipaddress.ip_address(host.strip("[]"))
            self.address_family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
            if not address.is_loopback:
                raise MetricsError(f"listen.metrics: {where} can be reached from outside; name one like 127.0.0.1:9464")
            super().__init__((str(address), int(port)), _Answer)
        except (ValueError, OverflowError):
            raise MetricsError(f"listen.metrics: {where!r} is not written like 127.0.0.1:9464") from None
        except OSError as error:
            raise MetricsError(f"listen.metrics: {where} cannot be served on ({error.strerror})") from None
        self.told = Told(Standing())

    def handle_error(self, *_: object) -> None:
        """A client that went away is nothing to speak of."""


class _Answer(BaseHTTPRequestHandler):
    """GET /metrics, and nothing else."""

    timeout = PATIENCE
    server: Server

    def do_GET(self) -> None:
        """The name is http.server's."""
        if self.path.partition("?")[0] != PATH:
            self.send_error(404, f"only {PATH} is here")
            return
        body = text(self.server.told)
        self.send_response(200)
        self.send_header("Content-Type", CONTENT_TYPE_LATEST)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody wants a line for each scrape."""


class Exporter:
    """The supervisor's end of it. Without an address there is none."""

    def __init__(self, where: str, user: pwd.struct_passwd | None) -> None:
        """Raises MetricsError."""
        self._server = Server(where) if where else None
        self._user = user
        self._channel: socket.socket | None = None
        self.process = 0

    def start(self, close: Collection[int]) -> None:
        """Starts the process that serves, if there is to be one. close: descriptors that are not for it."""
        if self._server is None:
            return
        server = self._server
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.process = start(lambda: _serve(server, theirs, self._user), close=[*close, ours.fileno()])
        theirs.close()
        server.server_close()
        self._channel = ours

    def tell(self, told: Told) -> None:
        """What is not heard, or too long, is let go."""
        if self._channel is not None:
            with suppress(OSError):
                self._channel.send(msgspec.msgpack.encode(told), socket.MSG_DONTWAIT)

    def close(self) -> None:
        """The process ends."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
            ended(self.process, wait=True)


def _serve(server: Server, channel: socket.socket, user: pwd.struct_passwd | None) -> None:
    """In a child of the supervisor, until that is gone."""
    close_all_but({2, server.fileno(), channel.fileno()})
    give_up(user)
    with selectors.DefaultSelector() as selector:
        selector.register(channel, selectors.EVENT_READ)
        selector.register(server, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is server:
                    server.handle_request()
                    continue
                said = channel.recv(2 * MESSAGE_MAX)
                if not said:
                    return
                server.told = msgspec.msgpack.decode(said, type=Told)


def text(told: Told) -> bytes:
    """In Prometheus's words."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(told))
    return generate_latest(registry)


class _Collector:
    def __init__(self, told: Told) -> None:
        self._told = told

    def collect(self) -> Iterator[Metric]:
        """All of it. Every counter of every stage is one of `auscult_count_total`, by stage and name."""
        told, standing = self._told, self._told.standing
        yield InfoMetricFamily("auscult", "The program.", value={"version": __version__})
        counts = standing.counters
        yield _counter("frames", "Frames read.", counts.get("wire.frames", 0))
        yield _counter("bytes", "Bytes of them, as they were on the wire.", counts.get("wire.bytes", 0))
        yield _counter("kernel_frames", "Frames that came, those lost included.", counts.get("live.kernel_frames", 0))
        yield _counter("kernel_dropped", "Frames lost in the kernel.", counts.get("live.kernel_dropped", 0))
        yield _counter("rows", "Rows written.", standing.rows)
        yield _counter("batches", "Batches written.", standing.batches)
        yield _counter("workers_started", "Workers started, those that failed included.", told.started)
        yield _gauge("workers", "Workers that run.", told.workers)
        yield _gauge("devices", "Devices in the inventory.", standing.devices)
        yield _gauge("hosts", "Addresses of the site met today.", standing.hosts)
        yield _gauge("spooled_batches", "Batches that wait on disk for the database.", standing.spooled)
        up = GaugeMetricFamily("auscult_interface_up", "Whether an interface is up.", labels=["interface"])
        sent = CounterMetricFamily(
            "auscult_interface_sent", "Frames that the machine sent on it; to stay at zero.", labels=["interface"]
        )
        for line in told.lines:
            up.add_metric([line.name], line.up)
            sent.add_metric([line.name], line.sent)
        yield up
        yield sent
        every = CounterMetricFamily("auscult_count", "Every counter of every stage.", labels=["stage", "name"])
        for name, count in sorted(counts.items()):
            stage, _, rest = name.partition(".")
            every.add_metric([stage, rest], count)
        yield every


def _counter(name: str, says: str, value: int) -> Metric:
    return CounterMetricFamily(f"auscult_{name}", says, value=value)


def _gauge(name: str, says: str, value: int) -> Metric:
    return GaugeMetricFamily(f"auscult_{name}", says, value=value)
