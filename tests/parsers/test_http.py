"""HTTP/1.x: what is said of whom, framing by RFC 9112, and what must not be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.http import SPEC, probe
from tests.parsers.harness import Segment, cut, said

SENDER, RECEIVER = ("sender", "", ()), ("receiver", "", ())


def text(*lines: str, body: bytes = b"") -> bytes:
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode() + body


def request(*headers: str, target: str = "/", method: str = "GET", body: bytes = b"") -> bytes:
    return text(f"{method} {target} HTTP/1.1", *headers, body=body)


def answer(*headers: str, status: str = "200 OK", body: bytes | None = b"") -> bytes:
    lengths = [] if body is None else [f"Content-Length: {len(body)}"]
    return text(f"HTTP/1.1 {status}", *lengths, *headers, body=body or b"")


CONNECT = request("Host: x.example:443", method="CONNECT", target="x.example:443")


def talk(client: bytes, server: bytes = b"", obey: str = "never") -> list[tuple[object, ...]]:
    return said(SPEC, [(0, 0, client), (1, 0, server)], obey)


def values(events: list[tuple[object, ...]], observable: str) -> list[str]:
    return [value for e in events if e[0] == "said" for name, value in e[2] if name == observable]


def odd(events: list[tuple[object, ...]]) -> list[object]:
    return [e[1] for e in events if e[0] == "odd"]


SECRETS = (
    "Cookie: session=ZQCANARY",
    "Referer: http://x.example/patient/ZQCANARY",
    "Authorization: Basic WlFDQU5BUlk6WlFDQU5BUlk=",
    "Proxy-Authorization: Basic WlFDQU5BUlk6",
    "X-Patient: ZQCANARY",
    "From: zqcanary@ZQCANARY.example",
    "If-None-Match: ZQCANARY",
)


def test_a_request_and_its_answer() -> None:
    events = talk(
        request("Host: PACS.wards.example:8080", "User-Agent: curl/7.88.1", "Via: 1.1 proxy1 (squid/5.7), 1.0 fred"),
        answer(
            "Server: nginx/1.22.1", "X-Powered-By: PHP/8.2", "Via: 1.1 gate", 'WWW-Authenticate: Basic realm="Ward 3"'
        ),
    )
    assert events == [
        (
            "said",
            SENDER,
            (("http.user_agent", "curl/7.88.1"), ("http.via", "1.1 proxy1"), ("http.via", "1.0 fred")),
        ),
        ("said", RECEIVER, (("http.host", "pacs.wards.example"),)),
        (
            "said",
            SENDER,
            (
                ("http.server", "nginx/1.22.1"),
                ("http.powered_by", "PHP/8.2"),
                ("http.auth_scheme", "Basic"),
                ("http.realm", "Ward 3"),
                ("http.via", "1.1 gate"),
            ),
        ),
    ]


@pytest.mark.parametrize(
    ("header", "scheme", "realm"),
    [
        ('WWW-Authenticate: Digest realm="a \\"b\\", c", nonce="ZQCANARY", qop="auth"', ["Digest"], ['a "b", c']),
        ("www-authenticate:Basic realm=ward", ["Basic"], ["ward"]),
        ('WWW-Authenticate: Digest nonce="ZQCANARY", realm="x"', ["Digest"], ["x"]),
        ("WWW-Authenticate: NTLM", ["NTLM"], []),
        ("WWW-Authenticate: Negotiate ZQCANARY", ["Negotiate"], []),
        ('WWW-Authenticate: Basic realm=""', ["Basic"], []),
    ],
)
def test_challenges(header: str, scheme: list[str], realm: list[str]) -> None:
    events = talk(request(), answer(header, status="401 Unauthorized"))
    assert values(events, "http.auth_scheme") == scheme
    assert values(events, "http.realm") == realm
    assert "ZQCANARY" not in repr(events)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("10.1.2.3", []),
        ("10.1.2.3:8080", []),
        ("[2001:db8::1]:80", []),
        ("pacs", ["pacs"]),
        ("pacs.wards.example.", ["pacs.wards.example"]),  # RFC 1034 section 3.1: the root at the end
        ("user:secret@pacs", []),
        ("a b", []),
        ("", []),
    ],
)
def test_host(host: str, expected: list[str]) -> None:
    assert values(talk(request(f"Host: {host}")), "http.host") == expected


def test_two_hosts_are_none() -> None:
    assert values(talk(request("Host: a.example", "Host: b.example")), "http.host") == []


@pytest.mark.parametrize("target", ["http://x.example/ZQCANARY", "HTTP://x.example/"])
def test_what_is_asked_of_a_proxy_is_not_its_name(target: str) -> None:
    assert talk(request("Host: x.example", target=target)) == []


def test_folded_headers_and_bare_line_feeds() -> None:
    blob = b"\r\n\r\nGET / HTTP/1.0\nUser-Agent: one\n two\n\tthree\nAccept: a\n b\n\n"
    assert values(talk(blob), "http.user_agent") == ["one two three"]


# Findings


@pytest.mark.parametrize(
    ("header", "flagged"),
    [
        ("Authorization: Basic WlFDQU5BUlk=", True),
        ("authorization:basic WlFDQU5BUlk=", True),
        ("Proxy-Authorization: Basic WlFDQU5BUlk=", True),
        ("Authorization: Bearer ZQCANARY", False),
        ("Authorization: Digest username=ZQCANARY", False),
        ("X-Authorization: Basic WlFDQU5BUlk=", False),
    ],
)
def test_passwords_in_clear(header: str, flagged: bool) -> None:
    events = talk(request(header))
    assert events == ([("flag", RECEIVER, "http.basic_auth_cleartext")] if flagged else [])


# Framing

AFTER = request("User-Agent: after")
SERVED = answer("Server: after")


@pytest.mark.parametrize(
    ("first", "rest"),
    [
        pytest.param(request("Content-Length: 9", method="POST", body=b"GET / HTT"), b"", id="length"),
        pytest.param(
            request(
                "Transfer-Encoding: chunked",
                method="POST",
                body=b"3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n",
            ),
            b"",
            id="chunks-and-trailers",
        ),
        pytest.param(
            request("Transfer-Encoding: gzip, chunked", "Content-Length: 3", method="PUT", body=b"0\r\n\r\n"),
            b"",
            id="chunks-before-length",
        ),
        pytest.param(request("Content-Length: 0", method="POST"), b"", id="nothing"),
        pytest.param(request(method="DELETE"), b"", id="no-body"),
    ],
)
def test_requests_one_after_another(first: bytes, rest: bytes) -> None:
    assert values(talk(first + AFTER + rest), "http.user_agent") == ["after"]
    assert odd(talk(first + AFTER)) == []


@pytest.mark.parametrize(
    ("asked", "answers"),
    [
        pytest.param([request()], answer(body=b"HTTP/1.1 body"), id="length"),
        pytest.param([request(method="HEAD")], text("HTTP/1.1 200 OK", "Content-Length: 900"), id="head"),
        pytest.param([request()], text("HTTP/1.1 304 Not Modified", "Content-Length: 900"), id="304"),
        pytest.param([request()], text("HTTP/1.1 204 No Content", "Content-Length: 900"), id="204"),
        pytest.param([request()], text("HTTP/1.1 100 Continue") + answer(body=b"xyz"), id="100"),
        pytest.param(
            [request(method="HEAD"), request()],
            text("HTTP/1.1 200 OK", "Content-Length: 900") + answer(body=b"xyz"),
            id="pipelined",
        ),
        pytest.param(
            [request()],
            text("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", body=b"2\r\nab\r\n0\r\n\r\n"),
            id="chunks",
        ),
    ],
)
def test_answers_one_after_another(asked: list[bytes], answers: bytes) -> None:
    events = talk(b"".join(asked) + AFTER, answers + SERVED)
    assert values(events, "http.server") == ["after"]
    assert odd(events) == []


@pytest.mark.parametrize(
    ("client", "server"),
    [
        (CONNECT, answer(status="200 OK", body=None)),
        (request("Upgrade: websocket"), text("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket")),
        (request(), text("HTTP/1.0 200 OK", "Server: old")),
    ],
    ids=["connect", "upgrade", "until-close"],
)
def test_what_follows_is_not_http(client: bytes, server: bytes) -> None:
    noise = b"\x16\x03\x01 ZQCANARY\r\nHTTP/1.1 200 OK\r\nServer: ZQCANARY\r\n\r\n"
    after = noise if client.startswith(b"CONNECT") else b""
    events = talk(client + after, server + noise)
    assert odd(events) == []
    assert "ZQCANARY" not in repr(events)


def test_behind_a_connect_another_protocol_begins() -> None:
    opened = answer("Server: proxy", status="200 Connection established", body=None)
    hello = b"\x16\x03\x01\x00\x05hello"
    for size in (1, 7, 1000):
        segments = cut([(0, 0, CONNECT), (1, 0, opened + hello), (0, len(CONNECT), hello)], size)
        events = [event for event in said(SPEC, segments) if event[0] != "said"]
        assert events == [("anew", 1, len(opened)), ("anew", 0, len(CONNECT))]
    events = said(
        SPEC, [(1, 0, opened + hello), (0, 0, CONNECT + hello)]
    )  # the answer is met first: no CONNECT is known
    assert [event for event in events if event[0] != "said"] == [("anew", 0, len(CONNECT))]
    later = len(CONNECT) + 100
    events = said(SPEC, [(0, 0, CONNECT), (1, 0, opened), (0, later, hello)])  # what was lost was in the tunnel
    assert [event for event in events if event[0] != "said"] == [("anew", 1, len(opened)), ("anew", 0, len(CONNECT))]


def test_a_proxy_that_refuses_is_asked_again() -> None:
    refused = answer("Server: proxy", status="407 Proxy Authentication Required", body=b"who are you?")
    opened = answer(status="200 OK", body=None)
    events = said(
        SPEC,
        [
            (0, 0, CONNECT),
            (1, 0, refused),
            (0, len(CONNECT), CONNECT),
            (1, len(refused), opened + b"hello"),
            (0, 2 * len(CONNECT), b"hello"),
        ],
    )
    assert [event for event in events if event[0] != "said"] == [
        ("anew", 1, len(refused + opened)),
        ("anew", 0, 2 * len(CONNECT)),
    ]


@pytest.mark.parametrize(
    ("blob", "name"),
    [
        (text("GET / HTTP/1.1", "Content-Length: -1") + AFTER, "http.bad_length"),
        (text("GET / HTTP/1.1", "Content-Length: 1", "Content-Length: 2") + AFTER, "http.bad_length"),
        (text("GET / HTTP/1.1", "Content-Length: 99999999999999999999") + AFTER, "http.bad_length"),
        (text("PUT / HTTP/1.1", "Transfer-Encoding: chunked", body=b"xyz\r\n") + AFTER, "http.bad_chunk"),
        (text("PUT / HTTP/1.1", "Transfer-Encoding: chunked", body=b"1\r\nabc\r\n") + AFTER, "http.bad_chunk"),
        (AFTER.replace(b"after", b"before") + b"what is this\r\n" + AFTER, "http.not_http"),
        (b"\r\n" * 20 + AFTER, "http.not_http"),
        (b"A" * 20_000, "http.line_too_long"),
        (b"GET / HTTP/1.1\r\n" + b"Cookie: " + b"A" * 70_000, "http.line_too_long"),
    ],
)
def test_broken_messages_end_the_direction(blob: bytes, name: str) -> None:
    events = talk(blob)
    assert odd(events)[0] == name
    assert "after" not in repr(events)
    for size in (1000, 4096):
        assert said(SPEC, cut([(0, 0, blob)], size)) == events


def test_long_lines_and_long_heads() -> None:
    long = "Cookie: " + "A" * 20_000
    events = talk(request(long, "User-Agent: x") + AFTER)
    assert values(events, "http.user_agent") == ["x", "after"]
    assert odd(events) == ["http.line_too_long"]
    assert odd(talk(request(*["A: " + "B" * 1000] * 70))) == ["http.head_too_long"]


# Titles

PAGE = b"<!DOCTYPE html><html><head><TITLE lang=en>\n Orthanc &amp; more </TITLE></head>" + b"x" * 9000


@pytest.mark.parametrize("target", ["/", "/index.html", "/login", "/login.php"])
@pytest.mark.parametrize("status", ["200 OK", "401 Unauthorized", "403 Forbidden"])
def test_the_title_of_an_entrance(target: str, status: str) -> None:
    page = answer("Content-Type: text/html; charset=utf-8", status=status, body=PAGE)
    assert values(talk(request(target=target), page), "http.title") == ["Orthanc & more"]


def test_titles_in_chunks_until_close_and_in_latin_1() -> None:
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (PAGE[:45], PAGE[45:60], PAGE[60:])) + b"0\r\n\r\n"
    head = text("HTTP/1.1 200 OK", "Content-Type: text/html", "Transfer-Encoding: chunked")
    assert values(talk(request() + AFTER, head + chunks + SERVED), "http.title") == ["Orthanc & more"]
    head = text("HTTP/1.0 200 OK", "Content-Type: text/html")
    assert values(talk(request(), head + PAGE), "http.title") == ["Orthanc & more"]
    page = answer("Content-Type: text/html; charset=ISO-8859-1", body="<title>Réa</title>".encode("latin-1"))
    assert values(talk(request(), page), "http.title") == ["Réa"]


@pytest.mark.parametrize(
    ("client", "server"),
    [
        pytest.param(request(target="/patient/ZQCANARY"), answer("Content-Type: text/html", body=PAGE), id="page"),
        pytest.param(request(target="/?id=ZQCANARY"), answer("Content-Type: text/html", body=PAGE), id="query"),
        pytest.param(request(method="POST"), answer("Content-Type: text/html", body=PAGE), id="post"),
        pytest.param(b"", answer("Content-Type: text/html", body=PAGE), id="server-alone"),
        pytest.param(request(), answer("Content-Type: text/plain", body=PAGE), id="plain"),
        pytest.param(request(), answer(body=PAGE), id="untyped"),
        pytest.param(
            request(), answer("Content-Type: text/html", "Content-Encoding: gzip", body=PAGE), id="compressed"
        ),
        pytest.param(request(), answer("Content-Type: text/html", status="500 Oops", body=PAGE), id="error"),
        pytest.param(
            request(), answer("Content-Type: text/html", body=b" " * 4090 + PAGE), id="beyond-the-first-4-KiB"
        ),
        pytest.param(
            request(target="/x") + request(),
            answer("Content-Type: text/html", body=PAGE) + answer("Content-Type: image/png", body=PAGE),
            id="of-the-other-request",
        ),
    ],
)
def test_other_titles_are_not_read(client: bytes, server: bytes) -> None:
    assert values(talk(client, server), "http.title") == []


# Persons, cuts, losses


def test_no_person_leaves_the_parser() -> None:
    page = b"<html><title>ZQCANARY</title>ZQCANARY"
    client = (
        request(*SECRETS, "Host: a.example", target="/patients/ZQCANARY?name=ZQCANARY")
        + request(*SECRETS, "Content-Length: 14", method="POST", target="/login", body=b"name=ZQCANARY1")
        + request(*SECRETS, method="GET", target="/index.html;ZQCANARY")
    )
    server = b"".join(
        answer("Set-Cookie: ZQCANARY=ZQCANARY", "Location: /ZQCANARY", "Content-Type: text/html", body=page)
        for _ in range(3)
    )
    for size in (1 << 20, 100, 1):
        events = said(SPEC, cut([(0, 0, client), (1, 0, server)], size))
        assert "ZQCANARY" not in repr(events)
        assert "WlFDQU5BUlk" not in repr(events)
        assert sum(e[0] == "flag" for e in events) == 6
        assert odd(events) == []


def test_nothing_of_a_request_outlives_its_line() -> None:
    client, _ = SPEC.make()
    list(client.feed(request(*SECRETS, target="/ZQCANARY")[:-2], 0))
    assert "ZQCANARY" not in repr(vars(client))
    assert "WlFDQU5BUlk" not in repr(vars(client))


EXCHANGES = [
    (
        request("Host: a.example", "User-Agent: x") + request("Content-Length: 5", method="PUT", body=b"12345") + AFTER,
        answer("Content-Type: text/html", "Server: s", body=PAGE[:300]) + answer(status="201 Created") + SERVED,
    ),
    (
        request("Transfer-Encoding: chunked", method="POST", body=b"5\r\nabcde\r\n0\r\n\r\n") + AFTER,
        text("HTTP/1.1 100 Continue")
        + text("HTTP/1.1 401 No", 'WWW-Authenticate: Basic realm="r"', "Transfer-Encoding: chunked")
        + b"4\r\nabcd\r\n1\r\nx\r\n0\r\nT: x\r\n\r\n"
        + SERVED,
    ),
]


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_every_cut_and_every_obedience_says_the_same(exchange: tuple[bytes, bytes]) -> None:
    whole = talk(*exchange)
    assert len(whole) >= 3
    assert odd(whole) == []
    segments: list[Segment] = [(0, 0, exchange[0]), (1, 0, exchange[1])]
    for obey in ("at once", "late", "never"):
        for size in (1, 2, 3, 7, 50, 200):
            assert said(SPEC, cut(segments, size), obey) == whole
        for side, blob in enumerate(exchange):
            for at in range(1, len(blob)):
                parts: list[Segment] = [(side, 0, blob[:at]), (side, at, blob[at:])]
                other: list[Segment] = [segments[1 - side]]
                assert said(SPEC, parts + other if side == 0 else other + parts, obey) == whole


def test_a_loss_inside_a_body_is_none_and_another_is_stepped_over() -> None:
    blob = answer("Server: one", body=b"x" * 1000) + SERVED
    head = blob.index(b"\r\n\r\n") + 4
    events = said(SPEC, [(1, 0, blob[: head + 10]), (1, head + 500, blob[head + 500 :])])
    assert values(events, "http.server") == ["one", "after"]
    assert odd(events) == []
    late = head + 1010
    events = said(SPEC, [(1, 0, blob[: head + 10]), (1, late, blob[late:] + SERVED)])
    assert values(events, "http.server") == ["one", "after"]
    assert odd(events) == ["http.gap"]


@given(st.binary(max_size=200), st.integers(0, 300), st.booleans())
def test_bad_bytes(noise: bytes, at: int, server: bool) -> None:
    client_bytes, server_bytes = EXCHANGES[0]
    if server:
        server_bytes = server_bytes[:at] + noise + server_bytes[at:]
    else:
        client_bytes = client_bytes[:at] + noise + client_bytes[at:]
    segments: list[Segment] = [(0, 0, client_bytes), (1, 0, server_bytes)]
    whole = said(SPEC, segments)
    for size in (1, 30):
        assert said(SPEC, cut(segments, size)) == whole
        assert said(SPEC, cut(segments, size), "at once") == whole


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (b"GET / HTTP/1.1\r\n", True),
        (b"PROPFIND /x HTTP/1.1\r\nHost", True),
        (b"HTTP/1.1 200 OK\r\n", True),
        (b"HTTP/1.0 404\n", True),
        (b"\r\nGET / HTTP/1.0\n", True),
        (b"", None),
        (b"GE", None),
        (b"GET /very/long", None),
        (b"HTTP/1.1 200", None),
        (b"GET /" + b"x" * 4096, True),
        (b"GET " * 1024, False),
        (b"\r\n" * 2048, False),
        (b"HTTP/1.1 200 " + b"x" * 4096, False),
        (b"HTTP/2.0 200 OK\r\n", False),
        (b"GET /\r\n", False),
        (b"OPTIONS rtsp://x RTSP/1.0\r\n", False),
        (b"OPTIONS sip:x SIP/2.0\r\n", False),
        (b"PRI * HTTP/2.0\r\n", False),
        (b"GETTING started\r\n", False),
        (b"\x16\x03\x01", False),
        (b"\x0bMSH|^~\\&|", False),
        (b"SSH-2.0-x\r\n", False),
    ],
)
def test_probe(first: bytes, expected: bool | None) -> None:
    assert probe(first) is expected
