"""HTTP/1.x messages of one direction: start line, headers, and how long the body is. RFC 9112 sections 2, 5, 6, 7.

Heads are taken line by line, bodies by their length or in chunks. Who reads requests or answers says which headers it
wants, and what follows a head.
"""

from __future__ import annotations

import re
from collections import deque

from parsers.api import RECEIVER, SENDER, Anew, Carried, Done, Event, Flag, Odd, Said, Skip
from parsers.http_body import Body
from parsers.http_heads import Headers
from parsers.http_page import Page
from parsers.http_units import login

LINE_MAX = 16 * 1024  # servers refuse longer ones: Apache 8 KiB, nginx 32 KiB for all of them together
HEAD_MAX = 64 * 1024  # start line and headers of one message
BLANK_MAX = 8  # empty lines before a start line (RFC 9112 section 2.2 allows one)

_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?")

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
        self.page: Page | None = None  # whose title is wanted
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
            self._titled(whole=True)
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
        self._titled(whole=True)
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

    def _page(self, data: bytes) -> None:
        if self.page is not None:
            self.page.take(data)
            self._titled()

    def _titled(self, *, whole: bool = False) -> None:
        """Says the title of the page at hand as soon as it is known. whole: there is no more of the page."""
        if self.page is None:
            return
        title = self.page.title()
        if title or whole or self.page.full:
            self.page = None
        if title:
            self.out.append(Said(SENDER, (("http.title", title),)))
