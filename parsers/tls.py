"""The opening of TLS: who is meant, what both ends speak, certificates where they are in clear. RFC 8446, RFC 5246.

  record     0 type 1   1 version 2   3 length 2   5 fragment
             types: 20 change cipher spec, 21 alert, 22 handshake, 23 application data, 24 heartbeat
  handshake  0 type 1   1 length 3    4 body, over as many records as it takes

Everything wanted lies before the first encrypted record, so a direction is done there: at a change of cipher spec or at
application data, and in TLS 1.3 after the ServerHello.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsers import tls_hello
from parsers.api import RECEIVER, SENDER, Done, Event, Flag, Odd, Said, StreamParser, StreamSpec
from parsers.reading import u16

RECORD_HEAD, MESSAGE_HEAD = 5, 4
RECORD_MAX = (1 << 14) + 2048  # RFC 5246 section 6.2.3
MESSAGE_MAX = 64 * 1024  # of a handshake message that is read; chains of certificates are mostly under 10 KiB
CHANGE_CIPHER, ALERT, HANDSHAKE, DATA, HEARTBEAT = 20, 21, 22, 23, 24
CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, HELLO_DONE, KEY_EXCHANGE = 1, 2, 11, 14, 16
WANTED = (CLIENT_HELLO, SERVER_HELLO, CERTIFICATE)
MESSAGES = frozenset({0, 1, 2, 4, 5, 6, 8, 11, 12, 13, 14, 15, 16, 20, 21, 22, 23, 24, 25, 67, 254})  # IANA registry
SSL2_HELLO = 1


def probe(first: bytes) -> bool | None:
    """A record whose type, version and length agree, and for a handshake the message in it; or an SSL 2.0 hello."""
    if len(first) < RECORD_HEAD:
        return None if plausible_start(first) else False
    if not is_record(first):
        return is_ssl2_hello(first)
    kind, size = first[0], u16(first, 3)
    if kind == HANDSHAKE:
        return is_handshake(first, size)
    if kind == DATA:
        following = RECORD_HEAD + size
        return size > 0 and (len(first) < following + RECORD_HEAD or is_record(first[following:]))
    return size == {CHANGE_CIPHER: 1, ALERT: 2}.get(kind)


def plausible_start(first: bytes) -> bool:
    return CHANGE_CIPHER <= first[0] <= DATA or first[0] & 0x80 != 0 if first else True


def is_record(head: bytes) -> bool:
    return CHANGE_CIPHER <= head[0] <= HEARTBEAT and head[1] == 3 and head[2] <= 4 and u16(head, 3) <= RECORD_MAX


def is_handshake(first: bytes, size: int) -> bool | None:
    if size < MESSAGE_HEAD:
        return size > 0  # split very small, as some do to get past filters
    if len(first) < RECORD_HEAD + MESSAGE_HEAD + 2:
        return None
    kind, length = first[5], int.from_bytes(first[6:9], "big")
    if kind in (CLIENT_HELLO, SERVER_HELLO):
        return first[9] == 3 and 38 <= length <= MESSAGE_MAX
    return kind in MESSAGES and length <= MESSAGE_MAX and (length > 0 or kind in (0, HELLO_DONE))


def is_ssl2_hello(first: bytes) -> bool | None:
    """An SSL 2.0 hello that offers newer versions (RFC 5246 appendix E.2): all lengths agree."""
    if (
        first[0] & 0x80 == 0
        or first[2] != SSL2_HELLO
        or first[3:5] not in (b"\0\2", b"\3\0", b"\3\1", b"\3\2", b"\3\3")
    ):
        return False
    if len(first) < 11:
        return None
    ciphers, session, challenge = u16(first, 5), u16(first, 7), u16(first, 9)
    length = u16(first, 0) & 0x7FFF
    return ciphers % 3 == 0 < ciphers and session in (0, 16) and length == 9 + ciphers + session + challenge


class Opening:
    """One direction up to its first encrypted record. Holds one handshake message."""

    def __init__(self) -> None:
        self._next = -1  # offset of the byte expected next; -1: none seen yet
        self._done = False
        self._head = b""  # of a record that has begun
        self._records = 0
        self._type = 0
        self._left = 0  # bytes of the record's fragment still to come
        self._message = bytearray()
        self._length = 0  # of the message that is held
        self._over = 0  # bytes of a message that is not wanted, still to come
        self._hello = 0  # CLIENT_HELLO or SERVER_HELLO, once seen
        self._retried = False

    def feed(self, data: bytes, at: int) -> list[Event]:
        out: list[Event] = []
        if self._next >= 0 and at != self._next:
            if at < self._next:
                data = data[self._next - at :]
            elif not self._stepped_over(at - self._next):
                self._give_up(out, "tls.gap")
            at = max(at, self._next)
        self._next = at + len(data)
        place, size = 0, len(data)
        while place < size and not self._done:
            if self._left:
                part = data[place : place + self._left]
                place += len(part)
                self._left -= len(part)
                if self._type == HANDSHAKE:
                    self._handshake(part, out)
                continue
            part = data[place : place + RECORD_HEAD - len(self._head)]
            place += len(part)
            head = self._head + part
            if len(head) == RECORD_HEAD:
                self._head = b""
                self._record(head, out)
            else:
                self._head = head
        return out

    def end(self) -> Sequence[Event]:
        if not self._done and (self._message or self._over or self._left):
            return (Odd("tls.unfinished"),)
        return ()

    def _stepped_over(self, lost: int) -> bool:
        """A loss inside what is not wanted anyway costs nothing."""
        if lost > self._left or (self._type == HANDSHAKE and lost > self._over):
            return False
        self._left -= lost
        if self._type == HANDSHAKE:
            self._over -= lost
        return True

    def _give_up(self, out: list[Event], odd: str = "") -> None:
        self._done = True
        if odd:
            out.append(Odd(odd))
        out.append(Done())

    def _record(self, head: bytes, out: list[Event]) -> None:
        self._records += 1
        if not is_record(head):
            if self._records == 1 and is_ssl2_hello(head) is not False:
                self._type, self._left = 0, (u16(head, 0) & 0x7FFF) - 3  # of which three bytes are in the head
                out.append(Odd("tls.ssl2_hello"))
                if self._left <= 0 or head[3:5] == b"\0\2":  # it knows nothing newer
                    self._give_up(out)
            else:
                self._give_up(out, "tls.no_record")
            return
        self._type, self._left = head[0], u16(head, 3)
        # after a HelloRetryRequest the server changes nothing: the record is there for the sake of middleboxes
        if self._type == DATA or (self._type == CHANGE_CIPHER and not self._retried):
            self._give_up(out)

    def _handshake(self, part: bytes, out: list[Event]) -> None:
        place, size = 0, len(part)
        message = self._message
        while place < size and not self._done:
            if self._over:
                step = min(self._over, size - place)
                self._over -= step
                place += step
                continue
            missing = (MESSAGE_HEAD if len(message) < MESSAGE_HEAD else self._length) - len(message)
            message += part[place : place + missing]
            place = min(place + missing, size)
            if len(message) == MESSAGE_HEAD:
                self._begun(out)
                if self._done:
                    return
            if message and len(message) == self._length:
                body = bytes(memoryview(message)[MESSAGE_HEAD:])
                kind = message[0]
                message.clear()
                self._length = 0
                self._read(kind, body, out)

    def _begun(self, out: list[Event]) -> None:
        """The head of a message is there: it is held, stepped over, or the end of what is wanted."""
        kind, length = self._message[0], int.from_bytes(self._message[1:4], "big")
        self._length = MESSAGE_HEAD + length
        if kind not in MESSAGES:
            self._give_up(out, "tls.unknown_message")  # encrypted: joined in the middle
        elif (kind == HELLO_DONE and self._hello == SERVER_HELLO) or (
            kind == KEY_EXCHANGE and self._hello == CLIENT_HELLO
        ):
            self._give_up(out)
        elif kind not in WANTED or length > MESSAGE_MAX:
            self._message.clear()
            self._length, self._over = 0, length
            if kind in WANTED:
                out.append(Odd("tls.message_too_long"))

    def _read(self, kind: int, body: bytes, out: list[Event]) -> None:
        if kind == CERTIFICATE:
            if self._hello:
                certificate(body, self._hello, out)
            else:
                out.append(Odd("tls.certificate_of_nobody"))  # not told apart: it may be a person's
        elif kind == CLIENT_HELLO and not self._hello:
            self._hello = kind
            client_hello(body, out)
        elif kind == SERVER_HELLO and self._hello in (0, SERVER_HELLO):
            self._hello = kind
            hello = tls_hello.server_hello(body)
            if hello is None:
                out.append(Odd("tls.malformed_hello"))
            elif tls_hello.is_retry(body):
                self._retried = True
            else:
                self._retried = False
                said(hello.fields, hello.whole, hello.chosen, out)
                if hello.chosen >= tls_hello.TLS13:
                    self._give_up(out)


def client_hello(body: bytes, out: list[Event]) -> None:
    hello = tls_hello.client_hello(body)
    if hello is None:
        out.append(Odd("tls.malformed_hello"))
        return
    sni, client = hello
    if sni:
        out.append(Said(RECEIVER, (("tls.sni", sni),)))
    said(client.fields, client.whole, client.newest, out)


def said(fields: tuple[tuple[str, str], ...], whole: bool, version: int, out: list[Event]) -> None:
    if not whole:
        out.append(Odd("tls.malformed_extensions"))
    out.append(Said(SENDER, fields))
    if version <= tls_hello.TLS11:
        out.append(Flag("tls.old_version"))


def certificate(body: bytes, hello: int, out: list[Event]) -> None:
    """The first of the list is the sender's own (RFC 5246 section 7.4.2): list counted 3, certificates counted 3."""
    if len(body) < 6:
        if body[:3] != bytes(3):  # a client that has none sends an empty list
            out.append(Odd("tls.malformed_certificate"))
        return
    size = int.from_bytes(body[3:6], "big")
    from parsers.x509.certificate import of_client, of_server

    der = body[6 : 6 + size]
    fields: tuple[tuple[str, str], ...] = ()
    findings: tuple[Flag, ...] = ()
    sound = False
    if len(der) == size and hello == SERVER_HELLO:
        fields, findings, sound = of_server(der)
    elif len(der) == size:
        fields, sound = of_client(der)
    if not sound:
        out.append(Odd("tls.malformed_certificate"))
    if fields:
        out.append(Said(SENDER, fields))
    out += findings


def make() -> tuple[StreamParser, StreamParser]:
    return Opening(), Opening()


SPEC = StreamSpec(
    name="tls",
    title="TLS",
    ports=frozenset({443, 465, 636, 853, 989, 990, 993, 995, 2575, 2762, 3269, 5061, 5986, 6514, 8443, 8883}),
    probe=probe,
    make=make,
    emits={
        "tls.sni": 0.6,
        "tls.versions": 0.3,
        "tls.alpn": 0.3,
        "tls.ja3": 0.4,
        "tls.ja4": 0.5,
        "tls.version": 0.9,
        "tls.cipher": 0.3,
        "tls.alpn_chosen": 0.5,
        "tls.ja3s": 0.3,
        "tls.certificate_subject_cn": 0.7,
        "tls.certificate_subject_o": 0.6,
        "tls.certificate_subject_ou": 0.5,
        "tls.certificate_subject_serial": 0.6,
        "tls.certificate_issuer_cn": 0.4,
        "tls.certificate_issuer_o": 0.5,
        "tls.certificate_san": 0.7,
        "tls.certificate_not_before": 0.4,
        "tls.certificate_not_after": 0.9,
        "tls.certificate_key": 0.9,
        "tls.certificate_sha256": 0.8,
        "tls.client_certificate_cn": 0.7,
        "tls.client_certificate_o": 0.6,
        "tls.client_certificate_ou": 0.5,
    },
    findings={
        "tls.old_version": "The newest TLS version it offers or agrees to is 1.1 or older, which is no longer safe.",
        "tls.weak_key": "Its certificate has an RSA or DSA key under 2048 bits, or a curve under 224 bits.",
        "tls.expired": "Its certificate had run out by then.",
        "tls.self_signed": "Its certificate is issued by itself, so nobody vouches for it.",
        "tls.weak_signature": "Its certificate is signed over MD5 or SHA-1, which can be forged.",
    },
    encrypted=True,
    never_reads="names and e-mail addresses in client certificates; session ids, tickets, key shares",
)


def load_late() -> None:
    """See `parsers.api.load_late`."""
    certificate(bytes(6) + b"\0", SERVER_HELLO, [])
