"""What every target over HTTP has in common: certificates, redirects, proxies, and nonsense."""

from __future__ import annotations

import base64
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sensor.push.client import Client
from sensor.push.error import PushError, RefusedError
from tests.push.certificates import server_context
from tests.push.server import Answer, serving

HEADERS = {"Authorization": "Token zqsecret"}


def ask(url: str, *, proxy: str = "", ca_file: str = "") -> object:
    return Client(url, HEADERS, rate=1000.0, proxy=proxy, ca_file=ca_file).ask("GET", "x")


def test_a_private_authority(tmp_path: Path) -> None:
    context, certificate = server_context(tmp_path)
    with serving(lambda _: Answer(200, {"ok": 1}), context) as there:
        assert ask(there.url, ca_file=str(certificate)) == {"ok": 1}
        with pytest.raises(PushError, match="its certificate is not accepted: self-signed certificate"):
            ask(there.url)
        assert len(there.requests) == 1


def test_a_certificate_of_another_host(tmp_path: Path) -> None:
    context, certificate = server_context(tmp_path, "elsewhere.example")
    with serving(lambda _: Answer(200, {}), context) as there:
        with pytest.raises(PushError, match="its certificate is not accepted: IP address mismatch") as error:
            ask(there.url, ca_file=str(certificate))
        assert there.requests == []
    assert "zqsecret" not in str(error.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nothing_follows_a_redirect(status: int) -> None:
    with serving(lambda _: Answer(200, {})) as other:
        location = {"Location": f"{other.url}/taken"}
        with (
            serving(lambda _: Answer(status, b"", location)) as there,
            pytest.raises(PushError, match="sends us on to"),
        ):
            ask(there.url)
        assert other.requests == []


@pytest.mark.parametrize("location", ["http://[", "//", "", "http://\x1b[31m/"])
def test_a_redirect_to_nonsense(location: str) -> None:
    answer = Answer(302, b"", {"Location": location})
    with serving(lambda _: answer) as there, pytest.raises(PushError, match="sends us on to") as error:
        ask(there.url)
    assert "\x1b" not in str(error.value)


@pytest.mark.parametrize("path", ["http://[/", "http://elsewhere.example/", "//elsewhere.example/", "ftp://127.0.0.1/"])
def test_a_next_page_elsewhere_is_not_asked_for(path: str) -> None:
    with pytest.raises(PushError, match="for its next page"):
        Client("http://127.0.0.1:1", HEADERS).ask("GET", path)


@pytest.mark.parametrize("after", ["²", "-1", "soon", "1e9"])
def test_a_strange_pause_is_not_kept(after: str) -> None:
    answers = iter([Answer(503, b"", {"Retry-After": after}), Answer(200, {})])
    with serving(lambda _: next(answers)) as there:
        assert ask(there.url) == {}


def test_a_pause_that_is_asked_for_is_kept_but_not_for_ever() -> None:
    slept: list[float] = []
    answers = iter([Answer(429, b"", {"Retry-After": after}) for after in ("7", "86400")] + [Answer(200, {})])
    with serving(lambda _: next(answers)) as there:
        assert Client(there.url, HEADERS, rate=1000.0, sleep=slept.append).ask("GET", "x") == {}
    assert [each for each in slept if each > 0.5] == [7.0, 60.0]


def test_no_faster_than_told() -> None:
    slept: list[float] = []
    with serving(lambda _: Answer(200, {})) as there:
        patient = Client(there.url, HEADERS, rate=4.0, sleep=slept.append, clock=lambda: 0.0)
        for _ in range(5):
            patient.ask("GET", "x")
    assert slept == [0.25, 0.5, 0.75, 1.0]


def test_what_a_target_says_is_harmless() -> None:
    answer = Answer(400, b"no\x1b[2J\nnot \xe2\x80\xae this" + b"x" * 10_000)
    with serving(lambda _: answer) as there, pytest.raises(RefusedError) as error:
        ask(there.url)
    assert len(str(error.value)) < 400
    assert all(each.isprintable() for each in str(error.value))


def test_through_a_proxy_that_wants_a_password() -> None:
    with serving(lambda _: Answer(200, {"ok": 1})) as proxy:
        assert ask("http://localhost:9", proxy=proxy.url.replace("//", "//us%65r:zqsec%3Aret@")) == {"ok": 1}
    (request,) = proxy.requests
    assert request.path == "http://localhost:9/x"
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert headers["proxy-authorization"] == "Basic " + base64.b64encode(b"user:zqsec:ret").decode()


class Refusing(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.rfile.readline()
        self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")


@pytest.fixture
def refusing() -> Iterator[str]:
    with socketserver.TCPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_proxy_that_says_no(refusing: str) -> None:
    with pytest.raises(PushError, match=r"netbox.example cannot be reached through the proxy: .*407") as error:
        ask("https://netbox.example", proxy=f"http://user:zqsecret@{refusing}")
    assert "zqsecret" not in str(error.value)


def test_no_proxy_there() -> None:
    with pytest.raises(PushError, match="cannot be reached through the proxy: Connection refused"):
        ask("https://netbox.example", proxy="http://127.0.0.1:1")


@pytest.mark.parametrize(
    "url", ["user:zqsecret@host", "https://:443", "http://[", "https://host:port", "ftp://host", ""]
)
def test_what_is_no_url(url: str) -> None:
    for words in ({"url": url}, {"url": "https://netbox.example", "proxy": url or "no"}):
        with pytest.raises(PushError, match="is no URL of a server") as error:
            ask(**words)
        assert "zqsecret" not in str(error.value)
