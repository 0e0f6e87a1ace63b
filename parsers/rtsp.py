"""RTSP: cameras and who looks at them. RFC 2326 sections 6, 7, 10.12, 12; RFC 7826 for version 2.

Read are programs, realms, how one logs in, and of a stream's description (SDP, RFC 8866 sections 5.3, 6.3) the program
that made it and the name of the session, which is kept where a rule knows it. The first frame of a picture that comes
between the messages ends the direction. Paths, which may hold passwords, are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from parsers.api import RECEIVER, SENDER, Done, Event, Flag, Said, StreamParser, StreamSpec
from parsers.heads import Head, Heads, values
from parsers.reading import printable

METHODS = (
    *(b"DESCRIBE", b"ANNOUNCE", b"GET_PARAMETER", b"OPTIONS", b"PAUSE", b"PLAY", b"PLAY_NOTIFY", b"RECORD"),
    *(b"REDIRECT", b"SETUP", b"SET_PARAMETER", b"TEARDOWN"),
)
METHOD_MAX = 14
VERSIONS = (b" RTSP/1.0", b" RTSP/2.0")
LINE_MAX = 1024
SDP_LINES_MAX = 64  # of a description; those that are read stand before the streams
SDP = {b"a=tool:": "rtsp.tool", b"s=": "rtsp.session_name"}
STREAM = b"m="  # a line that begins what belongs to one stream alone
INTERLEAVED = 0x24  # "$", section 10.12

_REALM = re.compile(rb'\brealm="([^"\\]{1,128})"', re.IGNORECASE)


def probe(first: bytes) -> bool | None:
    """A status line, or a request line that ends with the version."""
    if first[:1] not in b"ADGOPRST":
        return False
    if first[:5] == b"RTSP/":
        return first[5:8] in (b"1.0", b"2.0") if len(first) >= 8 else None
    method, space, _ = first[:METHOD_MAX].partition(b" ")
    if not space:
        return None if any(known.startswith(first) for known in (b"RTSP/", *METHODS)) else False
    if method not in METHODS:
        return False
    end = first.find(b"\n")
    if end < 0:
        return None if len(first) < LINE_MAX else False
    return first[:end].rstrip(b"\r").endswith(VERSIONS)


class Talk:
    """What both directions know: how the last DESCRIBE was asked for."""

    openly = False  # without a log-in


class Messages(Heads):
    protocol = "rtsp"

    def __init__(self, talk: Talk) -> None:
        super().__init__()
        self.talk = talk

    def measure(self, head: bytes | bytearray) -> int:
        return -1 if head[0] == INTERLEAVED and not self._body else super().measure(head)

    def stranger(self) -> Iterable[Event]:
        return (Done(),) if self.head[:1] == b"$" else super().stranger()


class Client(Messages):
    def message(self, head: Head) -> Iterator[Event]:
        if not head.first.endswith(VERSIONS):
            return
        agents = [
            ("rtsp.user_agent", text) for value in values(head.headers, b"user-agent")[:1] if (text := printable(value))
        ]
        if agents:
            yield Said(SENDER, tuple(agents))
        logins = values(head.headers, b"authorization")
        if any(login[:6].lower() == b"basic " for login in logins):
            yield Flag("rtsp.password_in_clear", RECEIVER)
        if head.first.startswith(b"DESCRIBE "):
            self.talk.openly = not logins and b"@" not in head.first


class Server(Messages):
    _described = False  # the body at hand is a description

    def body(self, data: bytes) -> Iterator[Event]:
        if self._described and (fields := description(data)):
            yield Said(SENDER, tuple(fields))

    def message(self, head: Head) -> Iterator[Event]:
        if not head.first.startswith(b"RTSP/"):
            return
        fields = [("rtsp.server", text) for value in values(head.headers, b"server")[:1] if (text := printable(value))]
        realms = [_REALM.search(challenge) for challenge in values(head.headers, b"www-authenticate")[:1]]
        fields += [("rtsp.realm", text) for found in realms if found and (text := printable(found[1]))]
        if fields:
            yield Said(SENDER, tuple(fields))
        kind = values(head.headers, b"content-type")[:1]
        self._described = head.first[8:12] == b" 200" and kind == [b"application/sdp"]
        if self._described and self.talk.openly:
            yield Flag("rtsp.no_authentication")


def description(sdp: bytes) -> list[tuple[str, str]]:
    """What made it, and what the session is called. Who owns it, addresses of people and comments are stepped over."""
    fields: list[tuple[str, str]] = []
    for line in sdp.split(b"\n", SDP_LINES_MAX)[:SDP_LINES_MAX]:
        if line.startswith(STREAM):
            break
        for start, observable in SDP.items():
            if line.startswith(start) and (text := printable(line[len(start) :])):
                fields.append((observable, text))
    return list(dict.fromkeys(fields))


def make() -> tuple[StreamParser, StreamParser]:
    talk = Talk()
    return Client(talk), Server(talk)


SPEC = StreamSpec(
    name="rtsp",
    title="RTSP",
    ports=frozenset({554, 8554}),
    probe=probe,
    make=make,
    emits={
        "rtsp.user_agent": 0.7,
        "rtsp.server": 0.8,
        "rtsp.realm": 0.6,
        "rtsp.tool": 0.7,
        "rtsp.session_name": 0.5,
    },
    findings={
        "rtsp.password_in_clear": "A password for this camera crosses the network in clear (RTSP, Basic).",
        "rtsp.no_authentication": "Whoever reaches it can see its pictures: it asks for no password (RTSP).",
    },
    never_reads="paths, passwords, who owns a stream and what is said about it, pictures; names of sessions are kept"
    " only where a rule knows them",
)
