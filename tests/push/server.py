"""A small HTTP server on loopback for targets made of plain functions, which may be told to misbehave."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Request(NamedTuple):
    method: str
    path: str  # with its query
    headers: Mapping[str, str]
    body: Any  # JSON, or None
    raw: bytes


class Answer(NamedTuple):
    status: int
    body: Any = None  # JSON; bytes as they are
    headers: Mapping[str, str] = {}
    cut: bool = False  # the connection instead of an answer


Target = Callable[[Request], Answer]


class Running:
    """url: where it listens. requests: everything that was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[Request] = []


@contextmanager
def serving(target: Target, tls: ssl.SSLContext | None = None) -> Iterator[Running]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or each answer waits 40 ms for an acknowledgement

        def answer(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = json.loads(raw) if raw.startswith((b"{", b"[")) else None
            request = Request(self.command, self.path, dict(self.headers.items()), body, raw)
            running.requests.append(request)
            found = target(request)
            if found.cut:
                self.close_connection = True
                return
            data = (
                found.body
                if isinstance(found.body, bytes)
                else b""
                if found.body is None
                else json.dumps(found.body).encode()
            )
            self.send_response(found.status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer  # names that http.server looks for

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    running = Running(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
