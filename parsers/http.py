"""HTTP/1.x: which programs speak. RFC 9110, RFC 9112.

Read are Server, X-Powered-By, Via, User-Agent, the scheme and realm of WWW-Authenticate, Host (said of the receiver),
the title of the page at a server's root, and NTLMSSP in a log-in. No path, query, cookie or credential is kept. Short
bodies of some media types, and requests for medical resources, are handed on (`http_units`); others are stepped over.
"""

from __future__ import annotations

import html
import re
from collections import deque

from parsers import ntlmssp, windows_support
from parsers.api import (
    PROBE_MAX,
    RECEIVER,
    SENDER,
    Anew,
    Carried,
    Done,
    Event,
    Flag,
    Odd,
    Said,
    Skip,
    StreamParser,
    StreamSpec,
)
from parsers.http_body import Body
from parsers.http_heads import Headers, answer_said, request_said
from parsers.http_units import REQUEST, handed_on, login, medical, request_unit
from parsers.reading import clean

LINE_MAX = 16 * 1024  # servers refuse longer ones: Apache 8 KiB, nginx 32 KiB for all of them together
HEAD_MAX = 64 * 1024  # start line and headers of one message
TITLE_WITHIN = 4096  # bytes of a page in which its title is looked for
PENDING_MAX = 64  # requests without an answer; browsers pipeline none, embedded clients a few
WANTED_MAX = (
    4 << 20
)  # bytes of heads and bodies that are read; an SDC consumer reads a dozen services before the device
BLANK_MAX = 8  # empty lines before a start line (RFC 9112 section 2.2 allows one)

METHODS = (
    b"GET HEAD POST PUT DELETE OPTIONS PATCH TRACE CONNECT PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK REPORT SEARCH"
    b" NOTIFY SUBSCRIBE UNSUBSCRIBE"
).split()
# Pages whose title names the product and no person; a target with a query is none of them.
ENTRANCES = frozenset(
    b"/ /index.html /index.htm /index.php /index.asp /index.aspx /index.jsp /default.htm /default.asp /default.aspx"
    b" /login /login/ /login.html /login.htm /login.php /login.asp /login.aspx /login.jsp /login.cgi /main.html".split()
)

# With which a message can begin; HTTP is among the methods' letters (HEAD)
BEGINNINGS = frozenset(method[0] for method in METHODS) | frozenset(b"\r\n")

_REQUEST = re.compile(rb"([A-Z]{3,16}) (.*) HTTP/1\.[0-9] *", re.DOTALL)
_STATUS = re.compile(rb"HTTP/1\.[0-9] +([1-5][0-9][0-9])(?: .*)?")
_TITLE = re.compile(rb"<title(?:\s[^<>]{0,200})?>([^<]{0,1000})</title", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s*=\s*\"?([A-Za-z0-9_-]{3,20})", re.IGNORECASE)
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?")

ENCODINGS = {b"utf-8": "utf-8", b"iso-8859-1": "latin-1", b"windows-1252": "cp1252", b"iso-8859-15": "iso8859-15"}
HEAD, BODY, CHUNK, CHUNK_BODY, TRAILERS, TO_THE_END, TUNNEL = range(7)


class Talk:
    """What the sides learn from each other: the requests that wait for an answer, and whether a tunnel was opened."""

    def __init__(self) -> None:
        self.asked: deque[tuple[bytes, bool, bool]] = deque()  # method, whether the page is an entrance, or medical
        self.known = True  # every request since the beginning was seen
        self.tunnel: bool | None = None  # what the last CONNECT led to; None: no answer to it was seen

    def forget(self) -> None:
        self.known = False
        self.asked.clear()


class Messages:
    """One direction: heads line by line, bodies by their length. Holds one unfinished line."""

    wanted: frozenset[bytes]
    first: frozenset[int]  # the letters with which those names begin, and Authorization; blanks and line ends

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.next = 0
        self.out: list[Event] = []
        self._held = b""
        self._state = HEAD
        self._left = 0  # bytes of a body, or of a chunk, still to come
        self._over = 0  # bytes of a line that is too long and being stepped over
        self._size = 0  # of this head so far
        self._blank = 0
        self._started = False
        self._lost = False  # looking for a start line after a loss
        self.headers: Headers = []
        self._folding = False  # the last header is wanted, and may go on in the next line
        self.page: bytearray | None = None  # the beginning of a page whose title is wanted
        self.encoding = "utf-8"
        self.body: Body | None = None  # one that is handed on
        self._done = False
        self.past = 0  # offset of the byte behind the line at hand

    def feed(self, data: bytes, at: int) -> list[Event]:
        self.out = []
        if at != self.next:
            self._jump(at)
        self.next = at + len(data)
        if self._held:
            data = self._held + data
            self._held = b""
        at = 0
        while at < len(data) and not self._done:
            if self._state in (BODY, CHUNK_BODY):
                at = self._body(data, at)
            elif self._state == TUNNEL:
                self._passed_on()
            elif self._state == TO_THE_END:
                self._rest(data[at:])
                at = len(data)
            else:
                if self._started and self._state == HEAD and not self._over:
                    at = self._headers(data, at)
                if at < len(data):
                    at = self._next_line(data, at)
        return self.out

    def end(self) -> list[Event]:
        self.out = []
        if not self._done and self._state == TO_THE_END:
            self._titled()
            self._whole()
        return self.out

    # what the two sides do differently

    def begins(self, line: bytes) -> bool:
        """Whether a line is a start line."""
        raise NotImplementedError

    def headed(self) -> None:
        """A head is complete: says what it says and calls `follows`."""
        raise NotImplementedError

    # framing

    def finish(self) -> None:
        self._done = True
        self.out.append(Done())

    def anew(self) -> None:
        """Behind this head the connection belongs to another protocol."""
        self._done = True
        self.out.append(Anew(self.past))

    def tunnel(self) -> None:
        """A tunnel was asked for. Until the client sends something, its answer may still come."""
        self.talk.tunnel = None
        self._state = TUNNEL

    def _passed_on(self) -> None:
        if self.talk.tunnel is False:
            self._message()
        else:
            self.anew()

    def give_up(self, name: str) -> None:
        self.talk.forget()
        self.out.append(Odd(name))
        self.finish()

    def follows(self, *, body: bool, to_the_end: bool) -> None:
        """What comes after this head (RFC 9112 section 6.3)."""
        lengths: set[bytes] = set()
        coding: bytes | None = None  # of several headers the last
        for name, value in self.headers:
            if name == b"content-length":
                lengths.add(value.strip())
            elif name == b"transfer-encoding":
                coding = value.lower()
        if not body:
            self._message()
        elif coding is not None:
            if coding.rsplit(b",", 1)[-1].strip() == b"chunked":
                self._state = CHUNK
            else:
                self._until_close()
        elif lengths:
            length = lengths.pop()
            if lengths or not length.isdigit() or len(length) > 15:
                self.give_up("http.bad_length")
                return
            self._state, self._left = BODY, int(length)
            self._room()
            if not self._left:
                self._ended()
        elif to_the_end:
            self._until_close()
        else:
            self._message()

    def _until_close(self) -> None:
        self._state = TO_THE_END
        if self.body is not None and not self.body.tells_its_end:
            self.body = None
        self._rest(b"")

    def _rest(self, data: bytes) -> None:
        """Part of a body that goes on until the connection is closed."""
        self._page(data)
        self._left = len(data)
        self._room()
        self._handed_on(data)
        if self.page is None and self.body is None:
            self.finish()

    def _handed_on(self, data: bytes) -> None:
        if self.body is not None:
            self.body.take(data)
            if self.body.is_over:
                self._whole()

    def _whole(self) -> None:
        """Nothing more of a body that is handed on will come, or is wanted."""
        body, self.body = self.body, None
        if body is not None:
            unit = body.whole()
            if body.odd:
                self.out.append(Odd(f"http.{body.odd}"))
            elif unit:
                self.out.append(Carried(body.carrier, unit))

    def _message(self) -> None:
        """Ready for another head."""
        self._state, self._size, self._blank = HEAD, 0, 0
        self._started, self.headers, self._folding = False, [], False
        self.page = None
        self.body = None

    def _ended(self) -> None:
        self._titled()
        self._whole()
        self._message()

    def _room(self) -> None:
        """A body that is longer than what may be handed on is not held."""
        if self.body is not None:
            self.body.expects(self._left)
            if self.body.odd:
                self._whole()

    def _jump(self, at: int) -> None:
        """Bytes that were skipped on advice or lost inside a body or a tunnel are no loss; others are."""
        if self._state == TUNNEL and self.talk.tunnel is not False:
            return
        gone = at - self.next
        if self._state in (BODY, CHUNK_BODY) and 0 < gone <= self._left and self.page is None:
            self._left -= gone
            self.body = None  # it is not whole
            if not self._left:
                self._body(b"", 0)
            return
        self.out.append(Odd("http.gap"))
        self.talk.forget()
        self._held, self._over = b"", 0
        self._message()
        self._lost = True

    def _body(self, data: bytes, at: int) -> int:
        taken = min(self._left, len(data) - at)
        self._page(data[at : at + taken])
        self._handed_on(data[at : at + taken])
        self._left -= taken
        if self._left:
            if self.page is None and self.body is None and taken == len(data) - at:
                self.out.append(Skip(self.next + self._left))
        elif self._state == BODY:
            self._ended()
        else:
            self._state = CHUNK
            self._blank = 1  # the line end behind a chunk
        return at + taken

    def _headers(self, data: bytes, at: int) -> int:
        """Takes the headers that are complete, quickly: most of them are not wanted, by their first letter."""
        find, first = data.find, self.first
        while True:
            nl = find(b"\n", at)
            if nl < 0 or nl - at > LINE_MAX or self._size + nl - at >= HEAD_MAX:
                return at
            letter = data[at] | 0x20
            if letter in first:
                if data[at] in b"\r\n":
                    return at
                self._header(data[at:nl])
            elif letter > 0x20:
                self._folding = False
            self._size += nl + 1 - at
            at = nl + 1

    def _next_line(self, data: bytes, at: int) -> int:
        """Takes one line. `_size` counts what is complete, `_over` what was stepped over of a line too long."""
        nl = data.find(b"\n", at)
        stop = nl if nl >= 0 else len(data)
        length = self._over + stop - at
        if length > LINE_MAX and not self._over and self._size + LINE_MAX < HEAD_MAX:
            self.out.append(Odd("http.line_too_long"))
        if self._size + length > HEAD_MAX:
            self.give_up("http.head_too_long")
            return len(data)
        if length > LINE_MAX and not self._started:
            self.give_up("http.not_http")
            return len(data)
        if nl < 0:
            if length > LINE_MAX:
                self._over = length
            else:
                self._held = data[at:]
            return len(data)
        self._over = 0
        self._size += length + 1
        if self._size > HEAD_MAX:
            self.give_up("http.head_too_long")
        elif length > LINE_MAX:
            self._folding = False
        else:
            self.past = self.next - len(data) + nl + 1
            self._line(data[at:nl].removesuffix(b"\r"))
        return nl + 1

    def _line(self, line: bytes) -> None:
        if self._state == CHUNK:
            self._chunk(line)
        elif self._state == TRAILERS:
            if not line:
                self._ended()
        elif not self._started:
            self._start_line(line)
        elif not line:
            self.headed()
        else:
            self._header(line)

    def _header(self, line: bytes) -> None:
        if line[:1] in (b" ", b"\t"):  # obsolete line folding
            if self._folding and len(self.headers[-1][1]) < LINE_MAX:
                name, value = self.headers[-1]
                self.headers[-1] = (name, value + b" " + line.strip())
            return
        name, colon, value = line.partition(b":")
        name = name.rstrip(b" \t").lower()
        value, events = login(name, value)
        self.out += events
        self._folding = bool(colon) and name in self.wanted
        if self._folding:
            self.headers.append((name, value.strip()))
        elif name in (b"authorization", b"proxy-authorization") and value[:20].lstrip()[:6].lower() == b"basic ":
            self.out.append(Flag("http.basic_auth_cleartext", RECEIVER))

    def _start_line(self, line: bytes) -> None:
        if not line and self._blank < BLANK_MAX:
            self._blank += 1
            self._size = 0
        elif self.begins(line):
            self._started, self._lost = True, False
        elif not self._lost:
            self.give_up("http.not_http")

    def _chunk(self, line: bytes) -> None:
        if not line and self._blank:
            self._blank = 0
            return
        found = _CHUNK.fullmatch(line)
        if found is None or self._blank:
            self.give_up("http.bad_chunk")
            return
        self._size = 0
        self._left = int(found[1], 16)
        self._room()
        self._state = CHUNK_BODY if self._left else TRAILERS

    # the title of a page

    def _page(self, data: bytes) -> None:
        if self.page is not None:
            self.page += data[: TITLE_WITHIN - len(self.page)]
            if len(self.page) == TITLE_WITHIN or _TITLE.search(self.page):
                self._titled()

    def _titled(self) -> None:
        if self.page is None:
            return
        found = _TITLE.search(self.page)
        self.page = None
        if found is not None:
            title = " ".join(html.unescape(clean(found[1], self.encoding)).split())
            if title:
                self.out.append(Said(SENDER, (("http.title", title[:256]),)))


def asked_for(line: bytes) -> tuple[bytes, bytes] | None:
    """Method and target of a request line."""
    found = _REQUEST.fullmatch(line)
    target = found[2].strip(b" ") if found is not None else b""
    return (found[1], target) if found is not None and target else None


class Requests(Messages):
    wanted = frozenset(
        {
            b"host",
            b"user-agent",
            b"via",
            b"content-length",
            b"transfer-encoding",
            b"content-type",
            b"content-encoding",
            b"accept",
        }
    )
    first = frozenset(b"huvctap \t\r\n") | {9 | 0x20, 10 | 0x20, 13 | 0x20}

    def __init__(self, talk: Talk) -> None:
        super().__init__(talk)
        self._method = b""
        self._to_proxy = False
        self._medical = b""  # the request line without its query, where it may be one of DICOMweb or FHIR

    def begins(self, line: bytes) -> bool:
        asked = asked_for(line)
        if asked is None:
            return False
        self._method, target = asked
        self._to_proxy = self._method == b"CONNECT" or target[:7].lower() == b"http://"
        self._medical = medical(self._method, target)
        if self.talk.known:
            self.talk.asked.append((self._method, self._method == b"GET" and target in ENTRANCES, bool(self._medical)))
            if len(self.talk.asked) > PENDING_MAX:
                self.talk.forget()
        return True

    def headed(self) -> None:
        self.out += request_said(self.headers, to_proxy=self._to_proxy)
        if self._method == b"CONNECT":
            self.tunnel()
        else:
            if self._medical and not self._to_proxy:
                self.out.append(Carried(REQUEST, request_unit(self._medical, self.headers)))
            self.body = handed_on(self.headers, medical=bool(self._medical))
            self._medical = b""
            self.follows(body=True, to_the_end=False)


class Answers(Messages):
    wanted = frozenset(
        {b"server", b"x-powered-by", b"via", b"www-authenticate", b"content-length", b"transfer-encoding"}
        | {b"content-type", b"content-encoding"}
    )
    first = frozenset(b"sxvwctp \t\r\n") | {9 | 0x20, 10 | 0x20, 13 | 0x20}

    def __init__(self, talk: Talk) -> None:
        super().__init__(talk)
        self._status = 0

    def begins(self, line: bytes) -> bool:
        found = _STATUS.fullmatch(line)
        self._status = int(found[1]) if found else 0
        return found is not None

    def headed(self) -> None:
        self.out += answer_said(self.headers)
        if self._status < 200 and self._status != 101:
            self.follows(body=False, to_the_end=False)
            return
        method, entrance, asked_medical = self.talk.asked.popleft() if self.talk.asked else (b"", False, False)
        if self._status == 101:
            self.finish()
            return
        if method == b"CONNECT":
            self.talk.tunnel = self._status < 300
            if self.talk.tunnel:
                self.anew()
                return
        if (
            entrance
            and self._status in (200, 401, 403)
            and not any(name == b"content-encoding" for name, _ in self.headers)
        ):
            kind = next((value for name, value in self.headers if name == b"content-type"), b"")
            if kind.split(b";", 1)[0].strip().lower() == b"text/html":
                charset = _CHARSET.search(kind)
                self.encoding = ENCODINGS.get(charset[1].lower(), "utf-8") if charset else "utf-8"
                self.page = bytearray()
        bodiless = method == b"HEAD" or self._status in (204, 304)
        if self._status != 206:  # a part
            self.body = handed_on(self.headers, medical=asked_medical)
        self.follows(body=not bodiless, to_the_end=True)


def probe(first: bytes) -> bool | None:
    """By structure: a request line or a status line of HTTP/1."""
    if first and first[0] not in BEGINNINGS:
        return False
    head = first.lstrip(b"\r\n")
    answer = _recognised(head)
    if answer is None and len(first) >= PROBE_MAX:
        return head.partition(b" ")[2][:1] == b"/"  # a target longer than the probe
    return answer


def _recognised(head: bytes) -> bool | None:
    if head[:7] == b"HTTP/1.":
        end = head.find(b"\n")
        return bool(_STATUS.fullmatch(head[:end].removesuffix(b"\r"))) if end >= 0 else None
    if len(head) < 7 and b"HTTP/1.".startswith(head):
        return None
    method, space, _ = head[:17].partition(b" ")
    if not space:
        return None if len(head) < 12 and any(known.startswith(head) for known in METHODS) else False
    if method not in METHODS:
        return False
    end = head.find(b"\n")
    return asked_for(head[:end].removesuffix(b"\r")) is not None if end >= 0 else None


def make() -> tuple[StreamParser, StreamParser]:
    talk = Talk()
    return Requests(talk), Answers(talk)


SPEC = StreamSpec(
    name="http",
    title="HTTP",
    ports=frozenset({80, 631, 3128, 5000, 8000, 8008, 8042, 8080, 8081, 8443, 8888, 9000}),
    probe=probe,
    make=make,
    budget=WANTED_MAX,
    emits={
        "http.user_agent": 0.8,
        "http.server": 0.9,
        "http.powered_by": 0.8,
        "http.auth_scheme": 0.7,
        "http.realm": 0.7,
        "http.title": 0.7,
        "http.via": 0.5,
        "http.host": 0.6,
        **ntlmssp.emits("http"),
    },
    findings={
        "http.basic_auth_cleartext": "A password for this service crosses the network in clear (HTTP Basic).",
        "http.scanner": "It searches web servers for weaknesses: its program is a scanner, by its own word.",
        **windows_support.findings("http"),
    },
    never_reads="paths, queries, cookies, credentials, referrers; bodies, but for a few media types that other parsers"
    " read; titles only of a server's root or login page",
)
