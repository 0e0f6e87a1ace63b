"""HTTP/1.x: which programs speak. RFC 9110, RFC 9112.

Read are Server, X-Powered-By, Via, User-Agent, the scheme and realm of WWW-Authenticate, Host (said of the receiver),
the title of the page at a server's root, and NTLMSSP in a log-in. No path, query, cookie or credential is kept. Short
bodies of some media types, and requests for medical resources, are handed on (`http_units`); others are stepped over.
"""

from __future__ import annotations

import re

from parsers import ntlmssp, windows_support
from parsers.api import PROBE_MAX, Carried, StreamParser, StreamSpec
from parsers.http_framing import Messages, Talk
from parsers.http_heads import answer_said, request_said
from parsers.http_page import Page
from parsers.http_units import REQUEST, handed_on, medical, request_unit

PENDING_MAX = 64  # requests without an answer; browsers pipeline none, embedded clients a few
WANTED_MAX = (
    4 << 20
)  # bytes of heads and bodies that are read; an SDC consumer reads a dozen services before the device

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
                self.page = Page(kind)
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
