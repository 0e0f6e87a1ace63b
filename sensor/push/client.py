"""HTTP to a target: verified TLS, no redirects, few and patient requests, and errors without secrets.

A request that may have been carried out is never sent twice by itself: who creates something asks first whether it is
there.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import msgspec
import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProxyError, SSLError

from sensor import __version__
from sensor.names import shown
from sensor.push.error import PushError, RefusedError

CONNECT_S, READ_S = 10.0, 60.0
TRIES = 6  # of a request that was not carried out
PAUSE_S, PAUSE_MAX_S = 1.0, 60.0  # doubled after each try; a target may ask for another one
BUSY = frozenset({429, 502, 503, 504})
ANSWER_MAX = 64 << 20  # bytes of one answer: a thousand devices of a page
SAID_MAX = 300  # characters of what a target says that are shown
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Client:
    """Talks to one base URL. rate: requests a second at most. sleep and clock are given by tests."""

    def __init__(
        self,
        base: str,
        headers: Mapping[str, str],
        *,
        ca_file: str = "",
        proxy: str = "",
        rate: float = 20.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        parts = _server(base)
        if parts.username or parts.password:
            raise PushError("the URL must not hold a password; there is a setting for it")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise PushError(f"{parts.hostname}: secrets and inventory only go over https; correct the URL")
        self.base = base.rstrip("/") + "/"
        self.host = parts.netloc
        self._headers = {"User-Agent": f"auscult/{__version__}", "Accept": "application/json", **headers}
        self._interval = 1.0 / rate
        self._next = 0.0
        self._sleep, self._clock = sleep, clock
        try:
            context = ssl.create_default_context(cafile=ca_file or None)
        except OSError as error:
            raise PushError(f"{ca_file}: {error.strerror or 'no certificates in it'}") from None
        options: dict[str, Any] = {
            "ssl_context": context,
            "timeout": urllib3.Timeout(CONNECT_S, READ_S),
            "retries": False,
        }
        if proxy:
            via = _server(proxy)
            if via.username:
                user, password = unquote(via.username), unquote(via.password or "")
                options["proxy_headers"] = urllib3.make_headers(proxy_basic_auth=f"{user}:{password}")
            place = f"{via.scheme}://{via.netloc.rpartition('@')[2]}"
            self._pool: urllib3.PoolManager = urllib3.ProxyManager(place, **options)
        else:
            self._pool = urllib3.PoolManager(**options)

    def ask(self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None) -> Any:
        """One request; gives the answer's JSON, or None where it has no body. Raises PushError, RefusedError."""
        url = self._within(path)
        data = msgspec.json.encode(body) if body is not None and not isinstance(body, bytes) else body
        sent = self._headers | ({"Content-Type": "application/json"} if data is not None else {}) | dict(headers or {})
        pause = PAUSE_S
        for attempt in range(1, TRIES + 1):
            self._wait()
            try:
                answer = self._pool.request(method, url, body=data, headers=sent, redirect=False, preload_content=False)
                status, said, asked = self._read(answer)
            except SSLError as error:
                raise PushError(f"{self.host}: its certificate is not accepted: {_certificate(error)}") from None
            except ProxyError as error:
                raise PushError(f"{self.host} cannot be reached through the proxy: {_proxied(error)}") from None
            except (NewConnectionError, ConnectTimeoutError) as error:
                if attempt == TRIES:
                    raise PushError(f"{self.host} cannot be reached: {_reason(error)}") from None
                asked = 0.0
            except HTTPError as error:
                if method != "GET" or attempt == TRIES:
                    raise PushError(f"{self.host} cut the connection ({_reason(error)}); push again to go on") from None
                asked = 0.0
            else:
                if status not in BUSY:
                    return self._taken(status, said, answer.headers.get("Location", ""))
                if attempt == TRIES:
                    raise PushError(f"{self.host} is busy ({status}); push again later to go on")
            self._sleep(min(asked or pause, PAUSE_MAX_S))
            pause *= 2
        raise AssertionError("every way out of the loop is in it")

    def close(self) -> None:
        """Ends its connections."""
        self._pool.clear()

    def _within(self, path: str) -> str:
        """The path as a URL of this host; a target may name one itself, as its next page."""
        try:
            url = urljoin(self.base, path)
            if urlsplit(url)[:2] == urlsplit(self.base)[:2]:
                return url
        except ValueError:
            raise PushError(f"{self.host} names something that is no URL for its next page") from None
        raise PushError(f"{self.host} names another host for its next page: {_host(url)}")

    def _wait(self) -> None:
        now = self._clock()
        if now < self._next:
            self._sleep(self._next - now)
        self._next = max(now, self._next) + self._interval

    def _read(self, answer: urllib3.BaseHTTPResponse) -> tuple[int, bytes, float]:
        said = answer.read(ANSWER_MAX + 1)
        answer.release_conn()
        if len(said) > ANSWER_MAX:
            raise PushError(f"{self.host} answers with more than {ANSWER_MAX >> 20} MiB")
        after = answer.headers.get("Retry-After", "")
        return answer.status, said, float(after) if after.isascii() and after.isdigit() else 0.0

    def _taken(self, status: int, said: bytes, location: str) -> Any:
        if 300 <= status < 400:
            other = _host(location) or "another path"
            raise PushError(f"{self.host} sends us on to {other}; correct the URL of the settings")
        if status in (401, 403):
            raise PushError(f"{self.host} does not accept our credentials ({status}); check token or password")
        if status == 404:
            raise PushError(f"{self.host} has no such interface (404); check the URL and the version of the target")
        if status >= 500:
            raise PushError(f"{self.host} has an error of its own ({status}); see its log")
        if status >= 400:
            raise RefusedError(f"{self.host} refuses ({status}): {_words(said)}")
        if not said.strip():
            return None
        try:
            return msgspec.json.decode(said)
        except msgspec.DecodeError:
            raise PushError(f"{self.host} answers with something that is no JSON; check the URL") from None


def _server(url: str) -> SplitResult:
    """The URL of a server, taken apart. It may hold a password, so that it is not shown."""
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port):
            return parts
    except ValueError:
        pass
    what = "the URL" if "@" in url else repr(shown(url))
    raise PushError(f"{what} is no URL of a server; write it like https://inventory.example")


def _host(url: str) -> str:
    try:
        return shown(urlsplit(url).netloc)[:SAID_MAX]
    except ValueError:
        return "something that is no URL"


def _words(said: bytes) -> str:
    return shown(" ".join(said.decode("utf-8", "replace").split()))[:SAID_MAX] or "without a word"


def _reason(error: HTTPError) -> str:
    cause = error.__cause__ or error.__context__
    return cause.strerror if isinstance(cause, OSError) and cause.strerror else type(error).__name__


def _proxied(error: ProxyError) -> str:
    cause = error.original_error
    if isinstance(cause, HTTPError):
        return _reason(cause)
    return shown(str(cause))[:SAID_MAX]  # "Tunnel connection failed: 407 Proxy Authentication Required"


def _certificate(error: SSLError) -> str:
    cause = error.args[0] if error.args else error
    return cause.verify_message if isinstance(cause, ssl.SSLCertVerificationError) else type(cause).__name__
