"""RTSP messages written by hand from RFC 2326; the capture holds what GStreamer and ffmpeg do."""

from __future__ import annotations

import pytest

from parsers.rtsp import SPEC, probe
from tests.parsers.datagrams import about, odd
from tests.parsers.harness import cut, said

CLIENT, SERVER = 0, 1
OPEN = ("flag", ("sender", "", ()), "rtsp.no_authentication")
IN_CLEAR = ("flag", ("receiver", "", ()), "rtsp.password_in_clear")
AGENT, PROGRAM = about("sender", ("rtsp.user_agent", "Lavf59")), about("sender", ("rtsp.server", "Acme cam"))


def message(*lines: str, body: bytes = b"") -> bytes:
    return "\r\n".join((*lines, f"Content-Length: {len(body)}", "", "")).encode() + body


def describe(*more: str, url: str = "rtsp://10.0.0.7/ZQCANARY") -> bytes:
    return message(f"DESCRIBE {url} RTSP/1.0", "CSeq: 2", "User-Agent: Lavf59", *more)


DESCRIBED = message(
    *("RTSP/1.0 200 OK", "Server: Acme cam", "Content-Type: application/sdp"),
    body=b"v=0\r\no=zqcanary 1 1 IN IP4 10.0.0.7\r\ni=ZQCANARY\r\ne=zqcanary@example.org\r\n\r\n",
)
REFUSED = message("RTSP/1.0 401 Unauthorized", 'WWW-Authenticate: Digest realm="Acme 17", nonce="1"')
PICTURE = b"$\0\0\4ZQCA"


def heard(client: bytes = b"", server: bytes = b"") -> list[tuple[object, ...]]:
    segments = [(side, 0, way) for side, way in ((CLIENT, client), (SERVER, server)) if way]
    whole = said(SPEC, segments)
    for size in (1, 7, 40):
        assert said(SPEC, cut(segments, size)) == whole
    return whole


def test_a_camera_that_shows_itself_to_everybody() -> None:
    assert heard(describe(), DESCRIBED + PICTURE + DESCRIBED) == [AGENT, PROGRAM, OPEN]


@pytest.mark.parametrize(
    ("client", "flags"),
    [
        (describe("Authorization: Digest username=ZQCANARY"), []),
        (describe("Authorization: Basic WlFDQU5BUlk="), [IN_CLEAR]),
        (describe(url="rtsp://zqcanary:secret@10.0.0.7/"), []),
    ],
)
def test_a_camera_that_asks_who_is_there(client: bytes, flags: list[tuple[object, ...]]) -> None:
    assert heard(client, DESCRIBED) == [AGENT, *flags, PROGRAM]


def test_a_description() -> None:
    lines = [b"v=0", b"o=zqcanary 7 1 IN IP4 10.0.0.7", b"s=HIK Media Server V3.4.103", b"i=ZQCANARY"]
    lines += (b"e=NONE", b"a=tool:LIVE555 Streaming Media v2010.07.29", b"m=video 0 RTP/AVP 96", b"a=tool:zqcanary")
    answer = ("RTSP/1.0 200 OK", "Server: Acme cam", "Content-Type: application/sdp")
    told = about(
        *("sender", ("rtsp.session_name", "HIK Media Server V3.4.103")),
        ("rtsp.tool", "LIVE555 Streaming Media v2010.07.29"),
    )
    assert heard(server=message(*answer, body=b"\r\n".join(lines))) == [PROGRAM, told]
    parameters = ("RTSP/1.0 200 OK", "Server: Acme cam", "Content-Type: text/parameters")
    assert heard(server=message(*parameters, body=b"\r\n".join(lines))) == [PROGRAM]


def test_a_realm() -> None:
    assert heard(describe(), REFUSED) == [AGENT, about("sender", ("rtsp.realm", "Acme 17"))]


def test_broken() -> None:
    assert heard(server=b"\0" * 20000) == [odd("rtsp.no_unit")]
    assert heard(server=b"RTSP/1.0 200 OK\r\nContent-Length: x\r\n\r\n") == [odd("rtsp.bad_length")]
    assert heard(b"ZQCANARY\r\n\r\n", b"ZQCANARY\r\n\r\n") == []


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (describe(), True),
        (b"RTSP/1.0 200", True),
        (b"RTSP/2.0 200", True),
        (b"RTS", None),
        (b"DESC", None),
        (b"PLAY rtsp://", None),
        (b"", None),
        (b"RTSP/9.9 200", False),
        (b"OPTIONS sip:x SIP/2.0\r\n", False),
        (b"PLAY " + b"x" * 2000, False),
    ],
)
def test_probe(first: bytes, answer: bool | None) -> None:
    assert probe(first) is answer
