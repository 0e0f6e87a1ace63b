"""What the wanted headers of one HTTP/1.x head say. RFC 9110 sections 7.6.3 (Via), 10.1.5, 10.2.4, 11.6.1."""

from __future__ import annotations

import re
from functools import lru_cache

from parsers import windows_support
from parsers.api import RECEIVER, SENDER, Event, Flag, Said
from parsers.reading import clean
from parsers.scanners import is_scanner

VIA_MAX = 4  # proxies that are named
CHALLENGES_MAX = 4  # of one answer: Negotiate, NTLM, Digest and Basic
REMEMBERED = 2048  # heads whose events are kept ready: a program says the same of itself with every request
SIZE_MAX = 1024  # bytes of such a head
FRAMING = frozenset({b"content-length", b"transfer-encoding", b"content-encoding", b"content-type", b"accept"})

Headers = list[tuple[bytes, bytes]]  # lower-case name, value
_Kept = tuple[tuple[bytes, bytes], ...]

_HOST = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?)\.?(?::[0-9]{1,5})?")
_ADDRESS = re.compile(r"[0-9.]+")
_REALM = re.compile(r'(?:^|[\s,])realm\s*=\s*(?:"((?:[^"\\]|\\.){0,256})"|([^\s",]{1,256}))', re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,20}(?=\s|,|$)")


def request_said(headers: Headers, *, to_proxy: bool) -> tuple[Event, ...]:
    """What a request says of the client, and by Host of the server; of a proxy Host says nothing."""
    kept, known = _kept(headers)
    return _request_remembered(kept, to_proxy) if known else _request(kept, to_proxy)


def answer_said(headers: Headers) -> tuple[Event, ...]:
    """What an answer says of the server."""
    kept, known = _kept(headers)
    return _answer_remembered(kept) if known else _answer(kept)


def _kept(headers: Headers) -> tuple[_Kept, bool]:
    kept = tuple([header for header in headers if header[0] not in FRAMING])
    size = 16 * len(kept)
    for _, value in kept:
        size += len(value)
    return kept, size <= SIZE_MAX


def _texts(headers: _Kept, name: bytes) -> list[str]:
    return [text for header, value in headers if header == name and (text := clean(value))]


def _via(headers: _Kept) -> list[tuple[str, str]]:
    """The proxies that a message passed, without comments."""
    parts = [part for text in _texts(headers, b"via") for part in text.split(",")]
    found = [re.sub(r"\([^()]*\)", "", part).strip() for part in parts]
    return [("http.via", proxy) for proxy in dict.fromkeys(found) if proxy][:VIA_MAX]


def _request(headers: _Kept, to_proxy: bool) -> tuple[Event, ...]:
    out: list[Event] = []
    agents = _texts(headers, b"user-agent")[:1]
    proxies = _via(headers)
    said = [("http.user_agent", agent) for agent in agents] + proxies
    if said:
        out.append(Said(SENDER, tuple(said)))
    for agent in agents if not proxies else ():  # else it is somebody's behind the sender
        out += windows_support.by_agent("http", agent)
        out += (Flag("http.scanner"),) if is_scanner(agent) else ()
    hosts = _texts(headers, b"host")
    found = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 and not to_proxy else None
    if found is not None and not _ADDRESS.fullmatch(found[1]):
        out.append(Said(RECEIVER, (("http.host", found[1].lower()),)))
    return tuple(out)


def _answer(headers: _Kept) -> tuple[Event, ...]:
    said = [("http.server", text) for text in _texts(headers, b"server")[:1]]
    said += [("http.powered_by", text) for text in _texts(headers, b"x-powered-by")[:2]]
    for challenge in _texts(headers, b"www-authenticate")[:CHALLENGES_MAX]:
        if scheme := _SCHEME.match(challenge):
            said.append(("http.auth_scheme", scheme[0]))
        if realm := _REALM.search(challenge):
            text = re.sub(r"\\(.)", r"\1", realm[1] or realm[2] or "").strip()
            said += [("http.realm", text)] if text else []
    said += _via(headers)
    return (Said(SENDER, tuple(dict.fromkeys(said))),) if said else ()


_request_remembered = lru_cache(maxsize=REMEMBERED)(_request)
_answer_remembered = lru_cache(maxsize=REMEMBERED)(_answer)
